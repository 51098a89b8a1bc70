"""Seats of the US House after the censuses of 2010 and 2020: Huntington–Hill, as the Census Bureau published them.

Source: US Census Bureau, apportionment tables 2010 and 2020. The 436th seat of 2020 was New York's, 89 persons short.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bzmodel.models.allocation import allocate, certify

FILE = Path(__file__).parents[2] / "data/cases/us-house/us_house_2010_2020.csv"
RULES = {
    "objective": {"kind": "hill"},
    "rule": [{"id": "seats", "kind": "total", "at_least": 435, "at_most": 435, "source": "2 U.S.C. 2a"}],
}


def states(census: int) -> pd.DataFrame:
    """unit_id, need = apportionment population, seats as published."""
    frame = pd.read_csv(FILE)
    frame = frame[frame["census"] == census]
    return frame.rename(columns={"state": "unit_id", "population": "need"})[["unit_id", "need", "seats"]]


@pytest.mark.parametrize("census", [2010, 2020])
def test_every_seat_is_the_published_one(census: int) -> None:
    frame = states(census)
    plan = allocate(frame, RULES)
    assert plan.status == "optimal"
    assert plan.table.set_index("unit_id")["proposal"].to_dict() == frame.set_index("unit_id")["seats"].to_dict()
    assert certify(plan.units, plan.rules, plan.table, plan.certificate).findings == ()


def test_the_436th_seat_of_2020_is_new_yorks() -> None:
    frame = states(2020)
    more = allocate(frame, RULES, total=436).table.set_index("unit_id")["proposal"]
    gained = more - frame.set_index("unit_id")["seats"]
    assert gained[gained != 0].to_dict() == {"New York": 1}
