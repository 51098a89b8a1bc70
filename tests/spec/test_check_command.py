"""bzmodel check on a small city: what is wrong, on the screen and in a folder; figures say it the same way."""

import csv
import io
import json

import pytest

from bzmodel.__main__ import main

CITY = """
name = "小城"
years = [2021]
[[tables.documents]]
file = "documents.csv"
[[tables.recognitions]]
file = "recognitions.csv"
"""
DOCUMENTS = """document_id,document_kind,title,issuer,issued_on,opening,marking
D1,通知,试点通知,省委编办,2021-03-01,主动公开,公开
D2,通知,另一通知,省委编办,2021-02-30,主动公开,公开
D3,通知,,省委编办,2021-03-02,主动公开,公开
"""
RECOGNITIONS = """recognition_id,recognition_kind,level,giver,for_year,issued_on,document_id
R1,试点,省,省委编办,2021,2021-03-01,D1
"""


@pytest.fixture
def city(tmp_path):
    folder = tmp_path / "city"
    folder.mkdir()
    for name, text in {"city.toml": CITY, "documents.csv": DOCUMENTS, "recognitions.csv": RECOGNITIONS}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def ask(command, city, *options) -> int:
    return main([command, "--city", str(city), "--year", "2021", *options])


@pytest.mark.parametrize("option", [["--json"], ["--format", "json"]])
def test_findings_as_json(city, capsys, option):
    assert ask("check", city, *option) == 2
    found = json.loads(capsys.readouterr().out)
    assert [(one["code"], one["file"], one["row"]) for one in found] == [
        ("IN-E9", "documents.csv", 4),
        ("IN-F1", "documents.csv", 3),
    ]


def test_findings_as_csv_in_the_language_asked_for(city, capsys):
    assert ask("check", city, "--format", "csv", "--lang", "en") == 2
    text = capsys.readouterr().out
    assert text.startswith("\ufeffcode,severity,file,sheet,row,column,value,rule,mend\n")
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert [(row["code"], row["value"]) for row in rows] == [("IN-E9", ""), ("IN-F1", "2021-02-30")]
    assert rows[0]["mend"].isascii()


def test_the_folder_holds_the_same_findings_three_ways(city, tmp_path, capsys):
    assert ask("check", city, "--out", str(tmp_path / "out")) == 2
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"findings.csv", "findings.json", "result.xlsx", "manifest.json"}


def test_the_citys_own_folder_is_no_place_for_findings(city, capsys):
    before = {path.name: path.read_bytes() for path in city.iterdir()}
    assert ask("check", city, "--out", str(city)) == 2
    assert "IN-L22" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in city.iterdir()} == before


def test_figures_tell_what_stops_them_as_json(city, capsys):
    assert ask("figures", city, "--json") == 2
    assert {one["code"] for one in json.loads(capsys.readouterr().err)} == {"IN-F1", "IN-E9"}
