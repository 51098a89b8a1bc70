"""What x whole posts cost a row: COSTS, one object per cost kind. All exact, all convex."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

from bzmodel.models.allocation.rows import TOO_LARGE, Row, nearest_whole
from bzmodel.schema.cells import Unreadable, decimal_of
from bzmodel.schema.results import Finding


class Cost(Protocol):
    """The cost of x posts. kind: its name in RULES; first: the least x it is defined at."""

    kind: ClassVar[str]
    first: ClassVar[int]
    stay: Fraction

    def own(self, row: Row, posts: int) -> Fraction: ...
    def cheapest(self, row: Row) -> int | None: ...
    def even(self, row: Row, first: int, last: int) -> Iterable[range]: ...
    def refuses(self, row: Row) -> str: ...
    def sentence(self, lang: str) -> str: ...


@dataclass(frozen=True)
class Relative:
    """Strictly convex in the relative shortage, so that a general shortage is shared evenly.

    Notes: w r (x − d)² / max(d, 1), r = shortage where x < d, else surplus.
    """

    shortage: Fraction
    surplus: Fraction
    stay: Fraction = Fraction(0)
    kind: ClassVar[str] = "relative"
    keys: ClassVar[tuple[str, ...]] = ("shortage", "surplus")
    first: ClassVar[int] = 0

    def own(self, row: Row, posts: int) -> Fraction:
        """The cost without stay."""
        off = posts - row.need
        return row.weight * (self.shortage if off < 0 else self.surplus) * off * off / max(row.need, 1)

    def cheapest(self, row: Row) -> int:
        """The least x of least cost, stay included, among all whole x >= 0."""
        low, high = nearest_whole(row.need), row.current if row.current is not None else nearest_whole(row.need)
        low, high = min(low, high, int(row.need)), max(low, high, int(row.need) + 1)
        while low < high:  # convex: the first x whose next post is not worth it
            middle = (low + high) // 2
            if marginal(self, row, middle + 1) >= 0:
                high = middle
            else:
                low = middle + 1
        return low

    def even(self, row: Row, first: int, last: int) -> list[range]:
        """The posts from `first` to `last` in stretches along which marginal costs rise evenly.

        They end at the post that crosses the need, and at the current posts.
        """
        kinks = {int(row.need) + 1, int(row.need) + 2} | ({row.current + 1} if row.current is not None else set())
        starts = [first, *sorted(post for post in kinks if first < post <= last), last + 1]
        return [range(start, end) for start, end in pairwise(starts)]

    def refuses(self, row: Row) -> str:
        """Code of a message where it is not defined for a row."""
        return ""

    def sentence(self, lang: str) -> str:
        """The cost in words."""
        return {
            "zh": f"按相对缺口计算代价：缺 {self.shortage}、余 {self.surplus}，越大越重，普遍短缺由各单位均担",
            "en": f"cost of the relative shortage squared: {self.shortage} a shortage, {self.surplus} a surplus",
        }[lang]


@dataclass(frozen=True)
class Hill:
    """Huntington–Hill: equal proportions, every row at least 1.

    Notes: w d² / x, x >= 1.
    """

    stay: Fraction = Fraction(0)
    kind: ClassVar[str] = "hill"
    keys: ClassVar[tuple[str, ...]] = ()
    first: ClassVar[int] = 1

    def own(self, row: Row, posts: int) -> Fraction:
        """The cost without stay."""
        return row.weight * row.need * row.need / posts

    def cheapest(self, row: Row) -> None:
        """There is none: each further post costs less."""
        return None

    def even(self, row: Row, first: int, last: int) -> Iterator[range]:
        """Each post by itself: marginal costs rise along a curve."""
        return (range(post, post + 1) for post in range(first, last + 1))

    def refuses(self, row: Row) -> str:
        """Code of a message where it is not defined for a row."""
        return "AL-E8" if row.need <= 0 else "AL-E9" if row.most == 0 else ""

    def sentence(self, lang: str) -> str:
        """The cost in words."""
        return {"zh": "按等比例法（Huntington–Hill）分配，每单位至少 1 名", "en": "equal proportions, at least 1"}[lang]


COSTS: Mapping[str, type[Cost]] = MappingProxyType({cost.kind: cost for cost in (Relative, Hill)})


def total_cost(cost: Cost, row: Row, posts: int) -> Fraction:
    """The raw cost of a row, stay included."""
    stay = cost.stay * abs(posts - row.current) if cost.stay else 0
    return cost.own(row, posts) + stay


def marginal(cost: Cost, row: Row, posts: int) -> Fraction:
    """What the post number `posts` adds to the raw cost."""
    return total_cost(cost, row, posts) - total_cost(cost, row, posts - 1)


def read_cost(entry: Mapping[str, Any], findings: list[Finding]) -> Cost | None:
    """The cost of [objective]; whatever is wrong with it goes to `findings`."""
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in COSTS:
        about = {"what": f"objective.kind = {kind!r}", "known": ", ".join(COSTS)}
        findings.append(Finding("AL-R1", value=str(kind), about=about))
        return None
    known = COSTS[kind].keys
    before = len(findings)
    for key in sorted(set(entry) - {"kind", "stay", *known}):
        findings.append(Finding("AL-R2", value=key, about={"where": "[objective]", "known": ", ".join(known)}))
    rates = {key: _rate(entry, key, findings) for key in known}
    stay = _rate(entry, "stay", findings) if "stay" in entry else Fraction(0)
    return COSTS[kind](**rates, stay=stay) if len(findings) == before else None


def _rate(entry: Mapping[str, Any], key: str, findings: list[Finding]) -> Fraction | None:
    value = entry.get(key)
    rate = written_number(value)
    if rate is None:
        findings.append(Finding("AL-R3", column=key, value=str(value), about={"where": "[objective]"}))
    elif rate < 0 or (rate == 0 and key != "stay"):
        findings.append(Finding("IN-I22", column=key, value=str(value), about={"where": "[objective]"}))
    return rate


def written_number(value: Any) -> Fraction | None:
    """A number of RULES as it is written; None for all else, and for what no office writes: nan, inf, 1e400."""
    try:
        number = None if isinstance(value, str) else decimal_of(str(value))
    except Unreadable:
        return None
    return None if number is None or number >= TOO_LARGE else Fraction(number)
