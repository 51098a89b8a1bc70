"""What a director asks of a plan: its totals, who is next, what a post more or less costs, what the proof says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bzmodel.schema.results import Figure

_PROOF = {
    "objective": "代价",
    "bound": "代价的下界",
    "gap": "两者之差（相对）",
    "rounding": "取整最多使代价偏离",
    "method": "求解方法",
    "ties": "代价相同、还可以互换的行",
    "undecided": "各项相同、须由人决定先后的行",
}


def headline(allocation: pd.DataFrame) -> tuple[Figure, ...]:
    """The sum proposed, what is added and what is given up [posts]."""
    change = allocation["change"].fillna(0)
    rows = allocation[["unit_id", "kind", "current", "proposal", "change"]]
    gain, loss = rows[change > 0], rows[change < 0]
    return (
        Figure("proposal_total", int(rows["proposal"].sum()), "名", "建议核定编制合计", rows, "建议核定合计"),
        Figure("posts_added", int(gain["change"].sum()), "名", "建议核增编制合计", gain, "核增"),
        Figure("posts_cut", -int(loss["change"].sum()), "名", "建议核减编制合计", loss, "核减"),
    )


def changes(allocation: pd.DataFrame) -> pd.DataFrame:
    """The rows that change, the largest change first, with `gain` and `loss` [posts, both counted positive]."""
    changed = allocation[allocation["change"].fillna(0) != 0]
    changed = changed.assign(gain=changed["change"].clip(lower=0), loss=(-changed["change"]).clip(lower=0))
    order = changed["change"].astype("int64").abs().sort_values(ascending=False, kind="stable").index
    return changed.loc[order].reset_index(drop=True)


def next_in_line(allocation: pd.DataFrame, *, rows: int = 5) -> pd.DataFrame:
    """Who missed one post more by least: the price a post has under all limits on the row, less what it gains.

    Which of them gets it when a limit moves, the staircase says: another limit on the row may still hold it back.
    """
    known = allocation.dropna(subset=["gain_of_one_more"])
    missed = (known["price"] - known["gain_of_one_more"]).astype("float64").sort_values(kind="stable").head(rows)
    shown = known.loc[missed.index, ["unit_id", "kind", "name", "need", "proposal", "gain_of_one_more", "price"]]
    shown = shown.assign(missed_by=missed, binding_rules=known["binding_rules"])
    return shown.reset_index(drop=True)


def staircase_costs(plan: Any) -> pd.DataFrame:
    """`total` and `cost` of the best plan at each step of the first total, its own among them; empty without one."""
    stairs = plan.tables["staircase"]
    first = stairs[stairs["rule"] == stairs["rule"].min()].drop_duplicates("at_most")
    steps = pd.DataFrame({"total": first["at_most"], "cost": first["objective"]})
    if steps.empty:
        return steps
    own = pd.DataFrame({"total": [_ceiling(plan)], "cost": [plan.certificate["objective"]]})
    return pd.concat([steps, own], ignore_index=True).sort_values("total", ignore_index=True)


def _ceiling(plan: Any) -> int:
    """at_most of the rule whose staircase it is."""
    rule = plan.tables["staircase"]["rule"].min()
    return next(int(held["at_most"]) for held in plan.certificate["rules"] if held["id"] == rule)


def ceiling(plan: Any) -> int | None:
    """at_most of the first total [posts]; None where there is no staircase."""
    return None if plan.tables["staircase"].empty else _ceiling(plan)


def proof_lines(certificate: Mapping[str, Any]) -> pd.DataFrame:
    """The proof as `item` and `value`, as a person reads it."""
    lines = [(label, _told(certificate[name])) for name, label in _PROOF.items()]
    return pd.DataFrame(lines, columns=["item", "value"], dtype=object)


def _told(value: Any) -> Any:
    if isinstance(value, list):
        return "、".join("/".join(key) for key in value) or "无"
    return "无法判断" if value is None else value
