"""Why there is no plan: an irreducible set of rules that cannot all hold, in numbers, and the cheapest repair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bzmodel.models.allocation.problem import extreme, feasible, least_relaxed
from bzmodel.models.allocation.question import Question
from bzmodel.models.allocation.rules import Limit, Loose, Rule, ends_of


@dataclass(frozen=True)
class Member:
    """A rule on single units, a limit on a sum, or the units' own min or max."""

    rule: Rule | None = None
    limit: Limit | None = None
    own: str = ""


@dataclass(frozen=True)
class Excess:
    """What must be at least `low` may be at most `high`. what: of a row, of the floors or of the ceilings of others."""

    name: str
    what: str
    low: int
    high: int

    def says(self, lang: str) -> str:
        """The two numbers in words."""
        words = {
            "zh": {"row": "{}：下限 {} > 上限 {}", "floors": "{}：各下限合计 {} > 上限 {}",
                   "ceilings": "{}：下限 {} > 各上限合计 {}"},
            "en": {"row": "{}: {} > {}", "floors": "{}: floors {} > ceiling {}",
                   "ceilings": "{}: floor {} > ceilings {}"},
        }  # fmt: skip
        return words[lang][self.what].format(self.name, self.low, self.high)


@dataclass(frozen=True)
class Conflict:
    """members: none can be left out. excesses: its numbers. repairs: over relaxable rules, least sum of posts.

    stiff: relaxable rules of which an end cannot give way by posts. rules: all, by id.
    """

    members: tuple[Mapping[str, Any], ...]
    excesses: tuple[Excess, ...]
    repairs: tuple[Mapping[str, Any], ...]
    stiff: tuple[Rule, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)

    def numbers(self, lang: str) -> str:
        """The numbers that cannot hold together, in words."""
        return {"zh": "；", "en": "; "}[lang].join(excess.says(lang) for excess in self.excesses)

    def names(self, lang: str) -> str:
        """The members with their sources and their words, as a person reads them."""
        return {"zh": "、", "en": ", "}[lang].join(self._named(one, lang) for one in self.members)

    def _named(self, member: Mapping[str, Any], lang: str) -> str:
        if member["rule"] is None:
            return _name(member)
        said = self.rules[member["rule"]].sentence(lang)
        return {"zh": "{}（{}：{}）", "en": "{} ({}: {})"}[lang].format(_name(member), member["source"], said)

    def repaired(self) -> str:
        """The repairs in one line; empty where no relaxable rule helps."""
        return "; ".join(f"{_name(one)} {one['limit']} {one['from']} -> {one['to']}" for one in self.repairs)


def _name(entry: Mapping[str, Any]) -> str:
    return f"{entry['rule']}/{entry['value']}" if entry["rule"] and entry["value"] else entry["rule"] or entry["value"]


def conflict(question: Question) -> Conflict:
    """The conflict of a question without a plan."""
    most = _plenty(question)
    members = irreducible(_candidates(question), lambda kept: _holds(question, kept, most))
    return Conflict(
        tuple(_written(question, member, members) for member in members),
        tuple(_excesses(question, members)),
        tuple(_repairs(question)),
        tuple(_stiff(question)),
        {rule.id: rule for rule in question.rules},
    )


def irreducible(candidates: Sequence[Member], holds: Callable[[Sequence[Member]], bool]) -> list[Member]:
    """A deletion filter: whatever can be left out with the conflict still there is left out; the rest is necessary."""
    kept = list(candidates)
    for candidate in candidates:
        without = [member for member in kept if member is not candidate]
        if not holds(without):
            kept = without
    return kept


def _candidates(question: Question) -> list[Member]:
    """Relaxable ones last, so that the set names rules that can give way before law."""
    units = [Member(rule=rule) for rule in sorted(question.rules, key=lambda rule: rule.id) if rule.on_units]
    sums = [Member(limit=limit) for limit in sorted(question.limits, key=lambda limit: limit.name)]
    relaxable = {rule.id for rule in question.rules if rule.relaxable}
    firm = [one for one in units + sums if (one.rule or one.limit) and _id(one) not in relaxable]
    loose = [one for one in units + sums if _id(one) in relaxable]
    return [Member(own="max"), Member(own="min"), *firm, *loose]


def _id(member: Member) -> str:
    return member.rule.id if member.rule else member.limit.rule if member.limit else ""


