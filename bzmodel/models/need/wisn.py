"""Work times time over available time, in exact rationals: the arithmetic of WISN, for any unit, year and category.

need_fte = Σ V·t·c / T / (1 − Σ CAS) + Σ(IAS hours × persons) / T. Nothing is rounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Any

import pandas as pd

from bzmodel.models.need.regression.exact import ratio, root
from bzmodel.models.need.wisn_tables import Allowance, Post, WisnData, Work, wisn_data
from bzmodel.models.need.working_time import AvailableTime, CalendarYear
from bzmodel.schema.results import BadInput, Finding, Result, Step, chain, collecting

Move = tuple[str, str, Fraction]  # cause, item, by how much


@dataclass(frozen=True)
class PostNeed:
    """What the work of one unit, year and category needs; all exact. moves: from 0 to `need`, head by head."""

    available_hours: Fraction
    work_hours: Fraction
    self_reported_hours: Fraction
    base_fte: Fraction
    category_factor: Fraction
    individual_fte: Fraction
    need_fte: Fraction
    need: Fraction
    variance_fte: Fraction
    variance: Fraction
    moves: tuple[Move, ...]

    @property
    def finite(self) -> bool:
        """Whether it can be printed: nothing of it is greater than one of these."""
        exact = (self.work_hours, self.category_factor, self.need_fte)
        return all(map(math.isfinite, (*map(ratio, exact), self.std_error)))

    @property
    def std_error(self) -> float:
        """Of need, from the standard errors of the unit times, which are independent."""
        return root(self.variance)


def post_need(works: Sequence[Work], allowances: Sequence[Allowance], time: AvailableTime) -> PostNeed:
    """The need of one post category of one unit.

    Parameters: works [hours a year]; allowances that hold here, their category shares below 1 together;
    time [hours a year of one person], above 0.

    **Source**: WHO, WISN User's Manual 2010 (CAF, IAF); the share on quota of each
    activity and individual allowance is ours.
    Notes: need_fte = S·CAF + IAF, S = Σ hours / T, CAF = 1 / (1 − Σ CAS), IAF = Σ hours·persons / T.
    """
    categories = [a for a in allowances if a.form == "category"]
    individuals = [(a, a.persons * time.hours_of(a.amount, a.measure) / time.hours) for a in allowances if a.persons]
    work_hours = sum((work.hours for work in works), Fraction(0))
    base = work_hours / time.hours
    factor = 1 / (1 - sum((category_share(a, time) for a in categories), Fraction(0)))
    individual = sum((fte for _, fte in individuals), Fraction(0))
    weight = factor / time.hours  # persons for one hour of work a year
    off = [(work.item, work.hours * weight * (1 - work.share)) for work in works]
    off += [(a.allowance_id, fte * (1 - a.share)) for a, fte in individuals]
    need_fte = base * factor + individual
    return PostNeed(
        available_hours=time.hours,
        work_hours=work_hours,
        self_reported_hours=sum((w.hours for w in works if w.self_reported), Fraction(0)),
        base_fte=base,
        category_factor=factor,
        individual_fte=individual,
        need_fte=need_fte,
        need=need_fte - sum((fte for _, fte in off), Fraction(0)),
        variance_fte=sum((w.error_hours**2 for w in works), Fraction(0)) * weight**2,
        variance=sum(((w.error_hours * w.share) ** 2 for w in works), Fraction(0)) * weight**2,
        moves=(
            *(("activity", work.item, work.hours / time.hours) for work in works),
            *_category_moves(base, categories, time),
            *(("individual_allowance", a.allowance_id, fte) for a, fte in individuals),
            *(("off_quota", item, -fte) for item, fte in off),
        ),
    )


def category_share(allowance: Allowance, time: AvailableTime) -> Fraction:
    """CAS: the share of everybody's available time that it takes."""
    return time.hours_of(allowance.amount, allowance.measure) / time.hours


def _category_moves(base: Fraction, categories: Iterable[Allowance], time: AvailableTime) -> Iterable[Move]:
    before, rest = base, Fraction(1)
    for allowance in categories:
        rest -= category_share(allowance, time)
        yield "category_allowance", allowance.allowance_id, base / rest - before
        before = base / rest


def steps_of(key: tuple[str, ...], moves: Iterable[Move]) -> tuple[Step, ...]:
    """The moves as steps from 0, each beginning where the last one ended."""
    at = Fraction(0)
    reached = []
    for cause, item, by in moves:
        at += by
        reached.append((cause, item, at))
    return chain(key, Fraction(0), reached)


def wisn(
    activities: pd.DataFrame,
    workload: pd.DataFrame,
    allowances: pd.DataFrame,
    calendar: Sequence[CalendarYear],
    staff: pd.DataFrame | None = None,
    *,
    level: float = 0.9,
) -> Result:
    """Staff that the work needs, by unit, year and category of posts.

    Parameters
    ----------
    activities, workload, allowances, staff: as `wisn_tables()` declares them.
    calendar: entries of calendar.toml, each in force to the next.
    level: of the interval of need [share, between 0 and 1].

    Returns
    -------
    Tables `need` (a row for each unit, year and category named in workload, staff or a unit's own allowance; not
    rounded to posts) and `steps` (from 0 to need). An allowance of a unit holds in each year of that unit (in each
    year of the files where the unit has none), in each of its categories where it names none.

    Raises
    ------
    BadInput: all findings together: a blank, a negative value, a key twice, an unknown activity, category or measure,
    no calendar in force, no available time, category allowances of 100 % or more, a need beyond all numbers.

    **Source**: WHO, Workload indicators of staffing need: user's manual, 2010, ISBN 978 92 4 150019 7.
    """
    found = level_findings(level)
    with collecting(found):
        data = wisn_data(activities, workload, allowances, calendar, staff)
        needs = posts_needs(data)
    if found:
        raise BadInput(*found)
    steps = tuple(step for post, need in needs.items() for step in steps_of(_key(post), need.moves))
    frame = _need_frame(needs, data.staff, level)
    return Result("wisn", {"need": frame, "steps": _steps_frame(steps)}, _text(frame, level), steps=steps)


