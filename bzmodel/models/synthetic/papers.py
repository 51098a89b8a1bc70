"""Matters of three years with their steps, the decisions on them and the documents that say so."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bzmodel.models.synthetic.reform import Decision, by_matter
from bzmodel.models.synthetic.units import CITY, Unit

Rows = list[dict[str, Any]]
_DAY = dt.timedelta(days=1)
#: kind of matter -> how many of them a year brings, besides the reform: (2019, 2020, 2021).
DAILY = {
    "议事协调机构设立": (2, 7, 9),
    "议事协调机构调整": (1, 6, 8),
    "议事协调机构撤销": (0, 3, 4),
    "议事协调机构更名": (0, 1, 2),
    "议事协调机构成员变更": (0, 4, 6),
    "领导职数": (6, 15, 14),
    "内设机构": (7, 13, 12),
    "更名挂牌": (5, 9, 8),
    "职责调整": (4, 8, 9),
}
FOLLOWED_UP = {2020: 21, 2021: 37}
_SECTIONS = {"议": "综合科", "领": "机关科", "内": "机关科", "更": "事业科", "职": "体制改革科"}


@dataclass
class Papers:
    """The office's paper, growing day by day: rows by year and table."""

    rng: np.random.Generator
    departments: Sequence[Unit]
    rows: dict[tuple[int, str], Rows] = field(default_factory=lambda: defaultdict(list))
    approved: dict[int, Rows] = field(default_factory=lambda: defaultdict(list))
    founded: dict[str, Sequence[str]] = field(default_factory=dict)  # unit -> documents that set it up
    decided: dict[str, str] = field(default_factory=dict)  # unit -> its last approval
    _count: dict[Any, int] = field(default_factory=lambda: defaultdict(int))

    def next(self, *what: Any) -> int:
        self._count[what] += 1
        return self._count[what]

    def document(
        self, kind: str, title: str, day: dt.date, *, series: str, issuer: str, filed: int | None = None
    ) -> str:
        """A document of a numbered series; returns its id."""
        number = self.next("number", series, day.year)
        document_id = f"D{day.year}{self.next('document', day.year):04d}"
        public = kind in ("改革方案", "办法")
        self.rows[filed or day.year, "documents"].append(
            {
                "document_id": document_id,
                "document_kind": kind,
                "number": f"{series}〔{day.year}〕{number}号",
                "title": title,
                "issuer": issuer,
                "issued_on": day,
                "opening": "主动公开" if public else "不公开",
                "marking": "公开" if public else "内部",
            }
        )
        return document_id

    def matter(self, kind: str, dept: Unit, title: str, received: dt.date, **more: Any) -> dict[str, Any]:
        """A matter received on a day. more: about_id, asked_number, authority, section, level."""
        number = self.next("matter", received.year)
        row = {
            "matter_id": f"S{received.year}{number:04d}",
            "request_id": f"Q{received.year}{number:04d}",
            "received_number": f"{dept.name}请〔{received.year}〕{self.next('request', dept.unit_id, received.year)}号",
            "received_on": received,
            "applicant_id": dept.unit_id,
            "dept_id": dept.unit_id,
            "matter_kind": kind,
            "level": dept.level,
            "title": title,
            "authority": "编委",
            "section": "事业科",
            "owner_id": "事业科",
            "opened_on": received,
            "due_on": received + 90 * _DAY,
        } | more
        row["owner_id"] = row["section"]
        self.rows[received.year, "matters"].append(row)
        return row

    def step(
        self, matter: dict[str, Any], step: str, day: dt.date, result: str, document_id: str | None = None
    ) -> None:
        self.rows[day.year, "matter_steps"].append(
            {
                "matter_id": matter["matter_id"],
                "step": step,
                "done_on": day,
                "result": result,
                "document_id": document_id,
            }
        )

    def approve(self, matter: dict[str, Any], *, reviewed: dt.date, approved: dt.date) -> str:
        """All steps to the approval; returns its document."""
        conditional = "附条件" if self.rng.random() < 0.1 else "通过"
        self.step(matter, "受理", matter["received_on"] + 3 * _DAY, "完成")
        self.step(matter, "审查", reviewed, conditional)
        self.step(matter, "室务会", reviewed + 5 * _DAY, "通过")
        if matter["authority"] == "编委":
            self.step(matter, "编委", approved - 6 * _DAY, "通过")
        series = "示编" if matter["authority"] == "编委" else "示编办"
        document = self.document(
            "批复",
            f"关于{matter['title']}的批复",
            approved,
            series=series,
            issuer="示例市委编委" if series == "示编" else "示例市委编办",
        )
        self.step(matter, "批复", approved, "通过", document)
        matter |= {"closed_on": approved, "result": "已批复"}
        self.approved[approved.year].append(matter)
        return document

    def refuse(self, matter: dict[str, Any], reviewed: dt.date) -> None:
        self.step(matter, "受理", matter["received_on"] + 3 * _DAY, "完成")
        self.step(matter, "审查", reviewed, "不通过")
        matter |= {"closed_on": reviewed, "result": "不予同意"}

    def send_back(self, matter: dict[str, Any]) -> None:
        """Returned before it was taken up: never a matter in the count."""
        day = matter["received_on"] + 2 * _DAY
        self.step(matter, "退回", day, "退回")
        matter |= {"closed_on": day, "result": "退回补正"}


