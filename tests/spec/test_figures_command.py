"""bzmodel figures on a small city: the columns of interfaces.md, one figure down to its rows, exit codes."""

import csv
import io
import json

import pytest

from bzmodel.__main__ import main

COLUMNS = "id,name,value,printed,unit,definition,scope,date,owner,last_year,rows"
CITY = """
name = "小城"
years = [2020, 2021]
[[tables.documents]]
file = "documents.csv"
[[tables.recognitions]]
file = "recognitions.csv"
"""
DOCUMENTS = """document_id,document_kind,title,issuer,issued_on,opening,marking
D1,通知,试点通知,省委编办,2021-03-01,主动公开,公开
"""
RECOGNITIONS = """recognition_id,recognition_kind,level,giver,for_year,issued_on,document_id
R1,试点,省,省委编办,2021,2021-03-01,D1
R2,试点,省,省委编办,2021,2021-03-01,D1
R3,试点,省,省委编办,2020,2020-03-01,D1
"""


@pytest.fixture
def city(tmp_path):
    for name, text in {"city.toml": CITY, "documents.csv": DOCUMENTS, "recognitions.csv": RECOGNITIONS}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def figures(city, *options) -> int:
    return main(["figures", "--city", str(city), "--year", "2021", *options])


def test_csv_has_the_columns_and_last_year(city, capsys):
    assert figures(city, "--format", "csv", "--id", "C29") == 0
    text = capsys.readouterr().out
    assert text.lstrip("\ufeff").splitlines()[0] == COLUMNS
    (row,) = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    assert (row["value"], row["printed"], row["last_year"], row["rows"]) == ("2", "两", "1", "2")


def test_json_says_null_where_there_is_no_value(city, capsys):
    assert figures(city, "--format", "json") == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(rows["C29"]) == COLUMNS.split(",")
    assert (rows["C29"]["value"], rows["C29"]["last_year"]) == (2, 1)
    assert (rows["C20"]["value"], rows["C20"]["printed"]) == (None, "不适用")


def test_one_figure_shows_the_rows_it_was_counted_from(city, capsys):
    assert figures(city, "--id", "C29") == 0
    out = capsys.readouterr().out
    assert "recognitions.csv:2" in out and "recognitions.csv:3" in out
    assert "recognitions.csv:4" not in out


def test_a_figure_nobody_declared_is_refused(city, capsys):
    assert figures(city, "--id", "C99") == 2
    assert "FG-X5" in capsys.readouterr().err


def test_a_citys_own_figure_is_one_entry_of_its_params(city, capsys):
    (city / "params").mkdir()
    (city / "params" / "figures.toml").write_text(
        '[granted]\nname = "省级认定"\nform = "count"\ntable = "recognitions"\nwhen = "Y"\ndate = "issued_on"\n'
        'where = { level = "省" }\nunit = "项"\ndefinition = "本年印发的省级认定"\nowner = "综合科"\n',
        encoding="utf-8",
    )
    assert figures(city, "--id", "granted", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)[0]["value"] == 2
