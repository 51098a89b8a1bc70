"""What the commands on any one table share: all faults together, then the folder, the screen and the findings."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from bzmodel.commands.options import show, tell
from bzmodel.intake.tables import read_table
from bzmodel.run.folder import refuse_foreign, replace_folder
from bzmodel.schema import messages
from bzmodel.schema.columns import Table
from bzmodel.schema.results import BadInput, Exit, Finding, collecting


def answer(
    args: argparse.Namespace,
    command: str,
    compute: Callable[[argparse.Namespace], tuple[Any, list[Finding]]],
    files: Callable[[Any, list[Finding]], Mapping[str, bytes]],
) -> int:
    """Compute, write the folder of --out or show the tables, and tell the findings.

    Parameters: compute: gives the result (with `diagnostics`) and what is to be said of the table. files: name ->
    content of the folder. Raises BadInput with all that is wrong with --out, the request and the table.
    """
    found: list[Finding] = []
    if args.out:
        with collecting(found):
            refuse_foreign(args.out, command)
    with collecting(found):
        result, told = compute(args)
    if found:
        raise BadInput(*found)
    if args.out:
        replace_folder(args.out, command, files(result, told))
    if args.out and args.format == "table":
        print(result.text)
    else:
        show(result, args.format, {"diagnostics": result.diagnostics})
    if findings := [*told, *result.findings]:
        tell(findings, args.lang, as_json=args.json)
    return Exit.PUBLISHED


def read_with(
    args: argparse.Namespace, table: Table, read: Callable[[pd.DataFrame], Any], found: list[Finding]
) -> tuple[pd.DataFrame, list[Finding]]:
    """The table of DATA, and what is to be said of it. read: what the model reads of its rows.

    Raises BadInput with all that is wrong with it, after `found`; a cell that cannot be read is told once.
    """
    try:
        reading = read_table(args.data, table, sheet=args.sheet)
    except BadInput as error:
        raise BadInput(*found, *error.findings) from None
    told = [finding for finding in reading.findings if not messages.stops(finding)]
    stopping = [finding for finding in reading.findings if messages.stops(finding)]
    unreadable = {(one.row, one.column) for one in stopping}
    of_rows: list[Finding] = []
    with collecting(of_rows):
        read(reading.frame)
    stopping += [one for one in of_rows if (one.row, one.column) not in unreadable]
    if found or stopping:
        raise BadInput(*found, *stopping)
    return reading.frame, told
