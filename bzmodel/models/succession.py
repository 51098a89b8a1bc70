"""A series goes on under the units that stand: what predecessors recorded, by the shares the changes gave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pandas as pd

from bzmodel.schema.columns import Tables

_GRADES = {"source_grade": ("系统导出", "统计", "自报")}


def followed(
    series: pd.DataFrame, succession: pd.DataFrame, *, year: str, key: Sequence[str], value: str, until: dt.date,
    weakest: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> pd.DataFrame:  # fmt: skip
    """Rows of past years under the units that carry the work on at `until`.

    Parameters
    ----------
    series: rows of `unit_id` and a year. succession: the register of changes. year, value: columns of the series; key:
    what no two rows share, `unit_id` and `year` among it. until: changes up to this day count. weakest: column -> its
    codes, the most trusted first: a sum is as good as the weakest of its parts, a blank being the last code.

    Returns
    -------
    The series with `value` of each predecessor times its share, summed for each successor; a blank among the parts
    leaves the sum blank. Other columns (and `source_row`) are of the first row, of the blank one where there is one.
    Units that ended without a successor keep their rows.

    Notes
    -----
    A row of year t follows the changes after 31 December t: value(successor) = sum share x value(predecessor). Two
    changes of one unit in turn are followed one after the other.
    """
    carried = succession.dropna(subset=["predecessor_id", "successor_id"])
    carried = carried[carried["happened_on"] <= pd.Timestamp(until)]
    for day, changes in carried.groupby("happened_on"):
        earlier = series[year] < day.year
        moved = _handed_on(series[earlier], changes, key=key, value=value, weakest=weakest)
        series = pd.concat([moved, series[~earlier]], ignore_index=True)
    return series


def _handed_on(
    rows: pd.DataFrame, changes: pd.DataFrame, *, key: Sequence[str], value: str, weakest: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    parts = changes[["predecessor_id", "successor_id", "share"]]
    rows = rows.merge(parts, how="left", left_on="unit_id", right_on="predecessor_id")
    rows["unit_id"] = rows["successor_id"].fillna(rows["unit_id"])
    rows[value] = rows[value] * rows["share"].fillna(1.0)
    rows = rows.drop(columns=list(parts.columns))
    rows["_blank"] = rows[value].isna()
    for name, codes in weakest.items():
        if name in rows:
            trust = pd.CategoricalDtype(codes, ordered=True)
            rows[name] = rows[name].fillna(codes[-1]).astype(trust)
    others = {name: "max" if name in weakest else "first" for name in rows if name not in key}
    first = rows.sort_values("_blank", ascending=False, kind="stable")
    summed = first.groupby(list(key), sort=False, as_index=False).agg(others | {value: "sum", "_blank": "max"})
    summed[value] = summed[value].mask(summed["_blank"])
    order = rows[list(key)].drop_duplicates().merge(summed, on=list(key), how="left")
    return order.astype({name: "str" for name in weakest if name in order})[[n for n in rows if n != "_blank"]]


def carried(tables: Tables, *, until: dt.date) -> Tables:
    """The tables with workload and drivers of past years under the units that carry the work on at `until`."""
    if "succession" not in tables:
        return tables
    series = {"workload": ("workload_year", "activity_id", "volume"), "drivers": ("year", "driver", "value")}
    moved = {
        name: followed(
            tables[name],
            tables["succession"],
            year=year,
            key=("unit_id", year, item),
            value=value,
            until=until,
            weakest=_GRADES if name == "workload" else {},
        )
        for name, (year, item, value) in series.items()
        if name in tables
    }
    return tables.replacing(**moved)
