"""The interval for one new unit: candidates, their coverage on folds left out, and the choice among them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

BANDS = ("Q1", "Q2", "Q3", "Q4")
ALL_BANDS = (*BANDS, "top_tenth", "all")
FOLDS = 10
TOLERATED_MISS = 0.05
_SMALLEST_SIZE = 0.05  # below this quantile of size the spread is not followed further down
_LEAST_SPREAD = 0.1  # of the mean: small units are never taken as almost certain


def folds(contents: Sequence[str], units: Sequence[str] | None) -> np.ndarray:
    """The fold of each row: whole units, dealt in the order of a hash of their rows' content.

    Parameters: contents: a row's numbers as text. units: whose row it is (None: each row is a unit).
    Notes: names take no part, so neither the order of rows nor what a unit is called moves it, except among units
    whose rows are equal throughout.
    """
    owners = list(range(len(contents))) if units is None else list(units)
    rows: dict[object, list[str]] = {}
    for owner, content in zip(owners, contents, strict=True):
        rows.setdefault(owner, []).append(content)
    digests = {owner: hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest() for owner, lines in rows.items()}
    dealt = {owner: at % FOLDS for at, owner in enumerate(sorted(digests, key=lambda owner: (digests[owner], owner)))}
    return np.array([dealt[owner] for owner in owners])


@dataclass(frozen=True)
class Bands:
    """Size bands by the predicted value: quartiles and the largest tenth of the rows that took part."""

    edges: tuple[float, ...]
    top: float

    @classmethod
    def of(cls, predicted: np.ndarray) -> Bands:
        """From the predictions of the rows that took part; linear interpolation."""
        return cls(tuple(np.quantile(predicted, [0.25, 0.5, 0.75]).tolist()), float(np.quantile(predicted, 0.9)))

    def name(self, predicted: float) -> str:
        """Q1 to Q4; an edge belongs to the lower band."""
        return BANDS[sum(predicted > edge for edge in self.edges)]

    def is_top(self, predicted: float) -> bool:
        """Whether it is above the .9 quantile."""
        return bool(predicted > self.top)

    def members(self, predicted: np.ndarray) -> dict[str, np.ndarray]:
        """Band -> which rows are in it."""
        names = np.array([self.name(value) for value in predicted])
        return {band: names == band for band in BANDS} | {
            "top_tenth": predicted > self.top,
            "all": np.ones(len(predicted), dtype=bool),
        }


@dataclass(frozen=True)
class Conformal:
    """An interval of ± quantile × spread; spread = floor + slope × (size − smallest size), constant with slope 0."""

    floor: float
    slope: float
    smallest: float
    quantile: float

    def half_width(self, predicted: np.ndarray) -> np.ndarray:
        """Half the interval at a predicted value."""
        return self.quantile * _spread(predicted, self.floor, self.slope, self.smallest)


def conformal(predicted: np.ndarray, staff: np.ndarray, level: float, *, by_size: bool) -> Conformal | None:
    """Learn the half width from predictions of rows that were left out; None where there are too few for the level.

    Source: J. Lei et al., Distribution-free predictive inference for regression, JASA 113 (2018).
    Notes: the quantile is the ⌈(n + 1)·level⌉-th smallest |staff − predicted| / spread.
    """
    place = math.ceil((len(staff) + 1) * level - 1e-9)
    if place > len(staff) or len(staff) == 0:
        return None
    miss = np.abs(staff - predicted)
    smallest = float(np.quantile(predicted, _SMALLEST_SIZE))
    floor, slope = _learn_spread(np.maximum(predicted - smallest, 0), miss) if by_size else (1.0, 0.0)
    spread = _spread(predicted, floor, slope, smallest)
    if not np.all(spread > 0):
        return None
    return Conformal(floor, slope, smallest, float(np.sort(miss / spread)[place - 1]))


def _spread(predicted: np.ndarray, floor: float, slope: float, smallest: float) -> np.ndarray:
    return floor + slope * np.maximum(predicted - smallest, 0)


def _learn_spread(size: np.ndarray, miss: np.ndarray) -> tuple[float, float]:
    """|miss| on size above the smallest, as a line that does not fall, weighted by 1 / spread in three rounds."""
    longest, most = float(size.max()) or 1.0, float(miss.max()) or 1.0
    size, miss = size / longest, miss / most  # squares of any size stay finite
    least = _LEAST_SPREAD * float(miss.mean())
    floor, slope = float(miss.mean()), 0.0
    for _ in range(3):
        spread = floor + slope * size
        if not np.all(spread > 0):
            break
        floor, slope = _rising_line(size, miss, 1 / spread, least)
    return floor * most, slope * most / longest


def _rising_line(size: np.ndarray, miss: np.ndarray, weight: np.ndarray, least: float) -> tuple[float, float]:
    """Weighted least squares with slope >= 0 and floor >= least."""
    weight = weight / weight.sum()
    mean_size, mean_miss = float(weight @ size), float(weight @ miss)
    variance = float(weight @ (size - mean_size) ** 2)
    slope = float(weight @ ((size - mean_size) * (miss - mean_miss))) / variance if variance > 0 else 0.0
    if slope <= 0:
        return max(mean_miss, least), 0.0
    floor = mean_miss - slope * mean_size
    if floor >= least:
        return floor, slope
    return least, max(float(weight @ (size * (miss - least))) / float(weight @ size**2), 0.0)


@dataclass(frozen=True)
class HeldOut:
    """The rows that took part, each as the fits without its fold see it. low, high: the interval of the model itself.

    known: false where a fold could not be left out (too few rows, collinear or no fit without it).
    """

    staff: np.ndarray
    predicted: np.ndarray
    low: np.ndarray
    high: np.ndarray
    fold: np.ndarray
    known: bool


@dataclass(frozen=True)
class Own:
    """The interval that follows from a method's model, by name, at the rows that took part [persons]."""

    method: str
    low: np.ndarray
    high: np.ndarray

    @property
    def mean_width(self) -> float:
        """Its width on average."""
        return float(np.mean(self.high - self.low))


