"""Dated, sourced parameters: one entry each, frozen, unknown keys refused.

A page is a TOML document (`time`, `norms`, `figures` …) of entries by name. Most pages hold `Parameter`s; a page whose
entries have a shape of their own is registered in `PAGES`. A city's own pages win entry by entry; they hold what the
project's hold, and new entries on the pages of `OPEN` alone: any other name is a slip that nobody would read.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from bzmodel.schema.cells import Number, Unreadable
from bzmodel.schema.entries import Entry, faults_of
from bzmodel.schema.figures import FigureDeclaration
from bzmodel.schema.methods import Families
from bzmodel.schema.norms import Norm
from bzmodel.schema.results import BadInput, Finding


class DatedValue(Entry):
    """A value in force from a day on, with its source."""

    since: dt.date = Field(alias="from")
    value: Any
    source: str = Field(min_length=1)
    verified: bool = False


class Parameter(Entry):
    """A quantity with its unit and its values by date. low, high: a number from one to the other, if they are said."""

    unit: str
    values: tuple[DatedValue, ...] = Field(min_length=1)
    low: float | None = None
    high: float | None = None
    note: str = ""

    @field_validator("values")
    @classmethod
    def _one_a_day(cls, values: tuple[DatedValue, ...]) -> tuple[DatedValue, ...]:
        for day, count in Counter(value.since for value in values).items():
            if count > 1:
                raise PydanticCustomError("same_day", "two values begin on {day}", {"day": day.isoformat()})
        return values

    def refusal(self, value: Any) -> Unreadable | None:
        """Why this cannot be its value; None where it can."""
        if self.low is None and self.high is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Unreadable("IN-E4")
        try:
            Number(self.low, self.high).parse(repr(value))
        except Unreadable as refused:
            return refused
        return None


class CodeList(Entry):
    """A closed list of codes; aliases: older or other names -> the code."""

    values: tuple[str, ...] = Field(min_length=1)
    aliases: Mapping[str, str] = {}

    def nearest(self, text: str) -> str:
        """The code that may be meant; where none is like it, the first of the list."""
        near = get_close_matches(text, self.values, 1, 0.3)
        return self.aliases.get(text) or (near[0] if near else "、".join(self.values[:12]))


#: Pages whose entries are not plain parameters: page -> entry.
PAGES: dict[str, type[BaseModel]] = {
    "codes": CodeList,
    "figures": FigureDeclaration,
    "methods": Families,
    "norms": Norm,
}
#: Pages on which a city may have entries that the project has not.
OPEN = ("figures", "norms")


@dataclass(frozen=True)
class Dated:
    """A parameter's value on a day, as it is printed: with its source and whether that was verified."""

    value: Any
    unit: str
    source: str
    verified: bool
    since: dt.date


class Params:
    """All pages in force for a run. Read by page and name; nothing here can be changed."""

    def __init__(self, pages: Mapping[str, Mapping[str, BaseModel]]) -> None:
        self._pages = MappingProxyType({name: MappingProxyType(dict(page)) for name, page in pages.items()})

    def page(self, name: str) -> Mapping[str, Any]:
        """The entries of a page; a page nobody wrote is empty."""
        return self._pages.get(name, MappingProxyType({}))

    def codes(self, name: str) -> CodeList:
        """The code list of this name. Raises BadInput if there is none."""
        known = self.page("codes")
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise BadInput(Finding("PA-L8", value=name, about={"near": near[0] if near else "—"}))
        return known[name]

    def keeping(self, page: str, names: Collection[str]) -> Params:
        """The same parameters with only these entries of a page."""
        kept = {name: entry for name, entry in self.page(page).items() if name in names}
        return Params({**self._pages, page: kept})

    def value(self, name: str, *, on: dt.date) -> Dated:
        """The value of `page.entry` in force on a day. Raises BadInput if there is none."""
        page, _, entry_name = name.partition(".")
        entry = self.page(page).get(entry_name)
        if entry is None:
            near = get_close_matches(entry_name, self.page(page), 1)
            raise BadInput(Finding("PA-L6", value=name, about={"near": near[0] if near else "—"}))
        dated = [value for value in entry.values if value.since <= on]
        if not dated:
            raise BadInput(Finding("PA-L7", value=name, about={"on": on.isoformat()}))
        latest = max(dated, key=lambda value: value.since)
        return Dated(latest.value, entry.unit, latest.source, latest.verified, latest.since)


