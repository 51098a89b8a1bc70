"""bzmodel allocate and certify on files: what is written, what is refused, what a tampered plan is told."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from bzmodel.__main__ import main

UNITS = "unit_id,name,need,current,min,max,fund\nU1,甲,10.4,12,1,,拨款\nU2,乙,22,20,,,补贴\nU3,丙,5.5,5,,,拨款\n"
RULES = """
[objective]
kind = "relative"
shortage = 4.0
surplus = 1.0
[[rule]]
id = "R01"
kind = "total"
at_most = 35
source = "文"
relaxable = true
[[rule]]
id = "R02"
kind = "group"
column = "fund"
limits = { "拨款" = { at_most = 14 } }
source = "文"
"""


def asked(folder: Path, units: str = UNITS, rules: str = RULES, *options: str) -> int:
    """Run the command on these two files; its folder is `out`."""
    (folder / "units.csv").write_text(units, encoding="utf-8")
    (folder / "rules.toml").write_text(rules, encoding="utf-8")
    files = [str(folder / "units.csv"), "--rules", str(folder / "rules.toml"), "--out", str(folder / "out")]
    return main(["allocate", *files, *options])


def rehash(out: Path) -> None:
    """All hashes of a folder computed again, as a forger would."""
    certificate = json.loads((out / "certificate.json").read_text("utf-8"))
    for block in ("inputs_sha256", "files_sha256"):
        for name in certificate[block]:
            certificate[block][name] = hashlib.sha256((out / name).read_bytes()).hexdigest()
    (out / "certificate.json").write_text(json.dumps(certificate, ensure_ascii=False), "utf-8")
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    for name in manifest["files"]:
        manifest["files"][name] = hashlib.sha256((out / name).read_bytes()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def test_a_plan_is_written_and_proved_again(tmp_path: Path) -> None:
    assert asked(tmp_path) == 0
    out = tmp_path / "out"
    plan = pd.read_csv(out / "allocation.csv")
    assert plan["proposal"].tolist() == [9, 21, 5]
    assert plan["binding_rules"].tolist() == ["R01;R02/拨款", "R01", "R01;R02/拨款"]
    assert (out / "units.csv").read_bytes() == (tmp_path / "units.csv").read_bytes()
    assert main(["certify", str(out)]) == 0


def test_certify_loads_no_solver(tmp_path: Path) -> None:
    asked(tmp_path)
    code = (
        "import sys; from bzmodel.__main__ import main; rc = main(['certify', sys.argv[1]]);"
        "sys.exit(rc or 9 * bool({'pulp', 'highspy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], check=False).returncode == 0


def test_a_moved_post_is_refused_though_every_hash_fits(tmp_path: Path) -> None:
    asked(tmp_path)
    path = tmp_path / "out" / "allocation.csv"
    text = path.read_text("utf-8")
    path.write_text(text.replace(",9,-3,", ",8,-4,").replace(",21,1,", ",22,2,"), "utf-8")
    assert main(["certify", str(tmp_path / "out")]) == 2
    rehash(tmp_path / "out")
    assert main(["certify", str(tmp_path / "out")]) == 3


@pytest.mark.parametrize("key", ["objective_int", "bound_int", "scale", "rounding", "ties", "prices", "rules", "gap"])
def test_a_changed_number_of_the_certificate_is_refused(tmp_path: Path, key: str) -> None:
    asked(tmp_path)
    path = tmp_path / "out" / "certificate.json"
    certificate = json.loads(path.read_text("utf-8"))
    certificate[key] = [] if key in ("prices", "rules") else [["U1", ""]] if key == "ties" else 7
    path.write_text(json.dumps(certificate), "utf-8")
    rehash(tmp_path / "out")
    assert main(["certify", str(tmp_path / "out")]) == 3


def test_an_infeasible_total_names_rules_numbers_and_repair(tmp_path: Path) -> None:
    floors = '[[rule]]\nid = "R03"\nkind = "bounds"\nat_least = 20\nsource = "law"\n'
    only = RULES[: RULES.index('[[rule]]\nid = "R02"')]
    assert asked(tmp_path, UNITS, only + floors) == 3
    conflict = json.loads((tmp_path / "out" / "conflict.json").read_text("utf-8"))
    assert {member["rule"] for member in conflict["members"]} == {"R01", "R03"}
    assert conflict["numbers"] == "R01: floors 60 > ceiling 35"
    assert conflict["repairs"] == [{"rule": "R01", "value": None, "limit": "at_most", "from": 35, "to": 60}]
    assert not (tmp_path / "out" / "allocation.csv").exists()
    assert main(["certify", str(tmp_path / "out")]) == 3


def test_the_report_says_rules_without_limits_in_words(tmp_path: Path) -> None:
    slow = '[[rule]]\nid = "R03"\nkind = "max_change"\nshare = 0.5\nsource = "法"\nrelaxable = true\n'
    assert asked(tmp_path, UNITS, RULES + slow) == 0
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert page.count("全部单位每单位增减不超过 现有编制的 0.5") == 2  # the provision, and how the plan stands to it


def test_a_relaxable_share_in_conflict_is_said_in_words_and_said_to_be_firm(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    slow = '[[rule]]\nid = "R03"\nkind = "max_change"\nshare = 0.5\nsource = "法"\nrelaxable = true\n'
    assert asked(tmp_path, UNITS.replace("20,,", "20,40,"), slow.join([RULES[: RULES.index("[[rule]]")], ""])) == 3
    sentence = "全部单位每单位增减不超过 现有编制的 0.5（舍去小数，不足 1 名按 1 名）"
    assert sentence in (tmp_path / "out" / "report.html").read_text("utf-8")
    said = capsys.readouterr().err
    assert f"R03（法：{sentence}）" in said and "AL-N8" in said
    members = json.loads((tmp_path / "out" / "conflict.json").read_text("utf-8"))["members"]
    assert {"rule": "R03", "value": None, "source": "法", "at_least": None, "at_most": None} in members


def test_a_pin_holds_and_says_what_it_costs(tmp_path: Path) -> None:
    pins = tmp_path / "pins.csv"
    pins.write_text("unit_id,authorised,document_id\nU1,12,编委〔2021〕2号\nU2,,\n", encoding="utf-8")
    assert asked(tmp_path, UNITS, RULES, "--pin", str(pins)) == 0
    plan = pd.read_csv(tmp_path / "out" / "allocation.csv")
    assert plan["proposal"].tolist()[0] == 12
    assert plan["without_pins"].tolist() == [9, 21, 5]
    assert json.loads((tmp_path / "out" / "certificate.json").read_text("utf-8"))["pins_cost"] > 0
    assert main(["certify", str(tmp_path / "out")]) == 0


def test_predictions_are_taken_with_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    units = "unit_id,year,predicted,staff,fund\nU1,2020,3,3,拨款\nU1,2021,-0.5,2.5,拨款\nU2,2021,8,7,补贴\n"
    only = RULES[: RULES.index('[[rule]]\nid = "R02"')]
    options = ("--need", "predicted", "--current", "staff", "--year", "2021", "--total", "7")
    assert asked(tmp_path, units, only, *options) == 0
    said = capsys.readouterr().err
    assert "AL-N4" in said and "AL-N5" in said
    plan = pd.read_csv(tmp_path / "out" / "allocation.csv")
    assert plan["need"].tolist() == [0, 8]
    assert plan["current"].tolist() == [3, 7]
    assert main(["certify", str(tmp_path / "out")]) == 0


def certificate_of(out: Path) -> dict:
    return json.loads((out / "certificate.json").read_text("utf-8"))


def forged(out: Path, change: Callable[[dict], None]) -> int:
    """What certify answers once the certificate is changed and every hash computed again."""
    certificate = certificate_of(out)
    change(certificate)
    (out / "certificate.json").write_text(json.dumps(certificate), "utf-8")
    rehash(out)
    return main(["certify", str(out)])


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(prices=7),
        lambda said: said.update(prices=[7]),
        lambda said: said.update(prices=[{"rule": ["R01"], "value": None, "price_int": 1}]),
        lambda said: said["prices"][0].update(price_int=10**400),
        lambda said: said.update(pins_cost=1),
        lambda said: said.update(leaves=[]),
        lambda said: said.update(findings=7),
        lambda said: said["findings"].append({"code": "AL-N1"}),
        lambda said: said.pop("rounding"),
    ],
)
def test_a_certificate_of_any_other_shape_is_refused_without_a_traceback(
    tmp_path: Path, change: Callable[[dict], None]
) -> None:
    asked(tmp_path)
    assert forged(tmp_path / "out", change) == 3


def test_the_cost_of_the_pins_is_proved_from_the_posts_without_them(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text("unit_id,authorised,document_id\nU1,12,文\n", encoding="utf-8")
    asked(tmp_path, UNITS, RULES, "--pin", str(tmp_path / "pins.csv"))
    cost = certificate_of(tmp_path / "out")["pins_cost"]
    assert forged(tmp_path / "out", lambda said: said.update(pins_cost=cost / 2)) == 3


@pytest.mark.parametrize("proposal", ["-9", "9.5", "neun", ""])
def test_a_proposal_that_is_no_number_of_posts_is_a_number_that_differs(tmp_path: Path, proposal: str) -> None:
    asked(tmp_path)
    path = tmp_path / "out" / "allocation.csv"
    path.write_text(path.read_text("utf-8").replace(",9,-3,", f",{proposal},-3,"), "utf-8")
    rehash(tmp_path / "out")
    assert main(["certify", str(tmp_path / "out")]) == 3


@pytest.mark.parametrize("block", ["inputs_sha256", "files_sha256"])
@pytest.mark.parametrize("stated", [None, 7, {}, {"../units.csv": "0"}])
def test_hashes_that_are_not_stated_are_files_not_held(tmp_path: Path, block: str, stated: object) -> None:
    asked(tmp_path)
    assert forged_hashes(tmp_path / "out", block, stated) == 2


def forged_hashes(out: Path, block: str, stated: object) -> int:
    path = out / "certificate.json"
    path.write_text(json.dumps({**certificate_of(out), block: stated}), "utf-8")
    return main(["certify", str(out)])


def test_every_file_is_named_once_and_none_may_be_missing(tmp_path: Path) -> None:
    asked(tmp_path)
    out = tmp_path / "out"
    certificate = certificate_of(out)
    assert set(certificate["inputs_sha256"]) == {"units.csv", "rules.toml"}
    assert set(certificate["files_sha256"]) == {"allocation.csv", "explanation.csv", "report.html", "result.xlsx"}
    for path in sorted(out.iterdir()):
        content = path.read_bytes()
        path.unlink()
        assert main(["certify", str(out)]) == 2, path.name
        path.write_bytes(content)
    assert main(["certify", str(out)]) == 0


def test_the_level_of_a_folder_without_a_plan_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    asked(tmp_path, UNITS, RULES.replace("at_most = 35", "at_least = 35") + '[[rule]]\nid = "R09"\nkind = "bounds"\n'
          'at_most = 2\nsource = "文"\n')  # fmt: skip
    capsys.readouterr()
    assert main(["certify", str(tmp_path / "out")]) == 3
    assert "规则不能同时满足" in capsys.readouterr().out


def test_numbers_are_the_shortest_text_of_their_float(tmp_path: Path) -> None:
    units = "unit_id,need\nA,0.00000123456789012345\nB,7\n"
    assert asked(tmp_path, units, RULES[: RULES.index('[[rule]]\nid = "R02"')].replace("35", "6")) == 0
    lines = (tmp_path / "out" / "allocation.csv").read_text("utf-8-sig").splitlines()
    for line in lines[1:]:
        for cell in filter(None, line.split(",")[-4:-1]):
            assert cell == repr(float(cell)).removesuffix(".0")


def test_rules_in_another_order_give_the_same_prices(tmp_path: Path) -> None:
    """Two rules say the same of the same rows: which of them carries the price is not for the file to decide."""
    same = '[[rule]]\nid = "{}"\nkind = "total"\nat_most = 35\nsource = "文"\n'
    head = RULES[: RULES.index("[[rule]]")]
    prices = []
    for names in ("R01", "R03"), ("R03", "R01"):
        assert asked(tmp_path, UNITS, head + "".join(map(same.format, names))) == 0
        prices.append(certificate_of(tmp_path / "out")["prices"])
    assert prices[0] == prices[1]


def test_huge_and_tiny_needs_stand_in_one_file(tmp_path: Path) -> None:
    units = UNITS.replace("10.4", "1e9").replace("5.5", "1e-6")
    assert asked(tmp_path, units) == 0
    assert main(["certify", str(tmp_path / "out")]) == 0


def test_a_range_without_max_ends_ten_above_the_least_that_a_unit_may_have(tmp_path: Path) -> None:
    """Need 0 and no post today: X_i ends at 1 + 10; rounding counts how far that is from the need."""
    units, alone = "unit_id,need\nA,0\nB,3\n", RULES[: RULES.index("[[rule]]")]
    assert asked(tmp_path, units, alone.replace("surplus = 1.0", "surplus = 1.00000000000000001")) == 0
    said = certificate_of(tmp_path / "out")
    assert said["rounding"] == ((11 + 1) + (13 + 1)) / said["scale"]


def test_everything_wrong_is_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    units = "unit_id,need,min,max,weight\nU1,abc,,,1\nU2,3,5,4,1\nU2,3,,,1\nU3,3,,,0\n"
    rules = RULES.replace('source = "文"\nrelaxable', "relaxable").replace("surplus", "stay = 1\nsurplus")
    assert asked(tmp_path, units, rules) == 2
    said = capsys.readouterr().err
    for row, code in ((2, "IN-E4"), (3, "IN-I1"), (4, "AL-E6"), (5, "IN-E1")):
        assert any(line.startswith(code) and f"第 {row} 行" in line for line in said.splitlines()), (row, code)
    assert "R01" in said and "R02" in said and "fund" in said and "AL-E7" in said


@pytest.mark.parametrize(
    "rules",
    [
        'rule = 5\n[objective]\nkind = "relative"\n',
        RULES.replace('"relative"', '["relative"]'),
        RULES.replace('kind = "total"', 'kind = ["total"]'),
        RULES.replace("4.0", "1e400"),
        RULES + "[solve]\naccept_gap = nan\n",
        RULES + "[solve]\naccept_gap = 1e400\n",
    ],
)
def test_rules_of_any_other_shape_are_refused_without_a_traceback(tmp_path: Path, rules: str) -> None:
    assert asked(tmp_path, UNITS, rules, "--total", "30") == 2


def test_a_rule_may_name_any_column(tmp_path: Path) -> None:
    named = RULES.replace("at_most = 35", 'at_most = 20\nwhere = { need = ["22", "5.5"] }')
    assert asked(tmp_path, UNITS, named) == 0
    assert pd.read_csv(tmp_path / "out" / "allocation.csv")["proposal"].tolist()[1:] == [16, 4]


def test_what_was_said_of_predictions_stands_in_the_certificate(tmp_path: Path) -> None:
    units = "unit_id,year,predicted\nU1,2020,\nU1,2021,-0.5\n"
    only = RULES[: RULES.index('[[rule]]\nid = "R02"')]
    assert asked(tmp_path, units, only, "--need", "predicted", "--year", "2021") == 0  # 2020 is nobody's concern
    assert "AL-N4" in {finding["code"] for finding in certificate_of(tmp_path / "out")["findings"]}


def test_a_prediction_beyond_all_posts_is_refused(tmp_path: Path) -> None:
    units = "unit_id,predicted,staff\nU1,1e300,1e200\n"
    only = RULES[: RULES.index('[[rule]]\nid = "R02"')]
    assert asked(tmp_path, units, only, "--need", "predicted", "--current", "staff") == 2


def test_fewer_posts_though_more_are_needed_is_said(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    less = '[[rule]]\nid = "R03"\nkind = "net_reduction"\nat_least = 2\nsource = "文"\n'
    assert asked(tmp_path, UNITS, RULES + less) == 0
    assert "AL-N7" in capsys.readouterr().err


DECIDED = "unit_id,kind,fund,source,decided_on,authorised,document_id\n"


@pytest.mark.parametrize(
    ("decided", "posts"),
    [
        ("U1,事业,拨款,基本,2021年10月1日,7,乙\nU1,事业,拨款,基本,2021年9月1日,3,甲\n", 7),
        ("U1,事业,拨款,基本,2021-05-01,7,乙\nU1,事业,拨款,周转,2021-01-01,2,甲\n", 9),
    ],
)
def test_of_the_decisions_the_latest_counts(tmp_path: Path, decided: str, posts: int) -> None:
    (tmp_path / "pins.csv").write_text(DECIDED + decided, encoding="utf-8")
    assert asked(tmp_path, UNITS, RULES, "--pin", str(tmp_path / "pins.csv")) == 0
    assert pd.read_csv(tmp_path / "out" / "allocation.csv")["proposal"].tolist()[0] == posts


def test_two_decisions_of_one_day_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text(DECIDED + "U1,事业,拨款,基本,2021-05-01,7,乙\n" * 2, encoding="utf-8")
    assert asked(tmp_path, UNITS, RULES, "--pin", str(tmp_path / "pins.csv")) == 2


def test_pins_that_are_all_blank_change_no_file(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text("unit_id,authorised,document_id\nU1,,\n", encoding="utf-8")
    assert asked(tmp_path, UNITS, RULES, "--pin", str(tmp_path / "pins.csv")) == 0
    for name in ("units.csv", "rules.toml"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / name).read_bytes()


def test_a_plan_of_one_kind_without_a_name_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    asked(tmp_path)
    capsys.readouterr()
    assert main(["explain", "U1", "--dir", str(tmp_path / "out")]) == 0
    assert "甲（U1）" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("units", "rules", "codes"),
    [
        (UNITS.replace("10.4", ""), RULES, {"IN-I12"}),
        (UNITS.replace("U2", "U1"), RULES, {"AL-E6"}),
        (UNITS.replace("12,1,,", "12,9,3,"), RULES, {"IN-I1"}),
        (UNITS, RULES.replace('"拨款"', '"教育"'), {"IN-I4"}),
        (UNITS, RULES.replace('"R02"', '"R01"'), {"AL-R4"}),
        (UNITS, RULES.replace('"group"', '"viable_size"'), {"AL-R1"}),
        (UNITS, RULES.replace('"relative"', '"adams"'), {"AL-R1"}),
        (UNITS, RULES.replace("at_most = 35", "at_most = 35\nat_least = 36\nmore = 1"), {"AL-R8", "AL-R2"}),
        (UNITS, RULES.replace("shortage = 4.0", "shortage = -4.0"), {"IN-I22"}),
        (UNITS, "[objective", {"AL-R15"}),
    ],
)
def test_bad_input_is_named_and_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture, units: str, rules: str, codes: set[str]
) -> None:
    assert asked(tmp_path, units, rules) == 2
    said = capsys.readouterr().err
    assert all(code in said or ("IN-E" in said and code == "IN-I12") for code in codes), said
    assert not (tmp_path / "out").exists()
