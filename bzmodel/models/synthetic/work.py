"""What the institutions do: true need, recorded workload, drivers and staff. The truth is kept apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bzmodel.models.synthetic.names import ACTIVITIES, DRIVER_OF
from bzmodel.models.synthetic.reform import Change
from bzmodel.models.synthetic.units import Unit

HOURS_A_POST = 1700.0
ALLOWED = {"综合服务": 0.11, "技术推广": 0.13, "监测检测": 0.12, "政务服务": 0.09, "信息档案": 0.11}
ALLOWED_ELSEWHERE = 0.12
YEARS = (2018, 2019, 2020, 2021)
TREND = {2018: 0.955, 2019: 0.98, 2020: 1.0, 2021: 1.018}
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Truth:
    """True need of each institution before and after the reform [posts], and the share by which reports inflate."""

    before: Mapping[str, float]
    after: Mapping[str, float]
    inflation: Mapping[str, float]

    def of(self, year: int) -> Mapping[str, float]:
        return self.after if year >= 2021 else self.before


def truth_of(units: Iterable[Unit], changes: Sequence[Change], rng: np.random.Generator) -> Truth:
    """True need: of the units before the reform drawn about their quota; of those after it, carried by the changes."""
    units = list(units)
    before = {u.unit_id: max(1.0, u.before * float(np.exp(rng.normal(-0.03, 0.2)))) for u in units if u.before}
    after: dict[str, float] = {}
    for change in changes:
        if change.successor is not None:
            unit_id = change.successor.unit_id
            part = (
                change.share * before[change.predecessor.unit_id]
                if change.predecessor is not None
                else change.successor.quota * float(np.exp(rng.normal(0.05, 0.1)))
            )
            after[unit_id] = after.get(unit_id, 0.0) + part
    inflating = rng.choice(sorted(after), size=round(0.08 * len(after)), replace=False)
    inflation = {str(unit_id): round(float(rng.uniform(1.2, 1.7)), 2) for unit_id in sorted(inflating)}
    return Truth(before, after, inflation)


def activities(rng: np.random.Generator) -> pd.DataFrame:
    """Six activities a family, hours as a time study states them."""
    rows: Rows = []
    for number, (family, listed) in enumerate(ACTIVITIES.items(), start=1):
        for at, (name, measure, hours, nature) in enumerate(listed, start=1):
            rows.append(
                {
                    "activity_id": f"A{number:02d}{at:02d}",
                    "family": family,
                    "name": name,
                    "measure": measure,
                    "activity_kind": nature,
                    "hours_per_case": hours,
                    "std_error": round(hours * float(rng.uniform(0.06, 0.12)), 3),
                    "difficulty": 1.0,
                    "on_quota_share": (0.8, 1.0, 1.0, 0.9, 1.0, 1.0)[at - 1],
                    "source": "2018年工时调查",
                    "surveyed_on": dt.date(2018, 5, 18),
                    "valid_from": dt.date(2018, 1, 1),
                }
            )
    return pd.DataFrame(rows)


def allowances() -> pd.DataFrame:
    """Time that belongs to no case: a share of everybody's, and the head's own."""
    rows: Rows = []
    for family in ACTIVITIES:
        meetings = 0.05
        rest = round(ALLOWED.get(family, ALLOWED_ELSEWHERE) - meetings, 2)
        for form, amount, measure, persons in (
            ("category", meetings, "share", None),
            ("category", rest, "share", None),
            ("individual", 170.0, "h/year", 1.0),
        ):
            rows.append(
                {
                    "allowance_id": f"F{len(rows) + 1:03d}",
                    "form": form,
                    "category": family,
                    "amount": amount,
                    "measure": measure,
                    "persons": persons,
                    "on_quota_share": 1.0,
                }
            )
    return pd.DataFrame(rows)


def workloads(
    units: Sequence[Unit], truth: Truth, studied: pd.DataFrame, rng: np.random.Generator
) -> dict[int, pd.DataFrame]:
    """Recorded volumes by year: true hours split over the family's activities, misreported, Poisson."""
    by_family = {family: rows for family, rows in studied.groupby("family", sort=False)}
    grades = {a: str(g) for a, g in zip(studied["activity_id"], _grades(len(studied), rng), strict=True)}
    real_hours = {a: float(np.exp(rng.normal(-0.02, 0.06))) for a in studied["activity_id"]}
    lasting = {u.unit_id: float(np.exp(rng.normal(0, 0.07))) for u in units}
    shares = {f: rng.dirichlet([4.0] * len(rows)) for f, rows in by_family.items()}
    own = {u.unit_id: rng.dirichlet(shares[u.family] * 60 + 0.5) for u in units}
    made = {}
    for year in YEARS:
        needs = truth.of(year)
        rows: Rows = []
        for unit in (u for u in units if u.unit_id in needs):
            hours = _case_hours(unit, needs[unit.unit_id]) * TREND[year] * float(np.exp(rng.normal(0, 0.03)))
            for at, activity in enumerate(by_family[unit.family].itertuples()):
                grade = grades[activity.activity_id]
                factor = lasting[unit.unit_id] * (truth.inflation.get(unit.unit_id, 1.0) if grade == "自报" else 1.0)
                mean = hours * own[unit.unit_id][at] / (activity.hours_per_case * real_hours[activity.activity_id])
                rows.append(_record(unit, year, activity.activity_id, int(rng.poisson(mean * factor)), grade))
        made[year] = pd.DataFrame(rows)
    return made


