"""A kind of rule of a new shape takes its class alone: it is read, built, checked, explained, certified, in conflict.

What stands above `KINDS` is all a stranger writes besides naming the classes in RULES.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest
from test_allocation_conflicts import conflict_is_said
from test_allocation_programmes import programme

from bzmodel.models.allocation import allocate, certify, reading, rules_findings, units, units_table
from bzmodel.models.allocation.dictionary import rules_page
from bzmodel.models.allocation.keys import ColumnName, Key, Posts, Share, Span, Word
from bzmodel.models.allocation.rows import Row
from bzmodel.models.allocation.rules import Limit, Rule
from bzmodel.schema.results import BadInput, Finding


@dataclass(frozen=True, kw_only=True)
class MinGroup(Rule):
    """sum x of one group >= at_least."""

    by: str = ""
    value: str = ""
    at_least: int | None = None
    kind: ClassVar[str] = "min_group"
    meaning: ClassVar[str] = "一组的编制合计不少于 at_least。"
    example: ClassVar[str] = 'by = "sponsor"\nvalue = "甲局"\nat_least = 3'
    keys: ClassVar[Mapping[str, Key]] = {
        "by": ColumnName(required=True),
        "value": Word(required=True),
        "at_least": Posts(required=True),
    }

    def groups(self) -> Mapping[str, frozenset[str]]:
        return {self.by: frozenset({self.value})}

    def floor(self, rows: Sequence[Row]) -> int:
        return self.at_least

    def limits(self, rows: Sequence[Row]) -> tuple[Limit, ...]:
        group = tuple(at for at in self.covered(rows) if rows[at].mark(self.by) == self.value)
        return (Limit(self.id, self.value, group, self.floor([rows[at] for at in group]), None),)

    def sentence(self, lang: str) -> str:
        words = {"zh": "{} 的编制合计不少于 {}", "en": "{} has at least {}"}[lang]
        return words.format(self.value, self.at_least)


@dataclass(frozen=True, kw_only=True)
class MinGroupShare(MinGroup):
    """sum x of one group >= share · what it has now, upwards."""

    share: Fraction = Fraction(0)
    kind: ClassVar[str] = "min_group_share"
    meaning: ClassVar[str] = "一组的编制合计不少于其现有编制的 share。"
    example: ClassVar[str] = 'by = "sponsor"\nvalue = "甲局"\nshare = 0.9'
    keys: ClassVar[Mapping[str, Key]] = {
        "by": ColumnName(required=True),
        "value": Word(required=True),
        "share": Share(required=True),
    }
    needs_current: ClassVar[bool] = True

    def faults(self) -> Iterator[Finding]:
        if self.share > 1:
            yield self.refused("share", "不得大于 1", "it is above 1")

    def floor(self, rows: Sequence[Row]) -> int:
        return ceil(self.share * sum(row.current for row in rows))

    def sentence(self, lang: str) -> str:
        words = {"zh": "{} 的编制合计不少于现有的 {:g}", "en": "{} keeps at least {:g} of what it has"}[lang]
        return words.format(self.value, float(self.share))


@dataclass(frozen=True, kw_only=True)
class MinShare(Rule):
    """x >= share · current, upwards, for each row."""

    share: Fraction = Fraction(0)
    kind: ClassVar[str] = "min_share"
    meaning: ClassVar[str] = "每一行不少于现有编制的 share。"
    example: ClassVar[str] = "share = 0.8"
    keys: ClassVar[Mapping[str, Key]] = {"share": Share(required=True)}
    on_units: ClassVar[bool] = True
    needs_current: ClassVar[bool] = True

    def span(self, row: Row) -> Span:
        return ceil(self.share * row.current), None

    def sentence(self, lang: str) -> str:
        return {"zh": "每单位不少于现有编制的 {:g}", "en": "each has at least {:g} of current"}[lang].format(
            float(self.share)
        )


KINDS = {made.kind: made for made in (MinGroup, MinGroupShare, MinShare)}
OBJECTIVE = {"kind": "relative", "shortage": 4, "surplus": 1}
UNITS = pd.DataFrame(
    {
        "unit_id": ["A", "B", "C"],
        "need": [4, 6, 30],
        "current": [9, 11, 31],
        "sponsor": ["甲局", "甲局", "乙局"],
    }
)
TOTAL = {"id": "total", "kind": "total", "at_most": 40, "source": "s"}
GROUP = {"id": "R01", "kind": "min_group", "by": "sponsor", "value": "甲局", "source": "s"}
SHARE = {**GROUP, "kind": "min_group_share", "share": 0.9}


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """RULES with the stranger's kinds."""
    for module in (reading, units):
        monkeypatch.setattr(module, "RULES", {**module.RULES, **KINDS})


