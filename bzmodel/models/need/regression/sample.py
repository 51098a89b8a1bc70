"""The rows of a fit and all that is known of them before a method speaks: exact columns, leverage, VIF, clusters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import mul

import numpy as np

from bzmodel.models.need.regression.exact import Columns, Gram, Solution, dependencies, ratio, root, solve
from bzmodel.models.need.regression.intervals import folds
from bzmodel.models.need.regression.rows import Request, Row, refusals
from bzmodel.schema.results import BadInput, Finding

_LOGARITHMS = Fraction(1, 10**26)  # of a sum of squares: what the rounding of logarithms may leave


@dataclass(frozen=True)
class Basis:
    """Columns that span the terms and are orthogonal over the rows that took part, with mean square 1 there.

    values: a line for each row. back: coefficients of the terms = back × coefficients of these columns, exact.
    Notes: computed in rational arithmetic and rounded once, so that an iteration in floats never meets a column that
    is large, far from 0 or nearly a sum of others, and no measure of a column changes what it finds.
    """

    values: np.ndarray
    back: tuple[tuple[Fraction, ...], ...]

    def terms(self, coefficients: np.ndarray) -> list[Fraction]:
        """Coefficients of the terms from those of these columns."""
        found = [Fraction(value) for value in coefficients.tolist()]
        return [_product(line, found) for line in self.back]

    def errors(self, covariance: np.ndarray) -> list[float]:
        """Standard errors of the terms from the covariance of coefficients of these columns."""
        exact = [[Fraction(value) for value in line] for line in covariance.tolist()]
        spread = [[_product(line, own) for line in exact] for own in self.back]
        return [root(max(_product(own, line), Fraction(0))) for own, line in zip(self.back, spread, strict=True)]


@dataclass(frozen=True)
class Sample:
    """One set of rows to be fitted.

    rows: all rows that have drivers, in an order of their own; part: the places of those that take part.
    columns: the terms and what they explain over `rows`. gram: their sums over `part`. solution: least squares of it.
    """

    asked: Request
    rows: tuple[Row, ...]
    part: tuple[int, ...]
    columns: Columns
    gram: Gram
    solution: Solution

    @property
    def n(self) -> int:
        """Rows that take part."""
        return len(self.part)

    @cached_property
    def designs(self) -> list[list[int]]:
        """The terms of every row, in the units of their columns."""
        return [list(row) for row in zip(*self.columns.whole[:-1], strict=True)]

    @cached_property
    def leverages(self) -> list[Fraction]:
        """x'(X'X)⁻¹x of all rows, exact."""
        return [self.solution.leverage(row) for row in self.designs]

    @cached_property
    def clusters(self) -> list[list[int]] | None:
        """Rows that take part by unit (places in `part`), where a unit has several; else None."""
        if self.asked.unit is None:
            return None
        groups: dict[str | None, list[int]] = {}
        for place, at in enumerate(self.part):
            groups.setdefault(self.rows[at].unit, []).append(place)
        return list(groups.values()) if len(groups) < self.n else None

    @cached_property
    def folds(self) -> np.ndarray:
        """The fold of each row that takes part."""
        rows = [self.rows[at] for at in self.part]
        return folds([row.content for row in rows], [row.unit for row in rows] if self.asked.unit else None)

    @cached_property
    def staff(self) -> np.ndarray:
        """Staff of the rows that take part [persons]."""
        return np.array([ratio(self.rows[at].staff) for at in self.part])

    @cached_property
    def sum_of_squares(self) -> Fraction:
        """Of y on the scale of the fit: about its mean with an intercept, about 0 without."""
        ys = [self.rows[at].y for at in self.part]
        total = sum((y * y for y in ys), Fraction(0))
        return total - sum(ys, Fraction(0)) ** 2 / self.n if self.asked.intercept else total

    def vif(self) -> dict[str, float]:
        """(X'X)⁻¹ of each driver times its sum of squares (about the mean; without intercept about 0)."""
        found = {}
        for j in range(int(self.asked.intercept), len(self.asked.terms)):
            squares = Fraction(self.gram[j][j])
            if self.asked.intercept:
                squares -= Fraction(self.gram[0][j] ** 2, self.gram[0][0])
            found[self.asked.terms[j]] = ratio(squares * Fraction(self.solution.inverse[j][j], self.solution.det))
        return found

    def least_squares(self) -> list[Fraction]:
        """Coefficients of the terms by least squares, exact."""
        last = self.columns.units[-1]
        pairs = zip(self.solution.slopes, self.columns.units, strict=False)
        return [Fraction(slope, self.solution.det) * last / unit for slope, unit in pairs]

    @cached_property
    def least_squares_fitted(self) -> np.ndarray:
        """Fitted values of all rows by least squares, each correctly rounded."""
        unit = self.columns.units[-1]
        return np.array([ratio(self.solution.fitted(row) * unit) for row in self.designs])

    @cached_property
    def least_squares_residuals(self) -> np.ndarray:
        """y − fitted of the rows that take part by least squares, each correctly rounded."""
        unit, explained = self.columns.units[-1], self.columns.whole[-1]
        return np.array([ratio((explained[at] - self.solution.fitted(self.designs[at])) * unit) for at in self.part])

    @cached_property
    def deviation(self) -> float:
        """Residual deviation of least squares; 0 exactly where it fits perfectly."""
        return root(self.solution.rss * self.columns.units[-1] ** 2 / (self.n - len(self.asked.terms)))

    @cached_property
    def basis(self) -> Basis:
        """Orthogonal columns that span the terms."""
        width = len(self.asked.terms)
        values = np.empty((len(self.rows), width))
        back = [[Fraction(0)] * width for _ in range(width)]
        for k in range(width):
            earlier = solve([line[: k + 1] for line in self.gram[: k + 1]])
            size = _root(earlier.rss / self.n)
            weights = [*(-slope for slope in earlier.slopes), earlier.det]
            for at, row in enumerate(self.designs):
                whole = sum(weight * value for weight, value in zip(weights, row, strict=False))
                values[at, k] = whole * size.denominator / (earlier.det * size.numerator)
            for j, weight in enumerate(weights):
                back[j][k] = Fraction(weight, earlier.det) / (size * self.columns.units[j])
        return Basis(values, tuple(map(tuple, back)))


def _product(one: Sequence[Fraction], other: Sequence[Fraction]) -> Fraction:
    return sum(map(mul, one, other), Fraction(0))


def _root(value: Fraction) -> Fraction:
    """The square root to the digits of a float, of rationals beyond all floats as well."""
    half = (value.numerator.bit_length() - value.denominator.bit_length()) // 2
    return Fraction(root(value / Fraction(4) ** half)) * Fraction(2) ** half


def sample_of(rows: Sequence[Row], asked: Request) -> Sample:
    """The rows made ready. Raises BadInput naming the columns: constant, collinear, too few rows, log of 0."""
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
    if solution is None or asked.log_drivers:
        found += _collinear(gram, asked, {one.column for one in found})
    if solution is None or found:
        raise BadInput(*found)
    return Sample(asked, tuple(known), part, columns, gram, solution)


def _collinear(gram: Gram, asked: Request, told: set[str]) -> Iterator[Finding]:
    """Columns that are exactly collinear, set by set; a constant one, which is told already, is none of them."""
    for columns in dependencies(gram, _LOGARITHMS if asked.log_drivers else Fraction(0)):
        if asked.named(columns[-1]) not in told:
            names = "、".join(dict.fromkeys(map(asked.named, columns)))
            yield Finding("IN-J2", column=names, about={"columns": names})