def level_findings(level: float) -> list[Finding]:
    """What is wrong with the level of an interval."""
    return [] if 0 < level < 1 else [Finding("ND-E8", column="level", value=str(level))]


def posts_needs(data: WisnData) -> dict[Post, PostNeed]:
    """The need of every post category in order. Raises BadInput where allowances leave no time for the work."""
    findings: list[Finding] = []
    needs: dict[Post, PostNeed] = {}
    for post in sorted(data.works):
        holding = data.allowances_of(post)
        time = data.times[post.year, post.category]
        total = sum((category_share(a, time) for a in holding if a.form == "category"), Fraction(0))
        if total >= 1:
            findings.append(_too_much(post, holding, total))
            continue
        needs[post] = post_need(data.works[post], holding, time)
        if not needs[post].finite:
            findings.append(Finding("ND-E16", about=_named(post)))
    if findings:
        raise BadInput(*findings)
    return needs


def _too_much(post: Post, holding: Iterable[Allowance], total: Fraction) -> Finding:
    named = [a for a in holding if a.form == "category"]
    about = _named(post) | {
        "share": f"{float(total):.1%}",
        "items": "、".join(a.allowance_id for a in named),
    }
    return Finding("ND-E6", column="amount", about=about, **named[-1].place)


def _named(post: Post) -> dict[str, Any]:
    return {"unit": post.unit_id, "year": post.year, "category": post.category or "—"}


def _key(post: Post) -> tuple[str, ...]:
    return (post.unit_id, str(post.year), post.category)


def _need_frame(needs: Mapping[Post, PostNeed], staff: Mapping[Post, Fraction], level: float) -> pd.DataFrame:
    z = NormalDist().inv_cdf(0.5 + level / 2)
    rows = []
    for post, need in needs.items():
        have = staff.get(post)
        half = z * need.std_error
        rows.append(
            {
                "unit_id": post.unit_id,
                "year": post.year,
                "category": post.category or None,
                "available_hours": ratio(need.available_hours),
                "work_hours": ratio(need.work_hours),
                "base_fte": ratio(need.base_fte),
                "category_factor": ratio(need.category_factor),
                "individual_fte": ratio(need.individual_fte),
                "need_fte": ratio(need.need_fte),
                "on_quota_share": _ratio(need.need, need.need_fte),
                "need": ratio(need.need),
                "std_error": need.std_error,
                "low": ratio(need.need) - half,
                "high": ratio(need.need) + half,
                "staff": None if have is None else ratio(have),
                "difference": None if have is None else ratio(have - need.need_fte),
                "ratio": None if have is None else _ratio(have, need.need_fte),
                "self_reported_share": _ratio(need.self_reported_hours, need.work_hours),
            }
        )
    types = {name: "float64" for name in NEED_COLUMNS} | {"unit_id": "str", "year": "Int64", "category": "str"}
    return pd.DataFrame(rows, columns=list(NEED_COLUMNS)).astype(types)


def _ratio(part: Fraction, whole: Fraction) -> float | None:
    return ratio(part / whole) if whole else None


#: Columns of need.csv -> their Chinese headings.
NEED_COLUMNS = {
    "unit_id": "单位编码",
    "year": "年度",
    "category": "岗位类别",
    "available_hours": "年可用工时",
    "work_hours": "工作量工时",
    "base_fte": "基础用人",
    "category_factor": "类别附加系数",
    "individual_fte": "个别附加用人",
    "need_fte": "用人需求",
    "on_quota_share": "须用编份额",
    "need": "用编需求",
    "std_error": "标准误",
    "low": "区间下限",
    "high": "区间上限",
    "staff": "现有人数",
    "difference": "现有减需求",
    "ratio": "现有比需求",
    "self_reported_share": "自报工时份额",
}
#: Columns of steps.csv -> their Chinese headings.
STEP_COLUMNS = {
    "unit_id": "单位编码",
    "year": "年度",
    "category": "岗位类别",
    "step": "步骤",
    "cause": "原因",
    "item": "事项",
    "before": "之前",
    "after": "之后",
}


def _steps_frame(steps: Iterable[Step]) -> pd.DataFrame:
    rows = [
        (s.key[0], int(s.key[1]), s.key[2] or None, s.order, s.cause, s.source, ratio(s.before), ratio(s.after))
        for s in steps
    ]
    types = {"year": "Int64", "step": "Int64", "before": "float64", "after": "float64"}
    types |= {name: "str" for name in ("unit_id", "category", "cause", "item")}
    return pd.DataFrame(rows, columns=list(STEP_COLUMNS)).astype(types)


def _text(frame: pd.DataFrame, level: float) -> str:
    if frame.empty:
        return "没有工作量、人数或单位自有的附加时间，没有可测算的单位。"
    text = (
        f"{frame['unit_id'].nunique()} 个单位 {len(frame)} 行：工作量工时 {frame['work_hours'].sum():,.0f} 小时，"
        f"用人需求 {frame['need_fte'].sum():,.2f}，其中须用编 {frame['need'].sum():,.2f}"
        f"（不取整；区间水平 {level:g}）。"
    )
    staffed = frame.dropna(subset=["staff"])
    if len(staffed):
        short = int((staffed["difference"] < 0).sum())
        text += f"有人数的 {len(staffed)} 行现有 {staffed['staff'].sum():,.2f} 人，其中 {short} 行少于需求。"
    return text
