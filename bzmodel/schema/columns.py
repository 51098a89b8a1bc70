"""What a column may hold and what a table must obey: every type and constraint says itself and tests itself.

A type reads one text (`parse`, which raises `Unreadable` with the code of a message) and says what it takes (`says`).
A constraint names the rows of a frame that break it (`breaks`) and says itself (`says`). Validation, forms and the
data dictionary all come from these objects.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

import pandas as pd

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_PLACEHOLDER_DAYS = {"0000-00-00", "9999-12-31", "1900-01-01"}


class Unreadable(ValueError):
    """A text its type does not take. code: of the catalogue; about: what its words bind."""

    def __init__(self, code: str, **about: Any) -> None:
        self.code, self.about = code, about
        super().__init__(code)


class Type(Protocol):
    """What one cell may hold. dtype: of the column in a frame."""

    dtype: str

    def parse(self, text: str) -> Any: ...
    def says(self, lang: str) -> str: ...


@dataclass(frozen=True)
class Text:
    """Any text; identifiers are text, so that 007 stays 007."""

    dtype = "str"

    def parse(self, text: str) -> str:
        return text

    def says(self, lang: str) -> str:
        return {"zh": "文本", "en": "text"}[lang]


@dataclass(frozen=True)
class Term(Text):
    """One of the suite's own terms (a method, a cause); a page prints its word (`schema.words`)."""

    def says(self, lang: str) -> str:
        return {"zh": "本系统的术语", "en": "a term of the suite"}[lang]


@dataclass(frozen=True)
class Code:
    """One of a closed list, which stands in params/codes.toml under `codes`; an old name is taken as its alias."""

    codes: str
    dtype = "str"

    def parse(self, text: str) -> str:
        return text  # the list is a parameter: validation tests it, where the parameters are known

    def says(self, lang: str) -> str:
        return {"zh": f"代码表 {self.codes}", "en": f"code list {self.codes}"}[lang]


def decimal_of(text: str) -> Decimal:
    """The decimal as written. Raises Unreadable for anything but digits with optional sign, point and exponent."""
    if not _NUMBER.fullmatch(text):
        raise Unreadable("IN-E4")
    value = Decimal(text)
    if value and not -400 < value.adjusted() < 308:
        raise Unreadable("IN-E6")
    return value


@dataclass(frozen=True)
class Number:
    """A finite number from `low` to `high`. exact: kept as the Decimal that was written, else a float.

    positive: `low` itself is excluded.
    """

    low: float | None = None
    high: float | None = None
    exact: bool = False
    positive: bool = False

    @property
    def dtype(self) -> str:
        return "object" if self.exact else "float64"

    def parse(self, text: str) -> float | Decimal:
        value = decimal_of(text)
        if (
            (self.low is not None and value < self.low)
            or (self.high is not None and value > self.high)
            or (self.positive and value == self.low)
        ):
            raise Unreadable("IN-E1", allowed=self._range())
        return value if self.exact else float(value)

    def _range(self) -> str:
        low = "" if self.low is None else f"{'>' if self.positive else '>='} {self.low:g}"
        high = "" if self.high is None else f"<= {self.high:g}"
        return ", ".join(part for part in (low, high) if part)

    def says(self, lang: str) -> str:
        return f"{ {'zh': '数', 'en': 'number'}[lang] } {self._range()}".strip()


@dataclass(frozen=True)
class Whole:
    """A whole number, from `low`."""

    low: int | None = 0
    dtype = "Int64"

    def parse(self, text: str) -> int:
        value = decimal_of(text)
        if value != value.to_integral_value():
            raise Unreadable("IN-E2")
        if self.low is not None and value < self.low:
            raise Unreadable("IN-E1", allowed=f">= {self.low}")
        if value.adjusted() > 17:
            raise Unreadable("IN-E6")
        return int(value)

    def says(self, lang: str) -> str:
        low = "" if self.low is None else f" >= {self.low}"
        return {"zh": "整数", "en": "whole number"}[lang] + low


@dataclass(frozen=True)
class Day:
    """A calendar day, ISO: 2021-12-31."""

    dtype = "datetime64[s]"

    def parse(self, text: str) -> dt.date:
        if text in _PLACEHOLDER_DAYS:
            raise Unreadable("IN-F16")
        match = _DAY.fullmatch(text)
        if not match:
            raise Unreadable("IN-F1")
        try:
            return dt.date(*map(int, match.groups()))
        except ValueError:
            raise Unreadable("IN-F1") from None

    def says(self, lang: str) -> str:
        return {"zh": "日期 年-月-日", "en": "day YYYY-MM-DD"}[lang]