def daily(papers: Papers, year: int) -> None:
    """A year's matters apart from the reform; some are refused, some sent back, the last are open over the year."""
    rng = papers.rng
    kinds = [kind for kind, counts in DAILY.items() for _ in range(counts[year - 2019])]
    for at, kind in enumerate(kinds):
        dept = papers.departments[int(rng.integers(len(papers.departments)))]
        received = dt.date(year, 1, 11) + int(rng.integers(0, 270)) * _DAY
        body = kind.startswith("议事")
        matter = papers.matter(
            kind,
            dept,
            f"{dept.name.removeprefix('示例市')}{kind}事项",
            received,
            about_id=f"B{papers.next('body'):03d}" if body else dept.unit_id,
            authority="编委" if body or kind == "领导职数" else "编办",
            section=_SECTIONS[kind[0]],
        )
        reviewed = received + int(rng.integers(8, 25)) * _DAY
        if at % 11 == 4:
            papers.refuse(matter, reviewed)
        else:
            papers.approve(matter, reviewed=reviewed, approved=reviewed + int(rng.integers(14, 30)) * _DAY)
    _odd(papers, year)


def _odd(papers: Papers, year: int) -> None:
    """Three sent back; three received in December whose review falls into the next year."""
    for at in range(3):
        dept = papers.departments[(7 * at + year) % len(papers.departments)]
        matter = papers.matter("内设机构", dept, f"{dept.name}增设内设机构", dt.date(year, 9, 6 + at), section="机关科")
        papers.send_back(matter)
    for at in range(3):
        dept = papers.departments[(5 * at + year) % len(papers.departments)]
        received = dt.date(year, 12, 20 + at)
        matter = papers.matter("更名挂牌", dept, f"{dept.name}所属单位加挂牌子", received, authority="编办")
        if year < 2021:
            papers.approve(matter, reviewed=dt.date(year + 1, 1, 8 + at), approved=dt.date(year + 1, 2, 2 + at))


def follow_up(papers: Papers, year: int) -> None:
    """A year after its approval a selected matter is looked at again."""
    earlier = papers.approved[year - 1]
    chosen = papers.rng.choice(len(earlier), size=min(FOLLOWED_UP[year], len(earlier)), replace=False)
    for at in sorted(chosen.tolist()):
        matter = earlier[at]
        day = min(matter["closed_on"] + 366 * _DAY, dt.date(year, 12, 24))
        papers.step(matter, "跟踪", day, "附条件" if papers.rng.random() < 0.2 else "通过")


_KINDS = {
    "整合": "机构调整",
    "整合后核减": "编制调整",
    "新设": "机构设立",
    "撤销": "机构撤销",
    "转企": "机构撤销",
    "划出": "机构调整",
    "核减": "编制调整",
    "核增": "编制调整",
}


def decide(papers: Papers, decisions: Sequence[Decision], programme: str, depts: dict[str, Unit]) -> dict[str, str]:
    """A matter for each group of decisions, its approval, and the decisions; returns unit -> its last document."""
    last: dict[str, str] = {}
    for at, (matter_name, group) in enumerate(by_matter(decisions)):
        action, unit_id = matter_name.split()
        unit = next(d.unit for d in group if d.unit.unit_id == unit_id)
        effective = group[0].effective_on
        asked = sum(d.authorised - d.before for d in group)
        matter = papers.matter(
            _KINDS[action],
            depts[unit.sponsor_id],
            f"{unit.name}{action}",
            effective - (70 + at % 9) * _DAY,
            about_id=unit_id,
            asked_number=asked,
            section="体制改革科" if programme == "改革" else "事业科",
        )
        approved = effective - (4 + at % 8) * _DAY
        document = papers.approve(matter, reviewed=effective - (45 + at % 7) * _DAY, approved=approved)
        for decision in group:
            papers.rows[effective.year, "decisions"].append(_decision(papers, decision, matter, approved, document))
            papers.rows[effective.year, "decisions"][-1]["programme"] = programme
            last[decision.unit.unit_id] = document
    return last


def _decision(papers: Papers, d: Decision, matter: dict[str, Any], day: dt.date, document: str) -> dict[str, Any]:
    less = d.authorised < d.before and d.outflow not in ("划转", "转企") and d.authorised > 0
    reply = str(papers.rng.choice(["同意", "未反馈", "不同意"], p=[0.75, 0.15, 0.1])) if less else "同意"
    return {
        "matter_id": matter["matter_id"],
        "unit_id": d.unit.unit_id,
        "kind": "事业",
        "fund": d.unit.fund,
        "source": "基本",
        "before_quota": d.before,
        "proposal": d.authorised,
        "reply": reply,
        "reply_number": d.before if reply == "不同意" else None,
        "reply_text": "业务量未减少" if reply == "不同意" else None,
        "reviewed": d.authorised,
        "authorised": d.authorised,
        "reason": d.reason,
        "booking": d.booking,
        "outflow": d.outflow,
        "effective_on": d.effective_on,
        "absorb_by": dt.date(day.year + 2, 12, 31) if d.booking == "退一收一" else None,
        "decided_on": day,
        "document_id": document,
    }


def foundations(papers: Papers, units: Sequence[Unit]) -> dict[str, tuple[str, str]]:
    """unit -> the documents that set it up and gave it its duties, one of each for every sponsor, from 2012."""
    day = dt.date(2012, 5, 16)
    of_sponsor: dict[str, tuple[str, str]] = {}
    for unit in units:
        sponsor = unit.sponsor_id or unit.unit_id
        if sponsor not in of_sponsor:
            name = next(u.name for u in units if u.unit_id == sponsor)
            issuer = "示例市委编委" if unit.area_id == CITY else "县委编委"
            of_sponsor[sponsor] = tuple(
                papers.document(kind, f"关于{name}{what}", day, series="示编", issuer=issuer, filed=2019)
                for kind, what in (("批复", "及所属单位机构设置的批复"), ("三定方案", "及所属单位主要职责的规定"))
            )
    return {unit.unit_id: of_sponsor[unit.sponsor_id or unit.unit_id] for unit in units}
