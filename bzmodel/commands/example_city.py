"""bzmodel example-city: the synthetic city as files, byte for byte the same each time."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from bzmodel.models.synthetic import synthetic_city
from bzmodel.output.files import csv_bytes, xlsx_bytes
from bzmodel.schema.results import Exit
from bzmodel.schema.tables import TABLES

#: These come as workbooks, to show the other door.
WORKBOOKS = ("workload", "quotas")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder to write into; files it does not make (city.toml, rules, texts) stay",
    )


def run(args: argparse.Namespace) -> int:
    """Write every file of the synthetic city below the folder."""
    for path, content in city_files().items():
        target = args.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return Exit.PUBLISHED


def city_files() -> dict[str, bytes]:
    """Path inside the city's folder -> content, headings in Chinese."""
    return dict(_file(path, frame) for path, frame in synthetic_city().items())


def _file(path: str, frame: pd.DataFrame) -> tuple[str, bytes]:
    name = path.rpartition("/")[2]
    if path.startswith("truth/"):
        return f"{path}.csv", csv_bytes(frame)
    labels = _labels(name)
    if name in WORKBOOKS:
        return f"{path}.xlsx", xlsx_bytes({TABLES[name].label: frame}, labels)
    return f"{path}.csv", csv_bytes(frame.rename(columns=labels))


def _labels(name: str) -> Mapping[str, str]:
    return {column.name: column.label for column in TABLES[name].columns}
