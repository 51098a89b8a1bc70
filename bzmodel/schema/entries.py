"""What all entries of parameter pages share, and what is wrong with one, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError


class Entry(BaseModel):
    """One entry of a page: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


@dataclass(frozen=True)
class Fault:
    """One fault of an entry: where in it, the value as written (blank for a list or a table), why.

    about: what the words of a message bind: why_zh, why_en.
    """

    where: str
    value: str
    unknown_key: bool
    about: Mapping[str, str]


_NUMBER = ("应为数", "a number is needed here")
_DAY = ("应为日期，写成 2021-12-31，不加引号", "a day is needed here, written 2021-12-31 without quotes")
_TABLE = ("应为表，即若干“键 = 值”", "a table is needed here: keys with their values")
_LIST = ("应为列表，写在 [ ] 中", "a list is needed here, in [ ]")
_WHYS = {
    "missing": ("缺少这个键", "this key is missing"),
    "extra_forbidden": ("没有这个键", "there is no such key"),
    "string_type": ("应为文字，写在引号中", "a text is needed here, in quotes"),
    "string_too_short": ("不能为空", "it cannot be blank"),
    "literal_error": ("只能是 {expected}", "it is one of {expected}"),
    "int_type": ("应为整数", "a whole number is needed here"),
    "int_from_float": ("应为整数", "a whole number is needed here"),
    "int_parsing": ("应为整数", "a whole number is needed here"),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "bool_type": ("应为 true 或 false", "true or false is needed here"),
    "bool_parsing": ("应为 true 或 false", "true or false is needed here"),
    "greater_than": ("应大于 {gt}", "it must be above {gt}"),
    "greater_than_equal": ("不应小于 {ge}", "it must not be below {ge}"),
    "less_than": ("应小于 {lt}", "it must be below {lt}"),
    "less_than_equal": ("不应大于 {le}", "it must not be above {le}"),
    "too_short": ("至少要有 {min_length} 项", "it needs at least {min_length}"),
    "date_type": _DAY,
    "date_from_datetime_parsing": _DAY,
    "tuple_type": _LIST,
    "mapping_type": _TABLE,
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "same_day": ("两个值都自 {day} 起", "two values begin on {day}"),
}


def faults_of(error: ValidationError) -> list[Fault]:
    """The faults that a validation found; of a fault and one that lies inside it, the inner one."""
    faults = error.errors()
    places = [fault["loc"] for fault in faults]
    return [_fault(one) for one in faults if not any(_inside(place, one["loc"]) for place in places)]


def _inside(place: tuple, other: tuple) -> bool:
    return len(place) > len(other) and place[: len(other)] == other


def _fault(fault: Mapping) -> Fault:
    why_zh, why_en = _WHYS.get(fault["type"], (fault["msg"], fault["msg"]))
    bound = fault.get("ctx", {})
    whole = fault["type"] == "missing" or isinstance(fault["input"], Mapping | list | tuple)
    return Fault(
        where=".".join(map(str, fault["loc"])),
        value="" if whole else str(fault["input"]),
        unknown_key=fault["type"] == "extra_forbidden",
        about={"why_zh": why_zh.format(**bound), "why_en": why_en.format(**bound)},
    )
