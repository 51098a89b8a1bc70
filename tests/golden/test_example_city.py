"""The example city: rebuilt byte by byte, and as large as tables.md (last section) and domain.md 4.3 say."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from bzmodel.commands.example_city import city_files
from bzmodel.intake.city import EXAMPLE, load_city
from bzmodel.models.synthetic import synthetic_city

FRAMES = synthetic_city()


def test_the_folder_is_what_the_generator_makes():
    made = city_files()
    assert [path for path, content in made.items() if (EXAMPLE / path).read_bytes() != content] == []
    there = {p.relative_to(EXAMPLE).as_posix() for kind in ("csv", "xlsx") for p in EXAMPLE.rglob(f"*.{kind}")}
    assert there == set(made)
    assert max(map(len, made.values())) < 1_000_000


def _institutions() -> pd.DataFrame:
    """The city's institutions in the reform's scope that stand at the end of 2021, with their quota."""
    units = FRAMES["2021/units"]
    units = units[(units["level"] == "市") & units["in_reform_scope"] & units["valid_to"].isna()]
    quotas = FRAMES["2021/quotas"]
    held = quotas.groupby(["unit_id", "fund"], as_index=False)["quota"].sum()
    return units.merge(held, on="unit_id", validate="one_to_one")


def test_sizes_and_funding():
    # domain.md 4.3: 265 units, 4 202 quotas; ≤5: 76; 6–10: 87; 11–20: 54; 21–30: 18; 31–50: 17; ≥51: 13; 230/10/25
    found = _institutions()
    assert (len(found), found["quota"].sum()) == (265, 4202)
    bands = pd.cut(found["quota"].astype(int), [0, 5, 10, 20, 30, 50, 10_000]).value_counts(sort=False)
    assert bands.tolist() == [76, 87, 54, 18, 17, 13]
    assert found["fund"].value_counts().to_dict() == {"拨款": 230, "自理": 25, "补贴": 10}
    groups = FRAMES["2021/unit_groups"].merge(found[["unit_id", "evaluated"]], on="unit_id")
    assert groups["family"].value_counts().tolist() == [70, 55, 45, 30, 25, 18, 12, 5, 5]  # combine.md
    assert found["evaluated"].sum() == 200 == groups["peer_group"].notna().sum()
    assert groups["peer_group"].nunique() == 4


def test_as_many_units_as_tables_md_says():
    units = FRAMES["2021/units"]
    standing = units[units["valid_to"].isna()]
    assert len(standing) == 467
    before = units[(units["valid_from"] < dt.date(2021, 1, 1)) & (units["level"] == "市") & units["in_reform_scope"]]
    assert len(before) == 318
    base = FRAMES["2021/ceilings"].query("item == '改革基数' and level == '市'")["number"]
    assert base.tolist() == [318]


def _held(frame: pd.DataFrame, day: dt.date) -> pd.Series:
    rows = frame[(frame["as_of"] == day) & (frame["kind"] == "事业")]
    return rows.groupby("unit_id")["quota"].sum()


@pytest.mark.parametrize("year", [2020, 2021])
def test_quotas_are_last_years_and_what_was_decided(year):
    earlier = _held(FRAMES["2020/quotas"], dt.date(year - 1, 12, 31))
    later = _held(FRAMES[f"{year}/quotas"], dt.date(year, 12, 31))
    decided = FRAMES[f"{year}/decisions"]
    moved = (decided["authorised"] - decided["before_quota"]).groupby(decided["unit_id"]).sum()
    expected = earlier.add(moved, fill_value=0)
    assert (expected.reindex(later.index) == later).all() and set(expected.index) == set(later.index)


def test_the_reform_moves_posts_and_loses_none():
    decided = FRAMES["2021/decisions"]
    handed = decided[decided["outflow"] == "划转"]
    change = (handed["authorised"] - handed["before_quota"]).groupby(handed["matter_id"]).sum()
    out_of_the_city = FRAMES["2021/succession"].query("action == '划出'")
    assert (change != 0).sum() == len(out_of_the_city) == 1


def test_what_became_of_318_units():
    units = FRAMES["2021/units"]
    city = set(units[units["level"] == "市"]["unit_id"])
    rows = FRAMES["2021/succession"]
    rows = rows[rows["predecessor_id"].isin(city) | rows["successor_id"].isin(city)]
    ended = rows[rows["action"].isin(["撤销", "转企", "划出"])]
    assert rows["predecessor_id"].nunique() == 318
    assert rows[rows["action"].isin(["保留", "整合"])]["successor_id"].nunique() + sum(rows["action"] == "新设") == 265
    assert ended["successor_id"].isna().all() and len(ended) == 15
    shares = rows.dropna(subset=["predecessor_id"]).groupby("predecessor_id")["share"].sum()
    assert shares.round(12).eq(1).all()


def test_low_benefit_cuts_are_part_of_the_net_cut_but_for_the_planted_file():
    def cuts(frame: pd.DataFrame) -> tuple[int, int]:
        counted = frame[~frame["outflow"].isin(["划转", "转企"])]
        cut = counted["before_quota"] - counted["authorised"]
        return cut.sum(), cut[counted["reason"] == "低效"].sum()

    decided = FRAMES["2021/decisions"].merge(FRAMES["2021/units"][["unit_id", "level"]], on="unit_id")
    net, low = cuts(decided[decided["level"] == "市"])
    assert 0 < low < net
    net, low = cuts(FRAMES["truth/decisions-c09-above-c08"])
    assert 0 < net < low


@pytest.mark.parametrize("year", [2020, 2021])
def test_intake_reads_it_without_a_finding(year):
    city = load_city(EXAMPLE, year)
    assert city.findings == ()
    assert set(city.tables) == {path.rpartition("/")[2] for path in FRAMES if not path.startswith("truth/")}
    numbers = set(city.tables["documents"]["number"].dropna())
    assert {rule["source"] for rule in city.rules["rule"]} <= numbers


def test_the_truth_is_near_what_is_asked_for():
    need = FRAMES["truth/need"].query("year == 2021")["need"]
    assert len(need) == 265
    assert 1.02 < need.sum() / 4202 < 1.12, "a general shortage, to be shared"
