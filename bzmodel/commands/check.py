"""bzmodel check: all that a run reads, judged. What was found, as lines, table, JSON or workbook; nothing starts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from bzmodel.commands.options import add_city, city_folder
from bzmodel.output.files import csv_bytes, json_bytes, xlsx_bytes
from bzmodel.run.folder import replace_folder
from bzmodel.run.judging import judged_city
from bzmodel.schema import messages
from bzmodel.schema.results import BzError, Exit, Finding

_LABELS = {
    "code": "代码",
    "severity": "等级",
    "file": "文件",
    "sheet": "工作表",
    "row": "行",
    "column": "列",
    "value": "值",
    "rule": "规则",
    "mend": "处理",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_city(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for findings.csv, findings.json, result.xlsx")
    parser.add_argument("--format", choices=("lines", "csv", "json"), default="lines", help="on the screen (lines)")


def run(args: argparse.Namespace) -> int:
    """Read the city and list all findings; 2 if any of them stops a run."""
    try:
        findings: Sequence[Finding] = judged_city(city_folder(args), args.year).findings
        code = Exit.PUBLISHED
    except BzError as error:
        findings, code = error.findings, error.exit
    table = findings_table(findings, args.lang)
    _print(findings, table, args)
    if args.out:
        files = {
            "findings.csv": csv_bytes(table),
            "findings.json": json_bytes(table),
            "result.xlsx": xlsx_bytes({"问题": table}, _LABELS),
        }
        replace_folder(args.out, "check", files)
    return code


def findings_table(findings: Sequence[Finding], lang: str) -> pd.DataFrame:
    """One row a finding, with the columns of a message."""
    return pd.DataFrame(messages.records(findings, lang), columns=list(_LABELS)).astype({"row": "Int64"})


def _print(findings: Sequence[Finding], table: pd.DataFrame, args: argparse.Namespace) -> None:
    if args.json or args.format == "json":
        sys.stdout.write(json_bytes(table).decode("utf-8"))
    elif args.format == "csv":
        sys.stdout.write(csv_bytes(table).decode("utf-8"))
    elif findings:
        print("\n".join(messages.lines(findings, args.lang)))
    else:
        print({"zh": "没有发现问题。", "en": "Nothing was found."}[args.lang])
