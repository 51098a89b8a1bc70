"""`bzmodel wisn DIR`: standard time on any tables."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from bzmodel.intake.documents import read_toml
from bzmodel.intake.tables import read_table
from bzmodel.models.need.wisn import NEED_COLUMNS, STEP_COLUMNS, wisn
from bzmodel.models.need.wisn_tables import wisn_faults, wisn_tables
from bzmodel.models.need.working_time import CalendarYear, calendar_from
from bzmodel.output.files import csv_bytes, xlsx_bytes
from bzmodel.run.folder import refuse_foreign, replace_folder
from bzmodel.schema import messages
from bzmodel.schema.results import BadInput, Finding, Result


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="activities, workload, allowances .csv, calendar.toml")
    parser.add_argument("--level", type=float, default=0.9, metavar="P", help="of the interval of need (0.9)")
    parser.add_argument("--out", type=Path, metavar="OUT", help="folder for need.csv, steps.csv, result.xlsx")


def run(args: argparse.Namespace) -> int:
    """Read DIR, compute, write OUT or print the need."""
    if args.out is not None:
        if args.out.resolve() == args.folder.resolve():
            raise BadInput(Finding("ND-E14", file=str(args.out)))
        refuse_foreign(args.out, "wisn")
    frames, calendar, warnings = read_folder(args.folder)
    for line in messages.lines(warnings, args.lang):
        print(line, file=sys.stderr)
    result = wisn(
        frames["activities"], frames["workload"], frames["allowances"], calendar, frames.get("staff"), level=args.level
    )
    if args.out is not None:
        replace_folder(args.out, "wisn", _files(result))
        print(result.text)
    else:
        print(result.table.to_string(index=False, na_rep=""))
        print(result.text)
    return 0


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
        if name == "staff" and not path.exists():
            continue
        try:
            reading = read_table(path, table)
        except BadInput as refused:
            if name == "allowances" and all(finding.code == "IN-A5" for finding in refused.findings):
                frames[name] = table.no_rows()  # a header alone says that there are none
            else:
                findings += refused.findings
        else:
            frames[name] = reading.frame
            findings += reading.findings
    try:
        calendar = calendar_from(read_toml(folder / "calendar.toml"))
    except BadInput as refused:
        findings += refused.findings
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
