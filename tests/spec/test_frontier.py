"""`bzmodel frontier`: a table in; scores, peers and targets out."""

from __future__ import annotations

import csv
import json

import openpyxl
import pandas as pd
import pytest

import bzmodel as bz
from bzmodel.__main__ import main
from bzmodel.schema.results import BadInput

# One input: A does most for it. B does the same with twice as much; C is largest; D has nothing of the second output.
FOUR = "unit,staff,visits,loans\nB,4,10,10\nA,2,10,10\nC,8,30,20\nD,4,10,0"
ASKED = ("--unit", "unit", "--inputs", "staff", "--outputs", "visits,loans")


@pytest.fixture
def frontier(tmp_path, capsys):
    """A table in; (exit code, rows of scores, of peers, of targets, diagnostics, what was said) out."""
    asked = iter(range(99))

    def run(table, *options):
        at = next(asked)
        data, out = tmp_path / f"data{at}.csv", tmp_path / f"out{at}"
        data.write_text(table + "\n", encoding="utf-8")
        code = main(["frontier", str(data), *(options or ASKED), "--out", str(out)])
        said = capsys.readouterr().err
        if code:
            assert not out.exists()
            return code, [], [], [], {}, said
        read = (_rows(out / f"{name}.csv") for name in ("scores", "peers", "targets"))
        return code, *read, json.loads((out / "diagnostics.json").read_text(encoding="utf-8")), said

    return run


def _rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _of(rows, unit):
    return next(row for row in rows if row["unit_id"] == unit)


def test_half_the_staff_would_do(frontier):
    code, scores, peers, targets, _, said = frontier(FOUR)
    assert code == 0, said
    assert [row["unit_id"] for row in scores] == ["B", "A", "C", "D"]
    row = _of(scores, "B")
    assert (row["score"], row["efficient"], row["peers"], row["super"]) == ("0.5", "false", "A", "0.5")
    assert [(row["peer"], row["weight"]) for row in peers if row["unit_id"] == "B"] == [("A", "1")]
    assert [
        (row["column"], row["role"], row["actual"], row["slack"], row["target"])
        for row in targets
        if row["unit_id"] == "B"
    ] == [
        ("staff", "input", "4", "0", "2"),
        ("visits", "output", "10", "0", "10"),
        ("loans", "output", "10", "0", "10"),
    ]


def test_an_efficient_unit_is_its_own_peer(frontier):
    _, scores, peers, _, _, _ = frontier(FOUR)
    row = _of(scores, "A")
    assert (row["score"], row["efficient"], row["peers"], row["returns"]) == ("1", "true", "A", "constant")
    assert [(row["peer"], row["weight"]) for row in peers if row["unit_id"] == "A"] == [("A", "1")]


def test_what_an_output_lacks_beside_its_peer_is_slack(frontier):
    targets = frontier(FOUR)[3]
    loans = next(row for row in targets if (row["unit_id"], row["column"]) == ("D", "loans"))
    assert (loans["actual"], loans["slack"], loans["target"]) == ("0", "10", "10")


def test_score_one_with_a_slack_is_not_efficient(frontier):
    row = _of(frontier("unit,staff,visits,loans\nA,2,10,10\nB,2,10,4\nC,1,1,1")[1], "B")
    assert (row["score"], row["efficient"], row["peers"]) == ("1", "false", "A")


def test_too_large_is_decreasing_and_scale_is_what_it_costs(frontier):
    row = _of(frontier(FOUR)[1], "C")
    assert (row["score"], row["scale"], row["returns"]) == ("1", "0.75", "decreasing")
    assert _of(frontier(FOUR, *ASKED, "--returns", "crs")[1], "C")["score"] == "0.75"


def test_scale_and_returns_are_the_same_whatever_returns_are_asked_for(frontier):
    answers = [frontier(FOUR, *ASKED, "--returns", returns)[1] for returns in ("vrs", "crs", "nirs")]
    told = [[(row["unit_id"], row["scale"], row["returns"]) for row in rows] for rows in answers]
    assert told[0] == told[1] == told[2]


def test_super_efficiency_is_blank_where_no_others_reach_the_outputs(frontier):
    _, scores, _, _, diagnostics, said = frontier(FOUR)
    assert _of(scores, "C")["super"] == ""
    assert [(one["code"], one["value"], one["row"]) for one in diagnostics["findings"] if one["code"] == "FR-W3"] == [
        ("FR-W3", "C", 4)
    ]
    assert "FR-W3" in said
    assert _of(scores, "A")["super"] == "2"


