"""What `bzmodel fit` answers and refuses, as interfaces.md says it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bzmodel.__main__ import main
from bzmodel.models.need.regression import fit


def table(n: int = 40, seed: int = 7) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    visits, loans = draw.integers(10, 400, n), draw.integers(5, 90, n)
    staff = np.round(3 + 0.1 * visits + 0.2 * loans + draw.normal(0, 2, n), 2)
    return pd.DataFrame({"unit": [f"U{i:03}" for i in range(n)], "visits": visits, "loans": loans, "staff": staff})


def run(tmp_path: Path, data: pd.DataFrame | str, *options: str) -> tuple[int, Path]:
    path, out = tmp_path / "data.csv", tmp_path / "out"
    path.write_text(data if isinstance(data, str) else data.to_csv(index=False), encoding="utf-8")
    return main(["fit", str(path), *options, "--out", str(out)]), out


def test_numbers_of_any_size() -> None:
    data = table()
    plain = fit(data, staff="staff", drivers=["visits"]).tables["coefficients"]
    large = fit(data.assign(staff=data["staff"] * 2.0**900), staff="staff", drivers=["visits"]).tables["coefficients"]
    assert (large["std_error"] / 2.0**900).tolist() == pytest.approx(plain["std_error"].tolist())


def test_a_list_is_one_csv_record(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for drivers in ("visits\nloans", "visits\rloans", 'visits,"loans', "visits,,loans", "visits,"):
        code, out = run(tmp_path, table(), "--staff", "staff", "--drivers", drivers)
        said = capsys.readouterr().err
        assert code == 2 and not out.exists() and "--drivers" in said and "Traceback" not in said


@pytest.mark.parametrize("option", [["--level", "0_.9"], ["--degree", "1_0"], ["--level", "nan"], ["--degree", "1.5"]])
def test_a_number_of_the_command_line_is_written_as_in_a_file(tmp_path: Path, option: list[str]) -> None:
    assert run(tmp_path, table(), "--staff", "staff", "--drivers", "visits", *option)[0] == 2


def test_a_folder_of_other_files_and_all_other_faults_are_told_together(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")
    text = "unit,staff,visits\nA,1,2\nB,x,3\n"
    run(tmp_path, text, "--staff", "staff", "--drivers", "visits", "--method", "nnls", "--quantile", ".5")
    said = capsys.readouterr().err
    assert all(code in said for code in ("IN-L22", "FT-O8", "IN-E4")) and "notes.txt" in said
    run(tmp_path, table().assign(staff=3), "--staff", "staff", "--drivers", "visits")
    said = capsys.readouterr().err
    assert "IN-L22" in said and "FT-E3" in said
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["notes.txt"]


def test_the_screen_shows_csv_and_json_as_well(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "data.csv"
    table().to_csv(path, index=False)
    asked = ["fit", str(path), "--staff", "staff", "--drivers", "visits", "--format"]
    assert main([*asked, "csv"]) == 0
    coefficients = capsys.readouterr().out
    assert main([*asked, "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert coefficients.lstrip("\ufeff").startswith("group,term,estimate,")
    assert [row["term"] for row in found["coefficients"]] == ["intercept", "visits"]
    assert len(found["predictions"]) == found["diagnostics"]["n"] == 40


def test_a_refusal_writes_nothing_and_names_every_cell(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    text = 'unit,staff,"loans, total"\nA,1,2\nB,x,3\nC,3,"1,000"\n'
    code, out = run(tmp_path, text, "--staff", "staff", "--drivers", '"loans, total"')
    said = capsys.readouterr().err
    assert code == 2 and not out.exists() and "Traceback" not in said
    assert "第 3 行" in said and "第 4 行" in said and "loans, total" in said


def test_unit_and_year_twice_names_both_rows(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    data = pd.concat([table(20).assign(year=2020), table(1).assign(year=2020)])
    code, _ = run(tmp_path, data, "--staff", "staff", "--drivers", "visits", "--unit", "unit", "--year", "year")
    said = capsys.readouterr().err
    assert code == 2 and "第 2 行" in said and "第 22 行" in said


def test_rows_left_out_are_listed_and_predicted_where_they_can_be(tmp_path: Path) -> None:
    data = table().astype({"visits": "Int64"}).assign(year=2020)
    data.loc[1, "visits"] = pd.NA
    data.loc[2, "staff"] = np.nan
    data.loc[3, "year"] = 2021
    named = ["--staff", "staff", "--drivers", "visits,loans", "--unit", "unit", "--year", "year"]
    code, out = run(tmp_path, data, *named, "--exclude-years", "2021")
    diagnostics = json.loads((out / "diagnostics.json").read_text(encoding="utf-8"))
    predictions = pd.read_csv(out / "predictions.csv", encoding="utf-8-sig")
    assert code == 0 and diagnostics["n"] == 37
    assert diagnostics["excluded_rows"] == [
        {"file": "data.csv", "row": 3, "reason": "blank", "columns": ["visits"]},
        {"file": "data.csv", "row": 4, "reason": "blank", "columns": ["staff"]},
        {"file": "data.csv", "row": 5, "reason": "year", "columns": ["year"]},
    ]
    assert predictions["predicted"].isna().tolist() == [False, True] + [False] * 38
    assert predictions["unit_id"].tolist() == data["unit"].tolist()


def test_what_the_folder_holds(tmp_path: Path) -> None:
    code, out = run(tmp_path, table(), "--staff", "staff", "--drivers", "visits,loans")
    names = {"coefficients.csv", "predictions.csv", "diagnostics.json", "report.html", "result.xlsx", "manifest.json"}
    assert code == 0 and {path.name for path in out.iterdir()} == names
    coefficients = pd.read_csv(out / "coefficients.csv", encoding="utf-8-sig")
    assert list(coefficients) == ["group", "term", "estimate", "std_error", "robust_error", "low", "high", "certified"]
    assert coefficients["term"].tolist() == ["intercept", "visits", "loans"]
    predictions = pd.read_csv(out / "predictions.csv", encoding="utf-8-sig")
    assert list(predictions) == ["unit_id", "year", "group", "staff", "predicted", "low", "high", "band", "top_tenth"]
    assert predictions["unit_id"].tolist() == list(range(2, 42))  # the physical row
    assert predictions["band"].value_counts().to_dict() == dict.fromkeys(("Q1", "Q2", "Q3", "Q4"), 10)
    assert predictions["top_tenth"].sum() == 4
    found = json.loads((out / "diagnostics.json").read_text(encoding="utf-8"))
    tests = ["r_squared", "abs_r", "cv", "f_p_value", "extrapolation"]
    assert [test["name"] for test in found["acceptance"]] == tests
    checks = ["influence", "heteroscedasticity", "years", "leave-one-group-out"]
    assert [check["name"] for check in found["checks"]] == checks
    assert [row["band"] for row in found["coverage"]] == ["Q1", "Q2", "Q3", "Q4", "top_tenth", "all"]
    assert {one["method"] for one in found["interval"]["candidates"]} >= {found["interval"]["method"], "classical"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("<img") == 2 and "http://" not in page.replace("http://www.w3.org", "")


METHODS = ("nnls", "huber", "quantile", "poisson", "negbin", "mixed")


@pytest.mark.parametrize("method", METHODS)
def test_what_every_method_says(method: str, tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    data = table(60).assign(g=[f"g{i % 6}" for i in range(60)])
    data["staff"] = (data["staff"] + [4.0 * (i % 6) for i in range(60)]).round(1)
    grouped = ["--group", "g"] if method == "mixed" else []
    named = ["--staff", "staff", "--drivers", "visits,loans", "--unit", "unit"]
    code, out = run(tmp_path, data, *named, "--method", method, *grouped)
    found = json.loads((out / "diagnostics.json").read_text(encoding="utf-8"))
    coefficients = pd.read_csv(out / "coefficients.csv", encoding="utf-8-sig")
    assert code == 0 and not recwarn
    assert coefficients["group"].isna().all() and coefficients["std_error"].notna().all()
    assert coefficients["robust_error"].notna().all() == (method in ("nnls", "poisson"))
    assert (coefficients["certified"] == (method == "nnls")).all()
    shown = coefficients["robust_error"].fillna(coefficients["std_error"])
    quantile = stats.t.ppf(0.95, 57) if method == "nnls" else stats.norm.ppf(0.95)
    assert (coefficients["high"] - coefficients["estimate"]).tolist() == pytest.approx((quantile * shown).tolist())
    assert (found["f"], found["p_value"], found["r_squared_kind"]) == (None, None, "centred")
    assert [test["passed"] for test in found["acceptance"] if test["name"] == "f_p_value"] == [None]
    predictions = pd.read_csv(out / "predictions.csv", encoding="utf-8-sig")
    left = predictions["staff"] - predictions["predicted"]
    about = predictions["staff"] - predictions["staff"].mean()
    assert found["r_squared"] == pytest.approx(1 - (left**2).sum() / (about**2).sum())
    assert found["residual_sd"] == pytest.approx(np.sqrt((left**2).sum() / 57))
    own = {"count_quantiles"} if method in ("poisson", "negbin") else set()
    conformal = {"conformal_constant", "conformal_size_scaled"}
    assert {one["method"] for one in found["interval"]["candidates"]} == own | conformal
    assert ("dispersion" in found) == (method == "negbin") and ("variance" in found) == (method == "mixed")


@pytest.mark.parametrize("method", METHODS)
def test_a_slip_of_the_pen_is_named_with_the_fit_without_it(method: str) -> None:
    """A driver ten thousand times too large; what stands under influence is the fit of the other rows."""
    data = table(30).assign(g=[f"g{i % 5}" for i in range(30)])
    data.loc[4, "visits"] *= 10000
    asked = {"staff": "staff", "drivers": ["visits", "loans"], "method": method}
    asked |= {"group": "g"} if method == "mixed" else {}
    found = fit(data, **asked)
    influence = found.diagnostics["checks"][0]
    assert 6 in [one.row for one in found.findings if one.code == "IN-J9"]
    assert influence["detail"]["rows"][0]["row"] == 6 and influence["passed"] is False
    without = fit(data.drop(index=4), **asked).tables["coefficients"]["estimate"].tolist()
    assert list(influence["detail"]["coefficients_without_first"].values()) == pytest.approx(without, rel=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_too_few_rows_for_an_interval(method: str, tmp_path: Path) -> None:
    """Six rows: no conformal interval at .9; only counts have one of their own."""
    data = table(6).assign(g=["a", "b"] * 3)
    grouped = ["--group", "g"] if method == "mixed" else []
    code, out = run(tmp_path, data, "--staff", "staff", "--drivers", "visits", "--method", method, *grouped)
    found = json.loads((out / "diagnostics.json").read_text(encoding="utf-8"))
    predictions = pd.read_csv(out / "predictions.csv", encoding="utf-8-sig")
    counts = method in ("poisson", "negbin")
    assert code == 0 and predictions["predicted"].notna().all()
    assert found["interval"]["method"] == ("count_quantiles" if counts else None)
    assert predictions[["low", "high"]].notna().all(axis=None) == counts
    assert ("FT-W10" in [one["code"] for one in found["findings"]]) != counts


def test_each_group_is_judged_alone(tmp_path: Path) -> None:
    data = pd.concat([table(20).assign(g="b"), table(2, 1).assign(g="a"), table(18, 2).assign(g="B")])
    code, out = run(tmp_path, data, "--staff", "staff", "--drivers", "visits", "--group", "g")
    found = json.loads((out / "diagnostics.json").read_text(encoding="utf-8"))
    coefficients = pd.read_csv(out / "coefficients.csv", encoding="utf-8-sig")
    predictions = pd.read_csv(out / "predictions.csv", encoding="utf-8-sig")
    assert code == 0 and set(found) == {"groups", "excluded_rows", "findings"}
    assert coefficients["group"].tolist() == ["B", "B", "b", "b"]
    assert [one["value"] for one in found["findings"]] == ["a"]
    assert predictions.groupby("group")["predicted"].count().to_dict() == {"a": 0, "b": 20, "B": 18}
    assert found["groups"]["b"]["excluded_rows"] == found["excluded_rows"] == []
    alone = fit(data[data["g"] == "b"], staff="staff", drivers=["visits"]).tables["coefficients"]
    assert alone["estimate"].tolist() == coefficients[coefficients["group"] == "b"]["estimate"].tolist()


def test_logarithms_come_back_to_persons() -> None:
    data = table()
    result = fit(data, staff="staff", drivers=["visits"], scale="log")
    logs = np.polyfit(np.log(data["visits"]), np.log(data["staff"]), 1)
    fitted = np.polyval(logs, np.log(data["visits"]))
    smear = np.exp(np.log(data["staff"]) - fitted).mean()  # Duan 1983
    assert result.tables["predictions"]["predicted"].tolist() == pytest.approx((np.exp(fitted) * smear).tolist())
    assert not result.tables["coefficients"]["certified"].any()


def test_few_rows_are_no_norm() -> None:
    codes = [finding.code for finding in fit(table(12), staff="staff", drivers=["visits"]).findings]
    assert "FT-W1" in codes
    assert "FT-W1" not in [f.code for f in fit(table(15), staff="staff", drivers=["visits"]).findings]


def test_leverage_one_leaves_robust_errors_blank() -> None:
    data = table(20).assign(only=[1] + [0] * 19)
    result = fit(data, staff="staff", drivers=["visits", "only"])
    assert result.tables["coefficients"][["robust_error", "low", "high"]].isna().all(axis=None)
    assert result.tables["coefficients"]["std_error"].notna().all()
    assert {"FT-W5", "IN-J4"} <= {finding.code for finding in result.findings}


def test_rows_that_stand_out_are_named_in_the_order_of_the_file() -> None:
    data = table(20)
    data.loc[[3, 11, 17], "staff"] = [-1, -30, -2]
    found = fit(data, staff="staff", drivers=["visits"]).findings
    assert [one.row for one in found if one.code == "FT-W2"] == [5, 13, 19]


def test_a_row_beyond_all_others_leaves_no_warning_of_the_machine(recwarn: pytest.WarningsRecorder) -> None:
    data = table(20).astype({"visits": float})
    data.loc[0, ["visits", "staff"]] = [1e200, 7e300]
    fit(data, staff="staff", drivers=["visits", "loans"])
    assert not [str(one.message) for one in recwarn]