def _case_hours(unit: Unit, need: float) -> float:
    allowed = ALLOWED.get(unit.family, ALLOWED_ELSEWHERE)
    return max(0.3, need - 0.1) * HOURS_A_POST * (1 - allowed)


def _grades(count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(["系统导出", "统计", "自报"], size=count, p=[0.3, 0.25, 0.45])


def _record(unit: Unit, year: int, activity_id: str, volume: int, grade: str) -> dict[str, Any]:
    return {
        "unit_id": unit.unit_id,
        "workload_year": year,
        "activity_id": activity_id,
        "volume": volume,
        "source_grade": grade,
        "duty_basis": f"三定第{activity_id[-1]}项",
        "signer": "单位负责人" if grade == "自报" else None,
    }


def drivers(units: Sequence[Unit], truth: Truth, rng: np.random.Generator) -> dict[int, pd.DataFrame]:
    """What norms and regressions read: students and classes of September, beds, residents, cases, points."""
    made = {}
    scale = {u.unit_id: float(np.exp(rng.normal(0, 0.13))) for u in units if u.family in DRIVER_OF}
    for year in YEARS:
        rows: Rows = []
        needs = truth.of(year)
        for unit in units:
            if unit.family in DRIVER_OF and unit.unit_id in needs:
                driver, measure, per_post = DRIVER_OF[unit.family]
                value = needs[unit.unit_id] * per_post * scale[unit.unit_id] * TREND[year]
                rows.append(_driver(unit, year, driver, round(value * float(np.exp(rng.normal(0, 0.04)))), measure))
            rows += [
                _driver(unit, year, driver, _moved(driver, value, year), _measure(driver))
                for driver, value in unit.facts.items()
                if driver != "fields"
            ]
        made[year] = pd.DataFrame(rows)
    return made


def _moved(driver: str, value: float, year: int) -> int:
    return round(value * (1 + 0.012 * (year - 2020))) if driver.startswith("在校生") else round(value)


def _measure(driver: str) -> str:
    return {"在": "人", "班": "个", "床": "张", "服": "人"}[driver[0]]


def _driver(unit: Unit, year: int, driver: str, value: int, measure: str) -> dict[str, Any]:
    source = f"{year}年9月学籍系统" if driver[0] in "在班" else f"{year}年业务统计"
    return {
        "unit_id": unit.unit_id,
        "year": year,
        "driver": driver,
        "value": value,
        "measure": measure,
        "source": source,
    }


def staff_counts(
    units: Sequence[Unit], held: Mapping[dt.date, Mapping[str, int]], rng: np.random.Generator
) -> dict[dt.date, pd.DataFrame]:
    """Heads by unit at the end of each year, under the unit's main kind of quota. held: quotas on that day."""
    filled = {u.unit_id: float(np.clip(rng.normal(0.93, 0.06), 0.6, 1.04)) for u in units}
    outside = {u.unit_id: float(rng.uniform(0.05, 0.3)) if rng.random() < 0.45 else 0.0 for u in units}
    made = {}
    for day, quotas in held.items():
        rows: Rows = []
        for unit in (u for u in units if quotas.get(u.unit_id)):
            quota = quotas[unit.unit_id]
            on = round(quota * filled[unit.unit_id])
            lent = int(rng.random() < 0.12)
            borrowed = int(rng.random() < 0.1)
            off = round(quota * outside[unit.unit_id] * (1.9 if unit.family != "医院" else 2.0))
            rows.append(
                {
                    "as_of": day,
                    "unit_id": unit.unit_id,
                    "kind": unit.kind,
                    "on_quota_persons": on,
                    "off_quota_persons": off,
                    "loaned_in_persons": borrowed,
                    "loaned_out_persons": min(lent, on),
                    "retiring_persons": int(rng.binomial(on, 0.027)),
                    "fte": on + off + borrowed - min(lent, on),
                }
            )
        made[day] = pd.DataFrame(rows)
    return made
