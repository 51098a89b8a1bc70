"""How good a fit is: the acceptance tests of a manpower standard, and checks on rows, spread, years and groups.

None of them stops anything: they inform.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import stats

from bzmodel.models.need.regression.estimate import Estimate
from bzmodel.models.need.regression.estimators import estimate
from bzmodel.models.need.regression.exact import ratio, root, solve, without
from bzmodel.models.need.regression.least_squares import LeastSquares
from bzmodel.models.need.regression.mixed import Mixed
from bzmodel.models.need.regression.rows import Row
from bzmodel.schema.results import BadInput, Finding

HIGH_LEVERAGE = Fraction(1, 2)
FEWEST_ROWS = 15
_NAMED = 5
_LEAST_SQUARES_ONLY = "只用于最小二乘（ols、nnls），不适用"


def acceptance(fit: Estimate) -> list[dict[str, Any]]:
    """The acceptance tests in their order; passed None where one does not apply.

    Source: the manpower standards of the US Air Force, as domain.md 2.4 cites them.
    Notes: on the log scale all but F are computed in persons.
    """
    predicted, staff = fit.persons(fit.linear), fit.sample.staff
    fitted = predicted[list(fit.part)]
    tests = (
        ("r_squared", _r_squared_persons(fit, fitted, staff), 0.5, False),
        ("abs_r", _correlation(staff, fitted), 0.7071, False),
        ("cv", _cv(fit, fitted, staff), 0.25, True),
        ("f_p_value", fit.f_test()[1], 0.05, True),
        ("extrapolation", _extrapolation(predicted, fitted), 0.5, True),
    )
    return [
        {"name": name, "value": value, "limit": limit, "passed": _passed(value, limit, at_most)}
        for name, value, limit, at_most in tests
    ]


def _passed(value: float | None, limit: float, at_most: bool) -> bool | None:
    if value is None:
        return None
    return value <= limit if at_most else value >= limit


def _r_squared_persons(fit: Estimate, fitted: np.ndarray, staff: np.ndarray) -> float:
    if not fit.asked.log:
        return fit.r_squared()
    about = math.fsum(staff) / fit.n if fit.asked.intercept else 0.0
    return 1 - math.fsum((staff - fitted) ** 2) / math.fsum((staff - about) ** 2)


def _correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    one, other = one - math.fsum(one) / len(one), other - math.fsum(other) / len(other)
    lengths = math.hypot(*one.tolist()), math.hypot(*other.tolist())
    return min(abs(math.fsum(one / lengths[0] * (other / lengths[1]))), 1.0) if all(lengths) else None


def _cv(fit: Estimate, fitted: np.ndarray, staff: np.ndarray) -> float | None:
    mean = math.fsum(staff) / fit.n
    if mean <= 0:
        return None
    deviation = math.hypot(*(staff - fitted).tolist()) / math.sqrt(fit.df) if fit.asked.log else root(fit.variance)
    return deviation / mean


def _extrapolation(predicted: np.ndarray, fitted: np.ndarray) -> float | None:
    return float(predicted.max() / fitted.max() - 1) if fitted.max() > 0 else None


def checks(fit: Estimate, elsewhere: Sequence[Row]) -> list[dict[str, Any]]:
    """Influence, heteroscedasticity, years, leave-one-group-out; `elsewhere`: rows of other groups that take part."""
    return [_influence(fit), _heteroscedasticity(fit), _years(fit), _leave_one_group_out(fit, elsewhere)]


def _check(name: str, value: Any, limit: Any, passed: bool | None, detail: Any) -> dict[str, Any]:
    return {"name": name, "value": value, "limit": limit, "passed": passed, "detail": detail}


def _influence(fit: Estimate) -> dict[str, Any]:
    """Largest Cook's distance, and the fit without that row."""
    if not isinstance(fit, LeastSquares):
        return _check("influence", None, 1.0, None, _LEAST_SQUARES_ONLY)
    cooks = fit.cooks_distances()
    if cooks is None:
        return _check("influence", None, 1.0, None, "残差全为 0 或有单位杠杆值为 1，不适用")
    worst = np.argsort(-cooks, kind="stable")[:_NAMED]
    named = [
        {
            "unit_id": fit.rows[fit.part[place]].name,
            "row": fit.rows[fit.part[place]].row,
            "cook": float(cooks[place]),
            "leverage": ratio(fit.leverages[fit.part[place]]),
        }
        for place in worst.tolist()
    ]
    first = int(worst[0])
    left = ratio(1 - fit.leverages[fit.part[first]])
    moved = fit.by_term((fit.influences[first] * fit.residuals[first] / left).tolist(), 0.0)
    refit = {
        term: ratio(value) - float(change)
        for term, value, change in zip(fit.asked.terms, fit.coefficients, moved, strict=True)
    }
    value = float(cooks[first])
    return _check("influence", value, 1.0, value <= 1, {"rows": named, "coefficients_without_first": refit})


