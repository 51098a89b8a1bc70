"""示例市: a synthetic city of known truth, the same for the same seed.

Sizes and funding follow domain.md 4.3 (265 institutions, 4,202 quotas); 53 fewer institutions stand after the reform of
2021 than before it, and every post is accounted for. The truth (need of each institution, what was planted) is kept
apart in `truth/` and read by tests alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bzmodel.models.synthetic import papers as paper
from bzmodel.models.synthetic import registers, work
from bzmodel.models.synthetic.names import PEER_GROUP
from bzmodel.models.synthetic.papers import Papers
from bzmodel.models.synthetic.reform import CITY_PLAN, FIELDS, MERGED_ON, Decision, Plan, reform
from bzmodel.models.synthetic.registers import END, City
from bzmodel.models.synthetic.units import (
    SCHOOLS,
    Register,
    city_institutions,
    county,
    health,
    schools,
    sponsors,
    town,
    zone,
)
from bzmodel.schema.tables import TABLES

_COUNTY_PLANS = (Plan(merged=(2,) * 12), Plan(merged=(2,) * 11))
_TOWN_PLAN = Plan(merged=(2,))
_DAILY_CHANGES = 14
_DIVIDED = 20


def synthetic_city(seed: int = 2021) -> dict[str, pd.DataFrame]:
    """The tables of the synthetic city.

    Parameters
    ----------
    seed: of all that is drawn.

    Returns
    -------
    Path without its ending -> frame: `2021/units`, `activities` (of all years), `truth/need` (for tests alone).
    Columns of declared tables stand in the order of their declaration.

    Notes
    -----
    A unit's true hours are its true need x 1,700 h; recorded volumes are Poisson about them, with a lasting misreport
    of 7 % and 8 % of the institutions inflating what they report themselves by 1.2 to 1.7.
    """
    register = Register(np.random.default_rng(seed))
    city = _built(register)
    papers = Papers(register.rng, [u for u in city.departments if u.level == "市"])
    made = _paper(city, papers)
    made |= _holdings(city, papers, made.pop("daily"))
    made |= _work(city, register.rng)
    frames = {f"{year}/{table}": pd.DataFrame(rows) for (year, table), rows in papers.rows.items()}
    ordered = {path: _in_order(path, frame) for path, frame in sorted((frames | made).items())}
    return ordered | {"truth/decisions-c09-above-c08": _c09_above_c08(ordered["2021/decisions"])}


def _built(register: Register) -> City:
    departments = sponsors(register)
    by_name = {d.name.removeprefix("示例"): d for d in departments}
    reforms = [reform(register, city_institutions(register, departments), CITY_PLAN, departments)]
    others = [*schools(register, by_name["市教育局"], SCHOOLS), *health(register, by_name["市卫生健康委"])]
    for number, plan in enumerate(_COUNTY_PLANS):
        county_departments, institutions, county_schools = county(register, number)
        departments += county_departments
        reforms.append(reform(register, institutions, plan, county_departments))
        others += county_schools
    for number in range(8):
        office, institutions = town(register, number)
        departments.append(office)
        reforms.append(reform(register, institutions, _TOWN_PLAN, [office]))
    return City((*departments, zone(register)), tuple(reforms), tuple(others))


def _paper(city: City, papers: Papers) -> dict[str, Any]:
    """Matters, decisions and documents of three years; then what refers to them."""
    founded = paper.foundations(papers, [u for u in city.all if u.since < MERGED_ON])
    depts = {d.unit_id: d for d in city.departments}
    _rules(papers)
    daily = _daily_decisions(city, papers)
    for year in (2019, 2020, 2021):
        paper.daily(papers, year)
    decided = paper.decide(papers, daily, "日常", depts)
    decided |= paper.decide(papers, city.decisions, "改革", depts)
    for year in (2020, 2021):
        paper.follow_up(papers, year)
    documents = {u.unit_id: founded.get(u.unit_id) or (decided[u.unit_id],) * 2 for u in city.all}
    made: dict[str, Any] = {"daily": daily}
    made |= {f"{year}/units": registers.units(city, documents, year) for year in (2020, 2021)}
    made["2021/succession"] = registers.succession(city, decided)
    made |= registers.ceilings(city, papers)
    made |= {f"{year}/recognitions": registers.recognitions(papers, year) for year in (2020, 2021)}
    made |= {
        "2020/succession": registers.ordinary_change(city, papers),
        "2020/exceptions": registers.no_reform_in_2020(),
    }
    made["2021/exceptions"] = registers.more_time(papers)
    papers.founded, papers.decided = documents, decided
    return made


def _rules(papers: Papers) -> None:
    """The documents that the rules, the ceilings and the reform rest on: the first of their series."""
    for year, what in ((2020, "事业编制总量"), (2021, "事业编制总量")):
        for day, kind, title in (
            (dt.date(year, 1, 15), "通知", f"关于{year}年度{what}控制数的通知"),
            (dt.date(year, 1, 22), "办法", "关于事业编制动态调整的办法"),
            (dt.date(year, 2, 5), "通知", f"关于{year}年度精简编制任务的通知"),
        ):
            papers.document(kind, title, day, series="示编委", issuer="示例市委编委")
    papers.document(
        "改革方案", "关于深化事业单位改革的实施方案", dt.date(2021, 3, 18), series="示办发", issuer="示例市委办公室"
    )
    papers.rows[2021, "documents"][-1]["stated_count"] = len(FIELDS)


def _daily_decisions(city: City, papers: Papers) -> list[Decision]:
    """Small changes of 2020, on institutions of some size: posts followed work."""
    units = [u for r in city.reforms[:1] for u in (*r.standing, *r.ended) if u.before >= 12]
    made = []
    for at in papers.rng.choice(len(units), size=_DAILY_CHANGES, replace=False).tolist():
        step = int(papers.rng.integers(1, 4)) * (-1 if papers.rng.random() < 0.4 else 1)
        unit = units[at]
        less = step < 0
        made.append(
            Decision(
                matter=f"{'核减' if less else '核增'} {unit.unit_id}",
                unit=unit,
                before=unit.before - step,
                authorised=unit.before,
                reason="职责减少" if less else "职责增加",
                outflow="入专户" if less else "调剂",
                booking="收回空编" if less else "即时生效",
                effective_on=dt.date(2020, 10, 31),
            )
        )
    return made


def _holdings(city: City, papers: Papers, daily: Sequence[Decision]) -> dict[str, pd.DataFrame]:
    """Quotas and heads at the end of three years."""
    earlier = {d.unit.unit_id: d.before for d in daily}
    at = {
        END[2019]: {u.unit_id: earlier.get(u.unit_id, u.before) for u in city.all},
        END[2020]: {u.unit_id: u.before for u in city.all},
        END[2021]: {u.unit_id: u.quota for u in city.all},
    }
    moved = {d.unit.unit_id for d in (*city.decisions, *daily)}
    plain = [u.unit_id for u in city.reforms[0].standing if u.quota >= 10 and u.unit_id not in moved]
    divided = papers.rng.choice(plain, size=_DIVIDED, replace=False).tolist()
    rows = {day: _quota_rows(city, papers, day, held, divided) for day, held in at.items()}
    counts = work.staff_counts(city.all, at, papers.rng)
    return {
        "2020/quotas": pd.DataFrame(rows[END[2019]] + rows[END[2020]]),
        "2021/quotas": pd.DataFrame(rows[END[2021]]),
        "2020/staff_counts": pd.concat([counts[END[2019]], counts[END[2020]]], ignore_index=True),
        "2021/staff_counts": counts[END[2021]],
    }


def _quota_rows(
    city: City, papers: Papers, day: dt.date, held: Mapping[str, int], divided: Sequence[str]
) -> list[dict[str, Any]]:
    rows = []
    for unit in city.all:
        if unit.since > day or (unit.until and day.year > unit.until.year):
            continue
        document = papers.decided.get(unit.unit_id) if day == END[2021] else None
        row = {
            "as_of": day,
            "unit_id": unit.unit_id,
            "kind": unit.kind,
            "fund": unit.fund,
            "source": "基本",
            "quota": held[unit.unit_id],
            "exit_only": False,
            "document_id": document or papers.founded[unit.unit_id][0],
        }
        if unit.unit_id in divided:
            apart = 1 + divided.index(unit.unit_id) % 2
            source = "军转" if divided.index(unit.unit_id) % 3 else "省下达"
            rows += [row | {"quota": row["quota"] - apart}, row | {"source": source, "quota": apart}]
        else:
            rows.append(row)
        if unit.kind == "行政":
            rows.append(row | {"kind": "工勤", "quota": 1 + unit.quota // 12, "exit_only": True})
    return rows


def _work(city: City, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    city_reform = city.reforms[0]
    institutions = [*city_reform.standing, *city_reform.ended]
    truth = work.truth_of(institutions, city_reform.changes, rng)
    studied = work.activities(rng)
    made = {"activities": studied, "allowances": work.allowances()}
    made |= {f"{y}/workload": frame for y, frame in work.workloads(institutions, truth, studied, rng).items()}
    others = [u for u in city.others if u.facts]
    made |= {f"{y}/drivers": frame for y, frame in work.drivers([*institutions, *others], truth, rng).items()}
    made |= {f"{year}/unit_groups": _groups(city, year) for year in (2020, 2021)}
    return made | _truth(truth)


def _groups(city: City, year: int) -> pd.DataFrame:
    """Every unit's family; city institutions that are evaluated have a peer group."""
    units = city.standing if year == 2021 else [u for u in city.all if u.since.year <= year]
    return pd.DataFrame(
        {
            "unit_id": unit.unit_id,
            "year": year,
            "family": unit.family,
            "peer_group": PEER_GROUP[unit.family] if unit.evaluated else None,
            "decided_by": "室务会",
            "decided_on": dt.date(year, 3, 25),
        }
        for unit in units
    )


def _truth(truth: work.Truth) -> dict[str, pd.DataFrame]:
    need = [(y, unit_id, round(v, 4)) for y in (2020, 2021) for unit_id, v in truth.of(y).items()]
    planted = [
        {"oddity": "自报虚高", "unit_id": unit_id, "amount": factor} for unit_id, factor in truth.inflation.items()
    ]
    return {
        "truth/need": pd.DataFrame(need, columns=["year", "unit_id", "need"]),
        "truth/planted": pd.DataFrame(planted),
    }


def _c09_above_c08(decisions: pd.DataFrame) -> pd.DataFrame:
    """Decisions under which the cuts for low benefit are more than the net cut: 其中 would be false."""
    low = decisions["reason"] == "低效"
    added = (decisions["reason"] == "职责增加") & (decisions["before_quota"] > 0)
    return decisions[low | added].reset_index(drop=True)


def _in_order(path: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Columns as declared; whole numbers stay whole beside blanks."""
    table = TABLES.get(path.rpartition("/")[2])
    if table is None or path.startswith("truth/"):
        return frame
    frame = frame[[name for name in table.names if name in frame]]
    whole = {name: "Int64" for name in frame if table.column(name).type.dtype == "Int64"}
    return frame.astype(whole)
