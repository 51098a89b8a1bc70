"""From a question to a proved plan: programme, prices, proof, a wider window where it does not close, ties last."""

from __future__ import annotations

from bzmodel.models.allocation.certificate import Proof, lawful, nearest_zero, prove
from bzmodel.models.allocation.network import families
from bzmodel.models.allocation.problem import proposed, settled
from bzmodel.models.allocation.question import Question

_NARROWEST = 4
_AGAIN = 4  # times a window is moved to the new prices before it is widened


def solve(question: Question) -> Proof | None:
    """The best proof found: gap 0 wherever the limits split into two nested families; None without any plan."""
    if any(low > high for low, high in question.spans):
        return None
    best = _search(question)
    if best is None or best.gap != 0:
        return best
    prices = nearest_zero(question, best.posts, best.prices)
    posts = settled(question, prices)
    final = prove(question, posts, prices) if posts is not None else best
    return final if final.kept and final.gap == 0 else best


def _search(question: Question) -> Proof | None:
    crossing = families(question.limits) is None
    widest = max(high - low for low, high in question.spans)
    prices, width, best = [0] * len(question.limits), _NARROWEST, None
    while True:
        for _ in range(_AGAIN):
            answer = proposed(question, prices, width, whole=False)
            if answer is None:
                return best
            posts, prices = answer[0], lawful(question, answer[1])
            best = _better(best, prove(question, posts, prices))
            if best is not None and best.gap == 0:
                return best
            if crossing:
                best = _whole(question, prices, width, best)
        if width > widest or (best is not None and best.gap == 0):
            return best
        width *= 2


def _whole(question: Question, prices: list[int], width: int, best: Proof | None) -> Proof | None:
    """Limits that cross a third time: the programme in whole numbers, at the prices of its relaxation."""
    answer = proposed(question, prices, width, whole=True)
    return best if answer is None else _better(best, prove(question, answer[0], prices))


def _better(best: Proof | None, new: Proof) -> Proof | None:
    if not new.kept or (best is not None and best.gap <= new.gap):
        return best
    return new
