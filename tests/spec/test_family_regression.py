"""The regression of a city's families: who gets an estimate, and why the others get none."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from bzmodel.models.need.regression import regression_need, workload_regression
from bzmodel.schema.params import Params, params_from
from bzmodel.schema.results import BadInput

LIBRARY = {"drivers": ["到馆人次"], "source": "test"}


def params(**families: dict) -> Params:
    return params_from(("test", {"methods": {"families": families}}))


def city(n: int = 20, family: str = "图书馆") -> dict[str, pd.DataFrame]:
    """n libraries in 2019 and 2020: 2 staff and 1 more per 1,000 visits, with a little noise."""
    ids = [f"U{at:02}" for at in range(n)]
    draw = np.random.default_rng(5)
    rows = [(unit, year, 1000.0 * (at + 1 + year - 2019)) for at, unit in enumerate(ids) for year in (2019, 2020)]
    drivers = pd.DataFrame(rows, columns=["unit_id", "year", "value"]).astype({"year": "Int64"})
    drivers = drivers.assign(driver="到馆人次")
    on_quota = (2 + drivers["value"] / 1000 + draw.integers(0, 2, len(drivers))).astype("Int64")
    counts = pd.DataFrame(
        {
            "unit_id": drivers["unit_id"],
            "as_of": pd.to_datetime(drivers["year"].astype(str) + "-12-31"),
            "kind": "事业",
            "on_quota_persons": on_quota,
            "off_quota_persons": pd.array([3] * len(drivers), dtype="Int64"),
            "loaned_in_persons": pd.array([1] * len(drivers), dtype="Int64"),
            "loaned_out_persons": pd.array([4] * len(drivers), dtype="Int64"),
            "fte": 999.0,
        }
    )
    units = pd.DataFrame({"unit_id": ids, "main_kind": "事业", "valid_from": pd.Timestamp("2010-01-01")})
    units["valid_to"] = pd.NaT
    groups = pd.DataFrame({"unit_id": ids, "year": pd.array([2020] * n, dtype="Int64"), "family": family})
    return {"units": units, "unit_groups": groups, "drivers": drivers, "staff_counts": counts}


def test_staff_is_on_quota_and_off_and_loans() -> None:
    """3 off quota + 1 loaned in − 4 loaned out = 0: the line is that of people on quota."""
    need = regression_need(city(), params(图书馆=LIBRARY), workload_year=2020)
    assert list(need) == [
        "unit_id",
        "kind",
        "method",
        "need_fte",
        "low",
        "high",
        "applicable",
        "reason",
        "on_quota_share",
        "low_on_quota",
        "high_on_quota",
    ]
    assert need["applicable"].all() and need["unit_id"].is_monotonic_increasing
    visits = np.arange(2, 22)
    assert need["need_fte"].to_numpy() == pytest.approx(2.5 + visits, abs=0.5)
    assert ((need["low"] < need["need_fte"]) & (need["need_fte"] < need["high"])).all()


def test_share_on_quota() -> None:
    """On quota over all who work there: n people on quota and 4 off quota make n / (n + 4)."""
    tables = city()
    loans = {"loaned_in_persons": 0, "loaned_out_persons": 0, "off_quota_persons": 4}
    tables["staff_counts"] = tables["staff_counts"].assign(**loans)
    need = regression_need(tables, params(图书馆=LIBRARY), workload_year=2020)
    on_quota = int(tables["staff_counts"]["on_quota_persons"].iloc[1])
    assert need["on_quota_share"].iloc[0] == pytest.approx(on_quota / (on_quota + 4))


def test_the_units_of_today_are_asked_and_those_of_then_fitted() -> None:
    """U00 took over U01's work after the workload year: the line stays, U00's drivers are both units' together."""
    tables = city()
    drivers = tables["drivers"]
    carried = drivers[drivers["unit_id"] != "U01"].copy()
    carried.loc[(carried["unit_id"] == "U00") & (carried["year"] == 2020), "value"] = 2000.0 + 3000.0
    before = workload_regression(tables, params(图书馆=LIBRARY), workload_year=2020)
    after = workload_regression(tables, params(图书馆=LIBRARY), workload_year=2020, carried_drivers=carried)
    pd.testing.assert_frame_equal(before.tables["coefficients"], after.tables["coefficients"])
    then, now = (result.table.set_index("unit_id") for result in (before, after))
    assert now.loc["U00", "need_fte"] == pytest.approx(then.loc["U03", "need_fte"])  # 5,000 visits in 2020
    assert now.loc["U01", "reason"] == "驱动量缺报"


