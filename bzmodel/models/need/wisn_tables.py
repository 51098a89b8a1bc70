"""The tables of `bzmodel wisn`: their declarations, their faults, and the same data as exact rationals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, NamedTuple

import pandas as pd

from bzmodel.models.need.working_time import MEASURES, AvailableTime, CalendarYear, calendar_faults, exact, time_in
from bzmodel.schema.cells import Number, Text, Type, Unreadable, Year
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.constraints import NeededWhen
from bzmodel.schema.results import BadInput, Finding, place

SELF_REPORTED = "自报"
CLOSED = {
    "measure": tuple(MEASURES),
    "form": ("category", "individual"),
    "source_grade": ("系统导出", "统计", SELF_REPORTED),
    "activity_kind": ("固定", "变动", "应急", "项目"),
}
KEYS = {
    "activities": ("activity_id",),
    "workload": ("unit_id", "year", "activity_id"),
    "allowances": ("allowance_id",),
    "staff": ("unit_id", "year", "category"),
}


def wisn_tables() -> Mapping[str, Table]:
    """activities, workload, allowances, staff as `bzmodel wisn` reads them.

    They declare no key: `wisn` looks for keys that stand twice, where a blank category has its meaning.
    """
    exactly = {"low": 0, "exact": True}
    share = _column("on_quota_share", "须用编份额", Number(high=1, **exactly), optional=True)
    category = _column("category", "岗位类别", Text(), optional=True)
    unit = _column("unit_id", "单位编码", Text())
    year = _column("year", "年度", Year())
    activity = _column("activity_id", "业务活动编码", Text())
    columns = {
        "activities": (
            activity,
            _column("hours_per_case", "单件工时", Number(positive=True, **exactly), unit="小时"),
            _column("std_error", "工时标准误", Number(**exactly), optional=True, unit="小时"),
            _column("difficulty", "难度系数", Number(positive=True, **exactly), optional=True),
            share,
            category,
            _column("name", "业务活动名称", Text(), optional=True),
            _column("activity_kind", "活动性质", Text(), optional=True),
        ),
        "workload": (
            unit,
            year,
            activity,
            _column("volume", "业务量", Number(**exactly)),
            _column("source_grade", "数据来源等级", Text(), optional=True),
            _column("duty_basis", "职责依据", Text(), optional=True),
            _column("signer", "签字人", Text(), optional=True, person=True),
        ),
        "allowances": (
            _column("allowance_id", "附加编号", Text()),
            _column("form", "附加形式", Text()),
            category,
            _column("unit_id", "单位编码", Text(), optional=True),
            _column("amount", "数量", Number(**exactly)),
            _column("measure", "计量单位", Text()),
            _column("persons", "人数", Number(**exactly), optional=True, unit="人"),
            share,
        ),
        "staff": (unit, year, category, _column("staff", "现有人数", Number(**exactly), unit="人")),
    }
    rules = {"allowances": (NeededWhen("form", ("persons",), ("individual",)),)}
    return {
        name: Table(name=name, label=name, key=(), columns=found, constraints=rules.get(name, ()))
        for name, found in columns.items()
    }


def _column(
    name: str, chinese: str, kind: Type, *, optional: bool = False, unit: str = "", person: bool = False
) -> Column:
    """A column that is spoken of by the heading it has in the files; the Chinese heading is taken as well."""
    return Column(name, name, kind, optional=optional, unit=unit, person=person, aliases=(chinese,))


class Post(NamedTuple):
    """A category of posts of one unit in one year; category '' where there is only one."""

    unit_id: str
    year: int
    category: str


@dataclass(frozen=True)
class Work:
    """One activity of one unit in a year. hours, error_hours [hours a year]; share: of it that must be on quota."""

    item: str
    hours: Fraction
    error_hours: Fraction
    share: Fraction
    self_reported: bool


@dataclass(frozen=True)
class Allowance:
    """Time that is not a case of any activity: of everybody (category) or of some persons (individual)."""

    allowance_id: str
    form: str
    category: str
    unit_id: str
    amount: Fraction
    measure: str
    persons: Fraction
    share: Fraction
    place: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class WisnData:
    """All that the arithmetic reads: works and staff by post, allowances by id, available time by year and category."""

    works: Mapping[Post, tuple[Work, ...]]
    allowances: tuple[Allowance, ...]
    times: Mapping[tuple[int, str], AvailableTime]
    staff: Mapping[Post, Fraction]

    def allowances_of(self, post: Post) -> list[Allowance]:
        """Those that hold for a post, in order of their id."""
        return [a for a in self.allowances if a.category in ("", post.category) and a.unit_id in ("", post.unit_id)]


def wisn_data(
    activities: pd.DataFrame,
    workload: pd.DataFrame,
    allowances: pd.DataFrame,
    calendar: Sequence[CalendarYear],
    staff: pd.DataFrame | None,
) -> WisnData:
    """The frames as exact rationals. Raises BadInput with all findings."""
    given = {"activities": activities, "workload": workload, "allowances": allowances}
    frames = given | ({} if staff is None else {"staff": staff})
    findings = [fault for name, frame in frames.items() for fault in _declared_faults(frame, wisn_tables()[name])]
    findings += wisn_faults(frames, calendar)
    if findings:
        raise BadInput(*findings)
    known = _categories(activities)
    heads = {Post(r["unit_id"], int(r["year"]), r["category"]): exact(r["staff"]) for r in _staff_rows(frames, known)}
    holding = allowances_from(allowances)
    works = _works(activities, workload)
    _add_named(works, heads, holding, known)
    times = {(p.year, p.category): time_in(calendar, p.year, p.category) for p in works}
    return WisnData({p: tuple(w) for p, w in works.items()}, holding, times, heads)


def wisn_faults(frames: Mapping[str, pd.DataFrame], calendar: Sequence[CalendarYear] | None) -> list[Finding]:
    """Faults between rows and files: keys twice, unknown activities, categories, codes; years without a calendar.

    frames: by the names of `wisn_tables`; blanks take no part. calendar None: it could not be read, and is not asked.
    """
    findings: list[Finding] = []
    for name, frame in frames.items():
        findings += _twice(frame, KEYS[name])
        for column in CLOSED.keys() & set(frame.columns):
            findings += _unknown(frame, column, CLOSED[column], "ND-E4")
    findings += _shares_above_one(frames)
    activities = frames.get("activities")
    if activities is None:
        return findings
    known = _categories(activities)
    if "workload" in frames:
        findings += _unknown(frames["workload"], "activity_id", set(activities["activity_id"].dropna()), "ND-E2")
    for name in frames.keys() & {"allowances", "staff"}:
        if "category" in frames[name]:
            findings += _unknown(frames[name], "category", known, "ND-E3")
    findings += _no_category(frames, known)
    if calendar is not None:
        named = [
            Finding("ND-E3", file="calendar.toml", column="category", value=e.category, about=_near(e.category, known))
            for e in calendar
            if e.category and e.category not in known
        ]
        findings += named + calendar_faults(calendar) + _uncovered(frames, calendar, known)
    return findings


def allowances_from(frame: pd.DataFrame) -> tuple[Allowance, ...]:
    """The rows of an allowances table, in order of their id."""
    found = []
    for row in row_records(frame):
        individual = row["form"] == "individual"
        found.append(
            Allowance(
                allowance_id=row["allowance_id"],
                form=row["form"],
                category=row.get("category", ""),
                unit_id=row.get("unit_id", ""),
                amount=exact(row["amount"]),
                measure=row["measure"],
                persons=exact(row["persons"]) if individual else Fraction(0),
                share=exact(row.get("on_quota_share", 1)),
                place=_place(row),
            )
        )
    return tuple(sorted(found, key=lambda allowance: allowance.allowance_id))


def work_from(activity: Mapping[str, Any], load: Mapping[str, Any], *, item: str) -> Work:
    """The work of one row of workload."""
    cases = exact(load["volume"]) * exact(activity.get("difficulty", 1))
    return Work(
        item=item,
        hours=cases * exact(activity["hours_per_case"]),
        error_hours=cases * exact(activity.get("std_error", 0)),
        share=exact(activity.get("on_quota_share", 1)),
        self_reported=load.get("source_grade", SELF_REPORTED) == SELF_REPORTED,
    )


def _works(activities: pd.DataFrame, workload: pd.DataFrame) -> dict[Post, list[Work]]:
    by_id = {row["activity_id"]: row for row in row_records(activities)}
    works: dict[Post, list[Work]] = {}
    for row in row_records(workload):
        activity = by_id[row["activity_id"]]
        post = Post(row["unit_id"], int(row["year"]), activity.get("category", ""))
        works.setdefault(post, []).append(work_from(activity, row, item=row["activity_id"]))
    for found in works.values():
        found.sort(key=lambda work: work.item)
    return works


def _add_named(
    works: dict[Post, list[Work]], heads: Iterable[Post], holding: Iterable[Allowance], known: set[str]
) -> None:
    """Posts without work that staff or a unit's own allowance names: their need may still be above 0."""
    for post in heads:
        works.setdefault(post, [])
    posts = list(works)
    for allowance in holding:
        for post in _own_posts(posts, allowance.unit_id, allowance.category, known):
            works.setdefault(post, [])


