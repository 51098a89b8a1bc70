"""What is wrong with a figure's declaration by itself, before any row is counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from bzmodel.schema.cells import Code, Day, Year
from bzmodel.schema.columns import Column
from bzmodel.schema.figures import Allowed, FigureDeclaration
from bzmodel.schema.params import Params
from bzmodel.schema.results import Finding
from bzmodel.schema.tables import TABLES


def faults(page: Mapping[str, FigureDeclaration], params: Params) -> list[Finding]:
    """Codes that their list does not have, and dates that are none. Tables and columns are told when they are read."""
    return [finding for figure, declaration in page.items() for finding in _faults(figure, declaration, params)]


def _faults(figure: str, declaration: FigureDeclaration, params: Params) -> Iterator[Finding]:
    for where in (declaration.where, declaration.where_not):
        for path, allowed in where.items():
            yield from _unknown_codes(figure, declaration.table, path, allowed, params)
    date = _column(declaration.table, declaration.date)
    if date is not None and not isinstance(date.type, Day | Year):
        yield Finding("FG-X8", column=declaration.date, value=declaration.table, about={"figure": figure})


def _unknown_codes(figure: str, table: str, path: str, allowed: Allowed, params: Params) -> Iterator[Finding]:
    column = _column(table, path)
    lists = params.page("codes")
    if column is None or not isinstance(column.type, Code) or column.type.codes not in lists:
        return
    known = lists[column.type.codes].values
    for code in allowed if isinstance(allowed, tuple) else (allowed,):
        if code not in known:
            near = get_close_matches(str(code), known, 1, 0.3)
            about = {"figure": figure, "near": near[0] if near else "、".join(known[:12])}
            yield Finding("FG-X7", column=path, value=str(code), about=about)


def _column(table: str, path: str) -> Column | None:
    """The column at the end of a path such as matter_id.dept_id; None where it leads nowhere."""
    name, _, rest = path.partition(".")
    column = next((one for one in TABLES[table].columns if one.name == name), None) if table in TABLES else None
    return _column(column.refers, rest) if rest and column is not None else column
