"""`allocate`: units and rules -> a plan with its proof; `certify`: the same proof again, from the plan alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from bzmodel.models.allocation import decided
from bzmodel.models.allocation.certificate import Proof, prove, written
from bzmodel.models.allocation.explain import (
    EXPLANATION,
    allocation_table,
    explanation_table,
    in_words,
    level,
    steps_of,
)
from bzmodel.models.allocation.network import families
from bzmodel.models.allocation.question import Question
from bzmodel.models.allocation.reading import Programme, meets, read_rules
from bzmodel.models.allocation.rows import OWN, TOO_LARGE, rows_of
from bzmodel.models.allocation.rules import NetReduction, Rule, Total
from bzmodel.models.allocation.telling import headline
from bzmodel.models.allocation.units import columns_counted, columns_used
from bzmodel.schema.messages import stops
from bzmodel.schema.results import BadInput, Check, Finding, Infeasible, Result

if TYPE_CHECKING:
    from bzmodel.models.allocation.solve import Solver

PROVED = ("optimal", "gap")
REMARKS = ("AL-N1", "AL-N2", "AL-N3", "AL-N6", "AL-N7", "IN-I6")
HASHES = ("inputs_sha256", "files_sha256")
LARGEST_PRICE = 10**30
STAIRCASE = ("rule", "at_most", "objective", "change", "unit_id", "kind", "before", "after")


@dataclass(frozen=True)
class Plan(Result):
    """A Result with its proof.

    tables: allocation, explanation, provisions (the rules in words), staircase.
    certificate: as certificate.json, without the hashes of files.
    conflict: as conflict.json where no plan exists, else None. units, rules: as solved, with total and pins in them.
    """

    certificate: Mapping[str, Any] = field(default_factory=dict)
    conflict: Mapping[str, Any] | None = None
    units: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False)
    rules: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """optimal, gap, two_solvers, feasible, infeasible or error."""
        return self.certificate["status"]

    def require(self) -> None:
        """Raises Infeasible, with the rules that conflict, where the rules leave no plan."""
        if self.conflict is not None:
            raise Infeasible(*(finding for finding in self.findings if stops(finding)))


def allocate(
    units: pd.DataFrame,
    rules: Mapping[str, Any],
    *,
    total: int | None = None,
    pins: pd.DataFrame | None = None,
    staircase: int = 0,
    rules_file: str = "",
    told: Sequence[Finding] = (),
) -> Plan:
    """Choose whole posts for each unit at least cost under the rules, and prove it.

    Parameters
    ----------
    units : rows unit_id [text], need [名, decimal], optional kind, name, current, min, max [名, whole], weight and the
        columns the rules name (`units_table`); others are carried by nobody.
    rules : RULES.toml as parsed (objective, solve, rule).
    total : replaces the limits of the one total without `where`, or adds one [名].
    pins : decided numbers (unit_id, kind, authorised, document_id), or the `decisions` table.
    staircase : how many steps of the ceiling up and down to solve as well.
    rules_file : where the rules stand, for the findings on them.
    told : what was found while the units were read, to be listed with the plan.

    Returns
    -------
    Plan; status infeasible where the rules cannot all hold, with `conflict`.

    Raises
    ------
    BadInput : every fault of units, rules, total and pins together.

    Source
    ------
    Exactness of nested and two-family limits: total unimodularity (Hoffman & Kruskal 1956; Edmonds 1970).

    Notes
    -----
    min sum_i f_i(x_i), f_i convex; bound = sum_i min (F_i + sum_r p_r g_r) − sum_r p_r b_r; proved where they meet.
    """
    findings = list(told)
    original = units, rules
    units, rules = _decided(units, rules, findings, total=total, pins=pins)
    question, programme = _question(units, rules, findings, rules_file=rules_file)
    # loaded here, so that `certify` runs on a machine that has no solver
    from bzmodel.models.allocation.solve import Solver, solve

    solver = Solver(programme.runs, programme.time_limit)
    if not solver.available():
        raise BadInput(Finding("AL-R21", file=rules_file, value=solver.method))
    proof = solve(question, solver)
    if proof is None:
        return _infeasible(question, programme, findings, units, rules, rules_file=rules_file)
    without = _without_pins(original, total, solver) if pins is not None else None
    stairs = _staircase(question, proof, staircase, solver)
    proof, certificate = _certified(question, programme, proof, solver)
    certificate |= {"pins_cost": None, "findings": [_finding(finding) for finding in findings]}
    posts_without = None
    if pins is not None:
        if without is not None:
            certificate["pins_cost"] = float(question.raw(proof.posts) - without[0])
        posts_without = [without[1].get(row.key) if without else None for row in question.rows]
    plan = _plan(question, proof, certificate, findings, posts_without=posts_without)
    return replace(plan, tables={**plan.tables, "staircase": stairs}, units=units, rules=rules)


def faults(
    units: pd.DataFrame,
    rules: Mapping[str, Any],
    *,
    total: int | None = None,
    pins: pd.DataFrame | None = None,
    rules_file: str = "",
) -> tuple[Finding, ...]:
    """Everything that `allocate` would refuse of these, and nothing else; nothing is solved."""
    findings: list[Finding] = []
    try:
        units, rules = _decided(units, rules, findings, total=total, pins=pins)
        _question(units, rules, findings, rules_file=rules_file)
    except BadInput as error:
        return tuple(filter(stops, error.findings))
    return ()


def _decided(
    units: pd.DataFrame,
    rules: Mapping[str, Any],
    findings: list[Finding],
    *,
    total: int | None,
    pins: pd.DataFrame | None,
) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """Units and rules with what options put into them."""
    if total is not None:
        rules = decided.with_total(rules, total, findings)
    return (units, rules) if pins is None else decided.with_pins(units, rules, pins, findings)


def _question(
    units: pd.DataFrame, rules: Mapping[str, Any], findings: list[Finding], *, rules_file: str = ""
) -> tuple[Question, Programme]:
    """The question, or BadInput with every finding that stops."""
    on_rules: list[Finding] = []
    programme = read_rules(rules, on_rules)
    rows, wrong = rows_of(units, columns_used(rules), columns_counted(rules))
    findings += wrong
    if programme is not None and rows:
        meets(programme, rows, on_rules)
    findings += (one if one.file else replace(one, file=rules_file) for one in on_rules)
    if any(map(stops, findings)):
        raise BadInput(*findings)
    by_id = sorted(programme.rules, key=lambda rule: rule.id)  # the order of the file cannot matter
    question = Question(rows, tuple(by_id), programme.cost)
    findings += _remarks(question)
    return question, programme


def _remarks(question: Question) -> list[Finding]:
    """What a reader of the plan should know of the question."""
    remarks = []
    raised = sum(not row.least for row in question.rows) if question.cost.first else 0
    if raised:
        remarks.append(Finding("AL-N2", about={"count": raised}))
    for kind in sorted({row.kind for row in question.rows}):
        rows = [row for row in question.rows if row.kind == kind]
        if not any(isinstance(rule, Total) and any(map(rule.covers, rows)) for rule in question.rules):
            remarks.append(Finding("AL-N3", value=kind))
    for rule in question.rules:
        if isinstance(rule, NetReduction):
            rows = [row for row in question.rows if rule.covers(row)]
            need, current = sum(row.need for row in rows), sum(row.current for row in rows)
            if need > current:
                about = {"rule": rule.id, "need": f"{float(need):.1f}", "current": current}
                remarks.append(Finding("AL-N7", value=rule.id, about=about))
    if families(question.limits) is None:
        remarks.append(Finding("AL-N6", about={"limits": ", ".join(sorted(limit.name for limit in question.limits))}))
    return remarks


def _certified(question: Question, programme: Programme, proof: Proof, solver: Solver) -> tuple[Proof, dict[str, Any]]:
    """The certificate; where the gap is too large the other solver is asked for its plan, and the better one taken."""
    from bzmodel.models.allocation.solve import second_opinion

    how = {"accept_gap": programme.accept_gap, "method": solver.method}
    certificate = written(question, proof, **how)
    if certificate["status"] == "feasible" and not solver.stopped:
        other = second_opinion(question, proof, solver)
        if other is not None and other.cost < proof.cost:
            proof, certificate = other, written(question, other, **how)
        elif other is not None and other.cost == proof.cost:
            certificate |= {"status": "two_solvers"}
    return proof, certificate | ({"stopped": "time_limit"} if solver.stopped else {})


def _finding(finding: Finding) -> dict[str, Any]:
    names = ("code", "file", "sheet", "row", "column", "value")
    about = {key: str(value) for key, value in finding.about.items()}
    return {name: getattr(finding, name) for name in names} | {"about": about}


def _plan(
    question: Question,
    proof: Proof,
    certificate: dict[str, Any],
    findings: Sequence[Finding],
    *,
    posts_without: Sequence[int | None] | None,
) -> Plan:
    used = sorted({name for row in question.rows for name in row.marks} - set(OWN))
    steps = steps_of(question, proof)
    said = level(certificate["status"], certificate["gap"])
    check = Check("allocation.proof", said, certificate["gap"], certificate["accept_gap"],
                  certificate["status"] in PROVED, gate=True)  # fmt: skip
    tables = {
        "allocation": allocation_table(question, proof, used, posts_without),
        "explanation": explanation_table(steps),
        "provisions": _provisions(question),
    }
    text = in_words(question, proof, said)
    figures = headline(tables["allocation"])
    return Plan("allocation", tables, text, steps, tuple(findings), (check,), figures, certificate=certificate)


def _provisions(question: Question) -> pd.DataFrame:
    """Every rule in words, with its source."""
    lines = [(rule.id, rule.sentence("zh"), rule.source) for rule in sorted(question.rules, key=lambda one: one.id)]
    return pd.DataFrame(lines, columns=["id", "rule", "source"])


def _in_words(rule: Rule) -> dict[str, str]:
    return {"rule": rule.id} | {f"sentence_{lang}": rule.sentence(lang) for lang in ("zh", "en")}


def _infeasible(
    question: Question,
    programme: Programme,
    findings: list[Finding],
    units: pd.DataFrame,
    rules: Mapping[str, Any],
    *,
    rules_file: str,
) -> Plan:
    from bzmodel.models.allocation.conflict import conflict  # knows the solver, as above

    found = conflict(question)
    about = {f"numbers_{lang}": found.numbers(lang) for lang in ("zh", "en")} | {"repairs": found.repaired()}
    about |= {f"members_{lang}": found.names(lang) for lang in ("zh", "en")}
    findings = [*findings, Finding("AL-X1" if found.repairs else "AL-X2", file=rules_file, about=about)]
    findings += (Finding("AL-N8", file=rules_file, value=one.id, about=_in_words(one)) for one in found.stiff)
    numbers = dict.fromkeys(("objective", "objective_int", "bound_int", "bound", "gap", "scale", "rounding"))
    certificate = numbers | {
        "status": "infeasible",
        "proved": False,
        "accept_gap": programme.accept_gap,
        "method": programme.runs,
        **dict.fromkeys(("ties", "undecided", "prices", "blocks", "rules", "pins_cost")),
        "findings": [_finding(finding) for finding in findings],
    }
    empty = {"allocation": pd.DataFrame(), "explanation": pd.DataFrame(columns=list(EXPLANATION))}
    empty["provisions"] = _provisions(question)
    check = Check("allocation.proof", level("infeasible", None), None, None, False, gate=True)
    conflict_json = {"members": list(found.members), "numbers": found.numbers("en"), "repairs": list(found.repairs)}
    text = f"{level('infeasible', None)}：{found.numbers('zh')}。"
    return Plan("allocation", empty, text, (), tuple(findings), (check,), certificate=certificate,
                conflict=conflict_json, units=units, rules=rules)  # fmt: skip


def _without_pins(original: tuple[pd.DataFrame, Mapping[str, Any]], total: int | None, solver: Solver) -> tuple | None:
    """Raw cost and posts by row of the same question without its pins; None where that is infeasible."""
    from bzmodel.models.allocation.solve import solve

    units, rules = original
    rules = rules if total is None else decided.with_total(rules, total, [])
    question, _ = _question(units, rules, [])
    proof = solve(question, solver)
    if proof is None:
        return None
    return question.raw(proof.posts), {row.key: n for row, n in zip(question.rows, proof.posts, strict=True)}


def _staircase(question: Question, proof: Proof, steps: int, solver: Solver) -> pd.DataFrame:
    """Each ceiling of a total one to `steps` lower and higher, solved again: cost, who gains, who loses."""
    from bzmodel.models.allocation.solve import solve

    lines = []
    for rule in question.rules:
        if not isinstance(rule, Total) or rule.at_most is None:
            continue
        for step in [step for step in range(-steps, steps + 1) if step and rule.at_most + step >= 0]:
            floor = rule.at_least + step if rule.at_least == rule.at_most else rule.at_least
            moved = replace(rule, at_most=rule.at_most + step, at_least=floor)
            rules = tuple(moved if one is rule else one for one in question.rules)
            other = Question(question.rows, rules, question.cost)
            answer = solve(other, solver)
            lines += _stair(question, proof, moved, answer)
    return pd.DataFrame(lines, columns=list(STAIRCASE), dtype=object)


def _stair(question: Question, proof: Proof, rule: Total, answer: Proof | None) -> list[tuple]:
    if answer is None or answer.gap != 0:
        return [(rule.id, rule.at_most, None, None, None, None, None, None)]
    cost = question.raw(answer.posts)
    head = (rule.id, rule.at_most, cost, cost - question.raw(proof.posts))
    moved = [
        (*head, *row.key, before, after)
        for row, before, after in zip(question.rows, proof.posts, answer.posts, strict=True)
        if before != after
    ]
    return moved or [(*head, None, None, None, None)]


def certify(
    units: pd.DataFrame, rules: Mapping[str, Any], allocation: pd.DataFrame, certificate: Mapping[str, Any]
) -> Plan:
    """Prove a plan again from its own numbers, without a solver.

    Parameters
    ----------
    units, rules : as solved. allocation : unit_id, kind, proposal [名] (and without_pins, which is carried).
    certificate : certificate.json as parsed.

    Returns
    -------
    Plan as it must have been; `findings` AL-X3 name every number of the certificate that differs.

    Raises
    ------
    BadInput : where units or rules cannot be read.

    Source
    ------
    Weak duality of the linear programme; Notes of `certificate`.
    """
    remarks: list[Finding] = []
    question, programme = _question(units, rules, remarks)
    wrong: list[str] = []
    status = certificate.get("status")
    if status not in PROVED:
        wrong.append(f"status {status}")
    posts, carried = _posts(question, allocation, wrong)
    prices = _prices(question, certificate.get("prices"), wrong)
    try:
        proof = prove(question, posts, prices)
    except ValueError as error:
        wrong.append(str(error))
        proof = prove(question, posts, [0] * len(prices))
    made = written(question, proof, accept_gap=programme.accept_gap, method=programme.runs)
    if "stopped" in certificate:
        made["stopped"] = "time_limit" if programme.time_limit is not None else None
    made["pins_cost"] = _pins_cost(question, posts, carried, wrong)
    for key in sorted(made.keys() | certificate.keys() - {"findings", *HASHES}):
        if key not in certificate or _plain(certificate[key]) != _plain(made.get(key, "")):
            wrong.append(f"{key}: {certificate.get(key)} <> {made.get(key)}")
    if not _told(certificate.get("findings"), remarks):
        wrong.append("findings")
    full = made | {"findings": certificate.get("findings")}
    findings = [Finding("AL-X3", about={"what": what}) for what in wrong]
    return replace(_plan(question, proof, full, findings, posts_without=carried), units=units, rules=rules)


def _pins_cost(
    question: Question, posts: Sequence[int], carried: Sequence[int | None] | None, wrong: list[str]
) -> float | None:
    """What the plan costs more than the posts without pins; these are whole and within the cost, or all blank."""
    if carried is None or all(n is None for n in carried):
        return None
    if any(n is None or not question.cost.first <= n < TOO_LARGE for n in carried):
        wrong.append("without_pins")
        return None
    return float(question.raw(posts) - question.raw(carried))


def _told(stated: Any, remarks: Sequence[Finding]) -> bool:
    """Whether the findings a certificate lists are those of its question, besides those of reading its files."""
    if not isinstance(stated, list) or not all(isinstance(one, Mapping) for one in stated):
        return False
    listed = [{**one, "file": ""} for one in stated if one.get("code") in REMARKS]
    return listed == [{**_finding(one), "file": ""} for one in remarks]


def _plain(value: Any) -> Any:
    """Lists for tuples and nothing else changed: true is not 1."""
    if isinstance(value, bool):
        return f"bool {value}"
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return value


def _posts(question: Question, allocation: pd.DataFrame, wrong: list[str]) -> tuple[list[int], list[int | None] | None]:
    """Posts, and the posts without pins where they stand, by row of the question."""
    lines = {(str(line["unit_id"]), _blank(line.get("kind")) or ""): line for line in allocation.to_dict("records")}
    for key in sorted(set(lines) ^ {row.key for row in question.rows}):
        wrong.append(f"{'/'.join(key)}: in allocation or units only")
    posts = []
    for at, row in enumerate(question.rows):
        value = _blank(lines.get(row.key, {}).get("proposal"))
        low, high = question.spans[at]
        if value is None or not low <= int(value) <= high:
            wrong.append(f"{'/'.join(row.key)}: proposal {value}")
            value = low
        posts.append(int(value))
    if "without_pins" not in allocation:
        return posts, None
    carried = [_blank(lines.get(row.key, {}).get("without_pins")) for row in question.rows]
    return posts, [None if value is None else int(value) for value in carried]


def _blank(value: Any) -> Any:
    return None if value is None or pd.isna(value) or value == "" else value


def _prices(question: Question, stated: Any, wrong: list[str]) -> list[int]:
    known: dict[tuple[str, str | None], int] = {}
    for entry in stated if isinstance(stated, list | tuple) else ():
        if not _is_price(entry):
            wrong.append(f"price {entry}")
        else:
            known[entry["rule"], entry["value"]] = entry["price_int"]
    names = [(limit.rule, limit.value) for limit in question.limits]
    for name in known.keys() - set(names):
        wrong.append(f"price of {name}, which is no rule")
    return [known.get(name, 0) for name in names]


def _is_price(entry: Any) -> bool:
    """Whether an entry of `prices` has its shape, and a price that some post may cost."""
    if not isinstance(entry, Mapping):
        return False
    rule, value, price = (entry.get(name) for name in ("rule", "value", "price_int"))
    whole = isinstance(price, int) and not isinstance(price, bool)
    return isinstance(rule, str) and isinstance(value, str | None) and whole and abs(price) < LARGEST_PRICE
