"""Dated, sourced parameters: one entry each, frozen, unknown keys refused.

A page is a TOML document (`time`, `norms`, `figures` …) of entries by name. Most pages hold `Parameter`s; a page whose
entries have a shape of their own is registered in `PAGES`. A city's own pages win entry by entry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from bzmodel.schema.entries import Entry, faults_of
from bzmodel.schema.figures import FigureDeclaration
from bzmodel.schema.methods import Families
from bzmodel.schema.norms import Norm
from bzmodel.schema.results import BadInput, Finding


class DatedValue(Entry):
    """A value in force from a day on, with its source."""

    since: dt.date = Field(alias="from")
    value: Any
    source: str
    verified: bool = False


class Parameter(Entry):
    """A quantity with its unit and its values by date, the earliest first."""

    unit: str
    values: tuple[DatedValue, ...]
    note: str = ""


class CodeList(Entry):
    """A closed list of codes; aliases: older or other names -> the code."""

    values: tuple[str, ...]
    aliases: Mapping[str, str] = {}


#: Pages whose entries are not plain parameters: page -> entry.
PAGES: dict[str, type[BaseModel]] = {
    "codes": CodeList,
    "figures": FigureDeclaration,
    "methods": Families,
    "norms": Norm,
}


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

    Raises BadInput with all findings: an unknown or a missing key, a value of the wrong type.
    """
    pages: dict[str, dict[str, BaseModel]] = {}
    findings: list[Finding] = []
    for folder, documents in sources:
        for page, entries in documents.items():
            shape = PAGES.get(page, Parameter)
            for name, keys in entries.items():
                try:
                    pages.setdefault(page, {})[name] = shape.model_validate(keys)
                except ValidationError as error:
                    findings += _entry_findings(f"{folder}/{page}.toml", name, error)
    if findings:
        raise BadInput(*findings)
    return Params(pages)


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
