"""The units of the synthetic city as they stand after the reform, each with its family, fund and quota."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bzmodel.models.synthetic.names import (
    COUNTIES,
    COUNTY_DEPARTMENTS,
    DEPARTMENTS,
    ENDINGS,
    TOWN_INSTITUTIONS,
    TOWNS,
)

#: (least, most, number of institutions) of each size band; domain.md 4.3.
BANDS = ((3, 5, 76), (6, 10, 87), (11, 20, 54), (21, 30, 18), (31, 50, 17), (51, 190, 13))
FAMILY_SIZES = (70, 55, 45, 30, 25, 18, 12, 5, 5)
TOTAL = 4202
FUNDS = {"拨款": 230, "补贴": 10, "自理": 25}
EVALUATED = 200
CITY = "0100"


@dataclass(frozen=True)
class Unit:
    """One unit. quota: at the end of 2021 (0 where it has ended); before: at the end of 2020."""

    unit_id: str
    name: str
    org_class: str
    level: str
    area_id: str
    sector: str
    quota: int
    before: int
    kind: str = "事业"
    family: str = "机关"
    fund: str = "拨款"
    sponsor_id: str = ""
    evaluated: bool = False
    in_reform_scope: bool = False
    rank: str = "正科"
    since: dt.date = dt.date(2012, 1, 1)
    until: dt.date | None = None
    facts: dict[str, float] = field(default_factory=dict, hash=False)


class Register:
    """Hands out unit codes by area and class, and names that no two units share."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._next: dict[tuple[str, int], int] = {}
        self._names: set[str] = set()

    def code(self, area_id: str, group: int) -> str:
        number = self._next.get((area_id, group), 0) + 1
        self._next[area_id, group] = number
        return f"{area_id:0<6}{group:02d}{number:03d}"

    def name(self, place: str, fields: Sequence[str], family: str) -> str:
        """A name not yet taken: field of work and ending drawn, numbered when all are taken."""
        pairs = [f + e for f in fields for e in ENDINGS[family]]
        free = [pair for pair in pairs if place + pair not in self._names]
        if free:
            name = place + free[int(self.rng.integers(len(free)))]
        else:
            name = self._numbered(place + pairs[int(self.rng.integers(len(pairs)))])
        self._names.add(name)
        return name

    def _numbered(self, name: str) -> str:
        return next(n for n in (f"{name}第{o}分部" for o in "二三四五六七八九") if n not in self._names)


def city_sizes(rng: np.random.Generator) -> np.ndarray:
    """Quotas of the 265 institutions, in random order: the bands as promised and TOTAL exactly."""
    drawn = [
        np.sort(np.clip(np.round(low + (high - low) * rng.beta(1.1, 1.5, count)), low, high).astype(int))
        for low, high, count in BANDS
    ]
    largest = drawn[-1]
    missing = TOTAL - sum(int(band.sum()) for band in drawn)
    at = 0
    while missing:  # the large institutions take up what is missing, one post at a time
        step = 1 if missing > 0 else -1
        if BANDS[-1][0] <= largest[at % len(largest)] + step:
            largest[at % len(largest)] += step
            missing -= step
        at += 1
    return rng.permutation(np.concatenate(drawn))


def sponsors(register: Register) -> list[Unit]:
    """The thirty departments of the city."""
    return [
        Unit(
            unit_id=register.code(CITY, 1),
            name="示例" + name,
            org_class=org_class,
            level="市",
            area_id=CITY,
            sector=sector,
            quota=(quota := 18 + int(register.rng.integers(0, 41))),
            before=quota,
            kind="行政",
            rank="正处",
            facts={"fields": 1.0} if fields else {},
        )
        for name, (org_class, sector, fields) in DEPARTMENTS.items()
    ]


