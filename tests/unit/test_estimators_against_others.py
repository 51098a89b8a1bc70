"""Every estimator against an implementation by others, or against its own definition maximised directly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize, stats
from scipy.special import gammaln

from bzmodel.models.need.regression import FitResult, fit

DRIVERS = ["visits", "loans"]


def counted(seed: int = 2, n: int = 80, dispersion: float = 0.3) -> pd.DataFrame:
    """Counts of staff that vary more than Poisson's, two rows a unit."""
    draw = np.random.default_rng(seed)
    visits, loans = draw.integers(10, 400, n), draw.integers(5, 90, n)
    mean = np.exp(1 + 0.005 * visits + 0.01 * loans) * draw.gamma(1 / dispersion, dispersion, n)
    data = pd.DataFrame({"unit": [f"U{i // 2:02}" for i in range(n)], "visits": visits, "loans": loans})
    return data.assign(staff=draw.poisson(mean), group=[f"g{i % 7}" for i in range(n)])


def design(data: pd.DataFrame, intercept: bool = True) -> np.ndarray:
    columns = data[DRIVERS].to_numpy(float)
    return np.column_stack([np.ones(len(data)), columns]) if intercept else columns


def ours(data: pd.DataFrame, method: str, **options) -> FitResult:
    return fit(data, staff="staff", drivers=DRIVERS, method=method, **options)


def column(result: FitResult, name: str) -> list[float]:
    return result.tables["coefficients"][name].tolist()


# non-negative least squares


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("intercept", [True, False])
def test_nnls(seed: int, intercept: bool) -> None:
    """scipy's nnls with the intercept as the difference of two columns that are >= 0; exact where it is free."""
    draw = np.random.default_rng(seed)
    data = pd.DataFrame(np.round(draw.gamma(2, 20, (40, 4)), 1), columns=list("abcd"))
    data["staff"] = np.round(5 + data[list("abcd")] @ draw.normal(0, 0.3, 4) + draw.normal(0, 4, 40), 2)
    found = fit(data, staff="staff", drivers=list("abcd"), method="nnls", intercept=intercept).tables["coefficients"]
    x = data[list("abcd")].to_numpy()
    signed = np.column_stack([np.ones(40), -np.ones(40), x]) if intercept else x
    theirs = optimize.nnls(signed, data["staff"])[0]
    theirs = [theirs[0] - theirs[1], *theirs[2:]] if intercept else theirs
    assert found["estimate"].tolist() == pytest.approx(theirs, abs=1e-9)
    held = found["term"][(found["estimate"] == 0)].tolist()
    free = [driver for driver in "abcd" if driver not in held]
    assert found["certified"].all()
    assert found.set_index("term").loc[held, ["std_error", "robust_error"]].isna().all(axis=None)
    if free:
        alone = fit(data, staff="staff", drivers=free, intercept=intercept).tables["coefficients"]
        left = found[~found["term"].isin(held)].reset_index(drop=True)
        pd.testing.assert_frame_equal(left, alone, check_exact=True)


def test_a_driver_held_at_zero_is_named_and_would_only_do_harm() -> None:
    data = counted()
    data["staff"] = 200 - data["visits"] // 4 + data["loans"]
    result = ours(data, "nnls")
    assert column(result, "estimate")[1] == 0
    assert [one.column for one in result.findings if one.code == "FT-W9"] == ["visits"]
    assert (result.diagnostics["p"], result.diagnostics["f"]) == (2, None)
    intercept, _, slope = (Fraction(value) for value in column(result, "estimate"))
    rows = data[["visits", "loans", "staff"]].itertuples(index=False)
    gradient = sum(v * (s - intercept - slope * z) for v, z, s in rows)
    assert gradient < 0  # more of it would raise the sum of squares


# robust and quantile lines


@pytest.mark.parametrize("intercept", [True, False])
def test_huber_is_the_robust_linear_model_of_statsmodels(intercept: bool) -> None:
    data = counted()
    result = ours(data, "huber", intercept=intercept)
    model = sm.RLM(data["staff"].to_numpy(float), design(data, intercept), M=sm.robust.norms.HuberT(1.345))
    theirs = model.fit(maxiter=2000, tol=1e-13, conv="coefs", cov="H1")
    assert column(result, "estimate") == pytest.approx(theirs.params.tolist(), rel=1e-9)
    assert column(result, "std_error") == pytest.approx(theirs.bse.tolist(), rel=1e-7)
    half = stats.norm.ppf(0.95) * theirs.bse
    assert column(result, "high") == pytest.approx((theirs.params + half).tolist(), rel=1e-7)
    assert result.tables["coefficients"]["robust_error"].isna().all()


