"""Cells of a workbook whose formula gave an error, or was never computed: the reader of values shows them as blank."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


class ValuelessCell(NamedTuple):
    """row: physical row. at: place of its column, from 0. shown: the error (#N/A), or the formula without a value.

    row and at are None where the file does not name its cells.
    """

    row: int | None
    at: int | None
    shown: str
    error: bool


def valueless_cells(content: bytes, sheet: str) -> list[ValuelessCell]:
    """All of them on one sheet of an XLSX file, in order of rows; none for other kinds of workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        part = _part(book, sheet)
        page = book.read(part) if part in book.namelist() else b""
    return list(_found(page)) if b'"e"' in page or b"<f" in page else []


def _part(book: zipfile.ZipFile, sheet: str) -> str:
    """The file inside the workbook that holds a sheet; '' where there is none."""
    if not {_BOOK, _RELATIONS} <= set(book.namelist()):
        return ""
    targets = {one.get("Id"): one.get("Target", "") for one in ElementTree.fromstring(book.read(_RELATIONS))}
    for entry in ElementTree.fromstring(book.read(_BOOK)).iter():
        if _local(entry.tag) == "sheet" and entry.get("name") == sheet:
            (relation,) = (value for name, value in entry.items() if name.endswith("}id"))
            return posixpath.join("/xl", targets.get(relation, "")).removeprefix("/")
    return ""


def _found(page: bytes) -> Iterator[ValuelessCell]:
    for _, cell in ElementTree.iterparse(io.BytesIO(page)):
        if _local(cell.tag) != "c":
            continue
        inside = {_local(part.tag): part.text or "" for part in cell}
        kind = cell.get("t", "n")
        if kind == "e":
            yield ValuelessCell(*_place(cell.get("r", "")), inside.get("v", ""), True)
        elif "f" in inside and kind != "str" and not inside.get("v"):
            yield ValuelessCell(*_place(cell.get("r", "")), f"={inside['f']}", False)
        cell.clear()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _place(reference: str) -> tuple[int | None, int | None]:
    """Row, and place of the column from 0, of a reference such as B42."""
    named = re.fullmatch(r"([A-Z]+)(\d+)", reference)
    if named is None:
        return None, None
    at = 0
    for letter in named[1]:
        at = 26 * at + ord(letter) - ord("A") + 1
    return int(named[2]), at - 1
