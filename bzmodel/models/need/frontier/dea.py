"""Data envelopment analysis: which units do more with less, and what share of its inputs would do for each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from bzmodel.models.need.frontier.bootstrap import Corrected, corrected_scores
from bzmodel.models.need.frontier.growing import Point, Technology
from bzmodel.models.need.frontier.rows import Request, Scaled, Unit, noticed, read_units, request_findings, scaled
from bzmodel.models.need.frontier.slacks import project
from bzmodel.schema.messages import rule
from bzmodel.schema.results import BadInput, Finding, Result

ONE = 1e-9  # a score this near to 1 is 1
SAME = 1e-7  # scores this near are the same, for returns to scale
LEAST_WEIGHT = 1e-7  # of a peer
SCORES = {
    "unit_id": "单位", "score": "效率值", "scale": "规模效率", "returns": "规模报酬", "peers": "标杆单位",
    "efficient": "有效", "super": "超效率", "corrected": "纠偏效率值", "low": "下限", "high": "上限",
}  # fmt: skip
PEERS = {"unit_id": "单位", "peer": "标杆单位", "weight": "权重"}
TARGETS = {
    "unit_id": "单位", "column": "列", "role": "投入或产出", "actual": "实际值", "slack": "松弛", "target": "目标值",
}  # fmt: skip


@dataclass(frozen=True)
class FrontierResult(Result):
    """A Result with `diagnostics`: what diagnostics.json holds, as plain mappings and lists."""

    diagnostics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """One unit against its frontier. slacks: in the columns' own units; above: its super-efficiency, None where it is
    infeasible."""

    unit: Unit
    score: float
    scale: float
    returns: str
    weights: Mapping[int, float]
    slacks: np.ndarray
    above: float | None

    @property
    def efficient(self) -> bool:
        """Score 1 and no slack."""
        return self.score == 1 and not self.slacks.any()

    @property
    def peers(self) -> dict[int, float]:
        """Reference unit -> weight, heaviest first, equals in order of unit_id."""
        heavy = ((one, weight) for one, weight in self.weights.items() if weight > LEAST_WEIGHT)
        return dict(sorted(heavy, key=lambda peer: (-round(peer[1], 9), peer[0])))


def frontier(
    data: pd.DataFrame,
    *,
    unit: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    returns: str = "vrs",
    bootstrap: int = 0,
    seed: int = 1,
    level: float = 0.9,
) -> FrontierResult:
    """Input-oriented data envelopment analysis of the units of a table.

    Parameters
    ----------
    data: a row a unit; numbers as Decimal (as written) or float (their shortest decimal), blanks missing; `source_row`
    where it has one. unit: the column of names. inputs, outputs: columns of amounts, 0 or more, each in any measure.
    returns: vrs | crs | nirs. bootstrap: how many draws, 0 for none; seed: theirs. level: of low and high [share].

    Returns
    -------
    Tables `scores`, `peers`, `targets`, in the order of the data; `diagnostics`. A unit with a blank has no score and
    is no peer; it has a row of `scores`, none of the others.

    Raises
    ------
    BadInput: all findings together: a unit or a column twice, a column that is not there, values that are negative or
    no numbers, a unit whose inputs are all 0.

    **Source**: Charnes, Cooper and Rhodes 1978; Banker, Charnes and Cooper 1984; Andersen and Petersen 1993 (super);
    Simar and Wilson 1998 (corrected) and 2000 (low, high); domain.md 2.5.
    Notes: scale = CRS / VRS score. returns: constant where CRS = VRS, decreasing where NIRS = VRS, else increasing.
    target = score × actual − slack of an input, actual + slack of an output, at the greatest sum of slacks in the
    columns' own units: scores know no measure, that sum does, by its definition. Units are taken in order of unit_id.
    """
    asked = Request(unit, tuple(inputs), tuple(outputs), returns, bootstrap, seed, level)
    if found := request_findings(asked):
        raise BadInput(*found)
    units = read_units(data, asked)
    part = scaled(units, asked)
    measured = measure_all(part, asked.returns)
    corrected = None
    if asked.bootstrap:
        scores = np.array([one.score for one in measured])
        corrected = corrected_scores(part, scores, asked)
    return _result(asked, units, measured, corrected)


def measure_all(part: Scaled, returns: str) -> list[Measured]:
    """Every unit that takes part, in order of unit_id."""
    vrs = Technology(part.inputs, part.outputs, "vrs")
    points = {"vrs": _points(vrs, part)}
    crs, nirs = (Technology(part.inputs, part.outputs, name, vrs.known) for name in ("crs", "nirs"))
    points["crs"] = _points(crs, part)
    points["nirs"] = _not_increasing(nirs, part, points, all_of_them=returns == "nirs")
    technology = {"vrs": vrs, "crs": crs, "nirs": nirs}[returns]
    return [_measured(at, part, technology, points, returns) for at in range(len(part.units))]


def _points(technology: Technology, part: Scaled) -> list[Point]:
    return [_point(technology, part, at) for at in range(len(part.units))]


def _point(technology: Technology, part: Scaled, at: int) -> Point:
    point = technology.measure(part.values[at], own=at)
    if point is None:
        raise ArithmeticError("a unit is always as good as itself")
    return replace(point, score=_near_one(point.score))


def _near_one(score: float) -> float:
    return 1.0 if abs(score - 1) <= ONE else max(score, 0.0)


def _not_increasing(
    technology: Technology, part: Scaled, points: Mapping[str, Sequence[Point]], *, all_of_them: bool
) -> list[Point]:
    """NIRS: the CRS point where its weights sum to 1 at most, the VRS point where the scores agree, else its own."""
    found = []
    for at, (vrs, crs) in enumerate(zip(points["vrs"], points["crs"], strict=True)):
        if all_of_them:
            found.append(_point(technology, part, at))
        elif sum(crs.weights.values()) <= 1 or vrs.score - crs.score <= SAME:
            found.append(crs)
        else:
            found.append(_point(technology, part, at))
    return found


def _measured(
    at: int, part: Scaled, technology: Technology, points: Mapping[str, Sequence[Point]], returns: str
) -> Measured:
    scores = {name: those[at].score for name, those in points.items()}
    point = points[returns][at]
    projection = project(technology, part.values[at], at, point, part.measures)
    return Measured(
        unit=part.units[at],
        score=point.score,
        scale=_near_one(scores["crs"] / scores["vrs"]),
        returns=_returns(scores),
        weights=projection.weights,
        slacks=projection.slacks * part.measures,
        above=_above(technology, part, at) if point.score == 1 else point.score,
    )


def _returns(scores: Mapping[str, float]) -> str:
    if abs(scores["crs"] - scores["vrs"]) <= SAME:
        return "constant"
    return "decreasing" if abs(scores["nirs"] - scores["vrs"]) <= SAME else "increasing"


def _above(technology: Technology, part: Scaled, at: int) -> float | None:
    """Against all others; a unit that needs less than it has does so without itself too."""
    point = technology.measure(part.values[at], without=at)
    return None if point is None else _near_one(point.score)


def _result(
    asked: Request, units: Sequence[Unit], measured: Sequence[Measured], corrected: Corrected | None
) -> FrontierResult:
    by_unit = {one.unit.unit_id: (at, one) for at, one in enumerate(measured)}
    found = noticed(units, asked)
    found += [
        Finding("FR-W3", column=asked.unit, value=one.unit.unit_id, **one.unit.where)
        for _, one in (by_unit[unit.unit_id] for unit in units if unit.whole)
        if one.above is None
    ]
    if asked.bootstrap and corrected is None:
        found.append(Finding("FR-W6"))
    there = [by_unit[unit.unit_id] for unit in units if unit.whole]
    names = [one.unit.unit_id for one in measured]
    scores = [_score_line(unit, by_unit.get(unit.unit_id), names, corrected) for unit in units]
    peers = [(one.unit.unit_id, names[peer], weight) for _, one in there for peer, weight in one.peers.items()]
    targets = [line for _, one in there for line in _target_lines(one, asked)]
    tables = {
        "scores": pd.DataFrame(scores, columns=list(SCORES)).astype(_types(SCORES)),
        "peers": pd.DataFrame(peers, columns=list(PEERS)).astype(_types(PEERS)),
        "targets": pd.DataFrame(targets, columns=list(TARGETS)).astype(_types(TARGETS)),
    }
    diagnostics = {
        "returns": asked.returns,
        "n": len(measured),
        "inputs": list(asked.inputs),
        "outputs": list(asked.outputs),
        "findings": [_finding_json(one) for one in found],
    }
    return FrontierResult("frontier", tables, _text(asked, measured), findings=tuple(found), diagnostics=diagnostics)


def _types(columns: Mapping[str, str]) -> dict[str, str]:
    words = {"unit_id", "returns", "peers", "peer", "column", "role"}
    return {name: "str" if name in words else "boolean" if name == "efficient" else "float64" for name in columns}


def _score_line(
    unit: Unit, found: tuple[int, Measured] | None, names: Sequence[str], corrected: Corrected | None
) -> dict[str, Any]:
    if found is None:
        return {"unit_id": unit.unit_id}
    at, one = found
    line = {
        "unit_id": unit.unit_id,
        "score": one.score,
        "scale": one.scale,
        "returns": one.returns,
        "peers": ";".join(names[peer] for peer in one.peers),
        "efficient": one.efficient,
        "super": one.above,
    }
    return line | (corrected.line(at) if corrected is not None else {})


def _target_lines(one: Measured, asked: Request) -> list[tuple[Any, ...]]:
    lines = []
    for at, (column, actual) in enumerate(zip(asked.columns, one.unit.actual.tolist(), strict=True)):
        slack = float(one.slacks[at])
        role = "input" if at < len(asked.inputs) else "output"
        target = one.score * actual - slack if role == "input" else actual + slack
        lines.append((one.unit.unit_id, column, role, actual, slack, target))
    return lines


def _finding_json(one: Finding) -> dict[str, Any]:
    about = {"file": one.file, "row": one.row, "column": one.column, "value": one.value}
    return {"code": one.code, "text": rule(one)} | about


def _text(asked: Request, measured: Sequence[Measured]) -> str:
    best = [one.unit.unit_id for one in measured if one.efficient]
    mean = float(np.mean([one.score for one in measured]))
    shown = "、".join(best[:8]) + (f" 等 {len(best)} 个" if len(best) > 8 else "")
    returns = {"vrs": "规模报酬可变", "crs": "规模报酬不变", "nirs": "规模报酬非增"}[asked.returns]
    return (
        f"{len(measured)} 个单位，投入 {'、'.join(asked.inputs)}，产出 {'、'.join(asked.outputs)}，"
        f"投入导向，{returns}："
        f"平均效率值 {mean:.4f}，有效单位 {len(best)} 个（{shown}）。效率值只说明单位之间谁用得少，不说明多少才对。"
    )
