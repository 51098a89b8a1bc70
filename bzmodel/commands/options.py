"""Options that several commands share, and how a list or a number is read from the command line."""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path

from bzmodel.schema.results import BadInput, Finding


def names(text: str) -> tuple[str, ...]:
    """A list argument: one CSV record, so that a name may hold a comma inside quotes."""
    return tuple(name.strip() for name in next(csv.reader(io.StringIO(text), skipinitialspace=True), []))


def add_city(parser: argparse.ArgumentParser) -> None:
    """--city and --year."""
    parser.add_argument("--city", type=Path, default=None, metavar="DIR", help="a city's folder (data/example-city)")
    parser.add_argument("--year", type=int, required=True, metavar="Y", help="the report year")


def add_out(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """--out and --sheet."""
    parser.add_argument("--out", type=Path, required=required, metavar="DIR", help="folder for the results")
    parser.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook")


def city_folder(args: argparse.Namespace) -> Path:
    """The folder of --city, the example city by default. Raises BadInput if there is no city.toml in it."""
    from bzmodel.intake.city import EXAMPLE

    folder = args.city or EXAMPLE
    if not (folder / "city.toml").is_file():
        raise BadInput(Finding("IN-A1", file=str(folder / "city.toml")))
    return folder