@dataclass(frozen=True)
class Year:
    """A year of four digits, 1949 to 2099."""

    dtype = "Int64"

    def parse(self, text: str) -> int:
        if not _YEAR.fullmatch(text) or not 1949 <= int(text) <= 2099:
            raise Unreadable("IN-F0")
        return int(text)

    def says(self, lang: str) -> str:
        return {"zh": "年份", "en": "year"}[lang]


@dataclass(frozen=True)
class Month:
    """A month, ISO: 2021-07; kept as text."""

    dtype = "str"

    def parse(self, text: str) -> str:
        if not _MONTH.fullmatch(text):
            raise Unreadable("IN-F1")
        return text

    def says(self, lang: str) -> str:
        return {"zh": "年-月", "en": "month YYYY-MM"}[lang]


@dataclass(frozen=True)
class Flag:
    """Yes or no: 是/否, true/false, 1/0."""

    dtype = "boolean"
    words: ClassVar = MappingProxyType({"是": True, "否": False, "true": True, "false": False, "1": True, "0": False})

    def parse(self, text: str) -> bool:
        try:
            return self.words[text.lower()]
        except KeyError:
            raise Unreadable("IN-H19") from None

    def says(self, lang: str) -> str:
        return {"zh": "是/否", "en": "yes/no"}[lang]


@dataclass(frozen=True)
class Column:
    """One column. label: its Chinese heading. optional: may be absent or blank. refers: the table whose key it is.

    person: it touches a person, so findings mask its values.
    """

    name: str
    label: str
    type: Type
    optional: bool = False
    unit: str = ""
    refers: str = ""
    aliases: tuple[str, ...] = ()
    person: bool = False
    note: str = ""


@dataclass(frozen=True)
class Break:
    """One row that breaks a constraint: its label in the frame, the column to look at, and what the words bind."""

    row: Any
    column: str
    about: Mapping[str, Any] = field(default_factory=dict)


class Constraint(Protocol):
    """A rule on the rows of one table. code: its message in the catalogue."""

    code: str

    def says(self, lang: str) -> str: ...
    def breaks(self, frame: pd.DataFrame) -> Iterator[Break]: ...


@dataclass(frozen=True)
class NotBefore:
    """`later` is not before `earlier`, where both stand."""

    earlier: str
    later: str
    code = "IN-F10"

    def says(self, lang: str) -> str:
        return {
            "zh": f"{self.later} 不早于 {self.earlier}",
            "en": f"{self.later} is not before {self.earlier}",
        }[lang]

    def breaks(self, frame: pd.DataFrame) -> Iterator[Break]:
        if self.earlier in frame and self.later in frame:
            for row in frame.index[frame[self.later] < frame[self.earlier]]:
                yield Break(row, self.later, {"earlier": self.earlier, "later": self.later})


@dataclass(frozen=True)
class NeededWhen:
    """`needed` columns stand where `column` holds one of `codes` (no codes: where it holds anything)."""

    column: str
    needed: tuple[str, ...]
    codes: tuple[str, ...] = ()
    code = "IN-E10"

    def says(self, lang: str) -> str:
        when = f"{self.column} = {'/'.join(self.codes)}" if self.codes else self.column
        return {
            "zh": f"有 {when} 时必须填写 {'、'.join(self.needed)}",
            "en": f"where {when} stands, so do {', '.join(self.needed)}",
        }[lang]

    def breaks(self, frame: pd.DataFrame) -> Iterator[Break]:
        if self.column not in frame:
            return
        when = frame[self.column].isin(self.codes) if self.codes else frame[self.column].notna()
        for needed in self.needed:
            blank = frame[needed].isna() if needed in frame else pd.Series(True, index=frame.index)
            for row in frame.index[when & blank]:
                yield Break(row, needed, {"when": self.column, "needed": needed})