def test_a_blank_has_no_score_and_is_no_peer(frontier):
    code, scores, peers, targets, diagnostics, said = frontier(FOUR + "\nE,1,,50")
    assert code == 0
    row = _of(scores, "E")
    assert set(row.values()) == {"E", ""}
    assert "E" not in {row["peer"] for row in peers} | {row["unit_id"] for row in targets}
    assert diagnostics["n"] == 4
    assert "FR-W1" in said and "第 6 行" in said and "visits" in said
    assert scores[:4] == frontier(FOUR)[1]


def test_all_outputs_zero_is_a_finding_and_a_score_of_0_under_crs_and_nirs(frontier):
    table = FOUR + "\nE,1,0,0"
    for returns, score in (("vrs", "1"), ("crs", "0"), ("nirs", "0")):
        code, scores, _, _, diagnostics, _ = frontier(table, *ASKED, "--returns", returns)
        assert (code, _of(scores, "E")["score"], _of(scores, "E")["scale"]) == (0, score, "0")
        assert "FR-W2" in {one["code"] for one in diagnostics["findings"]}


def test_who_uses_none_of_an_input_is_compared_with_those_who_use_none(frontier):
    """Also where others use next to none: C's money is a billionth of the greatest."""
    table = "unit,staff,money,visits\nA,5,0,10\nB,4,1000,10\nC,2,0.000001,10\nD,10,0,10"
    scores = frontier(table, "--unit", "unit", "--inputs", "staff,money", "--outputs", "visits", "--returns", "crs")[1]
    assert [(row["unit_id"], row["score"], row["peers"]) for row in scores] == [
        ("A", "1", "A"),
        ("B", "0.5", "C"),
        ("C", "1", "C"),
        ("D", "0.5", "A"),
    ]
    assert scores[0]["super"] == "2"


def test_diagnostics_say_what_was_asked_and_that_units_are_few(frontier):
    diagnostics = frontier(FOUR)[4]
    assert list(diagnostics) == ["returns", "n", "inputs", "outputs", "findings"]
    assert (diagnostics["returns"], diagnostics["n"]) == ("vrs", 4)
    assert (diagnostics["inputs"], diagnostics["outputs"]) == (["staff"], ["visits", "loans"])
    few = next(one for one in diagnostics["findings"] if one["code"] == "FR-W4")
    assert "4" in few["text"] and "9" in few["text"]  # max(1·2, 3·(1 + 2))


def test_a_bootstrap_corrects_downwards_and_repeats_itself(frontier):
    table = FOUR + "\nE,3,12,9\nF,6,15,16\nG,7,20,11"
    plain = frontier(table)[1]
    assert {row["corrected"] for row in plain} == {""}
    one, two, other = (frontier(table, *ASKED, "--bootstrap", "50", "--seed", seed)[1] for seed in ("1", "1", "2"))
    assert one == two != other
    for row in one:
        score, corrected, low, high = (float(row[name]) for name in ("score", "corrected", "low", "high"))
        assert low <= corrected <= high <= score + 1e-9 and corrected < score
    narrow = frontier(table, *ASKED, "--bootstrap", "50", "--level", ".5")[1]
    for wide, row in zip(one, narrow, strict=True):
        assert float(wide["low"]) <= float(row["low"]) <= float(row["high"]) <= float(wide["high"])


def test_nothing_to_draw_from_is_said(frontier):
    code, scores, _, _, _, said = frontier("unit,staff,visits,loans\nA,1,1,2\nB,1,2,1", *ASKED, "--bootstrap", "9")
    assert (code, {row["corrected"] for row in scores}) == (0, {""})
    assert "FR-W6" in said


