"""Provisions on a plan: RULES, one object per kind of rule.

A rule says itself (`sentence`), builds itself into a programme (`build`), checks a finished plan without a solver
(`check`) and knows whether it may be relaxed. A rule on one unit yields the posts it allows there (`span`); a rule over
several rows yields `limits`. To add a kind: write its class, put it into RULES.

What a class declares: `kind`, `meaning` and `example` (for docs/rules.zh.md and the golden programme), `keys`, of which
`one_of` and `any_of` name what must stand, `on_units`, `needs_current`, `counts`. What it may answer besides, where
the shape of its numbers asks for it: `faults`, `groups`, `terms`, `loosened`, `at_limit`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar, Protocol

from bzmodel.models.allocation.keys import ColumnName, Key, Limits, Posts, Share, Span, crossed
from bzmodel.models.allocation.rows import Row
from bzmodel.schema.results import Finding
from bzmodel.schema.tables import TABLES


@dataclass(frozen=True, slots=True)
class Limit:
    """A floor and a ceiling on the sum of posts of some rows. rows: their places in the canonical order."""

    rule: str
    value: str | None
    rows: tuple[int, ...]
    at_least: int | None
    at_most: int | None

    @property
    def name(self) -> str:
        """R02, or R02/拨款 for a group value."""
        return self.rule if self.value is None else f"{self.rule}/{self.value}"

    def activity(self, posts: Sequence[int]) -> int:
        """The sum of posts of its rows."""
        return sum(posts[at] for at in self.rows)

    def reached(self, activity: int) -> bool:
        """Whether the plan stands at the limit."""
        return activity in (self.at_least, self.at_most)

    def kept(self, activity: int) -> bool:
        """Whether the plan keeps it."""
        return within(activity, self.at_least, self.at_most)


@dataclass(frozen=True, slots=True)
class Held:
    """How a plan stands to a rule, in the rule's own terms. activity: None for a rule on single units."""

    id: str
    value: str | None
    activity: int | None
    at_least: int | None
    at_most: int | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Loose:
    """A key of a rule that may give way post by post: from `start` on, down (step −1) or up (step 1)."""

    key: str
    start: int
    step: int


class Programme(Protocol):
    """What a rule builds itself into."""

    rows: Sequence[Row]

    def limit(self, limit: Limit) -> None: ...
    def span(self, at: int, span: Span) -> None: ...


def within(value: int, low: int | None, high: int | None) -> bool:
    """low <= value <= high, as far as they stand."""
    return (low is None or value >= low) and (high is None or value <= high)


