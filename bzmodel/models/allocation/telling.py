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


def next_in_line(plan: Any, *, rows: int = 5) -> pd.DataFrame:
    """Who would gain most by one post more of the first total, and by how much less than the first of them.

    Only the rows that no other limit holds back: where another one stands at its end, a post more does not reach them.
    """
    allocation, total = plan.tables["allocation"], _first_total(plan)
    free = allocation["binding_rules"].map(lambda rules: total is not None and set(rules.split(";")) <= {total})
    known = allocation[free].dropna(subset=["gain_of_one_more"])
    gains = known["gain_of_one_more"].astype("float64").sort_values(ascending=False, kind="stable").head(rows)
    shown = known.loc[gains.index, ["unit_id", "kind", "name", "need", "proposal", "gain_of_one_more"]]
    return shown.assign(missed_by=gains.max() - gains).reset_index(drop=True)


def staircase_costs(plan: Any) -> pd.DataFrame:
    """`total` and `cost` of the best plan at each step of the first total, its own among them; empty without one."""
    stairs = plan.tables["staircase"]
    first = stairs[stairs["rule"] == _first_total(plan)].drop_duplicates("at_most")
    steps = pd.DataFrame({"total": first["at_most"], "cost": first["objective"]})
    if steps.empty:
        return steps
    own = pd.DataFrame({"total": [ceiling(plan)], "cost": [plan.certificate["objective"]]})
    return pd.concat([steps, own], ignore_index=True).sort_values("total", ignore_index=True)


def _first_total(plan: Any) -> str | None:
    """The rule whose staircase is told."""
    stairs = plan.tables["staircase"]
    return None if stairs.empty else stairs["rule"].min()


def ceiling(plan: Any) -> int | None:
    """at_most of the first total [posts]; None where there is no staircase."""
    total = _first_total(plan)
    return next((int(held["at_most"]) for held in plan.certificate["rules"] if held["id"] == total), None)


def proof_lines(certificate: Mapping[str, Any]) -> pd.DataFrame:
    """The proof as `item` and `value`, as a person reads it."""
    lines = [(label, _told(certificate[name])) for name, label in _PROOF.items()]
    return pd.DataFrame(lines, columns=["item", "value"], dtype=object)


def _told(value: Any) -> Any:
    if isinstance(value, list):
        return "、".join("/".join(key) for key in value) or "无"
    return "无法判断" if value is None else value
