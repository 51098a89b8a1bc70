"""Mixed model: one line for all, and for each group how far its units lie above or below it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from bzmodel.models.need.regression.iterated import Problem, Shifted, can_leave_out, problem
from bzmodel.models.need.regression.sample import Sample
from bzmodel.schema.results import BadInput, Finding

FEWEST_IN_A_GROUP = 3
_LOGARITHMS = np.linspace(math.log(1e-9), math.log(1e9), 73)  # of group variance / residual variance
_FLAT = 1e-8
_NOTHING_LEFT = 1e-13  # of the deviation


@dataclass(frozen=True)
class Sums:
    """What restricted likelihood needs of the rows: sums within groups, and each group's size and means.

    rows, columns, explained: sums of products of the orthogonal columns, and with what is explained, about the group
    means. sizes, means, heights: of each group its rows, mean columns and mean explained.
    """

    rows: int
    within: np.ndarray
    with_explained: np.ndarray
    left: float
    sizes: np.ndarray
    means: np.ndarray
    heights: np.ndarray

    @classmethod
    def of(cls, problem: Problem, group: np.ndarray, groups: int) -> Sums:
        """Of rows whose groups are numbered."""
        sizes = np.bincount(group, minlength=groups).astype(float)
        own = np.maximum(sizes, 1.0)
        width = problem.columns.shape[1]
        means = np.array([np.bincount(group, problem.columns[:, j], groups) / own for j in range(width)]).T
        heights = np.bincount(group, problem.explained, groups) / own
        columns, explained = problem.columns - means[group], problem.explained - heights[group]
        return cls(
            len(group),
            columns.T @ columns,
            (columns * explained[:, None]).sum(axis=0),
            math.fsum((explained**2).tolist()),
            sizes,
            means,
            heights,
        )

    def solve(self, share: float) -> tuple[np.ndarray, np.ndarray, float]:
        """The line at a ratio of group to residual variance, X'V⁻¹X and the weighted residual sum of squares."""
        weight = self.sizes / (1 + self.sizes * share)
        information = self.within + (self.means * weight[:, None]).T @ self.means
        between = (self.means * (weight * self.heights)[:, None]).sum(axis=0)
        line = np.linalg.solve(information, self.with_explained + between)
        inside = self.left - 2 * line @ self.with_explained + line @ self.within @ line
        return line, information, float(inside) + math.fsum((weight * self._apart(line) ** 2).tolist())

    def _apart(self, line: np.ndarray) -> np.ndarray:
        return self.heights - (self.means * line).sum(axis=1)

    def criterion(self, share: float) -> float:
        """−2 × restricted likelihood, residual variance at its best, apart from constants."""
        line, information, left = self.solve(share)
        df = self.rows - len(line)
        spread = math.fsum(np.log1p(self.sizes * share).tolist())
        return df * math.log(left) + spread + float(np.linalg.slogdet(information)[1])

    def slope(self, share: float) -> float:
        """The criterion's derivative by the ratio of variances."""
        line, information, left = self.solve(share)
        weight = (self.sizes / (1 + self.sizes * share)) ** 2
        shrinking = math.fsum((weight * self._apart(line) ** 2).tolist()) / left * (self.rows - len(line))
        own = (self.means * np.linalg.solve(information, self.means.T).T).sum(axis=1)
        return math.fsum((self.sizes / (1 + self.sizes * share) - weight * own).tolist()) - shrinking

    def intercepts(self, share: float, line: np.ndarray) -> np.ndarray:
        """Best linear unbiased predictions of the groups' intercepts."""
        return self.sizes * share / (1 + self.sizes * share) * self._apart(line)


