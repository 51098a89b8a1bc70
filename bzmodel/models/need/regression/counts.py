"""Counts of people with a mean that is the exponential of a line: Poisson and negative binomial, maximum likelihood."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from scipy import stats
from scipy.optimize import linprog

from bzmodel.models.need.regression.estimate import Bounds, Estimate
from bzmodel.models.need.regression.exact import dependencies, ratio
from bzmodel.models.need.regression.iterated import can_leave_out
from bzmodel.models.need.regression.sample import Sample
from bzmodel.schema.results import BadInput, Finding

ROUNDS = 200
_MOVED = 1e-12
_MANY = 1e8  # people: from here on the quantiles of a count are those of a normal of its mean and variance
_RECESSION = 1e-9
_LARGEST = 700.0  # the exponential of more has no float


@dataclass(frozen=True)
class Counts(Estimate):
    """A fit of counts. slopes: coefficients of the orthogonal columns."""

    slopes: np.ndarray
    own_interval = "count_quantiles"

    @cached_property
    def coefficients(self) -> list[Fraction]:
        """Estimates by term."""
        return self.sample.basis.terms(self.slopes)

    @cached_property
    def linear(self) -> np.ndarray:
        """The line at all rows: the logarithm of the mean."""
        return (self.sample.basis.values * self.slopes).sum(axis=1)

    @cached_property
    def fitted(self) -> np.ndarray:
        """The mean at all rows [persons]."""
        return np.exp(self.linear)

    def persons(self, linear: np.ndarray) -> np.ndarray:
        """Values of the line, in persons."""
        return np.exp(linear)

    @cached_property
    def design(self) -> np.ndarray:
        """The orthogonal columns of the rows that took part."""
        return self.sample.basis.values[list(self.part)]

    @cached_property
    def mean(self) -> np.ndarray:
        """The mean of the rows that took part [persons]."""
        return self.fitted[list(self.part)]

    @cached_property
    def standardised(self) -> np.ndarray:
        """Residuals over the deviation of a count of that mean."""
        return self.residuals / np.sqrt(self.spread(self.mean))

    @cached_property
    def weights(self) -> np.ndarray:
        """What a change of the line at each row that took part counts for, in deviations of a count of its mean."""
        overall = math.sqrt(math.fsum((self.standardised**2).tolist()) / self.df)
        return self.mean / np.sqrt(self.spread(self.mean)) / overall

    @abstractmethod
    def spread(self, mean: np.ndarray) -> np.ndarray:
        """The variance of a count of that mean."""

    def bounds(self) -> Bounds:
        """Quantiles of the fitted distribution at all rows."""
        return self.quantiles(self.fitted)

    def quantiles(self, mean: np.ndarray) -> Bounds:
        """The middle --level of the distribution of a count of that mean [persons]."""
        tails = 0.5 - self.asked.level / 2, 0.5 + self.asked.level / 2
        many = ~(mean < _MANY)
        normal = [mean + stats.norm.ppf(tail) * np.sqrt(self.spread(mean)) for tail in tails]
        counted = np.where(many, 1.0, np.maximum(mean, 1e-300))
        exact = [self.count_quantile(tail, counted) for tail in tails]
        low, high = (np.where(many, wide, close) for wide, close in zip(normal, exact, strict=True))
        return low, high

    @abstractmethod
    def count_quantile(self, tail: float, mean: np.ndarray) -> np.ndarray:
        """A quantile of the distribution of a count of that mean."""


@dataclass(frozen=True)
class Poisson(Counts):
    """Poisson counts, or any staff whose variance is taken to be near its mean: errors also as a sandwich."""

    robust = True

    def spread(self, mean: np.ndarray) -> np.ndarray:
        """The variance of a count of that mean: the mean."""
        return mean

    def count_quantile(self, tail: float, mean: np.ndarray) -> np.ndarray:
        """A quantile of the Poisson distribution."""
        return stats.poisson.ppf(tail, mean)

    @cached_property
    def inverse_information(self) -> np.ndarray:
        """(X' diag(mean) X)⁻¹ on the orthogonal columns."""
        return np.linalg.inv((self.design * self.mean[:, None]).T @ self.design)

    def std_errors(self) -> list[float]:
        """Errors by the inverse information."""
        return self.sample.basis.errors(self.inverse_information)

    def robust_errors(self) -> list[float] | None:
        """HC0 sandwich; where a unit stands twice, its rows together, × G/(G−1)·(n−1)/(n−p).

        None where all rows are of one unit. Source: White 1982; Liang and Zeger 1986.
        """
        scores, clusters = self.design * self.residuals[:, None], self.sample.clusters
        factor = 1.0
        if clusters is not None:
            count = len(clusters)
            if count < 2:
                return None
            factor = count / (count - 1) * (self.n - 1) / self.df
            scores = np.array([scores[rows].sum(axis=0) for rows in clusters])
        inverse = self.inverse_information
        return self.sample.basis.errors(factor * inverse @ (scores.T @ scores) @ inverse)

    def without(self, places: np.ndarray) -> tuple[np.ndarray, Bounds] | None:
        """Predictions and quantiles of rows that took part by the fit of the others."""
        kept = self.kept(places)
        if not can_leave_out(self.sample, places):
            return None
        slopes = poisson_slopes(self.design[kept], self.sample.staff[kept])
        if slopes is None:
            return None
        mean = np.exp((self.design[places] * slopes).sum(axis=1))
        return mean, self.quantiles(mean)


def poisson(sample: Sample) -> Poisson:
    """Maximum likelihood of a sample. Raises BadInput where there is none, or it is not reached."""
    refuse_boundless(sample)
    slopes = poisson_slopes(sample.basis.values[list(sample.part)], sample.staff)
    if slopes is None:
        raise not_reached(sample)
    return Poisson(sample, slopes)


def poisson_slopes(design: np.ndarray, staff: np.ndarray) -> np.ndarray | None:
    """Slopes of the line of log means; None where they do not come to rest."""

    def likelihood(line: np.ndarray) -> float:
        return math.fsum((staff * line - np.exp(line)).tolist())

    def slope(line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean = np.exp(line)
        return staff - mean, mean

    return climb(design, likelihood, slope, start(design, staff))


def start(design: np.ndarray, staff: np.ndarray) -> np.ndarray:
    """Where a likelihood of counts is climbed from: least squares on the logarithm of staff moved to its mean."""
    moved = np.log((staff + float(staff.mean())) / 2)
    return np.linalg.lstsq(design, moved, rcond=None)[0]


def climb(
    design: np.ndarray,
    likelihood: Callable[[np.ndarray], float],
    slope: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    start: np.ndarray,
) -> np.ndarray | None:
    """The slopes of greatest likelihood, by Newton's steps, halved where the likelihood would fall.

    Parameters: slope: of a line, the first derivative of the likelihood by its value at each row, and minus the second.
    Notes: both likelihoods of counts are concave in the slopes. None where the steps do not come to rest.
    """
    at = start
    reached = likelihood((design * at).sum(axis=1))
    for _ in range(ROUNDS):
        first, second = slope((design * at).sum(axis=1))
        information = (design * second[:, None]).T @ design
        gradient = (design * first[:, None]).sum(axis=0)
        if not (np.isfinite(information).all() and np.isfinite(gradient).all()):
            return None
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        small = float(np.abs(step).max()) < _MOVED * max(1.0, float(np.abs(at).max()))
        if small:
            return at + step
        for _ in range(60):
            line = (design * (at + step)).sum(axis=1)
            value = likelihood(line) if float(line.max()) < _LARGEST else -math.inf
            if value >= reached - 1e-12 * abs(reached):
                break
            step = step / 2
        at, reached = at + step, value
    return None


def refuse_boundless(sample: Sample) -> None:
    """Raises BadInput where the likelihood grows without end: a line that only falls where staff is 0.

    Source: J. Santos Silva and S. Tenreyro, On the existence of maximum likelihood estimates in Poisson regression,
    Economics Letters 107 (2010).
    """
    zero = [at for at in sample.part if sample.rows[at].staff == 0]
    some = [at for at in sample.part if sample.rows[at].staff > 0]
    if not zero or not dependencies(sample.columns.gram(some)):
        return
    values = sample.basis.values
    found = linprog(
        values[zero].sum(axis=0),
        A_ub=values[zero],
        b_ub=np.zeros(len(zero)),
        A_eq=values[some],
        b_eq=np.zeros(len(some)),
        bounds=(-1, 1),
        method="highs",
    )
    if found.status != 0 or found.fun > -_RECESSION:
        return
    moved = [ratio(value * unit) for value, unit in zip(sample.basis.terms(found.x), _lengths(sample), strict=True)]
    most = max(map(abs, moved))
    named = [sample.asked.named(j) for j, value in enumerate(moved) if abs(value) > 1e-6 * most]
    columns = "、".join(dict.fromkeys(name for name in named if name != "intercept")) or sample.asked.staff
    raise BadInput(Finding("FT-E11", column=columns, about={"columns": columns, "staff": sample.asked.staff}))


def _lengths(sample: Sample) -> list[Fraction]:
    """The largest value of each term: what makes slopes comparable."""
    pairs = zip(sample.columns.whole[:-1], sample.columns.units, strict=False)
    return [max(map(abs, column)) * unit for column, unit in pairs]


def not_reached(sample: Sample) -> BadInput:
    """That the likelihood's greatest value was not reached."""
    about = {"method": sample.asked.method, "rounds": ROUNDS}
    return BadInput(Finding("FT-E10", column=sample.asked.staff, about=about))
