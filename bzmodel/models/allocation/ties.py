"""Plans of equal cost as a question of their own: among posts that cost the same, the larger shortage comes first.

Costs that do not rise from post to post (absolute, piecewise) leave thousands of posts at the price. The question of
which of them are filled has the same limits, a strictly convex cost and prices of its own, and leaves few posts open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from bzmodel.models.allocation.costs import Cost
from bzmodel.models.allocation.question import Question
from bzmodel.models.allocation.rows import Row
from bzmodel.models.allocation.rules import Held, Limit, Rule, Span


@dataclass(frozen=True, kw_only=True)
class Earlier(Cost):
    """The later a post comes among ties, the more it costs: each post (x − 1 − d) / max(d, 1) + 2, above 0."""

    kind: ClassVar[str] = "earlier"

    def own(self, row: Row, posts: int) -> Fraction:
        return (posts * posts - posts * (2 * row.need + 1)) / (2 * max(row.need, 1)) + 2 * posts

    def kinks(self, row: Row) -> tuple[Fraction, ...]:
        return ()

    def sentence(self, lang: str) -> str:
        return {"zh": "代价相同者，相对缺口大的在前", "en": "among equals the larger shortage first"}[lang]


@dataclass(frozen=True, kw_only=True)
class EqualCost(Rule):
    """Every plan that these prices prove, and no other: what is priced stays at its limit."""

    id: str = "ties"
    source: str = "ties"
    held: tuple[Limit, ...] = ()
    open: Mapping[tuple[str, str], Span] = field(default_factory=dict)
    kind: ClassVar[str] = "equal_cost"
    on_units: ClassVar[bool] = True

    def limits(self, rows: Sequence[Row]) -> tuple[Limit, ...]:
        return self.held

    def span(self, row: Row) -> Span:
        return self.open[row.key]

    def check(self, rows: Sequence[Row], posts: Sequence[int]) -> tuple[Held, ...]:
        sums = (
            Held(limit.rule, limit.value, total, limit.at_least, limit.at_most, limit.kept(total))
            for limit in self.held
            for total in (limit.activity(posts),)
        )
        return (*super().check(rows, posts), *sums)

    def sentence(self, lang: str) -> str:
        return {"zh": "代价相同的方案", "en": "plans of equal cost"}[lang]


def open_posts(question: Question, prices: Sequence[int]) -> int:
    """How many posts cost just what these prices say."""
    worth = (question.worth(at, prices) for at in range(len(question.rows)))
    return sum(question.taken(at, t) - question.needed(at, t) for at, t in enumerate(worth))


def among(question: Question, prices: Sequence[int]) -> Question:
    """The question which of the plans that these prices prove comes first."""
    worth = [question.worth(at, prices) for at in range(len(question.rows))]
    spans = {
        row.key: (question.needed(at, worth[at]), question.taken(at, worth[at])) for at, row in enumerate(question.rows)
    }
    rule = EqualCost(held=tuple(map(at_its_price, question.limits, prices)), open=spans)
    return Question(question.rows, (rule,), Earlier())


def at_its_price(limit: Limit, price: int) -> Limit:
    """The limit; one with a price as the equality it is in every plan that the price proves."""
    end = limit.at_most if price > 0 else limit.at_least
    return Limit(limit.rule, limit.value, limit.rows, end, end) if price else limit
