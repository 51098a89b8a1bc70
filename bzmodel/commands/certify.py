"""bzmodel certify: a plan proved again from the files of its folder; no solver is loaded."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bzmodel.commands.allocate import rules_of
from bzmodel.intake.tables import read_table
from bzmodel.models.allocation import certify, units_table
from bzmodel.output.files import csv_bytes
from bzmodel.schema.cells import Text, Whole
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.messages import stops
from bzmodel.schema.results import BadInput, Exit, Finding, Infeasible

_NEEDED = ("units.csv", "rules.toml", "certificate.json")
_PLANNED = ("allocation.csv", "explanation.csv")
_PLAN = Table("plan", "方案", key=(), columns=(
    Column("unit_id", "单位代码", Text()),
    Column("kind", "编制类别", Text(), optional=True),
    Column("proposal", "方案", Whole()),
    Column("without_pins", "无既定数时", Whole(), optional=True),
))  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="a folder that `bzmodel allocate` wrote")


def run(args: argparse.Namespace) -> int:
    """0 re-proved; raises BadInput (2) for files, Infeasible (3) for numbers."""
    print(proved(args.dir))
    return Exit.PUBLISHED


def proved(folder: Path) -> str:
    """The level to which a folder's plan is proved. Raises BadInput for files, Infeasible for numbers."""
    certificate = _json(folder, "certificate.json")
    if faults := [Finding("AL-X4", file=name) for name in _differing(folder, certificate)]:
        raise BadInput(*faults)
    status = certificate.get("status")
    if status not in ("optimal", "gap"):
        raise Infeasible(Finding("AL-X3", file="certificate.json", about={"what": f"status {status}"}))
    rules = rules_of(folder / "rules.toml")
    units, plan = _table(folder, "units.csv", units_table(rules)), _table(folder, "allocation.csv", _PLAN)
    again = certify(units, rules, plan, certificate)
    findings = list(again.findings)
    for name in ("allocation", "explanation"):
        if (folder / f"{name}.csv").read_bytes() != csv_bytes(again.tables[name]):
            findings.append(Finding("AL-X3", file=f"{name}.csv", about={"what": f"{name}.csv"}))
    if findings:
        raise Infeasible(*findings)
    return again.checks[0].name


def _json(folder: Path, name: str) -> Mapping[str, Any]:
    try:
        found = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise BadInput(Finding("AL-X4", file=name))
    return found


def _differing(folder: Path, certificate: Mapping[str, Any]) -> Iterator[str]:
    """Files that are missing or differ from what certificate and manifest say of them."""
    stated: dict[str, set[str]] = {}
    sources = (certificate.get("inputs_sha256"), certificate.get("files_sha256"), _manifest(folder))
    for source in sources:
        for name, digest in (source or {}).items():
            stated.setdefault(name, set()).add(str(digest))
    planned = _PLANNED if certificate.get("status") != "infeasible" else ()
    for name in sorted({*stated, *_NEEDED, *planned}):
        path = folder / name
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        hashed = name == "certificate.json" or name in (certificate.get("files_sha256") or {})
        if not path.is_file() or not hashed or stated.get(name, {found}) != {found}:
            yield name


def _manifest(folder: Path) -> Mapping[str, str]:
    """What the folder's own manifest says; a folder inside a run's set has none."""
    return _json(folder, "manifest.json").get("files", {}) if (folder / "manifest.json").exists() else {}


def _table(folder: Path, name: str, table: Table) -> Any:
    reading = read_table(folder / name, table)
    if faults := [finding for finding in reading.findings if stops(finding)]:
        raise BadInput(*faults)
    return reading.frame
