"""What a rules file may say, key by key: missing, wrongly written, contradictory, and how that is told."""

from __future__ import annotations

import pandas as pd
import pytest

from bzmodel.models.allocation import allocate, rules_findings
from bzmodel.models.allocation.dictionary import example
from bzmodel.models.allocation.rules import RULES
from bzmodel.schema import messages
from bzmodel.schema.results import BadInput, Finding

OBJECTIVE = {"kind": "relative", "shortage": 4, "surplus": 1}
UNITS = pd.DataFrame({"unit_id": ["A", "B"], "need": [4, 6], "current": [4, 6], "fund": ["拨款", "补贴"]})


def found(rule: dict) -> list[Finding]:
    return rules_findings({"objective": OBJECTIVE, "rule": [{"id": "R01", "source": "s", **rule}]}, "rules.toml")


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"kind": "group", "column": "fund", "limits": "甲 3"}, [("AL-R19", "limits")]),
        ({"kind": "group", "column": "fund", "limits": {}}, [("AL-R19", "limits")]),
        ({"kind": "group", "column": "fund"}, [("AL-R5", "limits")]),
        ({"kind": "group", "limits": {"甲": {"at_most": 3}}}, [("AL-R5", "column")]),
        ({"kind": "group", "column": 3, "limits": {"甲": {"at_most": 3}}}, [("AL-R19", "column")]),
        ({"kind": "group", "column": "fund", "limits": {"甲": 3}}, [("AL-R19", "at_least / at_most")]),
        ({"kind": "group", "column": "fund", "limits": {"甲": {}}}, [("AL-R5", "at_least / at_most")]),
        ({"kind": "group", "column": "fund", "limits": {"甲": {"at_least": 3, "at_most": 2}}}, [("AL-R8", "")]),
        ({"kind": "total"}, [("AL-R5", "at_least / at_most")]),
        ({"kind": "total", "at_most": -1}, [("AL-R7", "at_most")]),
        ({"kind": "total", "at_least": 3, "at_most": 2}, [("AL-R8", "")]),
        ({"kind": "net_reduction"}, [("AL-R5", "at_least")]),
        ({"kind": "max_change", "at_most": 1, "share": 0.2}, [("AL-R6", "")]),
        ({"kind": "max_change"}, [("AL-R6", "")]),
        ({"kind": "max_change", "share": "20%"}, [("AL-R19", "share")]),
        ({"kind": "total", "at_most": 3, "relaxable": "yes"}, [("AL-R19", "relaxable")]),
        ({"kind": "total", "at_most": 3, "where": "fund"}, [("AL-R19", "where")]),
        ({"kind": "total", "at_most": 3, "source": 5}, [("AL-R19", "source")]),
        ({"kind": "total", "at_most": 3, "source": " "}, [("AL-R5", "source")]),
        ({"kind": "total", "at_least": 3, "at_most": 2, "more": 1}, [("AL-R2", ""), ("AL-R8", "")]),
    ],
)
def test_each_fault_is_told_once_and_by_its_name(rule: dict, told: list[tuple[str, str]]) -> None:
    findings = found(rule)
    assert [(finding.code, finding.column) for finding in findings] == told
    for finding in findings:
        assert "R01" in messages.line(finding, "zh") and "R01" in messages.line(finding, "en")


def test_what_is_wrongly_written_is_told_how_it_is_written() -> None:
    (finding,) = found({"kind": "group", "column": "fund", "limits": "甲 3"})
    assert "at_most = 3 }" in messages.line(finding, "zh") and "docs/rules.zh.md" in messages.line(finding, "en")


@pytest.mark.parametrize("where", [{}, {"where": {"unit_id": "A"}}])
def test_a_value_that_meets_no_row_is_told_once(where: dict) -> None:
    rule = {"id": "R01", "kind": "group", "column": "fund", "limits": {"自理": {"at_most": 3}}, "source": "s", **where}
    with pytest.raises(BadInput) as refused:
        allocate(UNITS, {"objective": OBJECTIVE, "rule": [rule]})
    assert [(finding.code, finding.value) for finding in refused.value.findings] == [("IN-I4", "自理")]


def test_a_value_that_meets_none_of_the_rows_covered_is_told() -> None:
    rule = {"id": "R01", "kind": "group", "column": "fund", "limits": {"补贴": {"at_most": 3}}, "source": "s"}
    with pytest.raises(BadInput) as refused:
        allocate(UNITS, {"objective": OBJECTIVE, "rule": [{**rule, "where": {"unit_id": "A"}}]})
    assert [(finding.code, finding.value) for finding in refused.value.findings] == [("IN-I4", "补贴")]


@pytest.mark.parametrize("kind", sorted(RULES))
def test_each_kind_says_what_it_means_and_has_an_example_that_is_taken(kind: str) -> None:
    made = RULES[kind]
    assert made.kind == kind
    assert made.meaning, "write its meaning in Chinese, for docs/rules.zh.md"
    assert {*made.one_of, *made.any_of} <= set(made.keys)
    assert all(example(made).sentence(lang) for lang in ("zh", "en"))
