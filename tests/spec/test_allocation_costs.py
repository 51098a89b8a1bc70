"""Each cost as it is written in RULES: what it costs, what it refuses, what a step explains; and how it is solved."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from bzmodel.models.allocation import allocate, certify
from bzmodel.models.allocation.costs import COSTS, total_cost
from bzmodel.models.allocation.objective import read_cost
from bzmodel.models.allocation.question import Question
from bzmodel.models.allocation.rows import Row
from bzmodel.schema import messages
from bzmodel.schema.results import BadInput

RATES = {"shortage": [[0.1, 2], [1, 4]], "surplus": [[0.1, 0.5], [1, 1.5]]}
OBJECTIVES: Mapping[str, dict[str, Any]] = {
    "relative": {"shortage": 4, "surplus": 1},
    "webster": {},
    "hill": {},
    "quadratic": {},
    "absolute": {},
    "piecewise": RATES,
}
TOTAL = {"id": "R01", "kind": "total", "at_least": 30, "at_most": 30, "source": "文"}


def units(**columns: list) -> pd.DataFrame:
    """Three units of need 10.4, 22 and 5.5, with what a test changes."""
    known = {"unit_id": ["A", "B", "C"], "need": [Decimal("10.4"), Decimal(22), Decimal("5.5")], "current": [12, 20, 5]}
    return pd.DataFrame(known | columns)


def rules(kind: str, *more: dict, **objective: Any) -> dict:
    """This cost under one exact total and further rules."""
    return {"objective": {"kind": kind, **OBJECTIVES[kind], **objective}, "rule": [TOTAL, *more]}


def codes(units: pd.DataFrame, rules: dict) -> list[str]:
    """What is refused, each line of it readable in both languages."""
    with pytest.raises(BadInput) as error:
        allocate(units, rules)
    for lang in ("zh", "en"):
        assert messages.lines(error.value.findings, lang)
    return sorted(finding.code for finding in error.value.findings)


@pytest.mark.parametrize("kind", sorted(COSTS))
@pytest.mark.parametrize("need", ["0.000001", "0.4", "7", "10.4", "61.25"])
@pytest.mark.parametrize("current", [None, 0, 9])
def test_marginal_costs_rise_and_sums_are_the_sums_of_their_parts(kind: str, need: str, current: int | None) -> None:
    stay = {} if current is None else {"stay": 0.3}
    cost = read_cost({"kind": kind, **OBJECTIVES[kind], **stay}, [])
    question = Question((Row("A", "", "", Fraction(need), current=current, most=150),), (), cost)
    low, high = question.spans[0]
    marginal = [question.marginal(0, post) for post in range(low + 1, high + 1)]
    assert marginal == sorted(marginal)
    steps = sum(marginal)
    assert question.whole_cost(0, high) - question.whole_cost(0, low) == steps
    if (cheapest := cost.cheapest(question.rows[0])) is not None:
        assert cheapest == min(range(200), key=lambda posts: (total_cost(cost, question.rows[0], posts), posts))


def test_the_rates_of_the_worked_example() -> None:
    cost = read_cost({"kind": "piecewise", **RATES}, [])
    row = Row("A", "", "", Fraction(10))
    assert [cost.own(row, posts) for posts in (8, 9, 10, 11, 12)] == [6, 2, 0, Fraction(1, 2), 2]


def test_fractions_of_a_post_cost_pro_rata_and_the_last_rate_goes_on() -> None:
    cost = read_cost({"kind": "piecewise", **RATES}, [])
    row = Row("A", "", "", Fraction("2.5"), weight=Fraction(2))
    assert cost.own(row, 2) == 2 * (Fraction(1, 4) * 2 + Fraction(1, 4) * 4)
    assert cost.own(row, 9) == 2 * (Fraction(1, 4) * Fraction(1, 2) + Fraction("6.25") * Fraction(3, 2))
    nothing = Row("A", "", "", Fraction(0))
    assert [cost.own(nothing, posts) for posts in (0, 1, 2)] == [0, Fraction(3, 2), 3]


@pytest.mark.parametrize(
    ("shortage", "code"),
    [
        ([[0.1, 2], [0.1, 4]], "AL-R22"),
        ([[0, 2], [1, 4]], "AL-R22"),
        ([[0.1, 4], [1, 2]], "AL-R23"),
        ([[0.1, -1], [1, 2]], "AL-R23"),
        ([], "AL-R19"),
        (4, "AL-R19"),
        ([[0.1, 2, 3]], "AL-R19"),
        ([[0.1, "2"]], "AL-R19"),
    ],
)
def test_rates_that_do_not_rise_or_are_no_rates(shortage: Any, code: str) -> None:
    assert codes(units(), rules("piecewise", shortage=shortage)) == [code]


def test_a_missing_rate_is_no_rate() -> None:
    del (asked := rules("piecewise"))["objective"]["surplus"]
    assert codes(units(), asked) == ["AL-R19"]


@pytest.mark.parametrize("kind", sorted(set(COSTS) - {"relative", "piecewise"}))
def test_keys_of_another_kind_are_refused(kind: str) -> None:
    assert codes(units(), rules(kind, shortage=4)) == ["AL-R2"]


@pytest.mark.parametrize("kind", ["webster", "hill"])
def test_a_need_of_nothing_has_no_share(kind: str) -> None:
    assert codes(units(need=[10, 0, 5]), rules(kind)) == ["AL-E8"]


@pytest.mark.parametrize(("kind", "side", "code"), [("webster", "at_least", "AL-R20"), ("hill", "at_most", "AL-R11")])
def test_each_row_needs_the_limit_that_ends_the_cost(kind: str, side: str, code: str) -> None:
    total = {"id": "R01", "kind": "total", side: 30, "source": "文"}
    one = {"id": "R02", "kind": "group", "column": "fund", "limits": {"甲": {side: 20}}, "source": "文"}
    two = {**one, "limits": {"甲": {side: 20}, "乙": {side: 10}}}
    asked, rows = {"objective": {"kind": kind}}, units(fund=["甲", "甲", "乙"])
    assert allocate(rows, asked | {"rule": [total]}).status == "optimal"
    assert allocate(rows, asked | {"rule": [two]}).status == "optimal"
    assert codes(rows, asked | {"rule": [one]}) == [code]
    other = {**total, "at_most" if side == "at_least" else "at_least": total.pop(side)}
    other.pop(side)
    assert codes(rows, asked | {"rule": [other]}) == [code]


def test_without_a_price_a_bound_is_named_and_the_rest_is_need() -> None:
    capped = units(max=pd.array([4, None, None], dtype="Int64"))
    floors = {"id": "R01", "kind": "total", "at_most": 4000, "source": "文"}
    limits = {"A": {"at_most": 50}, "B": {"at_most": 9}, "C": {"at_most": 9}}
    each = {"id": "R02", "kind": "group", "column": "unit_id", "limits": limits, "source": "文"}
    plan = allocate(capped, {"objective": {"kind": "hill"}, "rule": [floors, each]})
    assert [(step.cause, int(step.after)) for step in plan.steps_of("A")] == [("rounding", 10), ("bounds", 4)]


def test_a_plan_of_equal_rates_is_settled_by_shortage_though_thousands_are_open() -> None:
    """Every post up to the need costs the same: the relative shortage decides, as in a draw by largest remainder."""
    need = [Decimal(n) for n in ("4000", "2000", "1000.5", "1000")]
    rows = pd.DataFrame({"unit_id": list("ABCD"), "need": need})
    total = {**TOTAL, "at_least": 4000, "at_most": 4000}
    plan = allocate(rows, {"objective": {"kind": "absolute"}, "rule": [total]})
    assert plan.status == "optimal"
    assert plan.table["proposal"].tolist() == greedy(need, 4000)
    assert not certify(plan.units, plan.rules, plan.table, plan.certificate).findings


def greedy(need: list[Decimal], total: int) -> list[int]:
    """Each post to the largest shortage before it, then to the larger need."""
    posts, exact = [0] * len(need), [Fraction(d) for d in need]
    for _ in range(total):
        at = max(range(len(need)), key=lambda i: ((exact[i] - posts[i]) / exact[i], exact[i]))
        posts[at] += 1
    return posts


@pytest.mark.parametrize("kind", sorted(COSTS))
@pytest.mark.parametrize("method", ["pulp-highs", "pulp-cbc"])
def test_needs_far_apart_are_proved_under_every_cost(kind: str, method: str) -> None:
    rows = units(need=[Decimal("1e9"), Decimal("22"), Decimal("1e-6")])
    more = {**TOTAL, "at_least": 900, "at_most": 900}
    plan = allocate(rows, {**rules(kind), "rule": [more], "solve": {"method": method}})
    assert plan.status == "optimal"
    assert not certify(plan.units, plan.rules, plan.table, plan.certificate).findings


STAFF = {"staff_persons": [12, 3, 2], "retiring_persons": [0, 1, 4]}
NO_LAYOFF = {"id": "R02", "kind": "no_layoff", "source": "文"}


def test_nobody_is_laid_off_and_a_floor_of_nothing_binds_nobody() -> None:
    asked = rules("relative", NO_LAYOFF)
    asked["rule"][0] = {**TOTAL, "at_least": 0, "at_most": 12}
    plan = allocate(units(**STAFF), asked)
    assert plan.conflict["numbers"] == "R01: floors 14 > ceiling 12"
    asked["rule"][0] = {**TOTAL, "at_least": 0, "at_most": 14}
    plan = allocate(units(**STAFF), asked)
    assert plan.table["proposal"].tolist() == [12, 2, 0]
    assert plan.table["binding_rules"].tolist() == ["R01;R02", "R01;R02", "R01;min"]
    assert [step.source for step in plan.steps_of("A") if step.cause == "bounds"] == ["R02"]


@pytest.mark.parametrize("column", sorted(STAFF))
def test_staff_that_is_not_known_is_named(column: str) -> None:
    blank = {**STAFF, column: pd.array([1, None, 2], dtype="Int64")}
    asked = rules("relative", NO_LAYOFF)
    assert codes(units(**blank), asked) == ["AL-E7"]
    assert codes(units(**{**STAFF, column: [1, 2.5, 3]}), asked) == ["AL-E5"]
    assert codes(units(**STAFF).drop(columns=column), asked) == ["AL-R17"]


THREE = [
    {"id": name, "kind": "group", "column": name, "limits": {"1": {"at_most": 1}}, "source": "文"} for name in "xyz"
]


def crossing(**solve: Any) -> tuple[pd.DataFrame, dict]:
    """Three limits of one post, each on two of three units: half a post each in the relaxation."""
    rows = pd.DataFrame(
        {"unit_id": list("ABC"), "need": [1, 1, 1], "x": list("110"), "y": list("011"), "z": list("101")}
    )
    return rows, {"objective": {"kind": "relative", **OBJECTIVES["relative"]}, "rule": THREE, "solve": solve}


@pytest.mark.parametrize("method", ["auto", "pulp-highs", "pulp-cbc"])
def test_where_prices_prove_too_little_two_solvers_are_asked(method: str) -> None:
    plan = allocate(*crossing(method=method))
    assert plan.status == "two_solvers"
    assert "两个求解器结果一致" in plan.text
    assert not plan.certificate["proved"]
    assert allocate(*crossing(method=method, accept_gap=0.5)).status == "gap"


def test_a_run_that_time_stopped_says_so_and_still_has_a_plan() -> None:
    plan = allocate(*crossing(time_limit_s=Decimal("1e-9")))
    assert (plan.status, plan.certificate["stopped"]) == ("feasible", "time_limit")
    assert all(held["holds"] for held in plan.certificate["rules"])
    assert "stopped" not in allocate(*crossing(time_limit_s=60, accept_gap=0.5)).certificate


@pytest.mark.parametrize(
    ("solve", "code"),
    [
        ({"time_limit_s": 0}, "IN-I22"),
        ({"time_limit_s": "1"}, "AL-R19"),
        ({"time_limit_s": -1}, "AL-R19"),
        ({"method": "cbc"}, "AL-R1"),
    ],
)
def test_a_way_to_solve_that_is_none(solve: dict, code: str) -> None:
    assert codes(*crossing(**solve)) == [code]


def test_a_forged_stop_is_found() -> None:
    rows, asked = units(), rules("absolute")
    plan = allocate(rows, asked)
    forged = {**plan.certificate, "stopped": "time_limit"}
    assert certify(plan.units, plan.rules, plan.table, forged).findings
