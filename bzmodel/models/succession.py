"""A series goes on under the units that stand: what predecessors recorded, by the shares the changes gave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from bzmodel.schema.columns import Tables


def followed(
    series: pd.DataFrame, succession: pd.DataFrame, *, year: str, key: Sequence[str], value: str, until: dt.date
) -> pd.DataFrame:
    """Rows of past years under the units that carry the work on at `until`.

    Parameters
    ----------
    series: rows of `unit_id` and a year. succession: the register of changes. year, value: columns of the series; key:
    what no two rows share, `unit_id` and `year` among it. until: changes up to this day count.

    Returns
    -------
    The series with `value` of each predecessor times its share, summed for each successor; other columns (and
    `source_row`) from the first row. Units that ended without a successor keep their rows.

    Notes
    -----
    A row of year t follows the changes after 31 December t: value(successor) = sum share x value(predecessor). Two
    changes of one unit in turn are followed one after the other.
    """
    carried = succession.dropna(subset=["predecessor_id", "successor_id"])
    carried = carried[carried["happened_on"] <= pd.Timestamp(until)]
    for day, changes in carried.groupby("happened_on"):
        earlier = series[year] < day.year
        moved = _handed_on(series[earlier], changes, key=key, value=value)
        series = pd.concat([moved, series[~earlier]], ignore_index=True)
    return series


def _handed_on(rows: pd.DataFrame, changes: pd.DataFrame, *, key: Sequence[str], value: str) -> pd.DataFrame:
    parts = changes[["predecessor_id", "successor_id", "share"]]
    rows = rows.merge(parts, how="left", left_on="unit_id", right_on="predecessor_id")
    rows["unit_id"] = rows["successor_id"].fillna(rows["unit_id"])
    rows[value] = rows[value] * rows["share"].fillna(1.0)
    rows = rows.drop(columns=list(parts.columns))
    others = {name: "first" for name in rows if name not in key}
    return rows.groupby(list(key), sort=False, as_index=False).agg(others | {value: "sum"})[list(rows.columns)]


def carried(tables: Tables, *, until: dt.date) -> Tables:
    """The tables with workload and drivers of past years under the units that carry the work on at `until`."""
    if "succession" not in tables:
        return tables
    series = {"workload": ("workload_year", "activity_id", "volume"), "drivers": ("year", "driver", "value")}
    moved = {
        name: followed(
            tables[name], tables["succession"], year=year, key=("unit_id", year, item), value=value, until=until
        )
        for name, (year, item, value) in series.items()
        if name in tables
    }
    return tables.replacing(**moved)
