"""Huber's robust line: rows far from it count less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from bzmodel.models.need.regression.iterated import Problem, Shifted, problem
from bzmodel.models.need.regression.sample import Sample
from bzmodel.schema.results import BadInput, Finding

_C = 1.345  # residuals beyond 1.345 scales count with falling weight: 95 % efficient under normal errors
_MEDIAN_OF_NORMAL = float(stats.norm.ppf(0.75))  # .6745: median absolute residual of a standard normal
_ROUNDS = 5000
_MOVED = 1e-13
_NO_SCALE = 1e-11  # of the least-squares deviation


@dataclass(frozen=True)
class Found:
    """Where the iteration ends: the shift, and the scale of residuals in units of the least-squares deviation."""

    shift: np.ndarray
    scale: float


class NoScale(ArithmeticError):
    """More than half of the rows lie on one line: nothing tells how far a row may stray."""


@dataclass(frozen=True)
class Huber(Shifted):
    """Huber's M-estimate, its scale the median absolute residual / .6745, both to convergence."""

    scale: float

    def std_errors(self) -> list[float]:
        """Errors H1 of the robust linear model of statsmodels.

        Source: P. J. Huber, Robust Statistics, 1981, 7.6.
        Notes: k² · Σψ²/(n − p) · scale² / (mean ψ')² · (X'X)⁻¹, k = 1 + p/n · var ψ' / (mean ψ')².
        """
        if self.scale == 0:
            return [0.0] * self.p
        rows = problem(self.sample)
        standard = (rows.explained - _line(rows, self.shift)) / self.scale
        inner = np.abs(standard) <= _C
        mean = float(inner.mean())
        k = 1 + self.p / self.n * mean * (1 - mean) / mean**2
        psi = float((np.clip(standard, -_C, _C) ** 2).sum()) / self.df
        size = (self.sample.deviation * self.scale * k / mean) ** 2 * psi / self.n
        return self.sample.basis.errors(size * np.eye(self.p))

    def refitted(self, kept: np.ndarray, out: np.ndarray) -> np.ndarray | None:
        """Huber's line of some rows, at others; None where it does not converge."""
        try:
            found = _iterate(problem(self.sample, kept))
        except NoScale:
            return None
        return None if found is None else self.line(found.shift, [self.part[place] for place in out])


def huber(sample: Sample) -> Huber:
    """Huber's fit of a sample. Raises BadInput where it does not converge, or more than half lie on one line."""
    if sample.deviation == 0:
        return Huber(sample, np.zeros(len(sample.asked.terms)), 0.0)
    try:
        found = _iterate(problem(sample))
    except NoScale:
        raise BadInput(Finding("FT-E9", column=sample.asked.staff)) from None
    if found is None:
        raise BadInput(Finding("FT-E10", column=sample.asked.staff, about={"method": "huber", "rounds": _ROUNDS}))
    return Huber(sample, found.shift, found.scale)


def _line(rows: Problem, shift: np.ndarray) -> np.ndarray:
    return (rows.columns * shift).sum(axis=1)


def _iterate(rows: Problem) -> Found | None:
    """Reweighted least squares from the least-squares line; None where it does not come to rest."""
    shift = np.linalg.lstsq(rows.columns, rows.explained, rcond=None)[0]
    for _ in range(_ROUNDS):
        left = rows.explained - _line(rows, shift)
        scale = float(np.median(np.abs(left))) / _MEDIAN_OF_NORMAL
        if scale < _NO_SCALE:
            raise NoScale
        weight = np.sqrt(np.minimum(1.0, _C * scale / np.maximum(np.abs(left), 1e-300)))
        moved = np.linalg.lstsq(rows.columns * weight[:, None], left * weight, rcond=None)[0]
        shift = shift + moved
        if float(np.abs(moved).max()) < _MOVED * max(1.0, float(np.abs(shift).max())):
            return Found(shift, scale)
    return None
