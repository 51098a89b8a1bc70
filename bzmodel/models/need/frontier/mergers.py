"""What merging units would save: by learning, by a better mix, by size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bzmodel.models.need.frontier.growing import Technology
from bzmodel.models.need.frontier.rows import Request, Scaled, noticed, read_units, request_findings, scaled
from bzmodel.schema.results import BadInput, Finding, Result

_COLUMNS = ("merger", "units", "potential", "adjusted", "learning", "harmony", "size")


def merger_gains(
    data: pd.DataFrame,
    mergers: Mapping[str, Sequence[str]],
    *,
    unit: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    returns: str = "vrs",
) -> Result:
    """The share of their common inputs with which merged units could do what they do together.

    Parameters: mergers: name -> two units or more. The others as `frontier`.
    Returns: table `mergers`, in the order given: potential (E), adjusted (E*, after each has learnt by itself),
    learning · harmony · size = potential. Below 1 saves, above 1 costs; blank and a finding where no units do as much.
    Raises: BadInput as `frontier`; a merger of fewer than two units, or of units that have no score.
    **Source**: Bogetoft and Wang 2005, Estimating the potential gains from mergers.
    Notes: E of (Σ x, Σ y); E* of (Σ θ x, Σ y), θ each unit's own score; harmony of their mean; size = E* / harmony.
    """
    asked = Request(unit, tuple(inputs), tuple(outputs), returns)
    if found := request_findings(asked):
        raise BadInput(*found)
    units = read_units(data, asked)
    part = scaled(units, asked)
    places = {one.unit_id: at for at, one in enumerate(part.units)}
    if found := _refused(mergers, places):
        raise BadInput(*found)
    technology = Technology(part.inputs, part.outputs, returns)
    lines = [
        {"merger": name, "units": ";".join(those)} | _gains(technology, part, [places[one] for one in those])
        for name, those in mergers.items()
    ]
    frame = pd.DataFrame(lines, columns=list(_COLUMNS)).astype(dict.fromkeys(_COLUMNS[2:], "float64"))
    beyond = frame.loc[frame["potential"].isna() | frame["adjusted"].isna(), "merger"]
    told = [*noticed(units, asked), *(Finding("FR-W7", value=name) for name in beyond)]
    return Result("mergers", {"mergers": frame}, _text(frame), findings=tuple(told))


def _refused(mergers: Mapping[str, Sequence[str]], places: Mapping[str, int]) -> list[Finding]:
    found = []
    for name, those in mergers.items():
        lost = [one for one in those if one not in places]
        if lost or len(set(those)) < max(2, len(those)):
            found.append(Finding("FR-E8", value=name, about={"units": "、".join(lost or those)}))
    return found


def _gains(technology: Technology, part: Scaled, those: Sequence[int]) -> dict[str, float | None]:
    values = part.values[list(those)]
    learnt = values.copy()
    scores = [technology.measure(part.values[at], own=at).score for at in those]
    learnt[:, : part.kinds] *= np.array(scores)[:, None]
    potential, adjusted = _score(technology, values.sum(axis=0)), _score(technology, learnt.sum(axis=0))
    harmony = _score(technology, learnt.mean(axis=0))
    return {
        "potential": potential,
        "adjusted": adjusted,
        "learning": potential / adjusted if potential is not None and adjusted else None,
        "harmony": harmony,
        "size": adjusted / harmony if adjusted is not None and harmony else None,
    }


def _score(technology: Technology, unit: np.ndarray) -> float | None:
    point = technology.measure(unit)
    return None if point is None else point.score


def _text(frame: pd.DataFrame) -> str:
    saving = frame[frame["potential"] < 1]
    return f"{len(frame)} 个合并方案中，{len(saving)} 个可以节省投入；与单独改进相比由结构和规模带来的部分另列。"
