"""bzmodel explain: why this number, head by head, from a published year or from the folder of an allocation."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from bzmodel.commands.options import city_folder
from bzmodel.intake.tables import read_table
from bzmodel.run.places import reports_folder
from bzmodel.run.publication import Publication
from bzmodel.schema.columns import Table
from bzmodel.schema.messages import stops
from bzmodel.schema.results import BadInput, Exit, Finding
from bzmodel.schema.tables import TABLES
from bzmodel.schema.words import word

_WORDS = {
    "title": ("为什么是这个数：{name}（{unit}）", "Why this number: {name} ({unit})"),
    "answer": (
        "现核定 {current}，测算需求 {need}，建议核定 {proposal}",
        "current {current}, need {need}, proposal {proposal}",
    ),
    "route": (
        "需求的路径：{route}（{method}），90% 区间 {low}–{high}",
        "route of the need: {route} ({method}), 90 % {low}–{high}",
    ),
    "need": ("一、从工作到需求", "1. from work to need"),
    "proposal": ("二、从需求到建议", "2. from need to proposal"),
    "binding": ("在限的规则：{rules}", "rules at their limit: {rules}"),
}  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("unit", metavar="UNIT", help="unit_id")
    parser.add_argument("--city", type=Path, metavar="DIR", help="a city's folder (data/example-city)")
    parser.add_argument("--year", type=int, metavar="Y", help="a published year of the city")
    parser.add_argument("--dir", type=Path, metavar="DIR", help="the folder of an allocation instead")
    parser.add_argument("--kind", metavar="K", help="one kind of quota only")


def run(args: argparse.Namespace) -> int:
    """Print the steps of one unit. Raises BadInput where there is no such unit or nothing published."""
    if (args.dir is None) == (args.year is None):
        raise BadInput(Finding("CM-ARGS", about={"why": "--year / --dir", "usage": "bzmodel explain UNIT --year Y"}))
    folder = args.dir if args.dir is not None else _published(args)
    print("\n".join(_lines(folder, args)))
    return Exit.PUBLISHED


def _published(args: argparse.Namespace) -> Path:
    place = reports_folder(city_folder(args)) / str(args.year)
    current = Publication(place).current()
    if current is None:
        raise BadInput(Finding("CM-NONE", file=str(place), about={"year": args.year}))
    return current


def _lines(folder: Path, args: argparse.Namespace) -> Iterator[str]:
    allocation = _rows(folder, "allocation", args)
    if allocation is None or allocation.empty:
        raise BadInput(Finding("CM-UNIT", value=args.unit, file=str(folder)))
    explanation, need = _rows(folder, "explanation", args), _rows(folder, "need", args)
    at = 1 if args.lang == "en" else 0
    for row in allocation.itertuples():
        name = row.name if isinstance(getattr(row, "name", None), str) else row.unit_id
        yield _WORDS["title"][at].format(name=name, unit=("，", ", ")[at].join(filter(None, (row.unit_id, row.kind))))
        current = "—" if pd.isna(row.current) else row.current
        yield _WORDS["answer"][at].format(current=current, need=f"{row.need:.1f}", proposal=row.proposal)
        if need is not None:
            own = need[need["kind"] == row.kind]
            method = own["method"].iloc[0] if len(own) else ""
            yield from _need_lines(own, _steps(folder, (row.unit_id, row.kind, method)), at)
        yield _WORDS["proposal"][at]
        yield from _step_lines(explanation[explanation["kind"] == row.kind].to_dict("records"), at)
        if isinstance(row.binding_rules, str):
            yield _WORDS["binding"][at].format(rules=row.binding_rules.replace(";", "、"))


def _need_lines(need: pd.DataFrame, steps: Sequence[dict[str, Any]], at: int) -> Iterator[str]:
    for row in need.itertuples():
        yield _WORDS["route"][at].format(
            route=row.route, method=word(row.method, ("zh", "en")[at]), low=f"{row.low:.1f}", high=f"{row.high:.1f}"
        )
    if steps:
        yield _WORDS["need"][at]
        yield from _step_lines(steps, at)


def _step_lines(steps: Sequence[dict[str, Any]], at: int) -> Iterator[str]:
    for step in steps:
        cause = word(step["cause"], ("zh", "en")[at])
        source = step.get("source", step.get("rule"))
        because = f"（{source}）" if isinstance(source, str) and source else ""
        before, after = float(step["before"]), float(step["after"])
        yield f"  {before:10.3f} → {after:10.3f}  {after - before:+10.3f}  {cause}{because}"


def _rows(folder: Path, name: str, args: argparse.Namespace) -> pd.DataFrame | None:
    """The unit's rows of a recorded table; None where nobody recorded it."""
    path = next(iter([*sorted(folder.glob(f"{name}.csv")), *sorted(folder.glob(f"*/{name}.csv"))]), None)
    if path is None:
        return None
    reading = read_table(path, _of_any_kind(TABLES[name]))
    if faults := [finding for finding in reading.findings if stops(finding)]:
        raise BadInput(*faults)
    frame = reading.frame.assign(kind=reading.frame["kind"].fillna(""))
    rows = frame[frame["unit_id"] == args.unit]
    return rows if args.kind is None else rows[rows["kind"] == args.kind]


def _of_any_kind(table: Table) -> Table:
    """The table with its kind of quota left open: an allocation may know only one, without a name."""
    columns = (replace(one, optional=True) if one.name == "kind" else one for one in table.columns)
    return replace(table, columns=tuple(columns))


def _steps(folder: Path, key: tuple[str, str, str]) -> list[dict[str, Any]]:
    """The steps that a method recorded for a unit and kind, from 0 to its need."""
    for path in sorted(folder.glob("20-workload/*.json")):
        said = json.loads(path.read_text(encoding="utf-8"))
        steps = [step for step in said.get("steps", ()) if tuple(step["key"]) == key]
        if steps:
            return steps
    return []
