"""Norm, else standard time, else regression: tables in, one need out, readable by a policy officer."""

import datetime as dt

import pandas as pd
import pytest

from bzmodel.models.need.combine import combine
from bzmodel.models.need.norms import statutory_norm
from bzmodel.schema.columns import Tables
from bzmodel.schema.params import params_from
from bzmodel.schema.results import BadInput

DAY = dt.date(2021, 12, 31)
RATIO = {
    "name": "中小学标准",
    "form": "ratio",
    "document": "中央编办发〔2014〕72号",
    "issuer": "中央编办",
    "region": "全国",
    "from": dt.date(2014, 11, 13),
    "families": ["学校"],
    "parts": [
        {"driver": "在校生_小学", "posts": 1, "per": 19},
        {"driver": "在校生_初中", "posts": 1, "per": 13.5},
    ],
}


def _params(**norms):
    return params_from(("test", {"norms": norms, "methods": {"families": {}}}))


def _tables(drivers):
    units = pd.DataFrame(
        {
            "unit_id": ["S", "C"],
            "main_kind": "事业",
            "level": "市",
            "valid_from": pd.Timestamp(2010, 1, 1),
            "valid_to": pd.NaT,
        }
    )
    groups = pd.DataFrame({"unit_id": ["S", "C"], "year": 2020, "family": ["学校", "综合服务"]})
    rows = pd.DataFrame(drivers, columns=["unit_id", "driver", "value"]).assign(year=2020)
    return Tables({"units": units, "unit_groups": groups, "drivers": rows})


def _need(frame, unit):
    return frame.set_index("unit_id")["need_fte"][unit]


def test_a_school_is_given_by_stage_and_a_centre_has_no_norm():
    tables = _tables([("S", "在校生_小学", 950), ("S", "在校生_初中", 270)])
    result = statutory_norm(tables, _params(r=RATIO), workload_year=2020)
    assert _need(result.table, "S") == 950 / 19 + 270 / 13.5  # 国办发〔2001〕74号 and 2014: 1:19, 1:13.5
    assert result.table.set_index("unit_id")["reason"]["C"] == "没有适用的编制标准"
    assert [(float(s.before), float(s.after)) for s in result.steps] == [(0, 50), (50, 70)]
    assert [f.code for f in result.findings] == ["ND-W3"]  # the numbers are not verified: said


def test_a_norm_not_yet_in_force_or_not_in_use_gives_nothing():
    tables = _tables([("S", "在校生_小学", 950)])
    later = RATIO | {"from": dt.date(2022, 1, 1)}
    assert not statutory_norm(tables, _params(r=later), workload_year=2020).table["applicable"].any()
    assert not statutory_norm(tables, _params(r=RATIO), workload_year=2020, use=()).table["applicable"].any()


def test_an_unknown_norm_is_named_with_the_nearest():
    with pytest.raises(BadInput) as refusal:
        statutory_norm(_tables([]), _params(ratio=RATIO), workload_year=2020, use=("ratoi",))
    assert refusal.value.findings[0].about["near"] == "ratio"


def test_a_small_school_goes_by_classes():
    part = {
        "driver": "在校生_小学",
        "posts": 1,
        "per": 19,
        "classes": "班级_小学",
        "posts_per_class": 1.7,
        "below": 200,
    }
    tables = _tables([("S", "在校生_小学", 95), ("S", "班级_小学", 6)])
    result = statutory_norm(tables, _params(r=RATIO | {"parts": [part]}), workload_year=2020)
    assert _need(result.table, "S") == pytest.approx(6 * 1.7)


def _estimates(*rows):
    columns = ["unit_id", "kind", "method", "need_fte", "low", "high", "applicable", "reason", "on_quota_share"]
    return pd.DataFrame(rows, columns=columns).astype({"need_fte": "float64", "on_quota_share": "float64"})


def test_the_norm_speaks_first_and_the_others_stand_beside():
    estimates = _estimates(
        ("S", "事业", "statutory_norm", 70, 70, 70, True, None, 1),
        ("S", "事业", "standard_time", 80, 75, 85, True, None, 0.9),
        ("C", "事业", "standard_time", 10, 9, 11, True, None, 0.8),
        ("C", "事业", "regression", 12, 5, 20, True, None, 1),
    )
    need = combine(estimates, _tables([]), _params(), as_of=DAY).table.set_index("unit_id")
    assert need["route"].to_dict() == {"C": "工作量", "S": "标准"}
    assert need.loc["C", ["need_fte", "on_quota_share", "need"]].tolist() == [10, 0.8, 8]
    assert need.loc["S", "disagreement"] == pytest.approx((72 - 70) / 70)


def test_who_has_no_method_stays_as_it_is_by_name_and_nothing_below_zero_is_a_need():
    estimates = _estimates(
        ("S", "事业", "standard_time", None, None, None, False, "没有本年工作量", None),
        ("C", "事业", "regression", -2, -5, 1, True, None, 1),
    )
    result = combine(estimates, _tables([]), _params(), as_of=DAY)
    assert result.table[["unit_id", "route", "need"]].to_numpy().tolist() == [["C", "最低", 1.0]]
    assert [(f.code, f.about["units"]) for f in result.findings] == [("ND-W6", "S")]


def test_a_method_that_speaks_twice_is_refused():
    line = ("S", "事业", "regression", 1, 1, 1, True, None, 1)
    with pytest.raises(BadInput):
        combine(_estimates(line, line), _tables([]), _params(), as_of=DAY)