@pytest.mark.parametrize(("rule", "floor"), [({**GROUP, "at_least": 15}, 15), (SHARE, 18)])
def test_it_is_built_checked_explained_and_certified(rule: dict, floor: int) -> None:
    rules = {"objective": OBJECTIVE, "rule": [TOTAL, rule]}
    assert "sponsor" in units_table(rules).names
    plan = allocate(UNITS, rules)
    assert plan.status == "optimal"
    assert plan.table["proposal"][:2].sum() == floor
    assert all("R01/甲局" in named for named in plan.table["binding_rules"][:2])
    assert {step.source for unit in "AB" for step in plan.steps_of(unit) if step.cause == "rules"} == {"R01/甲局;total"}
    held = next(one for one in plan.certificate["rules"] if one["id"] == "R01")
    assert (held["value"], held["activity"], held["at_least"], held["holds"]) == ("甲局", floor, floor, True)
    assert not certify(UNITS, rules, plan.table, plan.certificate).findings
    moved = plan.table.assign(proposal=plan.table["proposal"] + pd.array([-1, 0, 1], dtype="Int64"))
    assert certify(UNITS, rules, moved, plan.certificate).findings


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_it_is_in_conflict_and_gives_way_or_is_said_not_to(kind: str) -> None:
    conflict_is_said(KINDS[kind])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_it_has_a_golden_programme_and_its_place_on_the_page(kind: str) -> None:
    golden = Path(__file__).parents[1] / "golden" / "stranger" / f"{kind}.lp"
    assert programme(KINDS[kind]) == golden.read_text(encoding="utf-8")
    assert f"## {kind}" in rules_page(KINDS)


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        ({**GROUP, "at_least": 15, "value": "丙局"}, ["IN-I4"]),
        ({**GROUP, "at_least": 15, "by": "fund"}, ["AL-R17"]),
        ({**SHARE, "share": 1.5}, ["AL-R18"]),
        ({**SHARE, "share": "many"}, ["AL-R19"]),
        ({key: value for key, value in SHARE.items() if key != "value"}, ["AL-R5"]),
    ],
)
def test_what_it_cannot_take_is_refused_once(rule: dict, codes: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        allocate(UNITS, {"objective": OBJECTIVE, "rule": [TOTAL, rule]})
    assert [finding.code for finding in refused.value.findings] == codes


def test_current_posts_it_needs_are_asked_for() -> None:
    with pytest.raises(BadInput) as refused:
        allocate(UNITS.drop(columns="current"), {"objective": OBJECTIVE, "rule": [TOTAL, SHARE]})
    assert {finding.code for finding in refused.value.findings} == {"AL-E7"}
    assert not rules_findings({"objective": OBJECTIVE, "rule": [TOTAL, SHARE]}, "rules.toml")


def test_a_floor_on_single_units_is_blamed_for_what_it_asks() -> None:
    """1.2 of 31 is more than any other floor: a row may be thought to have as many before a rule is blamed."""
    rule = {"id": "R01", "kind": "min_share", "share": 1.2, "source": "s"}
    asked = {"objective": OBJECTIVE, "rule": [{**TOTAL, "at_most": 60}, rule]}
    members = allocate(UNITS, asked).conflict["members"]
    assert {one["rule"] for one in members} == {"R01", "total"}
    assert allocate(UNITS, {**asked, "rule": [{**TOTAL, "at_most": 63}, rule]}).status == "optimal"
