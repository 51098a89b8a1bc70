"""Seats of the US House after the censuses of 2010 and 2020: Huntington–Hill, as the Census Bureau published them.

Source: US Census Bureau, apportionment tables 2010 and 2020. The 436th seat of 2020 was New York's, 89 persons short.
Webster's method would have given other seats to two states in 2010 and to four in 2020 (Balinski & Young, Fair
Representation, 1982, has the method and the five states of 5117, 4400, 162, 161 and 160).
"""

from __future__ import annotations

from itertools import pairwise
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


@pytest.mark.parametrize("method", ["pulp-highs", "pulp-cbc"])
@pytest.mark.parametrize(
    ("census", "other"),
    [
        (2010, {"North Carolina": 14, "Rhode Island": 1}),
        (2020, {"Montana": 1, "New York": 27, "Ohio": 16, "Rhode Island": 1}),
    ],
)
def test_webster_gives_other_seats_to_these_states(census: int, other: dict[str, int], method: str) -> None:
    frame = states(census)
    plan = allocate(frame, {**RULES, "objective": {"kind": "webster"}, "solve": {"method": method}})
    assert (plan.status, plan.certificate["method"]) == ("optimal", method)
    seats = plan.table.set_index("unit_id")["proposal"]
    assert seats[seats != frame.set_index("unit_id")["seats"]].to_dict() == other
    assert certify(plan.units, plan.rules, plan.table, plan.certificate).findings == ()


def shared(kind: str, need: list[int], seats: int) -> list[int]:
    """Seats of states of these populations under one exact total."""
    units = pd.DataFrame({"unit_id": [f"S{at}" for at in range(len(need))], "need": need})
    return allocate(units, {**RULES, "objective": {"kind": kind}}, total=seats).table["proposal"].tolist()


def test_balinski_and_youngs_five_states() -> None:
    assert shared("webster", [5117, 4400, 162, 161, 160], 100) == [51, 43, 2, 2, 2]


@pytest.mark.parametrize("kind", ["webster", "hill"])
def test_house_monotonicity(kind: str) -> None:
    """No state loses a seat when the house grows (the Alabama paradox of other methods)."""
    seats = [shared(kind, [5117, 4400, 162, 161, 160], size) for size in range(5, 60)]
    for smaller, larger in pairwise(seats):
        assert sum(larger) == sum(smaller) + 1
        assert all(more >= less for less, more in zip(smaller, larger, strict=True))
