"""From a question to a proved plan: programme, prices, proof, a wider window where it does not close, ties last."""

from __future__ import annotations

from bzmodel.models.allocation.certificate import Proof, lawful, nearest_zero, prove
from bzmodel.models.allocation.network import families
from bzmodel.models.allocation.problem import Solver, proposed, settled, some_plan
from bzmodel.models.allocation.question import Question
from bzmodel.models.allocation.ties import among, open_posts

__all__ = ["Solver", "second_opinion", "solve"]

_NARROWEST = 4
_WIDEST_OPINION = 64
_FEW = 1000  # posts at the price that are put in order one by one
_AGAIN = 4  # times a window is moved to the new prices before it is widened


def solve(question: Question, solver: Solver) -> Proof | None:
    """The best proof found: gap 0 wherever the limits split into two nested families; None without any plan.

    Where the solver was stopped: the best plan until then, at the least one that keeps the rules.
    """
    if any(low > high for low, high in question.spans):
        return None
    best = _search(question, solver)
    if best is None:
        posts = some_plan(question)
        return None if posts is None else prove(question, posts, [0] * len(question.limits))
    if best.gap != 0:
        return best
    prices = nearest_zero(question, best.posts, best.prices)
    posts = _first(question, prices, solver)
    final = prove(question, posts, prices) if posts is not None else best
    return final if final.kept and final.gap == 0 else best


def _first(question: Question, prices: list[int], solver: Solver) -> list[int] | None:
    """Among the plans of equal cost the one that ties decide; None where it was not found."""
    left = open_posts(question, prices)
    while left > _FEW:
        question = among(question, prices)
        best = _search(question, solver)
        if best is None or best.gap != 0:
            return None
        before, prices = left, list(best.prices)
        left = open_posts(question, prices)
        if left == before:  # equal in all that can be told apart in numbers
            break
    return settled(question, prices, solver, whole=families(question.limits) is None)


def second_opinion(question: Question, proof: Proof, solver: Solver) -> Proof | None:
    """The plan of the other solver, from the programme in whole numbers at the same prices; None where it has none."""
    other = Solver({"pulp-highs": "pulp-cbc", "pulp-cbc": "pulp-highs"}[solver.method], solver.left)
    if not other.available():
        return None
    width = min(_WIDEST_OPINION, max(high - low for low, high in question.spans))
    return _whole(question, list(proof.prices), width, None, other)


def _search(question: Question, solver: Solver) -> Proof | None:
    crossing = families(question.limits) is None
    widest = max(high - low for low, high in question.spans)
    prices, width, best = [0] * len(question.limits), _NARROWEST, None
    while True:
        for _ in range(_AGAIN):
            answer = proposed(question, prices, width, solver, whole=False)
            if answer is None:
                return best
            posts, prices = answer[0], lawful(question, answer[1])
            best = _better(best, prove(question, posts, prices))
            if best is not None and best.gap == 0:
                return best
            if crossing:
                best = _whole(question, prices, width, best, solver)
        if width > widest or (best is not None and best.gap == 0):
            return best
        width *= 2


def _whole(question: Question, prices: list[int], width: int, best: Proof | None, solver: Solver) -> Proof | None:
    """Limits that cross a third time: the programme in whole numbers, at the prices of its relaxation."""
    answer = proposed(question, prices, width, solver, whole=True)
    return best if answer is None else _better(best, prove(question, answer[0], prices))


def _better(best: Proof | None, new: Proof) -> Proof | None:
    if not new.kept or (best is not None and best.gap <= new.gap):
        return best
    return new
