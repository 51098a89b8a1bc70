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


def test_a_rule_whose_source_is_not_registered_is_named(city, capsys):
    whole = (
        DOCUMENTS.replace("02-30", "02-28")
        .replace("D3,通知,,", "D3,通知,编制通知,")
        .replace("marking", "marking,number")
    )
    (city / "documents.csv").write_text(whole.replace(",公开\n", ",公开,编〔2021〕1号\n"), encoding="utf-8")
    entry = '[[rule]]\nid = "{}"\nkind = "total"\nat_most = 9\nsource = "编〔2021〕{}号"\n'
    (city / "rules").mkdir()
    cost = '[objective]\nkind = "relative"\nshortage = 4.0\nsurplus = 1.0\n'
    text = cost + entry.format("R01", 1) + entry.format("R04", 99)
    (city / "rules" / "2021.toml").write_text(text, encoding="utf-8")
    ask("check", city, "--json")
    found = [one for one in json.loads(capsys.readouterr().out) if one["code"] == "IN-K3"]
    assert [(one["file"], one["value"]) for one in found] == [("rules/2021.toml", "编〔2021〕99号")]
    assert "R04" in found[0]["rule"]


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


RULES = """
[objective]
kind = "relative"
shortage = 4.0
surplus = 1.0
[[rule]]
id = "R01"
kind = "total"
at_least = 12
at_most = 10
source = "文"
"""
TEXTS = """
title = "总结"
[[sections]]
heading = "改革"
sentences = ["精简386名。", {{ text = "又{figure}名。", otherwise = "又。" }}]
"""
FIGURES = """
[mine]
name = "法人"
form = "count"
table = "units"
when = "E"
where = { level = "市级单位" }
unit = "家"
definition = "法人单位"
owner = "综合科"
"""
LATER_PAGES = {
    "rules/2021.toml": RULES,
    "texts/2021.toml": TEXTS.format(figure="{C08}"),
    "params/figures.toml": FIGURES,
}


@pytest.fixture
def late(city):
    """The city with faults that only a notebook would meet: in its rules, its texts and its figures."""
    for name, text in LATER_PAGES.items():
        (city / name).parent.mkdir(exist_ok=True)
        (city / name).write_text(text, encoding="utf-8")
    return city


def test_rules_texts_and_figures_are_judged_with_the_tables(late, capsys):
    assert ask("check", late, "--json") == 2
    found = {(one["code"], one["file"]) for one in json.loads(capsys.readouterr().out)}
    assert found >= {
        ("IN-F1", "documents.csv"),
        ("AL-R8", "rules/2021.toml"),
        ("TX-E1", "texts/2021.toml"),
        ("FG-X7", ""),
    }


def test_a_text_that_binds_what_nobody_declared_and_a_page_that_is_no_toml(late, capsys):
    text = TEXTS.format(figure="{C99}").replace("386", "{C08}")
    (late / "texts/2021.toml").write_text(text, encoding="utf-8")
    (late / "rules/2021.toml").write_text("[scope\n", encoding="utf-8")
    assert ask("check", late, "--json") == 2
    found = {(one["code"], one["file"], one["value"]) for one in json.loads(capsys.readouterr().out)}
    assert {("TX-E6", "texts/2021.toml", "C99"), ("IN-L8", "rules/2021.toml", "")} <= found


def test_a_run_refuses_them_before_anything_starts(late, capsys, monkeypatch):
    monkeypatch.setattr("bzmodel.run.pipeline._execute", lambda *_, **__: pytest.fail("a kernel was started"))
    assert ask("run", late, "--json") == 2
    codes = {one["code"] for one in json.loads(capsys.readouterr().err)}
    assert {"IN-F1", "AL-R8", "TX-E1", "FG-X7"} <= codes
    assert not [path for path in (late / "reports/2021").iterdir() if path.name != ".lock"]
