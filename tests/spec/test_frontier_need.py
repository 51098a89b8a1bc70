"""The frontier as a need method: the share of its staff with which others of the family do as much."""

from itertools import pairwise

import pandas as pd
import pytest

import bzmodel as bz
from bzmodel.schema.columns import Tables
from bzmodel.schema.params import params_from

FAMILIES = {"馆": {"drivers": ["到馆人次"], "source": "设定"}}
PARAMS = params_from(("test", {"methods": {"families": FAMILIES}}))
# six libraries: the best of each size do 10 visits with 2, 60 with 8
VISITS = {"L1": 10.0, "L2": 10.0, "L3": 60.0, "L4": 60.0, "L5": 35.0, "L6": 30.0}
STAFF = {"L1": 2, "L2": 4, "L3": 8, "L4": 16, "L5": 10, "L6": 8}


def city(visits=VISITS, staff=STAFF, off_quota=0, family="馆"):
    units = sorted(VISITS)
    day = pd.Timestamp("2020-12-31")
    drivers = pd.DataFrame(
        {"unit_id": list(visits), "driver": "到馆人次", "value": list(visits.values()), "year": 2020}
    )
    counts = {"unit_id": list(staff), "as_of": day, "kind": "事业", "on_quota_persons": list(staff.values())}
    since = {"valid_from": pd.Timestamp("2010-01-01"), "valid_to": pd.NaT}
    return Tables(
        {
            "units": pd.DataFrame({"unit_id": units, "main_kind": "事业", "level": "市"}).assign(**since),
            "unit_groups": pd.DataFrame({"unit_id": units, "year": 2020, "family": family}),
            "drivers": drivers,
            "staff_counts": pd.DataFrame(counts).assign(off_quota_persons=off_quota),
        }
    )


def asked(tables):
    return bz.METHODS["frontier"](tables, PARAMS, workload_year=2020)


def of(result, unit):
    return result.table.set_index("unit_id").loc[unit]


def test_need_is_the_score_times_the_staff():
    result = asked(city())
    assert result.table["applicable"].all()
    assert of(result, "L2")["need_fte"] == pytest.approx(2)  # L1 does the same with half
    assert of(result, "L5")["need_fte"] == pytest.approx(5)  # half L1, half L3
    assert of(result, "L1")["need_fte"] == 2


def test_its_range_is_from_constant_returns_to_the_staff_there_is():
    line = of(asked(city()), "L2")
    assert (line["low"], line["high"]) == (pytest.approx(10 * 8 / 60), 4)


def test_it_is_explained_from_the_staff_to_the_posts_on_quota():
    result = asked(city(off_quota=pd.Series([0, 4, 0, 0, 0, 0])))
    line, steps = of(result, "L2"), result.steps_of("L2")
    assert line["on_quota_share"] == 0.5
    assert [step.cause for step in steps] == ["staff", "frontier", "off_quota"]
    assert [step.after for step in steps] == [8, pytest.approx(2), pytest.approx(1)]
    assert "L1" in steps[1].source
    assert all(later.before == earlier.after for earlier, later in pairwise(steps))


@pytest.mark.parametrize(
    ("tables", "unit", "why"),
    [
        (city(family="校"), "L1", "未声明驱动量"),
        (city(visits={unit: VISITS[unit] for unit in ("L1", "L2", "L3")}), "L1", "3 个，少于 6 个"),
        (city(staff=STAFF | {"L1": 0}), "L2", "5 个，少于 6 个"),
        (city(visits=VISITS | {"L1": -1.0}), "L1", "超出允许范围"),
    ],
)
def test_a_family_it_does_not_apply_to_is_told_why(tables, unit, why):
    result = asked(tables)
    assert not result.table["applicable"].any()
    assert why in of(result, unit)["reason"]
    assert any(why in str(one.about) for one in result.findings)


def test_a_unit_without_staff_or_work_is_told_why_and_the_others_are_measured(monkeypatch):
    more = VISITS | {"L7": 20.0, "L8": 0.0, "L9": 5.0}
    staff = STAFF | {"L8": 3, "L9": 0}
    monkeypatch.setitem(globals(), "VISITS", more)
    result = asked(city(visits=more, staff=staff))
    assert result.table["applicable"].sum() == 6
    assert [of(result, unit)["reason"][-3:] for unit in ("L7", "L8", "L9")] == ["量缺报", "从比较", "从比较"]


def test_it_stands_beside_the_others_and_decides_nothing():
    assert "frontier" in bz.METHODS and "frontier" not in bz.ROUTES
