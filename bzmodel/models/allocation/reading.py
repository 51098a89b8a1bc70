"""RULES as parsed -> rule objects, or whatever is wrong with them, each named by the rule's id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from bzmodel.models.allocation.costs import Cost, read_cost, written_number
from bzmodel.models.allocation.rows import TOO_LARGE, Row
from bzmodel.models.allocation.rules import RULES, Rule, Span
from bzmodel.schema.messages import stops
from bzmodel.schema.results import Finding

METHODS = ("auto", "pulp-highs")
ACCEPT_GAP = 2e-4
_SHARED = ("id", "kind", "source", "relaxable", "where")


@dataclass(frozen=True)
class Programme:
    """RULES understood: the cost, the rules and how to solve."""

    cost: Cost
    rules: tuple[Rule, ...]
    accept_gap: float = ACCEPT_GAP


def read_rules(rules: Mapping[str, Any], findings: list[Finding]) -> Programme | None:
    """The programme of a parsed RULES, as far as it can be read; None without a cost. Faults go to `findings`."""
    _unknown(rules, ("objective", "solve", "rule", "scope"), "RULES", findings)
    if "scope" in rules:
        findings.append(Finding("AL-N1"))
    cost = read_cost(_table(rules, "objective", findings), findings)
    solve = _table(rules, "solve", findings)
    _unknown(solve, ("method", "accept_gap"), "[solve]", findings)
    if solve.get("method", "auto") not in METHODS:
        about = {"what": f"solve.method = {solve['method']!r}", "known": ", ".join(METHODS)}
        findings.append(Finding("AL-R1", value=str(solve["method"]), about=about))
    gap = _gap(solve, findings)
    entries = rules.get("rule", [])
    if not are_tables(entries):
        findings.append(Finding("AL-R3", column="rule", about={"where": "RULES"}))
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
    findings.append(Finding("AL-R3", column=name, value=str(table), about={"where": "RULES"}))
    return {}


def _gap(solve: Mapping[str, Any], findings: list[Finding]) -> float | None:
    if "accept_gap" not in solve:
        return None
    gap = written_number(solve["accept_gap"])
    if gap is None or gap < 0:
        findings.append(
            Finding("AL-R3", column="accept_gap", value=str(solve["accept_gap"]), about={"where": "[solve]"})
        )
        return None
    return float(gap)


def _unknown(entry: Mapping[str, Any], known: Sequence[str], where: str, findings: list[Finding]) -> None:
    for key in entry:
        if key not in known:
            findings.append(Finding("AL-R2", value=key, about={"where": where, "known": ", ".join(known)}))


def _rule(entry: Mapping[str, Any], at: int, findings: list[Finding]) -> Rule | None:
    name = entry.get("id")
    said = name if isinstance(name, str) and name.strip() else f"[[rule]] {at}"
    before = len(findings)
    for key in ("id", "source"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            findings.append(Finding("AL-R5", column=key, about={"rule": said}))
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in RULES:
        about = {"what": f"{said}: kind = {kind!r}", "known": ", ".join(RULES)}
        findings.append(Finding("AL-R1", value=str(kind), about=about))
        return None
    made = RULES[kind]
    _unknown(entry, (*_SHARED, *made.keys), said, findings)
    if not isinstance(entry.get("relaxable", False), bool):
        findings.append(Finding("AL-R3", column="relaxable", value=str(entry["relaxable"]), about={"where": said}))
    where = _where(entry.get("where", {}), said, findings)
    keys = _keys(made, entry, said, findings)
    if len(findings) > before:
        return None
    return made(id=name, source=entry["source"], relaxable=entry.get("relaxable", False), where=where, **keys)


def _where(where: Any, said: str, findings: list[Finding]) -> Mapping[str, frozenset[str]]:
    if not isinstance(where, Mapping):
        findings.append(Finding("AL-R3", column="where", value=str(where), about={"where": said}))
        return {}
    found = {}
    for column, value in where.items():
        values = value if isinstance(value, list | tuple) else [value]
        if not values or any(isinstance(one, Mapping | list) for one in values):
            findings.append(Finding("AL-R3", column=f"where.{column}", value=str(value), about={"where": said}))
        found[column] = frozenset(_as_text(one) for one in values)
    return MappingProxyType(found)


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _keys(made: type[Rule], entry: Mapping[str, Any], said: str, findings: list[Finding]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    if "column" in made.keys:
        keys["column"] = entry.get("column")
        if not isinstance(keys["column"], str) or not keys["column"]:
            findings.append(Finding("AL-R5", column="column", about={"rule": said}))
        keys["limits_by"] = _limits(entry.get("limits"), said, findings)
        return keys
    for key in set(made.keys) & {"at_least", "at_most"}:
        keys[key] = _whole(entry, key, said, findings)
    if "share" in made.keys:
        keys["share"] = _share(entry, said, findings)
        if len({"at_most", "share"} & set(entry)) != 1:
            findings.append(Finding("AL-R6", about={"rule": said, "keys": "at_most, share"}))
    elif made.keys and not set(made.keys) & set(entry):
        findings.append(Finding("AL-R5", column=" / ".join(made.keys), about={"rule": said}))
    _crossed(keys.get("at_least"), keys.get("at_most"), said, findings)
    return keys


def _limits(limits: Any, said: str, findings: list[Finding]) -> Mapping[str, Span]:
    if not isinstance(limits, Mapping) or not limits:
        findings.append(Finding("AL-R5", column="limits", about={"rule": said}))
        return {}
    found = {}
    for value, entry in limits.items():
        name = f"{said}/{value}"
        if not isinstance(entry, Mapping) or not entry:
            findings.append(Finding("AL-R5", column="at_least / at_most", about={"rule": name}))
            continue
        _unknown(entry, ("at_least", "at_most"), name, findings)
        low, high = (_whole(entry, key, name, findings) for key in ("at_least", "at_most"))
        _crossed(low, high, name, findings)
        found[value] = (low, high)
    return MappingProxyType(found)


def _whole(entry: Mapping[str, Any], key: str, said: str, findings: list[Finding]) -> int | None:
    value = entry.get(key)
    if key in entry and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < TOO_LARGE):
        findings.append(Finding("AL-R7", column=key, value=str(value), about={"rule": said}))
        return None
    return value


def _share(entry: Mapping[str, Any], said: str, findings: list[Finding]) -> Fraction | None:
    if "share" not in entry:
        return None
    share = written_number(entry["share"])
    if share is not None and share >= 0:
        return share
    findings.append(Finding("AL-R3", column="share", value=str(entry["share"]), about={"where": said}))
    return None


def _crossed(low: int | None, high: int | None, said: str, findings: list[Finding]) -> None:
    if low is not None and high is not None and low > high:
        findings.append(Finding("AL-R8", value=f"{low} > {high}", about={"rule": said}))


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
        if absent := sorted(rule.columns - there):
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
    named = {column: rule.where[column] for column in rule.where}
    if column := getattr(rule, "column", ""):
        named[column] = frozenset(rule.limits_by) | named.get(column, frozenset())
    for column, values in named.items():
        for row in rows:
            if column != "kind" and not row.mark(column):
                findings.append(_needs(row, column, rule.id))
        for value in sorted(values - {row.mark(column) for row in rows}):
            findings.append(Finding("IN-I4", column=column, value=value, about={"rule": rule.id}))
    covered = rule.covered(rows)
    if not covered and not any(finding.about.get("rule") == rule.id for finding in findings):
        findings.append(Finding("AL-R10", about={"rule": rule.id}))
    for limit in () if rule.needs_current else rule.limits(rows):
        if not limit.rows and limit.value is not None and covered:
            findings.append(Finding("IN-I4", column=rule.column, value=limit.value, about={"rule": rule.id}))
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
