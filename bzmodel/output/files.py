"""Frames and objects as the bytes of CSV, JSON and XLSX files; the same values give the same bytes.

A cell is written as its value, never as something a spreadsheet would run: see `csv_bytes`.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import numbers
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from bzmodel.schema.results import BadInput, Finding

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_WRITTEN_ON = dt.datetime(2000, 1, 1)  # a workbook names the day it was made: ours never does
_LARGEST_EXACT = 10**15  # a spreadsheet keeps fifteen digits
_NARROWEST, _WIDEST = 8, 60


def missing(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT, NA, an infinite number."""
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    if isinstance(value, Decimal):
        return not value.is_finite()
    return isinstance(value, float | np.floating) and not math.isfinite(value)


def number_text(value: numbers.Number | Decimal) -> str:
    """The shortest text that reads back to the same number; whole numbers have no point; decimals are exact."""
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, Fraction):
        value = _decimal_of(value)
    if isinstance(value, Decimal):
        text = format(value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = repr(float(value)).removesuffix(".0")
    return "0" if text == "-0" else text


def _decimal_of(value: Fraction) -> Decimal | float:
    """A fraction as the decimal it is, or as the nearest float where its digits never end."""
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return float(value)
    places = max(twos, fives)
    digits = Decimal(value.numerator * 10**places // value.denominator).as_tuple()
    return Decimal((digits.sign, digits.digits, -places))


def cell_text(value: Any) -> str:
    """One value as text: numbers shortest, true / false, days ISO, nothing where it is missing."""
    if missing(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, numbers.Number | Decimal):
        return number_text(value)
    if isinstance(value, dt.date):
        return day_text(value)
    return str(value)


def day_text(value: dt.date) -> str:
    """A day, or a moment where it has a time of day, in ISO."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    return value.isoformat()


def _csv_cell(value: Any) -> str:
    text = cell_text(value)
    if isinstance(value, str) and text.startswith(_BEGINS_A_FORMULA) and not _NUMBER.fullmatch(text):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A frame as CSV: UTF-8 with BOM, LF, shortest floats, true / false, missing empty, days ISO.

    Text that a spreadsheet would take for a formula (= + - @ TAB CR, no number) gets one leading '.
    """
    columns = [[_csv_cell(value) for value in frame.iloc[:, at]] for at in range(frame.shape[1])]
    rows = [[_csv_cell(str(name)) for name in frame.columns], *map(list, zip(*columns, strict=True))]
    if frame.shape[1] == 1:
        rows = [[cell or '""'] for (cell,) in rows]  # an empty line is no row
    return ("".join(",".join(row) + "\n" for row in rows)).encode("utf-8-sig")


def json_bytes(thing: Any) -> bytes:
    """An object as JSON: UTF-8, keys in the order given, null for what does not exist, never NaN or Infinity.

    Mappings, sequences, dataclasses, frames (a list of rows), numbers of any kind and days are taken as they come.
    Raises TypeError for anything else.
    """
    return ("".join(_json(thing, "\n")) + "\n").encode("utf-8")


def _json(thing: Any, line: str) -> Iterator[str]:
    """The text of `thing` in pieces; `line` is the line break with the indent it stands at."""
    if isinstance(thing, pd.DataFrame):
        names = [str(name) for name in thing.columns]
        thing = [dict(zip(names, row, strict=True)) for row in thing.itertuples(index=False, name=None)]
    elif is_dataclass(thing) and not isinstance(thing, type):
        thing = asdict(thing)
    if isinstance(thing, Mapping):
        yield from _bracketed("{}", ((_json_key(key), value) for key, value in thing.items()), line)
    elif isinstance(thing, list | tuple | np.ndarray | pd.Series | pd.Index):
        yield from _bracketed("[]", (("", value) for value in thing), line)
    else:
        yield _json_scalar(thing)


def _bracketed(brackets: str, entries: Iterable[tuple[str, Any]], line: str) -> Iterator[str]:
    inner = line + " "
    empty = True
    for key, value in entries:
        yield (brackets[0] if empty else ",") + inner + key
        yield from _json(value, inner)
        empty = False
    yield brackets if empty else line + brackets[1]


def _json_key(key: Any) -> str:
    return json.dumps(key if isinstance(key, str) else cell_text(key), ensure_ascii=False) + ": "


def _json_scalar(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if missing(value):
        return "null"
    if isinstance(value, bool | np.bool_ | numbers.Number | Decimal):
        return cell_text(value)
    if isinstance(value, dt.date):
        value = day_text(value)
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} has no form in JSON")
    return json.dumps(value, ensure_ascii=False)


def xlsx_bytes(sheets: Mapping[str, pd.DataFrame], labels: Mapping[str, str] | None = None) -> bytes:
    """Frames as a workbook: sheet name -> frame; text is always text, never a formula or a link.

    labels: column -> heading; a column without one keeps its name. Raises BadInput for what no sheet can hold.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": _WRITTEN_ON})
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, frame in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(frame.columns):
            heading = (labels or {}).get(column, str(column))
            values = list(frame.iloc[:, at])
            _held(sheet.write_string(0, at, heading, head), name)
            for row, value in enumerate(values, start=1):
                _held(_write_cell(sheet, (row, at), value, day), name)
            sheet.set_column(at, at, _width([heading, *map(cell_text, values)]))
    book.close()
    return buffer.getvalue()


class _AllDigits(float):
    """A number as a workbook holds it: XlsxWriter asks for sixteen digits, and a float may need one more."""

    def __format__(self, asked: str) -> str:
        return number_text(float(self))


def _write_cell(sheet: Any, at: tuple[int, int], value: Any, day: Any) -> int:
    if missing(value):
        return 0
    if isinstance(value, bool | np.bool_):
        return sheet.write_boolean(*at, bool(value))
    if isinstance(value, numbers.Number | Decimal) and abs(value) < _LARGEST_EXACT:
        return sheet.write_number(*at, _AllDigits(value))
    if isinstance(value, dt.date) and value.year >= 1900:
        return sheet.write_datetime(*at, value, day)
    return sheet.write_string(*at, cell_text(value))


def _held(code: int, sheet: str) -> None:
    """XlsxWriter says by a code what it did not write: what is left out in silence would be a wrong workbook."""
    if code:
        raise BadInput(Finding("OUT-X1", sheet=sheet))


def _width(texts: list[str]) -> int:
    widest = max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text) for text in texts)
    return min(max(widest + 2, _NARROWEST), _WIDEST)
