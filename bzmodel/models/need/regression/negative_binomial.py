"""Counts that vary more than Poisson's: the negative binomial NB2, variance = mean + dispersion × mean²."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from scipy.special import polygamma, psi

from bzmodel.models.need.regression.counts import (
    Counts,
    Poisson,
    climb,
    not_reached,
    poisson_slopes,
    refuse_boundless,
)
from bzmodel.models.need.regression.estimate import Bounds
from bzmodel.models.need.regression.iterated import can_leave_out
from bzmodel.models.need.regression.sample import Sample
from bzmodel.schema.results import Finding

_LEAST, _MOST = 1e-7, 1e7  # dispersion looked for between these
_WIDER = 4.0
_LARGE_SHAPE = 40.0  # from here on gamma functions are taken by their series, whose differences keep their digits


@dataclass(frozen=True)
class NegativeBinomial(Counts):
    """Negative binomial NB2 by maximum likelihood, slopes and dispersion together.

    dispersion: 0 where staff varies no more than a Poisson count.
    """

    dispersion: float

    def spread(self, mean: np.ndarray) -> np.ndarray:
        """The variance of a count of that mean."""
        return mean + self.dispersion * mean**2

    def count_quantile(self, tail: float, mean: np.ndarray) -> np.ndarray:
        """A quantile of the negative binomial distribution; of Poisson's where the dispersion is 0."""
        return _quantile(tail, mean, self.dispersion)

    def std_errors(self) -> list[float]:
        """Errors by the inverse of the observed information of slopes and dispersion together.

        Notes: where the dispersion is 0, at the edge of what it may be, those of Poisson.
        """
        if self.dispersion == 0:
            return Poisson(self.sample, self.slopes).std_errors()
        second, cross, own = _information(self.sample.staff, self.mean, self.dispersion)
        slopes = (self.design * second[:, None]).T @ self.design
        mixed = (self.design * cross[:, None]).sum(axis=0)
        return self.sample.basis.errors(np.linalg.inv(slopes - np.outer(mixed, mixed) / own))

    def without(self, places: np.ndarray) -> tuple[np.ndarray, Bounds] | None:
        """Predictions and quantiles of rows that took part by the fit of the others."""
        if not can_leave_out(self.sample, places):
            return None
        kept = self.kept(places)
        found = _fit(self.design[kept], self.sample.staff[kept])
        if found is None:
            return None
        slopes, dispersion = found
        mean = np.exp((self.design[places] * slopes).sum(axis=1))
        return mean, NegativeBinomial(self.sample, slopes, dispersion).quantiles(mean)

    def notes(self) -> list[Finding]:
        """That the dispersion is 0, where it is."""
        return [] if self.dispersion else [Finding("FT-W11", column=self.asked.staff)]

    def parameters(self) -> dict[str, object]:
        """The dispersion."""
        return {"dispersion": self.dispersion}

    def says(self) -> str:
        """The same in words."""
        return f"，离散系数 {self.dispersion:.3g}"


def negative_binomial(sample: Sample) -> NegativeBinomial:
    """Maximum likelihood of a sample. Raises BadInput where there is none, or it is not reached."""
    refuse_boundless(sample)
    found = _fit(sample.basis.values[list(sample.part)], sample.staff)
    if found is None:
        raise not_reached(sample)
    return NegativeBinomial(sample, *found)


def _fit(design: np.ndarray, staff: np.ndarray) -> tuple[np.ndarray, float] | None:
    """Slopes and dispersion; None where they are not reached.

    Notes: for each dispersion the slopes follow (a concave problem); the dispersion is where the likelihood, its slopes
    following, is level. Where it falls from 0 on, 0.
    """
    slopes = poisson_slopes(design, staff)
    if slopes is None:
        return None
    mean = np.exp((design * slopes).sum(axis=1))
    if math.fsum(((staff - mean) ** 2 - staff).tolist()) <= 0:
        return slopes, 0.0

    def rise(logarithm: float) -> float:
        """The likelihood's derivative by the dispersion's logarithm, its slopes following."""
        nonlocal slopes
        slopes = _slopes(design, staff, math.exp(logarithm), slopes)
        if slopes is None:
            raise ArithmeticError
        return _rise(staff, np.exp((design * slopes).sum(axis=1)), math.exp(logarithm)) * math.exp(logarithm)

    try:
        low, high = _bracket(rise, staff, mean)
        logarithm = float(brentq(rise, low, high, xtol=1e-13, rtol=1e-14))
    except (ArithmeticError, ValueError):
        return None
    dispersion = math.exp(logarithm)
    found = _slopes(design, staff, dispersion, slopes)
    return None if found is None else (found, dispersion)