@dataclass(frozen=True)
class Mixed(Shifted):
    """Restricted maximum likelihood with an intercept for each group.

    share: group variance / residual variance. sums: of the rows that took part.
    """

    share: float
    sums: Sums

    @cached_property
    def random_intercepts(self) -> Mapping[str, float]:
        """By group, on the scale of the fit."""
        found = self.sums.intercepts(self.share, self.shift) * self.sample.deviation
        return dict(zip(_groups(self.sample), found.tolist(), strict=True))

    @cached_property
    def residual_variance(self) -> float:
        """Variance within groups."""
        return self.sums.solve(self.share)[2] / self.df * self.sample.deviation**2

    def std_errors(self) -> list[float]:
        """Errors of the line's coefficients by the restricted likelihood."""
        _, information, _ = self.sums.solve(self.share)
        return self.sample.basis.errors(self.residual_variance * np.linalg.inv(information))

    @cached_property
    def linear(self) -> np.ndarray:
        """The line at all rows with the intercept of their group; 0 for a group without rows in the fit."""
        own = np.array([self.random_intercepts.get(row.group, 0.0) for row in self.rows])
        return self.line(self.shift, range(len(self.rows))) + own

    def refitted(self, kept: np.ndarray, out: np.ndarray) -> np.ndarray | None:
        """The line of some rows, with the intercepts of their groups, at others; None where it is not to be told."""
        groups, number = _groups(self.sample), _numbers(self.sample)
        sums = Sums.of(problem(self.sample, kept), number[kept], len(groups))
        share = _share(sums)
        if share is None:
            return None
        line = sums.solve(share)[0]
        own = sums.intercepts(share, line)[number[out]] * self.sample.deviation
        return self.line(line, [self.part[place] for place in out]) + own

    def without_own_group(self) -> np.ndarray | None:
        """Predictions of the rows that took part, each by the line of all other groups; None where there is none.

        Notes: the ratio of variances is that of the whole fit; the intercept of an unseen group is 0.
        """
        number, rows = _numbers(self.sample), problem(self.sample)
        found = np.empty(self.n)
        for one in range(len(_groups(self.sample))):
            kept, out = np.flatnonzero(number != one), np.flatnonzero(number == one)
            if not can_leave_out(self.sample, out):
                return None
            sums = Sums.of(Problem(rows.columns[kept], rows.explained[kept]), number[kept], int(number.max()) + 1)
            found[out] = self.line(sums.solve(self.share)[0], [self.part[at] for at in out])
        return self.persons(found)

    def notes(self) -> list[Finding]:
        """That groups do not differ, where they do not."""
        return [] if self.share else [Finding("FT-W12", column=self.asked.group or "")]

    def parameters(self) -> dict[str, object]:
        """Variance between and within groups, and each group's intercept."""
        residual = self.residual_variance
        variance = {"group": self.share * residual, "residual": residual}
        return {"variance": variance, "random_intercepts": dict(self.random_intercepts)}

    def says(self) -> str:
        """The same in words."""
        residual = self.residual_variance
        between = math.sqrt(self.share * residual)
        return f"，组间标准差 {between:.3g}、组内标准差 {math.sqrt(residual):.3g}（{len(self.random_intercepts)} 组）"


def mixed(sample: Sample) -> Mixed:
    """The mixed model of a sample.

    Raises BadInput: fewer than two groups, none with three rows, nothing within groups or between them to tell the
    variances by.
    """
    group, groups, number = sample.asked.group or "", _groups(sample), _numbers(sample)
    if len(groups) < 2:
        raise BadInput(Finding("FT-E12", column=group, value=str(len(groups))))
    most = int(np.bincount(number).max())
    if most < FEWEST_IN_A_GROUP:
        raise BadInput(Finding("IN-J13", column=group, about={"most": most, "fewest": FEWEST_IN_A_GROUP}))
    sums = Sums.of(problem(sample), number, len(groups))
    if sample.deviation == 0:
        return Mixed(sample, np.zeros(len(sample.asked.terms)), 0.0, sums)
    share = _share(sums)
    if share is None:
        raise BadInput(Finding("FT-E13", column=group))
    return Mixed(sample, sums.solve(share)[0], share, sums)


def _groups(sample: Sample) -> list[str]:
    """Groups that take part, by code points."""
    return sorted({sample.rows[at].group for at in sample.part})


def _numbers(sample: Sample) -> np.ndarray:
    """The place of each row's group among `_groups`."""
    place = {group: at for at, group in enumerate(_groups(sample))}
    return np.array([place[sample.rows[at].group] for at in sample.part])


def _share(sums: Sums) -> float | None:
    """The ratio of variances of greatest restricted likelihood; None where it is to be told."""
    if sums.solve(math.exp(_LOGARITHMS[-1]))[2] / sums.rows < _NOTHING_LEFT:
        return None
    tried = [sums.criterion(0.0), *(sums.criterion(math.exp(one)) for one in _LOGARITHMS)]
    if max(tried) - min(tried) < _FLAT:
        return None
    best = int(np.argmin(tried)) - 1
    if best <= 0 and sums.slope(0.0) >= 0:
        return 0.0
    if best == len(_LOGARITHMS) - 1:
        return None
    low, high = (_LOGARITHMS[at] for at in (max(best - 1, 0), best + 1))

    def slope(logarithm: float) -> float:
        return sums.slope(math.exp(logarithm))

    if slope(low) >= 0 or slope(high) <= 0:
        return math.exp(_LOGARITHMS[max(best, 0)])
    return math.exp(float(brentq(slope, low, high, xtol=1e-14, rtol=1e-14)))