def test_huber_solves_its_own_equations() -> None:
    data = counted()
    x, slopes = design(data), np.array(column(ours(data, "huber"), "estimate"))
    left = data["staff"] - x @ slopes
    scale = np.median(np.abs(left)) / stats.norm.ppf(0.75)
    psi = np.clip(left / scale, -1.345, 1.345)
    assert x.T @ psi / np.abs(x).sum(axis=0) == pytest.approx(0, abs=1e-11)


@pytest.mark.parametrize("level", [0.1, 0.5, 0.75])
def test_quantile_is_the_linear_programme(level: float) -> None:
    data = counted()
    x, y = design(data), data["staff"].to_numpy(float)
    n, p = x.shape
    cost = np.concatenate([np.zeros(p), np.full(n, level), np.full(n, 1 - level)])
    equal = np.hstack([x, np.eye(n), -np.eye(n)])
    least = optimize.linprog(cost, A_eq=equal, b_eq=y, bounds=[(None, None)] * p + [(0, None)] * 2 * n)
    found = np.array(column(ours(data, "quantile", quantile=level), "estimate"))
    left = y - x @ found
    assert np.maximum(level * left, (level - 1) * left).sum() == pytest.approx(least.fun, rel=1e-12)
    assert found == pytest.approx(least.x[:p], rel=1e-7)
    assert np.sum(np.abs(left) < 1e-12) >= p  # it goes through as many rows as it has coefficients


def test_errors_of_the_median_are_those_of_statsmodels() -> None:
    data = counted()
    theirs = sm.QuantReg(data["staff"].to_numpy(float), design(data)).fit(q=0.5)
    assert column(ours(data, "quantile"), "std_error") == pytest.approx(theirs.bse.tolist(), rel=1e-5)


def test_a_quantile_of_logarithms_comes_back_without_a_mean() -> None:
    data = counted().assign(staff=lambda d: d["staff"] + 1)
    result = ours(data, "quantile", scale="log")
    a, b, c = column(result, "estimate")
    expected = np.exp(a + b * np.log(data["visits"]) + c * np.log(data["loans"]))
    assert result.tables["predictions"]["predicted"].tolist() == pytest.approx(expected.tolist(), rel=1e-12)


# counts