def params_from(*sources: tuple[str, Mapping[str, Mapping[str, Any]]]) -> Params:
    """Parameters from parsed pages; each source is (folder as shown, {page: {entry: keys}}), later ones win by entry.

    The first source declares: what the pages are, what entries they have, in what range a value lies.
    Raises BadInput with all findings: an unknown page, entry, key or code, a missing key, a value that cannot be.
    """
    pages: dict[str, dict[str, BaseModel]] = {}
    findings: list[Finding] = []
    declared: Mapping[str, Mapping[str, BaseModel]] | None = None
    for folder, documents in sources:
        read = _entries(folder, documents, declared, findings)
        pages = {page: pages.get(page, {}) | read.get(page, {}) for page in {**pages, **read}}
        declared = pages if declared is None else declared
        for page, entries in read.items():
            file = f"{folder}/{page}.toml"
            findings += _value_findings(file, entries, declared.get(page, {}))
            findings += _code_findings(file, entries, pages.get("codes", {}))
    if findings:
        raise BadInput(*findings)
    return Params(pages)


def _entries(
    folder: str,
    documents: Mapping[str, Mapping[str, Any]],
    declared: Mapping[str, Mapping[str, BaseModel]] | None,
    findings: list[Finding],
) -> dict[str, dict[str, BaseModel]]:
    """The entries of one source, page by page, those that can be read. Faults go to `findings`."""
    read: dict[str, dict[str, BaseModel]] = {}
    for page, entries in documents.items():
        file = f"{folder}/{page}.toml"
        known = entries if declared is None or page in OPEN else declared.get(page)
        if known is None:
            findings.append(Finding("PA-L9", file=file, value=page, about=_near(page, declared)))
            continue
        for name, keys in entries.items():
            if name not in known:
                findings.append(Finding("PA-L9", file=file, column=name, about=_near(name, known)))
                continue
            try:
                read.setdefault(page, {})[name] = PAGES.get(page, Parameter).model_validate(keys)
            except ValidationError as error:
                findings += _entry_findings(file, name, error)
    return read


def _near(name: str, known: Collection[str]) -> dict[str, str]:
    return {"near": (get_close_matches(name, known, 1) or ["、".join(known)])[0]}


def _value_findings(
    file: str, entries: Mapping[str, BaseModel], declared: Mapping[str, BaseModel]
) -> Iterator[Finding]:
    """Values that are not in the range their parameter was declared with."""
    for name, entry in entries.items():
        if isinstance(entry, Parameter):
            for at, dated in enumerate(entry.values):
                if refused := declared[name].refusal(dated.value):
                    where = f"{name}.values.{at}.value"
                    yield Finding(refused.code, file=file, column=where, value=str(dated.value), about=refused.about)


def _code_findings(file: str, entries: Mapping[str, BaseModel], lists: Mapping[str, BaseModel]) -> Iterator[Finding]:
    """Codes that their list does not have. Where a city has a list of its own, the project's entries keep theirs."""
    for name, entry in entries.items():
        for where, codes, code in getattr(entry, "codes", list)():
            if codes in lists and code not in lists[codes].values:
                about = {"codes": codes, "near": lists[codes].nearest(code)}
                yield Finding("IN-H18", file=file, column=f"{name}.{where}", value=code, about=about)


def _entry_findings(file: str, name: str, error: ValidationError) -> list[Finding]:
    return [
        Finding(
            "PA-L1" if fault.unknown_key else "PA-L5",
            file=file,
            column=f"{name}.{fault.where}".rstrip("."),
            value=fault.value,
            about=fault.about,
        )
        for fault in faults_of(error)
    ]
