"""What x whole posts cost a row: COSTS, one object per cost kind. All exact, all convex.

To add a kind: write its class (its keys as fields, read by `bzmodel.models.allocation.objective`), put it into COSTS.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import ClassVar

from bzmodel.models.allocation.rows import Row, nearest_whole

Rates = tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True, kw_only=True)
class Cost(ABC):
    """The cost of x posts, convex in x.

    kind: its name in RULES; keys: its own keys there; first: the least x it is defined at; drifts: the limit on sums
    that every row must have, since each post more ("at_most") or less ("at_least") costs less whatever the need.
    """

    stay: Fraction = Fraction(0)
    kind: ClassVar[str] = ""
    keys: ClassVar[tuple[str, ...]] = ()
    first: ClassVar[int] = 0
    drifts: ClassVar[str] = ""

    @abstractmethod
    def own(self, row: Row, posts: int) -> Fraction:
        """The cost without stay."""

    @abstractmethod
    def sentence(self, lang: str) -> str:
        """The cost in words."""

    def cheapest(self, row: Row) -> int | None:
        """The least x of least cost, stay included, among all whole x >= 0; None where the need does not decide it."""
        known = {nearest_whole(row.need), int(row.need), int(row.need) + 1}
        known |= {row.current} if row.current is not None else set()
        low, high = min(known), max(known)
        if low and marginal(self, row, low) >= 0:  # below it posts that cost nothing
            low, high = 0, low - 1
        while low < high:  # convex: the first x whose next post is not worth it
            middle = (low + high) // 2
            if marginal(self, row, middle + 1) >= 0:
                high = middle
            else:
                low = middle + 1
        return low

    def even(self, row: Row, first: int, last: int) -> Iterable[range]:
        """The posts from `first` to `last` in stretches along which marginal costs rise evenly.

        They end at each post that crosses a kink, and at the current posts.
        """
        kinks = {post for kink in self.kinks(row) for post in (int(kink) + 1, int(kink) + 2)}
        kinks |= {row.current + 1} if row.current is not None else set()
        starts = [first, *sorted(post for post in kinks if first < post <= last), last + 1]
        return [range(start, end) for start, end in pairwise(starts)]

    def kinks(self, row: Row) -> Iterable[Fraction]:
        """Where another formula begins [posts]."""
        return (row.need,)

    def refuses(self, row: Row) -> str:
        """Code of a message where it is not defined for a row."""
        return ""


@dataclass(frozen=True, kw_only=True)
class Relative(Cost):
    """Strictly convex in the relative shortage, so that a general shortage is shared evenly.

    Notes: w r (x − d)² / max(d, 1), r = shortage where x < d, else surplus.
    """

    shortage: Fraction
    surplus: Fraction
    kind: ClassVar[str] = "relative"
    keys: ClassVar[tuple[str, ...]] = ("shortage", "surplus")

    def own(self, row: Row, posts: int) -> Fraction:
        off = posts - row.need
        return row.weight * (self.shortage if off < 0 else self.surplus) * off * off / max(row.need, 1)

    def sentence(self, lang: str) -> str:
        return {
            "zh": f"按相对缺口计算代价：缺 {self.shortage}、余 {self.surplus}，越大越重，普遍短缺由各单位均担",
            "en": f"cost of the relative shortage squared: {self.shortage} a shortage, {self.surplus} a surplus",
        }[lang]


@dataclass(frozen=True, kw_only=True)
class Webster(Cost):
    """Sainte-Laguë: each row to the nearest whole share.

    Notes: w x² / d, d > 0. Each post less costs less, so a floor must cover every row.
    """

    kind: ClassVar[str] = "webster"
    drifts: ClassVar[str] = "at_least"

    def own(self, row: Row, posts: int) -> Fraction:
        return row.weight * posts * posts / row.need

    def cheapest(self, row: Row) -> None:
        return None

    def kinks(self, row: Row) -> Iterable[Fraction]:
        return ()

    def refuses(self, row: Row) -> str:
        return "AL-E8" if row.need <= 0 else ""

    def sentence(self, lang: str) -> str:
        return {"zh": "按韦伯斯特法（Webster）分配，各单位取最接近的整数份额", "en": "Webster: nearest whole shares"}[
            lang
        ]


@dataclass(frozen=True, kw_only=True)
class Hill(Cost):
    """Huntington–Hill: equal proportions, every row at least 1.

    Notes: w d² / x, x >= 1, d > 0. Each further post costs less, so a ceiling must cover every row.
    """

    kind: ClassVar[str] = "hill"
    first: ClassVar[int] = 1
    drifts: ClassVar[str] = "at_most"

    def own(self, row: Row, posts: int) -> Fraction:
        return row.weight * row.need * row.need / posts

    def cheapest(self, row: Row) -> None:
        return None

    def even(self, row: Row, first: int, last: int) -> Iterator[range]:
        """Each post by itself: marginal costs rise along a curve."""
        return (range(post, post + 1) for post in range(first, last + 1))

    def refuses(self, row: Row) -> str:
        return "AL-E8" if row.need <= 0 else "AL-E9" if row.most == 0 else ""

    def sentence(self, lang: str) -> str:
        return {"zh": "按等比例法（Huntington–Hill）分配，每单位至少 1 名", "en": "equal proportions, at least 1"}[lang]


@dataclass(frozen=True, kw_only=True)
class Quadratic(Cost):
    """The squared distance from the need, in posts.

    Notes: w (x − d)².
    """

    kind: ClassVar[str] = "quadratic"

    def own(self, row: Row, posts: int) -> Fraction:
        off = posts - row.need
        return row.weight * off * off

    def kinks(self, row: Row) -> Iterable[Fraction]:
        return ()

    def sentence(self, lang: str) -> str:
        return {"zh": "按与需求相差名数的平方计算代价", "en": "cost of the distance from the need squared"}[lang]


@dataclass(frozen=True, kw_only=True)
class Absolute(Cost):
    """The distance from the need, in posts.

    Notes: w abs(x − d).
    """

    kind: ClassVar[str] = "absolute"

    def own(self, row: Row, posts: int) -> Fraction:
        return row.weight * abs(posts - row.need)

    def sentence(self, lang: str) -> str:
        return {"zh": "按与需求相差的名数计算代价", "en": "cost of the distance from the need"}[lang]


@dataclass(frozen=True, kw_only=True)
class Piecewise(Cost):
    """A rate for each post short or over, by how large a share of the need they are.

    shortage, surplus: (edge [share of the need], rate [cost of a post up to it]), edges rising, rates not falling.

    Notes: posts between two edges cost w rate each, fractions pro rata; the last rate goes on.
    """

    shortage: Rates
    surplus: Rates
    kind: ClassVar[str] = "piecewise"
    keys: ClassVar[tuple[str, ...]] = ("shortage", "surplus")

    def own(self, row: Row, posts: int) -> Fraction:
        rates = self.shortage if posts < row.need else self.surplus
        return row.weight * _by_rates(rates, row.need, abs(posts - row.need))

    def kinks(self, row: Row) -> Iterable[Fraction]:
        below = (row.need * (1 - edge) for edge, _ in self.shortage if edge < 1)
        return (row.need, *below, *(row.need * (1 + edge) for edge, _ in self.surplus))

    def sentence(self, lang: str) -> str:
        words = {"zh": ("缺编", "超编", "至 {:.6g}% 每名 {:.6g}", "、", "按分段单价计算代价：{}"),
                 "en": ("short", "over", "to {:.6g} % {:.6g} a post", ", ", "cost by rates: {}")}[lang]  # fmt: skip
        short, over, each, joint, whole = words
        said = (
            f"{side} {joint.join(each.format(float(100 * edge), float(rate)) for edge, rate in rates)}"
            for side, rates in ((short, self.shortage), (over, self.surplus))
        )
        return whole.format({"zh": "；", "en": "; "}[lang].join(said))


def _by_rates(rates: Sequence[tuple[Fraction, Fraction]], need: Fraction, off: Fraction) -> Fraction:
    """What `off` posts cost, each stretch at its rate."""
    total, start = Fraction(0), Fraction(0)
    for edge, rate in rates[:-1]:
        end = min(off, edge * need)
        total += rate * (end - start)
        start = end
    return total + rates[-1][1] * (off - start)


COSTS: Mapping[str, type[Cost]] = MappingProxyType(
    {cost.kind: cost for cost in (Relative, Webster, Hill, Quadratic, Absolute, Piecewise)}
)


def total_cost(cost: Cost, row: Row, posts: int) -> Fraction:
    """The raw cost of a row, stay included."""
    stay = cost.stay * abs(posts - row.current) if cost.stay else 0
    return cost.own(row, posts) + stay


def marginal(cost: Cost, row: Row, posts: int) -> Fraction:
    """What the post number `posts` adds to the raw cost."""
    return total_cost(cost, row, posts) - total_cost(cost, row, posts - 1)