def poisson_likelihood(slopes: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    return float(np.sum(np.exp(x @ slopes) - y * (x @ slopes)))


def scaled(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    size = np.abs(x).max(axis=0)
    return x / size, size


@pytest.mark.parametrize("part", [1.0, 0.37])
def test_poisson_is_the_greatest_likelihood(part: float) -> None:
    """Staff may be fractional: the same equations."""
    data = counted()
    data["staff"] = data["staff"] * part
    x, size = scaled(design(data))
    y = data["staff"].to_numpy(float)
    start = np.array([np.log(y.mean()), 0, 0])
    direct = optimize.minimize(poisson_likelihood, start, args=(x, y), method="BFGS", options={"gtol": 1e-7})
    found = ours(data, "poisson")
    assert np.array(column(found, "estimate")) * size == pytest.approx(direct.x, rel=1e-5)
    theirs = sm.GLM(y, design(data), family=sm.families.Poisson()).fit(tol=1e-14)
    assert column(found, "estimate") == pytest.approx(theirs.params.tolist(), rel=1e-9)
    assert column(found, "std_error") == pytest.approx(theirs.bse.tolist(), rel=1e-9)
    sandwich = sm.GLM(y, design(data), family=sm.families.Poisson()).fit(tol=1e-14, cov_type="HC0")
    assert column(found, "robust_error") == pytest.approx(sandwich.bse.tolist(), rel=1e-9)
    half = stats.norm.ppf(0.95) * sandwich.bse
    assert column(found, "low") == pytest.approx((theirs.params - half).tolist(), rel=1e-9)


def test_poisson_clusters_when_a_unit_stands_twice() -> None:
    data = counted()
    model = sm.Poisson(data["staff"].to_numpy(float), design(data))
    groups = data["unit"].astype("category").cat.codes.to_numpy()
    kept = {"groups": groups, "use_correction": True}
    theirs = model.fit(method="newton", disp=0, maxiter=200, cov_type="cluster", cov_kwds=kept)
    assert column(ours(data, "poisson", unit="unit"), "robust_error") == pytest.approx(theirs.bse.tolist(), rel=1e-8)


def negbin_likelihood(at: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    mean, shape = np.exp(x @ at[:-1]), np.exp(-at[-1])
    inside = gammaln(y + shape) - gammaln(shape) - gammaln(y + 1)
    return float(-np.sum(inside + shape * np.log(shape / (shape + mean)) + y * np.log(mean / (shape + mean))))


@pytest.mark.parametrize("part", [1.0, 0.37])
def test_negative_binomial_is_the_greatest_likelihood(part: float) -> None:
    data = counted()
    data["staff"] = data["staff"] * part
    x, size = scaled(design(data))
    y = data["staff"].to_numpy(float)
    start = np.array([np.log(y.mean()), 0, 0, -1.0])
    direct = optimize.minimize(negbin_likelihood, start, args=(x, y), method="BFGS", options={"gtol": 1e-6})
    found = ours(data, "negbin")
    assert found.diagnostics["dispersion"] == pytest.approx(np.exp(direct.x[-1]), rel=1e-4)
    assert np.array(column(found, "estimate")) * size == pytest.approx(direct.x[:-1], rel=1e-4)
    exact = [*np.array(column(found, "estimate")) * size, np.log(found.diagnostics["dispersion"])]
    assert negbin_likelihood(np.array(exact), x, y) <= direct.fun + 1e-9
    if part == 1:
        model = sm.NegativeBinomial(y, design(data), loglike_method="nb2")
        begin = [*column(found, "estimate"), found.diagnostics["dispersion"]]
        theirs = model.fit(start_params=begin, method="newton", disp=0, maxiter=100, tol=1e-14)
        assert column(found, "estimate") == pytest.approx(theirs.params[:-1].tolist(), rel=1e-7)
        assert column(found, "std_error") == pytest.approx(theirs.bse[:-1].tolist(), rel=1e-5)
        assert found.diagnostics["dispersion"] == pytest.approx(theirs.params[-1], rel=1e-7)
    assert found.tables["coefficients"]["robust_error"].isna().all()


def test_a_count_that_varies_less_than_poisson_has_no_dispersion() -> None:
    data = counted()
    data["staff"] = np.round(np.exp(1 + 0.005 * data["visits"]))
    found, poisson = ours(data, "negbin"), ours(data, "poisson")
    assert found.diagnostics["dispersion"] == 0 and "FT-W11" in [one.code for one in found.findings]
    assert column(found, "std_error") == column(poisson, "std_error")


def test_only_the_drivers_of_a_count_are_logged() -> None:
    data = counted()
    assert (data["staff"] == 0).any()
    x = np.column_stack([np.ones(len(data)), np.log(data[DRIVERS])])
    theirs = sm.GLM(data["staff"], x, family=sm.families.Poisson()).fit(tol=1e-14)
    found = ours(data, "poisson", scale="log")
    assert column(found, "estimate") == pytest.approx(theirs.params.tolist(), rel=1e-9)
    assert found.tables["predictions"]["predicted"].tolist() == pytest.approx(theirs.fittedvalues.tolist(), rel=1e-9)


def test_a_count_has_the_quantiles_of_its_distribution_as_a_candidate() -> None:
    data = counted(n=200)
    found = ours(data, "negbin")
    widths = {one["method"]: one["mean_width"] for one in found.diagnostics["interval"]["candidates"]}
    mean, shape = found.tables["predictions"]["predicted"], 1 / found.diagnostics["dispersion"]
    low, high = (stats.nbinom.ppf(tail, shape, shape / (shape + mean)) for tail in (0.05, 0.95))
    assert widths["count_quantiles"] == pytest.approx(np.mean(high - low))
    assert set(widths) == {"count_quantiles", "conformal_constant", "conformal_size_scaled"}


# mixed


def test_mixed_is_that_of_statsmodels() -> None:
    data = counted()
    data["staff"] = data["staff"] + data["group"].str[1].astype(int) * 6.0
    found = ours(data, "mixed", group="group")
    theirs = sm.MixedLM(data["staff"], design(data), groups=data["group"]).fit(reml=True, method="bfgs", gtol=1e-7)
    assert column(found, "estimate") == pytest.approx(theirs.fe_params.tolist(), rel=1e-5)
    variance = found.diagnostics["variance"]
    assert variance["residual"] == pytest.approx(theirs.scale, rel=1e-5)
    assert variance["group"] == pytest.approx(float(theirs.cov_re.iloc[0, 0]), rel=1e-3)
    own = {group: float(value.iloc[0]) for group, value in theirs.random_effects.items()}
    assert found.diagnostics["random_intercepts"] == pytest.approx(own, rel=1e-3)
    assert column(found, "group") == ["", "", ""]


def restricted(share: float, x: np.ndarray, y: np.ndarray, same: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """−2 × restricted likelihood with whole matrices; the line and its errors there."""
    inverse = np.linalg.inv(np.eye(len(y)) + share * same)
    information = x.T @ inverse @ x
    line = np.linalg.solve(information, x.T @ inverse @ y)
    df = len(y) - len(line)
    variance = (y - x @ line) @ inverse @ (y - x @ line) / df
    spread = np.linalg.slogdet(inverse)[1], np.linalg.slogdet(information)[1]
    return df * np.log(variance) - spread[0] + spread[1], line, np.sqrt(np.diag(np.linalg.inv(information)) * variance)


@pytest.mark.parametrize("seed", range(4))
def test_mixed_is_the_greatest_restricted_likelihood(seed: int) -> None:
    """Errors are those of generalised least squares at the variances found, (X'V⁻¹X)⁻¹."""
    data = counted(seed)
    data["staff"] = data["staff"] + data["group"].str[1].astype(int) * 2.0
    found = ours(data, "mixed", group="group")
    x, y, group = design(data), data["staff"].to_numpy(float), data["group"].to_numpy()
    same = (group[:, None] == group[None, :]).astype(float)
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 1e4, 400)])
    share = found.diagnostics["variance"]["group"] / found.diagnostics["variance"]["residual"]
    least, line, errors = restricted(share, x, y, same)
    assert least <= min(restricted(one, x, y, same)[0] for one in grid) + 1e-9
    assert column(found, "estimate") == pytest.approx(line.tolist(), rel=1e-8)
    assert column(found, "std_error") == pytest.approx(errors.tolist(), rel=1e-8)


def test_mixed_in_a_balanced_layout_has_a_closed_form() -> None:
    """One-way layout, the driver the same in every group: the variances are those of the analysis of variance."""
    draw = np.random.default_rng(4)
    groups, each = 8, 5
    data = pd.DataFrame({"group": np.repeat([f"g{i}" for i in range(groups)], each), "load": [1, 2, 3, 4, 5] * groups})
    data["staff"] = 3 + 0.5 * data["load"] + np.repeat(draw.normal(0, 2, groups), each) + draw.normal(0, 1, 40)
    found = fit(data, staff="staff", drivers=["load"], group="group", method="mixed")
    slope, _ = np.polyfit(data["load"], data["staff"], 1)
    left = data["staff"] - slope * data["load"]
    means = left.groupby(data["group"]).mean()
    within = float(((left - data["group"].map(means)) ** 2).sum()) / (groups * each - groups - 1)
    between = each * float(((means - means.mean()) ** 2).sum()) / (groups - 1)
    variance = found.diagnostics["variance"]
    assert column(found, "estimate")[1] == pytest.approx(slope, rel=1e-10)
    assert variance["residual"] == pytest.approx(within, rel=1e-9)
    assert variance["group"] == pytest.approx((between - within) / each, rel=1e-9)
    shrunk = (1 - within / between) * (means - means.mean())
    assert found.diagnostics["random_intercepts"] == pytest.approx(shrunk.to_dict(), rel=1e-8)


def test_an_unseen_group_has_the_line_alone() -> None:
    data = counted()
    data["staff"] = data["staff"] + data["group"].str[1].astype(int) * 6.0
    data.loc[5, "group"] = "new"
    data.loc[5, "staff"] = np.nan
    found = ours(data, "mixed", group="group")
    line = np.array([1, *data.loc[5, DRIVERS]], dtype=float) @ np.array(column(found, "estimate"))
    assert found.tables["predictions"]["predicted"][5] == pytest.approx(line, rel=1e-12)
    assert "new" not in found.diagnostics["random_intercepts"]


def test_groups_that_do_not_differ_have_no_variance() -> None:
    data = counted()
    data["staff"] = 10 + data["visits"] + np.tile([1.0, -1.0, 2.0, -2.0], 20)
    data["group"] = [f"g{i // 4}" for i in range(80)]
    found = ours(data, "mixed", group="group")
    plain = ours(data, "ols")
    assert found.diagnostics["variance"]["group"] == 0 and "FT-W12" in [one.code for one in found.findings]
    assert column(found, "estimate") == pytest.approx(column(plain, "estimate"), rel=1e-12)
    assert column(found, "std_error") == pytest.approx(column(plain, "std_error"), rel=1e-12)
