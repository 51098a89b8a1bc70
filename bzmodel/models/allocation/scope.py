"""Which posts of a city are to be allocated, and what is known of each unit before its rules speak.

The unit of allocation is a unit and kind of quota. A unit in scope without a need stays as it is, by name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bzmodel.schema.columns import Tables
from bzmodel.schema.results import BadInput, Finding, Result

_KEY = ["unit_id", "kind"]
_QUOTA_KEY = [*_KEY, "fund", "source"]
_UNIT_COLUMNS = ("level", "area_id", "parent_id", "sponsor_id", "sector", "org_class", "benefit_class", "rank")
_BASIC = "基本"


def units_in_scope(
    tables: Tables, need: pd.DataFrame, *, scope: Mapping[str, Sequence[str]], year: int, as_of: dt.date
) -> Result:
    """The UNITS table of a city's allocation.

    Parameters
    ----------
    tables : units, quotas or staff_counts; decisions if there are any.
    need : declared table `need` [posts, decimal].
    scope : column of units, or `kind` -> codes taken; `[scope]` of the city's rules.
    year : report year Y. as_of : the day up to which decisions of Y count, and on which units must be in force.

    Returns
    -------
    Result: table `units_in_scope` (unit_id, kind, name, need, current, min, max, fund, staff_persons,
    retiring_persons, the columns of units and those of the city's own) in official order. Findings: units frozen
    for want of a need; current taken from staff where there are no quotas.

    Raises
    ------
    BadInput: a scope column that does not exist; nothing in scope.

    Source: tables.md "Which year"; 条例 2019: 总量控制.
    """
    current, findings = current_quotas(tables, year=year, as_of=as_of)
    units = tables.at("units", as_of)
    frame = current.merge(units.drop(columns="source_row"), on="unit_id", how="inner")
    frame = _within(frame, scope)
    frame = frame.merge(need[[*_KEY, "need", "floor", "ceiling"]], on=_KEY, how="left")
    without = frame["need"].isna()
    findings += [
        Finding("AL-S1", value=row.unit_id, about={"name": row.short_name, "current": row.current})
        for row in frame[without].itertuples()
    ]
    rows = _rows(frame, without).merge(_staff(tables, year), on=_KEY, how="left")
    text = f"列入分配的有 {len(rows)} 行（单位与编制类型），现核定合计 {rows['current'].sum():,} 名。"
    return Result("units_in_scope", {"units_in_scope": rows}, text, findings=tuple(findings))


def current_quotas(tables: Tables, *, year: int, as_of: dt.date) -> tuple[pd.DataFrame, list[Finding]]:
    """Current posts by unit and kind: quotas at 31 December Y−1 and the decisions of Y up to `as_of`.

    Returns the frame (unit_id, kind, current, fund, fixed: posts that are not 基本 or only run out) and findings.
    Without `quotas` the current number is fte rounded half up, with a finding.
    """
    if "quotas" not in tables:
        return _from_staff(tables, year)
    opening = tables.at("quotas", dt.date(year - 1, 12, 31))[[*_QUOTA_KEY, "quota", "exit_only"]]
    posts = pd.concat([opening, _decided(tables, year, as_of)], ignore_index=True)
    posts = posts.groupby(_QUOTA_KEY, sort=True, as_index=False).agg(
        quota=("quota", "sum"), exit_only=("exit_only", "max")
    )
    posts["exit_only"] = posts["exit_only"].astype("boolean").fillna(False)
    posts["fixed"] = posts["quota"].where((posts["source"] != _BASIC) | posts["exit_only"], 0)
    largest = posts.sort_values(["quota"], ascending=False, kind="stable")
    largest = pd.concat([largest[largest["source"] == _BASIC], largest]).drop_duplicates(_KEY)[[*_KEY, "fund"]]
    sums = posts.groupby(_KEY, as_index=False)[["quota", "fixed"]].sum().rename(columns={"quota": "current"})
    return sums.merge(largest, on=_KEY), []


def _decided(tables: Tables, year: int, as_of: dt.date) -> pd.DataFrame:
    """What decisions of the year changed, up to the day."""
    if "decisions" not in tables or "authorised" not in tables["decisions"]:
        return pd.DataFrame(columns=[*_QUOTA_KEY, "quota"])
    decisions = tables["decisions"]
    first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(as_of)
    taken = decisions[decisions["decided_on"].between(first, last) & decisions["authorised"].notna()]
    return taken[_QUOTA_KEY].assign(quota=taken["authorised"] - taken["before_quota"])


def _from_staff(tables: Tables, year: int) -> tuple[pd.DataFrame, list[Finding]]:
    staff = tables.at("staff_counts", dt.date(year, 12, 31))
    frame = staff[_KEY].assign(current=np.floor(staff["fte"] + 0.5).astype("Int64"), fixed=0)
    return frame, [Finding("AL-S2", about={"rows": len(frame), "sum": int(frame["current"].sum())})]


def _within(frame: pd.DataFrame, scope: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    unknown = [column for column in scope if column not in frame]
    if unknown:
        raise BadInput(*(Finding("AL-S3", column=column) for column in unknown))
    for column, codes in scope.items():
        frame = frame[frame[column].isin([codes] if isinstance(codes, str) else list(codes))]
    if frame.empty:
        raise BadInput(Finding("AL-S4", about={"scope": "；".join(f"{c}={'/'.join(v)}" for c, v in scope.items())}))
    return frame.sort_values(["order_no", "unit_id", "kind"], kind="stable").reset_index(drop=True)


def _rows(frame: pd.DataFrame, without: pd.Series) -> pd.DataFrame:
    """min and max from the need; a unit without one is held at its current number."""
    current = frame["current"].astype("Int64")
    floor = np.maximum(frame["floor"].astype("Int64").fillna(0), frame["fixed"].astype("Int64").fillna(0))
    known: dict[str, Any] = {
        "unit_id": frame["unit_id"],
        "kind": frame["kind"],
        "name": frame["short_name"],
        "need": frame["need"].where(~without, current.astype("float64")),
        "current": current,
        "min": floor.where(~without, current),
        "max": frame["ceiling"].astype("Int64").where(~without, current),
    }
    extra = [name for name in frame.columns if name not in _DECLARED and name not in known]
    carried = [name for name in (*_UNIT_COLUMNS, "fund", *extra) if name in frame]
    return pd.DataFrame(known | {name: frame[name] for name in carried})


def _staff(tables: Tables, year: int) -> pd.DataFrame:
    """Persons on quota and those who retire in the year, where they are known."""
    if "staff_counts" not in tables or "on_quota_persons" not in tables["staff_counts"]:
        return pd.DataFrame(columns=_KEY).astype("str")
    staff = tables.at("staff_counts", dt.date(year - 1, 12, 31))
    names = {"on_quota_persons": "staff_persons", "retiring_persons": "retiring_persons"}
    return staff[[*_KEY, *(name for name in names if name in staff)]].rename(columns=names)


#: Columns of `units` and of this module that do not go on to the rules.
_DECLARED = frozenset(
    (
        "order_no", "name", "short_name", "managed_by", "legal", "cs_managed", "main_kind", "uscc", "set_document_id",
        "duty_document_id", "in_census", "evaluated", "in_reform_scope", "valid_from", "valid_to", "floor", "ceiling",
        "fixed", "source_row", *_UNIT_COLUMNS, "fund",
    )
)  # fmt: skip
