"""How far the scores flatter: the smoothed bootstrap of the frontier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bzmodel.models.need.frontier.growing import Technology
from bzmodel.models.need.frontier.rows import Request, Scaled

_EFFICIENT = 1e-9
_NORMAL_RANGE = 1.349  # between the quartiles of a standard normal


@dataclass(frozen=True)
class Corrected:
    """Scores without their bias, and their interval; missing for units whose score is 0."""

    corrected: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def line(self, at: int) -> dict[str, float]:
        """Of one unit, as the table of scores has it."""
        return {"corrected": float(self.corrected[at]), "low": float(self.low[at]), "high": float(self.high[at])}


def corrected_scores(part: Scaled, scores: np.ndarray, asked: Request) -> Corrected | None:
    """The scores corrected for their bias, with an interval at `asked.level`.

    Parameters: part, scores: the units and their scores under `asked.returns`, in order of unit_id.
    Returns: None where all scores are 1: there is nothing to draw from.

    **Source**: Simar and Wilson 1998 (the homogeneous smoothed bootstrap, reflected at 1); the interval Simar and
    Wilson 2000; the bandwidth Daraio and Simar 2007, 3.4.
    Notes: corrected = 2·score − mean of the draws' scores; low, high = score − quantiles of (draw − score); what would
    be below 0 is 0. Draws follow the order of unit_id: the same seed gives the same result in any order of rows.
    """
    speaking = scores > 0
    reference, theta = part.values[speaking], scores[speaking]
    wide = bandwidth(theta)
    if wide is None:
        return None
    draw = np.random.default_rng(asked.seed)
    drawn = np.empty((asked.bootstrap, len(theta)))
    known: list[int] = []
    for at in range(asked.bootstrap):
        inputs = reference[:, : part.kinds] * (theta / smooth_draw(theta, wide, draw))[:, None]
        technology = Technology(inputs, reference[:, part.kinds :], asked.returns, known)
        drawn[at] = [technology.measure(unit, own=own).score for own, unit in enumerate(reference)]
        known = technology.known
    apart = drawn - theta
    tails = np.quantile(apart, [(1 + asked.level) / 2, (1 - asked.level) / 2], axis=0)
    return Corrected(*(_at(speaking, np.maximum(theta - less, 0.0)) for less in (apart.mean(axis=0), *tails)))


def _at(speaking: np.ndarray, values: np.ndarray) -> np.ndarray:
    found = np.full(len(speaking), np.nan)
    found[speaking] = values
    return found


def bandwidth(theta: np.ndarray) -> float | None:
    """Of the scores below 1 reflected at 1, made fit for all; None where there is none."""
    below = theta[theta < 1 - _EFFICIENT]
    if len(below) == 0:
        return None
    both = np.r_[below, 2 - below]
    low, high = np.quantile(both, [0.25, 0.75])
    spread = min(both.std(ddof=1), (high - low) / _NORMAL_RANGE) or both.std(ddof=1)
    fitted = 0.9 * spread * len(both) ** -0.2
    return float(fitted * (len(both) / len(theta)) ** 0.2 * theta.std(ddof=1) / both.std(ddof=1))


def smooth_draw(theta: np.ndarray, wide: float, draw: np.random.Generator) -> np.ndarray:
    """Scores drawn with replacement, smoothed, reflected at 1, with the variance they had.

    Notes: what falls below a tenth of the least score is held there, so that no draw reaches 0.
    """
    taken = theta[draw.integers(0, len(theta), len(theta))]
    moved = taken + wide * draw.standard_normal(len(theta))
    moved = np.where(moved <= 1, moved, 2 - moved)
    shrunk = taken.mean() + (moved - taken.mean()) / np.sqrt(1 + wide**2 / theta.var())
    return np.maximum(shrunk, theta.min() / 10)
