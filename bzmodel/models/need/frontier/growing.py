"""A frontier that grows: each unit is measured against the few frontier units found so far, the rest are priced.

A unit's score over some reference units is its score over all of them once no other unit would be worth a weight at
the prices of that answer; one that would be is added, and the unit measured again. Few units ever are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bzmodel.models.need.frontier.programme import INFINITY, Optimum, Programme

RETURNS = ("vrs", "crs", "nirs")
WORTH = 1e-10  # what a unit outside must save, as a share of what it uses, to be added
TIED = 1e-9  # what saves or costs less is tied
REACHED = 1e-10
_ALL_AT_ONCE = 40  # reference units that are not worth growing


@dataclass(frozen=True)
class Point:
    """A unit on its way to the frontier.

    score: the share of its inputs that would do. weights: reference unit -> weight, where above 0. face: all
    reference units that may have weight at this score. single: whether no other weights give it.
    """

    score: float
    weights: dict[int, float]
    face: np.ndarray
    single: bool


class Technology:
    """What reference units show to be possible: so much output from so much input.

    Parameters: inputs, outputs: a row a reference unit, a column a kind, each in any measure. returns: vrs | crs |
    nirs. known: reference units to begin with.
    """

    def __init__(self, inputs: np.ndarray, outputs: np.ndarray, returns: str, known: Iterable[int] = ()) -> None:
        self.inputs, self.outputs, self.returns = inputs, outputs, returns
        self.reference = np.hstack([inputs, outputs])
        self.tops = np.where(self.reference.max(axis=0) > 0, self.reference.max(axis=0), 1.0)
        self.known = sorted(set(known)) or self._first()
        self.programme = Programme()

    @property
    def kinds(self) -> int:
        """How many kinds of input there are."""
        return self.inputs.shape[1]

    def _first(self) -> list[int]:
        if len(self.reference) <= _ALL_AT_ONCE:
            return list(range(len(self.reference)))
        each = self.outputs.sum(axis=1)[:, None] / np.where(self.inputs > 0, self.inputs, INFINITY)
        return sorted({*self.outputs.argmax(axis=0).tolist(), *each.argmax(axis=0).tolist()})

    def measures(self, unit: np.ndarray) -> np.ndarray:
        """What each row of the programme of a unit is measured by: its own value, or the greatest where it has none."""
        return np.where(unit > 0, unit, self.tops)

    def measure(self, unit: np.ndarray, *, own: int | None = None, without: int | None = None) -> Point | None:
        """The least share of a unit's inputs from which its outputs are possible.

        Parameters: unit: its inputs and outputs, as the columns of the reference. own: a reference unit that does what
        it does. without: a reference unit that is left out.
        Returns: None where its outputs are not possible at all.

        **Source**: Charnes, Cooper and Rhodes 1978 (crs); Banker, Charnes and Cooper 1984 (vrs); Färe, Grosskopf and
        Lovell 1985 (nirs); domain.md 2.5.
        Notes: min θ, Σ λ_j x_ij <= θ x_io, Σ λ_j y_rj >= y_ro, λ >= 0; Σ λ = 1 (vrs), <= 1 (nirs). Where x_io is 0, no
        unit that uses any of it has a weight: that is decided before the programme, which knows no exact 0.
        """
        allowed = self._allowed(unit, without)
        members = [one for one in self.known if allowed[one]]
        if own is not None and own not in members:
            members.append(own)
        if not members and allowed.any():
            members.append(int(np.where(allowed, self.outputs.sum(axis=1), -1.0).argmax()))
        if not members:
            return None
        found = None
        for reaching in (True, False) if own is None else (False,):
            found = self._grown(unit, members, allowed, reaching=reaching)
            if found is None or (reaching and found[0].objective > REACHED):
                return None
        return self._point(*found, members, allowed)

    def _allowed(self, unit: np.ndarray, without: int | None) -> np.ndarray:
        """The reference units that may have a weight."""
        lacking = unit[: self.kinds] == 0
        allowed = ~(self.inputs[:, lacking] > 0).any(axis=1)
        if without is not None:
            allowed[without] = False
        return allowed

    def _grown(
        self, unit: np.ndarray, members: list[int], allowed: np.ndarray, *, reaching: bool
    ) -> tuple[Optimum, np.ndarray, np.ndarray] | None:
        """The answer over all allowed units, what each would save and what it uses; `members` grows."""
        while True:
            answer = self._over(unit, members, reaching=reaching)
            if answer is None:
                return None
            saves, uses = self._priced(unit, answer.prices)
            worth = saves - WORTH * uses
            worth[members] = worth[~allowed] = -1.0
            if not (worth > 0).any():
                return answer, saves, uses
            share = np.divide(worth, uses, out=np.full_like(worth, INFINITY), where=uses > 0)
            best = {int(worth.argmax()), int(np.where(worth > 0, share, -1.0).argmax())}
            members += sorted(best)
            self.known = sorted({*self.known, *best})

    def _over(self, unit: np.ndarray, members: list[int], *, reaching: bool) -> Optimum | None:
        """Over these reference units: the score, or by how much its outputs are out of reach."""
        scale = self.measures(unit)
        needs = (unit > 0).astype(float)
        is_input = np.arange(len(unit)) < self.kinds
        weights = self.reference[members] / scale * np.where(is_input, -1.0, 1.0)
        free = np.where(is_input, needs, 0.0)
        lower, upper = np.where(is_input, 0.0, needs), np.full(len(unit), INFINITY)
        first = [free]
        if reaching:
            first.insert(0, np.where(is_input, 0.0, needs))
        columns = np.vstack([*first, weights])
        if self.returns != "crs":
            sums = np.r_[np.zeros(len(first)), np.ones(len(members))]
            columns = np.hstack([columns, sums[:, None]])
            lower = np.r_[lower, 1.0 if self.returns == "vrs" else -INFINITY]
            upper = np.r_[upper, 1.0]
        cost = np.zeros(len(columns))
        cost[0] = 1.0
        answer = self.programme.minimise(columns, cost, lower, upper)
        return answer and Optimum(answer.objective, answer.values[len(first) :], answer.prices)

    def _priced(self, unit: np.ndarray, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What each reference unit would save at these prices, and what it uses."""
        each = prices[: len(unit)] / self.measures(unit)
        fixed = prices[len(unit)] if len(prices) > len(unit) else 0.0
        uses = self.inputs @ each[: self.kinds]
        return self.outputs @ each[self.kinds :] + fixed - uses, uses + abs(fixed)

    def _point(
        self, answer: Optimum, saves: np.ndarray, uses: np.ndarray, members: list[int], allowed: np.ndarray
    ) -> Point:
        tied = saves >= -TIED * uses
        tied[members] |= answer.values > TIED
        tied &= allowed
        rows = len(answer.prices)
        slacks = int((np.abs(answer.prices) <= TIED).sum())
        weights = {one: float(value) for one, value in zip(members, answer.values, strict=True) if value > 0}
        face = np.flatnonzero(tied)
        # as many that may differ from 0 as there are rows: the basis alone, whose weights are the only ones
        return Point(answer.objective, weights, face, len(face) + slacks + 1 <= rows)