def spans_of(question: Question, members: Sequence[Member], most: int | None = None) -> list[tuple[int, int]]:
    """What each row may have under these members alone; without a ceiling as many as could matter (`most`)."""
    own = {member.own for member in members if member.own}
    rules = [member.rule for member in members if member.rule]
    most = _plenty(question) if most is None else most
    spans = []
    for row in question.rows:
        low = max(question.cost.first, (row.least or 0) if "min" in own else 0)
        high = row.most if "max" in own and row.most is not None else most
        for rule in rules:
            if rule.covers(row):
                least, end = rule.span(row)
                low, high = max(low, least), high if end is None else min(high, end)
        spans.append((low, high))
    return spans


def _plenty(question: Question) -> int:
    """More posts than any one row could need to meet any floor."""
    asked = [limit.at_least or 0 for limit in question.limits]
    asked += [max(row.least or 0, row.current or 0) for row in question.rows]
    units = [rule for rule in question.rules if rule.on_units]
    asked += [rule.span(row)[0] for rule in units for row in question.rows if rule.covers(row)]
    return max(asked, default=0) + 1


def _holds(question: Question, members: Sequence[Member], most: int) -> bool:
    return feasible(spans_of(question, members, most), [member.limit for member in members if member.limit])


def _written(question: Question, member: Member, members: Sequence[Member]) -> dict[str, Any]:
    if member.own:
        return {
            "rule": None,
            "value": member.own,
            "source": None,
            "at_least": None,
            "at_most": None,
            "units": _who(question, member, members),
        }
    rule = member.rule or next(rule for rule in question.rules if rule.id == member.limit.rule)
    low, high = rule.stated() if member.rule else rule.terms(member.limit)
    value = member.limit.value if member.limit else None
    return {"rule": rule.id, "value": value, "source": rule.source, "at_least": low, "at_most": high}


def _who(question: Question, member: Member, members: Sequence[Member]) -> list[str]:
    """The units whose own min or max plays a part."""
    spans = spans_of(question, members)
    empty = {at for at, (low, high) in enumerate(spans) if low > high}
    part = empty or {at for one in members if one.limit for at in one.limit.rows} or set(range(len(spans)))
    rows = [question.rows[at] for at in sorted(part)]
    return sorted(
        {
            row.unit_id
            for row in rows
            if (row.least if member.own == "min" else row.most) not in (None, 0)
            or (member.own == "max" and row.most == 0)
        }
    )


def _excesses(question: Question, members: Sequence[Member]) -> list[Excess]:
    """Of one row, or of each limit against all the others."""
    spans = spans_of(question, members)
    found = [
        Excess(row.unit_id, "row", low, high)
        for row, (low, high) in zip(question.rows, spans, strict=True)
        if low > high
    ]
    limits = [member.limit for member in members if member.limit]
    for limit in [] if found else limits:
        others = [other for other in limits if other is not limit]
        if limit.at_most is not None:
            least = extreme(spans, others, limit, 1)
            if least is not None and least > limit.at_most:
                found.append(Excess(limit.name, "floors", least, limit.at_most))
        if limit.at_least is not None:
            most = extreme(spans, others, limit, -1)
            if most is not None and most < limit.at_least:
                found.append(Excess(limit.name, "ceilings", limit.at_least, most))
    return found


def _repairs(question: Question) -> list[dict[str, Any]]:
    """The changes of relaxable limits, least in sum, under which a plan exists; none where no such change helps."""
    firm = [rule for rule in question.rules if not rule.relaxable]
    loose = sorted((rule for rule in question.rules if rule.relaxable), key=lambda rule: rule.id)
    if not loose:
        return []
    firm_members = [Member(own="min"), Member(own="max"), *(Member(rule=rule) for rule in firm if rule.on_units)]
    fixed = replace(question, rules=tuple(firm), _known={})
    moves = least_relaxed(question.rows, spans_of(question, firm_members), fixed.limits, loose)
    return [_move(rule, value, loose, posts) for rule, value, loose, posts in moves or ()]


def _move(rule: Rule, value: str | None, loose: Loose, posts: int) -> dict[str, Any]:
    to = loose.start + loose.step * posts
    return {"rule": rule.id, "value": value, "limit": loose.key, "from": loose.start, "to": to}


def _stiff(question: Question) -> Iterator[Rule]:
    """Relaxable rules that repairs must keep, as no key of theirs is a number of posts."""
    for rule in sorted(question.rules, key=lambda rule: rule.id):
        ends = {(limit.value, side) for limit, side, *_ in ends_of(rule, question.rows)}
        if rule.relaxable and not all(rule.loosened(value, side) for value, side in ends):
            yield rule