@dataclass(frozen=True, kw_only=True)
class Rule(ABC):
    """What all kinds share: which rows it covers, its source, and how it is checked.

    kind: its name in RULES. meaning: in Chinese; example: its own keys as TOML. keys: how each is written; exactly one
    of `one_of` and at least one of `any_of` must stand. on_units: it speaks by `span` on each row, not by `limits`.
    needs_current: every row it covers must have current posts. counts: columns whose whole numbers it takes.
    """

    id: str
    source: str
    relaxable: bool = False
    where: Mapping[str, frozenset[str]] = field(default_factory=dict)
    kind: ClassVar[str] = ""
    meaning: ClassVar[str] = ""
    example: ClassVar[str] = ""
    keys: ClassVar[Mapping[str, Key]] = {}
    one_of: ClassVar[tuple[str, ...]] = ()
    any_of: ClassVar[tuple[str, ...]] = ()
    on_units: ClassVar[bool] = False
    needs_current: ClassVar[bool] = False
    counts: ClassVar[tuple[str, ...]] = ()

    def faults(self) -> Iterator[Finding]:
        """What is wrong with its own values; `refused` says it."""
        yield from crossed(*self.stated(), self.id)

    def refused(self, key: str, zh: str, en: str) -> Finding:
        """A value that this rule cannot take, and why."""
        about = {"rule": self.id, "why_zh": zh, "why_en": en}
        return Finding("AL-R18", column=key, value=str(getattr(self, key)), about=about)

    def groups(self) -> Mapping[str, frozenset[str]]:
        """Column -> the values it names there, besides `where`; each must meet one of its rows."""
        return {getattr(self, key): frozenset() for key, form in self.keys.items() if isinstance(form, ColumnName)}

    def covers(self, row: Row) -> bool:
        """Whether its `where` names this row."""
        return all(row.mark(column) in values for column, values in self.where.items())

    def covered(self, rows: Sequence[Row]) -> tuple[int, ...]:
        """The places of its rows."""
        return tuple(at for at, row in enumerate(rows) if self.covers(row))

    def build(self, programme: Programme) -> None:
        """Put itself into a programme."""
        for limit in self.limits(programme.rows):
            programme.limit(limit)
        for at in self.covered(programme.rows) if self.on_units else ():
            programme.span(at, self.span(programme.rows[at]))

    def limits(self, rows: Sequence[Row]) -> tuple[Limit, ...]:
        """Its limits on sums of posts."""
        return ()

    def span(self, row: Row) -> Span:
        """The posts it allows a row it covers."""
        return 0, None

    def check(self, rows: Sequence[Row], posts: Sequence[int]) -> tuple[Held, ...]:
        """How a plan stands to it; nothing but arithmetic."""
        if self.on_units:
            low, high = self.stated()
            holds = all(within(posts[at], *self.span(rows[at])) for at in self.covered(rows))
            return (Held(self.id, None, None, low, high, holds),)
        return tuple(
            Held(limit.rule, limit.value, total, limit.at_least, limit.at_most, limit.kept(total))
            for limit in self.limits(rows)
            for total in (limit.activity(posts),)
        )

    def stated(self) -> Span:
        """at_least and at_most as its entry states them, in posts."""
        return _posts(self, "at_least"), _posts(self, "at_most")

    def terms(self, limit: Limit) -> Span:
        """at_least and at_most of one of its limits in the terms of its entry."""
        return limit.at_least, limit.at_most

    def loosened(self, value: str | None, side: str) -> Loose | None:
        """The key that gives way when a limit (of a group value) gives way on one side (at_least, at_most) by a post.

        None where no key of its entry is that number of posts: the limit stays firm in repairs.
        """
        start = _posts(self, side)
        return None if start is None else Loose(side, start, -1 if side == "at_least" else 1)

    def at_limit(self, row: Row, posts: int) -> bool:
        """Whether a rule on single units stops this row from having one more or one less."""
        return posts in self.span(row)

    @abstractmethod
    def sentence(self, lang: str) -> str:
        """The rule in words."""

    def _who(self, lang: str) -> str:
        if not self.where:
            return {"zh": "全部单位", "en": "all rows"}[lang]
        joint = {"zh": "、", "en": " or "}[lang]
        said = (f"{_heading(c, lang)} = {joint.join(sorted(values))}" for c, values in sorted(self.where.items()))
        return ", ".join(said)


def _posts(rule: Rule, key: str) -> int | None:
    """What a key of a rule says, where it is a number of posts."""
    value = getattr(rule, key, None)
    return value if isinstance(value, int) else None


def _heading(column: str, lang: str) -> str:
    """What a reader calls a column: its Chinese heading where a table declares it."""
    declared = (TABLES[table] for table in ("allocation", "units", "quotas"))
    labels = {one.name: one.label for table in declared for one in table.columns}
    return labels.get(column, column) if lang == "zh" else column


def _range(lang: str, low: int | None, high: int | None) -> str:
    if low == high:
        return {"zh": f"等于 {low}", "en": f"exactly {low}"}[lang]
    words = {"zh": ("不少于 {}", "不超过 {}", "、"), "en": ("at least {}", "at most {}", " and ")}[lang]
    return words[2].join(word.format(n) for word, n in zip(words, (low, high), strict=False) if n is not None)


@dataclass(frozen=True, kw_only=True)
class Total(Rule):
    """lo <= sum x <= hi."""

    at_least: int | None = None
    at_most: int | None = None
    kind: ClassVar[str] = "total"
    meaning: ClassVar[str] = "所涉各行的编制合计不少于 at_least、不超过 at_most；两者相等即为定数。"
    example: ClassVar[str] = "at_least = 3\nat_most = 5"
    keys: ClassVar[Mapping[str, Key]] = {"at_least": Posts(), "at_most": Posts()}
    any_of: ClassVar[tuple[str, ...]] = ("at_least", "at_most")

    def limits(self, rows: Sequence[Row]) -> tuple[Limit, ...]:
        return (Limit(self.id, None, self.covered(rows), self.at_least, self.at_most),)

    def sentence(self, lang: str) -> str:
        words = {"zh": "{}的编制总数{} 名", "en": "the sum of posts of {} is {}"}[lang]
        return words.format(self._who(lang), _range(lang, self.at_least, self.at_most))


