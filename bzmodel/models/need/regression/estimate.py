"""One ordinary least-squares fit: coefficients, errors, predictions, what is left over. Exact until printed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from scipy import stats

from bzmodel.models.need.regression.exact import Columns, Gram, Solution, dependencies, ratio, root, solve, without
from bzmodel.models.need.regression.intervals import HeldOut, folds
from bzmodel.models.need.regression.rows import Request, Row, refusals
from bzmodel.schema.results import BadInput, Finding

CERTIFIED_ROWS = 5000
_LOGARITHMS = Fraction(1, 10**26)  # of a sum of squares: what the rounding of logarithms may leave


@dataclass(frozen=True)
class Estimate:
    """A fit of one set of rows.

    rows: all rows that have drivers, in an order of their own; part: the places of those that took part.
    columns: the terms and what they explain over `rows`. gram: their sums over `part`.
    """

    asked: Request
    rows: tuple[Row, ...]
    part: tuple[int, ...]
    columns: Columns
    gram: list[list[int]]
    solution: Solution

    @property
    def n(self) -> int:
        """Rows that took part."""
        return len(self.part)

    @property
    def p(self) -> int:
        """Coefficients."""
        return len(self.asked.terms)

    @property
    def df(self) -> int:
        """n − p."""
        return self.n - self.p

    @property
    def certified(self) -> bool:
        """Whether what is printed is the correctly rounded exact value."""
        return not self.asked.log and self.n <= CERTIFIED_ROWS

    def design(self, at: int) -> list[int]:
        """The terms of a row, in the units of their columns."""
        return [column[at] for column in self.columns.whole[:-1]]

    @cached_property
    def designs(self) -> list[list[int]]:
        """The terms of every row."""
        return [self.design(at) for at in range(len(self.rows))]

    @cached_property
    def coefficients(self) -> list[Fraction]:
        """Estimates, exact."""
        last = self.columns.units[-1]
        pairs = zip(self.solution.slopes, self.columns.units, strict=False)
        return [Fraction(slope, self.solution.det) * last / unit for slope, unit in pairs]

    @cached_property
    def rss(self) -> Fraction:
        """Residual sum of squares, exact."""
        return self.solution.rss * self.columns.units[-1] ** 2

    @cached_property
    def variance(self) -> Fraction:
        """rss / (n − p), exact."""
        return self.rss / self.df

    @cached_property
    def unscaled(self) -> list[Fraction]:
        """The diagonal of (X'X)⁻¹, exact."""
        inverse, det = self.solution.inverse, self.solution.det
        return [Fraction(inverse[j][j], det) / self.columns.units[j] ** 2 for j in range(self.p)]

    def std_errors(self) -> list[float]:
        """Classical standard errors, correctly rounded."""
        return [root(self.variance * spread) for spread in self.unscaled]

    @cached_property
    def linear(self) -> np.ndarray:
        """Predictions of all rows on the scale of the fit."""
        unit = self.columns.units[-1]
        return np.array([ratio(self.solution.fitted(row) * unit) for row in self.designs])

    @cached_property
    def leverages(self) -> list[Fraction]:
        """x'(X'X)⁻¹x of all rows, exact."""
        return [self.solution.leverage(row) for row in self.designs]

    @cached_property
    def residuals(self) -> np.ndarray:
        """y − fit of the rows that took part, on the scale of the fit; each correctly rounded."""
        unit, explained = self.columns.units[-1], self.columns.whole[-1]
        return np.array([ratio((explained[at] - self.solution.fitted(self.designs[at])) * unit) for at in self.part])

    @cached_property
    def influences(self) -> np.ndarray:
        """(X'X)⁻¹x of each row that took part: what one more person there adds to each coefficient."""
        det, units = self.solution.det, self.columns.units
        lines = [self.solution.weights(self.designs[at]) for at in self.part]
        return np.array(
            [[ratio(Fraction(w, det) / unit) for w, unit in zip(line, units, strict=False)] for line in lines]
        )

    @cached_property
    def clusters(self) -> list[list[int]] | None:
        """Rows that took part by unit (places in `part`), where a unit has several; else None."""
        if self.asked.unit is None:
            return None
        groups: dict[str | None, list[int]] = {}
        for place, at in enumerate(self.part):
            groups.setdefault(self.rows[at].unit, []).append(place)
        return list(groups.values()) if len(groups) < self.n else None

    def robust_errors(self) -> list[float] | None:
        """HC3, or CR1 where a unit stands twice; None where leverage 1 or a single unit leaves them undefined.

        Source: MacKinnon and White 1985 (HC3); Liang and Zeger 1986 (CR1).
        """
        scores = self.influences * self.residuals[:, None]
        if self.clusters is not None:
            count = len(self.clusters)
            if count < 2:
                return None
            factor = math.sqrt(count / (count - 1) * (self.n - 1) / self.df)
            sums = [[math.fsum(scores[rows, j]) for rows in self.clusters] for j in range(self.p)]
            return [factor * math.hypot(*column) for column in sums]
        if any(self.leverages[at] == 1 for at in self.part):
            return None
        left = np.array([ratio(1 - self.leverages[at]) for at in self.part])
        return [math.hypot(*column) for column in (scores / left[:, None]).T.tolist()]

    @property
    def robust_df(self) -> int:
        """Degrees of freedom of the t quantile: clusters − 1, else n − p."""
        return self.df if self.clusters is None else len(self.clusters) - 1

    def sum_of_squares(self) -> Fraction:
        """Of y on the scale of the fit: about its mean with an intercept, about 0 without."""
        ys = [self.rows[at].y for at in self.part]
        total = sum((y * y for y in ys), Fraction(0))
        return total - sum(ys, Fraction(0)) ** 2 / self.n if self.asked.intercept else total

    def r_squared(self) -> float:
        """1 − rss / sum of squares; correctly rounded."""
        return ratio(1 - self.rss / self.sum_of_squares())

    def f_test(self) -> tuple[float | None, float | None]:
        """F of all drivers and its p-value; None where the residuals are 0."""
        if self.rss == 0:
            return None, None
        drivers = self.p - self.asked.intercept
        f = ratio((self.sum_of_squares() - self.rss) / drivers / self.variance)
        return f, float(stats.f.sf(f, drivers, self.df))

    def vif(self) -> dict[str, float]:
        """(X'X)⁻¹ of each driver times its sum of squares (about the mean; without intercept about 0)."""
        found = {}
        for j in range(int(self.asked.intercept), self.p):
            squares = Fraction(self.gram[j][j])
            if self.asked.intercept:
                squares -= Fraction(self.gram[0][j] ** 2, self.gram[0][0])
            found[self.asked.terms[j]] = ratio(squares * Fraction(self.solution.inverse[j][j], self.solution.det))
        return found

    @cached_property
    def smear(self) -> float:
        """Mean of exp(residual): what brings a logarithm back to a mean of persons; 1 in levels.

        Source: N. Duan, Smearing estimate, JASA 78 (1983).
        """
        return math.fsum(np.exp(self.residuals).tolist()) / self.n if self.asked.log else 1.0

    def persons(self, linear: np.ndarray) -> np.ndarray:
        """Predictions on the scale of the fit, in persons."""
        return np.exp(linear) * self.smear if self.asked.log else linear

    def classical(self, solution: Solution, df: int, at: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Prediction, low and high in persons for rows, by the solution given (that of a fold, or the fit's own)."""
        unit = self.columns.units[-1]
        linear = np.array([ratio(solution.fitted(self.designs[i]) * unit) for i in at])
        spread = [root((1 + solution.leverage(self.designs[i])) * solution.rss * unit**2 / df) for i in at]
        half = float(stats.t.ppf(0.5 + self.asked.level / 2, df)) * np.array(spread)
        if self.asked.log:
            return self.persons(linear), np.exp(linear - half), np.exp(linear + half)
        return linear, linear - half, linear + half

    def held_out(self) -> HeldOut:
        """The rows that took part, each predicted by the fit without its fold.

        Notes: on the log scale the smearing factor is that of the whole fit.
        """
        rows = [self.rows[at] for at in self.part]
        fold = folds([row.content for row in rows], [row.unit for row in rows] if self.asked.unit else None)
        staff = np.array([ratio(row.staff) for row in rows])
        predicted, low, high = (np.full(self.n, np.nan) for _ in range(3))
        known = len(np.unique(fold)) > 1
        for number in np.unique(fold) if known else ():
            places = np.flatnonzero(fold == number)
            out = [self.part[place] for place in places]
            solution = solve(without(self.gram, self.columns.gram(out)))
            df = self.n - len(out) - self.p
            if solution is None or df < 1:
                known = False
                break
            predicted[places], low[places], high[places] = self.classical(solution, df, out)
        return HeldOut(staff, predicted, low, high, fold, known)


def estimate(rows: Sequence[Row], asked: Request) -> Estimate:
    """Fit the rows that take part. Raises BadInput naming the columns: constant, collinear, too few rows, log of 0."""
    taking_part = [row for row in rows if not row.reason]
    found = refusals(taking_part, asked)
    if len(taking_part) < len(asked.terms) or any(row.x is None for row in taking_part):
        raise BadInput(*found)
    known = sorted((row for row in rows if row.x is not None), key=lambda row: row.order)
    part = tuple(at for at, row in enumerate(known) if not row.reason)
    terms = [[row.x[j] for row in known] for j in range(len(asked.terms))]
    columns = Columns.of([*terms, [row.y if row.y is not None else Fraction(0) for row in known]])
    gram = columns.gram(part)
    solution = solve(gram)
    if solution is None or asked.log:
        found += _collinear(gram, asked, {one.column for one in found})
    if solution is None or found:
        raise BadInput(*found)
    fit = Estimate(asked, tuple(known), part, columns, gram, solution)
    _refuse_infinite(fit)
    return fit


def _collinear(gram: Gram, asked: Request, told: set[str]) -> Iterator[Finding]:
    """Columns that are exactly collinear, set by set; a constant one, which is told already, is none of them."""
    for columns in dependencies(gram, _LOGARITHMS if asked.log else Fraction(0)):
        if asked.named(columns[-1]) not in told:
            names = "、".join(dict.fromkeys(map(asked.named, columns)))
            yield Finding("IN-J2", column=names, about={"columns": names})


def _refuse_infinite(fit: Estimate) -> None:
    """Raises BadInput where a coefficient or its error is beyond the largest number there is."""
    printed = zip(map(ratio, fit.coefficients), fit.std_errors(), strict=True)
    beyond = [fit.asked.named(at) for at, pair in enumerate(printed) if not all(map(math.isfinite, pair))]
    if beyond:
        raise BadInput(*(Finding("FT-E6", column=name) for name in dict.fromkeys(beyond)))