def _drawn(counts: dict[str, int], rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(np.repeat(list(counts), list(counts.values())))


def city_institutions(register: Register, departments: Iterable[Unit]) -> list[Unit]:
    """The 265 institutions after the reform; `before` is set by the reform."""
    rng = register.rng
    running = [d for d in departments if d.facts]
    sizes = city_sizes(rng)
    families = _drawn(dict(zip(ENDINGS, FAMILY_SIZES, strict=True)), rng)
    funds = _drawn(FUNDS, rng)
    evaluated = rng.permutation(np.arange(len(sizes)) < EVALUATED)
    units = []
    for size, family, fund, judged in zip(sizes, families, funds, evaluated, strict=True):
        sponsor = running[int(rng.integers(len(running)))]
        unit = institution(register, sponsor, family=str(family), fund=str(fund), quota=int(size))
        units.append(replace(unit, evaluated=bool(judged)))
    return units


def institution(register: Register, sponsor: Unit, *, family: str, fund: str, quota: int) -> Unit:
    """One more institution of a sponsor, in the reform's scope."""
    place = "示例市" if sponsor.level == "市" else COUNTIES[int(sponsor.area_id[3]) - 1]
    fields = DEPARTMENTS.get(
        sponsor.name.removeprefix("示例"), ("", "", "综合 公共 乡村 社会 产业 民生 城乡 综合业务")
    )[2]
    return Unit(
        unit_id=register.code(sponsor.area_id, 2),
        name=register.name(place, fields.split(), family),
        org_class="事业",
        level=sponsor.level,
        area_id=sponsor.area_id,
        sector=sponsor.sector,
        quota=quota,
        before=quota,
        family=family,
        fund=fund,
        sponsor_id=sponsor.unit_id,
        in_reform_scope=True,
        rank="副科" if quota <= 10 else "正科",
    )


SCHOOLS = (  # stage, students, classes of the city's twelve schools
    ("小学", 1836, 41),
    ("小学", 1512, 34),
    ("小学", 987, 23),
    ("小学", 2164, 48),
    ("小学", 268, 12),
    ("初中", 1473, 30),
    ("初中", 2058, 42),
    ("初中", 891, 18),
    ("初中", 1187, 24),
    ("高中", 2394, 48),
    ("高中", 1806, 36),
    ("高中", 1353, 27),
)
STUDENTS_A_TEACHER = {"小学": 19.0, "初中": 13.5, "高中": 12.5}


_KIND_OF_SCHOOL = {"小学": "小学", "初中": "初级中学", "高中": "高级中学"}


def schools(register: Register, education: Unit, sizes: Sequence[tuple[str, int, int]]) -> list[Unit]:
    """Schools of an area, with about as many posts as the norm says; their facts are what the norm reads."""
    place = "示例市" if education.level == "市" else COUNTIES[int(education.area_id[3]) - 1]
    made = []
    for number, (stage, students, classes) in enumerate(sizes):
        quota = round(students / STUDENTS_A_TEACHER[stage] * 0.97)
        made.append(
            Unit(
                unit_id=register.code(education.area_id, 3),
                name=f"{place}第{_NUMERALS[number]}{_KIND_OF_SCHOOL[stage]}",
                org_class="事业",
                level=education.level,
                area_id=education.area_id,
                sector="教育",
                quota=quota,
                before=quota,
                family="学校",
                sponsor_id=education.unit_id,
                facts={f"在校生_{stage}": students, f"班级_{stage}": classes, "班级": classes},
            )
        )
    return made


_NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
COUNTY_SCHOOLS = (
    ("小学", 1204, 28),
    ("小学", 731, 18),
    ("小学", 186, 9),
    ("初中", 1316, 27),
    ("初中", 764, 16),
    ("高中", 1642, 33),
)
HOSPITALS = (
    ("示例市人民医院", 1180, 96),
    ("示例市中医院", 640, 61),
    ("示例市妇幼保健院", 310, 44),
    ("示例市精神卫生中心", 260, 38),
)


def health(register: Register, commission: Unit) -> list[Unit]:
    """Four hospitals (most of their staff stands outside quotas) and the centre for disease control."""
    plain = {
        "org_class": "事业",
        "level": "市",
        "area_id": CITY,
        "sector": "卫生",
        "sponsor_id": commission.unit_id,
        "rank": "副处",
    }
    made = [
        Unit(
            unit_id=register.code(CITY, 4),
            name=name,
            quota=quota,
            before=quota,
            family="医院",
            fund="补贴",
            facts={"床位": beds},
            **plain,
        )
        for name, beds, quota in HOSPITALS
    ]
    centre = Unit(
        unit_id=register.code(CITY, 5),
        name="示例市疾病预防控制中心",
        quota=118,
        before=118,
        family="疾控",
        facts={"服务人口": 3927400},
        **plain,
    )
    return [*made, centre]


def county(register: Register, number: int) -> tuple[list[Unit], list[Unit], list[Unit]]:
    """Fifteen departments, forty institutions and six schools of one county."""
    rng, area = register.rng, f"010{number + 1}"
    departments = [
        Unit(
            unit_id=register.code(area, 1),
            name=COUNTIES[number] + name.removeprefix("县"),
            org_class="党委" if name.startswith("县委") else "政府",
            level="县",
            area_id=area,
            sector="教育" if "教育" in name else "综合",
            quota=(quota := int(rng.integers(9, 26))),
            before=quota,
            kind="行政",
        )
        for name in COUNTY_DEPARTMENTS
    ]
    families = list(ENDINGS)[:4]
    institutions = [
        institution(
            register,
            departments[4 + int(rng.integers(11))],
            family=families[int(rng.integers(4))],
            fund="拨款",
            quota=int(np.clip(round(float(rng.lognormal(2.2, 0.6))), 3, 60)),
        )
        for _ in range(40)
    ]
    return departments, institutions, schools(register, departments[5], COUNTY_SCHOOLS)


def town(register: Register, number: int) -> tuple[Unit, list[Unit]]:
    """One town: its office and its three institutions."""
    rng, area = register.rng, f"010{number % 2 + 1}{number // 2 + 1:02d}"
    common = {"level": "镇", "area_id": area, "sector": "综合"}
    quota = int(rng.integers(24, 41))
    office = Unit(
        unit_id=register.code(area, 6),
        name=TOWNS[number] + "人民政府",
        org_class="镇街",
        quota=quota,
        before=quota,
        kind="行政",
        family="镇街",
        **common,
    )
    made = [
        Unit(
            unit_id=register.code(area, 7),
            name=TOWNS[number] + name,
            org_class="事业",
            quota=(posts := int(rng.integers(5, 17))),
            before=posts,
            family="镇街",
            sponsor_id=office.unit_id,
            in_reform_scope=True,
            rank="股级",
            **common,
        )
        for name in TOWN_INSTITUTIONS[:3]
    ]
    return office, made


def zone(register: Register) -> Unit:
    """The one development zone."""
    return Unit(
        unit_id=register.code(CITY, 8),
        name="示例经济开发区管理委员会",
        org_class="开发区",
        level="市",
        area_id=CITY,
        sector="综合",
        quota=46,
        before=46,
        kind="行政",
        rank="正处",
    )
