"""bzmodel allocate: units and rules from files -> a plan, its explanation and its proof in one folder."""

from __future__ import annotations

import argparse
import hashlib
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from bzmodel.commands.options import add_out
from bzmodel.intake.tables import read_table
from bzmodel.models.allocation import Plan, allocate, faults, rules_findings, telling, units_table
from bzmodel.models.allocation.rows import TOO_LARGE
from bzmodel.output.disclosure import Listing, Publishable, highest, protect
from bzmodel.output.documents import Part, report_page
from bzmodel.output.files import csv_bytes, json_bytes, xlsx_bytes
from bzmodel.run.folder import refuse_foreign, replace_folder
from bzmodel.schema import messages
from bzmodel.schema.cells import Day, Number, Text, Whole, Year
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.results import BadInput, Exit, Finding, Result, place
from bzmodel.schema.tables import TABLES

LABELS = {
    "value": "组", "activity": "合计", "at_least": "下限", "at_most": "上限", "holds": "成立", "source": "依据",
    "rule": "规则", "id": "规则", "units": "单位", "sentence": "内容",
}  # fmt: skip
_CHANGES = ("unit_id", "name", "need", "current", "proposal", "change", "binding_rules")
_STEPS = 2
_PINS = Table("pins", "既定编制数", key=(), columns=(
    Column("unit_id", "单位代码", Text()),
    Column("kind", "编制类别", Text(), optional=True),
    Column("authorised", "核定数", Whole(), optional=True),
    Column("document_id", "文号", Text(), optional=True),
    Column("decided_on", "核定日期", Day(), optional=True),
))  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("units", type=Path, metavar="UNITS", help="one row per unit and kind of quota")
    parser.add_argument("--rules", type=Path, required=True, metavar="RULES.toml", help="cost and rules")
    parser.add_argument("--need", default="need", metavar="COL", help="the column of the need (need)")
    parser.add_argument("--current", default="current", metavar="COL", help="the column of current posts (current)")
    parser.add_argument("--year", type=int, metavar="Y", help="the rows of this year only")
    parser.add_argument("--total", type=int, metavar="N", help="replaces the limits of the total")
    parser.add_argument("--pin", type=Path, metavar="DECIDED.csv", help="numbers that are decided")
    add_out(parser, required=True)


def run(args: argparse.Namespace) -> int:
    """Read, solve, write the folder; 3 where no plan is proved."""
    refuse_foreign(args.out, "allocate")
    rules = rules_of(args.rules)
    try:
        units, told, changed = _units(args, rules)
        pins, wrong = _read(args.pin, _PINS) if args.pin else (None, [])
    except BadInput as error:
        raise BadInput(*error.findings, *rules_findings(rules, args.rules.name)) from None
    asked = {"total": args.total, "pins": pins, "rules_file": args.rules.name}
    if any(map(messages.stops, told := [*told, *wrong])):
        raise BadInput(*told, *_further(told, faults(units, rules, **asked), args))
    plan = allocate(units, rules, staircase=_STEPS, told=told, **asked)
    pinned = pins is not None and bool(pins["authorised"].notna().any())
    raw = args.units.suffix.lower() == ".csv" and not changed and not pinned
    units_bytes = args.units.read_bytes() if raw else csv_bytes(plan.units.drop(columns="source_row", errors="ignore"))
    same = args.total is None and not pinned
    rules_bytes = args.rules.read_bytes() if same else toml_bytes(plan.rules)
    replace_folder(args.out, "allocate", allocation_files(plan, units_bytes, rules_bytes))
    print(plan.text)
    for line in messages.lines(plan.findings, args.lang):
        print(line, file=sys.stderr)
    return Exit.PUBLISHED if plan.status in ("optimal", "gap") else Exit.INFEASIBLE


def allocation_files(plan: Plan, units_bytes: bytes, rules_bytes: bytes) -> dict[str, bytes]:
    """The files of a plan (name -> content), as `bzmodel certify` takes them; the manifest is its writer's.

    Parameters: units_bytes, rules_bytes: CSV and TOML that read back to what was solved.
    """
    inputs = {"units.csv": units_bytes, "rules.toml": rules_bytes}
    pieces = list(_pieces(plan))
    page = report_page("编制分配方案", [Part("html", piece.html) for piece in pieces],
                       marking=highest(piece.marking for piece in pieces))  # fmt: skip
    files = {"report.html": page}
    if plan.conflict is None:
        tables = {name: plan.tables[name] for name in ("allocation", "explanation")}
        files |= {f"{name}.csv": csv_bytes(frame) for name, frame in tables.items()}
        headings = {column.name: column.label for name in tables for column in TABLES[name].columns}
        files["result.xlsx"] = xlsx_bytes({TABLES[name].label: frame for name, frame in tables.items()}, headings)
    else:
        files["conflict.json"] = json_bytes(plan.conflict)
    hashes = {"inputs_sha256": _hashes(inputs), "files_sha256": _hashes(files)}
    return inputs | files | {"certificate.json": json_bytes({**plan.certificate, **hashes})}


def _hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}


