"""The programme of each kind of rule, as a person reads it: golden LP files, read through once by hand.

A new kind: `python tests/golden/test_allocation_programmes.py` writes its file from the `example` of its class.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from bzmodel.models.allocation.costs import Relative
from bzmodel.models.allocation.dictionary import example
from bzmodel.models.allocation.problem import stated
from bzmodel.models.allocation.question import Question
from bzmodel.models.allocation.rows import Row, canonical
from bzmodel.models.allocation.rules import RULES, Rule

HERE = Path(__file__).parent / "allocation"
WRITE = "python tests/golden/test_allocation_programmes.py, then read the file: is this what the provision says?"


def programme(made: type[Rule]) -> str:
    """Two units of need 4 and 2.5 under the example of a rule; its columns have the first and the last value named."""
    rule = example(made)
    values = {column: sorted(named) or ["甲"] for column, named in {**rule.where, **rule.groups()}.items()}
    counted = {column: str(5 - 3 * at) for at, column in enumerate(rule.counts)}
    first, last = ({column: named[end] for column, named in values.items()} | counted for end in (0, -1))
    rows = canonical(
        [
            Row("U1", "", "", Fraction(4), current=5, most=5, marks=first),
            Row("U2", "", "", Fraction(5, 2), current=2, most=4, marks=last),
        ]
    )
    question = Question(rows, (rule,), Relative(shortage=Fraction(4), surplus=Fraction(1)))
    return stated(question, [0] * len(question.limits), 4)[0].text()


@pytest.mark.parametrize("kind", sorted(RULES))
def test_programme_is_the_golden_one(kind: str) -> None:
    path = HERE / f"{kind}.lp"
    assert path.exists(), f"{kind} has no golden programme: {WRITE}"
    assert programme(RULES[kind]) == path.read_text(encoding="utf-8"), f"{path.name} is another programme now: {WRITE}"


def test_no_golden_programme_is_left_without_its_rule() -> None:
    assert {path.stem for path in HERE.glob("*.lp")} <= set(RULES), "remove the files of kinds that RULES has not"


if __name__ == "__main__":
    for name, rule_class in RULES.items():
        (HERE / f"{name}.lp").write_text(programme(rule_class), encoding="utf-8", newline="\n")
