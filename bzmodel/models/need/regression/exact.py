"""Least squares in rational arithmetic: nothing is rounded before it is printed.

Every column is a whole number times a unit of its own, so all sums are integers and elimination keeps them integers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul

Gram = list[list[int]]


def ratio(value: Fraction) -> float:
    """The nearest float; beyond the largest one, infinity with its sign."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def root(value: Fraction) -> float:
    """The float nearest to the square root of a rational.

    Notes: the integer root is taken to at least 64 bits and one more bit says whether something was cut off, so that
    the one rounding left is correct.
    """
    if value == 0:
        return 0.0
    shift = max(0, 66 - (value.numerator.bit_length() - value.denominator.bit_length()) // 2)
    whole, rest = divmod(value.numerator << 2 * shift, value.denominator)
    digits = math.isqrt(whole)
    cut_off = rest != 0 or digits * digits != whole
    return ratio(Fraction(2 * digits + cut_off, 1 << (shift + 1)))


@dataclass(frozen=True)
class Columns:
    """Columns as whole numbers; the last one is what is explained. value = whole × unit."""

    whole: tuple[tuple[int, ...], ...]
    units: tuple[Fraction, ...]

    @classmethod
    def of(cls, columns: Iterable[Sequence[Fraction]]) -> Columns:
        """From rationals."""
        wholes, units = [], []
        for column in columns:
            below = math.lcm(*(value.denominator for value in column))
            raised = [value.numerator * (below // value.denominator) for value in column]
            common = math.gcd(*raised) or 1
            wholes.append(tuple(value // common for value in raised))
            units.append(Fraction(common, below))
        return cls(tuple(wholes), tuple(units))

    def gram(self, rows: Sequence[int] | None = None) -> Gram:
        """Sums of products of all pairs of columns over the rows."""
        columns = self.whole if rows is None else [[column[row] for row in rows] for column in self.whole]
        width = len(columns)
        sums = [[0] * width for _ in range(width)]
        for i in range(width):
            for j in range(i, width):
                sums[i][j] = sums[j][i] = sum(map(mul, columns[i], columns[j]))
        return sums


def without(total: Gram, part: Gram) -> Gram:
    """The sums over the rows of `total` that are not in `part`."""
    return [[a - b for a, b in zip(left, right, strict=True)] for left, right in zip(total, part, strict=True)]


@dataclass(frozen=True)
class Solution:
    """A least-squares solution in whole numbers: coefficient j is slopes[j] / det (in units of the columns).

    inverse: det × (X'X)⁻¹. rss: residual sum of squares, in the unit of the explained column squared.
    """

    det: int
    slopes: tuple[int, ...]
    inverse: tuple[tuple[int, ...], ...]
    rss: Fraction

    def fitted(self, row: Sequence[int]) -> Fraction:
        """The explained column at a row, in its unit."""
        return Fraction(sum(map(mul, self.slopes, row)), self.det)

    def weights(self, row: Sequence[int]) -> list[int]:
        """det × (X'X)⁻¹ x: what this row's value adds to each coefficient."""
        return [sum(map(mul, line, row)) for line in self.inverse]

    def leverage(self, row: Sequence[int]) -> Fraction:
        """x' (X'X)⁻¹ x."""
        return Fraction(sum(map(mul, self.weights(row), row)), self.det)


def solve(gram: Gram) -> Solution | None:
    """The least-squares solution from its sums; None where the columns are collinear.

    Source: E. H. Bareiss, Sylvester's identity and multistep integer-preserving Gaussian elimination, Math. Comp. 22
    (1968). The leading minors of a Gram matrix are positive unless it is singular: no pivoting.
    """
    p = len(gram) - 1
    table = [[*gram[i][: p + 1], *(int(i == j) for j in range(p))] for i in range(p)]
    before = 1
    for k in range(p):
        pivot = table[k][k]
        if pivot == 0:
            return None
        for i in range(p):
            if i != k:
                factor = table[i][k]
                table[i] = [(pivot * a - factor * b) // before for a, b in zip(table[i], table[k], strict=True)]
        before = pivot
    slopes = tuple(line[p] for line in table)
    explained = sum(map(mul, slopes, (gram[i][p] for i in range(p))))
    inverse = tuple(tuple(line[p + 1 :]) for line in table)
    return Solution(before, slopes, inverse, gram[p][p] - Fraction(explained, before))


def within(gram: Gram, columns: Sequence[int]) -> Gram:
    """The sums of some columns, and of what is explained, alone."""
    chosen = [*columns, len(gram) - 1]
    return [[gram[i][j] for j in chosen] for i in chosen]


def nonnegative(gram: Gram, unbounded: Sequence[int]) -> tuple[int, ...] | None:
    """The columns not held at 0 in least squares with coefficients >= 0, those in `unbounded` free in sign.

    None where the columns are collinear. Every coefficient returned is > 0; at those held the sum of squares would
    grow: both are decided in whole numbers, so that the solution is the only one.
    Source: C. L. Lawson and R. J. Hanson, Solving Least Squares Problems, 1974, chapter 23.
    """
    free = sorted(unbounded)
    at = dict.fromkeys(free, Fraction(0))
    while True:
        solution = solve(within(gram, free))
        while solution is not None:
            goal = {j: Fraction(slope, solution.det) for j, slope in zip(free, solution.slopes, strict=True)}
            below = [j for j in free if j not in unbounded and goal[j] <= 0]
            if not below:
                break
            step = min(at[j] / (at[j] - goal[j]) for j in below)
            at = {j: at[j] + step * (goal[j] - at[j]) for j in free}
            free = [j for j in free if j in unbounded or at[j] > 0]
            solution = solve(within(gram, free))
        if solution is None:
            return None
        at = goal
        entering = _entering(gram, at)
        if entering is None:
            return tuple(free)
        free, at = sorted([*free, entering]), at | {entering: Fraction(0)}


def _entering(gram: Gram, at: Mapping[int, Fraction]) -> int | None:
    """The column held at 0 whose coefficient, let free, would lower the sum of squares most steeply; None: none."""
    held = [j for j in range(len(gram) - 1) if j not in at]
    slopes = {j: gram[j][-1] - sum((gram[j][k] * value for k, value in at.items()), Fraction(0)) for j in held}
    rising = [j for j in held if slopes[j] > 0]
    return max(rising, key=lambda j: slopes[j] ** 2 / gram[j][j]) if rising else None


def dependencies(gram: Gram, slack: Fraction = Fraction(0)) -> list[list[int]]:
    """Each column that is a linear combination of earlier ones, after those it needs.

    slack: what may be left of its sum of squares, where the columns themselves are rounded.
    """
    free: list[int] = []
    found = []
    for k in range(len(gram) - 1):
        chosen, least = [*free, k], slack * gram[k][k]
        on_earlier = solve([[gram[i][j] for j in chosen] for i in chosen])
        if on_earlier is not None and on_earlier.rss <= least:
            shares = zip(free, on_earlier.slopes, strict=True)
            needed = [j for j, slope in shares if Fraction(slope, on_earlier.det) ** 2 * gram[j][j] > least]
            found.append([*needed, k])
        else:
            free.append(k)
    return found
