"""What every fit tells, whatever its method: coefficients and errors, predictions, what is left over."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import numpy as np
from scipy import stats

from bzmodel.models.need.regression.exact import ratio, root
from bzmodel.models.need.regression.intervals import HeldOut
from bzmodel.models.need.regression.rows import Request, Row
from bzmodel.models.need.regression.sample import Sample
from bzmodel.schema.results import BadInput, Finding

#: Low and high of the interval a method has of its own [persons].
Bounds = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Estimate(ABC):
    """A fit of one sample by one method.

    robust: whether the method has robust errors. own_interval: the name of the interval that follows from its model.
    """

    sample: Sample
    robust: ClassVar[bool] = False
    own_interval: ClassVar[str | None] = None

    @property
    def asked(self) -> Request:
        """What was asked."""
        return self.sample.asked

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows that have drivers."""
        return self.sample.rows

    @property
    def part(self) -> tuple[int, ...]:
        """Places in `rows` of those that took part."""
        return self.sample.part

    @property
    def n(self) -> int:
        """Rows that took part."""
        return self.sample.n

    @property
    def p(self) -> int:
        """Coefficients estimated."""
        return len(self.asked.terms)

    @property
    def df(self) -> int:
        """n − p."""
        return self.n - self.p

    @property
    def certified(self) -> bool:
        """Whether what is printed is the correctly rounded exact value."""
        return False

    @property
    @abstractmethod
    def coefficients(self) -> list[Fraction]:
        """Estimates by term."""

    @abstractmethod
    def std_errors(self) -> Sequence[float | None]:
        """Standard errors by term, as the method defines them; None where there is none."""

    def robust_errors(self) -> Sequence[float | None] | None:
        """Robust errors by term; None where the method has none, or they are undefined."""
        return None

    @property
    def quantile(self) -> float:
        """What an error is multiplied by for the bounds of a coefficient."""
        return float(stats.norm.ppf(0.5 + self.asked.level / 2))

    @property
    @abstractmethod
    def linear(self) -> np.ndarray:
        """The line at all rows; for counts its exponential is the mean."""

    @property
    def fitted(self) -> np.ndarray:
        """Predictions of all rows on the scale on which residuals are taken."""
        return self.linear

    @cached_property
    def residuals(self) -> np.ndarray:
        """y − fitted of the rows that took part; each correctly rounded."""
        fitted = self.fitted
        return np.array([ratio(self.rows[at].y - Fraction(float(fitted[at]))) for at in self.part])

    @cached_property
    def rss(self) -> Fraction:
        """Residual sum of squares."""
        return sum((Fraction(left) ** 2 for left in self.residuals.tolist()), Fraction(0))

    @property
    def variance(self) -> Fraction:
        """rss / (n − p)."""
        return self.rss / self.df

    @cached_property
    def standardised(self) -> np.ndarray | None:
        """Residuals over their deviation by the model; None where that is 0."""
        return self.residuals / root(self.variance) if self.rss else None

    @cached_property
    def weights(self) -> np.ndarray:
        """What a change of the line at each row that took part counts for, in deviations."""
        return np.full(self.n, 1 / root(self.variance))

    def r_squared(self) -> float:
        """1 − rss / sum of squares of y, about its mean with an intercept, about 0 without."""
        return ratio(1 - self.rss / self.sample.sum_of_squares)

    def f_test(self) -> tuple[float | None, float | None]:
        """F of all drivers and its p-value; None outside ordinary least squares."""
        return None, None

    @cached_property
    def smear(self) -> float:
        """Mean of exp(residual): what brings a logarithm back to a mean of persons; 1 in levels.

        Source: N. Duan, Smearing estimate, JASA 78 (1983).
        """
        return math.fsum(np.exp(self.residuals).tolist()) / self.n if self.asked.log else 1.0

    def persons(self, linear: np.ndarray) -> np.ndarray:
        """Values of the line, in persons."""
        return np.exp(linear) * self.smear if self.asked.log else linear

    def elsewhere(self, rows: Sequence[Row]) -> np.ndarray:
        """The line at rows of another sample."""
        pairs = [zip(self.coefficients, row.x, strict=True) for row in rows]
        return np.array([ratio(sum((slope * x for slope, x in pair), Fraction(0))) for pair in pairs])

    def bounds(self) -> Bounds | None:
        """The interval of its own at all rows; None where the method has none."""
        return None

    @abstractmethod
    def without(self, places: np.ndarray) -> tuple[np.ndarray, Bounds | None] | None:
        """Predictions, and the bounds of its own, for rows that took part (places in `part`) by the fit of the others.

        None where the others cannot be fitted.
        """

    def held_out(self) -> HeldOut:
        """The rows that took part, each predicted by the fit without its fold.

        Notes: on the log scale the smearing factor is that of the whole fit.
        """
        fold = self.sample.folds
        predicted, low, high = (np.full(self.n, np.nan) for _ in range(3))
        known = len(np.unique(fold)) > 1
        for number in np.unique(fold) if known else ():
            places = np.flatnonzero(fold == number)
            found = self.without(places)
            if found is None or not np.isfinite(found[0]).all():
                known = False
                break
            predicted[places], bounds = found
            if bounds is not None:
                low[places], high[places] = bounds
        return HeldOut(self.sample.staff, predicted, low, high, fold, known)

    def kept(self, places: np.ndarray) -> np.ndarray:
        """Places in `part` that are not among those given."""
        return np.setdiff1d(np.arange(self.n), places)

    def notes(self) -> list[Finding]:
        """What the method itself has to say of this fit."""
        return []

    def parameters(self) -> dict[str, object]:
        """What diagnostics say of the method besides its coefficients."""
        return {}

    def says(self) -> str:
        """The same in words, after R²."""
        return ""


def refuse_infinite(fit: Estimate) -> None:
    """Raises BadInput where a coefficient or its error is beyond the largest number there is."""
    printed = zip(map(ratio, fit.coefficients), fit.std_errors(), strict=True)
    beyond = [
        fit.asked.named(at)
        for at, pair in enumerate(printed)
        if not all(math.isfinite(value) for value in pair if value is not None)
    ]
    if beyond:
        raise BadInput(*(Finding("FT-E6", column=name) for name in dict.fromkeys(beyond)))
