"""What one cell may hold: every type says itself and reads its own text.

`parse` reads one text and raises `Unreadable` with the code of a message; `says` tells what the type takes. Intake,
forms and the data dictionary all come from these objects.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_LONGEST, _SMALLEST = 1000, -400  # characters, power of ten: what lies beyond is no number of an office
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
    try:
        value = Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds
        raise Unreadable("IN-E6") from None
    if len(text) > _LONGEST or value.adjusted() < _SMALLEST or math.isinf(float(value)):
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
