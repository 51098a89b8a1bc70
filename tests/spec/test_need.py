"""One need for each unit: the statutory norm first, else standard time, else regression, else the least."""

import datetime as dt
from itertools import pairwise

import pandas as pd
import pytest

import bzmodel as bz
from bzmodel.intake.city import load_params
from bzmodel.models.need.estimates import estimates_frame
from bzmodel.schema.columns import Tables
from bzmodel.schema.params import params_from
from bzmodel.schema.results import BadInput, Result

DAY = dt.date(2020, 12, 31)
SINCE = pd.Timestamp("2010-01-01")
RATIO = {
    "name": "小学标准",
    "form": "ratio",
    "document": "中央编办发〔2014〕72号",
    "issuer": "中央编办",
    "region": "全国",
    "from": dt.date(2014, 11, 13),
    "families": ["学校"],
    "parts": [{"driver": "在校生_小学", "posts": 1, "per": 19}],
}


@pytest.fixture(scope="module")
def params():
    return load_params()


def _city(**frames):
    """A school, a public health centre and two laboratories; the second has no workload."""
    units = [("CDC", "疾控"), ("LAB1", "监测检测"), ("LAB2", "监测检测"), ("SCH", "学校")]
    tables = {
        "units": pd.DataFrame(
            {
                "unit_id": [unit for unit, _ in units],
                "main_kind": "事业",
                "level": "市",
                "valid_from": SINCE,
                "valid_to": pd.NaT,
            }
        ),
        "unit_groups": pd.DataFrame({"unit_id": [u for u, _ in units], "year": 2020, "family": [f for _, f in units]}),
    }
    return Tables(tables | frames)


def _drivers(*rows):
    return pd.DataFrame(rows, columns=["unit_id", "driver", "value"]).assign(year=2020)


def _work(volume=1000.0, grade="统计", **activity):
    """One activity of two hours, done by LAB1 in each year from 2018 on."""
    one = {"activity_id": "A", "family": "监测检测", "hours_per_case": 2.0, "name": "检测"} | activity
    years = pd.DataFrame({"workload_year": [2018, 2019, 2020], "volume": [volume * part for part in (0.5, 0.8, 1.0)]})
    return {
        "activities": pd.DataFrame([one]).assign(valid_from=SINCE, valid_to=pd.NaT),
        "workload": years.assign(unit_id="LAB1", activity_id="A", source_grade=grade),
    }


def _of(result, unit):
    return result.table.set_index("unit_id").loc[unit]


def test_a_school_has_one_post_for_19_13_and_a_half_and_12_and_a_half_students(params):
    """中央编办发〔2014〕72号; stages are counted apart and added."""
    drivers = _drivers(("SCH", "在校生_小学", 950.0), ("SCH", "在校生_初中", 540.0), ("SCH", "在校生_高中", 500.0))
    result = bz.statutory_norm(_city(drivers=drivers), params, workload_year=2020)
    assert _of(result, "SCH")["need_fte"] == 50 + 40 + 40
    steps = result.steps_of("SCH")
    assert [step.cause for step in steps] == ["norm"] * 3
    assert [float(step.after) for step in steps] == [50, 90, 130]
    assert all("中央编办发〔2014〕72号" in step.source for step in steps)
    assert [finding.code for finding in result.findings] == ["ND-W3"]  # not verified, and said


def test_a_city_centre_for_disease_control_has_3_for_100_000_people(params):
    """中央编办发〔2014〕2号: .3 of the 1.75 per 10,000 is the city's."""
    result = bz.statutory_norm(_city(drivers=_drivers(("CDC", "服务人口", 1_000_000.0))), params, workload_year=2020)
    assert _of(result, "CDC")["need_fte"] == 30


def test_whoever_has_no_norm_is_told_so(params):
    result = bz.statutory_norm(_city(drivers=_drivers(("LAB1", "服务人口", 9.0))), params, workload_year=2020)
    assert not _of(result, "LAB1")["applicable"]
    assert "标准" in _of(result, "LAB1")["reason"]


def test_a_norm_not_yet_in_force_gives_nothing():
    later = params_from(("test", {"norms": {"ratio": RATIO | {"from": dt.date(2022, 1, 1)}}}))
    city = _city(drivers=_drivers(("SCH", "在校生_小学", 950.0)))
    assert not bz.statutory_norm(city, later, workload_year=2020).table["applicable"].any()


