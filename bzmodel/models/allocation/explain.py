"""From the need to the posts, step by step, and the tables a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from bzmodel.models.allocation.certificate import Proof, binding, reached
from bzmodel.models.allocation.costs import marginal
from bzmodel.models.allocation.question import Question
from bzmodel.models.allocation.rows import Row, nearest_whole
from bzmodel.models.allocation.rules import unit_rules
from bzmodel.schema.results import Step, chain

EXPLANATION = ("unit_id", "kind", "step", "cause", "rule", "before", "after")


def steps_of(question: Question, proof: Proof) -> tuple[Step, ...]:
    """The steps of all rows, by unit and kind; each chain runs from the need to the posts."""
    order = sorted(range(len(question.rows)), key=lambda at: question.rows[at].key)
    return tuple(
        step
        for at in order
        for step in chain(question.rows[at].key, question.rows[at].need, list(_moves(question, at, proof)))
    )


def _moves(question: Question, at: int, proof: Proof) -> Iterator[tuple[str, str, int]]:
    """rounding, need, bounds, rules, tie: each cause with its rule and what stands after it."""
    row, posts = question.rows[at], proof.posts[at]
    priced = [question.limits[place].name for place in question.covering[at] if proof.prices[place]]
    now = nearest_whole(row.need)
    yield "rounding", "", now
    cheapest = question.cost.cheapest(row)
    if cheapest is not None:
        now = cheapest
    elif not priced and list(_bounded(question, row, now))[-1][1] != posts:
        now = posts  # the need alone decides nothing there: what neither bounds nor a price explain
    yield "need", "", now
    yield from (("bounds", rule, after) for rule, after in _bounded(question, row, now))
    yield ("rules", ";".join(sorted(priced)), posts) if priced else ("tie", "", posts)


def _bounded(question: Question, row: Row, posts: int) -> Iterator[tuple[str, int]]:
    """(rule, what stands after it): into min and max, then into each rule on one unit."""
    posts = _into(posts, row.least or 0, row.most)
    yield "", posts
    for rule in unit_rules(question.rules, row):
        posts = _into(posts, *rule.span(row))
        yield rule.id, posts


def _into(posts: int, low: int, high: int | None) -> int:
    posts = max(posts, low)
    return posts if high is None else min(posts, high)


def explanation_table(steps: Sequence[Step]) -> pd.DataFrame:
    """The steps as explanation.csv has them."""
    lines = [(*step.key, step.order, step.cause, step.source, step.before, step.after) for step in steps]
    return pd.DataFrame(lines, columns=list(EXPLANATION)).astype({"before": object, "after": object})


def allocation_table(
    question: Question, proof: Proof, used: Sequence[str], without_pins: Sequence[int | None] | None = None
) -> pd.DataFrame:
    """The plan, by code points of unit_id and kind. without_pins: posts by row of the question."""
    at_end = reached(question, proof.posts)
    order = sorted(range(len(question.rows)), key=lambda at: question.rows[at].key)
    lines = [_line(question, at, proof, at_end) for at in order]
    for line, at in zip(lines, order, strict=True):
        if without_pins is not None:
            line["without_pins"] = without_pins[at]
    columns = ["unit_id", "kind", "name", *used, "current", "need", "min", "max", "proposal", "change", "price"]
    columns += ["gain_of_one_more", "loss_of_one_less", "binding_rules"]
    columns += ["without_pins"] if without_pins is not None else []
    frame = pd.DataFrame(lines, columns=columns, dtype=object)
    whole = ("current", "min", "max", "proposal", "change", "without_pins")
    return frame.astype({name: "Int64" for name in whole if name in frame})


def _line(question: Question, at: int, proof: Proof, at_end: Sequence[bool]) -> dict[str, Any]:
    row, posts = question.rows[at], proof.posts[at]
    low, high = question.spans[at]
    gain = float(-marginal(question.cost, row, posts + 1)) if posts < high else None
    loss = float(-marginal(question.cost, row, posts)) if posts > low else None
    return {
        "unit_id": row.unit_id,
        "kind": row.kind,
        "name": row.name,
        **row.marks,
        "current": row.current,
        "need": row.need,
        "min": row.least,
        "max": row.most,
        "proposal": posts,
        "change": None if row.current is None else posts - row.current,
        "price": float(-question.worth(at, proof.prices) / question.scale),
        "gain_of_one_more": gain,
        "loss_of_one_less": loss,
        "binding_rules": ";".join(binding(question, at, proof.posts, at_end)),
    }


def in_words(question: Question, proof: Proof, level: str) -> str:
    """The plan in one paragraph, Chinese."""
    rows = question.rows
    need = sum(row.need for row in rows)
    text = f"{len(rows)} 个单位，测算需求合计 {float(need):,.1f} 名，方案合计 {sum(proof.posts):,} 名"
    known = [(n - row.current) for row, n in zip(rows, proof.posts, strict=True) if row.current is not None]
    if known:
        up, down = [c for c in known if c > 0], [c for c in known if c < 0]
        text += f"；增加 {len(up)} 个单位共 {sum(up):,} 名，减少 {len(down)} 个单位共 {-sum(down):,} 名，"
        text += f"不变 {len(known) - len(up) - len(down)} 个单位"
    return f"{text}。{level}。"


LEVELS = {
    "optimal": "在给定规则下已证明最优",
    "gap": "最优性缺口 {gap:.2g}",
    "two_solvers": "两个求解器结果一致",
    "feasible": "仅可行，最优性缺口 {gap:.2g} 超过允许值",
    "infeasible": "规则不能同时满足，没有方案",
    "error": "证书不成立",
}


def level(status: str, gap: float | None) -> str:
    """The printed level of a proof."""
    return LEVELS[status].format(gap=gap or 0.0)
