"""The programme of each kind of rule, as a person reads it: golden LP files, read through once by hand."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from bzmodel.models.allocation.costs import Relative
from bzmodel.models.allocation.problem import stated
from bzmodel.models.allocation.question import Question
from bzmodel.models.allocation.rows import Row, canonical
from bzmodel.models.allocation.rules import RULES

HERE = Path(__file__).parent / "allocation"
KEYS = {
    "total": {"at_least": 3, "at_most": 5},
    "group": {"column": "fund", "limits_by": {"拨款": (1, 3), "补贴": (None, 2)}},
    "bounds": {"at_least": 1, "at_most": 3},
    "frozen": {},
    "net_reduction": {"at_least": 2},
    "max_change": {"share": Fraction(29, 100)},
}


def programme(kind: str) -> str:
    """Two units of need 4 and 2.5 under one rule."""
    rows = canonical(
        [
            Row("U1", "", "", Fraction(4), current=5, most=5, marks={"fund": "拨款"}),
            Row("U2", "", "", Fraction(5, 2), current=2, most=4, marks={"fund": "补贴"}),
        ]
    )
    rule = RULES[kind](id="R", source="文", **KEYS[kind])
    question = Question(rows, (rule,), Relative(Fraction(4), Fraction(1)))
    return stated(question, [0] * len(question.limits), 4)[0].text()


@pytest.mark.parametrize("kind", sorted(RULES))
def test_programme_is_the_golden_one(kind: str) -> None:
    assert programme(kind) == (HERE / f"{kind}.lp").read_text(encoding="utf-8")


def test_no_rule_is_without_its_golden_programme() -> None:
    assert {path.stem for path in HERE.glob("*.lp")} == set(RULES) == set(KEYS)
