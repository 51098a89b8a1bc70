"""Least squares, ordinary and with drivers that cannot take people away. Exact until printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
from scipy import stats

from bzmodel.models.need.regression.estimate import Bounds, Estimate
from bzmodel.models.need.regression.exact import Gram, Solution, nonnegative, ratio, root, solve, within, without
from bzmodel.models.need.regression.sample import Sample
from bzmodel.schema.results import Finding

CERTIFIED_ROWS = 5000


@dataclass(frozen=True)
class LeastSquares(Estimate):
    """Least squares over the terms that are free; the others are held at 0. solution: over the free ones."""

    free: tuple[int, ...] = ()
    solution: Solution = field(kw_only=True)
    robust = True

    @property
    def p(self) -> int:
        """Coefficients estimated: those not held at 0."""
        return len(self.free)

    @property
    def certified(self) -> bool:
        """Whether what is printed is the correctly rounded exact value."""
        return not self.asked.log and self.n <= CERTIFIED_ROWS

    @cached_property
    def units(self) -> list[Fraction]:
        """Units of the free columns."""
        return [self.sample.columns.units[j] for j in self.free]

    @cached_property
    def designs(self) -> list[list[int]]:
        """The free terms of every row, in the units of their columns."""
        return [[row[j] for j in self.free] for row in self.sample.designs]

    def gram(self, part: Sequence[int] | None = None) -> Gram:
        """Sums over the rows that took part, or some of them (places in `rows`)."""
        return within(self.sample.gram if part is None else self.sample.columns.gram(part), self.free)

    def by_term(self, values: Sequence, held: object) -> list:
        """Values of the free terms in their places among all."""
        found = dict(zip(self.free, values, strict=True))
        return [found.get(j, held) for j in range(len(self.asked.terms))]

    @cached_property
    def coefficients(self) -> list[Fraction]:
        """Estimates, exact; 0 for those held."""
        last = self.sample.columns.units[-1]
        pairs = zip(self.solution.slopes, self.units, strict=True)
        return self.by_term([Fraction(slope, self.solution.det) * last / unit for slope, unit in pairs], Fraction(0))

    @cached_property
    def rss(self) -> Fraction:
        """Residual sum of squares, exact."""
        return self.solution.rss * self.sample.columns.units[-1] ** 2

    def std_errors(self) -> list[float | None]:
        """Classical standard errors, correctly rounded; None for those held."""
        inverse, det = self.solution.inverse, self.solution.det
        unscaled = (Fraction(inverse[j][j], det) / unit**2 for j, unit in enumerate(self.units))
        return self.by_term([root(self.variance * spread) for spread in unscaled], None)

    @cached_property
    def linear(self) -> np.ndarray:
        """Predictions of all rows on the scale of the fit."""
        unit = self.sample.columns.units[-1]
        return np.array([ratio(self.solution.fitted(row) * unit) for row in self.designs])

    @cached_property
    def leverages(self) -> list[Fraction]:
        """x'(X'X)⁻¹x of all rows over the free terms, exact."""
        return [self.solution.leverage(row) for row in self.designs]

    @cached_property
    def residuals(self) -> np.ndarray:
        """y − fit of the rows that took part, on the scale of the fit; each correctly rounded."""
        unit, explained = self.sample.columns.units[-1], self.sample.columns.whole[-1]
        return np.array([ratio((explained[at] - self.solution.fitted(self.designs[at])) * unit) for at in self.part])

    @cached_property
    def influences(self) -> np.ndarray:
        """(X'X)⁻¹x of each row that took part: what one more person there adds to each free coefficient."""
        det = self.solution.det
        lines = [self.solution.weights(self.designs[at]) for at in self.part]
        return np.array(
            [[ratio(Fraction(w, det) / unit) for w, unit in zip(line, self.units, strict=True)] for line in lines]
        )

    def robust_errors(self) -> list[float | None] | None:
        """HC3, or CR1 where a unit stands twice; None where leverage 1 or a single unit leaves them undefined.

        Source: MacKinnon and White 1985 (HC3); Liang and Zeger 1986 (CR1).
        """
        scores, clusters = self.influences * self.residuals[:, None], self.sample.clusters
        if clusters is not None:
            count = len(clusters)
            if count < 2:
                return None
            factor = math.sqrt(count / (count - 1) * (self.n - 1) / self.df)
            sums = [[math.fsum(scores[rows, j]) for rows in clusters] for j in range(self.p)]
            return self.by_term([factor * math.hypot(*column) for column in sums], None)
        if any(self.leverages[at] == 1 for at in self.part):
            return None
        left = np.array([ratio(1 - self.leverages[at]) for at in self.part])
        return self.by_term([math.hypot(*column) for column in (scores / left[:, None]).T.tolist()], None)

    @property
    def quantile(self) -> float:
        """Student's t with n − p degrees of freedom, clusters − 1 where a unit stands twice."""
        clusters = self.sample.clusters
        df = self.df if clusters is None else len(clusters) - 1
        return float(stats.t.ppf(0.5 + self.asked.level / 2, df))

    def cooks_distances(self) -> np.ndarray | None:
        """Cook's distance of each row that took part; None where the residuals are 0 or a leverage is 1."""
        leverage = [self.leverages[at] for at in self.part]
        if self.rss == 0 or not self.p or any(share == 1 for share in leverage):
            return None
        return self.standardised**2 * np.array([ratio(share / (1 - share) ** 2 / self.p) for share in leverage])

    def without(self, places: np.ndarray) -> tuple[np.ndarray, Bounds | None] | None:
        """Predictions of rows that took part by the exact fit of the others; None where those cannot be fitted."""
        out = [self.part[place] for place in places]
        free, solution = self.refit(without(self.sample.gram, self.sample.columns.gram(out)))
        df = self.n - len(out) - len(free)
        return None if solution is None or df < 1 else self.at(free, solution, df, out)

    def refit(self, gram: Gram) -> tuple[tuple[int, ...], Solution | None]:
        """The free terms and the solution by other sums; None where they are collinear."""
        return self.free, solve(gram)

    def at(
        self, free: Sequence[int], solution: Solution, df: int, rows: Sequence[int]
    ) -> tuple[np.ndarray, Bounds | None]:
        """Predictions of rows by a solution [persons], and their bounds where the method has them."""
        unit = self.sample.columns.units[-1]
        designs = [[self.sample.designs[i][j] for j in free] for i in rows]
        return self.persons(np.array([ratio(solution.fitted(row) * unit) for row in designs])), None


class Ordinary(LeastSquares):
    """Ordinary least squares: all terms free."""

    own_interval = "classical"

    def f_test(self) -> tuple[float | None, float | None]:
        """F of all drivers and its p-value; None where the residuals are 0."""
        if self.rss == 0:
            return None, None
        drivers = self.p - self.asked.intercept
        f = ratio((self.sample.sum_of_squares - self.rss) / drivers / self.variance)
        return f, float(stats.f.sf(f, drivers, self.df))

    def bounds(self) -> Bounds:
        """The classical interval for a new unit at all rows."""
        return self.at(self.free, self.solution, self.df, range(len(self.rows)))[1]

    def at(self, free: Sequence[int], solution: Solution, df: int, rows: Sequence[int]) -> tuple[np.ndarray, Bounds]:
        """Prediction, and classical low and high in persons, for rows by a solution (of a fold, or the fit's own)."""
        unit, designs = self.sample.columns.units[-1], self.sample.designs
        linear = np.array([ratio(solution.fitted(designs[i]) * unit) for i in rows])
        spread = [root((1 + solution.leverage(designs[i])) * solution.rss * unit**2 / df) for i in rows]
        half = float(stats.t.ppf(0.5 + self.asked.level / 2, df)) * np.array(spread)
        if self.asked.log:
            return self.persons(linear), (np.exp(linear - half), np.exp(linear + half))
        return linear, (linear - half, linear + half)


class NonNegative(LeastSquares):
    """Least squares with drivers >= 0 and the intercept free: a unit of work cannot take people away."""

    def refit(self, gram: Gram) -> tuple[tuple[int, ...], Solution | None]:
        """The free terms and the solution by other sums; None where they are collinear."""
        free = nonnegative(gram, range(self.asked.intercept))
        return ((), None) if free is None else (free, solve(within(gram, free)))

    def notes(self) -> list[Finding]:
        """Drivers held at 0, by name."""
        held = [self.asked.terms[j] for j in range(len(self.asked.terms)) if j not in self.free]
        return [Finding("FT-W9", column=term) for term in held]


def ordinary(sample: Sample) -> Ordinary:
    """Ordinary least squares of a sample."""
    return Ordinary(sample, tuple(range(len(sample.asked.terms))), solution=sample.solution)


def non_negative(sample: Sample) -> NonNegative:
    """Least squares of a sample with drivers >= 0."""
    free = nonnegative(sample.gram, range(sample.asked.intercept))
    return NonNegative(sample, free, solution=solve(within(sample.gram, free)))
