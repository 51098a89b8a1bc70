"""RULES as parsed -> rule objects, or whatever is wrong with them, each named by the rule's id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from bzmodel.models.allocation.costs import Cost
from bzmodel.models.allocation.keys import Word, misread, unknown, written_number
from bzmodel.models.allocation.objective import read_cost
from bzmodel.models.allocation.rows import Row
from bzmodel.models.allocation.rules import RULES, Rule
from bzmodel.schema.messages import stops
from bzmodel.schema.results import Finding

METHODS = ("auto", "pulp-highs", "pulp-cbc")
ACCEPT_GAP = 2e-4
_SHARED = ("id", "kind", "source", "relaxable", "where")
FORMS = {
    "table": {"zh": "[objective]、[solve] 这样的一节", "en": "a table such as [objective] or [solve]"},
    "tables": {"zh": "每条规则一节 [[rule]]", "en": "a table [[rule]] for each rule"},
    "accept_gap": {"zh": "不小于 0 的小数，如 2e-4", "en": "a number >= 0, such as 2e-4"},
    "time_limit": {"zh": "大于 0 的秒数，如 60", "en": "seconds above 0, such as 60"},
    "relaxable": {"zh": "true 或 false", "en": "true or false"},
    "where": {"zh": '{ 列名 = "值" } 或 { 列名 = ["值", "值"] }', "en": '{ column = "value" or ["value", "value"] }'},
}


@dataclass(frozen=True)
class Programme:
    """RULES understood: the cost, the rules and how to solve."""

    cost: Cost
    rules: tuple[Rule, ...]
    accept_gap: float = ACCEPT_GAP
    method: str = METHODS[0]
    time_limit: float | None = None  # seconds

    @property
    def runs(self) -> str:
        """The method that is run."""
        return METHODS[1] if self.method == METHODS[0] else self.method


def read_rules(rules: Mapping[str, Any], findings: list[Finding]) -> Programme | None:
    """The programme of a parsed RULES, as far as it can be read; None without a cost. Faults go to `findings`."""
    unknown(rules, ("objective", "solve", "rule", "scope"), "RULES", findings)
    if "scope" in rules:
        findings.append(Finding("AL-N1"))
    cost = read_cost(_table(rules, "objective", findings), findings)
    solve = _table(rules, "solve", findings)
    how = _solve(solve, findings)
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
    return Programme(cost, tuple(rule for rule in read if rule is not None), **how)


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


def _solve(solve: Mapping[str, Any], findings: list[Finding]) -> dict[str, Any]:
    """How to solve, as far as [solve] says it."""
    unknown(solve, ("method", "accept_gap", "time_limit_s"), "[solve]", findings)
    method = solve.get("method", METHODS[0])
    if method not in METHODS:
        about = {"what": f"solve.method = {method!r}", "known": ", ".join(METHODS)}
        findings.append(Finding("AL-R1", value=str(method), about=about))
    found = {"method": method}
    for key, name in (("accept_gap", "accept_gap"), ("time_limit_s", "time_limit")):
        if key not in solve:
            continue
        number = written_number(solve[key])
        if number is None or number < 0:
            findings.append(misread("[solve]", key, solve[key], FORMS[name]))
        elif number == 0 and key == "time_limit_s":
            findings.append(Finding("IN-I22", column=key, value=str(solve[key]), about={"where": "[solve]"}))
        else:
            found[name] = float(number)
    return found


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
            about = {"unit": row.unit_id, "cost": cost.kind}
            findings.append(Finding(code, column="need", value=row.unit_id, about=about, **row.place))
        if cost.stay > 0 and row.current is None:
            findings.append(_needs(row, "current", "objective.stay"))
    there = {"unit_id", "kind", "name", *(column for row in rows[:1] for column in row.marks)}
    for rule in programme.rules:
        if absent := sorted({*rule.where, *rule.groups(), *rule.counts} - there):
            findings += (Finding("AL-R17", column=name, about={"rule": rule.id}) for name in absent)
            continue
        _fits(rule, rows, findings)
        kinds = rule.where.get("kind", frozenset())
        if many and (len(kinds) != 1 or not kinds <= {row.kind for row in rows}):
            findings.append(Finding("AL-R9", about={"rule": rule.id}))
    if not any(map(stops, findings)):  # a rule that cannot be read may be the ceiling
        _ended(cost, programme.rules, rows, findings)
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
    findings += (
        _needs(rows[at], "current", rule.id) for at in covered if rule.needs_current and rows[at].current is None
    )
    findings += (
        _needs(rows[at], column, rule.id) for column in rule.counts for at in covered if not rows[at].mark(column)
    )


def _ended(cost: Cost, rules: Sequence[Rule], rows: Sequence[Row], findings: list[Finding]) -> None:
    """Where each post more or less costs less, a ceiling or a floor over all rows must end them."""
    if not cost.drifts:
        return
    limits = [limit for rule in rules for limit in rule.limits(rows) if getattr(limit, cost.drifts) is not None]
    ended = {at for limit in limits for at in limit.rows}
    if missing := ", ".join(row.unit_id for at, row in enumerate(rows) if at not in ended):
        code = {"at_most": "AL-R11", "at_least": "AL-R20"}[cost.drifts]
        findings.append(Finding(code, about={"cost": cost.kind, "missing": missing}))