@dataclass(frozen=True)
class SumIs:
    """`column` sums to `total` for each `by` (rows without `by` take no part); below: to less than it."""

    by: tuple[str, ...]
    column: str
    total: float = 1.0
    below: bool = False
    code = "IN-E14"

    def says(self, lang: str) -> str:
        sign = "<" if self.below else "="
        return {
            "zh": f"同一 {'、'.join(self.by)} 的 {self.column} 合计 {sign} {self.total:g}",
            "en": f"{self.column} of one {', '.join(self.by)} sums to {sign} {self.total:g}",
        }[lang]

    def breaks(self, frame: pd.DataFrame) -> Iterator[Break]:
        for _, rows in frame.dropna(subset=list(self.by)).groupby(list(self.by), sort=False):
            total = rows[self.column].sum()
            wrong = total >= self.total if self.below else abs(total - self.total) > 1e-9
            if wrong:
                about = {"sum": f"{total:g}", "rule_zh": self.says("zh"), "rule_en": self.says("en")}
                yield Break(rows.index[0], self.column, about)


@dataclass(frozen=True)
class Difference:
    """A computed column: `of` − `minus`."""

    name: str
    label: str
    of: str
    minus: str

    def compute(self, frame: pd.DataFrame) -> pd.Series:
        return frame[self.of] - frame[self.minus]


@dataclass(frozen=True)
class Table:
    """One table of a city. Frames carry its columns and `source_row` (file, sheet, physical row).

    dated (†): rows hold from `valid_from` to before `valid_to`; of one key they never overlap. ledger (§): a work list
    with owner and due day. key: the columns no two rows share (dated: at one day). owner: the section (科室) that keeps
    it. marking: who may read it.
    """

    name: str
    label: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    dated: bool = False
    ledger: bool = False
    owner: str = ""
    marking: str = "内部"
    constraints: tuple[Constraint, ...] = ()
    computed: tuple[Difference, ...] = ()
    description: str = ""

    def __post_init__(self) -> None:
        extra: tuple[Column, ...] = ()
        rules: tuple[Constraint, ...] = ()
        if self.ledger:
            extra += LEDGER_COLUMNS
            rules += (NotBefore("opened_on", "due_on"), NotBefore("opened_on", "closed_on"))
        if self.dated:
            extra += DATED_COLUMNS
            rules += (NotBefore("valid_from", "valid_to"),)
        # a copy made by dataclasses.replace has them already
        object.__setattr__(self, "columns", self.columns + tuple(c for c in extra if c not in self.columns))
        object.__setattr__(self, "constraints", tuple(r for r in rules if r not in self.constraints) + self.constraints)

    def column(self, name: str) -> Column:
        """The column of this name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> list[str]:
        """Names of its columns, in order."""
        return [column.name for column in self.columns]


DATED_COLUMNS = (
    Column("valid_from", "生效日期", Day()),
    Column("valid_to", "失效日期", Day(), optional=True, note="空为仍有效；失效当日起不再有效"),
)
LEDGER_COLUMNS = (
    Column("owner_id", "责任科室", Text()),
    Column("opened_on", "立项日期", Day()),
    Column("due_on", "应办结日期", Day()),
    Column("closed_on", "办结日期", Day(), optional=True),
    Column("result", "办理结果", Text(), optional=True),
)


def in_force(frame: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """The rows of a dated frame that hold on `day`: from <= day < to."""
    at = pd.Timestamp(day)
    begun = frame["valid_from"] <= at
    if "valid_to" not in frame:
        return frame[begun]  # an optional column no source has: nothing ended
    return frame[begun & (frame["valid_to"].isna() | (frame["valid_to"] > at))]


def item_state(frame: pd.DataFrame, day: dt.date) -> pd.Series:
    """open, overdue or closed for each row of a work ledger, as of `day`. Never typed, always computed."""
    at = pd.Timestamp(day)
    closed = frame["closed_on"].notna() & (frame["closed_on"] <= at)
    state = pd.Series("open", index=frame.index, dtype="str")
    state[frame["due_on"] < at] = "overdue"
    state[closed] = "closed"
    return state


class Tables(Mapping[str, pd.DataFrame]):
    """A city's tables as models take them: declared name -> frame. A table without a source is absent."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = dict(frames)

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def at(self, name: str, day: dt.date) -> pd.DataFrame:
        """A dated table's rows in force on `day`, or a snapshot's rows of its latest `as_of` not after `day`."""
        frame = self._frames[name]
        if "valid_from" in frame:
            return in_force(frame, day)
        earlier = frame[frame["as_of"] <= pd.Timestamp(day)]
        return earlier[earlier["as_of"] == earlier["as_of"].max()]

    def replacing(self, **frames: pd.DataFrame) -> Tables:
        """The same tables with some replaced or added."""
        return Tables(self._frames | frames)
