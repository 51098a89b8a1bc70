"""bzmodel figures: the counted figures of a year, one of them down to its rows."""

from __future__ import annotations

import argparse
import sys
import unicodedata

import pandas as pd

from bzmodel.commands.options import FORMATS, add_city, city_folder, tell
from bzmodel.intake.city import City, load_city
from bzmodel.models.figures import count_figures
from bzmodel.output.files import cell_text, csv_bytes, json_bytes
from bzmodel.schema import messages
from bzmodel.schema.columns import Tables
from bzmodel.schema.results import BadInput, Exit, Finding, Result

COLUMNS = ("id", "name", "value", "printed", "unit", "definition", "scope", "date", "owner", "last_year", "rows")
_ON_SCREEN = ("id", "name", "printed", "unit", "last_year", "rows", "date", "scope")
_WIDEST = 40


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_city(parser)
    parser.add_argument("--id", metavar="C08", help="one figure, with the rows it was counted from")
    parser.add_argument("--format", choices=FORMATS, default="table", help="on the screen (table)")


def run(args: argparse.Namespace) -> int:
    """Count and print; 2 if a finding stops what depends on the figures."""
    folder = city_folder(args)
    city = load_city(folder, args.year)
    result = count_figures(city.tables, city.params, year=args.year, last_year=_last_year(city))
    table = _asked(result, args.id)
    if args.format == "csv":
        sys.stdout.write(csv_bytes(table).decode("utf-8"))
    elif args.format == "json":
        sys.stdout.write(json_bytes(table.to_dict("records")).decode("utf-8"))
    else:
        print(_screen(result, table, args.id))
    findings = [f for f in result.findings if not args.id or f.about.get("figure") == args.id]
    if findings:
        tell(findings, args.lang, as_json=args.json)
    return Exit.BAD_INPUT if any(messages.stops(finding) for finding in findings) else Exit.PUBLISHED


def _last_year(city: City) -> Tables | None:
    """The year before, as it was reported then; a city that has none leaves the column blank."""
    return load_city(city.folder, city.year - 1).tables if city.year - 1 in city.years else None


def _asked(result: Result, figure: str | None) -> pd.DataFrame:
    table = result.table[list(COLUMNS)]
    if figure is None:
        return table
    if figure not in set(table["id"]):
        raise BadInput(Finding("FG-X5", value=figure))
    return table[table["id"] == figure]


def _screen(result: Result, table: pd.DataFrame, figure: str | None) -> str:
    if figure is None:
        return f"{aligned(table[list(_ON_SCREEN)])}\n\n{result.text}"
    one = table.iloc[0]
    lines = [f"{figure} {one['name']}：{one['printed']} {one['unit']}", one["definition"]]
    parts = result.tables["figure_parts"].query("id == @figure")
    lines += [f"  {part.code}：{part.printed} {part.unit}" for part in parts.itertuples()]
    lines += [f"  {check.name}：{_passed(check.passed)}" for check in result.checks if check.id.split()[0] == figure]
    rows = result.figure(figure).rows
    return "\n".join([*lines, "", aligned(rows[["source_row", *(c for c in rows if c != "source_row")]])])


def _passed(passed: bool | None) -> str:
    return {True: "相符", False: "不符", None: "不适用"}[passed]


def aligned(frame: pd.DataFrame) -> str:
    """A frame as columns on a screen, where a Chinese character is two wide."""
    cells = [
        [str(name) for name in frame],
        *([_cut(cell_text(v)) for v in row] for row in frame.itertuples(index=False)),
    ]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _cut(text: str) -> str:
    while _width(text) > _WIDEST:
        text = text[:-2] + "…"
    return text
