"""Limits that split into two nested families are a network: rows are arcs from one family's tree to the other's.

There the programme is totally unimodular, and who could exchange posts at equal cost is a question of reachability.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from bzmodel.models.allocation.question import Question
from bzmodel.models.allocation.rules import Limit

Node = tuple[int, int]  # family, place of the limit there; -1 is the root both families share
ROOT: Node = (0, -1)


def families(limits: Sequence[Limit]) -> tuple[int, ...] | None:
    """The family (0 or 1) of each limit, so that within a family limits are nested; None where two do not do.

    Notes: crossing limits must part; a proper colouring of the graph of crossings by two colours.
    """
    sets = [frozenset(limit.rows) for limit in limits]
    crossed: dict[int, list[int]] = defaultdict(list)
    for one, other in combinations(range(len(sets)), 2):
        if sets[one] & sets[other] and not (sets[one] <= sets[other] or sets[other] <= sets[one]):
            crossed[one].append(other)
            crossed[other].append(one)
    colour: dict[int, int] = {}
    for start in range(len(sets)):
        waiting = [] if start in colour else [start]
        colour.setdefault(start, 0)
        while waiting:
            here = waiting.pop()
            for there in crossed[here]:
                if there not in colour:
                    colour[there] = 1 - colour[here]
                    waiting.append(there)
                elif colour[there] == colour[here]:
                    return None
    return tuple(colour[at] for at in range(len(sets)))


class Network:
    """The trees of both families and the arcs that a plan leaves open at equal cost."""

    def __init__(self, question: Question, family: Sequence[int], prices: Sequence[int]) -> None:
        self.question, self.prices = question, prices
        self._above: dict[Node, Node] = {}
        self._leaf: list[list[Node]] = [[ROOT, ROOT] for _ in question.rows]
        order = sorted(range(len(family)), key=lambda place: (-len(question.limits[place].rows), place))
        for place in order:  # the widest first: what stands at a row so far is its parent
            mine, rows = family[place], question.limits[place].rows
            node = (mine, place)
            self._above[node] = self._leaf[rows[0]][mine] if rows else ROOT
            for at in rows:
                self._leaf[at][mine] = node

    def movable(self, posts: Sequence[int]) -> list[int]:
        """Rows whose posts differ in some other plan of the same cost that keeps every limit."""
        question = self.question
        free = []
        for at in range(len(question.rows)):
            worth = question.worth(at, self.prices)
            down, up = posts[at] > question.needed(at, worth), posts[at] < question.taken(at, worth)
            if down or up:
                free.append((at, down, up))
        open_arcs = self._limit_arcs(posts)
        for at, down, up in free:
            here, there = self._leaf[at]
            if up:
                open_arcs[here][there].append(at)
            if down:
                open_arcs[there][here].append(at)
        return [at for at, down, up in free if self._moves(at, (down, up), open_arcs)]

    def _moves(self, at: int, ways: tuple[bool, bool], arcs: dict) -> bool:
        here, there = self._leaf[at]
        down, up = ways
        return (up and _reaches(arcs, there, here, at)) or (down and _reaches(arcs, here, there, at))

    def _limit_arcs(self, posts: Sequence[int]) -> dict:
        """Open arcs along the trees: family 0 flows from the root down, family 1 back up to it."""
        arcs: dict[Node, dict[Node, list[int]]] = defaultdict(lambda: defaultdict(list))
        for node, above in self._above.items():
            limit = self.question.limits[node[1]]
            more, less = room(limit, limit.activity(posts), self.prices[node[1]])
            tail, head = (above, node) if node[0] == 0 else (node, above)
            if more:
                arcs[tail][head].append(-1)
            if less:
                arcs[head][tail].append(-1)
        return arcs


def room(limit: Limit, activity: int, price: int) -> tuple[bool, bool]:
    """Whether a limit leaves room for one more and for one less; a priced one for neither, at equal cost."""
    if price:
        return False, False
    return limit.at_most is None or activity < limit.at_most, limit.at_least is None or activity > limit.at_least


def _reaches(arcs: dict, start: Node, goal: Node, without: int) -> bool:
    """Whether open arcs lead from start to goal without the row `without`."""
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        for there in _next(arcs, here, without):
            if there not in seen:
                seen.add(there)
                waiting.append(there)
    return False


def _next(arcs: dict, here: Node, without: int) -> Iterator[Node]:
    for there, rows in arcs.get(here, {}).items():
        if any(row != without for row in rows):
            yield there
