"""`bzmodel wisn DIR`: standard time on any tables."""

from __future__ import annotations

import argparse
import dataclasses
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from bzmodel.commands.options import add_format, number, show, tell
from bzmodel.intake.documents import read_toml
from bzmodel.intake.tables import read_table
from bzmodel.models.need.wisn import NEED_COLUMNS, STEP_COLUMNS, level_findings, wisn
from bzmodel.models.need.wisn_tables import wisn_faults, wisn_tables
from bzmodel.models.need.working_time import CalendarYear, calendar_from
from bzmodel.output.files import csv_bytes, xlsx_bytes
from bzmodel.run.folder import refuse_foreign, replace_folder
from bzmodel.schema import messages
from bzmodel.schema.results import BadInput, Exit, Finding, Result, collecting


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="activities, workload, allowances .csv, calendar.toml")
    parser.add_argument("--level", type=number, default=0.9, metavar="P", help="of the interval of need (0.9)")
    parser.add_argument("--out", type=Path, metavar="OUT", help="folder for need.csv, steps.csv, result.xlsx")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Read DIR, compute, write OUT or show the tables."""
    found = level_findings(args.level)
    if args.out is not None:
        with collecting(found):
            _refuse_out(args.out, args.folder)
    with collecting(found):
        frames, calendar, told = read_folder(args.folder)
        tables = (frames[name] for name in ("activities", "workload", "allowances"))
        result = wisn(*tables, calendar, frames.get("staff"), level=args.level)
    if found:
        raise BadInput(*_once(found))
    if args.out is not None:
        replace_folder(args.out, "wisn", _files(result))
    if args.out is not None and args.format == "table":
        print(result.text)
    else:
        show(result, args.format)
    if told:
        tell(told, args.lang, as_json=args.json)
    return Exit.PUBLISHED


def _refuse_out(out: Path, folder: Path) -> None:
    """Raises BadInput where the results would go into what is only read, or among other files."""
    if folder.resolve() in (out.resolve(), *out.resolve().parents):
        raise BadInput(Finding("ND-E14", file=str(out)))
    refuse_foreign(out, "wisn")


Folder = tuple[dict[str, pd.DataFrame], tuple[CalendarYear, ...], list[Finding]]


def read_folder(folder: Path) -> Folder:
    """The tables and the calendar of DIR, and what is to be said of them.

    Raises BadInput with all that is wrong in any of them.
    """
    frames: dict[str, pd.DataFrame] = {}
    findings: list[Finding] = []
    calendar: tuple[CalendarYear, ...] | None = None
    for name, table in wisn_tables().items():
        path = folder / f"{name}.csv"
        if name == "staff" and not os.path.lexists(path):
            continue
        with collecting(findings):
            reading = read_table(path, table, may_be_empty=name == "allowances")
            frames[name] = reading.frame
            findings += reading.findings
    with collecting(findings):
        calendar = calendar_from(read_toml(folder / "calendar.toml"))
    if calendar is None or any(map(messages.stops, findings)):
        raise BadInput(*_once([*findings, *wisn_faults(frames, calendar)]))
    return frames, calendar, findings


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Each fault of a cell once."""
    kept: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        kept.setdefault((finding.code, *dataclasses.astuple(finding)[1:6], str(finding.about)), finding)
    return list(kept.values())


def _files(result: Result) -> dict[str, bytes]:
    sheets = {"用人需求": result.tables["need"], "逐步说明": result.tables["steps"]}
    return {
        "need.csv": csv_bytes(result.tables["need"]),
        "steps.csv": csv_bytes(result.tables["steps"]),
        "result.xlsx": xlsx_bytes(sheets, NEED_COLUMNS | STEP_COLUMNS),
    }
