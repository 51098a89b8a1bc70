"""Standard time for a city: 职责任务 -> 工作量 -> 工作时间 -> 编制, on the arithmetic of `wisn`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from statistics import NormalDist
from typing import Any

import pandas as pd

from bzmodel.models.need.estimates import NOT_APPLICABLE, estimates_frame, families_of, main_kinds, unknown_units
from bzmodel.models.need.wisn import PostNeed, posts_needs, steps_of
from bzmodel.models.need.wisn_tables import Post, WisnData, Work, allowances_from, row_records, work_from
from bzmodel.models.need.working_time import CalendarYear
from bzmodel.schema.columns import Tables
from bzmodel.schema.params import Params
from bzmodel.schema.results import BadInput, Finding, Result, place
from bzmodel.schema.tables import TABLES

METHOD = "standard_time"
LEVEL = 0.9
BEFORE_THE_EPIDEMIC = 2019
_TIME = ("working_days", "hours_per_day", "days_per_week", "annual_leave", "training", "sick_leave", "utilisation")
Needs = Mapping[Post, PostNeed]


def standard_time(tables: Tables, params: Params, *, workload_year: int) -> Result:
    """The need of each unit's main kind of quota, from its workload of one year.

    Parameters
    ----------
    tables: activities [hours a case], workload [cases a year], allowances, unit_groups, units.
    params: page `time`, in force at the end of the year that is measured.
    workload_year: Y − 1 for the report of Y.

    Returns
    -------
    `need_estimates` (need_fte and its interval at 90 % from the standard errors of the unit times, and on_quota_share);
    `standard_time` (the parts of each need, and what it is without self-reported volumes); `standard_time_totals`
    (the sum of all units under other years, without self-reports and at other utilisations). Steps from 0 to need.

    Raises
    ------
    BadInput: an activity or a unit that is not there, allowances that leave no time, a parameter without a value.

    **Source**: 尚勇健、马腾，上海《编制管理研究》2022-03 (the chain; its inner formula is not
    public: this one is WISN's).
    Notes: T = (D − leave − training − sick) · hours a day · utilisation; see `wisn.post_need`.
    """
    kinds = main_kinds(tables)
    absent = [name for name in ("activities", "workload") if name not in tables]
    if absent:
        frame = estimates_frame(
            [_silent(u, k, f"没有{'、'.join(TABLES[name].label for name in absent)}表") for u, k in kinds.items()]
        )
        nothing = {name: pd.DataFrame(columns=TABLES[name].names) for name in ("standard_time", "standard_time_totals")}
        return Result(METHOD, {"need_estimates": frame} | nothing, "不适用：没有业务活动或工作量表。")
    city = _City(tables, params, workload_year)
    data = city.data([workload_year])
    unknown_units({post.unit_id for post in data.works}, kinds)
    needs = posts_needs(data)
    blanks = city.blanks(workload_year)
    parts = _parts(needs, posts_needs(_without_self_reports(data)), kinds)
    totals = _totals(city, needs, workload_year)
    unverified = _unverified(params, workload_year)
    return Result(
        METHOD,
        {"need_estimates": _estimates(needs, kinds, blanks), "standard_time": parts, "standard_time_totals": totals},
        _text(parts, totals, city.calendar(workload_year), workload_year, verified=not unverified),
        steps=tuple(s for p, n in needs.items() for s in steps_of((p.unit_id, kinds[p.unit_id], METHOD), n.moves)),
        findings=(*city.findings, *_missing_volumes(blanks), *unverified),
    )


class _City:
    """A city's tables as the arithmetic takes them: unit times of the report's day, volumes of any year."""

    def __init__(self, tables: Tables, params: Params, workload_year: int) -> None:
        self.params = params
        day = dt.date(workload_year, 12, 31)
        self.activities = {row["activity_id"]: row for row in row_records(tables.at("activities", day))}
        self.workload = tables["workload"]
        self.allowances = allowances_from(tables["allowances"]) if "allowances" in tables else ()
        self.family = families_of(tables, workload_year)
        self.findings = _unlike(self._rows([workload_year]), self.activities, self.family, workload_year)

    def _rows(self, years: Sequence[int]) -> list[dict[str, Any]]:
        return row_records(self.workload[self.workload["workload_year"].isin(years)])

    def data(self, years: Sequence[int], *, utilisation: Fraction | None = None) -> WisnData:
        """What the arithmetic reads for these years. Raises BadInput: a workload without its activity."""
        rows = self._rows(years)
        _known_activities(rows, self.activities)
        holed = {(row["unit_id"], row["workload_year"]) for row in rows if "volume" not in row}
        works: dict[Post, list[Work]] = {}
        for row in sorted(rows, key=lambda row: row["activity_id"]):
            if (row["unit_id"], row["workload_year"]) in holed:
                continue  # a blank is missing, never 0: the unit's year cannot be summed
            post = Post(row["unit_id"], int(row["workload_year"]), self.family.get(row["unit_id"], ""))
            activity = self.activities[row["activity_id"]]
            works.setdefault(post, []).append(work_from(activity, row, item=_item(activity)))
        times = {year: self.calendar(year).time for year in {post.year for post in works}}
        if utilisation is not None:
            times = {year: time.at(utilisation) for year, time in times.items()}
        by_post = {(post.year, post.category): times[post.year] for post in works}
        return WisnData({post: tuple(found) for post, found in works.items()}, self.allowances, by_post, {})

    def blanks(self, year: int) -> dict[str, list[dict[str, Any]]]:
        """unit -> its rows of the year without a volume."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows([year]):
            if "volume" not in row:
                found.setdefault(row["unit_id"], []).append(row)
        return found

    def calendar(self, year: int) -> CalendarYear:
        """Working time as the parameters had it at the end of a year."""
        on = dt.date(year, 12, 31)
        values = {name: self.params.value(f"time.{name}", on=on).value for name in _TIME}
        values["possible_days"] = values.pop("working_days")
        return CalendarYear.model_validate(values | {"from": year})


def _item(activity: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (activity["activity_id"], activity.get("name", ""))))


