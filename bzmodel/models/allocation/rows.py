"""The rows of a question: one unit and kind of quota each, in exact numbers and in an order of their own content."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, isfinite
from types import MappingProxyType
from typing import Any

import pandas as pd

from bzmodel.schema.results import Finding, place

OWN = ("unit_id", "kind", "name", "need", "current", "min", "max", "weight")
MOST_UNEVEN = 10**9
TOO_LARGE = 10**15


@dataclass(frozen=True, slots=True)
class Row:
    """One unit and kind: `least` and `most` are its own min and max; marks: the columns that rules use, as text."""

    unit_id: str
    kind: str
    name: str
    need: Fraction
    weight: Fraction = Fraction(1)
    current: int | None = None
    least: int | None = None
    most: int | None = None
    marks: Mapping[str, str] = field(default_factory=dict, hash=False)
    source_row: str = field(default="", compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """unit_id, kind."""
        return self.unit_id, self.kind

    def mark(self, column: str) -> str:
        """The text of a column a rule may name."""
        return getattr(self, column) if column in ("unit_id", "kind", "name") else self.marks[column]

    @property
    def place(self) -> dict[str, Any]:
        """File, sheet and physical row it was read from, as far as it knows them."""
        return place(self.source_row) if self.source_row else {}


def content(row: Row) -> tuple[Any, ...]:
    """What decides among ties after the shortage: larger need, weight, current, smaller min, larger max, columns."""
    most = (0, 0) if row.most is None else (1, -row.most)
    return (-row.need, -row.weight, -(row.current or 0), row.least or 0, most, tuple(sorted(row.marks.items())))


def canonical(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows by content, unit_id and kind last: the order of the file cannot matter."""
    return tuple(sorted(rows, key=lambda row: (content(row), row.key)))


def rows_of(
    frame: pd.DataFrame, used: Iterable[str], counts: Container[str] = ()
) -> tuple[tuple[Row, ...], list[Finding]]:
    """The rows of a frame of units, in canonical order, and whatever is wrong with them.

    Parameters: used: the columns that rules name; counts: those of them that hold whole numbers.
    """
    findings: list[Finding] = []
    absent = [name for name in ("unit_id", "need") if name not in frame]
    if absent:
        return (), [Finding("AL-E1", column=name) for name in absent]
    used = [name for name in used if name in frame]
    rows = [_row(line, used, counts, findings) for line in frame.to_dict("records")]
    findings += _duplicates(frame)
    if not rows and not findings:
        findings.append(Finding("AL-E2"))
    weights = [row.weight for row in rows]
    if weights and max(weights) > MOST_UNEVEN * min(weights):
        about = {"least": str(float(min(weights))), "greatest": str(float(max(weights)))}
        findings.append(Finding("IN-I9", column="weight", about=about))
    return canonical(rows), findings


def where_from(line: Mapping[str, Any]) -> dict[str, Any]:
    """File, sheet and physical row of a line, as far as it knows them."""
    source = line.get("source_row")
    return place(source) if isinstance(source, str) else {}


def _row(line: Mapping[str, Any], used: list[str], counts: Container[str], findings: list[Finding]) -> Row:
    """One row; a cell that is wrong counts as the least that goes, so that the rest can be held against the rules."""
    at = where_from(line)

    def wrong(code: str, column: str) -> None:
        findings.append(Finding(code, column=column, value=text(line.get(column)), about={"unit": unit}, **at))

    unit = text(line["unit_id"])
    if not unit:
        wrong("AL-E3", "unit_id")
    kind = text(line.get("kind"))
    if "kind" in line and not kind:
        wrong("AL-E3", "kind")
    need = _exact(line["need"])
    if need is None or need < 0:
        wrong("IN-I12" if need is None else "AL-E4", "need")
        need = Fraction(1)
    weight = _exact(line.get("weight"))
    weight = Fraction(1) if weight is None else weight
    if weight <= 0:
        wrong("IN-I8", "weight")
        weight = Fraction(1)
    counted = [name for name in used if name in counts]
    whole = {name: _exact(line.get(name)) for name in ("current", "min", "max", *counted)}
    for name, value in whole.items():
        if value is not None and (value < 0 or value.denominator != 1):
            wrong("AL-E5", name)
            whole[name] = Fraction(0)
    if whole["min"] is not None and whole["max"] is not None and whole["min"] > whole["max"]:
        wrong("IN-I1", "min")
    current, least, most, *numbers = (None if value is None else int(value) for value in whole.values())
    marks = {name: text(line[name]) for name in used}
    marks |= {name: text(number) for name, number in zip(counted, numbers, strict=True)}
    return Row(unit, kind, text(line.get("name")), need, weight, current, least, most, MappingProxyType(marks),
               text(line.get("source_row")))  # fmt: skip


def _duplicates(frame: pd.DataFrame) -> list[Finding]:
    keys = frame[["unit_id", "kind"] if "kind" in frame else ["unit_id"]]
    return [
        Finding("AL-E6", column="unit_id", value=text(line["unit_id"]), **where_from(line))
        for line in frame[keys.duplicated(keep="first") & frame["unit_id"].notna()].to_dict("records")
    ]


def text(value: Any) -> str:
    """A cell as text; nothing where it is blank."""
    return "" if value is None or pd.isna(value) else str(value).strip()


def _exact(value: Any) -> Fraction | None:
    """The number as written; None where there is none."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, Fraction):
        return value
    if isinstance(value, float) and not isfinite(value):
        return None
    return Fraction(Decimal(str(value)))


def nearest_whole(need: Fraction) -> int:
    """Half up."""
    return floor(need + Fraction(1, 2))


def next_whole(need: Fraction) -> int:
    """Upwards."""
    return ceil(need)
