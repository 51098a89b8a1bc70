"""What a figure is held against: other figures, the figure it is part of, the list that states it, its own parts."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction

import pandas as pd

from bzmodel.models.figures.counting import Count, Counted, said
from bzmodel.models.figures.rows import NONE_THIS_YEAR, NoData, View
from bzmodel.schema.results import Check, Finding, Number
from bzmodel.schema.words import word

_TERM = re.compile(r"([+−-]?)\s*(\w+)")


def amount(text: str, count: Count) -> tuple[Number | None, str]:
    """A sum of figures such as `before - abolished`: its value (None where one has none) and the numbers filled in."""
    total: Number | None = 0
    shown = []
    for sign, figure in _TERM.findall(text):
        value = count.of(figure).value
        shown.append(f"{sign or '+'} {'—' if value is None else value}")
        if total is not None:
            total = None if value is None else total + (-value if sign in "−-" and sign else value)
    return total, " ".join(shown).removeprefix("+ ")


def named(text: str, count: Count) -> str:
    """A sum of figures with their names in place of their ids."""
    return re.sub(
        r"[A-Za-z_]\w*", lambda match: count.page[match[0]].name if match[0] in count.page else match[0], text
    )


_COMPARED = {
    "equals": ("=", lambda value, limit: value == limit),
    "at_most": ("≤", lambda value, limit: value <= limit),
    "at_least": ("≥", lambda value, limit: value >= limit),
}


def held_against(counted: Counted, count: Count, *, final: bool) -> tuple[list[Check], list[Finding]]:
    """A figure against what it must equal, not exceed, or be part of; an inapplicable check has passed None."""
    checks, findings = [], []
    for how, (sign, holds) in _COMPARED.items():
        for text in getattr(counted.declaration, how):
            limit, shown = amount(text, count)
            known = limit is not None and counted.value is not None
            passed = holds(counted.value, limit) if known else None
            name = f"{counted.declaration.name} {sign} {named(text, count)}"
            checks.append(Check(f"{counted.id} {sign} {text}", name, counted.value, limit, passed, gate=final))
            if passed is False:
                about = {"value_": counted.value, "sign": sign, "other": text, "shown": shown}
                findings.append(said("FG-W6", counted.id, counted.declaration, **about))
    return checks, findings


def within(counted: Counted, whole: Counted) -> bool | None:
    """Whether 其中 is true: the rows are among those of the whole, and the number is not above it.

    Notes: cuts for one reason can exceed a *net* cut, whose other rows are additions: then 其中 is false.
    """
    if counted.value is None or whole.value is None:
        return None
    return bool(counted.rows["source_row"].isin(whole.rows["source_row"]).all()) and counted.value <= whole.value


def subset_checks(counted: Counted, count: Count) -> tuple[list[Check], list[Finding]]:
    """A figure against those it is said to be part of."""
    checks, findings = [], []
    for other in counted.declaration.part_of:
        whole = count.of(other)
        passed = within(counted, whole)
        name = f"{counted.declaration.name} 是 {whole.declaration.name} 的一部分（“其中”）"
        checks.append(Check(f"{counted.id} ⊂ {other}", name, counted.value, whole.value, passed))
        if passed is False:
            about = {"value_": counted.value, "other": other, "shown": whole.value}
            findings.append(said("FG-W7", counted.id, counted.declaration, **about))
    return checks, findings


def stated_check(counted: Counted, count: Count, *, final: bool) -> tuple[list[Check], list[Finding]]:
    """A figure fixed by an issued list against the number that the list itself states."""
    declaration = counted.declaration
    if not declaration.stated_in or counted.value is None:
        return [], []
    view = View(counted.id, count.tables, dt.date(count.year, 12, 31))
    try:
        lists = view.matching(view.frame("documents"), "documents", declaration.stated_in)
        lists = lists[view.column(lists, "documents", "stated_count").notna()]
    except NoData:
        lists = pd.DataFrame()
    lists = lists[lists["issued_on"].dt.year <= count.year] if len(lists) else lists
    stated = int(lists.sort_values(["issued_on", "document_id"])["stated_count"].iloc[-1]) if len(lists) else None
    passed = None if stated is None else counted.value == stated
    check = Check(
        f"{counted.id} = stated_count", f"{declaration.name} 与文件所列数一致", counted.value, stated, passed, final
    )
    if passed is not False:
        return [check], []
    about = {"value_": counted.value, "stated": stated, "document": lists["document_id"].iloc[-1]}
    return [check], [said("FG-W8", counted.id, declaration, **about)]


def signed_check(counted: Counted, *, final: bool) -> list[Check]:
    """A figure that rows give although a record says that there is none this year: the record or the rows are wrong."""
    if not counted.denied:
        return []
    name = f"{counted.declaration.name}：签字记录为{NONE_THIS_YEAR}"
    return [Check(f"{counted.id} {NONE_THIS_YEAR}", name, counted.value, 0, False, gate=final)]


def weights_check(counted: Counted) -> list[Check]:
    """A cut rate against its parts, each weighted with its share of U0."""
    declaration = counted.declaration
    if declaration.form != "cut_rate" or not counted.parts:
        return []
    before = counted.rows[counted.rows["role"] == "U0"]
    sums = before.groupby(declaration.by)[declaration.base.column].sum()
    whole = Fraction(int(sums.sum()))
    weighted = sum((Fraction(int(sums[code])) / whole * part for code, part in counted.parts.items()), Fraction(0))
    name = f"{declaration.name} = 各{word(declaration.by)}按基数加权"
    return [Check(f"{counted.id} by {declaration.by}", name, counted.value, weighted, weighted == counted.value)]
