"""What holds of every frontier, and that it is the one a plain linear programme a unit gives."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import bzmodel as bz

RETURNS = ("vrs", "crs", "nirs")
INPUTS, OUTPUTS = ["staff", "money"], ["visits", "loans", "events"]


def smooth(seed: int, units: int = 60) -> pd.DataFrame:
    """Sizes apart by a factor of thousands, no two units alike."""
    draw = np.random.default_rng(seed)
    size = draw.lognormal(3, 1.5, (units, 1))
    values = size * draw.lognormal(0, 0.4, (units, 5))
    return named(values.round(3))


def lumpy(seed: int, units: int = 40) -> pd.DataFrame:
    """Small whole numbers: zeros, twins, units on the edge between facets."""
    draw = np.random.default_rng(seed)
    values = draw.integers(0, 5, (units, 5))
    values[:, 0] += values[:, :2].sum(axis=1) == 0
    return named(values.astype(float))


def named(values: np.ndarray) -> pd.DataFrame:
    names = [f"U{(37 * at) % 101:03}" for at in range(len(values))]
    return pd.DataFrame(values, columns=[*INPUTS, *OUTPUTS]).assign(unit=names)


def times(column: pd.Series, factor: str) -> pd.Series:
    """The same amounts in another measure, as they would be written."""
    return column.map(lambda value: Decimal(repr(value)) * Decimal(factor))


def measured(data: pd.DataFrame, returns: str = "vrs", **options) -> dict[str, pd.DataFrame]:
    return dict(bz.frontier(data, unit="unit", inputs=INPUTS, outputs=OUTPUTS, returns=returns, **options).tables)


DATA = {f"{kind.__name__} {seed}": kind(seed) for kind in (smooth, lumpy) for seed in (1, 2, 3)}


def plain(data: pd.DataFrame, at: int, returns: str, *, without_itself: bool = False) -> float | None:
    """The score of one unit by one programme over all; None where it is infeasible."""
    x, y = data[INPUTS].to_numpy(), data[OUTPUTS].to_numpy()
    others = np.arange(len(data)) != at if without_itself else np.full(len(data), True)
    usage = np.where(x[at] > 0, x[at], 1)
    work = np.where(y[at] > 0, y[at], 1)
    most = np.vstack(
        [np.c_[-x[at] / usage, x[others].T / usage[:, None]], np.c_[y[at] * 0, -y[others].T / work[:, None]]]
    )
    limit = np.r_[np.zeros(len(INPUTS)), -y[at] / work]
    sums = np.r_[0, np.ones(others.sum())][None]
    bounds = {"vrs": {"A_eq": sums, "b_eq": [1]}, "nirs": {}, "crs": {}}[returns]
    if returns == "nirs":
        most, limit = np.vstack([most, sums]), np.r_[limit, 1]
    found = linprog(np.r_[1, np.zeros(others.sum())], A_ub=most, b_ub=limit, method="highs", **bounds)
    assert found.status in (0, 2)
    return found.fun if found.status == 0 else None


def greatest_slack(data: pd.DataFrame, at: int, score: float, returns: str) -> float:
    """The second stage of one unit: the greatest sum of slacks, in the columns' own units."""
    x, y = data[INPUTS].to_numpy(), data[OUTPUTS].to_numpy()
    n, columns = len(data), len(INPUTS) + len(OUTPUTS)
    rows = np.c_[np.vstack([x.T, y.T]), np.diag([1.0] * len(INPUTS) + [-1.0] * len(OUTPUTS))]
    right = np.r_[score * x[at], y[at]]
    sums = np.r_[np.ones(n), np.zeros(columns)]
    if returns == "vrs":
        rows, right = np.vstack([rows, sums]), np.r_[right, 1]
    more = {"A_ub": sums[None], "b_ub": [1]} if returns == "nirs" else {}
    found = linprog(np.r_[np.zeros(n), -np.ones(columns)], A_eq=rows, b_eq=right, method="highs", **more)
    assert found.status == 0
    return -found.fun


@pytest.mark.parametrize("returns", RETURNS)
@pytest.mark.parametrize("which", DATA)
def test_scores_are_those_of_one_plain_programme_a_unit(which, returns):
    data = DATA[which]
    found = measured(data, returns)["scores"]
    expected = [plain(data, at, returns) for at in range(len(data))]
    assert found["score"].tolist() == pytest.approx(expected, abs=1e-6)
    above = [plain(data, at, returns, without_itself=True) for at in range(len(data))]
    assert found["super"].isna().tolist() == [one is None for one in above]
    assert found["super"].dropna().tolist() == pytest.approx([one for one in above if one is not None], abs=1e-6)