@dataclass(frozen=True)
class Interval:
    """The interval chosen. method: None where there is none. conformal: its half width, None for the model's own."""

    method: str | None
    level: float
    conformal: Conformal | None
    candidates: tuple[Mapping[str, object], ...]
    coverage: tuple[Mapping[str, object], ...]

    def bounds(self, predicted: np.ndarray, own: tuple[np.ndarray, np.ndarray] | None) -> tuple[np.ndarray, np.ndarray]:
        """Low and high at predicted values, where the model's own bounds are given; nan where there is no interval."""
        if self.conformal is not None:
            half = self.conformal.half_width(predicted)
            return predicted - half, predicted + half
        return own if own is not None else (np.full(len(predicted), np.nan), np.full(len(predicted), np.nan))


def choose(held: HeldOut, predicted: np.ndarray, own: Own | None, *, level: float) -> Interval:
    """The narrowest candidate that covers in every band, else the one with the least worst miss.

    Parameters: held: the rows that took part, left out fold by fold. predicted, own: the fit on all of them.
    Notes: covers = cross-validated coverage within .05 of the level in each of Q1 … Q4, the top tenth and all. Without
    cross-validation the model's own interval stands unproved, and where it has none there is none.
    """
    members = Bands.of(predicted).members(predicted)
    options = _options(held, predicted, own, level) if held.known else []
    if not options:
        rows = () if own is None else ({"method": own.method, "worst_band": None, "mean_width": own.mean_width},)
        nothing = {band: None for band in members}
        return Interval(own.method if own else None, level, None, rows, _coverage_rows(members, nothing, level))
    judged = [(method, fitted, *_judge(inside, members, level), width) for method, fitted, inside, width in options]
    method, fitted, _, covered, _ = min(
        judged, key=lambda one: (one[2] if one[2] > TOLERATED_MISS + 1e-12 else 0.0, one[4])
    )
    rows = tuple({"method": name, "worst_band": worst, "mean_width": width} for name, _, worst, _, width in judged)
    return Interval(method, level, fitted, rows, _coverage_rows(members, covered, level))


def _options(held: HeldOut, predicted: np.ndarray, own: Own | None, level: float) -> list:
    """(method, what it learnt, which left-out rows it holds, mean width) of each candidate that exists."""
    inside = (held.low <= held.staff) & (held.staff <= held.high)
    found: list = [] if own is None else [(own.method, None, inside, own.mean_width)]
    for method, by_size in (("conformal_constant", False), ("conformal_size_scaled", True)):
        fitted = conformal(held.predicted, held.staff, level, by_size=by_size)
        inside = _held_inside(held, level, by_size) if fitted else None
        if fitted is not None and inside is not None:
            found.append((method, fitted, inside, float(np.mean(2 * fitted.half_width(predicted)))))
    return found


def _held_inside(held: HeldOut, level: float, by_size: bool) -> np.ndarray | None:
    inside = np.zeros(len(held.staff), dtype=bool)
    for fold in np.unique(held.fold):
        out = held.fold == fold
        fitted = conformal(held.predicted[~out], held.staff[~out], level, by_size=by_size)
        if fitted is None:
            return None
        inside[out] = np.abs(held.staff[out] - held.predicted[out]) <= fitted.half_width(held.predicted[out])
    return inside


def _judge(
    inside: np.ndarray, members: Mapping[str, np.ndarray], level: float
) -> tuple[float, dict[str, float | None]]:
    covered = {band: float(np.mean(inside[which])) if which.any() else None for band, which in members.items()}
    return max(abs(share - level) for share in covered.values() if share is not None), covered


def _coverage_rows(
    members: Mapping[str, np.ndarray], covered: Mapping[str, float | None], level: float
) -> tuple[Mapping[str, object], ...]:
    return tuple(
        {"band": band, "nominal": level, "cross_validated": covered[band], "n": int(members[band].sum())}
        for band in ALL_BANDS
    )