@dataclass(frozen=True, kw_only=True)
class Group(Rule):
    """lo <= sum x <= hi for each value named of one column."""

    column: str = ""
    limits_by: Mapping[str, Span] = field(default_factory=dict)
    kind: ClassVar[str] = "group"
    meaning: ClassVar[str] = "按一列的值分组，分别限定各组的编制合计；没有写到的值不受限。"
    example: ClassVar[str] = (
        'column = "fund"\nlimits = { "拨款" = { at_least = 1, at_most = 3 }, "补贴" = { at_most = 2 } }'
    )
    keys: ClassVar[Mapping[str, Key]] = {"column": ColumnName(required=True), "limits": Limits(required=True)}

    def groups(self) -> Mapping[str, frozenset[str]]:
        return {self.column: frozenset(self.limits_by)}

    def loosened(self, value: str | None, side: str) -> Loose | None:
        low, high = self.limits_by[value]
        return Loose(side, low, -1) if side == "at_least" else Loose(side, high, 1)

    def limits(self, rows: Sequence[Row]) -> tuple[Limit, ...]:
        covered = self.covered(rows)
        return tuple(
            Limit(self.id, value, tuple(at for at in covered if rows[at].mark(self.column) == value), low, high)
            for value, (low, high) in sorted(self.limits_by.items())
        )

    def sentence(self, lang: str) -> str:
        words = {"zh": "{who}中 {column} = {value} 的编制合计{range} 名", "en": "{who}: {column} = {value}: {range}"}[
            lang
        ]
        return {"zh": "；", "en": "; "}[lang].join(
            words.format(
                who=self._who(lang), column=_heading(self.column, lang), value=value, range=_range(lang, low, high)
            )
            for value, (low, high) in sorted(self.limits_by.items())
        )


@dataclass(frozen=True, kw_only=True)
class Bounds(Rule):
    """lo <= x <= hi for each row."""

    at_least: int | None = None
    at_most: int | None = None
    kind: ClassVar[str] = "bounds"
    meaning: ClassVar[str] = "所涉每一行的编制都不少于 at_least、不超过 at_most。"
    example: ClassVar[str] = "at_least = 1\nat_most = 3"
    keys: ClassVar[Mapping[str, Key]] = {"at_least": Posts(), "at_most": Posts()}
    any_of: ClassVar[tuple[str, ...]] = ("at_least", "at_most")
    on_units: ClassVar[bool] = True

    def span(self, row: Row) -> Span:
        return self.at_least or 0, self.at_most

    def at_limit(self, row: Row, posts: int) -> bool:
        return posts in (self.at_least, self.at_most)

    def sentence(self, lang: str) -> str:
        words = {"zh": "{}每单位{}名", "en": "each of {} has {}"}[lang]
        return words.format(self._who(lang), _range(lang, self.at_least, self.at_most))


@dataclass(frozen=True, kw_only=True)
class Frozen(Rule):
    """x = current."""

    kind: ClassVar[str] = "frozen"
    meaning: ClassVar[str] = "所涉每一行维持现有编制（current）。"
    on_units: ClassVar[bool] = True
    needs_current: ClassVar[bool] = True

    def span(self, row: Row) -> Span:
        return row.current, row.current

    def sentence(self, lang: str) -> str:
        return {"zh": "{}维持现有编制", "en": "{} keep what they have"}[lang].format(self._who(lang))


@dataclass(frozen=True, kw_only=True)
class NetReduction(Rule):
    """sum (current − x) >= at_least."""

    at_least: int = 0
    kind: ClassVar[str] = "net_reduction"
    meaning: ClassVar[str] = "所涉各行的现有编制合计，减去方案合计，不少于 at_least。"
    example: ClassVar[str] = "at_least = 2"
    keys: ClassVar[Mapping[str, Key]] = {"at_least": Posts(required=True)}
    needs_current: ClassVar[bool] = True

    def limits(self, rows: Sequence[Row]) -> tuple[Limit, ...]:
        covered = self.covered(rows)
        today = sum(rows[at].current for at in covered)
        return (Limit(self.id, None, covered, None, today - self.at_least),)

    def check(self, rows: Sequence[Row], posts: Sequence[int]) -> tuple[Held, ...]:
        saved = sum(rows[at].current - posts[at] for at in self.covered(rows))
        return (Held(self.id, None, saved, self.at_least, None, saved >= self.at_least),)

    def terms(self, limit: Limit) -> Span:
        return self.stated()

    def loosened(self, value: str | None, side: str) -> Loose:
        return Loose("at_least", self.at_least, -1)

    def sentence(self, lang: str) -> str:
        words = {"zh": "{}合计净减不少于 {} 名", "en": "{} together give up at least {}"}[lang]
        return words.format(self._who(lang), self.at_least)


