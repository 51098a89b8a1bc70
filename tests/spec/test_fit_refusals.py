"""What `bzmodel fit` refuses, case by case, each naming its columns (interfaces.md; bad-inputs.md J)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bzmodel.__main__ import main
from bzmodel.models.need.regression import fit
from bzmodel.schema.results import BadInput


def table(n: int = 40, seed: int = 7) -> pd.DataFrame:
    """n units of their own, in five groups."""
    draw = np.random.default_rng(seed)
    visits, loans = draw.integers(10, 400, n), draw.integers(5, 90, n)
    staff = np.round(3 + 0.1 * visits + 0.2 * loans + draw.normal(0, 2, n), 2)
    data = pd.DataFrame({"unit": [f"U{i:03}" for i in range(n)], "visits": visits, "loans": loans, "staff": staff})
    return data.assign(group=[f"g{i % 5}" for i in range(n)])


def refusals(data: pd.DataFrame, drivers: list[str], **options) -> list[tuple[str, str]]:
    """(code, column) of all that is refused."""
    with pytest.raises(BadInput) as refused:
        fit(data, staff="staff", drivers=drivers, **options)
    return [(one.code, one.column) for one in refused.value.findings]


ONE, TWO = ["visits"], ["visits", "loans"]
SUM = table().assign(sum=table()["visits"] + table()["loans"])
BELOW_0 = table().assign(staff=[-0.5, *table()["staff"][1:]])
NO_LOANS = table().assign(loans=0)
DECIMALS = table().assign(a=table()["visits"] / 10, b=table()["loans"] / 10)
DECIMALS["c"] = [(v + w) / 10 for v, w in zip(table()["visits"], table()["loans"], strict=True)]
ON_A_LINE = table().assign(staff=[3 + v if i % 8 else 500 - i for i, v in enumerate(table()["visits"])])
CLOSED = table().assign(closed=[0] * 35 + [1] * 5, staff=[*range(1, 36), 0, 0, 0, 0, 0])
LEVELS = table().assign(staff=table()["visits"] + table()["group"].str[1].astype(int) * 7)
COUNTS = ("poisson", "negbin")

REFUSED = {
    "staff constant": (table().assign(staff=5), ONE, {}, "FT-E3", "staff"),
    "staff constant in the years left": (
        table().assign(year=[2020] * 39 + [2021], staff=[5] * 39 + [6]),
        ONE,
        {"year": "year", "exclude_years": [2021]},
        "FT-E3",
        "staff",
    ),
    "driver constant": (table().assign(loans=3), TWO, {}, "FT-E4", "loans"),
    "driver constant where staff is known": (
        table().assign(loans=[3] * 39 + [9], staff=[*table()["staff"][:39], None]),
        TWO,
        {},
        "FT-E4",
        "loans",
    ),
    "0 throughout": (table().assign(loans=0), TWO, {"intercept": False}, "FT-E4", "loans"),
    "no rows left": (table().assign(staff=None), TWO, {}, "IN-J1", "staff、visits、loans"),
    "n = p": (table(3), TWO, {}, "IN-J1", "staff、visits、loans"),
    "n < p": (table(2), TWO, {}, "IN-J1", "staff、visits、loans"),
    "n = p, powers": (table(5), ONE, {"degree": 4}, "IN-J1", "staff、visits"),
    "n = p without intercept": (table(2), TWO, {"intercept": False}, "IN-J1", "staff、visits、loans"),
    "no drivers": (table(), [], {}, "FT-O5", ""),
    "name kept for ourselves": (table().assign(source_row=1), ["source_row"], {}, "FT-E7", "source_row"),
    "staff as driver": (table(), ["visits", "staff"], {}, "FT-E1", "staff"),
    "driver twice": (table(), ["visits", "visits"], {}, "FT-E2", "visits"),
    "driver twice, apart": (table(), ["visits", "loans", "visits"], {}, "FT-E2", "visits"),
    "a multiple": (table().assign(twice=table()["visits"] * 2), [*TWO, "twice"], {}, "IN-J2", "visits、twice"),
    "a sum": (
        table().assign(sum=table()["visits"] + table()["loans"]),
        [*TWO, "sum"],
        {},
        "IN-J2",
        "visits、loans、sum",
    ),
    "a sum in decimals": (DECIMALS, ["a", "b", "c"], {}, "IN-J2", "a、b、c"),
    "a sum with the intercept": (
        table().assign(rest=100 - table()["loans"]),
        ["loans", "rest"],
        {},
        "IN-J2",
        "intercept、loans、rest",
    ),
    "degree beyond the values": (
        table().assign(loans=[1, 2] * 20),
        ["loans"],
        {"degree": 2},
        "IN-J2",
        "intercept、loans",
    ),
    "log of 0": (table().assign(loans=0), ["loans"], {"scale": "log"}, "IN-J5", "loans"),
    "log of one 0": (table().assign(visits=[0, *table()["visits"][1:]]), ONE, {"scale": "log"}, "IN-J5", "visits"),
    "log of negative staff": (
        table().assign(staff=[-1, *table()["staff"][1:]]),
        ONE,
        {"scale": "log"},
        "IN-J5",
        "staff",
    ),
    "logs proportional": (
        table().assign(per_mille=table()["visits"] * 1000),
        ["visits", "per_mille"],
        {"scale": "log"},
        "IN-J2",
        "intercept、visits、per_mille",
    ),
    "degree of two": (table(), TWO, {"degree": 2}, "FT-O1", "visits、loans"),
    "degree and log": (table(), ONE, {"degree": 2, "scale": "log"}, "FT-O1", "visits"),
    "degree 0": (table(), ONE, {"degree": 0}, "FT-O2", ""),
    "no such scale": (table(), ONE, {"scale": "logs"}, "FT-O6", ""),
    "no such column": (table(), ["visit"], {}, "FT-B1", "visit"),
    "no such group": (table(), ONE, {"group": "county"}, "FT-B1", "county"),
    "infinite": (table().assign(loans=float("inf")), ["loans"], {}, "IN-J12", "loans"),
    "text": (table().assign(loans="12人"), ["loans"], {}, "IN-J12", "loans"),
    "text in staff": (table().assign(staff="NA"), ONE, {}, "IN-J12", "staff"),
    "blank unit": (table().assign(unit=["", *table()["unit"][1:]]), ONE, {"unit": "unit"}, "FT-E5", "unit"),
    "half a year": (table().assign(year=2020.5), ONE, {"year": "year"}, "IN-F0", "year"),
    "years without year": (table(), ONE, {"exclude_years": [2020]}, "FT-O3", ""),
    "level of 1": (table(), ONE, {"level": 1}, "FT-O4", ""),
    "beyond all numbers": (
        table().assign(staff=table()["staff"] * 1e300, loans=table()["loans"] / 1e300),
        ["loans"],
        {},
        "FT-E6",
        "loans",
    ),
    "no such method": (table(), ONE, {"method": "lasso"}, "FT-O7", ""),
    "quantile without quantile": (table(), ONE, {"quantile": 0.5}, "FT-O8", ""),
    "quantile 1": (table(), ONE, {"method": "quantile", "quantile": 1}, "FT-O10", ""),
    "mixed without group": (table(), ONE, {"method": "mixed"}, "FT-O11", ""),
    "mixed with one group": (table().assign(group="g"), ONE, {"method": "mixed", "group": "group"}, "FT-E12", "group"),
    "mixed with pairs": (
        table().assign(group=[f"g{i // 2}" for i in range(40)]),
        ONE,
        {"method": "mixed", "group": "group"},
        "IN-J13",
        "group",
    ),
    "mixed with all told by the groups": (LEVELS, ONE, {"method": "mixed", "group": "group"}, "FT-E13", "group"),
    "huber with most on a line": (ON_A_LINE, ONE, {"method": "huber"}, "FT-E9", "staff"),
    **{f"{method}, staff negative": (BELOW_0, ONE, {"method": method}, "FT-E8", "staff") for method in COUNTS},
    **{
        f"{method}, 0 wherever closed": (CLOSED, ["visits", "closed"], {"method": method}, "FT-E11", "closed")
        for method in COUNTS
    },
    **{
        f"{method}, log of 0": (
            table().assign(loans=0),
            ["loans"],
            {"method": method, "scale": "log"},
            "IN-J5",
            "loans",
        )
        for method in COUNTS
    },
}


@pytest.mark.parametrize("why", REFUSED)
def test_refused(why: str) -> None:
    data, drivers, options, code, column = REFUSED[why]
    assert (code, column) in refusals(data, drivers, **options)


def test_there_are_forty_that_name_a_column() -> None:
    assert sum(bool(column) for *_, column in REFUSED.values()) >= 40


@pytest.mark.parametrize("method", ["nnls", "huber", "quantile", "poisson", "negbin", "mixed"])
def test_every_method_refuses_what_cannot_be_told_apart(method: str) -> None:
    data = table().assign(twice=table()["visits"] * 2, same=1)
    options = {"method": method, "group": "group" if method == "mixed" else None}
    assert refusals(data, ["visits", "same", "twice"], **options) == [("FT-E4", "same"), ("IN-J2", "visits、twice")]


def test_a_sum_in_decimals_is_none_for_floats() -> None:
    assert (DECIMALS["a"] + DECIMALS["b"] != DECIMALS["c"]).any()


def test_every_column_that_cannot_be_used_is_told_at_once() -> None:
    data = table().assign(same=3, twice=table()["visits"] * 2, more=table()["loans"] + 1)
    assert refusals(data, ["visits", "same", "loans", "twice", "more"]) == [
        ("FT-E4", "same"),
        ("IN-J2", "visits、twice"),
        ("IN-J2", "intercept、loans、more"),
    ]
    data = data.assign(loans=[0, *table()["loans"][1:]])
    assert refusals(data, ["same", "loans"], scale="log") == [("IN-J5", "loans"), ("FT-E4", "same")]


def test_the_logarithm_of_a_product_is_a_sum() -> None:
    """Its rounding would leave a little, and coefficients of nothing else."""
    data = table().assign(product=table()["visits"] * table()["loans"])
    assert refusals(data, ["visits", "loans", "product"], scale="log") == [("IN-J2", "visits、loans、product")]


def test_a_group_that_cannot_be_fitted_is_named_and_the_others_are() -> None:
    data = CLOSED.assign(group=["a", "b"] * 20)
    data.loc[data["group"] == "a", "closed"] = range(20)
    found = fit(data, staff="staff", drivers=["visits", "closed"], method="poisson", group="group")
    assert list(found.diagnostics["groups"]) == ["a"]
    assert [(one.code, one.value) for one in found.findings if one.code == "FT-W3"] == [("FT-W3", "b")]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--quantile", "0.5"], "--quantile"),
        (["--method", "huber", "--quantile", "0.5"], "--quantile"),
        (["--method", "quantile", "--quantile", "0"], "FT-O10"),
        (["--method", "mixed"], "--group"),
        (["--method", "poisson", "--degree", "2", "--scale", "log"], "--degree"),
        (["--method", "lasso"], "lasso"),
    ],
)
def test_options_that_do_not_fit_the_method(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path, out = tmp_path / "data.csv", tmp_path / "out"
    table().to_csv(path, index=False)
    code = main(["fit", str(path), "--staff", "staff", "--drivers", "visits", *options, "--out", str(out)])
    told = capsys.readouterr().err
    assert code == 2 and said in told and not out.exists() and "Traceback" not in told
