"""Keys of a rule: how each is written in RULES, what it becomes, whether it must stand.

A rule declares `keys`: name -> one of these. What cannot be read goes to `findings` under the rule's id.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, ClassVar

from bzmodel.models.allocation.rows import TOO_LARGE
from bzmodel.schema.cells import Unreadable, decimal_of
from bzmodel.schema.results import Finding

Span = tuple[int, int | None]


@dataclass(frozen=True)
class Key(ABC):
    """required: must stand. note: what it means in this rule, Chinese. into: the field it fills, where not its name."""

    required: bool = False
    note: str = ""
    into: str = ""
    form: ClassVar[Mapping[str, str]]

    @abstractmethod
    def read(self, value: Any, name: str, said: str, findings: list[Finding]) -> Any:
        """The value as the rule takes it; None with a finding where it is not written so."""


@dataclass(frozen=True)
class Posts(Key):
    """A whole number of posts."""

    form: ClassVar[Mapping[str, str]] = {"zh": "不小于 0 的整数（名）", "en": "a whole number >= 0"}

    def read(self, value: Any, name: str, said: str, findings: list[Finding]) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < TOO_LARGE:
            return value
        findings.append(Finding("AL-R7", column=name, value=str(value), about={"rule": said}))
        return None


@dataclass(frozen=True)
class Share(Key):
    """A share, exact as it is written."""

    form: ClassVar[Mapping[str, str]] = {"zh": "不小于 0 的小数，如 0.2", "en": "a number >= 0, such as 0.2"}

    def read(self, value: Any, name: str, said: str, findings: list[Finding]) -> Fraction | None:
        share = written_number(value)
        if share is not None and share >= 0:
            return share
        findings.append(misread(said, name, value, self.form))
        return None


@dataclass(frozen=True)
class Word(Key):
    """A text that is not blank."""

    form: ClassVar[Mapping[str, str]] = {"zh": "带引号的文字", "en": "a text in quotes"}

    def read(self, value: Any, name: str, said: str, findings: list[Finding]) -> str | None:
        if isinstance(value, str) and value.strip():
            return value
        findings.append(misread(said, name, value, self.form))
        return None


@dataclass(frozen=True)
class ColumnName(Word):
    """The name of a column of UNITS: each row the rule covers must have a value there."""

    form: ClassVar[Mapping[str, str]] = {"zh": '单位表的列名，如 "fund"', "en": 'a column of UNITS, such as "fund"'}


@dataclass(frozen=True)
class Limits(Key):
    """A floor, a ceiling or both for each value of a column."""

    into: str = "limits_by"
    form: ClassVar[Mapping[str, str]] = {
        "zh": '{ "值" = { at_least = 1, at_most = 3 }, … }',
        "en": '{ "value" = { at_least = 1, at_most = 3 }, … }',
    }

    def read(self, value: Any, name: str, said: str, findings: list[Finding]) -> Mapping[str, Span] | None:
        if not isinstance(value, Mapping) or not value:
            findings.append(misread(said, name, value, self.form))
            return None
        return MappingProxyType({one: self._ends(entry, f"{said}/{one}", findings) for one, entry in value.items()})

    def _ends(self, entry: Any, said: str, findings: list[Finding]) -> tuple[int | None, int | None]:
        known = ("at_least", "at_most")
        if not isinstance(entry, Mapping):
            form = {lang: "{ at_least = 1, at_most = 3 }" for lang in ("zh", "en")}
            findings.append(misread(said, "at_least / at_most", entry, form))
            return None, None
        if not set(known) & set(entry):
            findings.append(Finding("AL-R5", column=" / ".join(known), about={"rule": said}))
        unknown(entry, known, said, findings)
        low, high = (Posts().read(entry[key], key, said, findings) if key in entry else None for key in known)
        findings += crossed(low, high, said)
        return low, high


def misread(where: str, name: str, value: Any, form: Mapping[str, str]) -> Finding:
    """What is not written as it should be, with how it is written."""
    about = {"where": where, "form_zh": form["zh"], "form_en": form["en"]}
    return Finding("AL-R19", column=name, value="" if isinstance(value, Mapping) else str(value), about=about)


def crossed(low: Any, high: Any, said: str) -> Iterable[Finding]:
    """A floor above its ceiling."""
    if low is not None and high is not None and low > high:
        yield Finding("AL-R8", value=f"{low} > {high}", about={"rule": said})


def unknown(entry: Mapping[str, Any], known: Iterable[str], where: str, findings: list[Finding]) -> None:
    """Every key of an entry that is not known there."""
    known = list(known)
    for key in entry:
        if key not in known:
            findings.append(Finding("AL-R2", value=key, about={"where": where, "known": ", ".join(known)}))


def written_number(value: Any) -> Fraction | None:
    """A number of RULES as it is written; None for all else, and for what no office writes: nan, inf, 1e400."""
    try:
        number = None if isinstance(value, str) else decimal_of(str(value))
    except Unreadable:
        return None
    return None if number is None or number >= TOO_LARGE else Fraction(number)
