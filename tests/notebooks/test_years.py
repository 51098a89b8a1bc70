"""The real notebooks on the years and cities that the project carries."""

import json

import pandas as pd
import pytest

from bzmodel.__main__ import main
from bzmodel.run.pipeline import publish, publish_cases


@pytest.fixture(autouse=True)
def own_reports(tmp_path, monkeypatch):
    monkeypatch.setenv("BZMODEL_REPORTS", str(tmp_path))


def figures(folder, name):
    said = json.loads((folder / name).read_text(encoding="utf-8"))["figures"]
    return {figure["id"]: figure["value"] for figure in said}


def test_a_year_without_a_reform_publishes_and_says_so():
    folder = publish("data/example-city", 2020, quiet=True).folder
    counted = figures(folder, "80-annual-summary/figures.json")
    assert counted["C04"] is None and counted["C20"] > 0
    assert figures(folder, "50-allocation/allocation.json")["proposal_total"] > 0


@pytest.mark.slow
def test_the_cases_reproduce_what_was_published():
    (house,) = (outcome.folder for outcome in publish_cases(quiet=True))
    assert figures(house, "us-house/us_house.json")["house_same"] == 100


@pytest.mark.slow
def test_ohio_is_published_and_proved_again_from_its_files():
    folder = publish("data/cases/us-libraries-ohio", 2018, quiet=True).folder
    assert figures(folder, "50-allocation/allocation.json")["proposal_total"] == 8863
    assert main(["certify", str(folder / "50-allocation/allocation")]) == 0
    plan = pd.read_csv(folder / "50-allocation/allocation.csv", dtype={"unit_id": "str"})
    assert len(plan) == 251 and plan["proposal"].min() >= 1