@pytest.mark.parametrize("returns", RETURNS)
@pytest.mark.parametrize("which", DATA)
def test_slacks_have_the_greatest_sum(which, returns):
    data = DATA[which]
    tables = measured(data, returns)
    sums = tables["targets"].groupby("unit_id")["slack"].sum()
    for at, (unit, score) in enumerate(zip(data["unit"], tables["scores"]["score"], strict=True)):
        assert sums[unit] == pytest.approx(greatest_slack(data, at, score, returns), rel=1e-5, abs=1e-5), unit


@pytest.mark.parametrize("returns", RETURNS)
@pytest.mark.parametrize("which", DATA)
def test_peers_reproduce_the_targets(which, returns):
    data = DATA[which].set_index("unit")
    tables = measured(DATA[which], returns)
    weights = tables["peers"].pivot(index="unit_id", columns="peer", values="weight").fillna(0)
    targets = tables["targets"].pivot(index="unit_id", columns="column", values="target")
    for column in (*INPUTS, *OUTPUTS):
        reached = (weights * data[column].reindex(weights.columns)).sum(axis=1).reindex(targets.index, fill_value=0)
        assert reached.tolist() == pytest.approx(targets[column].tolist(), rel=1e-6, abs=1e-6)
    sums = weights.sum(axis=1)
    if returns == "vrs":
        assert sums.tolist() == pytest.approx([1] * len(sums))
    if returns == "nirs":
        assert (sums <= 1 + 1e-6).all()


@pytest.mark.parametrize("which", DATA)
def test_returns_to_scale_are_the_three_scores_compared(which):
    scores = {returns: measured(DATA[which], returns)["scores"] for returns in RETURNS}
    vrs, crs, nirs = (scores[returns]["score"] for returns in RETURNS)
    assert (vrs >= crs - 1e-9).all() and (vrs >= nirs - 1e-9).all() and (nirs >= crs - 1e-9).all()
    expected = np.where(
        abs(crs - vrs) <= 1e-7, "constant", np.where(abs(nirs - vrs) <= 1e-7, "decreasing", "increasing")
    )
    for found in scores.values():
        assert found["returns"].tolist() == expected.tolist()
        assert found["scale"].tolist() == pytest.approx((crs / vrs).tolist())


@pytest.mark.parametrize("returns", RETURNS)
@pytest.mark.parametrize("which", DATA)
def test_order_of_rows_changes_nothing(which, returns):
    data = DATA[which]
    first = measured(data, returns, bootstrap=3)
    other = measured(data.sample(frac=1, random_state=5), returns, bootstrap=3)
    for name, key in (("scores", ["unit_id"]), ("peers", ["unit_id", "peer"]), ("targets", ["unit_id", "column"])):
        one, two = (tables[name].sort_values(key, ignore_index=True) for tables in (first, other))
        pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.parametrize("which", DATA)
def test_measures_change_no_score(which):
    """Persons or thousands of them, yuan or cents: the same digits; peers as well where the slacks leave no choice."""
    data = DATA[which]
    staff, money, loans = times(data["staff"], ".001"), times(data["money"], "100"), times(data["loans"], "12")
    other = data.assign(staff=staff, money=money, loans=loans)
    one, two = (measured(frame, bootstrap=3)["scores"] for frame in (data, other))
    same = ["unit_id", "score", "scale", "returns", "efficient", "super", "corrected", "low", "high"]
    pd.testing.assert_frame_equal(one[same], two[same], check_exact=True)
    if which.startswith("smooth"):
        assert one["peers"].tolist() == two["peers"].tolist()


@pytest.mark.parametrize("returns", RETURNS)
@pytest.mark.parametrize("which", DATA)
def test_measures_as_far_apart_as_numbers_go(which, returns):
    """Slacks of such columns have no common sum in floats; scores and who is efficient stand all the same."""
    data = DATA[which]
    other = data.assign(staff=times(data["staff"], "1e200"), visits=times(data["visits"], "1e-200"))
    one, two = (measured(frame, returns)["scores"] for frame in (data, other))
    same = ["unit_id", "score", "scale", "returns", "efficient", "super"]
    pd.testing.assert_frame_equal(one[same], two[same], check_exact=True)


@pytest.mark.parametrize("which", DATA)
def test_one_measure_for_all_columns_changes_no_peer(which):
    data = DATA[which]
    other = data.assign(**{column: times(data[column], "1000") for column in (*INPUTS, *OUTPUTS)})
    one, two = (measured(frame) for frame in (data, other))
    pd.testing.assert_frame_equal(one["scores"], two["scores"], check_exact=True)
    pd.testing.assert_frame_equal(one["peers"], two["peers"], rtol=1e-9)
