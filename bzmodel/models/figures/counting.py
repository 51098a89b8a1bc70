"""One figure after the other, counted from the ledgers as params/figures.toml declares them, each down to its rows."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import pandas as pd

from bzmodel.models.figures.printing import PRINTED
from bzmodel.models.figures.rows import NONE_THIS_YEAR, NoData, View, counted_rows, none_this_year, running
from bzmodel.schema.columns import Tables
from bzmodel.schema.figures import FigureDeclaration
from bzmodel.schema.results import BadInput, Finding, Number

NO_DATA = "不适用"


@dataclass(frozen=True)
class Counted:
    """One figure counted: its value (None: none this year or no data), parts by code, rows, and what was found.

    denied: the signed record that there is none this year, where rows of the year speak against it.
    """

    id: str
    declaration: FigureDeclaration
    value: Number | None
    rows: pd.DataFrame
    parts: Mapping[str, Number] = field(default_factory=dict)
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    denied: str = ""

    @property
    def printed(self) -> str:
        """As a document prints it; why not, where there is none."""
        if self.value is not None:
            return PRINTED[self.declaration.printed](self.value)
        return NONE_THIS_YEAR if self.reason.startswith(NONE_THIS_YEAR) else NO_DATA


class Count:
    """Counts the figures of one year, each once; a figure may ask for the rows of another."""

    def __init__(
        self, tables: Tables, page: Mapping[str, FigureDeclaration], *, year: int, census_on: dt.date | None = None
    ) -> None:
        self.tables, self.page, self.year, self.census_on = tables, page, year, census_on
        self._counted: dict[str, Counted | None] = {}
        self._beside = {other: figure for figure, declaration in page.items() for other in declaration.beside}

    def of(self, figure: str) -> Counted:
        """One figure. Raises BadInput for one nobody declared, or that is counted without itself."""
        counted = self._counted.get(figure)
        if counted is not None:
            return counted
        if figure not in self.page:
            raise BadInput(Finding("FG-X5", value=figure))
        if figure in self._counted:
            raise BadInput(Finding("FG-X6", value=figure))
        self._counted[figure] = None
        counted = self._counted[figure] = self._count(figure, self.page[figure])
        return counted

    def all(self) -> tuple[Counted, ...]:
        """All figures, in the order of the page. Raises BadInput with every declaration that cannot be read."""
        wrong: list[Finding] = []
        for figure in self.page:
            try:
                self.of(figure)
            except BadInput as error:
                self._counted.pop(figure, None)
                wrong += [finding for finding in error.findings if finding not in wrong]
        if wrong:
            raise BadInput(*wrong)
        return tuple(self.of(figure) for figure in self.page)

    def _count(self, figure: str, declaration: FigureDeclaration) -> Counted:
        reason = self._none_this_year(figure)
        day = self._day(declaration)
        if day is None:
            return self._without_data(figure, declaration, "census_on")
        view = View(figure, self.tables, day)
        try:
            rows = counted_rows(declaration, view, self.year, lambda other: self.of(other).rows)
            denied = reason if declaration.date and running(rows, declaration.date, self.year) else ""
            if reason and not denied:
                return Counted(figure, declaration, None, rows.iloc[:0], reason=reason)
            counted = (_rate if declaration.form == "cut_rate" else _number)(figure, declaration, view, rows)
        except NoData as absent:
            if reason:
                return Counted(figure, declaration, None, pd.DataFrame(columns=["source_row"]), reason=reason)
            return self._without_data(figure, declaration, absent.what)
        findings = list(view.findings) + list(counted.findings)
        if counted.value == 0 and figure not in self._beside:  # beside another, a 0 says something of its own
            findings.append(said("FG-W2", figure, declaration))
        if denied:
            findings.append(said("FG-W4", figure, declaration, rows=len(rows), record=denied))
        return replace(counted, findings=tuple(findings), denied=denied)

    def _none_this_year(self, figure: str) -> str:
        """By its own signed record or that of the figure it stands beside."""
        reason = none_this_year(self.tables, figure, self.year)
        return reason or (
            none_this_year(self.tables, self._beside[figure], self.year) if figure in self._beside else ""
        )

    def _day(self, declaration: FigureDeclaration) -> dt.date | None:
        if declaration.when == "D":
            return self.census_on
        return dt.date(self.year - (declaration.when == "Y-1"), 12, 31)

    def _without_data(self, figure: str, declaration: FigureDeclaration, what: str) -> Counted:
        found = said("FG-W3", figure, declaration, what=what)
        nothing = pd.DataFrame(columns=["source_row"])
        return Counted(figure, declaration, None, nothing, reason=f"{NO_DATA}：无 {what}", findings=(found,))


def said(code: str, figure: str, declaration: FigureDeclaration, **about: Any) -> Finding:
    """A finding about a figure, by id and name."""
    return Finding(code, value=figure, about={"figure": figure, "name": declaration.name, **about})


def _number(figure: str, declaration: FigureDeclaration, view: View, rows: pd.DataFrame) -> Counted:
    values = pd.DataFrame(
        {path: view.column(rows, declaration.table, path) for path in declaration.columns}, index=rows.index
    )
    parts = {}
    if declaration.by:
        groups = view.column(rows, declaration.table, declaration.by)
        parts = {
            str(code): _value(declaration.form, values[groups == code]) for code in sorted(groups.dropna().unique())
        }
    return Counted(figure, declaration, _value(declaration.form, values), rows, parts)


def _value(form: str, values: pd.DataFrame) -> Number:
    """count: rows; distinct: different rows of values; sum: their sum."""
    if form == "count":
        return len(values)
    if form == "distinct":
        return len(values.drop_duplicates())
    column = values.iloc[:, 0]
    if pd.api.types.is_integer_dtype(column):
        return int(column.sum())
    return math.fsum(column) if pd.api.types.is_float_dtype(column) else sum(column)


def _rate(figure: str, declaration: FigureDeclaration, view: View, rows: pd.DataFrame) -> Counted:
    """1 − U1 / U0 in percent, exactly; with `by` the same for each code."""
    base = declaration.base
    before = view.matching(view.at(base.table), base.table, base.where)
    numbers = view.column(before, base.table, base.column)
    kept = rows.assign(role="U1")
    rate = _cut(_value("sum", numbers.to_frame()), _distinct(kept, declaration))
    if rate is None:
        found = said("FG-W5", figure, declaration, group="—")
        return Counted(figure, declaration, None, rows.iloc[:0], reason=f"{NO_DATA}：无基数", findings=(found,))
    parts, findings = {}, []
    for code in _codes(declaration, view, rows, before):
        now = kept[view.column(rows, declaration.table, declaration.by) == code]
        then = numbers[view.column(before, base.table, declaration.by) == code]
        part = _cut(_value("sum", then.to_frame()), _distinct(now, declaration))
        if part is None:
            findings.append(said("FG-W5", figure, declaration, group=code))
        else:
            parts[code] = part
    both = pd.concat([kept, before.assign(role="U0")], ignore_index=True)
    return Counted(figure, declaration, rate, both, parts, findings=tuple(findings))


def _distinct(rows: pd.DataFrame, declaration: FigureDeclaration) -> int:
    return len(rows[list(declaration.columns)].drop_duplicates()) if declaration.columns else len(rows)


def _codes(declaration: FigureDeclaration, view: View, rows: pd.DataFrame, before: pd.DataFrame) -> list[str]:
    if not declaration.by:
        return []
    now = view.column(rows, declaration.table, declaration.by).dropna()
    then = view.column(before, declaration.base.table, declaration.by).dropna()
    return sorted(set(now) | set(then))


def _cut(before: Number, now: int) -> Fraction | None:
    return (1 - Fraction(now) / Fraction(before)) * 100 if before else None
