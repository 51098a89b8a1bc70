"""The question in exact integers: allowed posts X_i, the scale S, integer marginal costs. No solver is known here."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from bzmodel.models.allocation.costs import Cost, marginal, total_cost
from bzmodel.models.allocation.evenly import rounded_sum
from bzmodel.models.allocation.rows import Row, next_whole
from bzmodel.models.allocation.rules import Limit, Rule, limits_of, unit_rules

LARGEST_MARGINAL = 10**12
MOST_DIGITS = 18
ROOM = 10
SHORT = 50


def round_half_even(value: Fraction) -> int:
    """The nearest whole number, halves to the even one."""
    return round(value)


@dataclass(frozen=True)
class Question:
    """Units, rules and cost, ready to be solved or checked. rows: in canonical order."""

    rows: tuple[Row, ...]
    rules: tuple[Rule, ...]
    cost: Cost
    _known: dict[tuple[int, int], int] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """The limits on sums of posts, each a row with one price."""
        return limits_of(self.rules, self.rows)

    @cached_property
    def covering(self) -> tuple[tuple[int, ...], ...]:
        """For each row the places of the limits that cover it."""
        found: list[list[int]] = [[] for _ in self.rows]
        for place, limit in enumerate(self.limits):
            for at in limit.rows:
                found[at].append(place)
        return tuple(map(tuple, found))

    @cached_property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """X_i of each row: from, to; to < from where no whole number is allowed."""
        return tuple(self._span(at) for at in range(len(self.rows)))

    def _span(self, at: int) -> tuple[int, int]:
        row = self.rows[at]
        low, high = max(self.cost.first, row.least or 0), row.most
        for rule in unit_rules(self.rules, row):
            least, most = rule.span(row)
            low = max(low, least)
            high = most if high is None else high if most is None else min(high, most)
        if row.most is None:
            end = max(self._end(at, low), low)
            high = end if high is None else min(high, end)
        return low, high

    def _end(self, at: int, floor: int) -> int:
        """Where the range of a row without a max ends."""
        row, over = self.rows[at], [self.limits[place] for place in self.covering[at]]
        floors = [limit.at_least for limit in over if limit.at_least is not None]
        ceilings = [limit.at_most for limit in over if limit.at_most is not None]
        if ceilings and (floors or self.cost.first):
            return min(ceilings)
        floors = floors or [1]  # no sum asks for posts: its own least above 0
        return max(2 * next_whole(row.need), row.current or 0, floor, *floors) + ROOM

    @cached_property
    def scale(self) -> Fraction:
        """S: the greatest power of ten, at most 10^18, that keeps every marginal cost within 10^12."""
        steepest = max(
            (abs(marginal(self.cost, row, post)) for row, post in self._ends()),
            default=Fraction(0),
        )
        digits = MOST_DIGITS
        while Fraction(10) ** digits * steepest > LARGEST_MARGINAL:
            digits -= 1
        return Fraction(10) ** digits

    def _ends(self) -> Iterator[tuple[Row, int]]:
        for row, (low, high) in zip(self.rows, self.spans, strict=True):
            if low < high:
                yield row, low + 1
                yield row, high

    def exact(self, at: int, post: int) -> Fraction:
        """S times the raw marginal cost of a post."""
        return self.scale * marginal(self.cost, self.rows[at], post)

    def marginal(self, at: int, post: int) -> int:
        """m_i(x)."""
        known = self._known.get((at, post))
        if known is None:
            known = self._known[at, post] = round_half_even(self.exact(at, post))
        return known

    def base(self, at: int) -> int:
        """b: the whole part of the need, moved into X_i."""
        low, high = self.spans[at]
        return max(min(int(self.rows[at].need), high), low)

    def whole_cost(self, at: int, posts: int) -> int:
        """F_i(x)."""
        start = self.base(at)
        cost = round_half_even(self.scale * total_cost(self.cost, self.rows[at], start))
        if posts >= start:
            return cost + self._marginals(at, start + 1, posts)
        return cost - self._marginals(at, posts + 1, start)

    def _marginals(self, at: int, first: int, last: int) -> int:
        """The sum of m_i from one post to another, however far apart they are."""
        total = 0
        for posts in self.cost.even(self.rows[at], first, last):
            if len(posts) <= SHORT:
                total += sum(self.marginal(at, post) for post in posts)
            else:
                start, second = self.exact(at, posts[0]), self.exact(at, posts[1])
                total += rounded_sum(start, second - start, len(posts))
        return total

    def taken(self, at: int, price: int) -> int:
        """x(t): the largest x of X_i whose last post costs at most `price`."""
        return self._taken(at, price)

    def needed(self, at: int, price: int) -> int:
        """The largest x of X_i whose last post costs less than `price`: the least of the cheapest at it."""
        return self._taken(at, price - 1)

    def _taken(self, at: int, price: int) -> int:
        low, high = self.spans[at]
        return low + bisect_right(range(low + 1, high + 1), price, key=lambda post: self.marginal(at, post))

    def worth(self, at: int, prices: Sequence[int]) -> int:
        """t: what a post may cost a row under the prices of the limits that cover it."""
        return -sum(prices[place] for place in self.covering[at])

    def raw(self, posts: Sequence[int]) -> Fraction:
        """The raw cost of a plan, exact."""
        return sum((total_cost(self.cost, row, n) for row, n in zip(self.rows, posts, strict=True)), Fraction(0))

    @cached_property
    def rounding(self) -> Fraction:
        """How far the raw cost can lie above the raw optimum for costs having been made whole."""
        if self._whole():
            return Fraction(0)
        far = (max(high - self.base(at), self.base(at) - low) + 1 for at, (low, high) in enumerate(self.spans))
        return sum(far) / self.scale

    def _whole(self) -> bool:
        starts = (self.scale * total_cost(self.cost, row, self.base(at)) for at, row in enumerate(self.rows))
        return all(start.denominator == 1 for start in starts) and all(
            self.exact(at, post).denominator == 1
            for at, (low, high) in enumerate(self.spans)
            for posts in self.cost.even(self.rows[at], low + 1, high)
            for post in posts[:2]  # where two are whole, all that rise evenly with them are
        )
