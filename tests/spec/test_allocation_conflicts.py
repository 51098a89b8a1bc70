"""A conflict is irreducible: its members alone have no plan, and without any one of them there is one."""

from __future__ import annotations

import copy
import tomllib
from decimal import Decimal

import pandas as pd
import pytest

from bzmodel.models.allocation import allocate
from bzmodel.models.allocation.dictionary import example, example_text
from bzmodel.models.allocation.rules import RULES, Rule
from bzmodel.schema import messages

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


def opposed(made: type[Rule]) -> tuple[pd.DataFrame, dict]:
    """Units and rules without a plan: the example of a kind, relaxable, against own floors or a ceiling of 0."""
    entry = tomllib.loads(example_text(made), parse_float=Decimal)["rule"][0]
    units = UNITS.copy()
    for column, values in example(made).groups().items():
        units[column] = [*sorted(values), *["甲"] * len(units)][: len(units)]
    for at, column in enumerate(made.counts):
        units[column] = 5 - 3 * at
    entry["relaxable"] = True
    nothing = {**TOTAL, "at_most": 0, "source": "s"}
    ways = [(units.assign(min=units["current"]), []), (units.assign(min=1000), []), (units, [nothing])]
    for rows, others in ways:
        rules = {"objective": OBJECTIVE, "rule": [entry, *others]}
        if allocate(rows, rules).status == "infeasible":
            return rows, rules
    raise AssertionError(f"{made.kind}: no floor and no ceiling stands against its example; choose a tighter one")


def conflict_is_said(made: type[Rule]) -> None:
    """The rule is a member in its own terms; its repair, written into the rules, gives a plan, or none is claimed."""
    units, rules = opposed(made)
    plan = allocate(units, rules)
    member = next(one for one in plan.conflict["members"] if one["rule"] == "R01")
    assert member.keys() == {"rule", "value", "source", "at_least", "at_most"}
    said = "\n".join(messages.lines(plan.findings, "zh"))
    assert example(made).sentence("zh") in said
    codes = {finding.code for finding in plan.findings}
    if not plan.conflict["repairs"]:
        assert {"AL-X2", "AL-N8"} <= codes, "a relaxable rule that gives no post is said to be firm"
        return
    assert "AL-X1" in codes
    mended = copy.deepcopy(rules)
    for repair in plan.conflict["repairs"]:
        entry = mended["rule"][0]
        entry = entry if repair["limit"] in entry else entry["limits"][repair["value"]]
        assert entry[repair["limit"]] == repair["from"]
        entry[repair["limit"]] = repair["to"]
    assert allocate(units, mended).status == "optimal"


@pytest.mark.parametrize("kind", sorted(RULES))
def test_a_relaxable_rule_of_each_kind_gives_way_or_is_said_not_to(kind: str) -> None:
    conflict_is_said(RULES[kind])


def test_a_change_in_posts_gives_way_as_far_as_it_must() -> None:
    slow = {"id": "slow", "kind": "max_change", "at_most": 1, "relaxable": True, "source": "s"}
    units = UNITS.assign(current=[1, 2, 3], min=[20, 5, 5])
    plan = allocate(units, {"objective": OBJECTIVE, "rule": [slow]})
    assert plan.conflict["repairs"] == [{"rule": "slow", "value": None, "limit": "at_most", "from": 1, "to": 19}]
