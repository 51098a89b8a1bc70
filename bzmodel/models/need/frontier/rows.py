"""What a frontier is asked and which units it has: the request refused or taken, each unit with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from bzmodel.models.need.frontier.growing import RETURNS
from bzmodel.schema.cells import Number, Text, Unreadable
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.results import BadInput, Finding, place

SOURCE_ROW = "source_row"  # where a row of a frame came from
WIDEST = 10**12  # the greatest value of a column over its least above 0
_AMOUNT = Number(low=0, exact=True)


@dataclass(frozen=True)
class Request:
    """What is to be measured, as `frontier` takes it."""

    unit: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    returns: str = "vrs"
    bootstrap: int = 0
    seed: int = 1
    level: float = 0.9

    @property
    def columns(self) -> tuple[str, ...]:
        """Inputs, then outputs."""
        return (*self.inputs, *self.outputs)

    @property
    def enough(self) -> int:
        """How many units there should be for so many columns: max(m·s, 3(m + s))."""
        return max(len(self.inputs) * len(self.outputs), 3 * len(self.columns))


@dataclass(frozen=True)
class Unit:
    """One row of the data. values: of inputs, then outputs; None where blank. where: its file, sheet and row."""

    unit_id: str
    values: tuple[Decimal | None, ...]
    where: dict[str, Any]

    @property
    def whole(self) -> bool:
        """Whether it has all its numbers."""
        return None not in self.values

    @cached_property
    def actual(self) -> np.ndarray:
        """Its numbers, in the columns' own units."""
        return np.array([float(value) for value in self.values])


def frontier_table(unit: str, inputs: Sequence[str], outputs: Sequence[str]) -> Table:
    """The declaration of a table that is measured against its frontier: amounts as written, names as text."""
    columns = {name: Column(name, name, _AMOUNT, optional=True) for name in (*inputs, *outputs)}
    columns.setdefault(unit, Column(unit, unit, Text(), optional=True))  # `read_units` says what is missing
    return Table("frontier", "前沿数据", (), tuple(columns.values()), description="bzmodel frontier")


def request_findings(asked: Request) -> list[Finding]:
    """All that cannot be asked together."""
    named = (asked.unit, *asked.columns)
    found = [Finding("FR-E1", column=name) for name in dict.fromkeys(named) if named.count(name) > 1]
    if SOURCE_ROW in named:
        found.append(Finding("FR-E6", column=SOURCE_ROW))
    if not asked.inputs or not asked.outputs:
        found.append(Finding("FR-O1"))
    if asked.returns not in RETURNS:
        found.append(Finding("FR-O2", value=str(asked.returns), about={"there": "、".join(RETURNS)}))
    found += [
        Finding("FR-O3", column=name, value=str(value))
        for name, value in (("bootstrap", asked.bootstrap), ("seed", asked.seed))
        if not isinstance(value, Integral) or value < 0
    ]
    if not 0 < asked.level < 1:
        found.append(Finding("ND-E8", column="level", value=str(asked.level)))
    return found


def read_units(data: pd.DataFrame, asked: Request) -> list[Unit]:
    """The units in the order of the data. Raises BadInput with all that is wrong in any row."""
    missing = [name for name in dict.fromkeys((asked.unit, *asked.columns)) if name not in data.columns]
    if missing:
        about = {"there": "、".join(str(name) for name in data.columns if name != SOURCE_ROW)}
        sources = data.get(SOURCE_ROW, ())
        file = place(sources.iloc[0])["file"] if len(sources) else ""
        raise BadInput(*(Finding("FT-B1", file, column=name, about=about) for name in missing))
    found: list[Finding] = []
    units = [_unit(at, record, asked, found) for at, record in enumerate(data.to_dict("records"))]
    found += _twice(units, asked)
    whole = [unit for unit in units if unit.whole]
    inputs = len(asked.inputs)
    idle = [unit for unit in whole if not any(unit.values[:inputs])]
    found += [Finding("FR-E2", column="、".join(asked.inputs), value=unit.unit_id, **unit.where) for unit in idle]
    if not whole and not found:
        found.append(Finding("FR-E5", column="、".join(asked.columns)))
    found += _too_wide(whole, asked)
    if found:
        raise BadInput(*found)
    return units


