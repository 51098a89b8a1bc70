"""Statutory staffing norms (编制标准): data of one shape, evaluated by one small engine at their low limit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from bzmodel.models.need.estimates import NOT_APPLICABLE, drivers_of, estimates_frame, families_of, main_kinds
from bzmodel.models.need.working_time import exact
from bzmodel.schema.columns import Tables
from bzmodel.schema.norms import Norm, NormPart
from bzmodel.schema.params import Params
from bzmodel.schema.results import Finding, Result, chain

METHOD = "statutory_norm"
_NO_NORM = "没有适用的编制标准"
Drivers = Mapping[str, float | None]


def statutory_norm(tables: Tables, params: Params, *, workload_year: int) -> Result:
    """What the norms in force give to each unit they are for.

    Parameters
    ----------
    tables: units, unit_groups, drivers [in the norm's own measure].
    params: page `norms`: all of them that fit are used. workload_year: the year of the drivers; a norm must be in
    force at its end.

    Returns
    -------
    `need_estimates` (a norm has no interval: low = need = high); a step for each part of the norm that was used.
    Findings: norms not verified; a unit under several norms (the smallest is taken: the low limit).

    Source: 上海《编制管理研究》2022-03 (most units have no norm); the document of each norm.
    Notes: need = Σ over parts of posts · driver / per; below `below` not less than classes · posts_per_class.
    """
    day = dt.date(workload_year, 12, 31)
    norms = {name: norm for name, norm in params.page("norms").items() if norm.holds(day)}
    kinds = main_kinds(tables)
    drivers = drivers_of(tables, workload_year)
    members = _members(tables, workload_year)
    rows, steps, findings, used = [], [], [], set()
    for unit, kind in kinds.items():
        fitting = _fitting(norms, members.get(unit, ("", "")))
        own = drivers.get(unit, {})
        blank = sorted({driver for name in fitting for driver in _blank(norms[name], own)})
        given = {} if blank else {name: moves for name in fitting if (moves := _moves(norms[name], own))}
        if not given:
            lacking = f"（{'、'.join(blank)} 未报）" if blank else ""
            reason = f"标准 {'、'.join(fitting)} 缺少驱动量{lacking}" if fitting else _NO_NORM
            rows.append({"unit_id": unit, "kind": kind, "method": METHOD, "reason": reason} | NOT_APPLICABLE)
            continue
        name = min(given, key=lambda norm: (given[norm][-1][2], norm))
        used.add(name)
        if len(given) > 1:
            findings.append(Finding("ND-W4", about={"unit": unit, "norms": "、".join(given), "used": name}))
        steps += chain((unit, kind, METHOD), Fraction(0), given[name])
        rows.append(_estimate(unit, kind, given[name][-1][2]))
    findings += [
        Finding("ND-W3", about={"norm": norms[name].name, "source": norms[name].document})
        for name in sorted(used)
        if not norms[name].verified
    ]
    frame = estimates_frame(rows)
    return Result(METHOD, {"need_estimates": frame}, _text(frame, norms, used), tuple(steps), tuple(findings))


def _members(tables: Tables, year: int) -> dict[str, tuple[str, str]]:
    """unit -> (family, level)"""
    latest = tables["units"].sort_values("valid_from").drop_duplicates("unit_id", keep="last")
    levels = latest.set_index("unit_id")["level"]
    return {unit: (family, levels[unit]) for unit, family in families_of(tables, year).items()}


def _fitting(norms: Mapping[str, Norm], member: tuple[str, str]) -> list[str]:
    family, level = member
    return [n for n, norm in norms.items() if family in norm.families and level in (norm.levels or (level,))]


def _blank(norm: Norm, drivers: Drivers) -> list[str]:
    """The drivers of a norm that the unit should have and did not report: a blank is not 0."""
    blank = [part.driver for part in norm.parts if part.driver in drivers and drivers[part.driver] is None]
    small = (part for part in norm.parts if _is_small(part, drivers) and drivers.get(part.classes) is None)
    return blank + [part.classes for part in small]


def _is_small(part: NormPart, drivers: Drivers) -> bool:
    """Whether classes count beside heads."""
    value = drivers.get(part.driver)
    return bool(part.posts_per_class) and value is not None and exact(value) < exact(part.below)


def _moves(norm: Norm, drivers: Drivers) -> list[tuple[str, str, Any]]:
    """(cause, source, posts so far) for each part whose driver is there."""
    moves, total = [], Fraction(0)
    mark = "" if norm.verified else "，数值未核实"
    for part in norm.parts:
        if part.driver in drivers:
            total += _posts(part, drivers)
            moves.append(("norm", f"{norm.document}{mark} {part.driver}", total))
    return moves


def _posts(part: NormPart, drivers: Drivers) -> Fraction:
    posts = exact(part.posts) * exact(drivers[part.driver]) / exact(part.per)
    if _is_small(part, drivers):
        posts = max(posts, exact(part.posts_per_class) * exact(drivers[part.classes]))
    return posts


def _estimate(unit: str, kind: str, posts: Fraction) -> dict[str, Any]:
    need = float(posts)
    known = {"need_fte": need, "low": need, "high": need, "applicable": True, "reason": None, "on_quota_share": 1.0}
    return {"unit_id": unit, "kind": kind, "method": METHOD} | known


def _text(frame: Any, norms: Mapping[str, Norm], used: set[str]) -> str:
    if not used:
        return f"编制标准：{len(norms)} 条标准在用，没有单位适用。"
    applied = frame[frame["applicable"]]
    return f"编制标准：{len(applied)} 个单位适用，合计 {applied['need_fte'].sum():,.1f} 名。" + "".join(
        _said(norms, used)
    )


def _said(norms: Mapping[str, Norm], used: set[str]) -> Iterator[str]:
    for name in sorted(used):
        norm = norms[name]
        yield f"{norm.name}（{norm.document}{'' if norm.verified else '，数值未核实'}）。"