def _own_posts(posts: Collection[Post], unit_id: str, category: str, known: Iterable[str]) -> Iterator[Post]:
    """The posts that an allowance of one unit names, among and beyond those that are there; none for unit_id ''."""
    own = [post for post in posts if post.unit_id == unit_id]
    categories = {category} if category else {post.category for post in own} or known
    for year in {post.year for post in own or posts} if unit_id else ():
        yield from (Post(unit_id, year, one) for one in categories)


def _categories(activities: pd.DataFrame) -> set[str]:
    if "category" not in activities:
        return {""}
    return set(activities["category"].fillna("")) or {""}


def _staff_rows(frames: Mapping[str, pd.DataFrame], known: set[str]) -> list[dict[str, Any]]:
    """Rows of staff; a blank category is the only one there is."""
    only = next(iter(known)) if len(known) == 1 else ""
    return [{"category": only} | row for row in row_records(frames["staff"])] if "staff" in frames else []


def _shares_above_one(frames: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Allowances that take more than all the time there is."""
    frame = frames.get("allowances")
    if frame is None or not {"amount", "measure"} <= set(frame.columns):
        return []
    above = (frame["measure"] == "share") & (pd.to_numeric(frame["amount"], errors="coerce") > 1)
    about = {"allowed": "share <= 1"}
    return [
        Finding("IN-E1", column="amount", value=str(row["amount"]), about=about, **_place(row))
        for _, row in frame[above].iterrows()
    ]


def _no_category(frames: Mapping[str, pd.DataFrame], known: set[str]) -> list[Finding]:
    return [
        Finding("ND-E3", column="category", about=_near("", known), **_place(row))
        for row in _staff_rows(frames, known)
        if row["category"] == "" and "" not in known
    ]


def _uncovered(frames: Mapping[str, pd.DataFrame], calendar: Sequence[CalendarYear], known: set[str]) -> list[Finding]:
    """Years that workload, staff or a unit's own allowance name and no calendar covers, once each."""
    category_of = {
        row["activity_id"]: row.get("category", "") for row in row_records(frames["activities"]) if "activity_id" in row
    }
    named: dict[Post, dict[str, Any]] = {}
    for row in row_records(frames.get("workload", pd.DataFrame())):
        if "year" in row and row.get("activity_id") in category_of:
            post = Post(row.get("unit_id", ""), int(row["year"]), category_of[row["activity_id"]])
            named.setdefault(post, row)
    for row in _staff_rows(frames, known):
        if "year" in row and row["category"] in known:
            named.setdefault(Post(row.get("unit_id", ""), int(row["year"]), row["category"]), row)
    posts = list(named)
    for row in row_records(frames.get("allowances", pd.DataFrame())):
        if row.get("category", "") in {"", *known}:
            for post in _own_posts(posts, row.get("unit_id", ""), row.get("category", ""), known):
                named.setdefault(post, row)
    once = {(post.year, post.category): row for post, row in reversed(named.items())}
    return [
        Finding("ND-E9", column="year", value=str(year), about={"category": category or "—"}, **_place(row))
        for (year, category), row in reversed(once.items())
        if time_in(calendar, year, category) is None
    ]


def _declared_faults(frame: pd.DataFrame, table: Table) -> list[Finding]:
    """Cells that their declaration does not take, for frames that came by another way than a file."""
    findings: list[Finding] = []
    for column in table.columns:
        if column.name not in frame:
            if not column.optional:
                findings.append(Finding("ND-E10", file=table.name, column=column.name))
            continue
        for _, row in frame.iterrows():
            value = row[column.name]
            try:
                if not pd.isna(value):
                    column.type.parse(str(value))
                elif not column.optional:
                    findings.append(Finding("IN-E9", column=column.name, **_place(row)))
            except Unreadable as fault:
                findings.append(
                    Finding(fault.code, column=column.name, value=str(value), about=fault.about, **_place(row))
                )
    for constraint in table.constraints:
        for broken in constraint.breaks(frame):
            about = table.about(constraint, broken)
            where = _place(frame.loc[broken.row])
            findings.append(Finding(constraint.code, column=broken.column, about=about, **where))
    return findings


def _twice(frame: pd.DataFrame, key: Sequence[str]) -> list[Finding]:
    names = [name for name in key if name in frame]
    keys = frame[names].fillna({"category": ""} if "category" in names else {})
    whole = keys.notna().all(axis=1)
    first: dict[tuple[Any, ...], Any] = {}
    findings = []
    for (_, row), values in zip(frame[whole].iterrows(), keys[whole].itertuples(index=False, name=None), strict=True):
        if values in first:
            about = {"first": first[values].get("source_row", "—")}
            shown = "、".join(map(str, values))
            findings.append(Finding("ND-E1", column="、".join(names), value=shown, about=about, **_place(row)))
        first.setdefault(values, row)
    return findings


def _unknown(frame: pd.DataFrame, column: str, known: Iterable[str], code: str) -> list[Finding]:
    wrong = frame[frame[column].notna() & ~frame[column].isin(set(known))]
    return [
        Finding(code, column=column, value=str(row[column]), about=_near(str(row[column]), known), **_place(row))
        for _, row in wrong.iterrows()
    ]


def _near(value: str, known: Iterable[str]) -> dict[str, str]:
    names = sorted(name for name in known if name)
    near = get_close_matches(value, names, 1) or names[:12]
    return {"near": "、".join(near) or "—"}


def row_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as mappings of what stands in them: a blank is absent."""
    return [{k: v for k, v in row.items() if not pd.isna(v)} for row in frame.to_dict("records")]


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    source = row.get("source_row")
    return place(source) if isinstance(source, str) else {}
