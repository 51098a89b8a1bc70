"""Units and rules as an integer programme that PuLP states and HiGHS or CBC solves. The only module that knows PuLP.

The programme holds a window of single posts around the plan the prices call for; beyond it posts come in blocks that
double outwards, at their average cost. What it answers is a proposal: the certificate decides.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pulp

from bzmodel.models.allocation.question import Question
from bzmodel.models.allocation.rows import Row, content
from bzmodel.models.allocation.rules import Limit, Loose, Rule, Span, ends_of
from bzmodel.models.allocation.ties import at_its_price

_UNIT_ABOVE = 10**9  # costs beyond it are handed over in larger units: the solver's own tolerances are absolute


class Solver:
    """HiGHS ("pulp-highs") or CBC ("pulp-cbc") under PuLP, and the time that is left to it.

    left: seconds it may still take over all programmes, None without end; stopped: whether that cut one of them short.
    """

    def __init__(self, method: str = "pulp-highs", left: float | None = None) -> None:
        self.method, self.left, self.stopped = method, left, False

    def available(self) -> bool:
        """Whether it can run on this machine."""
        return self._tool(whole=False).available()

    def solves(self, problem: pulp.LpProblem, *, whole: bool) -> bool:
        """Whether an optimum was found, or some plan in whole numbers before the time was over."""
        if self.left is not None and self.left <= 0:
            self.stopped = True
            return False
        problem.solve(self._tool(whole=whole))
        done = problem.sol_status == pulp.LpSolutionOptimal
        if self.left is not None:
            self.left -= problem.solutionTime
            self.stopped |= self.left <= 0 and not done
        return done or (whole and problem.sol_status == pulp.LpSolutionIntegerFeasible)

    def _tool(self, *, whole: bool) -> pulp.LpSolver:
        """Both gaps 0, one thread, a fixed seed."""
        shared = {"mip": whole, "msg": False, "gapRel": 0, "gapAbs": 0, "threads": 1, "timeLimit": self.left}
        if self.method == "pulp-cbc":
            return pulp.PULP_CBC_CMD(**shared, _skip_v4_deprecation=True)
        return pulp.HiGHS(**shared, random_seed=0)


class Statement:
    """A programme in the making: rules build themselves into it."""

    def __init__(self, rows: Sequence[Row], spans: Sequence[Span], *, whole: bool = False) -> None:
        self.rows = rows
        self.problem = pulp.LpProblem("allocation", pulp.LpMinimize)
        sort = pulp.LpInteger if whole else pulp.LpContinuous
        self.posts = [
            self.problem.add_variable(f"x_{at:05d}", low, high, cat=sort) for at, (low, high) in enumerate(spans)
        ]
        self.activities: list[tuple[Limit, pulp.LpVariable, pulp.LpConstraint]] = []

    def limit(self, limit: Limit) -> None:
        """A sum of posts with a floor and a ceiling."""
        place = len(self.activities)
        activity = self.problem.add_variable(f"sum_{place:05d}", limit.at_least, limit.at_most)
        row = pulp.LpAffineExpression([(self.posts[at], 1) for at in limit.rows]) - activity == 0
        self.problem.addConstraint(row, f"limit_{place:05d}")
        self.activities.append((limit, activity, row))

    def span(self, at: int, span: Span) -> None:
        """The posts a rule allows one row."""
        low, high = span
        posts = self.posts[at]
        posts.lowBound = max(posts.lowBound, low)
        posts.upBound = high if posts.upBound is None else posts.upBound if high is None else min(posts.upBound, high)

    def solve(self, solver: Solver | None = None, *, whole: bool) -> bool:
        """Whether the solver found an answer; HiGHS without a limit of time where none is named."""
        if self.problem.objective is None:
            self.problem.setObjective(pulp.LpAffineExpression())
        return (solver or Solver()).solves(self.problem, whole=whole)

    def text(self) -> str:
        """The programme as an LP file, to be read."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "programme.lp"
            self.problem.writeLP(str(path))
            return path.read_text(encoding="utf-8")