def _unit(at: int, record: dict[str, Any], asked: Request, found: list[Finding]) -> Unit:
    source = record.get(SOURCE_ROW)
    where = place(source) if isinstance(source, str) else {"file": "", "sheet": "", "row": at + 2}
    name = "" if pd.isna(record[asked.unit]) else str(record[asked.unit])
    if not name:
        found.append(Finding("FT-E5", column=asked.unit, **where))
    values = tuple(_amount(record[column], column, where, found) for column in asked.columns)
    return Unit(name, values, where)


def _amount(value: Any, column: str, where: dict[str, Any], found: list[Finding]) -> Decimal | None:
    """The decimal as written; floats count as their shortest. Blank: None."""
    if value is None or value is pd.NA or value != value or (isinstance(value, str) and not value.strip()):
        return None
    try:
        return _AMOUNT.parse(str(value))
    except Unreadable as fault:
        found.append(Finding(fault.code, column=column, value=str(value), about=fault.about, **where))
        return None


def _twice(units: Sequence[Unit], asked: Request) -> list[Finding]:
    first: dict[str, Unit] = {}
    found = []
    for unit in units:
        earlier = first.setdefault(unit.unit_id, unit)
        if earlier is not unit and unit.unit_id:
            about = {"first": earlier.where["row"], "second": unit.where["row"]}
            found.append(Finding("FR-E3", column=asked.unit, value=unit.unit_id, about=about, **unit.where))
    return found


def _too_wide(units: Sequence[Unit], asked: Request) -> list[Finding]:
    """Columns whose least value is lost beside the greatest."""
    found = []
    for at, column in enumerate(asked.columns):
        positive = [unit.values[at] for unit in units if unit.values[at]]
        if positive and max(positive) > WIDEST * min(positive):
            about = {"least": f"{min(positive):g}", "greatest": f"{max(positive):g}"}
            found.append(Finding("FR-E7", column=column, about=about))
    return found


def noticed(units: Sequence[Unit], asked: Request) -> list[Finding]:
    """What is to be said of the data: blanks, units without output, columns all 0, too few units."""
    whole = [unit for unit in units if unit.whole]
    inputs = len(asked.inputs)
    found = []
    for unit in units:
        blank = [name for name, value in zip(asked.columns, unit.values, strict=True) if value is None]
        if blank:
            found.append(Finding("FR-W1", column="、".join(blank), value=unit.unit_id, **unit.where))
        elif not any(unit.values[inputs:]):
            found.append(Finding("FR-W2", column="、".join(asked.outputs), value=unit.unit_id, **unit.where))
    for at, column in enumerate(asked.columns):
        if not any(unit.values[at] for unit in whole):
            found.append(Finding("FR-W5", column=column))
    if len(whole) < asked.enough:
        found.append(Finding("FR-W4", value=str(len(whole)), about={"enough": asked.enough}))
    return found


@dataclass(frozen=True)
class Scaled:
    """The units that take part, in order of unit_id. values: a share of the greatest of its column, whatever measure.

    measures: what 1 is in the column's own unit.
    """

    units: tuple[Unit, ...]
    values: np.ndarray
    measures: np.ndarray
    kinds: int

    @property
    def inputs(self) -> np.ndarray:
        """A row a unit."""
        return self.values[:, : self.kinds]

    @property
    def outputs(self) -> np.ndarray:
        """A row a unit."""
        return self.values[:, self.kinds :]


def scaled(units: Sequence[Unit], asked: Request) -> Scaled:
    """The units that take part as the programmes have them, in order of unit_id."""
    whole = tuple(sorted((unit for unit in units if unit.whole), key=lambda unit: unit.unit_id))
    return Scaled(whole, *shares(whole), len(asked.inputs))


def shares(units: Sequence[Unit]) -> tuple[np.ndarray, np.ndarray]:
    """A row a unit: each value as a share of the greatest of its column; and those greatest.

    Notes: each share is the float nearest to the exact quotient of the decimals, so that it is the same in any measure.
    """
    columns, greatest = [], []
    for column in zip(*(unit.values for unit in units), strict=True):
        top = max(column)
        numerator, denominator = (top or Decimal(1)).as_integer_ratio()
        columns.append([_share(value, numerator, denominator) for value in column])
        greatest.append(float(top) or 1.0)
    return np.array(columns).T.copy(), np.array(greatest)


def _share(value: Decimal, numerator: int, denominator: int) -> float:
    over, under = value.as_integer_ratio()
    return (over * denominator) / (under * numerator)
