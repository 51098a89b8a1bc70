"""The need of a city's units by the frontier of their family: the share of its staff with which others do as much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from bzmodel.models.need.estimates import (
    NOT_APPLICABLE,
    drivers_of,
    estimates_frame,
    families_of,
    main_kinds,
    unknown_units,
)
from bzmodel.models.need.frontier.dea import FrontierResult, frontier
from bzmodel.models.need.frontier.rows import Request
from bzmodel.models.need.regression.families import STAFF, on_quota_shares, staff_by_year
from bzmodel.schema.columns import Tables
from bzmodel.schema.messages import rule
from bzmodel.schema.params import Params
from bzmodel.schema.results import BadInput, Finding, Result, Step, chain

METHOD = "frontier"


@dataclass(frozen=True)
class _Family:
    """One family in the workload year. silent: unit -> why it says nothing; measured: the others."""

    name: str
    units: tuple[str, ...]
    refused: str = ""
    silent: Mapping[str, str] = field(default_factory=dict)
    measured: FrontierResult | None = None

    def reason(self, unit: str) -> str:
        """Why there is no estimate of a unit; '' where there is one."""
        return self.refused or self.silent.get(unit, "")


def frontier_need(tables: Tables, params: Params, *, workload_year: int) -> Result:
    """Need of each unit by data envelopment analysis of its family.

    Parameters: tables: units, unit_groups, drivers, staff_counts [persons or full-time equivalents]. params: methods
    (which drivers a family has). workload_year: whose staff and drivers are compared.
    Returns: need_estimates [full-time equivalents]; 不适用 where the family has no drivers or too few units with staff
    and all drivers: fewer than max(m·s, 3(m + s)) for m = 1 input and s outputs.
    **Source**: methods.md 1, frontier; domain.md 2.5.
    Notes: need = score × staff of the last count of the year; staff the one input, drivers the outputs, variable
    returns, input oriented. low, high: what constant returns would ask, and the staff there is: the range the choice of
    returns leaves, no interval of chance. It says who does more with less, not how many are right: beside the others,
    never on the route.
    """
    kinds, family_of = main_kinds(tables), families_of(tables, workload_year)
    unknown_units(family_of, kinds)
    families = _families(tables, params, family_of, workload_year)
    shares = on_quota_shares(tables, workload_year)
    lines = [line for family in families for line in _estimates(family, kinds, shares)]
    frame = estimates_frame(lines)
    steps = tuple(step for family in families for step in _steps(family, kinds, shares))
    return Result(METHOD, {"need_estimates": frame}, _text(frame), steps=steps, findings=_refusals(families))


def _families(tables: Tables, params: Params, family_of: Mapping[str, str], year: int) -> list[_Family]:
    entry = params.page("methods").get("families")
    methods = entry.root if entry is not None else {}
    staff = staff_by_year(tables)
    staff = staff[staff["year"] == year].set_index("unit_id")[STAFF].dropna().to_dict()
    drivers = drivers_of(tables, year)
    members: dict[str, list[str]] = {}
    for unit, family in family_of.items():
        members.setdefault(family, []).append(unit)
    return [
        _family(name, tuple(units), methods[name].drivers, staff, drivers)
        if name in methods
        else _Family(name, tuple(units), "该类未声明驱动量")
        for name, units in sorted(members.items())
    ]


def _family(
    name: str,
    units: tuple[str, ...],
    outputs: tuple[str, ...],
    staff: Mapping[str, float],
    drivers: Mapping[str, Mapping[str, float]],
) -> _Family:
    rows, silent = [], {}
    for unit in units:
        values = [drivers.get(unit, {}).get(driver) for driver in outputs]
        if unit not in staff or None in values:
            silent[unit] = "人数或驱动量缺报"
        elif staff[unit] <= 0 or not any(values):
            silent[unit] = "人数或驱动量为 0，无从比较"
        else:
            rows.append((unit, staff[unit], *values))
    asked = Request("unit_id", (STAFF,), outputs)
    if len(rows) < asked.enough:
        return _Family(name, units, f"可比的同类单位 {len(rows)} 个，少于 {asked.enough} 个")
    data = pd.DataFrame(rows, columns=["unit_id", STAFF, *outputs])
    try:
        measured = frontier(data, unit="unit_id", inputs=[STAFF], outputs=outputs)
    except BadInput as error:
        return _Family(name, units, "；".join(dict.fromkeys(f"{rule(one)}（{one.column}）" for one in error.findings)))
    return _Family(name, units, silent=silent, measured=measured)


def _measured(family: _Family) -> dict[str, dict[str, Any]]:
    """unit -> its score, scale, peers and staff."""
    if family.measured is None:
        return {}
    tables = family.measured.tables
    staff = tables["targets"].query("role == 'input'")[["unit_id", "actual"]]
    return tables["scores"].merge(staff, on="unit_id").set_index("unit_id").to_dict("index")


def _estimates(family: _Family, kinds: Mapping[str, str], shares: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    measured = _measured(family)
    for unit in family.units:
        line = {"unit_id": unit, "kind": kinds[unit], "method": METHOD}
        if reason := family.reason(unit):
            yield line | NOT_APPLICABLE | {"reason": reason}
            continue
        found = measured[unit]
        need = found["score"] * found["actual"]
        low = min(need, need * found["scale"])
        values = {"need_fte": need, "low": low, "high": found["actual"], "applicable": True, "reason": None}
        yield line | values | {"on_quota_share": shares.get(unit, 1.0)}


def _steps(family: _Family, kinds: Mapping[str, str], shares: Mapping[str, float]) -> Iterator[Step]:
    """From nothing to the staff there is, to what the peers would do with, to the posts on quota."""
    for unit, found in _measured(family).items():
        share = shares.get(unit, 1.0)
        need = found["score"] * found["actual"]
        moves = (
            ("staff", f"现有 {found['actual']:,.12g} 人", found["actual"]),
            ("frontier", f"效率值 {found['score']:.4f}，标杆 {found['peers'].replace(';', '、')}", need),
            ("off_quota", f"在编占比 {share:.1%}", need * share),
        )
        yield from chain((unit, kinds[unit], METHOD), 0.0, moves)


def _refusals(families: list[_Family]) -> tuple[Finding, ...]:
    """One finding for each reason, with all the families it is true of."""
    named: dict[str, list[str]] = {}
    for family in families:
        if family.refused:
            named.setdefault(family.refused, []).append(family.name)
    return tuple(Finding("FR-W9", about={"family": "、".join(those), "why": why}) for why, those in named.items())


def _text(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "没有同类分组，前沿分析不适用。"
    speaking = frame[frame["applicable"]]
    return (
        f"前沿分析适用 {len(speaking)} 个单位：同类中以更少人员做到同样工作量的单位表明，"
        f"现有 {speaking['high'].sum():,.1f} 人中 {speaking['need_fte'].sum():,.1f} 人即可；只供对照，不作路径。"
    )
