"""What a fit is asked and what rows it has: the request refused or taken, each row with its part in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any

import pandas as pd

from bzmodel.models.need.regression.exact import ratio
from bzmodel.schema.cells import Number, Text, Year
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.methods import COUNT_METHODS, FIT_METHODS
from bzmodel.schema.results import BadInput, Finding, place

SCALES = ("levels", "log")
SOURCE_ROW = "source_row"  # where a row of a frame came from


@dataclass(frozen=True)
class Request:
    """What is to be fitted on what, as `fit` takes it."""

    staff: str
    drivers: tuple[str, ...]
    unit: str | None = None
    year: str | None = None
    group: str | None = None
    intercept: bool = True
    degree: int | None = None
    scale: str = "levels"
    level: float = 0.9
    exclude_years: tuple[int, ...] = ()
    method: str = "ols"
    quantile: float | None = None

    @property
    def counts(self) -> bool:
        """Whether the mean is the exponential of a line, as for counts: staff itself is never logged."""
        return self.method in COUNT_METHODS

    @property
    def by_group(self) -> bool:
        """Whether each group has a fit of its own."""
        return self.group is not None and self.method != "mixed"

    @property
    def log_drivers(self) -> bool:
        """Whether logarithms of the drivers are fitted on."""
        return self.scale == "log"

    @property
    def log(self) -> bool:
        """Whether the logarithm of staff is fitted."""
        return self.log_drivers and not self.counts

    @property
    def driver_terms(self) -> list[str]:
        """Names of the coefficients besides the intercept."""
        if self.degree is None:
            return list(self.drivers)
        (driver,) = self.drivers
        return [driver, *(f"{driver}^{power}" for power in range(2, self.degree + 1))]

    @property
    def terms(self) -> list[str]:
        """Names of all coefficients, in order."""
        return ["intercept"] * self.intercept + self.driver_terms

    def named(self, column: int) -> str:
        """The column of the data a coefficient comes from."""
        term = self.terms[column]
        return term if self.degree is None or term == "intercept" else self.drivers[0]


@dataclass(frozen=True)
class Row:
    """A row of the data. y, x: on the scale of the fit; None where it has none. reason: why it takes no part."""

    at: int
    file: str
    row: int
    unit: str | None
    year: int | None
    group: str
    staff: Fraction | None
    drivers: tuple[Fraction | None, ...]
    reason: str = ""
    blanks: tuple[str, ...] = ()
    y: Fraction | None = None
    x: tuple[Fraction, ...] | None = None

    @property
    def name(self) -> str:
        """How a finding calls it."""
        return self.unit if self.unit is not None else str(self.row)

    @property
    def content(self) -> str:
        """Its numbers as text: what tells it from other rows, names apart."""
        return "|".join(map(str, (self.year, self.staff, *self.drivers)))

    @property
    def order(self) -> tuple:
        """Rows are summed in this order, whatever the order of the data."""
        numbers = tuple(value if value is not None else Fraction(0) for value in (self.staff, *self.drivers))
        return (numbers, self.year or 0, self.group, self.unit or "")


def fit_table(
    staff: str, drivers: Sequence[str], unit: str | None = None, year: str | None = None, group: str | None = None
) -> Table:
    """The declaration of a table that is to be fitted: numbers as written, names as text."""
    columns = {name: Column(name, name, Number(exact=True), optional=True) for name in (staff, *drivers)}
    for name, kind in ((unit, Text()), (year, Year()), (group, Text())):
        if name is not None:
            columns.setdefault(name, Column(name, name, kind, optional=True))  # `read_rows` says what is missing
    return Table("fit", "回归数据", (), tuple(columns.values()), description="bzmodel fit")


def request_findings(asked: Request) -> list[Finding]:
    """All that cannot be asked together."""
    found = [Finding("FT-E1", column=asked.staff)] if asked.staff in asked.drivers else []
    twice = sorted({name for name in asked.drivers if asked.drivers.count(name) > 1})
    found += [Finding("FT-E2", column=name) for name in twice]
    if not asked.drivers:
        found.append(Finding("FT-O5"))
    if SOURCE_ROW in (asked.staff, *asked.drivers, asked.unit, asked.year, asked.group):
        found.append(Finding("FT-E7", column=SOURCE_ROW))
    if asked.degree is not None:
        if asked.degree < 1:
            found.append(Finding("FT-O2", value=str(asked.degree)))
        if len(asked.drivers) != 1 or asked.log_drivers:
            found.append(Finding("FT-O1", column="、".join(asked.drivers)))
    if asked.exclude_years and asked.year is None:
        found.append(Finding("FT-O3", value="、".join(map(str, asked.exclude_years))))
    if not 0 < asked.level < 1:
        found.append(Finding("FT-O4", value=str(asked.level)))
    if asked.scale not in SCALES:
        found.append(Finding("FT-O6", value=asked.scale))
    return [*found, *_method_findings(asked)]


def _method_findings(asked: Request) -> list[Finding]:
    """What does not fit the method."""
    found = []
    if asked.method not in FIT_METHODS:
        found.append(Finding("FT-O7", value=asked.method, about={"there": "、".join(FIT_METHODS)}))
    if asked.quantile is not None and asked.method != "quantile":
        found.append(Finding("FT-O8", about={"option": "--quantile", "method": asked.method}))
    elif asked.quantile is not None and not 0 < asked.quantile < 1:
        found.append(Finding("FT-O10", value=str(asked.quantile)))
    if asked.method == "mixed" and asked.group is None:
        found.append(Finding("FT-O11"))
    return found


def read_rows(data: pd.DataFrame, asked: Request) -> list[Row]:
    """The rows of the data in its order. Raises BadInput: columns missing, no number, a unit and year twice."""
    roles = (asked.staff, *asked.drivers, asked.unit, asked.year, asked.group)
    missing = [name for name in dict.fromkeys(roles) if name is not None and name not in data.columns]
    if missing:
        about = {"there": "、".join(str(name) for name in data.columns if name != SOURCE_ROW)}
        sources = data.get(SOURCE_ROW, ())
        file = place(sources.iloc[0])["file"] if len(sources) else ""
        raise BadInput(*(Finding("FT-B1", file, column=name, about=about) for name in missing))
    found: list[Finding] = []
    rows = [_row(at, record, asked, found) for at, record in enumerate(data.to_dict("records"))]
    found += _twice(rows, asked)
    if found:
        raise BadInput(*found)
    return rows


def _row(at: int, record: dict[str, Any], asked: Request, found: list[Finding]) -> Row:
    source = record.get(SOURCE_ROW)
    where = place(source) if isinstance(source, str) else {"file": "", "sheet": "", "row": at + 2}
    staff, *drivers = (_read(record[name], name, where, found) for name in (asked.staff, *asked.drivers))
    year = _read(record[asked.year], asked.year, where, found) if asked.year else None
    if year is not None and year.denominator != 1:
        found.append(Finding("IN-F0", column=asked.year, value=f"{float(year):g}", **where))
    unit, group = (_text(record[name]) if name else None for name in (asked.unit, asked.group))
    named = ((asked.unit, unit), (asked.year, year), (asked.group, group))
    found += [Finding("FT-E5", column=name, **where) for name, value in named if name and value in (None, "")]
    blanks = [
        name for name, value in zip((asked.staff, *asked.drivers), (staff, *drivers), strict=True) if value is None
    ]
    left_out = year is not None and int(year) in asked.exclude_years
    reason = "blank" if blanks else "year" if left_out else ""
    columns = tuple(blanks) if blanks else ((asked.year,) if left_out else ())
    row = Row(
        at, where["file"], where["row"], unit, None if year is None else int(year), group or "", staff, tuple(drivers)
    )
    return replace(row, reason=reason, blanks=columns)


def _read(value: Any, column: str, where: dict[str, Any], found: list[Finding]) -> Fraction | None:
    """A number as written; floats count as their shortest decimal. Blank: None."""
    if value is None or value is pd.NA or (isinstance(value, str) and not value.strip()) or value != value:
        return None
    try:
        if isinstance(value, Rational | Integral) and not isinstance(value, bool):
            return Fraction(int(value)) if isinstance(value, Integral) else Fraction(value)
        if isinstance(value, Decimal):
            return Fraction(value)
        if isinstance(value, Real) and not isinstance(value, bool):
            return Fraction(repr(float(value)))
    except (ValueError, OverflowError):
        pass
    found.append(Finding("IN-J12", column=column, value=str(value), **where))
    return None


def _text(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)


def _twice(rows: list[Row], asked: Request) -> list[Finding]:
    if asked.unit is None or asked.year is None:
        return []
    first: dict[tuple, Row] = {}
    found = []
    for row in rows:
        earlier = first.setdefault((row.unit, row.year), row)
        if earlier is not row and row.unit and row.year is not None:
            about = {"unit": row.unit, "year": row.year, "first": earlier.row, "second": row.row}
            found.append(Finding("IN-J14", row.file, "", row.row, f"{asked.unit}、{asked.year}", about=about))
    return found


def on_scale(row: Row, asked: Request) -> Row:
    """The row with x and y as they are fitted."""
    x = None if None in row.drivers else _terms(row.drivers, asked)
    y = row.staff if row.staff is None or not asked.log else _logarithm(row.staff)
    return replace(row, x=x, y=y)


def _terms(drivers: tuple[Fraction, ...], asked: Request) -> tuple[Fraction, ...] | None:
    if asked.degree is not None:
        values: tuple[Fraction | None, ...] = tuple(drivers[0] ** power for power in range(1, asked.degree + 1))
    elif asked.log_drivers:
        values = tuple(map(_logarithm, drivers))
    else:
        values = drivers
    return None if None in values else (Fraction(1),) * asked.intercept + values


def _logarithm(value: Fraction) -> Fraction | None:
    """ln as the rational its float is; None where there is none (rows that take part are refused before)."""
    return Fraction(math.log(ratio(value))) if value > 0 else None


def refusals(rows: Sequence[Row], asked: Request) -> list[Finding]:
    """Why these rows, those that take part, cannot be fitted; collinearity apart."""
    found = [finding for row in rows for finding in _not_positive(row, asked)] if asked.log_drivers else []
    if asked.counts:
        found += [
            Finding(
                "FT-E8", row.file, "", row.row, asked.staff, f"{ratio(row.staff):g}", about={"method": asked.method}
            )
            for row in rows
            if row.staff < 0
        ]
    if len({row.staff for row in rows}) == 1:
        found.append(Finding("FT-E3", column=asked.staff))
    for at, driver in enumerate(asked.drivers):
        values = {row.drivers[at] for row in rows}
        if (len(values) == 1 and len(rows) > 1 and asked.intercept) or values == {0}:
            found.append(Finding("FT-E4", column=driver))
    if len(rows) <= len(asked.terms):
        columns = "、".join((asked.staff, *asked.drivers))
        found.append(Finding("IN-J1", column=columns, about={"n": len(rows), "p": len(asked.terms)}))
    return found


def _not_positive(row: Row, asked: Request) -> list[Finding]:
    logged = [*zip(asked.drivers, row.drivers, strict=True)]
    values = [(asked.staff, row.staff), *logged] if asked.log else logged
    return [
        Finding("IN-J5", row.file, "", row.row, name, f"{ratio(value):g}")
        for name, value in values
        if value is not None and value <= 0
    ]
