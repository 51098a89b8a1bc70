"""The figures of a year as one Result: the table that a document, a page and a check read."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from bzmodel.models.figures.checks import held_against, signed_check, stated_check, subset_checks, weights_check
from bzmodel.models.figures.counting import NO_DATA, Count, Counted
from bzmodel.models.figures.declared import faults
from bzmodel.models.figures.printing import PRINTED, formed
from bzmodel.models.figures.rows import NONE_THIS_YEAR
from bzmodel.schema.columns import Tables
from bzmodel.schema.figures import FigureDeclaration
from bzmodel.schema.params import Params
from bzmodel.schema.results import BadInput, Check, Figure, Result


def count_figures(
    tables: Tables,
    params: Params,
    *,
    year: int,
    last_year: Tables | None = None,
    census_on: dt.date | None = None,
    final: bool = False,
) -> Result:
    """All figures that params/figures.toml declares, for one year.

    Parameters
    ----------
    tables: a city's tables of the year. params: page `figures`.
    year: Y; figures at a date are of 31 December. last_year: the tables of the year before, counted likewise; without
    them the column is blank. census_on: the census day, of figures `when = "D"`. final: identities become gates.

    Returns
    -------
    Result: tables `figures`, `figure_parts` (those printed apart, by code) and `figure_forms` (printed without their
    absolute number); every figure with its rows [source_row].

    Raises
    ------
    BadInput: a declaration names a table, a column, a code or a figure that does not exist.

    Source
    ------
    domain.md 4.1; tables.md "The 28 figures".

    Notes
    -----
    A figure of 0 without a signed record is a finding; with one (`exceptions`, 本年无此项) its value is None,
    unless rows of the year stand: then they are counted, and the record is a finding that stops the final edition.
    """
    page = params.page("figures")
    if wrong := faults(page, params):
        raise BadInput(*wrong)
    count = Count(tables, page, year=year, census_on=census_on)
    before = Count(last_year, page, year=year - 1) if last_year is not None else None
    counted = count.all()
    checks, findings = [], [finding for one in counted for finding in one.findings]
    for one in counted:
        for more_checks, more_findings in (
            held_against(one, count, final=final),
            subset_checks(one, count),
            stated_check(one, count, final=final),
            (weights_check(one), []),
            (signed_check(one, final=final), []),
        ):
            checks += more_checks
            findings += more_findings
    return Result(
        name="figures",
        tables={
            "figures": _table(counted, before, count),
            "figure_parts": _parts(counted),
            "figure_forms": _forms(counted, before, count),
        },
        text=_text(counted, checks, year),
        findings=tuple(findings),
        checks=tuple(checks),
        figures=tuple(_figure(one) for one in counted),
    )


def _figure(one: Counted) -> Figure:
    definition = one.declaration.definition + (f"；{one.reason}" if one.reason else "")
    shown = {"name": one.declaration.name, "printed": one.printed}
    return Figure(one.id, one.value, one.declaration.unit, definition, one.rows, **shown)


def _table(counted: tuple[Counted, ...], before: Count | None, count: Count) -> pd.DataFrame:
    rows = [
        {
            "id": one.id,
            "name": one.declaration.name,
            "value": None if one.value is None else float(one.value),
            "printed": one.printed,
            "unit": one.declaration.unit,
            "definition": _figure(one).definition,
            "scope": one.declaration.scope,
            "date": _date(one.declaration, count),
            "owner": one.declaration.owner,
            "last_year": _before(one.id, before),
            "rows": len(one.rows),
        }
        for one in counted
    ]
    return pd.DataFrame(rows).astype({"value": "float64", "last_year": "float64", "rows": "Int64"})


def _before(figure: str, before: Count | None) -> float | None:
    value = before.of(figure).value if before is not None else None
    return None if value is None else float(value)


def _date(declaration: FigureDeclaration, count: Count) -> str:
    year = count.year - (declaration.when == "Y-1")
    if declaration.when == "D":
        return count.census_on.isoformat() if count.census_on else ""
    return {"P": f"至{year}-12-31", "E": f"{year}-12-31"}.get(declaration.when, f"{year}-01-01至{year}-12-31")


def _parts(counted: tuple[Counted, ...]) -> pd.DataFrame:
    rows = [
        (one.id, one.declaration.by, code, float(value), PRINTED[one.declaration.printed](value), one.declaration.unit)
        for one in counted
        for code, value in one.parts.items()
    ]
    return pd.DataFrame(rows, columns=["id", "by", "code", "value", "printed", "unit"])


def _forms(counted: tuple[Counted, ...], before: Count | None, count: Count) -> pd.DataFrame:
    rows = []
    for one in counted:
        if one.value is not None:
            of = one.declaration.ratio_of
            whole = count.of(of).value if of else None
            last = before.of(one.id).value if before is not None else None
            rows += [(one.id, form, text) for form, text in formed(one.value, whole=whole, last_year=last).items()]
    return pd.DataFrame(rows, columns=["id", "form", "printed"], dtype="str")


def _text(counted: tuple[Counted, ...], checks: list[Check], year: int) -> str:
    none = [one.id for one in counted if one.printed == NONE_THIS_YEAR]
    absent = [one.id for one in counted if one.printed == NO_DATA]
    failed = [check.id for check in checks if check.passed is False]
    text = f"{year}年共计数{len(counted)}项，每项均可追溯到所依据的行。"
    for word, names in ((NONE_THIS_YEAR, none), (NO_DATA, absent), ("核对不符", failed)):
        if names:
            text += f"{word}：{'、'.join(names)}。"
    return text
