"""One reader per kind of file: CSV and XLSX become sheets of text that remember the physical row of each line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree

import python_calamine

from bzmodel.intake.documents import refuse_secret_name
from bzmodel.intake.formulas import valueless_cells
from bzmodel.schema.results import BadInput, Finding
from bzmodel.schema.secrecy import is_secret

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_DELIMITERS = {";": ";", "\t": "TAB", "，": "，"}
_VALUELESS = {True: "IN-C6", False: "IN-C5"}  # an error, or never computed
_ESCAPED = ("=", "+", "-", "@", "\t", "\r")
csv.field_size_limit(2**31 - 1)


class NumberCell(str):
    """The text of a cell that the workbook stored as a number: as an identifier it may have lost digits."""

    __slots__ = ()


@dataclass(frozen=True)
class Sheet:
    """A table of text. rows: (physical row, cells) without the header; every row is as long as the header."""

    file: str
    sheet: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, Sequence[str]], ...]
    findings: tuple[Finding, ...] = field(default=())


def read_sheet(path: Path, *, sheet: str | None = None, shown: str | None = None, may_be_empty: bool = False) -> Sheet:
    """Read a CSV file or one sheet of a workbook as text.

    sheet: required when a workbook has several visible sheets. shown: the file's name in findings. may_be_empty: a
    header without rows will do. Raises BadInput when nothing can be read (class X of the catalogue); other faults are
    findings of the sheet.
    """
    file = shown or path.name or str(path)
    found = _opened(path, file, sheet)
    if not (found.rows or may_be_empty or any(one.code in ("IN-A18", "IN-A20") for one in found.findings)):
        raise BadInput(Finding("IN-A5", file=file, sheet=found.sheet))
    return found


def _opened(path: Path, file: str, sheet: str | None) -> Sheet:
    refuse_secret_name(file)
    content = _bytes(path, file)
    if content.startswith(_ZIP):
        return _workbook(content, file, sheet)
    if content.startswith(_OLE):
        raise BadInput(Finding("IN-A29", file=file))
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        raise BadInput(Finding("IN-C22", file=file))
    if sheet is not None:
        raise BadInput(Finding("IN-C11", file=file, value=sheet, about={"sheets": "CSV"}))
    return _csv(content, file)


def _bytes(path: Path, file: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput(Finding("IN-A1", file=file)) from None
    except OSError as error:
        if os.path.isdir(path):
            raise BadInput(Finding("IN-A2", file=file)) from None
        raise BadInput(Finding("IN-A6", file=file, about={"why": error.strerror or str(error)})) from None


def _decoded(content: bytes, file: str) -> tuple[str, tuple[Finding, ...]]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput(Finding("IN-A12", file=file))
    if (at := content.find(b"\0")) >= 0:
        raise BadInput(Finding("IN-A14", file=file, about={"offset": at}))
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        first = error.start
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    if not text or any(map(_only_utf8, content.split(b"\n"))):
        line = content.count(b"\n", 0, first) + 1
        raise BadInput(Finding("IN-A10", file=file, row=line, about={"offset": first}))
    return text, (Finding("IN-A9", file=file),)


def _only_utf8(line: bytes) -> bool:
    """Whether a line is UTF-8 and, taken for GB18030, would be characters that nobody writes."""
    try:
        if line.isascii() or not line.decode("utf-8"):
            return False
    except UnicodeDecodeError:
        return False
    try:
        line.decode("gb18030").encode("gb2312")
    except UnicodeError:
        return True
    return False


def _csv(content: bytes, file: str) -> Sheet:
    text, findings = _decoded(content, file)
    if not text.strip():
        raise BadInput(Finding("IN-A4", file=file))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for cells in reader:
            lines.append((start, [_unescaped(cell) for cell in cells]))
            start = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(Finding("IN-A17", file=file, row=start, about={"why": str(error)})) from None
    header = next((cells for _, cells in lines if not _blank(cells)), [])
    if len(header) == 1:
        for delimiter, name in _DELIMITERS.items():
            if delimiter in header[0]:
                raise BadInput(Finding("IN-A21", file=file, row=1, about={"delimiter": name}))
    return _sheet(file, "", lines, findings)


def _unescaped(cell: str) -> str:
    """Our own files write one ' before a text that a spreadsheet would take for a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _ESCAPED and len(cell) > 1 else cell


