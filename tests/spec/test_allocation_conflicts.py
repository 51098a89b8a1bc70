"""A conflict is irreducible: its members alone have no plan, and without any one of them there is one."""

from __future__ import annotations

import pandas as pd
import pytest

from bzmodel.models.allocation import allocate

OBJECTIVE = {"kind": "relative", "shortage": 4, "surplus": 1}
UNITS = pd.DataFrame(
    {"unit_id": ["A", "B", "C"], "need": [10, 20, 30], "current": [9, 20, 31], "fund": ["x", "x", "y"]}
)
TOTAL = {"id": "total", "kind": "total", "at_most": 50}
FLOOR = {"id": "floor", "kind": "bounds", "at_least": 20}
CASES = [
    [TOTAL, FLOOR, {"id": "group", "kind": "group", "column": "fund", "limits": {"y": {"at_most": 100}}}],
    [FLOOR, {"id": "cap", "kind": "bounds", "at_most": 19, "where": {"unit_id": "B"}}, {**TOTAL, "at_most": 500}],
    [
        {"id": "frozen", "kind": "frozen"},
        {"id": "less", "kind": "net_reduction", "at_least": 1},
        {**TOTAL, "at_most": 70},
    ],
    [
        {**TOTAL, "at_least": 60, "at_most": 60},
        {"id": "small", "kind": "group", "column": "fund", "limits": {"x": {"at_most": 20}, "y": {"at_most": 39}}},
        {"id": "slow", "kind": "max_change", "at_most": 90},
    ],
]


def status(rules: list[dict]) -> str:
    return allocate(UNITS, {"objective": OBJECTIVE, "rule": [{"source": "s", **rule} for rule in rules]}).status


def without(rule: dict, value: str | None) -> list[dict]:
    """The rule less one of its group values, or nothing."""
    limits = {key: limit for key, limit in rule.get("limits", {}).items() if key != value}
    return [{**rule, "limits": limits}] if value is not None and limits else []


@pytest.mark.parametrize("rules", CASES)
def test_each_member_is_necessary(rules: list[dict]) -> None:
    plan = allocate(UNITS, {"objective": OBJECTIVE, "rule": [{"source": "s", **rule} for rule in rules]})
    assert plan.status == "infeasible"
    members = [(member["rule"], member["value"]) for member in plan.conflict["members"]]
    alone = [rule for rule in rules if rule["id"] in {name for name, _ in members}]
    assert status(alone) == "infeasible"
    for name, value in members:
        rest = [one for rule in alone for one in (without(rule, value) if rule["id"] == name else [rule])]
        assert status(rest) == "optimal", name
    assert plan.conflict["numbers"]


def test_own_limits_are_members_by_name() -> None:
    units = UNITS.assign(min=[30, 5, 30])
    plan = allocate(units, {"objective": OBJECTIVE, "rule": [{"source": "s", **TOTAL}]})
    own = [member for member in plan.conflict["members"] if member["rule"] is None]
    assert [(member["value"], member["units"]) for member in own] == [("min", ["A", "B", "C"])]
    assert plan.conflict["numbers"] == "total: floors 65 > ceiling 50"
