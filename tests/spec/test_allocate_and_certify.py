"""bzmodel allocate and certify on files: what is written, what is refused, what a tampered plan is told."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
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


@pytest.mark.parametrize(
    ("units", "rules", "codes"),
    [
        (UNITS.replace("10.4", ""), RULES, {"IN-I12"}),
        (UNITS.replace("U2", "U1"), RULES, {"AL-E6"}),
        (UNITS.replace("12,1,,", "12,9,3,"), RULES, {"IN-I1"}),
        (UNITS, RULES.replace('"拨款"', '"教育"'), {"IN-I4"}),
        (UNITS, RULES.replace('"R02"', '"R01"'), {"AL-R4"}),
        (UNITS, RULES.replace('"group"', '"viable_size"'), {"AL-R1"}),
        (UNITS, RULES.replace('"relative"', '"webster"'), {"AL-R1"}),
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
