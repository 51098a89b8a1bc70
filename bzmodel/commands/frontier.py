"""`bzmodel frontier DATA`: data envelopment analysis on any table; scores, peers, targets."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from bzmodel.commands.options import add_format, add_out, names, number, show, tell, whole
from bzmodel.intake.tables import read_table
from bzmodel.models.need.frontier import FrontierResult, frontier, frontier_table
from bzmodel.models.need.frontier.dea import PEERS, SCORES, TARGETS
from bzmodel.models.need.frontier.rows import Request, read_units, request_findings
from bzmodel.output.files import csv_bytes, json_bytes, xlsx_bytes
from bzmodel.run.folder import refuse_foreign, replace_folder
from bzmodel.schema import messages
from bzmodel.schema.results import BadInput, Exit, Finding, collecting

_SHEETS = {"scores": "效率值", "peers": "标杆单位", "targets": "目标值"}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("data", type=Path, metavar="DATA", help="a table: CSV or XLSX, a row a unit")
    parser.add_argument("--unit", required=True, metavar="COL", help="whose row it is")
    parser.add_argument("--inputs", required=True, metavar="A,B", type=names, help="what is used: one CSV record")
    parser.add_argument("--outputs", required=True, metavar="C,D", type=names, help="what is done: one CSV record")
    parser.add_argument("--returns", choices=("vrs", "crs", "nirs"), default="vrs", help="returns to scale (vrs)")
    parser.add_argument("--bootstrap", type=whole, default=0, metavar="B", help="draws that correct the scores (0)")
    parser.add_argument("--seed", type=whole, default=1, metavar="N", help="of the draws (1)")
    parser.add_argument("--level", type=number, default=0.9, metavar="P", help="of the interval of a score (0.9)")
    add_out(parser)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Read the table, measure, write the folder or show the tables."""
    found: list[Finding] = []
    if args.out:
        with collecting(found):
            refuse_foreign(args.out, "frontier")
    with collecting(found):
        result, told = _measured(args)
    if found:
        raise BadInput(*found)
    if args.out:
        replace_folder(args.out, "frontier", _files(result))
    if args.out and args.format == "table":
        print(result.text)
    else:
        show(result, args.format, {"diagnostics": result.diagnostics})
    if findings := [*told, *result.findings]:
        tell(findings, args.lang, as_json=args.json)
    return Exit.PUBLISHED


def _measured(args: argparse.Namespace) -> tuple[FrontierResult, list[Finding]]:
    """The answer, and what is to be said of the table. Raises BadInput with all that is wrong with either."""
    asked = Request(args.unit, args.inputs, args.outputs, args.returns, args.bootstrap, args.seed, args.level)
    data, told = _data(args, asked, request_findings(asked))
    return frontier(data, **asdict(asked)), told


def _data(args: argparse.Namespace, asked: Request, found: list[Finding]) -> tuple[pd.DataFrame, list[Finding]]:
    """The table, and what is to be said of it. Raises BadInput with all that is wrong with it, after `found`."""
    try:
        reading = read_table(args.data, frontier_table(asked.unit, asked.inputs, asked.outputs), sheet=args.sheet)
    except BadInput as error:
        raise BadInput(*found, *error.findings) from None
    told = [finding for finding in reading.findings if not messages.stops(finding)]
    stopping = [finding for finding in reading.findings if messages.stops(finding)]
    unreadable = {(one.row, one.column) for one in stopping}
    of_rows: list[Finding] = []
    with collecting(of_rows):
        read_units(reading.frame, asked)
    stopping += [one for one in of_rows if (one.row, one.column) not in unreadable]
    if found or stopping:
        raise BadInput(*found, *stopping)
    return reading.frame, told


def _files(result: FrontierResult) -> dict[str, bytes]:
    sheets = {_SHEETS[name]: frame for name, frame in result.tables.items()}
    tables = {f"{name}.csv": csv_bytes(frame) for name, frame in result.tables.items()}
    return tables | {
        "diagnostics.json": json_bytes(result.diagnostics),
        "result.xlsx": xlsx_bytes(sheets, SCORES | PEERS | TARGETS),
    }
