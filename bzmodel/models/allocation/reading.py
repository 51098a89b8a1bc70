"""RULES as parsed -> rule objects, or whatever is wrong with them, each named by the rule's id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from bzmodel.models.allocation.costs import Cost, read_cost, written_number
from bzmodel.models.allocation.keys import Word, misread, unknown
from bzmodel.models.allocation.rows import Row
from bzmodel.models.allocation.rules import RULES, Rule
from bzmodel.schema.messages import stops
from bzmodel.schema.results import Finding

METHODS = ("auto", "pulp-highs")
ACCEPT_GAP = 2e-4
_SHARED = ("id", "kind", "source", "relaxable", "where")
FORMS = {
    "table": {"zh": "[objective]、[solve] 这样的一节", "en": "a table such as [objective] or [solve]"},
    "tables": {"zh": "每条规则一节 [[rule]]", "en": "a table [[rule]] for each rule"},
    "gap": {"zh": "不小于 0 的小数，如 2e-4", "en": "a number >= 0, such as 2e-4"},
    "relaxable": {"zh": "true 或 false", "en": "true or false"},
    "where": {"zh": '{ 列名 = "值" } 或 { 列名 = ["值", "值"] }', "en": '{ column = "value" or ["value", "value"] }'},
}


@dataclass(frozen=True)
class Programme:
    """RULES understood: the cost, the rules and how to solve."""

    cost: Cost
    rules: tuple[Rule, ...]
    accept_gap: float = ACCEPT_GAP


def read_rules(rules: Mapping[str, Any], findings: list[Finding]) -> Programme | None:
    """The programme of a parsed RULES, as far as it can be read; None without a cost. Faults go to `findings`."""
    unknown(rules, ("objective", "solve", "rule", "scope"), "RULES", findings)
    if "scope" in rules:
        findings.append(Finding("AL-N1"))
    cost = read_cost(_table(rules, "objective", findings), findings)
    solve = _table(rules, "solve", findings)
    unknown(solve, ("method", "accept_gap"), "[solve]", findings)
    if solve.get("method", "auto") not in METHODS:
        about = {"what": f"solve.method = {solve['method']!r}", "known": ", ".join(METHODS)}
        findings.append(Finding("AL-R1", value=str(solve["method"]), about=about))
    gap = _gap(solve, findings)
    entries = rules.get("rule", [])
    if not are_tables(entries):
        findings.append(misread("RULES", "rule", "", FORMS["tables"]))
        entries = []
    read = [_rule(entry, at, findings) for at, entry in enumerate(entries, start=1)]
    ids = [entry.get("id") for entry in entries]
    for name in sorted({str(name) for name in ids if name is not None and ids.count(name) > 1}):
        findings.append(Finding("AL-R4", value=name, about={"rule": name}))
    if cost is None:
        return None
    return Programme(cost, tuple(rule for rule in read if rule is not None), ACCEPT_GAP if gap is None else gap)


def are_tables(entries: Any) -> bool:
    """Whether this is what [[rule]] gives: a list of tables."""
    return isinstance(entries, list | tuple) and all(isinstance(entry, Mapping) for entry in entries)


def rules_findings(rules: Mapping[str, Any], file: str) -> list[Finding]:
    """What is wrong with a parsed RULES by itself, whatever the units are."""
    findings: list[Finding] = []
    read_rules(rules, findings)
    return [replace(one, file=file) for one in findings if stops(one)]


def _table(rules: Mapping[str, Any], name: str, findings: list[Finding]) -> Mapping[str, Any]:
    table = rules.get(name, {})
    if isinstance(table, Mapping):
        return table
    findings.append(misread("RULES", name, table, FORMS["table"]))
    return {}


def _gap(solve: Mapping[str, Any], findings: list[Finding]) -> float | None:
    if "accept_gap" not in solve:
        return None
    gap = written_number(solve["accept_gap"])
    if gap is None or gap < 0:
        findings.append(misread("[solve]", "accept_gap", solve["accept_gap"], FORMS["gap"]))
        return None
    return float(gap)


def _rule(entry: Mapping[str, Any], at: int, findings: list[Finding]) -> Rule | None:
    name = entry.get("id")
    said = name if isinstance(name, str) and name.strip() else f"[[rule]] {at}"
    before = len(findings)
    for key in ("id", "source"):
        if _stands(entry, key, said, findings):
            Word().read(entry[key], key, said, findings)
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in RULES:
        about = {"what": f"{said}: kind = {kind!r}", "known": ", ".join(RULES)}
        findings.append(Finding("AL-R1", value=str(kind), about=about))
        return None
    made = RULES[kind]
    unknown(entry, (*_SHARED, *made.keys), said, findings)
    relaxable = entry.get("relaxable", False)
    if not isinstance(relaxable, bool):
        findings.append(misread(said, "relaxable", relaxable, FORMS["relaxable"]))
    where = _where(entry.get("where", {}), said, findings)
    keys = _keys(made, entry, said, findings)
    if keys is None:
        return None
    rule = made(id=said, source=str(entry.get("source")), relaxable=relaxable, where=where, **keys)
    findings += rule.faults()
    return rule if len(findings) == before else None


def _where(where: Any, said: str, findings: list[Finding]) -> Mapping[str, frozenset[str]]:
    if not isinstance(where, Mapping):
        findings.append(misread(said, "where", where, FORMS["where"]))
        return {}
    found = {}
    for column, value in where.items():
        values = value if isinstance(value, list | tuple) else [value]
        if not values or any(isinstance(one, Mapping | list) for one in values):
            findings.append(misread(said, f"where.{column}", value, FORMS["where"]))
        found[column] = frozenset(_as_text(one) for one in values)
    return MappingProxyType(found)


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _keys(made: type[Rule], entry: Mapping[str, Any], said: str, findings: list[Finding]) -> dict[str, Any] | None:
    """The fields of a rule as its class declares them; None where one of them cannot be read or is missing."""
    before, fields = len(findings), {}
    for key, form in made.keys.items():
        if key in entry:
            fields[form.into or key] = form.read(entry[key], key, said, findings)
        elif form.required:
            _stands(entry, key, said, findings)
    if made.one_of and len(set(made.one_of) & set(entry)) != 1:
        findings.append(Finding("AL-R6", about={"rule": said, "keys": ", ".join(made.one_of)}))
    if made.any_of and not set(made.any_of) & set(entry):
        findings.append(Finding("AL-R5", column=" / ".join(made.any_of), about={"rule": said}))
    return fields if len(findings) == before else None


def _stands(entry: Mapping[str, Any], key: str, said: str, findings: list[Finding]) -> bool:
    """Whether a key is there at all and not blank; said where it must be."""
    value = entry.get(key)
    there = value is not None and (not isinstance(value, str) or bool(value.strip()))
    if not there:
        findings.append(Finding("AL-R5", column=key, about={"rule": said}))
    return there


def meets(programme: Programme, rows: Sequence[Row], findings: list[Finding]) -> None:
    """Whether rules and rows fit each other: every name met, every column filled, one kind of quota a rule."""
    cost, many = programme.cost, len({row.kind for row in rows} - {""}) > 1
    for row in rows:
        if code := cost.refuses(row):
            findings.append(Finding(code, column="need", value=row.unit_id, about={"unit": row.unit_id}, **row.place))
        if cost.stay > 0 and row.current is None:
            findings.append(_needs(row, "current", "objective.stay"))
    there = {"unit_id", "kind", "name", *(column for row in rows[:1] for column in row.marks)}
    for rule in programme.rules:
        if absent := sorted({*rule.where, *rule.groups()} - there):
            findings += (Finding("AL-R17", column=name, about={"rule": rule.id}) for name in absent)
            continue
        _fits(rule, rows, findings)
        kinds = rule.where.get("kind", frozenset())
        if many and (len(kinds) != 1 or not kinds <= {row.kind for row in rows}):
            findings.append(Finding("AL-R9", about={"rule": rule.id}))
    if not any(map(stops, findings)):  # a rule that cannot be read may be the ceiling
        _ceilings(cost, programme.rules, rows, findings)
    seen: dict[Any, str] = {}
    for rule in sorted(programme.rules, key=lambda rule: rule.id):
        same = (rule.kind, *(str(value) for key, value in sorted(vars(rule).items()) if key not in ("id", "source")))
        if same in seen:
            findings.append(Finding("IN-I6", value=rule.id, about={"rule": rule.id, "other": seen[same]}))
        seen.setdefault(same, rule.id)


def _needs(row: Row, column: str, rule: str) -> Finding:
    return Finding("AL-E7", column=column, about={"unit": row.unit_id, "rule": rule}, **row.place)


def _fits(rule: Rule, rows: Sequence[Row], findings: list[Finding]) -> None:
    groups, covered = rule.groups(), rule.covered(rows)
    for column in sorted({*rule.where, *groups}):
        for row in rows:
            if column != "kind" and not row.mark(column):
                findings.append(_needs(row, column, rule.id))
        lost = rule.where.get(column, frozenset()) - {row.mark(column) for row in rows}
        meant = [rows[at] for at in covered] or rows
        lost |= groups.get(column, frozenset()) - {row.mark(column) for row in meant}
        findings += (Finding("IN-I4", column=column, value=one, about={"rule": rule.id}) for one in sorted(lost))
    if not covered and not any(finding.about.get("rule") == rule.id for finding in findings):
        findings.append(Finding("AL-R10", about={"rule": rule.id}))
    if rule.needs_current:
        for at in covered:
            if rows[at].current is None:
                findings.append(_needs(rows[at], "current", rule.id))


def _ceilings(cost: Cost, rules: Sequence[Rule], rows: Sequence[Row], findings: list[Finding]) -> None:
    """Where each further post costs less, a ceiling over all rows must end them."""
    if cost.first == 0:
        return
    ended = {at for rule in rules for limit in rule.limits(rows) if limit.at_most is not None for at in limit.rows}
    if len(ended) < len(rows):
        findings.append(
            Finding("AL-R11", about={"missing": ", ".join(r.unit_id for i, r in enumerate(rows) if i not in ended)})
        )