def _known_activities(rows: Iterable[Mapping[str, Any]], activities: Mapping[str, Any]) -> None:
    lost = sorted({row["activity_id"] for row in rows} - set(activities))
    if lost:
        near = {"near": "、".join(sorted(activities)[:5]) or "—"}
        raise BadInput(*(Finding("ND-E2", column="activity_id", value=name, about=near) for name in lost))


def _unlike(
    rows: Iterable[Mapping[str, Any]], activities: Mapping[str, Any], family: Mapping[str, str], year: int
) -> list[Finding]:
    """Units without a family, and those that do activities of another one."""
    alone = sorted({row["unit_id"] for row in rows if row["unit_id"] not in family})
    other = sorted(
        {
            row["unit_id"]
            for row in rows
            if row["activity_id"] in activities
            and activities[row["activity_id"]]["family"] != family.get(row["unit_id"], "")
            and row["unit_id"] in family
        }
    )
    findings = [Finding("ND-W1", about={"units": "、".join(alone), "year": year})] if alone else []
    return findings + ([Finding("ND-W2", about={"units": "、".join(other)})] if other else [])


def _without_self_reports(data: WisnData) -> WisnData:
    works = {post: tuple(w for w in found if not w.self_reported) for post, found in data.works.items()}
    return WisnData(works, data.allowances, data.times, data.staff)


def _missing_volumes(blanks: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Finding]:
    return [
        Finding(
            "ND-W10", value=unit, column="volume", about={"activity": row["activity_id"]}, **place(row["source_row"])
        )
        for unit, rows in sorted(blanks.items())
        for row in rows
    ]


def _unverified(params: Params, year: int) -> list[Finding]:
    """The time parameters whose numbers nobody held against their document."""
    day = dt.date(year, 12, 31)
    names = [name for name in _TIME if not params.value(f"time.{name}", on=day).verified]
    return [Finding("ND-W9", about={"names": "、".join(names)})] if names else []


def _estimates(
    needs: Needs, kinds: Mapping[str, str], blanks: Mapping[str, Sequence[Mapping[str, Any]]]
) -> pd.DataFrame:
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    rows = []
    for post, need in needs.items():
        half = z * float(need.variance_fte) ** 0.5
        posts, posts_half = float(need.need), z * need.std_error
        rows.append(
            {
                "unit_id": post.unit_id,
                "kind": kinds[post.unit_id],
                "method": METHOD,
                "need_fte": float(need.need_fte),
                "low": max(0.0, float(need.need_fte) - half),
                "high": float(need.need_fte) + half,
                "applicable": True,
                "reason": None,
                "on_quota_share": float(need.need / need.need_fte) if need.need_fte else 1.0,
                "low_on_quota": max(0.0, posts - posts_half),
                "high_on_quota": posts + posts_half,
            }
        )
    measured = {post.unit_id for post in needs}
    rows += [
        _silent(unit, kind, _why_not(blanks.get(unit, ()))) for unit, kind in kinds.items() if unit not in measured
    ]
    return estimates_frame(rows)