def test_a_small_school_goes_by_classes():
    """Below 200 students 1.7 posts a class, where that is more."""
    part = RATIO["parts"][0] | {"classes": "班级_小学", "posts_per_class": 1.7, "below": 200}
    params = params_from(("test", {"norms": {"ratio": RATIO | {"parts": [part]}}}))
    city = _city(drivers=_drivers(("SCH", "在校生_小学", 95.0), ("SCH", "班级_小学", 6.0)))
    assert _of(bz.statutory_norm(city, params, workload_year=2020), "SCH")["need_fte"] == pytest.approx(6 * 1.7)


def test_workload_over_the_time_in_force_is_the_need(params):
    """(250 − 10 − 5 − 3) days of 8 hours at 85 % are 1,577.6 hours."""
    result = bz.standard_time(_city(**_work()), params, workload_year=2020)
    assert _of(result, "LAB1")["need_fte"] == pytest.approx(2000 / 1577.6, rel=1e-15)
    assert not _of(result, "LAB2")["applicable"]


def test_a_blank_volume_is_missing_never_nothing(params):
    work = _work()
    work["workload"].loc[work["workload"]["workload_year"] == 2020, "volume"] = None
    work["workload"] = work["workload"].assign(source_row="workload.csv:2")
    result = bz.standard_time(_city(**work), params, workload_year=2020)
    assert _of(result, "LAB1")[["applicable", "reason"]].tolist() == [False, "工作量未报全：A"]
    assert ("ND-W10", 2) in [(finding.code, finding.row) for finding in result.findings]


def test_a_stage_that_did_not_report_keeps_the_norm_from_speaking(params):
    drivers = _drivers(("SCH", "在校生_小学", 950.0), ("SCH", "在校生_初中", None))
    line = _of(bz.statutory_norm(_city(drivers=drivers), params, workload_year=2020), "SCH")
    assert not line["applicable"] and "在校生_初中 未报" in line["reason"]


def test_the_interval_is_that_of_the_posts_on_quota(params):
    """Two activities of one error each: the one that is not on quota takes its error with it."""
    work = _work(std_error=0.5)
    other = work["activities"].assign(activity_id="B", on_quota_share=0.0)
    work["activities"] = pd.concat([work["activities"].assign(on_quota_share=1.0), other], ignore_index=True)
    work["workload"] = pd.concat([work["workload"], work["workload"].assign(activity_id="B")], ignore_index=True)
    result = bz.standard_time(_city(**work), params, workload_year=2020)
    need = bz.combine(bz.side_by_side({"standard_time": result}).table, _city(), params, as_of=DAY)
    half = 1.6448536269514722 * 1000 * 0.5 / 1577.6
    assert _of(need, "LAB1")["high"] - _of(need, "LAB1")["need"] == pytest.approx(half)


def test_workload_of_2025_has_248_days(params):
    work = _work()
    work["workload"] = work["workload"].assign(workload_year=[2023, 2024, 2025])
    result = bz.standard_time(_city(**work), params, workload_year=2025)
    assert _of(result, "LAB1")["need_fte"] == pytest.approx(2000 / (230 * 8 * 0.85), rel=1e-15)


def test_other_years_self_reports_and_utilisation_stand_beside(params):
    totals = bz.standard_time(_city(**_work(grade="自报")), params, workload_year=2020).tables["standard_time_totals"]
    need = totals.set_index(["basis", "value"])["need"]
    full = 2000 / 1577.6
    assert need["三年平均", "2018–2020"] == pytest.approx(full * 2.3 / 3, rel=1e-15)
    assert need["基准年", "2019"] == pytest.approx(full * 0.8, rel=1e-15)
    assert need["不含自报", "2020"] == 0
    assert need["利用率", "80%"] == pytest.approx(full * 0.85 / 0.8, rel=1e-15)


def test_the_steps_of_a_unit_lead_from_nothing_to_its_need(params):
    allowances = pd.DataFrame(
        [
            ("C", "category", "监测检测", None, 0.2, "share", None, 1.0),
            ("I", "individual", None, "LAB1", 157.76, "h/year", 2.0, 0.5),
        ],
        columns=["allowance_id", "form", "category", "unit_id", "amount", "measure", "persons", "on_quota_share"],
    )
    result = bz.standard_time(_city(allowances=allowances, **_work(on_quota_share=0.9)), params, workload_year=2020)
    steps = result.steps_of("LAB1", "事业")
    causes = ["activity", "category_allowance", "individual_allowance", "off_quota", "off_quota"]
    assert [step.cause for step in steps] == causes
    assert steps[0].before == 0
    assert all(later.before == earlier.after for earlier, later in pairwise(steps))
    row = _of(result, "LAB1")
    assert float(steps[-1].after) == pytest.approx(row["need_fte"] * row["on_quota_share"], rel=1e-15)
    assert row["need_fte"] == pytest.approx(2000 / 1577.6 / 0.8 + 0.2, rel=1e-15)


