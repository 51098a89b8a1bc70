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
REFITTED_ROWS = 2000
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
    """Largest Cook's distance, and the fit without that row.

    Source: R. D. Cook, Detection of influential observation in linear regression, Technometrics 19 (1977).
    Notes: outside least squares the rows that promise most by residual and leverage are each left out and refitted.
    """
    if isinstance(fit, LeastSquares):
        cooks = fit.cooks_distances()
        if cooks is None:
            return _check("influence", None, 1.0, None, "残差全为 0 或有单位杠杆值为 1，不适用")
        first = int(np.argmax(cooks))
        left = ratio(1 - fit.leverages[fit.part[first]])
        moved = fit.by_term((fit.influences[first] * fit.residuals[first] / left).tolist(), 0.0)
        refit = [ratio(value) - float(change) for value, change in zip(fit.coefficients, moved, strict=True)]
        worst = np.argsort(-cooks, kind="stable")[:_NAMED].tolist()
        return _influential(fit, [(float(cooks[place]), place) for place in worst], refit)
    found = _refitted(fit)
    if not found:
        return _check("influence", None, 1.0, None, f"残差全为 0、多于 {REFITTED_ROWS} 行或去掉一行即不能拟合，不适用")
    return _influential(fit, [(cook, place) for cook, place, _ in found], found[0][2])


def _influential(fit: Estimate, named: Sequence[tuple[float, int]], refit: Sequence[float]) -> dict[str, Any]:
    """The check, from Cook's distances with the places in `part` they belong to, the largest first."""
    leverages = _leverages(fit)
    rows = [
        {
            "unit_id": fit.rows[fit.part[place]].name,
            "row": fit.rows[fit.part[place]].row,
            "cook": cook,
            "leverage": ratio(leverages[fit.part[place]]),
        }
        for cook, place in named
    ]
    value = named[0][0]
    without_first = dict(zip(fit.asked.terms, refit, strict=True))
    return _check("influence", value, 1.0, value <= 1, {"rows": rows, "coefficients_without_first": without_first})


def _leverages(fit: Estimate) -> list[Fraction]:
    return fit.leverages if isinstance(fit, LeastSquares) else fit.sample.leverages


def _refitted(fit: Estimate) -> list[tuple[float, int, list[float]]]:
    """(Cook's distance, place in `part`, coefficients without it) of the rows that promise most, the largest first.

    Notes: the distance is that between the lines with and without the row, groups' intercepts apart, each row by the
    weight it has in the fit.
    """
    if fit.standardised is None or fit.n > REFITTED_ROWS:
        return []
    rows = [fit.rows[at] for at in fit.part]
    line, found = fit.elsewhere(rows), []
    for place in _promising(fit):
        try:
            other = estimate([*rows[:place], *rows[place + 1 :]], fit.asked)
        except BadInput:
            continue
        moved = math.hypot(*((line - other.elsewhere(rows)) * fit.weights).tolist())
        found.append((moved**2 / fit.p, place, [ratio(value) for value in other.coefficients]))
    return sorted((one for one in found if math.isfinite(one[0])), key=lambda one: (-one[0], one[1]))


def _promising(fit: Estimate) -> list[int]:
    """Places in `part` of rows worth leaving out: far from the line for their leverage, and of the largest leverage."""
    leverages = [fit.sample.leverages[at] for at in fit.part]
    left = np.array([ratio(1 - one) for one in leverages])
    far = fit.standardised**2 * (1 - left) / np.maximum(left, 1e-12) ** 2
    by_leverage = sorted(range(fit.n), key=lambda place: (-leverages[place], place))
    return list(dict.fromkeys([*np.argsort(-far, kind="stable")[: _NAMED - 2].tolist(), *by_leverage[:2]]))


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
    leverages = _leverages(fit)
    found += [Finding("FT-W2", r.file, "", r.row, fit.asked.staff, f"{ratio(r.staff):g}") for r in rows if r.staff < 0]
    found += [
        Finding("IN-J4", row.file, "", row.row, about={"unit": row.name, "leverage": f"{ratio(leverages[at]):.2f}"})
        for at, row in zip(in_order, rows, strict=True)
        if leverages[at] > HIGH_LEVERAGE
    ]
    distance = _distances(fit, judged)
    found += [
        Finding("IN-J9", row.file, "", row.row, about={"unit": row.name, "cook": f"{distance[row.name, row.row]:.2f}"})
        for row in rows
        if distance.get((row.name, row.row), 0) > 1
    ]
    if fit.rss == 0:
        found.append(Finding("IN-J18", column=fit.asked.staff))
    (reach,) = [test for test in judged["acceptance"] if test["name"] == "extrapolation"]
    if reach["passed"] is False:
        found.append(Finding("IN-J8", value=f"{reach['value']:.0%}"))
    return found


def _distances(fit: Estimate, judged: Mapping[str, Any]) -> dict[tuple[str, int], float]:
    """Cook's distance by unit and physical row: of all rows by least squares, else of those that were left out."""
    cooks = fit.cooks_distances() if isinstance(fit, LeastSquares) else None
    if cooks is not None:
        rows = [fit.rows[at] for at in fit.part]
        return {(row.name, row.row): float(cook) for row, cook in zip(rows, cooks, strict=True)}
    (influence,) = [check for check in judged["checks"] if check["name"] == "influence"]
    listed = [] if influence["value"] is None else influence["detail"]["rows"]
    return {(one["unit_id"], one["row"]): one["cook"] for one in listed}