def _why_not(blank: Sequence[Mapping[str, Any]]) -> str:
    return f"工作量未报全：{'、'.join(row['activity_id'] for row in blank)}" if blank else "没有本年工作量"


def _silent(unit: str, kind: str, reason: str) -> dict[str, Any]:
    return {"unit_id": unit, "kind": kind, "method": METHOD, "reason": reason} | NOT_APPLICABLE


def _parts(needs: Needs, sure: Needs, kinds: Mapping[str, str]) -> pd.DataFrame:
    rows = [
        {
            "unit_id": post.unit_id,
            "kind": kinds[post.unit_id],
            "workload_year": post.year,
            "family": post.category,
            "available_hours": float(need.available_hours),
            "work_hours": float(need.work_hours),
            "base_fte": float(need.base_fte),
            "category_factor": float(need.category_factor),
            "individual_fte": float(need.individual_fte),
            "need_fte": float(need.need_fte),
            "need": float(need.need),
            "std_error": need.std_error,
            "self_reported_share": float(need.self_reported_hours / need.work_hours) if need.work_hours else None,
            "need_without_self_reports": float(sure[post].need),
        }
        for post, need in needs.items()
    ]
    return pd.DataFrame(rows, columns=TABLES["standard_time"].names).astype({"self_reported_share": "float64"})


def _totals(city: _City, needs: Needs, year: int) -> pd.DataFrame:
    """The sum of all units under one assumption a row; a basis without data has no sum."""
    own = frozenset(post.unit_id for post in needs)
    mean3 = posts_needs(city.data([year - 2, year - 1, year]))
    rows = [
        _total("工作量年度", str(year), needs, own),
        _total("三年平均", f"{year - 2}–{year}", mean3, own),
        _total("基准年", str(BEFORE_THE_EPIDEMIC), posts_needs(city.data([BEFORE_THE_EPIDEMIC])), own),
        _total("不含自报", str(year), posts_needs(_without_self_reports(city.data([year]))), own),
    ]
    set_share = Fraction(repr(float(city.calendar(year).utilisation)))
    for points in (-10, -5, 5, 10):
        share = set_share + Fraction(points, 100)
        if 0 < share <= 1:
            changed = posts_needs(city.data([year], utilisation=share))
            rows.append(_total("利用率", f"{float(share):.0%}", changed, own))
    return pd.DataFrame(rows, columns=["basis", "value", "units", "need_fte", "need"]).astype(
        {"units": "Int64", "need_fte": "float64", "need": "float64"}
    )


def _total(basis: str, value: str, needs: Needs, units: frozenset[str]) -> dict[str, Any]:
    """Sum over units of the mean over the years that each has."""
    years: dict[str, list[PostNeed]] = {}
    for post, need in needs.items():
        if post.unit_id in units:
            years.setdefault(post.unit_id, []).append(need)
    if not years:
        return {"basis": basis, "value": value, "units": 0, "need_fte": None, "need": None}
    fte = sum(sum(n.need_fte for n in found) / len(found) for found in years.values())
    need = sum(sum(n.need for n in found) / len(found) for found in years.values())
    return {"basis": basis, "value": value, "units": len(years), "need_fte": float(fte), "need": float(need)}


def _text(parts: pd.DataFrame, totals: pd.DataFrame, calendar: CalendarYear, year: int, *, verified: bool) -> str:
    if parts.empty:
        return f"{year} 年没有工作量，标准工时不适用。"
    sums = totals.set_index("basis")["need"]
    other = "；".join(
        f"{name} {sums[name]:,.1f} 名" for name in ("三年平均", "基准年", "不含自报") if pd.notna(sums[name])
    )
    hours = parts["work_hours"].sum()
    told = (parts["self_reported_share"].fillna(0) * parts["work_hours"]).sum() / hours if hours else 0
    mark = "" if verified else "，参数未核实"
    return (
        f"标准工时：{len(parts)} 个单位 {year} 年工作量折 {hours:,.0f} 小时，每人年可用 "
        f"{float(calendar.time.hours):,.1f} 小时（利用率 {calendar.utilisation:.0%}{mark}），需用人 "
        f"{parts['need_fte'].sum():,.1f} 人，其中须用编 {parts['need'].sum():,.1f} 名；自报工时占 {told:.0%}。"
        f"其他口径：{other}。"
    )