def stated(question: Question, prices: Sequence[int], width: int, *, whole: bool = False) -> tuple[Statement, int]:
    """The programme around the plan that the prices call for, and the unit its costs are in."""
    statement = Statement(question.rows, [(low, high) for low, high in question.spans], whole=whole)
    for rule in question.rules:
        rule.build(statement)
    blocks = {at: list(_blocks(question, at, question.worth(at, prices), width)) for at in range(len(question.rows))}
    dear = max((abs(cost) for row in blocks.values() for _, cost in row), default=Fraction(0))
    unit = 1
    while dear > _UNIT_ABOVE * unit:
        unit *= 10
    objective = []
    for at, row in blocks.items():
        columns = [
            (statement.problem.add_variable(f"post_{at:05d}_{order:03d}", 0, count), float(cost / unit))
            for order, (count, cost) in enumerate(row)
        ]
        objective += columns
        sum_of = pulp.LpAffineExpression([(column, 1) for column, _ in columns])
        statement.problem.addConstraint(statement.posts[at] - sum_of == question.spans[at][0], f"posts_{at:05d}")
    price_of = dict(zip(map(_key, question.limits), prices, strict=True))
    for limit, activity, _ in statement.activities:
        objective.append((activity, -price_of[_key(limit)] / unit))
    statement.problem.setObjective(pulp.LpAffineExpression(objective))
    return statement, unit


def _key(limit: Limit) -> tuple[str, str | None]:
    return limit.rule, limit.value


def _blocks(question: Question, at: int, worth: int, width: int) -> Iterator[tuple[int, Fraction]]:
    """(count, cost of each less the worth), from the least allowed to the most: single posts near the plan."""
    low, high = question.spans[at]
    edges = {low, high}
    plan = question.taken(at, worth)
    edges |= set(range(max(low, plan - width), min(high, plan + width) + 1))
    reach = width
    while reach < high - low:
        reach *= 2
        edges |= {min(high, plan + reach), max(low, plan - reach)}
    ordered = sorted(edges)
    for start, end in pairwise(ordered):
        count = end - start
        if count == 1:
            yield 1, Fraction(question.marginal(at, end) - worth)
        else:
            ends = question.marginal(at, start + 1), question.marginal(at, end)
            yield count, Fraction(sum(ends), 2) - worth


def proposed(
    question: Question, prices: Sequence[int], width: int, solver: Solver, *, whole: bool
) -> tuple[list[int], list[int]] | None:
    """Posts and prices of one programme; None where the solver found none."""
    statement, unit = stated(question, prices, width, whole=whole)
    if not statement.solve(solver, whole=whole):
        return None
    posts = [round(variable.varValue) for variable in statement.posts]
    if whole:
        return posts, list(prices)
    shift = {_key(limit): round((row.pi or 0.0) * unit) for limit, _, row in statement.activities}
    return posts, [price - shift[_key(limit)] for limit, price in zip(question.limits, prices, strict=True)]


def some_plan(question: Question) -> list[int] | None:
    """Any posts that keep every rule, at whatever cost; None where there are none."""
    statement = Statement(question.rows, question.spans, whole=True)
    for rule in question.rules:
        rule.build(statement)
    return [round(variable.varValue) for variable in statement.posts] if statement.solve(whole=True) else None


def settled(question: Question, prices: Sequence[int], solver: Solver, *, whole: bool) -> list[int] | None:
    """Among all plans of equal cost the one ties decide: each post at the price goes by content, then by name.

    whole: limits cross a third time. Two nested families need no whole numbers asked for: every corner is whole.
    """
    rows = range(len(question.rows))
    worth = [question.worth(at, prices) for at in rows]
    spans = [(question.needed(at, t), question.taken(at, t)) for at, t in zip(rows, worth, strict=True)]
    open_posts = sorted(_claims(question, spans))
    posts = [low for low, _ in spans]
    if not open_posts:
        return posts
    statement = Statement(question.rows, spans, whole=whole)
    for limit, price in zip(question.limits, prices, strict=True):
        statement.limit(at_its_price(limit, price))
    columns: Mapping[int, list] = {at: [] for at in rows}
    for rank, (_, at, _) in enumerate(open_posts):
        columns[at].append((statement.problem.add_variable(f"tie_{rank:06d}", 0, 1), len(open_posts) + rank))
    statement.problem.setObjective(pulp.LpAffineExpression([pair for row in columns.values() for pair in row]))
    for at in rows:
        sum_of = pulp.LpAffineExpression([(column, 1) for column, _ in columns[at]])
        statement.problem.addConstraint(statement.posts[at] - sum_of == spans[at][0], f"posts_{at:05d}")
    if not statement.solve(solver, whole=whole):
        return None
    return [round(variable.varValue) for variable in statement.posts]


