"""bzmodel explain: why this number, head by head, from a published year or from the folder of an allocation."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from bzmodel.commands.options import city_folder
from bzmodel.intake.city import load_city, read_config
from bzmodel.intake.documents import read_toml
from bzmodel.intake.tables import read_table
from bzmodel.models.succession import carried
from bzmodel.run.manifest import entries_of, said_of
from bzmodel.run.places import reports_folder
from bzmodel.run.publication import Publication
from bzmodel.schema.columns import Table
from bzmodel.schema.messages import stops
from bzmodel.schema.results import BadInput, Exit, Finding
from bzmodel.schema.tables import TABLES
from bzmodel.schema.words import word

_WORKLOAD = "20-workload"  # the notebook that measures need
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
    "norm": ("需求的路径：{route}（{method}）", "route of the need: {route} ({method})"),
    "outside": (
        "测算需求 {need}，不在分配范围",
        "need {need}, not within the scope of the allocation",
    ),
    "need": ("一、从工作到需求", "1. from work to need"),
    "proposal": ("二、从需求到建议", "2. from need to proposal"),
    "binding": ("在限的规则：{rules}", "rules at their limit: {rules}"),
}  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("unit", metavar="UNIT", help="unit_id")
    parser.add_argument("--city", type=Path, metavar="DIR", help="a city's folder (data/example-city)")
    parser.add_argument("--year", type=int, metavar="Y", help="a published year of the city (the latest)")
    parser.add_argument("--dir", type=Path, metavar="DIR", help="the folder of an allocation instead")
    parser.add_argument("--kind", metavar="K", help="one kind of quota only")


def run(args: argparse.Namespace) -> int:
    """Print the steps of one unit. Raises BadInput where there is no such unit or nothing published."""
    if args.dir is not None and args.year is not None:
        raise BadInput(Finding("CM-ARGS", about={"why": "--year / --dir", "usage": "bzmodel explain UNIT --year Y"}))
    folder = args.dir if args.dir is not None else _published(args)
    print("\n".join(_lines(folder, args)))
    return Exit.PUBLISHED


def _published(args: argparse.Namespace) -> Path:
    """The published set of the year asked for, else of the latest."""
    city = city_folder(args)
    years = [args.year] if args.year is not None else sorted(read_config(city).years, reverse=True)
    for year in years:
        if current := Publication(reports_folder(city) / str(year)).current():
            return current
    raise BadInput(Finding("CM-NONE", file=str(reports_folder(city)), about={"year": years[0]}))


def _lines(folder: Path, args: argparse.Namespace) -> Iterator[str]:
    """The unit kind by kind: its answer, from work to need, from need to proposal, the rules at their limit."""
    allocation, need = _rows(folder, "allocation", args), _rows(folder, "need", args)
    explanation = _rows(folder, "explanation", args)
    kinds = dict.fromkeys(kind for table in (allocation, need) if table is not None for kind in table["kind"])
    if not kinds:
        raise BadInput(Finding("CM-UNIT", value=args.unit, file=str(folder)))
    said = _Words(1 if args.lang == "en" else 0, _provisions(folder))
    grades = _grades(folder, args)
    for kind in kinds:
        own = [table[table["kind"] == kind] if table is not None else None for table in (allocation, need, explanation)]
        yield from _kind_lines(folder, said, grades, args.unit, kind, *own)


def _kind_lines(
    folder: Path, said: _Words, grades: Mapping[str, str], unit: str, kind: str,
    allocation: pd.DataFrame | None, need: pd.DataFrame | None, explanation: pd.DataFrame | None,
) -> Iterator[str]:  # fmt: skip
    allotted = next(allocation.itertuples(), None) if allocation is not None else None
    name = getattr(allotted, "name", None)
    label = said.joined(filter(None, (unit, kind)))
    yield said("title", name=name if isinstance(name, str) else unit, unit=label)
    if allotted is None:
        yield said("outside", need=f"{need['need'].iloc[0]:.1f}")
    else:
        current = "—" if pd.isna(allotted.current) else allotted.current
        yield said("answer", current=current, need=f"{allotted.need:.1f}", proposal=allotted.proposal)
    if need is not None and len(need):
        yield from _need_lines(next(need.itertuples()), folder, said, grades)
    if allotted is not None:
        yield said("proposal")
        yield from said.steps(explanation.to_dict("records"))
        if isinstance(allotted.binding_rules, str):
            yield said("binding", rules=said.joined(map(said.rule, allotted.binding_rules.split(";"))))


def _need_lines(need: Any, folder: Path, said: _Words, grades: Mapping[str, str]) -> Iterator[str]:
    route = {"route": need.route, "method": word(need.method, said.lang)}
    if need.low == need.high:  # a norm has no interval
        yield said("norm", **route)
    else:
        yield said("route", **route, low=f"{need.low:.1f}", high=f"{need.high:.1f}")
    steps = _steps(folder, (need.unit_id, need.kind, need.method))
    if steps:
        yield said("need")
        graded = ((step, grades.get(step["source"].partition(" ")[0], "")) for step in steps)
        yield from said.steps(
            step | {"source": said.joined((step["source"], grade))} if grade and step["cause"] == "activity" else step
            for step, grade in graded
        )


@dataclass(frozen=True)
class _Words:
    """How this is said in a language. at: 0 Chinese, 1 English; provisions: rule -> number of its document."""

    at: int
    provisions: Mapping[str, str]

    @property
    def lang(self) -> str:
        return ("zh", "en")[self.at]

    def __call__(self, words: str, **bound: Any) -> str:
        return _WORDS[words][self.at].format(**bound)

    def joined(self, parts: Iterable[str]) -> str:
        return ("，", ", ")[self.at].join(parts)

    def in_brackets(self, words: str) -> str:
        return ("（{}）", " ({})")[self.at].format(words)

    def rule(self, rule: str) -> str:
        """A rule with the document it stands in: R01（示编委〔2021〕1号）, R02/拨款（…）."""
        source = self.provisions.get(rule.partition("/")[0], "")
        return rule + (self.in_brackets(source) if source else "")

    def steps(self, steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        for step in steps:
            source = step.get("source", step.get("rule"))
            because = self.in_brackets(source) if isinstance(source, str) and source else ""
            before, after = float(step["before"]), float(step["after"])
            cause = word(step["cause"], self.lang)
            yield f"  {before:10.3f} → {after:10.3f}  {after - before:+10.3f}  {cause}{because}"


def _provisions(folder: Path) -> dict[str, str]:
    """Rule -> number of its document, from the rules that lie beside the allocation."""
    path = next(iter([*folder.glob("rules.toml"), *sorted(folder.glob("*/allocation/rules.toml"))]), None)
    rules = read_toml(path).get("rule", ()) if path else ()
    return {rule["id"]: rule.get("source", "") for rule in rules if "id" in rule}


def _grades(folder: Path, args: argparse.Namespace) -> dict[str, str]:
    """activity_id -> how the unit's volume of it is known (系统导出, 统计, 自报); nothing outside a city's year."""
    entry = entries_of(folder).get(_WORKLOAD) if args.dir is None else None
    if entry is None:
        return {}
    year = said_of(folder)["year"]
    tables = carried(load_city(city_folder(args), year).tables, until=dt.date(year, 12, 31))
    if "source_grade" not in tables.get("workload", ()):
        return {}
    rows, measured = tables["workload"], entry.parameters.get("workload_year", year - 1)
    own = rows[(rows["unit_id"] == args.unit) & (rows["workload_year"] == measured)]
    grades = own.dropna(subset=["source_grade"]).groupby("activity_id")["source_grade"]
    return {activity: "、".join(sorted(set(graded))) for activity, graded in grades}


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
    for path in sorted(folder.glob(f"{_WORKLOAD}/*.json")):
        said = json.loads(path.read_text(encoding="utf-8"))
        steps = [step for step in said.get("steps", ()) if tuple(step["key"]) == key]
        if steps:
            return steps
    return []
