"""Quantile regression: the line with a share of all units below it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from scipy.optimize import linprog
from statsmodels.regression.quantile_regression import QuantReg

from bzmodel.models.need.regression.exact import Solution, dependencies, ratio, solve
from bzmodel.models.need.regression.iterated import Problem, Shifted, problem
from bzmodel.models.need.regression.sample import Sample
from bzmodel.schema.results import BadInput, Finding

MEDIAN = 0.5
_ON_THE_LINE = 1e-7  # of the least-squares deviation
_WORSE = 1e-9  # of the check loss: what rounding may cost
_ROUGH = 1e-3  # of the check loss: what the errors' own iteration may miss the least by


@dataclass(frozen=True)
class Quantile(Shifted):
    """The line of least check loss. through: the exact line through as many rows as there are coefficients."""

    through: Solution | None

    @cached_property
    def coefficients(self) -> list[Fraction]:
        """Estimates by term: exact where the line goes through as many rows as there are terms."""
        if self.through is None:
            return super().coefficients
        units = self.sample.columns.units
        slopes = zip(self.through.slopes, units, strict=False)
        return [Fraction(slope, self.through.det) * units[-1] / unit for slope, unit in slopes]

    @cached_property
    def linear(self) -> np.ndarray:
        """The line at all rows."""
        if self.through is None:
            return super().linear
        unit = self.sample.columns.units[-1]
        return np.array([ratio(self.through.fitted(row) * unit) for row in self.sample.designs])

    @cached_property
    def residuals(self) -> np.ndarray:
        """y − fitted of the rows that took part; 0 at those the line goes through."""
        if self.through is None:
            return super().residuals
        unit, explained, designs = self.sample.columns.units[-1], self.sample.columns.whole[-1], self.sample.designs
        return np.array([ratio((explained[at] - self.through.fitted(designs[at])) * unit) for at in self.part])

    def persons(self, linear: np.ndarray) -> np.ndarray:
        """Values of the line, in persons: a quantile passes through the exponential as it is."""
        return np.exp(linear) if self.asked.log else linear

    @cached_property
    def _errors(self) -> list[float] | None:
        sample, level = self.sample, _level(self.sample)
        if sample.deviation == 0:
            return [0.0] * self.p
        rows = problem(sample)
        staff = np.array([ratio(self.rows[at].y) for at in self.part]) / sample.deviation
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it would warn of is looked at below
            theirs = QuantReg(staff, rows.columns).fit(q=level)
        least = _loss(rows.explained - (rows.columns * self.shift).sum(axis=1), level)
        missed = _loss(np.asarray(theirs.resid), level) > least * (1 + _ROUGH)
        covariance = np.asarray(theirs.cov_params()) * sample.deviation**2
        if missed or not np.isfinite(covariance).all():
            return None
        return sample.basis.errors(covariance)

    def std_errors(self) -> Sequence[float | None]:
        """Errors of statsmodels' QuantReg as it stands: kernel Epanechnikov, bandwidth Hall–Sheather, robust.

        Notes: None where its bandwidth does not exist (too few rows for so extreme a quantile, or half of the rows on
        one line). They depend on which side of the line its iteration leaves the rows that lie on it; it is run on
        orthogonal columns in units of the deviation, so that no measure of a column decides that.
        """
        return self._errors or [None] * self.p

    def refitted(self, kept: np.ndarray, out: np.ndarray) -> np.ndarray | None:
        """The line of least check loss through some rows, at others."""
        shift = _programme(problem(self.sample, kept), _level(self.sample))
        return None if shift is None else self.line(shift, [self.part[place] for place in out])

    def notes(self) -> list[Finding]:
        """That there are no errors, where there are none."""
        return [Finding("FT-W13", value=str(_level(self.sample)))] if self._errors is None else []


def quantile(sample: Sample) -> Quantile:
    """The line of least check loss. Raises BadInput where the linear programme is not solved."""
    if sample.deviation == 0:
        return Quantile(sample, np.zeros(len(sample.asked.terms)), sample.solution)
    rows, level = problem(sample), _level(sample)
    shift = _programme(rows, level)
    if shift is None:
        raise BadInput(Finding("FT-E10", column=sample.asked.staff, about={"method": "quantile", "rounds": "—"}))
    found = Quantile(sample, shift, None)
    through = _through(sample, np.abs(rows.explained - (rows.columns * shift).sum(axis=1)))
    exact = Quantile(sample, shift, through)
    losses = [_loss(fit.residuals / sample.deviation, level) for fit in (found, exact)]
    return exact if losses[1] <= losses[0] * (1 + _WORSE) else found


def _level(sample: Sample) -> float:
    return MEDIAN if sample.asked.quantile is None else sample.asked.quantile


def _loss(left: np.ndarray, level: float) -> float:
    return math.fsum(np.where(left > 0, level * left, (level - 1) * left).tolist())


def _programme(rows: Problem, level: float) -> np.ndarray | None:
    """The least check loss as a linear programme, by its dual: a weight from 0 to 1 for each row.

    Source: R. Koenker, Quantile Regression, 2005, 6.2.
    """
    sums = rows.columns.sum(axis=0)
    found = linprog(-rows.explained, A_eq=rows.columns.T, b_eq=(1 - level) * sums, bounds=(0, 1), method="highs-ds")
    return -found.eqlin.marginals if found.status == 0 else None


def _through(sample: Sample, away: np.ndarray) -> Solution | None:
    """The exact line through the rows nearest to the line found: as many as there are terms."""
    width = len(sample.asked.terms)
    near = [place for place in np.argsort(away, kind="stable").tolist() if away[place] < _ON_THE_LINE]
    near = near[: 4 * width]
    designs = [sample.designs[sample.part[place]] for place in near]
    gram = [[sum(a * b for a, b in zip(one, other, strict=True)) for other in designs] for one in designs]
    padded = [[*line, 0] for line in gram] + [[0] * (len(gram) + 1)]
    needless = {found[-1] for found in dependencies(padded)}
    chosen = [sample.part[place] for at, place in enumerate(near) if at not in needless][:width]
    return solve(sample.columns.gram(chosen)) if len(chosen) == width else None