def _claims(question: Question, spans: Sequence[tuple[int, int]]) -> Iterator[tuple]:
    """(claim, row, post) of every post at the price: the larger shortage before it first, then content and name."""
    for at, (low, high) in enumerate(spans):
        row = question.rows[at]
        for post in range(low + 1, high + 1):
            yield (-(row.need - post + 1) / max(row.need, 1), content(row), row.key), at, post


def feasible(spans: Sequence[tuple[int, int]], limits: Sequence[Limit]) -> bool:
    """Whether whole posts within the spans keep all limits."""
    return _reached(spans, limits, (), 0) is not None


def extreme(spans: Sequence[tuple[int, int]], limits: Sequence[Limit], limit: Limit, sign: int) -> int | None:
    """The least (sign 1) or greatest (sign −1) sum of posts of one limit's rows under other limits."""
    return _reached(spans, limits, limit.rows, sign)


def _reached(spans: Sequence, limits: Sequence[Limit], rows: Sequence[int], sign: int) -> int | None:
    if any(low > high for low, high in spans):
        return None
    cells: dict[tuple, list[int]] = {}
    asked = set(rows)
    members = [set(limit.rows) for limit in limits]
    for at in range(len(spans)):
        cells.setdefault((at in asked, *(at in each for each in members)), []).append(at)
    sums = [(sum(spans[at][0] for at in cell), sum(spans[at][1] for at in cell)) for cell in cells.values()]
    statement = Statement((), sums, whole=True)
    for place, limit in enumerate(limits):
        within = tuple(order for order, cell in enumerate(cells) if cell[place + 1])
        statement.limit(Limit(limit.rule, limit.value, within, limit.at_least, limit.at_most))
    goal = [(statement.posts[order], sign) for order, cell in enumerate(cells) if cell[0]]
    statement.problem.setObjective(pulp.LpAffineExpression(goal))
    if not statement.solve(whole=True):
        return None
    return sum(round(variable.varValue) for variable, _ in goal)


Move = tuple[Rule, str | None, Loose, int]


def least_relaxed(
    rows: Sequence[Row], spans: Sequence[tuple[int, int]], limits: Sequence[Limit], loose: Sequence[Rule]
) -> list[Move] | None:
    """(rule, group value, key, by how many posts) of the loose rules, least in sum; None where that cannot help."""
    if any(low > high for low, high in spans):
        return None
    statement = Statement(rows, spans, whole=True)
    for limit in limits:
        statement.limit(limit)
    slacks = [slack for rule in loose for slack in _loosened(statement, rule)]
    statement.problem.setObjective(pulp.LpAffineExpression([(variable, 1) for *_, variable in slacks]))
    if not statement.solve(whole=True):
        return None
    return [(*name, round(variable.varValue)) for *name, variable in slacks if round(variable.varValue)]


def _loosened(statement: Statement, rule: Rule) -> Iterator[tuple[Rule, str | None, Loose, pulp.LpVariable]]:
    """The ends of a rule put into a programme, with a slack for each key that gives way; the other ends stay firm."""
    slacks: dict[tuple[str | None, str], tuple[Loose, pulp.LpVariable]] = {}
    for limit, side, end, sign in ends_of(rule, statement.rows):
        total = pulp.LpAffineExpression([(statement.posts[at], sign) for at in limit.rows])
        if loose := rule.loosened(limit.value, side):
            name = limit.value, loose.key
            if name not in slacks:
                called = _plain(f"slack_{rule.id}_{limit.value}_{loose.key}")
                most = loose.start if loose.step < 0 else None
                slacks[name] = loose, statement.problem.add_variable(called, 0, most, pulp.LpInteger)
            total += slacks[name][1]
        statement.problem.addConstraint(total >= sign * end)
    for (value, _), (loose, slack) in slacks.items():
        yield rule, value, loose, slack


def _plain(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else f"u{ord(letter):x}" for letter in name)
