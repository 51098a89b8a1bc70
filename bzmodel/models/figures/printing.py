"""How a figure is printed: as a number, with 余, as a rate, in words, or without its absolute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from bzmodel.schema.results import Number

_DIGITS = "〇一二三四五六七八九"
_UNITS = ("", "十", "百", "千")


def one_decimal(value: Number) -> str:
    """A number to one decimal, half up, as people round: 2.25 -> 2.3."""
    tenths = Fraction(value) * 10
    whole = (abs(tenths) + Fraction(1, 2)).__floor__()
    sign = "-" if tenths < 0 and whole else ""
    return f"{sign}{whole // 10}.{whole % 10}"


def plain(value: Number) -> str:
    """A whole number as it is; one that is not whole to one decimal, half up."""
    return str(int(value)) if value == int(value) else one_decimal(value)


def more_than(value: Number) -> str:
    """x余: rounded down to ten, to a hundred from 1,000 on; a round number is itself, without 余."""
    step = 100 if value >= 1000 else 10
    floor = int(value) // step * step
    return plain(value) if floor <= 0 or floor == value else f"{floor}余"


def rate(value: Number) -> str:
    """A percentage to one decimal, half up."""
    return f"{one_decimal(value)}%"


def in_words(value: Number) -> str:
    """A whole number up to 9,999 before a measure word: 2 is 两, 12 十二, 20 二十."""
    if value != int(value) or not 0 <= value <= 9999:
        return plain(value)
    if value == 2:
        return "两"
    words, rest = "", str(int(value))
    for place, digit in zip(range(len(rest) - 1, -1, -1), rest, strict=True):
        if digit != "0":
            words += _DIGITS[int(digit)] + _UNITS[place]
        elif words and not words.endswith("〇"):
            words += "〇"
    words = words.rstrip("〇") or "〇"
    return words.removeprefix("一") if words.startswith("一十") else words


PRINTED: Mapping[str, Callable[[Number], str]] = {"number": plain, "余": more_than, "rate": rate, "words": in_words}


def band(value: Number) -> str:
    """A range that hides the number: 386 -> 300至400 (one leading digit); below ten: 10以内."""
    if value < 10:
        return "10以内"
    step = 10 ** (len(str(int(value))) - 1)
    low = int(value) // step * step
    return f"{low}至{low + step}"


def share(value: Number, whole: Number) -> str:
    """A figure as a percentage of another."""
    return rate(Fraction(value) / Fraction(whole) * 100)


def index_of(value: Number, last_year: Number) -> str:
    """A figure with last year's as 100, to one decimal, half up."""
    return one_decimal(Fraction(value) / Fraction(last_year) * 100)


#: Forms of a figure in a sentence that hide its absolute number: {C08|ratio}.
FORMS = ("ratio", "index=100", "range")


def formed(value: Number, *, whole: Number | None, last_year: Number | None) -> dict[str, str]:
    """The forms that a figure has: a ratio needs the whole it is a share of, an index last year's number."""
    forms = {"range": band(value)}
    if whole:
        forms["ratio"] = share(value, whole)
    if last_year:
        forms["index=100"] = index_of(value, last_year)
    return forms
