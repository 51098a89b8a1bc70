"""`bzmodel frontier DATA`: data envelopment analysis on any table; scores, peers, targets."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from bzmodel.commands.any_table import answer, read_with
from bzmodel.commands.options import add_format, add_out, names, number, whole
from bzmodel.models.need.frontier import FrontierResult, frontier, frontier_table
from bzmodel.models.need.frontier.dea import PEERS, SCORES, TARGETS
from bzmodel.models.need.frontier.rows import Request, read_units, request_findings
from bzmodel.output.files import csv_bytes, json_bytes, xlsx_bytes
from bzmodel.schema.results import Finding

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
    return answer(args, "frontier", _measured, lambda result, told: _files(result))


def _measured(args: argparse.Namespace) -> tuple[FrontierResult, list[Finding]]:
    """The answer, and what is to be said of the table. Raises BadInput with all that is wrong with either."""
    asked = Request(args.unit, args.inputs, args.outputs, args.returns, args.bootstrap, args.seed, args.level)
    table = frontier_table(asked.unit, asked.inputs, asked.outputs)
    data, told = read_with(args, table, lambda frame: read_units(frame, asked), request_findings(asked))
    return frontier(data, **asdict(asked)), told


def _files(result: FrontierResult) -> dict[str, bytes]:
    sheets = {_SHEETS[name]: frame for name, frame in result.tables.items()}
    tables = {f"{name}.csv": csv_bytes(frame) for name, frame in result.tables.items()}
    return tables | {
        "diagnostics.json": json_bytes(result.diagnostics),
        "result.xlsx": xlsx_bytes(sheets, SCORES | PEERS | TARGETS),
    }
