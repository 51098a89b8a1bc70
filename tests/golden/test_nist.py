"""Digits of `bzmodel fit` on the Statistical Reference Datasets of NIST.

Expected: data/cases/nist-strd/exact_rational_ols.json (NIST's certified values, carried to 16 digits in rational
arithmetic); Longley's residual deviation and R2 also as NIST prints them.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from bzmodel.__main__ import main

CASES = Path(__file__).parents[2] / "data/cases/nist-strd"
EXPECTED = json.loads((CASES / "exact_rational_ols.json").read_text(encoding="utf-8"))
POWERS = {"pontius": 2, "filip": 10} | {f"wampler{number}": 5 for number in range(1, 6)}
WITHOUT_INTERCEPT = ("noint1", "noint2")


def digits(value: float, expected: str) -> float:
    """LRE: how many digits agree; 15 where all do."""
    right = float(expected)
    miss = abs(value - right) / (abs(right) or 1)
    return 15.0 if miss == 0 else min(15.0, -math.log10(miss))


def fitted(name: str, out: Path) -> tuple[pd.DataFrame, dict]:
    drivers = pd.read_csv(CASES / f"{name}.csv", nrows=0, encoding="utf-8-sig").columns[1:]
    options = ["--degree", str(POWERS[name])] if name in POWERS else []
    drivers = drivers[:1] if name in POWERS else drivers
    options += ["--no-intercept"] if name in WITHOUT_INTERCEPT else []
    named = ["--staff", "y", "--drivers", ",".join(drivers)]
    assert main(["fit", str(CASES / f"{name}.csv"), *named, *options, "--out", str(out)]) == 0
    diagnostics = json.loads((out / "diagnostics.json").read_text(encoding="utf-8"))
    return pd.read_csv(out / "coefficients.csv", encoding="utf-8-sig"), diagnostics


@pytest.mark.parametrize("name", EXPECTED)
def test_digits(name: str, tmp_path: Path) -> None:
    coefficients, diagnostics = fitted(name, tmp_path / "out")
    expected = EXPECTED[name]
    assert coefficients["certified"].all()
    found = [
        *(digits(*pair) for pair in zip(coefficients["estimate"], expected["beta"], strict=True)),
        *(digits(*pair) for pair in zip(coefficients["std_error"], expected["se"], strict=True)),
        digits(diagnostics["r_squared"], expected["r2"]),
        digits(diagnostics["residual_sd"], expected["resid_sd"]),
    ]
    assert min(found) >= 14
    assert diagnostics["r_squared_kind"] == ("uncentred" if name in WITHOUT_INTERCEPT else "centred")


def test_longley_as_nist_prints_it(tmp_path: Path) -> None:
    coefficients, diagnostics = fitted("longley", tmp_path / "out")
    assert diagnostics["residual_sd"] == pytest.approx(304.854073561965, rel=1e-14)
    assert diagnostics["r_squared"] == pytest.approx(0.995479004577296, rel=1e-14)
    assert diagnostics["f"] == pytest.approx(330.285339234588, rel=1e-13)
    assert coefficients["estimate"][0] == pytest.approx(-3482258.63459582, rel=1e-14)
    assert coefficients["std_error"][0] == pytest.approx(890420.383607373, rel=1e-14)


def test_a_perfect_fit_is_suspicious(tmp_path: Path) -> None:
    coefficients, diagnostics = fitted("wampler1", tmp_path / "out")
    assert coefficients["estimate"].tolist() == [1.0] * 6 and (coefficients["std_error"] == 0).all()
    assert diagnostics["f"] is None and diagnostics["p_value"] is None and diagnostics["r_squared"] == 1
    assert "IN-J18" in [finding["code"] for finding in diagnostics["findings"]]
