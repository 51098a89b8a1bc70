"""One need for each unit: the methods side by side, then the route (norm, else standard time, else regression)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bzmodel.models.need.estimates import main_kinds
from bzmodel.models.need.methods import ROUTES
from bzmodel.schema.columns import Tables
from bzmodel.schema.params import Params
from bzmodel.schema.results import BadInput, Figure, Finding, Result
from bzmodel.schema.words import word

_LEAST = "最低"


def combine(estimates: pd.DataFrame, tables: Tables, params: Params, *, as_of: dt.date) -> Result:
    """One need by unit and kind, and why by that route.

    Parameters
    ----------
    estimates: rows of `need_estimates` of all methods, with on_quota_share. as_of: the day whose units are measured.
    params: page `methods`: minimum_posts of a family.

    Returns
    -------
    `need` [posts, decimal; interval at 90 %] and `methods_side_by_side`. A unit without any method has no row: it
    stays as it is (不变), by name. Where a method gives no more than 0 and no other speaks, the least (最低) is taken.

    Raises
    ------
    BadInput: a method that speaks twice of one unit and kind.

    Source: X 编制规定 art. 18 (domain.md 0.1): norm at its low limit, else workload and posts that must be.
    Notes: need = need_fte · on_quota_share; disagreement = (max − min) / need over all methods that apply, also those
    that are not on the route.
    """
    twice = estimates[estimates.duplicated(["unit_id", "kind", "method"])]
    if len(twice):
        raise BadInput(*(_twice(row) for row in twice.itertuples()))
    kinds = main_kinds(Tables({"units": tables.at("units", as_of)}))
    today = estimates["unit_id"].isin(kinds)
    gone = sorted(set(estimates.loc[~today & estimates["applicable"], "unit_id"]))
    minimum = _minimum_posts(tables, params)
    rows, left = [], []
    for (unit, kind), lines in estimates[today].groupby(["unit_id", "kind"], sort=True):
        row = _need(unit, kind, {line["method"]: line for line in lines.to_dict("records")}, minimum.get(unit, 1))
        rows.append(row) if row else left.append(unit)
    need = _frame(rows)
    findings = [Finding("ND-W8", about={"units": _listed(gone)})] if gone else []
    findings += [Finding("ND-W6", about={"units": _listed(left)})] if left else []
    tables_out = {"need": need, "methods_side_by_side": _side_by_side(estimates[today], need)}
    figures = _figures(need, left)
    return Result("combine", tables_out, _text(need, left), findings=tuple(findings), figures=figures)


def in_posts(estimates: pd.DataFrame) -> pd.DataFrame:
    """The estimates that apply as `need`, `low`, `high` [posts on quota] of `unit_id, kind, method`."""
    measured = estimates[estimates["applicable"]].rename(columns={"need_fte": "need"})
    share = measured["on_quota_share"].fillna(1.0)
    posts = measured[["need", "low", "high"]].mul(share, axis=0)
    for end in ("low", "high"):
        if f"{end}_on_quota" in measured:
            posts[end] = measured[f"{end}_on_quota"].fillna(posts[end])
    return measured[["unit_id", "kind", "method"]].join(posts)


def _twice(row: Any) -> Finding:
    return Finding("ND-E13", about={"unit": row.unit_id, "kind": row.kind, "method": row.method})


def _need(unit: str, kind: str, lines: Mapping[str, Mapping[str, Any]], minimum: int) -> dict[str, Any] | None:
    speaking = {m: line for m, line in lines.items() if line["applicable"] and line["need_fte"] > 0}
    for method, route in ROUTES.items():
        if method in speaking:
            return _row(unit, kind, route, speaking[method], speaking, minimum)
    below = [line for method, line in lines.items() if method in ROUTES and pd.notna(line["need_fte"])]
    if not below or minimum <= 0:
        return None
    least = {"method": "minimum_posts", "need_fte": float(minimum), "low": float(minimum), "high": float(minimum)}
    return _row(unit, kind, _LEAST, least, {}, minimum)


def _row(
    unit: str, kind: str, route: str, line: Mapping[str, Any], speaking: Mapping[str, Mapping[str, Any]], minimum: int
) -> dict[str, Any]:
    share = line.get("on_quota_share")
    share = 1.0 if share is None or pd.isna(share) else float(share)
    needs = [other["need_fte"] * _share(other) for other in speaking.values()]
    need = line["need_fte"] * share
    return {
        "unit_id": unit,
        "kind": kind,
        "route": route,
        "method": line["method"],
        "need_fte": line["need_fte"],
        "on_quota_share": share,
        "need": need,
        "low": max(0.0, _end(line, "low", share)),
        "high": _end(line, "high", share),
        "floor": minimum,
        "ceiling": None,
        "disagreement": (max(needs) - min(needs)) / need if len(needs) > 1 else None,
    }


def _end(line: Mapping[str, Any], end: str, share: float) -> float:
    """An end of the interval, in posts on quota."""
    own = line.get(f"{end}_on_quota")
    return line[end] * share if own is None or pd.isna(own) else own


def _share(line: Mapping[str, Any]) -> float:
    return 1.0 if pd.isna(line["on_quota_share"]) else line["on_quota_share"]


_COLUMNS = ("unit_id", "kind", "route", "method", "need_fte", "on_quota_share", "need", "low", "high", "floor",
            "ceiling", "disagreement")  # fmt: skip


def _frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(_COLUMNS))
    return frame.astype({"floor": "Int64", "ceiling": "Int64", "disagreement": "float64"})


def _minimum_posts(tables: Tables, params: Params) -> dict[str, int]:
    """unit -> minimum_posts of its latest family, where methods.toml names the family."""
    entry = params.page("methods").get("families")
    if entry is None or "unit_groups" not in tables:
        return {}
    groups = tables["unit_groups"].sort_values("year").drop_duplicates("unit_id", keep="last")
    named = groups[groups["family"].isin(list(entry.root))]
    return {u: entry.root[f].minimum_posts for u, f in zip(named["unit_id"], named["family"], strict=True)}


def _side_by_side(estimates: pd.DataFrame, need: pd.DataFrame) -> pd.DataFrame:
    """One row a unit of `need`, one column a method [posts on quota]."""
    wide = in_posts(estimates).pivot(index=["unit_id", "kind"], columns="method", values="need").reset_index()
    wide.columns.name = None
    chosen = need[["unit_id", "kind", "route", "need", "low", "high", "disagreement"]]
    return chosen.merge(wide, on=["unit_id", "kind"], how="left")


def _figures(need: pd.DataFrame, left: Sequence[str]) -> tuple[Figure, ...]:
    total = float(need["need"].sum())
    rows = need[["unit_id", "kind", "route", "need"]]
    unmeasured = pd.DataFrame({"unit_id": list(left)}, dtype="str")
    return (
        Figure("need_total", total, "名", "按路径的用编需求合计", rows, "用编需求合计", f"{total:,.1f}"),
        Figure("need_units", len(need), "个", "按路径测得用编需求的单位", rows, "测得需求的单位"),
        Figure("need_none", len(left), "个", "没有适用的方法、编制不变的单位", unmeasured, "没有适用方法的单位"),
    )


def _listed(units: Sequence[str], most: int = 8) -> str:
    more = f" 等 {len(units)} 个" if len(units) > most else ""
    return "、".join(units[:most]) + more


def _text(need: pd.DataFrame, left: Sequence[str]) -> str:
    routes = "，".join(f"{route} {count} 个" for route, count in need["route"].value_counts().sort_index().items())
    order = " → ".join(map(word, ROUTES))
    total = f"{len(need)} 个单位测得用编需求，合计 {need['need'].sum():,.1f} 名（按 {order} 的次序：{routes}）"
    return f"{total}；{len(left)} 个单位没有适用的方法，编制不变。"
