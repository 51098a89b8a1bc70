"""Errors, F, VIF and influence against statsmodels, an implementation by others."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.diagnostic import het_breuschpagan

from bzmodel.models.need.regression import fit


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    draw = np.random.default_rng(3)
    a, b = draw.gamma(2, 50, 60), draw.gamma(3, 10, 60)
    staff = 4 + 0.2 * a + 0.5 * b + draw.normal(0, 1 + a / 30)
    return pd.DataFrame({"unit": [f"U{i // 2}" for i in range(60)], "a": a, "b": b, "staff": staff})


@pytest.mark.parametrize("intercept", [True, False])
def test_hc3_f_vif(data: pd.DataFrame, intercept: bool) -> None:
    x = sm.add_constant(data[["a", "b"]]) if intercept else data[["a", "b"]]
    theirs = sm.OLS(data["staff"], x).fit()
    ours = fit(data, staff="staff", drivers=["a", "b"], intercept=intercept)
    table, found = ours.tables["coefficients"], ours.diagnostics
    assert table["estimate"].tolist() == pytest.approx(theirs.params.tolist(), rel=1e-10)
    assert table["std_error"].tolist() == pytest.approx(theirs.bse.tolist(), rel=1e-10)
    assert table["robust_error"].tolist() == pytest.approx(theirs.HC3_se.tolist(), rel=1e-10)
    half = stats.t.ppf(0.95, theirs.df_resid) * theirs.HC3_se
    assert table["high"].tolist() == pytest.approx((theirs.params + half).tolist(), rel=1e-10)
    assert (found["f"], found["p_value"]) == pytest.approx((theirs.fvalue, theirs.f_pvalue), rel=1e-8)
    assert found["r_squared"] == pytest.approx(theirs.rsquared, rel=1e-12)
    about = sm.add_constant if intercept else pd.DataFrame  # without intercept: about 0
    shares = [sm.OLS(data[one], about(data[[other]])).fit().rsquared for one, other in (("a", "b"), ("b", "a"))]
    assert list(found["vif"].values()) == pytest.approx([1 / (1 - share) for share in shares], rel=1e-10)


def test_clusters_when_a_unit_stands_twice(data: pd.DataFrame) -> None:
    groups = data["unit"].astype("category").cat.codes
    theirs = sm.OLS(data["staff"], sm.add_constant(data[["a", "b"]])).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": True}
    )
    table = fit(data, staff="staff", drivers=["a", "b"], unit="unit").tables["coefficients"]
    assert table["robust_error"].tolist() == pytest.approx(theirs.bse.tolist(), rel=1e-10)
    half = stats.t.ppf(0.95, 29) * theirs.bse  # 30 units
    assert table["low"].tolist() == pytest.approx((theirs.params - half).tolist(), rel=1e-10)


def test_influence_and_spread(data: pd.DataFrame) -> None:
    x = sm.add_constant(data[["a", "b"]])
    theirs = sm.OLS(data["staff"], x).fit()
    cooks = theirs.get_influence().cooks_distance[0]
    influence, spread, *_ = fit(data, staff="staff", drivers=["a", "b"]).diagnostics["checks"]
    assert influence["value"] == pytest.approx(cooks.max(), rel=1e-9)
    worst = int(np.argmax(cooks))
    without = sm.OLS(data["staff"].drop(worst), x.drop(worst)).fit().params.tolist()
    assert list(influence["detail"]["coefficients_without_first"].values()) == pytest.approx(without, rel=1e-9)
    on_predicted = sm.add_constant(theirs.fittedvalues.to_numpy())
    assert spread["value"] == pytest.approx(het_breuschpagan(theirs.resid, on_predicted)[1], rel=1e-8)