def _bracket(rise: Callable[[float], float], staff: np.ndarray, mean: np.ndarray) -> tuple[float, float]:
    """Logarithms of dispersion between which the likelihood is level. Raises ArithmeticError: there is none."""
    moment = math.fsum(((staff - mean) ** 2 - staff).tolist()) / math.fsum((mean**2).tolist())
    at = math.log(min(max(moment, 10 * _LEAST), _MOST / 10))
    step = math.log(_WIDER) if rise(at) > 0 else -math.log(_WIDER)
    while (rise(at + step) > 0) == (step > 0):
        at += step
        if not math.log(_LEAST) < at < math.log(_MOST):
            raise ArithmeticError
    return min(at, at + step), max(at, at + step)


def _slopes(design: np.ndarray, staff: np.ndarray, dispersion: float, start: np.ndarray) -> np.ndarray | None:
    """Slopes of greatest likelihood at a dispersion."""

    def likelihood(line: np.ndarray) -> float:
        grown = np.log1p(dispersion * np.exp(line))
        return math.fsum((staff * (line - grown) - grown / dispersion).tolist())

    def slope(line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean = np.exp(line)
        grown = 1 + dispersion * mean
        return (staff - mean) / grown, mean * (1 + dispersion * staff) / grown**2

    return climb(design, likelihood, slope, start)


def _rise(staff: np.ndarray, mean: np.ndarray, dispersion: float) -> float:
    """The likelihood's derivative by the dispersion."""
    shape = 1 / dispersion
    grown = dispersion * mean
    first = _digamma_step(staff, shape)
    by_shape = first - np.log1p(grown) + (grown - dispersion * staff) / (1 + grown)
    return -math.fsum(by_shape.tolist()) * shape**2


def _information(staff: np.ndarray, mean: np.ndarray, dispersion: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Minus the second derivatives at each row by line, by line and dispersion; by dispersion, their sum.

    Source: J. F. Lawless, Negative binomial and mixed Poisson regression, Canadian Journal of Statistics 15 (1987).
    """
    shape, grown = 1 / dispersion, 1 + dispersion * mean
    by_line = mean * (1 + dispersion * staff) / grown**2
    by_both = (staff - mean) * mean / grown**2
    by_shape = _digamma_step(staff, shape) - np.log(grown) + dispersion * (mean - staff) / grown
    twice = _trigamma_step(staff, shape) + dispersion - 2 / (shape + mean) + (staff + shape) / (shape + mean) ** 2
    own = -(twice * shape**4 + 2 * by_shape * shape**3)
    return by_line, by_both, math.fsum(own.tolist())


def _digamma_step(staff: np.ndarray, shape: float) -> np.ndarray:
    """ψ(staff + shape) − ψ(shape)."""
    if shape < _LARGE_SHAPE:
        return psi(staff + shape) - psi(shape)

    def rest(z: np.ndarray | float) -> np.ndarray | float:
        return -1 / (2 * z) - 1 / (12 * z**2) + 1 / (120 * z**4) - 1 / (252 * z**6)

    return np.log1p(staff / shape) + rest(staff + shape) - rest(shape)


def _trigamma_step(staff: np.ndarray, shape: float) -> np.ndarray:
    """ψ'(staff + shape) − ψ'(shape)."""
    if shape < _LARGE_SHAPE:
        return polygamma(1, staff + shape) - polygamma(1, shape)

    def rest(z: np.ndarray | float) -> np.ndarray | float:
        return 1 / (2 * z**2) + 1 / (6 * z**3) - 1 / (30 * z**5) + 1 / (42 * z**7)

    return -staff / (shape * (staff + shape)) + rest(staff + shape) - rest(shape)


def _quantile(tail: float, mean: np.ndarray, dispersion: float) -> np.ndarray:
    if dispersion == 0:
        return stats.poisson.ppf(tail, mean)
    shape = 1 / dispersion
    return stats.nbinom.ppf(tail, shape, shape / (shape + mean))
