"""Fits that are iterated in floats on orthogonal columns, from the exact least-squares line: what they share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from bzmodel.models.need.regression.estimate import Bounds, Estimate
from bzmodel.models.need.regression.exact import solve, without
from bzmodel.models.need.regression.sample import Sample


@dataclass(frozen=True)
class Problem:
    """Rows to be fitted on: orthogonal columns, and what least squares leaves, in units of its deviation."""

    columns: np.ndarray
    explained: np.ndarray


def problem(sample: Sample, places: np.ndarray | None = None) -> Problem:
    """The rows that take part (or some of them) as an iteration sees them."""
    columns = sample.basis.values[list(sample.part)]
    explained = sample.least_squares_residuals / sample.deviation if sample.deviation else np.zeros(sample.n)
    return Problem(columns, explained) if places is None else Problem(columns[places], explained[places])


def can_leave_out(sample: Sample, places: np.ndarray) -> bool:
    """Whether the other rows determine a line, with a row to spare."""
    rest = without(sample.gram, sample.columns.gram([sample.part[place] for place in places]))
    return sample.n - len(places) > len(sample.asked.terms) and solve(rest) is not None


@dataclass(frozen=True)
class Shifted(Estimate):
    """A line that is the least-squares line and a shift. shift: on the orthogonal columns, in units of deviation."""

    shift: np.ndarray

    @cached_property
    def coefficients(self) -> list[Fraction]:
        """Estimates by term."""
        moved = self.sample.basis.terms(self.shift * self.sample.deviation)
        return [start + move for start, move in zip(self.sample.least_squares(), moved, strict=True)]

    @cached_property
    def linear(self) -> np.ndarray:
        """The line at all rows."""
        return self.line(self.shift, range(len(self.rows)))

    def line(self, shift: np.ndarray, rows: range | list[int]) -> np.ndarray:
        """A line at some rows (places in `rows`)."""
        rows = list(rows)
        moved = (self.sample.basis.values[rows] * shift).sum(axis=1)
        return self.sample.least_squares_fitted[rows] + self.sample.deviation * moved

    @abstractmethod
    def refitted(self, kept: np.ndarray, out: np.ndarray) -> np.ndarray | None:
        """The line found on some of the rows that took part, at others; None where it does not converge."""

    def without(self, places: np.ndarray) -> tuple[np.ndarray, Bounds | None] | None:
        """Predictions of rows that took part by the fit of the others; None where those cannot be fitted."""
        line = self.refitted(self.kept(places), places) if can_leave_out(self.sample, places) else None
        return None if line is None else (self.persons(line), None)