def _pieces(plan: Plan) -> Iterator[Publishable]:
    """The page: the plan in words, who gains and loses, the staircase, the proof, or the conflict."""
    yield _shown(Result(plan.name, {}, plan.text, findings=plan.findings))
    if plan.conflict is not None:
        members = pd.DataFrame(plan.conflict["members"])
        yield _shown(Listing("不能同时满足的规则", members.assign(sentence=_sentences(plan, members["rule"]))))
        return
    changed = telling.changes(plan.table)[list(_CHANGES)]
    for title, rows in (("增加的单位", changed["change"] > 0), ("减少的单位", changed["change"] < 0)):
        yield _shown(Listing(title, changed[rows], "allocation"))
    if len(plan.tables["staircase"]):
        yield _shown(Listing("总量增减一名、两名时：代价与得失", plan.tables["staircase"], "staircase"))
    yield _shown(Listing("", plan.tables["provisions"], "provisions"), rows=200)
    held = pd.DataFrame(plan.certificate["rules"]).astype(object)
    if len(held):
        stated = held[["at_least", "at_most"]].notna().any(axis=1)
        held = held.assign(sentence=_sentences(plan, held["id"]).mask(stated, ""))
    yield _shown(Listing("规则与方案", held), rows=200)
    yield _shown(Listing("", telling.proof_lines(plan.certificate), "proof"))


def _sentences(plan: Plan, ids: pd.Series) -> pd.Series:
    """Each rule in words; blank for what is no rule."""
    words = plan.tables["provisions"].set_index("id")["rule"]
    return ids.map(lambda name: words.get(name, ""))


def _shown(thing: Result | Listing, *, rows: int = 20) -> Publishable:
    declared = getattr(thing, "name", "") in TABLES
    return protect(thing, edition="internal", labels={} if declared else LABELS, rows=rows)


def rules_of(path: Path) -> dict[str, Any]:
    """RULES as parsed, decimals as written. Raises BadInput."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(Finding("AL-R15", file=str(path), about={"reason": reason})) from None


def _read(path: Path, table: Table, sheet: str | None = None) -> tuple[pd.DataFrame, list[Finding]]:
    reading = read_table(path, table, sheet=sheet)
    return reading.frame, list(reading.findings)


def _further(told: Iterable[Finding], found: Iterable[Finding], args: argparse.Namespace) -> Iterator[Finding]:
    """What is found besides on cells that could not be read: an empty one is no second fault."""
    headings = {"need": args.need, "current": args.current}
    unread = {(one.file, one.row, one.column) for one in told if messages.stops(one)}
    return (one for one in found if (one.file, one.row, headings.get(one.column, one.column)) not in unread)


def _units(args: argparse.Namespace, rules: Mapping[str, Any]) -> tuple[pd.DataFrame, list[Finding], bool]:
    """The units, what is to be said of them, and whether an option changed them."""
    table = units_table(rules)
    renamed = {"need": args.need, "current": args.current}
    other = {name: column for name, column in renamed.items() if column != name}
    if not other and args.year is None:
        return *_read(args.units, table, args.sheet), False
    columns = [_asked(column, other) for column in table.columns if column.name not in other.values()]
    columns += [Column("year", "年份", Year())] if args.year is not None else []
    table = Table(table.name, table.label, key=(), columns=tuple(columns))
    frame, told = _read(args.units, table, args.sheet)
    if args.year is not None:
        frame, told = _of_year(frame, told, args.year)
        if frame.empty and not any(map(messages.stops, told)):
            raise BadInput(Finding("AL-R16", file=str(args.units), column="year", value=str(args.year)))
    frame = frame.drop(columns=[name for name in other if name in frame])
    frame = frame.rename(columns={column: name for name, column in other.items()})
    for name in other:
        frame[name] = [_mended(name, line, told) for line in frame.to_dict("records")]
    return frame, told, True


def _of_year(frame: pd.DataFrame, told: list[Finding], year: int) -> tuple[pd.DataFrame, list[Finding]]:
    """The rows of one year; what other years' rows are like is nobody's concern, but for the year itself."""
    other = frame.loc[frame["year"].notna() & (frame["year"] != year), "source_row"]
    passed_over = {place(source)["row"] for source in other}
    kept = frame[frame["year"] == year].reset_index(drop=True)
    return kept, [one for one in told if one.row not in passed_over]


def _asked(column: Column, other: Mapping[str, str]) -> Column:
    """A column under the name an option gives it, any number allowed."""
    if column.name not in other:
        return column
    return Column(
        other[column.name], other[column.name], Number(high=TOO_LARGE, exact=True), optional=column.name != "need"
    )


def _mended(name: str, line: Mapping[str, Any], told: list[Finding]) -> Decimal | None:
    """A predicted need below 0 becomes 0; today's posts in fractions become whole, half up. Both are said."""
    value = line[name]
    if pd.isna(value):
        return None
    whole = value if name == "need" else Decimal(int(value + Decimal("0.5")))
    about = {"unit": line["unit_id"], "whole": whole}
    if name == "need" and value < 0:
        told.append(Finding("AL-N4", column=name, value=str(value), about=about, **place(line["source_row"])))
        return Decimal(0)
    if whole != value:
        told.append(Finding("AL-N5", column=name, value=str(value), about=about, **place(line["source_row"])))
    return whole


def toml_bytes(rules: Mapping[str, Any]) -> bytes:
    """Rules as TOML: [objective], [solve], then each [[rule]]."""
    lines: list[str] = []
    for name, entry in rules.items():
        for one in entry if name == "rule" else [entry]:
            lines += [f"[[{name}]]" if name == "rule" else f"[{name}]"]
            lines += [f"{_toml(key)} = {_toml(value)}" for key, value in one.items()]
            lines.append("")
    return "\n".join(lines).encode()


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return json_bytes(value).decode().strip()
    return str(value)