@pytest.mark.parametrize(
    ("tables", "families", "reason"),
    [
        (city(14), {"图书馆": LIBRARY}, "14 个，少于 15 个"),
        (city(), {}, "未声明回归方法"),
        (city(), {"图书馆": LIBRARY | {"drivers": ["床位"]}}, "没有该类的驱动量"),
    ],
)
def test_inapplicable_with_its_reason(tables: dict, families: dict, reason: str) -> None:
    result = workload_regression(tables, params(**families), workload_year=2020)
    assert not result.table["applicable"].any() and result.table["need_fte"].isna().all()
    assert result.table["reason"].str.contains(reason).all()
    assert [finding.code for finding in result.findings] == ["FT-W7"]


def test_the_steps_of_a_unit_sum_driver_by_driver_to_its_need() -> None:
    result = workload_regression(city(), params(图书馆=LIBRARY), workload_year=2020)
    for line in result.table.itertuples():
        steps = result.steps_of(line.unit_id)
        assert [step.cause for step in steps][:2] == ["intercept", "driver"]
        assert steps[0].before == 0 and all(one.after == next_.before for one, next_ in pairwise(steps))
        assert steps[-1].after == pytest.approx(line.need_fte * line.on_quota_share)


def test_a_unit_without_its_driver_is_named() -> None:
    tables = city()
    drivers = tables["drivers"]
    gone = (drivers["unit_id"] == "U03") & (drivers["year"] == 2020)
    need = regression_need(tables | {"drivers": drivers[~gone]}, params(图书馆=LIBRARY), workload_year=2020)
    assert need.loc[~need["applicable"].astype(bool), ["unit_id", "reason"]].values.tolist() == [["U03", "驱动量缺报"]]


def test_a_need_below_zero_is_no_need() -> None:
    tables = city()
    counts = tables["staff_counts"]
    tables["staff_counts"] = counts.assign(on_quota_persons=(counts["on_quota_persons"] - 8).clip(lower=0))
    result = workload_regression(tables, params(图书馆=LIBRARY), workload_year=2020)
    below = result.table[result.table["need_fte"] <= 0]
    assert len(below) and not below["applicable"].any() and below["reason"].str.contains("转下一路径").all()
    assert below["unit_id"].iloc[0] in result.text


def test_a_constant_driver_is_left_out_with_a_finding() -> None:
    tables = city()
    constant = tables["drivers"].assign(driver="面积", value=5.0)
    tables["drivers"] = pd.concat([tables["drivers"], constant], ignore_index=True)
    method = LIBRARY | {"drivers": ["到馆人次", "面积"]}
    result = workload_regression(tables, params(图书馆=method), workload_year=2020)
    assert result.table["applicable"].all()
    assert ("FT-W6", "面积") in [(finding.code, finding.column) for finding in result.findings]
    assert result.tables["coefficients"]["term"].tolist() == ["intercept", "到馆人次"]


def test_declared_years_only() -> None:
    """The year asked for takes no part where the family is fitted on other years."""
    result = workload_regression(city(), params(图书馆=LIBRARY | {"years": [2019]}), workload_year=2020)
    assert result.tables["fits"]["n"].tolist() == [20]
    assert list(result.tables["coverage"]["band"]) == ["Q1", "Q2", "Q3", "Q4", "top_tenth", "all"]


@pytest.mark.parametrize("method", ["nnls", "huber", "quantile", "poisson", "negbin"])
def test_a_family_names_its_estimator(method: str) -> None:
    """Noise of 0 or 1 goes nowhere beyond 1.345 scales, and the slope is positive: huber and nnls are ols here."""
    plain = workload_regression(city(), params(图书馆=LIBRARY), workload_year=2020)
    result = workload_regression(city(), params(图书馆=LIBRARY | {"method": method}), workload_year=2020)
    assert result.table["applicable"].all() and result.table["low"].notna().all()
    estimates = result.tables["coefficients"]["estimate"].tolist()
    assert (estimates == plain.tables["coefficients"]["estimate"].tolist()) == (method in ("nnls", "huber"))
    assert bool(result.steps) == (method not in ("poisson", "negbin"))  # an exponential is no sum of drivers


@pytest.mark.parametrize("wrong", [{"method": "mixed"}, {"method": "huber", "quantile": 0.5}, {"quantile": 0.5}])
def test_an_estimator_that_a_family_cannot_have_is_refused(wrong: dict) -> None:
    with pytest.raises(BadInput) as refused:
        params(图书馆=LIBRARY | wrong)
    assert refused.value.findings[0].code == "PA-L5"


def test_an_unknown_key_of_a_family_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        params(图书馆=LIBRARY | {"driver": ["到馆人次"]})
    assert refused.value.findings[0].code == "PA-L1"
