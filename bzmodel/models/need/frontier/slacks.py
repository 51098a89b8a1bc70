"""The second stage: of all ways to a score, the one with the greatest slacks, and one choice among equals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bzmodel.models.need.frontier.growing import Point, Technology
from bzmodel.models.need.frontier.programme import INFINITY, Optimum

NONE = 1e-9  # a slack below this share of the unit's own value is none
_WIDENED = (0.0, 1e-11, 1e-9)
_APART = 1e8  # units of columns that differ by more have no common sum in floats


@dataclass(frozen=True)
class Projection:
    """Where a unit would stand on the frontier. slacks: in the measures of the technology; weights: of its peers."""

    weights: dict[int, float]
    slacks: np.ndarray


def project(technology: Technology, unit: np.ndarray, own: int, point: Point, worth: np.ndarray) -> Projection:
    """The greatest sum of slacks at the score of `point`, and the peers that give it.

    Parameters: unit: inputs and outputs, own: its place in the reference. worth: what one measure of each column is in
    the column's own unit.

    **Source**: Ali and Seiford 1993 (the second stage); the choice among equals is ours.
    Notes: max Σ s, Σ λ x + s⁻ = θ x_o, Σ λ y − s⁺ = y_o over the reference units tied at the score. An efficient unit
    is its own only peer. Where several weights give the same slacks, those with the least Σ rank·λ, rank in order of
    unit_id: neither the order of rows nor a measure decides.
    """
    stage = _Stage(technology, unit, point, worth)
    weights = point.weights if point.single else stage.greatest()
    slacks = stage.slacks_of(weights)
    if point.score == 1 and not slacks.any():
        return Projection({own: 1.0}, slacks)
    return Projection(weights if point.single else stage.first(slacks) or weights, slacks)


class _Stage:
    """The programmes of one unit, over the reference units tied at its score."""

    def __init__(self, technology: Technology, unit: np.ndarray, point: Point, worth: np.ndarray) -> None:
        self.technology, self.point = technology, point
        self.scale = technology.measures(unit)
        self.is_input = np.arange(len(unit)) < technology.kinds
        self.bounds = np.where(self.is_input, point.score, 1.0) * unit / self.scale
        self.worth = worth * self.scale
        self.face = point.face
        self.rows = technology.reference[self.face] / self.scale

    def greatest(self) -> dict[int, float]:
        """The weights whose slacks have the greatest sum. Raises ArithmeticError where the solver finds none.

        Notes: columns whose units are too far apart for one sum in floats follow one another, the heaviest first.
        """
        columns = np.vstack([self.rows, np.diag(np.where(self.is_input, 1.0, -1.0))])
        held: list[tuple[np.ndarray, float]] = []
        found = None
        for group in self._groups():
            cost = np.r_[np.zeros(len(self.face)), np.where(group, self.worth, 0.0) / self.worth[group].min()]
            answer = self._at_score(columns, -cost, held)
            if answer is None:
                break
            found = answer
            share = cost / cost.max()
            reached = float(share @ answer.values)
            held.append((share, reached - NONE * reached))
        if found is None:
            raise ArithmeticError("no weights at the score that was found")
        return self._weights(found)

    def _groups(self) -> list[np.ndarray]:
        """Which columns are summed together."""
        order = np.argsort(-self.worth, kind="stable")
        groups, left = [], list(order)
        while left:
            first = self.worth[left[0]]
            together = [one for one in left if self.worth[one] * _APART >= first]
            groups.append(np.isin(np.arange(len(self.worth)), together))
            left = left[len(together) :]
        return groups

    def _at_score(self, columns: np.ndarray, cost: np.ndarray, held: list[tuple[np.ndarray, float]]) -> Optimum | None:
        for more in _WIDENED:  # a score that was rounded down may leave no weights
            bounds = np.where(self.is_input, self.bounds * (1 + more), self.bounds)
            answer = self._solved(columns, cost, bounds, held)
            if answer is not None:
                return answer
        return None

    def first(self, slacks: np.ndarray) -> dict[int, float] | None:
        """The first of all weights with these slacks; None where rounding leaves none."""
        bounds = self.bounds + np.where(self.is_input, -1.0, 1.0) * slacks / self.scale
        cost = 1.0 + np.arange(len(self.face)) / len(self.face)
        answer = self._solved(self.rows, cost, bounds, [])
        return None if answer is None else self._weights(answer)

    def _solved(
        self, columns: np.ndarray, cost: np.ndarray, bounds: np.ndarray, held: list[tuple[np.ndarray, float]]
    ) -> Optimum | None:
        """Weights, then slacks; held: sums that may not fall."""
        lower, upper = bounds, bounds
        if self.technology.returns != "crs":
            sums = (np.arange(len(columns)) < len(self.face)).astype(float)
            columns = np.hstack([columns, sums[:, None]])
            lower = np.r_[lower, 1.0 if self.technology.returns == "vrs" else -INFINITY]
            upper = np.r_[upper, 1.0]
        for share, least in held:
            columns = np.hstack([columns, share[:, None]])
            lower, upper = np.r_[lower, least], np.r_[upper, INFINITY]
        return self.technology.programme.minimise(columns, cost, lower, upper)

    def _weights(self, answer: Optimum) -> dict[int, float]:
        return {int(one): float(value) for one, value in zip(self.face, answer.values, strict=False) if value > 0}

    def slacks_of(self, weights: dict[int, float]) -> np.ndarray:
        """What is left over, in the measures of the technology; what is none is 0."""
        used = np.array(list(weights.values())) @ self.technology.reference[list(weights)] if weights else 0.0
        left = np.where(self.is_input, 1.0, -1.0) * (self.bounds * self.scale - used)
        return np.where(left > NONE * self.scale, left, 0.0)
