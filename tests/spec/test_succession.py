"""What a unit recorded is carried on by its successors."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from bzmodel.models.succession import carried, followed
from bzmodel.models.synthetic import synthetic_city
from bzmodel.schema.columns import Tables

KEY = ("unit_id", "workload_year", "activity_id")


def _followed(series, succession, until=dt.date(2021, 12, 31)):
    succession["happened_on"] = pd.to_datetime(succession["happened_on"])
    return followed(series, succession, year="workload_year", key=KEY, value="volume", until=until)


def test_shares_move_volumes_and_years_after_the_change_stay():
    rows = [("A", 2020, "a", 100.0), ("B", 2020, "a", 50.0), ("C", 2020, "a", 7.0), ("A", 2021, "a", 80.0)]
    series = pd.DataFrame(rows, columns=[*KEY, "volume"])
    changes = [("A", "A", 0.8), ("A", "N", 0.2), ("B", "N", 1.0)]
    succession = pd.DataFrame(changes, columns=["predecessor_id", "successor_id", "share"])
    succession["happened_on"] = dt.date(2021, 6, 30)
    found = _followed(series, succession).set_index(["unit_id", "workload_year"])["volume"].to_dict()
    assert found == {("A", 2020): 80.0, ("N", 2020): 70.0, ("C", 2020): 7.0, ("A", 2021): 80.0}
    untouched = _followed(series, succession, dt.date(2021, 6, 29))
    assert untouched.equals(series)


def test_a_blank_among_the_parts_is_a_blank_and_a_sum_is_as_good_as_its_weakest_part():
    rows = [("A", 2020, "a", 100.0, "系统导出"), ("B", 2020, "a", None, "系统导出"), ("A", 2020, "b", 5.0, "系统导出"),
            ("B", 2020, "b", 3.0, "自报")]  # fmt: skip
    series = pd.DataFrame(rows, columns=[*KEY, "volume", "source_grade"])
    changes = [("A", "N", 1.0), ("B", "N", 1.0)]
    succession = pd.DataFrame(changes, columns=["predecessor_id", "successor_id", "share"])
    tables = Tables({"workload": series, "succession": succession.assign(happened_on=pd.Timestamp(2021, 6, 30))})
    found = carried(tables, until=dt.date(2021, 12, 31))["workload"].set_index("activity_id")
    assert pd.isna(found.loc["a", "volume"])
    assert found.loc["b", ["volume", "source_grade"]].tolist() == [8.0, "自报"]


def test_the_citys_workload_of_2020_stands_under_its_units_of_2021():
    city = synthetic_city()
    workload, succession = city["2020/workload"], city["2021/succession"]
    found = _followed(workload, succession)
    units = city["2021/units"].set_index("unit_id")["valid_to"]
    gone = succession[succession["action"].isin(["撤销", "转企", "划出"])]["predecessor_id"]
    assert set(found[units[found["unit_id"]].notna().to_numpy()]["unit_id"]) == set(gone)
    assert found["volume"].sum() == pytest.approx(workload["volume"].sum())
    assert found["unit_id"].nunique() == 259 + len(gone)  # the 6 new ones have no past