def _workbook(content: bytes, file: str, wanted: str | None) -> Sheet:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except (python_calamine.CalamineError, zipfile.BadZipFile, ValueError):
        raise BadInput(Finding("IN-C22", file=file)) from None
    visible = [meta.name for meta in book.sheets_metadata if meta.visible == python_calamine.SheetVisibleEnum.Visible]
    if wanted is None and len(visible) > 1:
        raise BadInput(Finding("IN-C10", file=file, about={"sheets": "、".join(visible)}))
    name = wanted if wanted is not None else (visible or book.sheet_names)[0]
    if name not in book.sheet_names:
        raise BadInput(Finding("IN-C11", file=file, value=name, about={"sheets": "、".join(visible)}))
    grid = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    lines = [(row, [_cell(value) for value in cells]) for row, cells in enumerate(grid, start=1)]
    while lines and not any(lines[-1][1]):  # formatted empty rows below the table
        lines.pop()
    return _without_values(_sheet(file, name, lines, ()), content)


def _without_values(sheet: Sheet, content: bytes) -> Sheet:
    """The sheet, with a finding for each cell that shows an error or was never computed: it is no blank."""
    try:
        cells = valueless_cells(content, sheet.sheet)
    except ElementTree.ParseError:
        raise BadInput(Finding("IN-C22", file=sheet.file)) from None
    headings = dict(enumerate(map(str.strip, sheet.header)))
    found = [
        Finding(_VALUELESS[cell.error], sheet.file, sheet.sheet, cell.row, headings.get(cell.at, ""), cell.shown)
        for cell in cells
    ]
    return replace(sheet, findings=(*sheet.findings, *found))


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return NumberCell(int(value) if float(value).is_integer() and abs(value) < 1e15 else repr(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def _blank(cells: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in cells)


def _sheet(file: str, sheet: str, lines: list[tuple[int, list[str]]], findings: tuple[Finding, ...]) -> Sheet:
    _refuse_secrets(file, sheet, lines)
    above = [row for row, _ in itertools.takewhile(lambda line: _blank(line[1]), lines)]
    found = [*findings, *(Finding("IN-A24", file=file, sheet=sheet, row=row) for row in above)]
    if len(above) == len(lines):
        raise BadInput(Finding("IN-A4", file=file, sheet=sheet))
    _, header = lines[len(above)]
    while header and not header[-1].strip() and not any(len(c) >= len(header) and c[len(header) - 1] for _, c in lines):
        header = header[:-1]
    rows = []
    for row, cells in lines[len(above) + 1 :]:
        if _blank(cells):
            found.append(Finding("IN-A24", file=file, sheet=sheet, row=row))
        elif len(cells) != len(header) and (len(cells) < len(header) or any(c.strip() for c in cells[len(header) :])):
            code = "IN-A20" if len(cells) < len(header) else "IN-A18"
            about = {"cells": len(cells), "header": len(header)}
            found.append(Finding(code, file=file, sheet=sheet, row=row, about=about))
        else:
            rows.append((row, cells[: len(header)]))
    return Sheet(file, sheet, tuple(header), tuple(rows), tuple(found))


def _refuse_secrets(file: str, sheet: str, lines: list[tuple[int, list[str]]]) -> None:
    """Raises BadInput with every cell that bears the mark of a state secret: where it is, not what it says."""
    cells = ((row, at, cell) for row, cells in lines if is_secret("|".join(cells)) for at, cell in enumerate(cells, 1))
    found = [(row, at) for row, at, cell in cells if is_secret(cell)]
    shown = "***" if is_secret(sheet) else sheet
    findings = [Finding("IN-S2", file, shown, row, about={"at": at}) for row, at in found]
    if shown != sheet:
        findings.append(Finding("IN-S1", file, shown))
    if findings:
        raise BadInput(*findings)
