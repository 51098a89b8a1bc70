"""What all need methods share: the shape of `need_estimates`, and whom an estimate is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from bzmodel.schema.columns import Tables
from bzmodel.schema.results import BadInput, Finding, Result

_TYPES = {
    "unit_id": "str",
    "kind": "str",
    "method": "str",
    "need_fte": "float64",
    "low": "float64",
    "high": "float64",
    "applicable": "boolean",
    "reason": "str",
    "on_quota_share": "float64",
    "low_on_quota": "float64",
    "high_on_quota": "float64",
}
_OPTIONAL = ("low_on_quota", "high_on_quota")
NOT_APPLICABLE = MappingProxyType(
    {"need_fte": None, "low": None, "high": None, "applicable": False, "on_quota_share": None}
)


def estimates_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as the table `need_estimates`, ordered by its key.

    on_quota_share: of need_fte, where known. low_on_quota, high_on_quota: the interval of the posts on quota, where it
    is not that of need_fte times the share.
    """
    frame = pd.DataFrame(list(rows), columns=list(_TYPES)).astype(_TYPES)
    return frame.sort_values(["unit_id", "kind", "method"], ignore_index=True)


def refused_estimates(name: str, result: Any) -> list[Finding]:
    """What keeps the answer of the method `name` from standing beside the others."""
    if not isinstance(result, Result) or next(iter(result.tables), "") != "need_estimates":
        return [Finding("ND-E18", value=name, about={"unit": "—", "why": "Result, need_estimates"})]
    frame = result.table
    missing = [column for column in _TYPES if column not in frame and column not in _OPTIONAL]
    if missing:
        return [Finding("ND-E18", value=name, about={"unit": "—", "why": ", ".join(missing)})]
    speaks = frame["applicable"].fillna(False).astype(bool)
    ordered = (frame["low"] <= frame["need_fte"]) & (frame["need_fte"] <= frame["high"])
    faults = {
        f"method = {name}": frame["method"] != name,
        "applicable": frame["applicable"].isna(),
        "low <= need_fte <= high": speaks & ~ordered,
        "on_quota_share": speaks & ~frame["on_quota_share"].between(0, 1),
        "reason": ~speaks & frame["reason"].isna(),
    }
    return [
        Finding("ND-E18", value=name, about={"unit": frame["unit_id"][wrong].iloc[0], "why": why})
        for why, wrong in faults.items()
        if wrong.any()
    ]


def families_of(tables: Tables, year: int) -> dict[str, str]:
    """unit -> its family in the year, else in the first year after it (a unit founded since); in order of unit_id."""
    if "unit_groups" not in tables:
        return {}
    groups = tables["unit_groups"]
    groups = groups[groups["year"] >= year].sort_values(["unit_id", "year"]).drop_duplicates("unit_id")
    return dict(zip(groups["unit_id"], groups["family"], strict=True))


def drivers_of(tables: Tables, year: int) -> dict[str, dict[str, float | None]]:
    """unit -> driver -> its value in the year [in the driver's own measure]; None where a row stands blank."""
    if "drivers" not in tables:
        return {}
    rows = tables["drivers"]
    rows = rows[rows["year"] == year]
    values: dict[str, dict[str, float | None]] = {}
    for unit, driver, value in zip(rows["unit_id"], rows["driver"], rows["value"], strict=True):
        values.setdefault(unit, {})[driver] = None if pd.isna(value) else value
    return values


def main_kinds(tables: Tables) -> dict[str, str]:
    """unit -> its main kind of quota, as it was last registered; in order of unit_id."""
    latest = tables["units"].sort_values(["unit_id", "valid_from"]).drop_duplicates("unit_id", keep="last")
    return dict(zip(latest["unit_id"], latest["main_kind"], strict=True))


def unknown_units(units: Iterable[str], kinds: Mapping[str, str]) -> None:
    """Raises BadInput for units that `units` does not have."""
    lost = sorted(set(units) - set(kinds))
    if lost:
        raise BadInput(Finding("ND-E11", column="unit_id", about={"units": "、".join(lost)}))
