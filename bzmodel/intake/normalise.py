"""The one place where a text is changed before it is read; every change that could matter is on record."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bzmodel.schema.cells import Day, Flag, Month, Number, Type, Whole, Year

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"))
_WIDE = str.maketrans("０１２３４５６７８９．＋－ｅＥ", "0123456789.+-eE")
_CHINESE_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII)
_NUMERIC = (Number, Whole, Year, Month, Day, Flag)


@dataclass(frozen=True, slots=True)
class Normalisation:
    """One change of one cell: where, before, after, and the rule (a code of bad input: D1, D2, E4, F4, H18)."""

    file: str
    sheet: str
    row: int
    column: str
    before: str
    after: str
    rule: str


def cell(text: str, kind: Type) -> tuple[str, str]:
    """The text as its type should read it, and the rule that changed it ('' if none did).

    Outer spaces, no-break and full-width spaces, zero-width characters go; in numbers and days full-width digits
    become plain ones, and 2021年1月5日 becomes 2021-01-05.
    """
    plain, rule = text, ""
    if not plain.isascii():
        if (visible := plain.translate(_INVISIBLE)) != plain:
            plain, rule = visible, "D2"
        if isinstance(kind, _NUMERIC) and (narrow := plain.translate(_WIDE)) != plain:
            plain, rule = narrow, "E4"
        if isinstance(kind, Day) and (match := _CHINESE_DAY.fullmatch(plain.strip())):
            year, month, day = match.groups()
            plain, rule = f"{year}-{int(month):02d}-{int(day):02d}", "F4"
    if (trimmed := plain.strip()) != plain:
        plain, rule = trimmed, rule or "D1"
    return plain, rule


def heading(text: str) -> str:
    """A heading as it is compared: without spaces, line breaks, zero-width or full-width forms."""
    return "".join(unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).split())
