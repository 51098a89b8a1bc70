"""What all need methods share: the shape of `need_estimates`, and whom an estimate is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from bzmodel.schema.columns import Tables
from bzmodel.schema.results import BadInput, Finding

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
}
NOT_APPLICABLE = MappingProxyType(
    {"need_fte": None, "low": None, "high": None, "applicable": False, "on_quota_share": None}
)


def estimates_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as the table `need_estimates`, ordered by its key; beside its columns the share on quota, where known."""
    frame = pd.DataFrame(list(rows), columns=list(_TYPES)).astype(_TYPES)
    return frame.sort_values(["unit_id", "kind", "method"], ignore_index=True)


def main_kinds(tables: Tables) -> dict[str, str]:
    """unit -> its main kind of quota, as it was last registered; in order of unit_id."""
    latest = tables["units"].sort_values(["unit_id", "valid_from"]).drop_duplicates("unit_id", keep="last")
    return dict(zip(latest["unit_id"], latest["main_kind"], strict=True))


def unknown_units(units: Iterable[str], kinds: Mapping[str, str]) -> None:
    """Raises BadInput for units that `units` does not have."""
    lost = sorted(set(units) - set(kinds))
    if lost:
        raise BadInput(Finding("ND-E11", column="unit_id", about={"units": "、".join(lost)}))
