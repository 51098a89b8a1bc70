"""WISN of an HIV clinic in Kenya: Burmen, Owuor, Mitei, Human Resources for Health 2017 15:9, table 3."""

import csv
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

import bzmodel as bz
from bzmodel.models.need.working_time import calendar_from

PAPER = Path(__file__).parents[2] / "data/cases/wisn-kenya/wisn_table3.csv"


@pytest.fixture(scope="module")
def paper():
    with PAPER.open(encoding="utf-8", newline="") as stream:
        return {row["step"]: float(row["value"]) for row in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def result(paper):
    cases = Decimal(paper["patients"]) * Decimal(paper["appointments_per_patient_year"])
    hours = Decimal(paper["activity_standard_hours_per_consultation"])
    year = {
        "from": 2011,
        "possible_days": paper["days_per_week_in_consultation"] * paper["weeks"],
        "public_holidays": paper["public_holidays"],
        "annual_leave": paper["annual_leave"],
        "sick_leave": paper["sick_leave"],
        "hours_per_day": paper["working_day_hours"],
    }
    return bz.wisn(
        pd.DataFrame({"activity_id": ["consultation"], "hours_per_case": [hours]}),
        pd.DataFrame({"unit_id": ["clinic"], "year": [2011], "activity_id": ["consultation"], "volume": [cases]}),
        pd.DataFrame(
            {
                "allowance_id": ["meetings"],
                "form": ["category"],
                "amount": [Decimal(paper["category_allowance_days"])],
                "measure": ["day/year"],
            }
        ),
        calendar_from({"calendar": [year]}),
        pd.DataFrame({"unit_id": ["clinic"], "year": [2011], "staff": [Decimal(paper["actual_clinicians"])]}),
    )


def test_the_published_baseline_is_17_46(result, paper):
    row = result.table.iloc[0]
    assert row["work_hours"] == paper["annual_workload_hours"]
    assert row["available_hours"] == paper["available_working_days"] * paper["working_day_hours"]
    assert round(row["base_fte"], 2) == paper["baseline_staff_required"] == 17.46


def test_with_the_allowance_18_49_are_required(result, paper):
    row = result.table.iloc[0]
    assert row["category_factor"] == pytest.approx(paper["multiplier_1_over_1_minus_cas"], rel=1e-15)
    assert row["need_fte"] == pytest.approx(paper["total_required"], rel=1e-15)
    assert round(row["need_fte"], 2) == 18.49
    assert row["ratio"] == pytest.approx(paper["actual_clinicians"] / paper["total_required"], rel=1e-15)


def test_its_steps_are_the_work_and_then_the_allowance(result):
    steps = result.steps_of("clinic")
    assert [(s.cause, s.source) for s in steps] == [("activity", "consultation"), ("category_allowance", "meetings")]
    assert (steps[0].before, float(steps[-1].after)) == (0, result.table.loc[0, "need_fte"])
