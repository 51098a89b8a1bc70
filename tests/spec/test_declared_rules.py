"""Rules between rows, and between tables, that the declarations name: one faulty row each, found by name."""

import itertools

import pandas as pd
import pytest

from bzmodel.intake.city import EXAMPLE, load_city, load_params
from bzmodel.intake.tables import imbalances, relations
from bzmodel.schema import messages
from bzmodel.schema.tables import TABLES
from bzmodel.schema.tables.matters import STEPS

NUMBER = itertools.count()


def found(table: str, rows: list[dict]) -> list[tuple[str, int | None]]:
    """What the rules of a table say of these rows, which stand from row 2 of a file on."""
    frame = pd.DataFrame(rows)
    for name in frame:
        if name.endswith("_on") or name.startswith("valid_"):
            frame[name] = pd.to_datetime(frame[name])
    frame["source_row"] = [f"t.csv:{at}" for at in range(2, len(frame) + 2)]
    findings = relations(frame, TABLES[table])
    for finding in findings:
        messages.line(finding, "zh"), messages.line(finding, "en")
    return [(finding.code, finding.row) for finding in findings]


def unit(unit_id: str, **more) -> dict:
    one = {"unit_id": unit_id, "legal": "法人", "uscc": "12990010", "valid_from": "2012-01-01", "valid_to": None}
    return one | more


def test_one_uscc_a_legal_unit():
    assert found("units", [unit("A"), unit("B")]) == [("IN-G28", 3)]
    assert found("units", [unit("B", valid_from="2013-01-01"), unit("A")]) == [("IN-G28", 2)]


@pytest.mark.parametrize(
    "other",
    [
        {"legal": "非法人"},
        {"uscc": None},
        {"uscc": "12990011"},
        {"valid_from": "2010-01-01", "valid_to": "2012-01-01"},  # abolished on the day the other began
    ],
    ids=["its host's code", "none", "another", "before"],
)
def test_a_uscc_that_is_no_other_legal_units_at_that_time(other):
    assert found("units", [unit("A"), unit("B", **other)]) == []


def step(name: str, day: str, matter: str = "M1") -> dict:
    return {"matter_id": matter, "step": name, "done_on": day}


def test_a_step_is_not_over_before_one_ahead_of_it_begins():
    rows = [step("受理", "2021-03-10"), step("批复", "2021-03-01"), step("审查", "2021-03-20", "M2")]
    assert found("matter_steps", rows) == [("IN-F11", 3)]


def test_steps_may_recur_and_a_matter_may_be_sent_back_at_any_time():
    days = {"受理": 1, "审查": 5, "退回": 7}
    rows = [step(name, f"2021-03-{day:02d}") for name, day in days.items()]
    rows += [step(name, f"2021-04-{day:02d}") for name, day in {"受理": 1, "审查": 1, "批复": 9}.items()]
    assert found("matter_steps", [step("退回", "2021-02-01"), *rows]) == []


def test_the_order_is_that_of_the_code_list():
    assert tuple(one for one in load_params().codes("step").values if one != "退回") == STEPS


def allowance(category: str | None, amount: float, **more) -> dict:
    one = {"form": "category", "category": category, "unit_id": None, "amount": amount, "measure": "share"}
    return one | {"allowance_id": f"F{next(NUMBER)}", "persons": 1} | more


@pytest.mark.parametrize(
    ("rows", "faulty"),
    [
        ([allowance("学校", 0.5), allowance("学校", 0.5)], [2]),
        ([allowance("学校", 0.5), allowance("医院", 0.5)], []),
        ([allowance("学校", 0.5), allowance("医院", 0.1), allowance(None, 0.6)], [2]),  # a blank is each category
        ([allowance(None, 0.7), allowance(None, 0.3)], [2]),
        ([allowance("学校", 0.5), allowance("学校", 170, measure="h/year")], []),
        ([allowance("学校", 0.5), allowance("学校", 0.5, form="individual")], []),
        ([allowance("学校", 0.6, unit_id="A"), allowance("学校", 0.6, unit_id="B")], []),
    ],
)
def test_shares_of_a_category_sum_to_less_than_one(rows, faulty):
    assert found("allowances", rows) == [("IN-E14", row) for row in faulty]


def quotas(*numbers: tuple[str, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(numbers, columns=["as_of", "unit_id", "quota"]).assign(
        kind="事业", source_row="q.xlsx[编制]:2"
    )
    return frame.assign(as_of=pd.to_datetime(frame["as_of"]))


def decisions(*rows: tuple[str, int, int, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["unit_id", "before_quota", "authorised", "decided_on"]).assign(kind="事业")
    return frame.assign(decided_on=pd.to_datetime(frame["decided_on"]))


def test_quotas_are_last_years_and_what_was_decided_since():
    before = [("2020-12-31", unit, 10) for unit in "ABCD"]
    snapshots = quotas(*before, *(("2021-12-31", unit, 8) for unit in "ABC"), ("2021-12-31", "E", 1))
    decided = decisions(
        ("A", 10, 8, "2021-06-01"),
        ("B", 10, 7, "2021-06-01"),
        ("C", 10, 8, "2020-06-01"),  # before the last snapshot
        ("D", 10, 0, "2021-12-31"),  # abolished: no row stands for 0
    )
    (finding,) = imbalances({"quotas": snapshots, "decisions": decided}, TABLES)
    assert (finding.code, finding.file, finding.about["count"]) == ("IN-E15", "q.xlsx", 3)
    assert finding.about["items"] == "B 事业 +1、C 事业 -2、E 事业 +1"
    assert not messages.stops(finding) and messages.line(finding) and messages.line(finding, "en")


def test_a_first_snapshot_and_a_city_without_decisions_are_not_asked():
    one = quotas(("2021-12-31", "A", 8))
    assert imbalances({"quotas": one, "decisions": decisions()}, TABLES) == []
    assert imbalances({"quotas": quotas(("2020-12-31", "A", 8), ("2021-12-31", "A", 9))}, TABLES) == []


@pytest.mark.parametrize("year", [2020, 2021])
def test_the_example_city_keeps_all_of_them(year):
    assert load_city(EXAMPLE, year).findings == ()
