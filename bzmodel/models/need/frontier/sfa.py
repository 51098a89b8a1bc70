"""Stochastic frontier: staff as what the work takes, times chance, times what is used beyond need."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from bzmodel.models.need.frontier.rows import Request, Unit, noticed, read_units, request_findings
from bzmodel.schema.results import BadInput, Finding, Result

INTERCEPT = "intercept"
_STEP = 1e-5  # of the differences that give the information


@dataclass(frozen=True)
class StochasticResult(Result):
    """A Result with `diagnostics`: log_likelihood, sigma_u, sigma_v, lr, p_value, n."""

    diagnostics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HalfNormal:
    """The likelihood of y = X β + v + u, v normal, u half-normal. Parameters: β, ln σ_u, ln σ_v in one array."""

    y: np.ndarray
    x: np.ndarray

    def log_likelihood(self, at: np.ndarray) -> float:
        """Notes: Σ ln 2/σ + ln φ(ε/σ) + ln Φ(ε λ/σ), σ² = σ_u² + σ_v², λ = σ_u / σ_v."""
        error, sigma, tilt = self._parts(at)
        return float(np.sum(math.log(2 / sigma) + stats.norm.logpdf(error / sigma) + special.log_ndtr(error * tilt)))

    def score(self, at: np.ndarray) -> np.ndarray:
        """The derivative of the log-likelihood."""
        error, sigma, tilt = self._parts(at)
        mills = np.exp(stats.norm.logpdf(error * tilt) - special.log_ndtr(error * tilt))
        of_u, of_v = np.exp(2 * at[-2:]) / sigma**2
        spread = np.sum(error**2 / sigma**2 - 1)
        lean = np.sum(mills * error * tilt)
        slopes = self.x.T @ (error / sigma**2 - mills * tilt)
        return np.r_[slopes, of_u * spread + of_v * lean, of_v * spread - (1 + of_v) * lean]

    def _parts(self, at: np.ndarray) -> tuple[np.ndarray, float, float]:
        over, chance = np.exp(at[-2:])
        sigma = math.hypot(over, chance)
        return self.y - self.x @ at[:-2], sigma, float(over / chance / sigma)

    def errors(self, at: np.ndarray) -> np.ndarray:
        """Standard errors of β, σ_u, σ_v from the observed information; missing where it has none."""
        steps = np.eye(len(at)) * _STEP
        information = -np.array([(self.score(at + s) - self.score(at - s)) / (2 * _STEP) for s in steps])
        try:
            variance = np.diag(np.linalg.inv((information + information.T) / 2))
        except np.linalg.LinAlgError:
            return np.full(len(at), np.nan)
        with np.errstate(invalid="ignore"):
            found = np.sqrt(variance)
        return np.r_[found[:-2], found[-2:] * np.exp(at[-2:])]


def stochastic_frontier(data: pd.DataFrame, *, unit: str, staff: str, drivers: Sequence[str]) -> StochasticResult:
    """Half-normal stochastic frontier of ln staff on ln drivers, by maximum likelihood.

    Parameters: unit, staff, drivers: columns, staff and drivers above 0 [staff: persons]. A unit with a blank takes no
    part.
    Returns: tables coefficients (term, estimate, std_error; the last two are sigma_u and sigma_v), efficiencies
    (unit_id, efficiency: the share of its staff that would do); diagnostics with the test that there is no u.
    Raises: BadInput as `frontier`; a value of 0, as many coefficients as units, columns that are collinear.
    **Source**: Aigner, Lovell and Schmidt 1977; efficiency Battese and Coelli 1988; the test Coelli 1995 (half of χ²
    with no and with one degree of freedom); Waldman 1982 for residuals that lean the other way.
    Notes: ln staff = β₀ + Σ β ln driver + v + u, u >= 0. Where the least-squares residuals lean to the left, the
    greatest likelihood has no u: σ_u = 0, all efficiencies 1, a finding.
    """
    asked = Request(unit, (staff,), tuple(drivers), "vrs")
    if found := request_findings(asked):
        raise BadInput(*found)
    units = read_units(data, asked)
    part = sorted((one for one in units if one.whole), key=lambda one: one.unit_id)
    if found := _refused(part, asked):
        raise BadInput(*found)
    logs = np.log(np.array([one.actual for one in part]))
    model = HalfNormal(logs[:, 0], np.c_[np.ones(len(part)), logs[:, 1:]])
    plain, *_ = np.linalg.lstsq(model.x, model.y, rcond=None)
    residuals = model.y - model.x @ plain
    if (residuals**3).sum() <= 0:
        return _without_excess(asked, units, part, plain, residuals)
    at = _greatest(model, plain, residuals)
    lr = max(0.0, 2 * (model.log_likelihood(at) - _normal_likelihood(residuals)))
    p_value = float(stats.chi2.sf(lr, 1) / 2) if lr > 0 else 1.0
    efficiency = dict(zip((one.unit_id for one in part), _efficiencies(model, at), strict=True))
    estimates = np.r_[at[:-2], np.exp(at[-2:])]
    test = (model.log_likelihood(at), lr, p_value)
    return _result(asked, units, estimates, model.errors(at), efficiency, test, _blanks(units, asked))


def _blanks(units: Sequence[Unit], asked: Request) -> list[Finding]:
    """Of all that is noticed, what matters here too."""
    return [one for one in noticed(units, asked) if one.code == "FR-W1"]


def _refused(part: Sequence[Unit], asked: Request) -> list[Finding]:
    found = [
        Finding("FR-E9", column=name, value="0", **one.where)
        for one in part
        for name, value in zip(asked.columns, one.values, strict=True)
        if value == 0
    ]
    terms = len(asked.outputs) + 3
    if len(part) <= terms:
        found.append(Finding("IN-J1", column="、".join(asked.columns), about={"n": len(part), "p": terms}))
    if not found:
        logs = np.c_[np.ones(len(part)), np.log(np.array([one.actual[1:] for one in part]))]
        if np.linalg.matrix_rank(logs) < logs.shape[1]:
            columns = "、".join((INTERCEPT, *asked.outputs))
            found.append(Finding("IN-J2", column="、".join(asked.outputs), about={"columns": columns}))
    return found


def _greatest(model: HalfNormal, plain: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """The parameters of the greatest likelihood, from the moments of the residuals on."""
    third = (residuals**3).mean()
    over = (third / (math.sqrt(2 / math.pi) * (4 / math.pi - 1))) ** (1 / 3)
    chance = math.sqrt(max(residuals.var() - (1 - 2 / math.pi) * over**2, residuals.var() / 20))
    start = np.r_[plain, math.log(over), math.log(chance)]
    start[0] -= over * math.sqrt(2 / math.pi)
    # columns made orthogonal: the steps do not depend on how drivers go together
    basis, change = np.linalg.qr(model.x)
    turned = HalfNormal(model.y, basis * math.sqrt(len(model.y)))
    change = change / math.sqrt(len(model.y))
    start[:-2] = change @ start[:-2]
    scale = len(model.y)
    found = optimize.minimize(
        lambda at: -turned.log_likelihood(at) / scale,
        start,
        jac=lambda at: -turned.score(at) / scale,
        method="BFGS",
        options={"gtol": 1e-10, "maxiter": 500},
    ).x
    return np.r_[np.linalg.solve(change, found[:-2]), found[-2:]]


def _normal_likelihood(residuals: np.ndarray) -> float:
    n = len(residuals)
    return -n / 2 * (math.log(2 * math.pi * float((residuals**2).mean())) + 1)


def _efficiencies(model: HalfNormal, at: np.ndarray) -> np.ndarray:
    """E[exp(−u) | v + u] of each unit."""
    error = model.y - model.x @ at[:-2]
    over, chance = np.exp(at[-2:])
    middle, spread = error * over**2 / (over**2 + chance**2), over * chance / math.hypot(over, chance)
    tilt = middle / spread
    return np.exp(spread**2 / 2 - middle + special.log_ndtr(tilt - spread) - special.log_ndtr(tilt))


def _without_excess(
    asked: Request, units: Sequence[Unit], part: Sequence[Unit], plain: np.ndarray, residuals: np.ndarray
) -> StochasticResult:
    chance = math.sqrt(float((residuals**2).mean()))
    found = [*_blanks(units, asked), Finding("FR-W8", column=asked.inputs[0])]
    estimates, errors = np.r_[plain, 0.0, chance], np.full(len(plain) + 2, np.nan)
    efficiency = dict.fromkeys((one.unit_id for one in part), 1.0)
    return _result(asked, units, estimates, errors, efficiency, (_normal_likelihood(residuals), 0.0, 1.0), found)


def _result(
    asked: Request,
    units: Sequence[Unit],
    estimates: np.ndarray,
    errors: np.ndarray,
    efficiency: Mapping[str, float],
    test: tuple[float, float, float],
    found: Sequence[Finding],
) -> StochasticResult:
    terms = (INTERCEPT, *asked.outputs, "sigma_u", "sigma_v")
    coefficients = pd.DataFrame({"term": terms, "estimate": estimates, "std_error": errors})
    frame = pd.DataFrame(
        {"unit_id": [one.unit_id for one in units], "efficiency": [efficiency.get(one.unit_id) for one in units]}
    ).astype({"efficiency": "float64"})
    likelihood, lr, p_value = test
    diagnostics = {
        "n": len(efficiency),
        "log_likelihood": likelihood,
        "sigma_u": float(estimates[-2]),
        "sigma_v": float(estimates[-1]),
        "lr": lr,
        "p_value": p_value,
    }
    text = (
        f"{len(efficiency)} 个单位的随机前沿（半正态）：平均效率 {frame['efficiency'].mean():.4f}；"
        f"“没有超出”的似然比检验 LR = {lr:.3f}，p = {p_value:.4f}。"
    )
    tables = {"coefficients": coefficients, "efficiencies": frame}
    return StochasticResult("stochastic_frontier", tables, text, findings=tuple(found), diagnostics=diagnostics)
