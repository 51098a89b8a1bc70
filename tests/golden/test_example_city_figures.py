"""The example city's figures against what its specification says of it (tables.md, last section; domain.md 4.3)."""

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from bzmodel.intake.city import EXAMPLE, load_city
from bzmodel.models.figures import annual_summary, count_figures
from bzmodel.schema import messages
from bzmodel.schema.columns import Tables


@cache
def city(year: int):
    return load_city(EXAMPLE, year)


@cache
def figures(year: int):
    return count_figures(city(year).tables, city(year).params, year=year)


def summary(year: int, counted=None):
    return annual_summary(
        city(year).texts, counted or figures(year), year=year, documents=city(year).tables["documents"]
    )


def test_the_reform_took_318_institutions_to_265():
    result = figures(2021)
    assert result.figure("units_before").value == 318
    assert result.figure("C07").value == pytest.approx(100 * (1 - 265 / 318))
    assert result.table.set_index("id").at["C07", "printed"] == "16.7%"


def test_every_check_of_2021_holds_and_nothing_is_found():
    assert [check.id for check in figures(2021).checks if check.passed is not True] == []
    assert messages.lines(figures(2021).findings) == []


def test_every_figure_leads_to_rows_of_the_citys_files():
    files = {
        Path(row.rpartition(":")[0].partition("[")[0]) for f in figures(2021).figures for row in f.rows["source_row"]
    }
    assert all((EXAMPLE / file).is_file() for file in files)
    assert all(len(figure.rows) for figure in figures(2021).figures)


def test_2020_had_no_reform_and_says_so_by_signed_records():
    printed = figures(2020).table.set_index("id")["printed"]
    assert printed[["C04", "C05", "C06", "C07", "C08", "C09"]].unique().tolist() == ["本年无此项"]
    text = summary(2020).text
    assert "## 一、严格依法审查" in text
    assert "精简编制" not in text.partition("## 附")[0]


def test_the_summary_of_2021_prints_every_figure_of_this_issue():
    result = summary(2021)
    asked = {"C04", "C05", "C06", "C07", "C08", "C09", "C20", "C21", "C22", "C29"}
    assert asked <= {figure.id for figure in result.figures}
    assert "两个试点任务" in result.text
    assert "，其中收回使用效益低下的编制" in result.text
    assert not result.findings


def test_c09_above_c08_takes_其中_out_of_the_summary():
    planted = pd.read_csv(EXAMPLE / "truth" / "decisions-c09-above-c08.csv", dtype={"unit_id": "str"})
    decided = planted.assign(
        programme="改革",
        kind="事业",
        booking="收回空编",
        decided_on=pd.Timestamp(2021, 8, 31),
        source_row=[f"truth/decisions-c09-above-c08.csv:{row + 2}" for row in range(len(planted))],
    )
    tables = Tables({**city(2021).tables, "decisions": decided})
    result = count_figures(tables, city(2021).params, year=2021)
    low = planted["reason"] == "低效"
    cut = planted["before_quota"] - planted["authorised"]
    assert (result.figure("C09").value, result.figure("C08").value) == (cut[low].sum(), cut.sum())
    assert result.figure("C09").value > result.figure("C08").value
    assert "FG-W7" in [finding.code for finding in result.findings]
    said = summary(2021, result)
    assert "其中" not in said.text
    assert "TX-W2" in [finding.code for finding in said.findings]