def test_the_order_of_rows_changes_nobodys_need(params):
    drivers = _drivers(("SCH", "在校生_小学", 951.0), ("SCH", "在校生_初中", 547.0))
    city = _city(drivers=drivers, **_work(std_error=0.1))
    turned = Tables({name: frame[::-1].reset_index(drop=True) for name, frame in city.items()})
    for method in (bz.statutory_norm, bz.standard_time):
        pd.testing.assert_frame_equal(
            method(city, params, workload_year=2020).table, method(turned, params, workload_year=2020).table
        )


def _estimates(*rows):
    names = ("unit_id", "method", "need_fte", "on_quota_share")
    made = [dict(zip(names, row, strict=True)) for row in rows]
    for row in made:
        applies = row["need_fte"] is not None
        row |= {"kind": "事业", "applicable": applies, "reason": None if applies else "不适用"}
        row |= {"low": row["need_fte"] - 1, "high": row["need_fte"] + 2} if applies else {}
    return estimates_frame(made)


def test_the_norm_comes_before_the_work_and_the_work_before_the_line(params):
    estimates = _estimates(
        ("SCH", "statutory_norm", 40.0, 1.0),
        ("SCH", "standard_time", 50.0, 0.8),
        ("LAB1", "standard_time", 10.0, 0.8),
        ("LAB1", "regression", 20.0, 0.5),
        ("LAB2", "standard_time", None, None),
        ("LAB2", "regression", 6.0, 0.5),
    )
    result = bz.combine(estimates, _city(), params, as_of=DAY)
    assert _of(result, "SCH")[["route", "need"]].tolist() == ["标准", 40]
    assert _of(result, "LAB1")[["route", "need"]].tolist() == ["工作量", 8]
    assert _of(result, "LAB2")[["route", "need"]].tolist() == ["回归", 3]
    assert _of(result, "LAB1")[["low", "high"]].tolist() == pytest.approx([7.2, 9.6])


def test_where_methods_differ_stands_beside_the_need(params):
    estimates = _estimates(("LAB1", "standard_time", 10.0, 1.0), ("LAB1", "regression", 12.0, 1.0),
                           ("LAB2", "regression", 6.0, 1.0))  # fmt: skip
    result = bz.combine(estimates, _city(), params, as_of=DAY)
    assert _of(result, "LAB1")["disagreement"] == pytest.approx(0.2)
    assert pd.isna(_of(result, "LAB2")["disagreement"])  # one method cannot disagree


def test_a_need_of_nothing_is_no_need(params):
    """A regression below 0: the least posts, and a unit without any method stays as it is, by name."""
    estimates = _estimates(("LAB1", "regression", -3.0, 1.0), ("LAB2", "regression", None, None))
    result = bz.combine(estimates, _city(), params, as_of=DAY)
    assert _of(result, "LAB1")[["route", "need"]].tolist() == ["最低", 1]
    assert "LAB2" not in set(result.table["unit_id"])
    assert any("LAB2" in str(dict(finding.about)) for finding in result.findings)


def test_one_method_speaks_once_of_a_unit(params):
    twice = _estimates(("LAB1", "regression", 1.0, 1.0), ("LAB1", "regression", 2.0, 1.0))
    with pytest.raises(BadInput, match="ND-E13"):
        bz.combine(twice, _city(), params, as_of=DAY)


def _method(**changed):
    """A method of a researcher's own, which says 3 posts of LAB1."""
    line = {"unit_id": "LAB1", "kind": "事业", "method": "mine", "need_fte": 3.0, "low": 2.0, "high": 4.0,
            "applicable": True, "reason": None, "on_quota_share": 1.0} | changed  # fmt: skip
    return lambda tables, params, *, workload_year: Result("mine", {"need_estimates": estimates_frame([line])}, "")


def test_a_method_that_is_not_on_the_route_changes_nobodys_need(params):
    results = bz.measure(_city(), params, workload_year=2020, methods=bz.METHODS | {"mine": _method()})
    result = bz.combine(bz.side_by_side(results).table, _city(), params, as_of=DAY)
    assert "LAB1" not in set(result.table["unit_id"])  # nothing on the route speaks of it: it stays as it is


@pytest.mark.parametrize(
    "changed",
    [{"method": "other"}, {"low": None}, {"low": 5.0}, {"on_quota_share": None}, {"applicable": False}],
)
def test_a_method_whose_estimates_cannot_be_used_is_refused_by_name(params, changed):
    with pytest.raises(BadInput, match="ND-E18") as refusal:
        bz.measure(_city(), params, workload_year=2020, methods={"mine": _method(**changed)})
    assert refusal.value.findings[0].value == "mine"
