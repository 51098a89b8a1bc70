"""What the office keeps of the synthetic city's units: register, changes, ceilings, recognitions, exceptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bzmodel.models.synthetic.papers import Papers
from bzmodel.models.synthetic.reform import FIELDS, MERGED_ON, Change, Decision, Reform
from bzmodel.models.synthetic.units import Unit

END = {year: dt.date(year, 12, 31) for year in (2018, 2019, 2020, 2021)}
PLAN = "D20210004"  # the document of the reform's plan


@dataclass(frozen=True)
class City:
    departments: tuple[Unit, ...]
    reforms: tuple[Reform, ...]
    others: tuple[Unit, ...]

    @property
    def standing(self) -> list[Unit]:
        """Units at the end of 2021, departments first: the official sequence."""
        return [*self.departments, *(u for r in self.reforms for u in r.standing), *self.others]

    @property
    def all(self) -> list[Unit]:
        return [*self.standing, *(u for r in self.reforms for u in r.ended)]

    @property
    def changes(self) -> list[Change]:
        return [change for r in self.reforms for change in r.changes]

    @property
    def decisions(self) -> list[Decision]:
        return [decision for r in self.reforms for decision in r.decisions]


def units(city: City, documents: Mapping[str, Sequence[str]], year: int) -> pd.DataFrame:
    """Units in force on any day of the year; an end is written down when it has come."""
    rows = []
    for order, unit in enumerate(city.all, start=1):
        if unit.since.year <= year:
            rows.append(_unit_row(unit, order, documents[unit.unit_id], ended=year >= 2021))
    return pd.DataFrame(rows)


def _unit_row(unit: Unit, order: int, documents: Sequence[str], *, ended: bool) -> dict[str, Any]:
    institution = unit.org_class == "事业"
    return {
        "unit_id": unit.unit_id,
        "order_no": order,
        "name": unit.name,
        "short_name": unit.name.removeprefix("示例市").removeprefix("示例"),
        "org_class": unit.org_class,
        "level": unit.level,
        "area_id": unit.area_id,
        "parent_id": unit.sponsor_id or None,
        "sponsor_id": unit.sponsor_id or None,
        "managed_by": "本级",
        "rank": unit.rank,
        "legal": "法人",
        "cs_managed": not institution or (unit.family == "综合服务" and order % 9 == 0),
        "benefit_class": _benefit(unit) if institution else None,
        "main_kind": unit.kind,
        "sector": unit.sector,
        "uscc": f"12990{unit.unit_id}{order % 97:02d}" if institution else f"11990{unit.unit_id}{order % 97:02d}",
        "set_document_id": documents[0],
        "duty_document_id": documents[1],
        "in_census": True,
        "evaluated": unit.evaluated,
        "in_reform_scope": unit.in_reform_scope,
        "valid_from": unit.since,
        "valid_to": unit.until if ended else None,
    }


def _benefit(unit: Unit) -> str:
    return {"拨款": "公益一类", "补贴": "公益二类", "自理": "经营类"}[unit.fund]


def succession(city: City, decided: Mapping[str, str]) -> pd.DataFrame:
    rows = []
    for number, change in enumerate(city.changes, start=1):
        before, after = change.predecessor, change.successor
        carried = change.action in ("保留", "整合")
        ended = before is not None and before.quota == 0
        rows.append(
            {
                "change_id": f"G2021{number:04d}",
                "happened_on": MERGED_ON,
                "programme": "改革",
                "action": change.action,
                "predecessor_id": before.unit_id if before else None,
                "successor_id": after.unit_id if after else None,
                "field": _field(before or after),
                "share": change.share,
                "old_duty": f"{before.name}原承担的职责" if before and carried else None,
                "new_duty": f"由{after.name}承担" if after and carried else None,
                "deregistered_on": dt.date(2021, 7, 30) if ended else None,
                "document_id": decided.get(before.unit_id if before else after.unit_id, PLAN),
            }
        )
    return pd.DataFrame(rows)


_FIELD_OF = {"农业": 0, "水利": 0, "自然资源": 1, "生态环境": 1, "文化": 2, "交通": 3, "住建": 4, "人社": 5, "科技": 6}


def _field(unit: Unit) -> str | None:
    """The field of the reform a unit belongs to; some belong to none."""
    if unit.level != "市":
        return None
    at = _FIELD_OF.get(unit.sector, 7 if unit.sector == "政务服务" else None)
    return None if at is None else FIELDS[at]


def ordinary_change(city: City, papers: Papers) -> pd.DataFrame:
    """The one change of 2020: a school goes on with other duties. Such a row is never one of the reform's."""
    school, day = city.others[4], dt.date(2020, 8, 20)
    document = papers.document("批复", f"关于{school.name}职责调整的批复", day, series="示编办", issuer="示例市委编办")
    change = {
        "change_id": "G20200001",
        "happened_on": day,
        "programme": "日常",
        "action": "保留",
        "predecessor_id": school.unit_id,
        "successor_id": school.unit_id,
        "share": 1.0,
        "old_duty": "小学教育",
        "new_duty": "小学教育、教师培训基地",
        "document_id": document,
    }
    return pd.DataFrame([change])