def _heteroscedasticity(fit: Estimate) -> dict[str, Any]:
    """p-value of squared residuals on the predicted value.

    Source: Koenker, A note on studentizing a test for heteroscedasticity, J. Econometrics 17 (1981).
    """
    left = fit.standardised
    correlation = None if left is None else _correlation(left**2, fit.linear[list(fit.part)])
    if correlation is None:
        return _check("heteroscedasticity", None, 0.05, None, "残差全为 0 或预测值全相同，不适用")
    p_value = float(stats.chi2.sf(fit.n * correlation**2, 1))
    of = "皮尔逊残差" if fit.asked.counts else "残差"
    return _check("heteroscedasticity", p_value, 0.05, p_value >= 0.05, f"{of}平方对预测值回归（Koenker 检验）的 p 值")


def _years(fit: Estimate) -> dict[str, Any]:
    """Whether the years before some year and those from it on follow one line.

    Source: Chow 1960; the least p-value over all years, times their number.
    """
    if not isinstance(fit, LeastSquares):
        return _check("years", None, 0.05, None, _LEAST_SQUARES_ONLY)
    years = sorted({fit.rows[at].year for at in fit.part} - {None})
    tried = [found for year in years[1:] if (found := _break(fit, year)) is not None]
    if not tried:
        return _check("years", None, 0.05, None, "没有年份列，或每段年份的行数不足，不适用")
    p_value, year, f = min(tried)
    value = min(p_value * len(tried), 1.0)
    return _check("years", value, 0.05, value >= 0.05, {"year": year, "f": f, "tried": [one[1] for one in tried]})


def _break(fit: LeastSquares, year: int) -> tuple[float, int, float] | None:
    early = fit.gram([at for at in fit.part if fit.rows[at].year < year])
    parts = [solve(early), solve(without(fit.gram(), early))]
    df = fit.n - 2 * fit.p
    if None in parts or df < 1 or not fit.p:
        return None
    apart = sum((part.rss for part in parts), Fraction(0))
    if apart == 0:
        return None
    f = ratio((fit.solution.rss - apart) / fit.p / (apart / df))
    return float(stats.f.sf(f, fit.p, df)), year, f


def _leave_one_group_out(fit: Estimate, elsewhere: Sequence[Row]) -> dict[str, Any]:
    """Mean absolute error, as a share of mean staff, when a group is predicted from all others.

    Notes: mixed: all its groups, each from the others.
    """
    name = "leave-one-group-out"
    mixed = isinstance(fit, Mixed)
    predicted = fit.without_own_group() if mixed else _from_elsewhere(fit, elsewhere)
    if predicted is None:
        return _check(name, None, None, None, "没有分组，或其余各组不能拟合，不适用")
    staff = fit.sample.staff
    mean = math.fsum(staff) / fit.n
    value = math.fsum(np.abs(staff - predicted)) / fit.n / mean if mean > 0 else None
    of = "用其余各组的拟合依次预测每一组（变差之比取全体的）" if mixed else "用其余各组的拟合预测本组"
    return _check(name, value, None, None, f"{of}：平均绝对误差与平均人数之比")


def _from_elsewhere(fit: Estimate, elsewhere: Sequence[Row]) -> np.ndarray | None:
    """Predictions by the fit of all other groups together; None where they cannot be fitted."""
    try:
        others = estimate(elsewhere, fit.asked) if elsewhere else None
    except BadInput:
        return None
    return None if others is None else fit.persons(others.elsewhere([fit.rows[at] for at in fit.part]))


def warnings(fit: Estimate, judged: Mapping[str, Any]) -> list[Finding]:
    """What a reader of the fit must know: few rows, leverage, an outlier, negative values, a fit too good."""
    found = [] if fit.n >= FEWEST_ROWS else [Finding("FT-W1", value=str(fit.n), about={"fewest": FEWEST_ROWS})]
    in_order = sorted(fit.part, key=lambda at: fit.rows[at].at)
    rows = [fit.rows[at] for at in in_order]
    leverages = fit.leverages if isinstance(fit, LeastSquares) else fit.sample.leverages
    found += [Finding("FT-W2", r.file, "", r.row, fit.asked.staff, f"{ratio(r.staff):g}") for r in rows if r.staff < 0]
    found += [
        Finding("IN-J4", row.file, "", row.row, about={"unit": row.name, "leverage": f"{ratio(leverages[at]):.2f}"})
        for at, row in zip(in_order, rows, strict=True)
        if leverages[at] > HIGH_LEVERAGE
    ]
    cooks = fit.cooks_distances() if isinstance(fit, LeastSquares) else None
    if cooks is not None:
        distance = dict(zip(fit.part, cooks, strict=True))
        found += [
            Finding("IN-J9", row.file, "", row.row, about={"unit": row.name, "cook": f"{distance[at]:.2f}"})
            for at, row in zip(in_order, rows, strict=True)
            if distance[at] > 1
        ]
    if fit.rss == 0:
        found.append(Finding("IN-J18", column=fit.asked.staff))
    (reach,) = [test for test in judged["acceptance"] if test["name"] == "extrapolation"]
    if reach["passed"] is False:
        found.append(Finding("IN-J8", value=f"{reach['value']:.0%}"))
    return found
