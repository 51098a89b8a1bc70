"""bzmodel certify: a plan proved again from the files of its folder; no solver is loaded."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bzmodel.commands.allocate import rules_of
from bzmodel.intake.tables import read_table
from bzmodel.models.allocation import certify, units_table
from bzmodel.models.allocation.explain import LEVELS, level
from bzmodel.models.allocation.plan import HASHES, PROVED
from bzmodel.output.files import csv_bytes
from bzmodel.run.folder import digest
from bzmodel.schema.cells import Text, Whole
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.messages import stops
from bzmodel.schema.results import BadInput, BzError, Exit, Finding, Infeasible

_PROOF, _MANIFEST = "certificate.json", "manifest.json"
_NEEDED = ("units.csv", "rules.toml", "allocation.csv", "explanation.csv", _PROOF)
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
    """0 re-proved; 3 where there is no proved plan. Raises BadInput (2) for files, Infeasible (3) for numbers."""
    certificate = _json(args.dir, _PROOF)
    status, gap = certificate.get("status"), certificate.get("gap")
    if status not in PROVED:
        known = status if isinstance(status, str) and status in LEVELS else "error"
        print(level(known, gap if isinstance(gap, int | float) else None))
        return Exit.INFEASIBLE
    print(proved(args.dir, certificate))
    return Exit.PUBLISHED


def proved(folder: Path, certificate: Mapping[str, Any]) -> str:
    """The level to which a folder's plan is proved. Raises BadInput for files, Infeasible for numbers."""
    if faults := [Finding("AL-X4", file=name) for name in _differing(folder, certificate)]:
        raise BadInput(*faults)
    rules = rules_of(folder / "rules.toml")
    units = _table(folder, "units.csv", units_table(rules), BadInput)
    plan = _table(folder, "allocation.csv", _PLAN, Infeasible)
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
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadInput(Finding("AL-X4", file=name))
    return found


def _differing(folder: Path, certificate: Mapping[str, Any]) -> Iterator[str]:
    """Files that are missing, or differ from what certificate and manifest say of them."""
    inputs, files = (_hashes(certificate.get(key)) for key in HASHES)
    manifest = _hashes(_json(folder, _MANIFEST).get("files"))
    for name in sorted({*inputs, *files, *manifest, *_NEEDED}):
        path = folder / name
        found = digest(path) if path.parent == folder and path.is_file() else None
        said = {source[name] for source in (inputs, files) if name in source} or {found if name == _PROOF else None}
        if found is None or {manifest.get(name), *said} != {found}:
            yield name


def _hashes(stated: Any) -> Mapping[str, Any]:
    """Name -> digest, as far as it is written as such."""
    return {name: str(digest) for name, digest in stated.items()} if isinstance(stated, dict) else {}


def _table(folder: Path, name: str, table: Table, fault: type[BzError]) -> Any:
    reading = read_table(folder / name, table)
    if faults := [finding for finding in reading.findings if stops(finding)]:
        raise fault(*faults)
    return reading.frame
