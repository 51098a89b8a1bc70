"""How a figure is declared: one entry of params/figures.toml is one number that a document may print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import field_validator, model_validator

from bzmodel.schema.entries import Entry

Allowed = str | bool | int | tuple[str | int, ...]
_SUM = re.compile(r"\s*\w+(\s*[+−-]\s*\w+)*\s*")


class Base(Entry):
    """U0 of a cut rate: `column` summed over the rows of a dated `table` in force on the figure's day."""

    table: str
    column: str
    where: Mapping[str, Allowed] = {}


class FigureDeclaration(Entry):
    """A counted number: which rows, of which days, counted how, printed how, held against what.

    A column of a referenced row is written `matter_id.dept_id`; computed columns of the table count as columns, and of
    a ledger `state` (open, overdue, closed on the figure's day).

    form: count (rows), distinct (values of `column`, or of several together), sum (of `column`), cut_rate (1 − distinct
    `column` in force / `base`, in percent).
    when: Y `date` falls in the year, Y-1 in the year before, P up to 31 December; E in force on 31 December, D on the
    census day.
    where, where_not: column -> the codes that count, that do not.
    first_of: of all rows that match, only the earliest per value of this column can count.
    may_be_blank: a blank in `column` says that there is none; else such a row is a finding.
    without: rows already counted under these figures or, with without_by, that share its value with one of them.
    sign: only the positive or only the negative values.
    by: printed apart by this column.
    stated_in: the documents (column -> codes) whose stated_count the figure must equal.
    equals, at_most, at_least: sums of figures it is held against, such as "before - abolished".
    part_of: figures it is a subset of (其中). ratio_of: the figure it is a share of. beside: figures printed with it.
    """

    name: str
    form: Literal["count", "distinct", "sum", "cut_rate"]
    table: str
    column: str | tuple[str, ...] = ()
    when: Literal["Y", "Y-1", "P", "E", "D"]
    date: str = ""
    where: Mapping[str, Allowed] = {}
    where_not: Mapping[str, Allowed] = {}
    first_of: str = ""
    may_be_blank: bool = False
    without: tuple[str, ...] = ()
    without_by: str = ""
    sign: Literal["", "positive", "negative"] = ""
    by: str = ""
    base: Base | None = None
    stated_in: Mapping[str, Allowed] = {}
    equals: tuple[str, ...] = ()
    at_most: tuple[str, ...] = ()
    at_least: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    ratio_of: str = ""
    beside: tuple[str, ...] = ()
    printed: Literal["number", "余", "rate", "words"] = "number"
    unit: str
    scope: str = "市级"
    definition: str
    owner: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it counts or sums."""
        return (self.column,) if isinstance(self.column, str) else self.column

    @field_validator("equals", "at_most", "at_least")
    @classmethod
    def _sums(cls, sums: tuple[str, ...]) -> tuple[str, ...]:
        for text in sums:
            if not _SUM.fullmatch(text):
                raise ValueError(f"{text!r} is no sum of figures, such as 'before - abolished + formed'")
        return sums

    @model_validator(mode="after")
    def _whole(self) -> FigureDeclaration:
        for key, needed, told in (
            ("column", self.form in ("distinct", "sum"), self.columns),
            ("base", self.form == "cut_rate", self.base),
            ("date", self.when in ("Y", "Y-1", "P") or self.first_of, self.date),
        ):
            if needed and not told:
                raise ValueError(f"{key} is missing: form = {self.form}, when = {self.when} cannot do without it")
        if self.form == "sum" and len(self.columns) > 1:
            raise ValueError("a sum takes one column")
        return self