@pytest.mark.parametrize(
    ("table", "options", "named"),
    [
        (FOUR + "\nA,1,1,1", ASKED, ("FR-E3", "第 3 行", "第 6 行", "A")),
        (FOUR, ("--unit", "unit", "--inputs", "staff", "--outputs", "visits,visits"), ("FR-E1", "visits")),
        (FOUR, ("--unit", "unit", "--inputs", "staff,visits", "--outputs", "visits"), ("FR-E1", "visits")),
        (FOUR, ("--unit", "unit", "--inputs", "unit", "--outputs", "visits"), ("FR-E1", "unit")),
        (FOUR, ("--unit", "unit", "--inputs", "staff", "--outputs", "visit"), ("FT-B1", "data0.csv", "visit")),
        (FOUR + "\nE,1,-2,1", ASKED, ("IN-E1", "第 6 行", "visits", "-2")),
        (FOUR + "\nE,1,2人,1", ASKED, ("IN-E4", "第 6 行", "visits", "2人")),
        (FOUR + "\nE,NA,2,1", ASKED, ("IN-E4", "第 6 行", "staff", "NA")),
        (FOUR + "\nE,0,2,1", ASKED, ("FR-E2", "第 6 行", "staff", "E")),
        (FOUR + "\n,1,2,1", ASKED, ("FT-E5", "第 6 行", "unit")),
        (FOUR + "\nE,1e-9,2,1\nF,1e9,2,1", ASKED, ("FR-E7", "staff")),
        ("unit,staff,visits,loans\nA,,1,1", ASKED, ("FR-E5", "staff")),
        (FOUR, (*ASKED, "--returns", "drs"), ("CM-ARGS", "drs")),
        (FOUR, (*ASKED, "--bootstrap", "-1"), ("FR-O3", "bootstrap")),
        (FOUR, (*ASKED, "--bootstrap", "1.5"), ("CM-ARGS", "1.5")),
        (FOUR, (*ASKED, "--level", "1"), ("ND-E8", "level")),
        (FOUR, (*ASKED, "--sheet", "Sheet1"), ("IN-C11", "Sheet1")),
    ],
)
def test_what_cannot_be_right_is_named_and_nothing_written(frontier, table, options, named):
    code, *_, said = frontier(table, *options)
    assert code == 2
    assert all(word in said for word in named), said


def test_all_faults_are_told_together(frontier):
    code, *_, said = frontier(FOUR + "\nA,1,-1,x\nE,0,1,1", *ASKED, "--level", "2")
    assert code == 2
    assert all(word in said for word in ("IN-E1", "IN-E4", "FR-E3", "FR-E2", "ND-E8")), said


def test_units_are_text(frontier):
    scores = frontier("unit,staff,visits,loans\n007,1,2,3\nNA,2,2,2\n1e5,3,9,1")[1]
    assert [row["unit_id"] for row in scores] == ["007", "NA", "1e5"]


def test_the_folder_holds_the_same_tables_under_chinese_headings(tmp_path):
    data, out = tmp_path / "data.csv", tmp_path / "deep" / "out"
    data.write_text(FOUR, encoding="utf-8")
    for _ in range(2):  # it is its own to replace
        assert main(["frontier", str(data), *ASKED, "--out", str(out)]) == 0
    names = ["diagnostics.json", "manifest.json", "peers.csv", "result.xlsx", "scores.csv", "targets.csv"]
    assert sorted(path.name for path in out.iterdir()) == names
    book = openpyxl.load_workbook(out / "result.xlsx")
    assert book.sheetnames == ["效率值", "标杆单位", "目标值"]
    assert [cell.value for cell in book["效率值"][1]][:3] == ["单位", "效率值", "规模效率"]


def test_a_foreign_file_in_the_folder_is_named_and_stays(tmp_path, capsys):
    data, out = tmp_path / "data.csv", tmp_path / "out"
    data.write_text(FOUR, encoding="utf-8")
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    assert main(["frontier", str(data), *ASKED, "--out", str(out)]) == 2
    assert "mine.txt" in capsys.readouterr().err and [path.name for path in out.iterdir()] == ["mine.txt"]


def test_the_screen_shows_the_tables_and_csv_and_json(tmp_path, capsys):
    data = tmp_path / "data.csv"
    data.write_text(FOUR, encoding="utf-8")
    assert main(["frontier", str(data), *ASKED]) == 0
    assert "平均效率值" in capsys.readouterr().out
    assert main(["frontier", str(data), *ASKED, "--format", "csv"]) == 0
    assert capsys.readouterr().out.lstrip("\ufeff").startswith("unit_id,score,scale,returns,peers,efficient,super,")
    assert main(["frontier", str(data), *ASKED, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["scores", "peers", "targets", "diagnostics"]
    assert (found["scores"][0]["efficient"], found["scores"][2]["super"]) == (False, None)
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


def test_the_same_in_python():
    data = pd.DataFrame({"unit": [1, 2], "staff": [2, 4], "visits": [10, 10]})
    result = bz.frontier(data, unit="unit", inputs=["staff"], outputs=["visits"])
    assert result.table["score"].tolist() == [1, 0.5]
    with pytest.raises(BadInput):
        bz.frontier(data, unit="unit", inputs=[], outputs=["visits"])
