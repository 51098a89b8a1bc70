"""Free disposal hull: each unit beside the one unit that does at least as much with least."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bzmodel.models.need.frontier.rows import Request, noticed, read_units, request_findings, scaled
from bzmodel.schema.results import BadInput, Result


def fdh(data: pd.DataFrame, *, unit: str, inputs: Sequence[str], outputs: Sequence[str]) -> Result:
    """The share of a unit's inputs with which some one other unit does at least as much.

    Parameters: as `frontier`; no unit is made up of several.
    Returns: table `scores`: unit_id, score, peer, in the order of the data; blank for a unit with a blank.
    Raises: BadInput as `frontier`.
    **Source**: Deprins, Simar and Tulkens 1984.
    Notes: θ = min over units with all outputs at least as great of max over inputs of x_j / x_o. Of several peers the
    first in order of unit_id; a unit that none undercuts is its own.
    """
    asked = Request(unit, tuple(inputs), tuple(outputs))
    if found := request_findings(asked):
        raise BadInput(*found)
    units = read_units(data, asked)
    part = scaled(units, asked)
    lines = {}
    for at, one in enumerate(part.units):
        shares = _shares(part.inputs, part.inputs[at])
        shares[(part.outputs < part.outputs[at]).any(axis=1)] = np.inf
        best = int(shares.argmin())
        peer = at if shares[best] == shares[at] else best
        lines[one.unit_id] = {"score": float(shares[peer]), "peer": part.units[peer].unit_id}
    frame = pd.DataFrame([{"unit_id": one.unit_id} | lines.get(one.unit_id, {}) for one in units])
    frame = frame.astype({"unit_id": "str", "score": "float64", "peer": "str"})
    undercut = int((frame["score"] < 1).sum())
    text = f"{len(part.units)} 个单位中，{undercut} 个有别的单位以更少的投入做到不少于它的产出。"
    return Result("fdh", {"scores": frame}, text, findings=tuple(noticed(units, asked)))


def _shares(inputs: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Of one unit's inputs, what each unit uses; beyond all where it uses what that one does not have."""
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(own > 0, inputs / own, np.where(inputs > 0, np.inf, 0.0))
    return each.max(axis=1)
