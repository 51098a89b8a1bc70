"""Proof of a plan: every rule holds, the cost is recomputed, the prices bound what any plan could cost.

Exact whole numbers throughout, no solver. What stands in certificate.json is computed here, by `allocate` when it is
made and by `certify` when it is doubted.

Notes: bound = sum_i min over X_i of (F_i(x) + sum_r p_r x) − sum_r p_r b_r; gap 0 proves the plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bzmodel.models.allocation.network import Network, families
from bzmodel.models.allocation.question import Question
from bzmodel.models.allocation.rows import content
from bzmodel.models.allocation.rules import Held, unit_rules, within


@dataclass(frozen=True)
class Proof:
    """What a plan costs and what no plan can undercut, in whole units of 1/S."""

    posts: tuple[int, ...]
    prices: tuple[int, ...]
    cost: int
    bound: int
    held: tuple[Held, ...]

    @property
    def kept(self) -> bool:
        """Whether every rule holds."""
        return all(held.holds for held in self.held)

    @property
    def gap(self) -> Fraction:
        """(cost − bound) / max(1, cost)."""
        return Fraction(self.cost - self.bound, max(1, abs(self.cost)))

    def status(self, accept_gap: float) -> str:
        """optimal, gap or feasible; error where a rule is broken."""
        if not self.kept or self.cost < self.bound:
            return "error"
        return "optimal" if self.gap == 0 else "gap" if self.gap <= accept_gap else "feasible"


def prove(question: Question, posts: Sequence[int], prices: Sequence[int]) -> Proof:
    """The proof of these posts (in the order of the rows) by these prices (in the order of the limits)."""
    cost = sum(question.whole_cost(at, n) for at, n in enumerate(posts))
    held = [held for rule in question.rules for held in rule.check(question.rows, posts)]
    own = [within(n, *span) for n, span in zip(posts, question.spans, strict=True)]
    if not all(own):
        held.append(Held("", "X", None, None, None, False))
    return Proof(tuple(posts), tuple(prices), cost, bound(question, prices), tuple(held))


def bound(question: Question, prices: Sequence[int]) -> int:
    """What no plan within the rules can undercut. Prices of the wrong sign bound nothing: they raise ValueError."""
    total = 0
    for limit, price in zip(question.limits, prices, strict=True):
        if price:
            held = limit.at_most if price > 0 else limit.at_least
            if held is None:
                raise ValueError(f"{limit.name}: a price without its limit")
            total -= price * held
    for at in range(len(question.rows)):
        worth = question.worth(at, prices)
        best = question.taken(at, worth)
        total += question.whole_cost(at, best) - worth * best
    return total


def lawful(question: Question, prices: Sequence[int]) -> list[int]:
    """The prices with those left out that have no limit on their side."""
    return [
        0 if (price > 0 and limit.at_most is None) or (price < 0 and limit.at_least is None) else price
        for limit, price in zip(question.limits, prices, strict=True)
    ]


def nearest_zero(question: Question, posts: Sequence[int], prices: Sequence[int]) -> list[int]:
    """Prices that prove the same plan, each as near 0 as the others let it, one after another."""
    prices = list(prices)
    for place, limit in enumerate(question.limits):
        if prices[place] == 0:
            continue
        lowest, highest = None, None
        for at in limit.rows:
            others = question.worth(at, prices) + prices[place]
            low, high = question.spans[at]
            if posts[at] < high:
                least = others - question.marginal(at, posts[at] + 1)
                lowest = least if lowest is None else max(lowest, least)
            if posts[at] > low:
                most = others - question.marginal(at, posts[at])
                highest = most if highest is None else min(highest, most)
        if prices[place] > 0:
            prices[place] = max(0, lowest or 0)
        else:
            prices[place] = min(0, highest or 0)
    return prices


def binding(question: Question, at: int, posts: Sequence[int], reached: Sequence[bool]) -> list[str]:
    """Every rule that covers the row and is at its limit; min and max for the row's own."""
    row, n = question.rows[at], posts[at]
    names = [question.limits[place].name for place in question.covering[at] if reached[place]]
    names += [rule.id for rule in unit_rules(question.rules, row) if rule.at_limit(row, n)]
    names += ["min"] if n == (row.least or 0) else []
    names += ["max"] if n == row.most else []
    return sorted(names)


def reached(question: Question, posts: Sequence[int]) -> list[bool]:
    """Whether each limit on a sum is at its end."""
    return [limit.reached(limit.activity(posts)) for limit in question.limits]


def ties(question: Question, proof: Proof) -> list[int] | None:
    """Rows that could have other posts at the same cost; None where no network decides it or nothing is proved."""
    family = families(question.limits)
    if family is None or proof.gap != 0:
        return None
    return Network(question, family, proof.prices).movable(proof.posts)


def undecided(question: Question, posts: Sequence[int]) -> list[int]:
    """Rows equal in everything that got different posts: who is who is for a person to decide."""
    equal: dict[Any, list[int]] = defaultdict(list)
    for at, row in enumerate(question.rows):
        equal[content(row), row.kind, question.covering[at], question.spans[at]].append(at)
    return sorted(at for rows in equal.values() if len({posts[at] for at in rows}) > 1 for at in rows)


def written(question: Question, proof: Proof, *, accept_gap: float, method: str) -> dict[str, Any]:
    """The certificate of a plan, as far as it follows from units, rules, posts and prices. method: what ran."""
    scale, objective = question.scale, question.raw(proof.posts)
    tied = ties(question, proof)
    return {
        "objective": float(objective),
        "objective_int": proof.cost,
        "bound_int": proof.bound,
        "bound": float(objective - (proof.cost - proof.bound) / scale),
        "gap": float(proof.gap),
        "scale": int(scale) if scale.denominator == 1 else float(scale),
        "rounding": float(question.rounding),
        "status": proof.status(accept_gap if families(question.limits) is None else 0),
        "proved": proof.kept and proof.gap == 0,
        "accept_gap": accept_gap,
        "method": method,
        "ties": None if tied is None else _named(question, tied),
        "undecided": _named(question, undecided(question, proof.posts)),
        "prices": [
            {"rule": limit.rule, "value": limit.value, "price_int": price, "price": float(price / scale)}
            for limit, price in sorted(zip(question.limits, proof.prices, strict=True), key=lambda pair: pair[0].name)
            if price
        ],
        "blocks": None,
        "rules": [
            {name: getattr(held, name) for name in ("id", "value", "activity", "at_least", "at_most", "holds")}
            for held in sorted(proof.held, key=lambda held: (held.id, held.value or ""))
        ],
    }


def _named(question: Question, places: Sequence[int]) -> list[list[str]]:
    return sorted([list(question.rows[at].key) for at in places])
