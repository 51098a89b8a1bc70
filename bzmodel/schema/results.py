"""What a model hands back, and how whatever goes wrong is said.

One shape for every answer (`Result`), one for every complaint (`Finding`), one family of errors whose members know
their exit code. Nothing here knows a file, a clock or a language: texts stand in the catalogue (`messages`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import pandas as pd

Number = int | float | Decimal | Fraction


class Exit(IntEnum):
    """What a command's exit code means."""

    PUBLISHED = 0
    BAD_INPUT = 2
    INFEASIBLE = 3
    NOTEBOOK_FAILED = 4
    ENVIRONMENT = 5
    RUN_BUSY = 6
    DISCLOSURE_REFUSED = 7
    DISK = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a number on its way from the data to the answer.

    key: whom it is about, e.g. ("U0012", "事业"). cause: a term of a closed list of the model. source: the rule, law
    or row that causes it. before, after: in the unit of the chain.
    """

    key: tuple[str, ...]
    order: int
    cause: str
    source: str
    before: Number
    after: Number


def chain(key: tuple[str, ...], start: Number, moves: Iterable[tuple[str, str, Number]]) -> tuple[Step, ...]:
    """The steps of one key from `start` on; `moves` are (cause, source, after). Moves of 0 leave no step.

    Each step begins where the last one ended, so the steps sum by construction.
    """
    steps: list[Step] = []
    before = start
    for cause, source, after in moves:
        if after != before:
            steps.append(Step(key, len(steps) + 1, cause, source, before, after))
            before = after
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class Check:
    """A test of an answer. passed: True, False, or None (informational, or inapplicable: `name` says why).

    Only a gate stops a run; the acceptance tests of a regression are never gates.
    """

    id: str
    name: str
    value: Any
    limit: Any
    passed: bool | None
    gate: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number a document may print. value None: 本年无此项, `definition` says by which record.

    rows: the rows it was counted from, each with its `source_row` (file, sheet, physical row). name: short, for a
    card; printed: the value as a text prints it, where that is not the value itself.
    """

    id: str
    value: Number | str | None
    unit: str
    definition: str
    rows: pd.DataFrame = field(repr=False, compare=False)
    name: str = ""
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the input that a person must know or mend.

    code: an entry of the catalogue of messages, which holds its severity and its words. row: physical row of the file,
    header included. value: as it may be shown (personal data masked). about: what the words of the entry bind.
    """

    code: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    about: Mapping[str, Any] = field(default_factory=dict, hash=False)


def source_row(file: str, sheet: str, row: int) -> str:
    """Where a row of a frame came from, as its column `source_row` says it: file[sheet]:row."""
    return f"{file}[{sheet}]:{row}" if sheet else f"{file}:{row}"


def place(source: str) -> dict[str, Any]:
    """The file, sheet and row of a `source_row`, as a Finding takes them."""
    where, _, row = source.rpartition(":")
    file, bracket, sheet = where.removesuffix("]").partition("[")
    return {"file": file, "sheet": sheet if bracket else "", "row": int(row)}


@dataclass(frozen=True)
class Result:
    """The answer of a model.

    tables: declared name -> frame, the first is the main one (`table`). text: one paragraph a person can read.
    """

    name: str
    tables: Mapping[str, pd.DataFrame]
    text: str
    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    figures: tuple[Figure, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    @property
    def table(self) -> pd.DataFrame:
        """The main table."""
        return next(iter(self.tables.values()))

    def steps_of(self, *key: str) -> tuple[Step, ...]:
        """The steps of one key, or of all keys that begin with it, in order."""
        return tuple(step for step in self.steps if step.key[: len(key)] == key)

    def figure(self, figure_id: str) -> Figure:
        """The figure of this id. Raises KeyError."""
        for figure in self.figures:
            if figure.id == figure_id:
                return figure
        raise KeyError(figure_id)


class BzError(Exception):
    """A stop that its reader can act on: the findings say why. Never shown as a traceback."""

    exit = Exit.BAD_INPUT

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__("; ".join(f"{f.code} {f.file} {dict(f.about)}".strip() for f in findings))


class BadInput(BzError):
    """The input cannot be used as it is."""


@contextmanager
def collecting(found: list[Finding]) -> Iterator[None]:
    """What is refused inside is put to `found`, to be told together with all else that is wrong."""
    try:
        yield
    except BadInput as error:
        found += error.findings


class Infeasible(BzError):
    """The rules cannot all hold, or no answer could be proved."""

    exit = Exit.INFEASIBLE


class NotebookFailed(BzError):
    """A notebook died, showed something by a way of its own, or failed a gate."""

    exit = Exit.NOTEBOOK_FAILED


class EnvironmentFault(BzError):
    """The machine lacks something the suite needs."""

    exit = Exit.ENVIRONMENT


class RunBusy(BzError):
    """Another run holds this city's year."""

    exit = Exit.RUN_BUSY


class DisclosureRefused(BzError):
    """The edition may not print this."""

    exit = Exit.DISCLOSURE_REFUSED


class DiskFault(BzError):
    """The disk is full or does not let us write."""

    exit = Exit.DISK
