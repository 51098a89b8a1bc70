"""bzmodel explain: the latest year, documents of rules, grades of volumes, no more than is known (interfaces.md)."""

import json

import pytest

from bzmodel.__main__ import main

RULE = '[[rule]]\nid = "R01"\nkind = "total"\nat_most = 10\nsource = "示编委〔2021〕1号"\n'
NEED = """unit_id,kind,route,method,need_fte,on_quota_share,need,low,high,floor
01000002007,事业,工作量,standard_time,21.9,1,21.9,20.7,23.2,1
01000003001,事业,标准,statutory_norm,96.6,1,96.6,96.6,96.6,1
"""
FILES = {
    "20-workload/need.csv": NEED,
    "20-workload/need_estimates.json": json.dumps({
        "steps": [
            {"key": ["01000002007", "事业", "standard_time"], "order": 1, "cause": "activity",
             "source": "A0201 试验示范点管理", "before": 0, "after": 21.9},
        ],
    }),
    "50-allocation/allocation.csv": "unit_id,kind,name,current,need,proposal,binding_rules\n"
    "01000002007,事业,技术中心,16,21.9,19,R01/拨款\n",
    "50-allocation/explanation.csv": "unit_id,kind,step,cause,rule,before,after\n"
    "01000002007,事业,1,rules,R01,21.9,19\n",
    "50-allocation/allocation/rules.toml": RULE,
}  # fmt: skip


@pytest.fixture
def explain(tmp_path, monkeypatch, capsys):
    """Runs the command on two published years of the example city; gives what it prints."""
    for year in (2020, 2021):
        place = tmp_path / str(year)
        said = {"year": year, "notebooks": {"20-workload": {"run": "a", "key": "k", "parameters": {}}}}
        files = FILES | {"manifest.json": json.dumps(said)}
        if year == 2020:
            files["50-allocation/allocation.csv"] = FILES["50-allocation/allocation.csv"].replace("19", "17")
        for name, text in files.items():
            (place / "runs/a" / name).parent.mkdir(parents=True, exist_ok=True)
            (place / "runs/a" / name).write_text(text, encoding="utf-8")
        (place / "current.txt").write_text("a", encoding="utf-8")
    monkeypatch.setenv("BZMODEL_REPORTS", str(tmp_path))

    def printed(*arguments):
        assert main(["explain", *arguments]) == 0
        return capsys.readouterr().out

    return printed


def test_without_a_year_the_latest_published_one_is_explained(explain):
    assert "建议核定 19" in explain("01000002007")
    assert "建议核定 17" in explain("01000002007", "--year", "2020")


def test_rules_bear_their_documents_and_volumes_their_grade(explain):
    text = explain("01000002007")
    assert "在限的规则：R01/拨款（示编委〔2021〕1号）" in text
    assert "业务活动（A0201 试验示范点管理，自报）" in text
    assert "90% 区间 20.7–23.2" in text


def test_a_unit_outside_the_allocation_is_explained_up_to_its_need(explain):
    text = explain("01000003001")
    assert "测算需求 96.6，不在分配范围" in text
    assert "区间" not in text and "从需求到建议" not in text  # a norm has no interval


def test_english_has_no_full_width_brackets(explain):
    text = explain("01000002007", "--lang", "en")
    assert "R01/拨款 (示编委〔2021〕1号)" in text and not set("（），、") & set(text)
