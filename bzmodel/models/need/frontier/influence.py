"""Whom the frontier hangs on: each peer left out, and what becomes of those measured against it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bzmodel.models.need.frontier.dea import LEAST_WEIGHT
from bzmodel.models.need.frontier.growing import Technology
from bzmodel.models.need.frontier.rows import Request, Scaled, noticed, read_units, request_findings, scaled
from bzmodel.schema.results import BadInput, Result

_COLUMNS = ("unit_id", "dependents", "mean_change", "greatest_change", "most_changed")


def frontier_influence(
    data: pd.DataFrame, *, unit: str, inputs: Sequence[str], outputs: Sequence[str], returns: str = "vrs"
) -> Result:
    """How much the scores of others rise when a peer is left out.

    Parameters: as `frontier`.
    Returns: table `influence`, a row a unit that is a peer of others, the most influential first: dependents (units
    measured against it), mean_change and greatest_change of their scores, most_changed (the unit).
    Raises: BadInput as `frontier`.
    **Source**: Wilson 1993 (influential observations in DEA).
    Notes: a unit that gives no weight to the peer keeps its score, so only dependents are measured again.
    """
    asked = Request(unit, tuple(inputs), tuple(outputs), returns)
    if found := request_findings(asked):
        raise BadInput(*found)
    units = read_units(data, asked)
    part = scaled(units, asked)
    technology = Technology(part.inputs, part.outputs, returns)
    points = [technology.measure(values, own=at) for at, values in enumerate(part.values)]
    dependents: dict[int, list[int]] = {}
    for at, point in enumerate(points):
        for peer in (one for one, weight in point.weights.items() if weight > LEAST_WEIGHT and one != at):
            dependents.setdefault(peer, []).append(at)
    scores = [point.score for point in points]
    lines = [_line(technology, part, peer, those, scores) for peer, those in sorted(dependents.items())]
    frame = pd.DataFrame(lines, columns=list(_COLUMNS))
    frame = frame.sort_values(["greatest_change", "unit_id"], ascending=[False, True], ignore_index=True)
    return Result("influence", {"influence": frame}, _text(frame), findings=tuple(noticed(units, asked)))


def _line(
    technology: Technology, part: Scaled, peer: int, dependents: Sequence[int], scores: Sequence[float]
) -> tuple[str, int, float, float, str]:
    again = [technology.measure(part.values[at], own=at, without=peer).score for at in dependents]
    change = np.maximum(np.array(again) - np.array([scores[at] for at in dependents]), 0.0)
    most = part.units[dependents[int(change.argmax())]].unit_id
    return part.units[peer].unit_id, len(dependents), float(change.mean()), float(change.max()), most


def _text(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "没有单位是别的单位的标杆。"
    first = frame.iloc[0]
    return (
        f"{len(frame)} 个单位是别的单位的标杆。影响最大的是 {first['unit_id']}：去掉它，"
        f"{first['most_changed']} 的效率值上升 {first['greatest_change']:.4f}。"
    )
