"""The hours one person can give to the work in a year, and what an allowance takes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field, ValidationError

from bzmodel.schema.params import Entry
from bzmodel.schema.results import BadInput, Finding

Days = Annotated[float, Field(strict=True, ge=0, le=366, allow_inf_nan=False)]


def exact(value: Any) -> Fraction:
    """A number as the rational it was written as: .1 is one tenth."""
    if isinstance(value, int | Decimal | Fraction):
        return Fraction(value)
    return Fraction(repr(float(value)))


@dataclass(frozen=True)
class AvailableTime:
    """Available working time of one person in a year. days [days], hours_per_day [hours], utilisation [share].

    **Source**: WHO, WISN User's Manual 2010: AWT = [A − (B + C + D + E)] · F, here times the utilisation.
    """

    days: Fraction
    hours_per_day: Fraction
    days_per_week: Fraction
    utilisation: Fraction

    @property
    def hours(self) -> Fraction:
        """AWT [hours a year]."""
        return self.days * self.hours_per_day * self.utilisation

    def hours_of(self, amount: Fraction, measure: str) -> Fraction:
        """An allowance as hours a year of one person; `measure` is a key of MEASURES."""
        return amount * MEASURES[measure](self)

    def at(self, utilisation: Fraction) -> AvailableTime:
        """The same time at another utilisation."""
        return replace(self, utilisation=utilisation)


#: Hours a year of one person in one unit of the measure. A day is one available day.
MEASURES = {
    "share": lambda time: time.hours,
    "min/day": lambda time: time.days / 60,
    "h/day": lambda time: time.days,
    "min/week": lambda time: time.days / time.days_per_week / 60,
    "h/week": lambda time: time.days / time.days_per_week,
    "h/month": lambda time: Fraction(12),
    "h/year": lambda time: Fraction(1),
    "day/year": lambda time: time.hours_per_day,
}


class CalendarYear(Entry):
    """One entry of calendar.toml: in force from a year to the next entry, for one category of posts or all."""

    since: int = Field(alias="from", strict=True, ge=1949, le=2099)
    category: str | None = None
    possible_days: Days
    public_holidays: Days = 0
    annual_leave: Days = 0
    sick_leave: Days = 0
    training: Days = 0
    hours_per_day: float = Field(strict=True, ge=0, le=24, allow_inf_nan=False)
    days_per_week: float = Field(5, strict=True, gt=0, le=7, allow_inf_nan=False)
    utilisation: float = Field(1, strict=True, ge=0, le=1, allow_inf_nan=False)

    @property
    def time(self) -> AvailableTime:
        """The available time it gives."""
        away = (self.public_holidays, self.annual_leave, self.sick_leave, self.training)
        return AvailableTime(
            days=exact(self.possible_days) - sum(map(exact, away)),
            hours_per_day=exact(self.hours_per_day),
            days_per_week=exact(self.days_per_week),
            utilisation=exact(self.utilisation),
        )


def calendar_from(document: Mapping[str, Any], *, file: str = "calendar.toml") -> tuple[CalendarYear, ...]:
    """The entries of a parsed calendar.toml.

    Raises BadInput with all findings: unknown or missing keys, values out of range, an entry twice.
    """
    findings = [Finding("ND-E15", file=file, column=name) for name in document if name != "calendar"]
    rows = document.get("calendar", [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise BadInput(*findings, Finding("ND-E7", file=file, column="calendar", about={"why": "[[calendar]]"}))
    entries: list[CalendarYear] = []
    for number, row in enumerate(rows, 1):
        try:
            entries.append(CalendarYear.model_validate(row))
        except ValidationError as error:
            findings += _entry_findings(file, number, error)
    findings += calendar_faults(entries, file=file)
    if findings:
        raise BadInput(*findings)
    return tuple(entries)


def calendar_faults(calendar: Sequence[CalendarYear], *, file: str = "calendar.toml") -> list[Finding]:
    """Entries that leave no time to work, or stand twice."""
    findings = []
    seen: set[tuple[int, str]] = set()
    for entry in calendar:
        named = f"from = {entry.since}" + (f", category = {entry.category}" if entry.category else "")
        if entry.time.days <= 0 or entry.time.hours <= 0:
            about = {"days": float(entry.time.days), "hours": float(entry.time.hours)}
            findings.append(Finding("ND-E5", file=file, value=named, about=about))
        key = (entry.since, entry.category or "")
        if key in seen:
            findings.append(Finding("ND-E1", file=file, value=named, about={"first": file}))
        seen.add(key)
    return findings


def time_in(calendar: Iterable[CalendarYear], year: int, category: str) -> AvailableTime | None:
    """The available time in force for a category in a year: its own calendar before the one for all."""
    fitting = [e for e in calendar if e.since <= year and (e.category or None) in (None, category or None)]
    return max(fitting, key=lambda entry: (bool(entry.category), entry.since)).time if fitting else None


def _entry_findings(file: str, number: int, error: ValidationError) -> list[Finding]:
    findings = []
    for fault in error.errors():
        column = f"calendar[{number}]." + ".".join(re.sub(r"^since$", "from", str(part)) for part in fault["loc"])
        code = "ND-E15" if fault["type"] == "extra_forbidden" else "ND-E7"
        value = "" if isinstance(fault["input"], Mapping) else str(fault["input"])
        findings.append(Finding(code, file=file, column=column, value=value, about={"why": fault["msg"]}))
    return findings
