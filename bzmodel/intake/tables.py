"""From a sheet of text to a declared table: headings matched, cells read, every fault a finding.

The validation knows only declarations (types, codes, keys, constraints, references), never a table by name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from bzmodel.intake import normalise
from bzmodel.intake.normalise import Normalisation
from bzmodel.intake.sheets import NumberCell, Sheet, read_sheet
from bzmodel.schema.cells import Code, Text, Unreadable
from bzmodel.schema.columns import Column, Table, item_state
from bzmodel.schema.params import Params
from bzmodel.schema.results import BadInput, Finding, place, source_row

_LISTED = 12  # items a finding names


@dataclass(frozen=True)
class Reading:
    """A table as read: typed frame with `source_row`, what was found, what was normalised."""

    frame: pd.DataFrame
    findings: tuple[Finding, ...] = ()
    normalisations: tuple[Normalisation, ...] = ()


@dataclass(frozen=True)
class Source:
    """How a sheet feeds a table: heading -> column(s), rows to keep, constants for columns it lacks."""

    columns: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)


def read_table(
    path: Path,
    table: Table,
    *,
    sheet: str | None = None,
    params: Params | None = None,
    shown: str | None = None,
    may_be_empty: bool = False,
) -> Reading:
    """Read one file as one declared table, keys and constraints tested; further columns are carried as text.

    params: for the code lists (without them codes are taken as they are). may_be_empty: a header alone will do.
    Findings are returned, not raised, except when the file cannot be read at all (BadInput).
    """
    rows = read_sheet(path, sheet=sheet, shown=shown, may_be_empty=may_be_empty)
    reading = read_rows(rows, table, Source(), params=params, carry=True)
    told = {(one.row, one.column) for one in reading.findings}  # an unreadable cell is not missing as well
    between = [one for one in relations(reading.frame, table) if (one.row, one.column) not in told]
    return Reading(reading.frame, (*reading.findings, *between), reading.normalisations)


def read_rows(sheet: Sheet, table: Table, source: Source, *, params: Params | None, carry: bool = False) -> Reading:
    """The rows of a sheet as typed columns of a table. Raises BadInput for headings that cannot be matched."""
    where, carried = _match(sheet, table, source, carry=carry)
    kept = _kept(sheet, source.where)
    places = [source_row(sheet.file, sheet.sheet, row) for row, _ in kept]
    reader = _CellReader(sheet, [row for row, _ in kept], params)
    columns: dict[str, pd.Series] = {}
    for column in table.columns:
        if column.name in where:
            at = where[column.name]
            columns[column.name] = reader.column(column, [cells[at] for _, cells in kept], sheet.header[at].strip())
        elif column.name in source.constants:
            constant = source.constants[column.name]
            texts = [constant.replace("{row}", str(row)) for row, _ in kept]
            columns[column.name] = reader.column(column, texts, column.name)
    for name, index in carried.items():
        columns[name] = pd.Series([cells[index] or None for _, cells in kept], dtype="str")
    columns["source_row"] = pd.Series(places, dtype="str")
    return Reading(pd.DataFrame(columns), (*sheet.findings, *reader.findings), tuple(reader.normalisations))


def _kept(sheet: Sheet, where: Mapping[str, str]) -> Sequence[tuple[int, Sequence[str]]]:
    if not where:
        return sheet.rows
    at = {heading: sheet.header.index(heading) for heading in where if heading in sheet.header}
    if missing := [heading for heading in where if heading not in at]:
        raise BadInput(_missing(sheet, missing))
    return [(row, cells) for row, cells in sheet.rows if all(cells[at[h]].strip() == v for h, v in where.items())]


def _match(sheet: Sheet, table: Table, source: Source, *, carry: bool) -> tuple[dict[str, int], dict[str, int]]:
    """column -> position, and the positions of further columns to carry. All faults of the headings at once."""
    findings: list[Finding] = []
    targets = _targets(table, source)
    where: dict[str, int] = {}
    carried: dict[str, int] = {}
    seen: dict[str, int] = {}
    for index, heading in enumerate(sheet.header):
        plain = normalise.heading(heading)
        if not plain:
            findings.append(Finding("IN-B10", file=sheet.file, sheet=sheet.sheet, row=1, about={"at": index + 1}))
        elif plain in seen:
            about = {"first": seen[plain] + 1, "second": index + 1}
            findings.append(Finding("IN-B2", file=sheet.file, sheet=sheet.sheet, column=heading, about=about))
        seen.setdefault(plain, index)
        names = targets.get(plain, ())
        for name in names:
            if where.setdefault(name, index) != index and seen[plain] == index:
                about = {"first": where[name] + 1, "second": index + 1}
                findings.append(Finding("IN-B2", file=sheet.file, sheet=sheet.sheet, column=name, about=about))
        if not names and carry:
            carried[heading.strip()] = index
    absent = [
        column
        for column in table.columns
        if not column.optional and column.name not in where and column.name not in source.constants
    ]
    if absent:
        findings.append(_missing(sheet, [_spoken(column, source) for column in absent]))
    if findings:
        raise BadInput(*findings)
    return where, carried


def _targets(table: Table, source: Source) -> dict[str, tuple[str, ...]]:
    """Normalised heading -> columns it feeds: the source's own headings, else names, labels and aliases.

    A column that the source maps takes no other heading.
    """
    targets: dict[str, tuple[str, ...]] = {}
    mapped: set[str] = set(source.constants)
    for heading, names in source.columns.items():
        names = (names,) if isinstance(names, str) else tuple(names)
        targets[normalise.heading(heading)] = names
        mapped.update(names)
    for column in table.columns:
        if column.name not in mapped:
            for heading in (column.name, column.label, *column.aliases):
                targets.setdefault(normalise.heading(heading), (column.name,))
    return targets


def _spoken(column: Column, source: Source) -> str:
    mapped = [h for h, names in source.columns.items() if column.name in ([names] if isinstance(names, str) else names)]
    if mapped:
        return mapped[0]
    return column.label if column.label == column.name else f"{column.label}（{column.name}）"


def _missing(sheet: Sheet, headings: Sequence[str]) -> Finding:
    about = {"missing": "、".join(headings), "there": "、".join(h.strip() for h in sheet.header)}
    return Finding("IN-B1", file=sheet.file, sheet=sheet.sheet, row=1, about=about)


class _CellReader:
    """Reads the columns of one sheet; each distinct text is parsed once."""

    def __init__(self, sheet: Sheet, rows: Sequence[int], params: Params | None) -> None:
        self.sheet, self.rows, self.params = sheet, rows, params
        self.findings: list[Finding] = []
        self.normalisations: list[Normalisation] = []

    def column(self, column: Column, texts: Sequence[str], heading: str) -> pd.Series:
        """The values of one column; its findings name it as its `heading` in the file does."""
        known: dict[tuple[type, str], tuple[Any, str, str, Unreadable | None]] = {}
        values: list[Any] = []
        for row, text in zip(self.rows, texts, strict=True):
            key = (type(text), text)
            if key not in known:
                known[key] = self._read(column, text)
            value, plain, rule, fault = known[key]
            if rule:
                change = Normalisation(self.sheet.file, self.sheet.sheet, row, column.name, text, plain, rule)
                self.normalisations.append(change)
            if fault is not None:
                shown = "***" if column.person and text else str(text)
                self._found(fault.code, row, heading, shown, fault.about)
            elif value is None and not column.optional:
                self._found("IN-E9", row, heading, "", {})
            values.append(value)
        return pd.Series(values, dtype=column.type.dtype)

    def _read(self, column: Column, text: str) -> tuple[Any, str, str, Unreadable | None]:
        plain, rule = normalise.cell(text, column.type)
        if not plain:
            return None, plain, "", None
        try:
            if isinstance(text, NumberCell) and isinstance(column.type, Text) and column.name.endswith("_id"):
                raise Unreadable("IN-C29")
            value = column.type.parse(plain)
            if isinstance(column.type, Code) and self.params is not None:
                value, rule = self._code(column.type.codes, plain, rule)
        except Unreadable as fault:
            return None, plain, rule, fault
        return value, value if isinstance(column.type, Code) else plain, rule, None

    def _code(self, codes: str, text: str, rule: str) -> tuple[str, str]:
        known = self.params.codes(codes)
        if text in known.values:
            return text, rule
        if text in known.aliases:
            return known.aliases[text], "H18"
        raise Unreadable("IN-H18", near=known.nearest(text), codes=codes)

    def _found(self, code: str, row: int, heading: str, shown: str, about: Mapping[str, Any]) -> None:
        self.findings.append(Finding(code, self.sheet.file, self.sheet.sheet, row, heading, shown, about))


def relations(frame: pd.DataFrame, table: Table) -> list[Finding]:
    """Faults between the rows of one table: keys twice, dated rows that overlap, constraints broken."""
    findings = _overlaps(frame, table) if table.dated else _twice(frame, table)
    for constraint in table.constraints:
        for broken in constraint.breaks(frame):
            label = table.column(broken.column).label if broken.column in table.names else broken.column
            shown = _shown(frame.at[broken.row, broken.column]) if broken.column in frame else ""
            about = table.about(constraint, broken)
            where = place(frame.at[broken.row, "source_row"])
            findings.append(Finding(constraint.code, column=label, value=shown, about=about, **where))
    return findings


def _shown(value: Any) -> str:
    if pd.isna(value):
        return ""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)


def overdue(frame: pd.DataFrame, table: Table, day: dt.date) -> list[Finding]:
    """The items of a work ledger that are past their due day and not closed, as of `day`: one finding, all named."""
    if not table.ledger or "due_on" not in frame:
        return []
    late = frame[item_state(frame, day) == "overdue"]
    if late.empty:
        return []
    items = "、".join("/".join(str(row[name]) for name in table.key) for _, row in late.head(_LISTED).iterrows())
    about = {"table": table.label, "count": len(late), "items": items + " 等" * (len(late) > _LISTED), "day": day}
    return [Finding("IN-F20", column=table.column("due_on").label, about=about, **place(late["source_row"].iloc[0]))]


def imbalances(frames: Mapping[str, pd.DataFrame], tables: Mapping[str, Table]) -> list[Finding]:
    """The snapshots that are not what the one before and the decisions since make them: one finding a table."""
    findings = []
    for name, frame in frames.items():
        balance = tables[name].balance
        if balance is None or balance.table not in frames or frame["as_of"].nunique() < 2:
            continue
        off = balance.differences(frame, frames[balance.table])
        if len(off):
            findings.append(_imbalance(off, tables[name], frame))
    return findings


def _imbalance(off: pd.Series, table: Table, frame: pd.DataFrame) -> Finding:
    last = frame[frame["as_of"] == frame["as_of"].max()]
    items = "、".join(f"{' '.join(key)} {number:+d}" for key, number in off.head(_LISTED).items())
    rule = {f"rule_{lang}": table.says(table.balance, lang) for lang in ("zh", "en")}
    about = {"table": table.label, "count": len(off), "items": items + " 等" * (len(off) > _LISTED), **rule}
    where = place(last["source_row"].iloc[0]) | {"row": None}
    label = table.column(table.balance.number).label
    return Finding(table.balance.code, column=label, about=about, **where)


def _twice(frame: pd.DataFrame, table: Table) -> list[Finding]:
    key = [name for name in table.key if name in frame]
    if not key:
        return []
    first = frame.drop_duplicates(key).set_index(key)["source_row"]
    return [
        _key_finding("IN-K1", table, row, {"first": first[tuple(row[k] for k in key) if len(key) > 1 else row[key[0]]]})
        for _, row in frame[frame.duplicated(key)].iterrows()
    ]


def _overlaps(frame: pd.DataFrame, table: Table) -> list[Finding]:
    findings = []
    key = list(table.key)
    ordered = frame.sort_values([*key, "valid_from"], kind="stable")
    for _, rows in ordered[ordered.duplicated(key, keep=False)].groupby(key, sort=False):
        before = None
        for _, row in rows.iterrows():
            if before is not None and (pd.isna(before["valid_to"]) or row["valid_from"] < before["valid_to"]):
                findings.append(_key_finding("IN-K2", table, row, {"first": before["source_row"]}))
            before = row
    return findings


def _key_finding(code: str, table: Table, row: pd.Series, about: Mapping[str, Any]) -> Finding:
    labels = "、".join(table.column(name).label for name in table.key)
    value = "、".join(str(row[name]) for name in table.key if name in row)
    return Finding(code, column=labels, value=value, about=about, **place(row["source_row"]))


def references(frames: Mapping[str, pd.DataFrame], tables: Mapping[str, Table], names: Iterable[str]) -> list[Finding]:
    """Values that point to a row of another table that is not there. A table without a frame is not asked."""
    findings = []
    for name in names:
        for column in tables[name].columns:
            if column.refers in frames and column.name in frames[name] and column.refers != name:
                target = tables[column.refers].key[0]
                findings += _dangling(frames[name], column, set(frames[column.refers][target].dropna()), column.refers)
            elif column.refers == name and column.name in frames[name]:
                findings += _dangling(frames[name], column, set(frames[name][tables[name].key[0]]), name)
    return findings


def _dangling(frame: pd.DataFrame, column: Column, known: set[str], target: str) -> list[Finding]:
    lost = frame[frame[column.name].notna() & ~frame[column.name].isin(known)]
    findings = []
    for value, where in zip(lost[column.name], lost["source_row"], strict=True):
        near = get_close_matches(value, known, 1)
        about = {"table": target, "near": near[0] if near else "—"}
        findings.append(Finding("IN-H1", column=column.label, value=value, about=about, **place(where)))
    return findings