@dataclass(frozen=True, kw_only=True)
class MaxChange(Rule):
    """abs(x − current) <= at_most, or <= floor(share·current), at least 1; at_most = 0 freezes.

    Notes: share means "change by at most this share of current", not a share of a sum.
    """

    at_most: int | None = None
    share: Fraction | None = None
    kind: ClassVar[str] = "max_change"
    meaning: ClassVar[str] = "所涉每一行与现有编制相比，增减都不超过 at_most 名，或不超过现有编制的 share。"
    example: ClassVar[str] = "share = 0.29"
    keys: ClassVar[Mapping[str, Key]] = {
        "at_most": Posts(note="增减的上限；0 即不得变动"),
        "share": Share(note="增减的上限，按现有编制的份额计，舍去小数，但至少 1 名；不是占合计的比重"),
    }
    one_of: ClassVar[tuple[str, ...]] = ("at_most", "share")
    on_units: ClassVar[bool] = True
    needs_current: ClassVar[bool] = True

    def _step(self, row: Row) -> int:
        return self.at_most if self.share is None else max(1, int(self.share * row.current))

    def span(self, row: Row) -> Span:
        step = self._step(row)
        return max(0, row.current - step), row.current + step

    def at_limit(self, row: Row, posts: int) -> bool:
        return abs(posts - row.current) == self._step(row)

    def loosened(self, value: str | None, side: str) -> Loose | None:
        return None if self.at_most is None else Loose("at_most", self.at_most, 1)

    def sentence(self, lang: str) -> str:
        words = {"zh": "{}每单位增减不超过 {}", "en": "no row of {} changes by more than {}"}[lang]
        if self.share is None:
            return words.format(self._who(lang), f"{self.at_most} 名" if lang == "zh" else self.at_most)
        much = {
            "zh": "现有编制的 {:.12g}（舍去小数，不足 1 名按 1 名）",
            "en": "{:.12g} of its current posts (rounded down, at least 1)",
        }[lang]
        return words.format(self._who(lang), much.format(float(self.share)))


@dataclass(frozen=True, kw_only=True)
class NoLayoff(Rule):
    """x >= staff_persons − retiring_persons [persons]; below 0 counts as 0."""

    kind: ClassVar[str] = "no_layoff"
    meaning: ClassVar[str] = (
        "所涉每一行的编制不少于在编实有人数（列 staff_persons）减当年退休人数（列 retiring_persons）；"
        "差为负数时按 0 计。"
    )
    on_units: ClassVar[bool] = True
    counts: ClassVar[tuple[str, ...]] = ("staff_persons", "retiring_persons")

    def span(self, row: Row) -> Span:
        staff, retiring = (int(row.mark(column)) for column in self.counts)
        return max(0, staff - retiring), None

    def at_limit(self, row: Row, posts: int) -> bool:
        return posts == self.span(row)[0] > 0

    def sentence(self, lang: str) -> str:
        words = {"zh": "{}不裁在编人员：编制不少于在编实有人数减当年退休人数"}
        words |= {"en": "{}: nobody is laid off: no fewer posts than staff less those who retire"}
        return words[lang].format(self._who(lang))


RULES: Mapping[str, type[Rule]] = MappingProxyType(
    {rule.kind: rule for rule in (Total, Group, Bounds, Frozen, NetReduction, MaxChange, NoLayoff)}
)


def limits_of(rules: Sequence[Rule], rows: Sequence[Row]) -> tuple[Limit, ...]:
    """All limits on sums, in an order that neither the rules file nor a label decides."""
    found = (limit for rule in rules for limit in rule.limits(rows))
    return tuple(sorted(found, key=lambda limit: (limit.rows, _last(limit.at_least), _last(limit.at_most), limit.name)))


def ends_of(rule: Rule, rows: Sequence[Row]) -> Iterator[tuple[Limit, str, int, int]]:
    """(limit, side, its number there, 1 or −1) of every end at which a rule holds posts, on sums and on single rows."""
    spans = ((at, *rule.span(rows[at])) for at in (rule.covered(rows) if rule.on_units else ()))
    each = [Limit(rule.id, None, (at,), low or None, high) for at, low, high in spans]
    for limit in (*rule.limits(rows), *each):
        for side, end, sign in (("at_least", limit.at_least, 1), ("at_most", limit.at_most, -1)):
            if end is not None:
                yield limit, side, end, sign


def _last(number: int | None) -> tuple[int, int]:
    return (1, 0) if number is None else (0, number)


def unit_rules(rules: Sequence[Rule], row: Row) -> Iterator[Rule]:
    """The rules on single units that cover a row, by id."""
    return (rule for rule in sorted(rules, key=lambda rule: rule.id) if rule.on_units and rule.covers(row))
