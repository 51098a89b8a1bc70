"""Options that several commands share, how a list or a number is read from the command line, how answers are shown."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from bzmodel.schema import messages
from bzmodel.schema.results import BadInput, Finding, Result

FORMATS = ("table", "csv", "json")


def names(text: str) -> tuple[str, ...]:
    """A list argument: one CSV record, so that a name may hold a comma inside quotes."""
    try:
        records = list(csv.reader(io.StringIO(text.strip(), newline=""), skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None
    found = tuple(name.strip() for record in records for name in record)
    if len(records) > 1 or not all(found):
        raise argparse.ArgumentTypeError(f'{text!r} is not one CSV record of names, such as: visits,"loans, total"')
    return found


def number(text: str) -> float:
    """A number of the command line, written as in a file."""
    from bzmodel.intake import normalise
    from bzmodel.schema.cells import Number

    return Number().parse(normalise.cell(text, Number())[0])


def whole(text: str) -> int:
    """A whole number of the command line, written as in a file."""
    from bzmodel.intake import normalise
    from bzmodel.schema.cells import Whole

    return Whole(None).parse(normalise.cell(text, Whole())[0])


def add_city(parser: argparse.ArgumentParser) -> None:
    """--city and --year."""
    parser.add_argument("--city", type=Path, default=None, metavar="DIR", help="a city's folder (data/example-city)")
    parser.add_argument("--year", type=int, required=True, metavar="Y", help="the report year")


def add_out(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """--out and --sheet."""
    parser.add_argument("--out", type=Path, required=required, metavar="DIR", help="folder for the results")
    parser.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook")


def add_format(parser: argparse.ArgumentParser) -> None:
    """--format."""
    says = "on the screen (table); csv: the first table, json: all"
    parser.add_argument("--format", choices=FORMATS, default="table", help=says)


def show(result: Result, form: str, more: dict[str, object] | None = None) -> None:
    """An answer on the screen: its tables and text, its first table as CSV, or all tables (and more) as JSON."""
    from bzmodel.output.files import csv_bytes, json_bytes

    if form == "csv":
        sys.stdout.write(csv_bytes(result.table).decode("utf-8"))
    elif form == "json":
        sys.stdout.write(json_bytes({**result.tables, **(more or {})}).decode("utf-8"))
    else:
        for table in result.tables.values():
            print(table.to_string(index=False, na_rep=""), end="\n\n")
        print(result.text)


def tell(findings: Iterable[Finding], lang: str, *, as_json: bool) -> None:
    """Findings on stderr: a line each, or JSON."""
    if as_json:
        print(json.dumps(messages.records(findings, lang), ensure_ascii=False, indent=1), file=sys.stderr)
    else:
        print("\n".join(messages.lines(findings, lang)), file=sys.stderr)


def city_folder(args: argparse.Namespace) -> Path:
    """The folder of --city, the example city by default. Raises BadInput if there is no city.toml in it."""
    from bzmodel.intake.city import EXAMPLE

    folder = args.city or EXAMPLE
    if not (folder / "city.toml").is_file():
        raise BadInput(Finding("IN-A1", file=str(folder / "city.toml")))
    return folder