def ceilings(city: City, papers: Papers) -> dict[str, pd.DataFrame]:
    made = {}
    for year in (2020, 2021):
        rows = []
        for area in sorted({u.area_id for u in city.all}):
            units = [u for u in city.all if u.area_id == area and u.kind == "事业"]
            common = {"level": units[0].level, "area_id": area, "kind": "事业", "document_id": f"D{year}0001"}
            total = sum(u.before for u in units)
            rows.append(common | {"item": "编制总量", "number": total + 17, "valid_from": dt.date(year, 1, 15)})
            if year == 2021:
                number = sum(1 for u in units if u.in_reform_scope and u.before)
                plan = {"document_id": PLAN, "valid_from": dt.date(2021, 3, 18)}
                rows.append(common | {"item": "改革基数", "number": number} | plan)
        made[f"{year}/ceilings"] = pd.DataFrame(rows)
    return made


def recognitions(papers: Papers, year: int) -> pd.DataFrame:
    """Pilots the province gave, an honour and a prize."""
    pilots = {2020: ("机构编制管理评估试点",), 2021: ("事业编制工作量核编试点", "机构职能运行监管试点")}[year]
    what = [("试点", title) for title in pilots] + [
        ("荣誉", "全省机构编制工作先进集体"),
        ("成果奖", "全省优秀调研成果"),
    ]
    rows = []
    for number, (kind, title) in enumerate(what, start=1):
        day = dt.date(year, 4 + number, 9)
        document = papers.document("通知", f"关于{title}的通知", day, series="省编办发", issuer="省委编办")
        rows.append(
            {
                "recognition_id": f"R{year}{number:02d}",
                "recognition_kind": kind,
                "level": "省",
                "giver": "省委编办",
                "about_id": f"T{year}{number:02d}",
                "for_year": year,
                "issued_on": day,
                "document_id": document,
            }
        )
    return pd.DataFrame(rows)


def no_reform_in_2020() -> pd.DataFrame:
    """2020 saw no reform: its figures say so by name."""
    return pd.DataFrame(
        {
            "exception_id": f"E2020{number:02d}",
            "about": f"C{number:02d}",
            "rule": "本年无此项",
            "reason": "2020年未实施事业单位改革",
            "signed_by": "综合科负责人",
            "signed_on": dt.date(2020, 12, 30),
            "valid_to": END[2020],
        }
        for number in range(4, 10)
    )


def more_time(papers: Papers) -> pd.DataFrame:
    """One matter of 2021 that was allowed more time."""
    matter = papers.rows[2021, "matters"][-1]
    late = {
        "exception_id": "E202101",
        "about": f"matters {matter['matter_id']}",
        "rule": "办理时限",
        "reason": "申请单位补充材料",
        "signed_by": "综合科负责人",
        "signed_on": END[2021],
        "valid_to": dt.date(2022, 6, 30),
    }
    return pd.DataFrame([late])
