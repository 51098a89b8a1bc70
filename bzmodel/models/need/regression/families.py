"""The need of a city's units by the regression of their family: what units of one kind have for what they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bzmodel.models.need.estimates import estimates_frame, families_of, main_kinds, unknown_units
from bzmodel.models.need.regression.fitting import FitResult, fit
from bzmodel.schema.columns import Tables
from bzmodel.schema.messages import rule
from bzmodel.schema.methods import FamilyMethod
from bzmodel.schema.params import Params
from bzmodel.schema.results import BadInput, Check, Finding, Result, Step, chain
from bzmodel.schema.tables import TABLES

METHOD = "regression"
FEWEST_UNITS = 15
STAFF = "人数"
INTERCEPT = "intercept"
ESTIMATES = ("unit_id", "kind", "method", "need_fte", "low", "high", "applicable", "reason")
_PERSONS = ("on_quota_persons", "off_quota_persons", "loaned_in_persons", "loaned_out_persons")


@dataclass(frozen=True)
class _Family:
    """One family at the workload year. data: a row for each unit and year, with staff and drivers."""

    name: str
    members: pd.DataFrame
    method: FamilyMethod | None
    data: pd.DataFrame
    drivers: tuple[str, ...]


@dataclass(frozen=True)
class _Answer:
    """What is said of one family: why it has no fit, or the fit and its findings."""

    family: _Family
    refused: str
    fitted: FitResult | None = None
    findings: tuple[Finding, ...] = ()


def regression_need(
    tables: Mapping[str, pd.DataFrame],
    params: Params,
    *,
    workload_year: int,
    carried_drivers: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Need of each unit by the regression of its family, as a need method gives it.

    Parameters: tables: units, unit_groups, drivers, staff_counts [persons or full-time equivalents]. params: methods.
    workload_year: whose drivers are asked for. carried_drivers: drivers under the units that carry the work on.
    Returns: need_estimates [full-time equivalents].
    **Source**: methods.md 1, regression; domain.md 2.4.
    """
    return workload_regression(tables, params, workload_year=workload_year, carried_drivers=carried_drivers).table


def workload_regression(
    tables: Mapping[str, pd.DataFrame],
    params: Params,
    *,
    workload_year: int,
    carried_drivers: pd.DataFrame | None = None,
) -> Result:
    """The regressions of all families, with all that is printed about them.

    Parameters: as `regression_need`. The fit takes staff and drivers as they were recorded, unit by unit; with
    `carried_drivers` (the table drivers after successions) its prediction is for the units of today.
    Returns: tables need_estimates, coverage, coefficients, acceptance, fits (a row per family); checks, findings.
    **Source**: methods.md 1, regression; domain.md 2.4 (acceptance tests of a manpower standard).
    Notes: staff of a year = Σ over kinds of on quota + off quota + loaned in − loaned out, else fte, at the last count
    of that year; on_quota_share = on quota / that sum, at most 1 (1 where only fte is known). Staff is a biased label:
    the estimate stands beside others. A need <= 0 is no need. A unit's family is that of the workload year, else of
    the first year after it.
    """
    families = _families(tables, params, workload_year, carried_drivers)
    answers = [_answer(family, workload_year) for family in families]
    shares = on_quota_shares(tables, workload_year)
    estimates = estimates_frame(line for answer in answers for line in _estimates(answer, shares))
    return Result(
        METHOD,
        {"need_estimates": estimates} | _printed(answers),
        _text(answers, estimates),
        steps=tuple(step for answer in answers for step in _steps(answer, workload_year, shares)),
        findings=(*_refusals(answers), *(finding for answer in answers for finding in answer.findings)),
        checks=tuple(check for answer in answers for check in _checks(answer)),
    )


def _families(
    tables: Mapping[str, pd.DataFrame], params: Params, year: int, carried: pd.DataFrame | None
) -> list[_Family]:
    if "unit_groups" not in tables:
        return []
    kinds = main_kinds(Tables(tables))
    family_of = families_of(tables, year)
    unknown_units(family_of, kinds)
    members = pd.DataFrame({"unit_id": list(family_of), "family": list(family_of.values())})
    members = members.assign(main_kind=members["unit_id"].map(kinds))
    entry = params.page("methods").get("families")
    methods = entry.root if entry is not None else {}
    staff, drivers = staff_by_year(tables), tables.get("drivers")
    if drivers is not None:
        drivers = drivers[drivers["year"] <= year]  # nothing of a later year may be known to the fit
        asked = drivers if carried is None else carried
        asked = asked[asked["year"] == year].assign(year=year + 1)
        drivers = pd.concat([drivers, asked], ignore_index=True)
    return [
        _family(str(name), rows, methods.get(name), staff, drivers)
        for name, rows in members.groupby("family", sort=True)
    ]


def staff_by_year(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """unit_id, year, 人数: who works there at the last count of each year [persons, else full-time equivalents]."""
    if "staff_counts" not in tables or tables["staff_counts"].empty:
        return pd.DataFrame({"unit_id": pd.Series(dtype="str"), "year": pd.Series(dtype="Int64"), STAFF: []})
    counts = tables["staff_counts"]
    counts = counts.assign(year=counts["as_of"].dt.year.astype("Int64"))
    last = counts.groupby(["unit_id", "year"])["as_of"].transform("max")
    counts = counts[counts["as_of"] == last].reset_index(drop=True)
    have = [name for name in _PERSONS if name in counts]
    persons = counts[have].astype("Float64").fillna(0)
    signed = persons.mul([-1 if name == "loaned_out_persons" else 1 for name in have], axis=1).sum(axis=1)
    known = counts["on_quota_persons"].notna() if "on_quota_persons" in counts else pd.Series(False, counts.index)
    fte = counts["fte"] if "fte" in counts else pd.Series(float("nan"), counts.index)
    counts[STAFF] = signed.astype("float64").where(known, fte)
    return counts.groupby(["unit_id", "year"], as_index=False)[STAFF].sum(min_count=1)


def _family(
    name: str, members: pd.DataFrame, method: FamilyMethod | None, staff: pd.DataFrame, drivers: pd.DataFrame | None
) -> _Family:
    if method is None or drivers is None:
        return _Family(name, members, method, pd.DataFrame(), ())
    own = drivers[drivers["unit_id"].isin(members["unit_id"]) & drivers["driver"].isin(method.drivers)]
    wide = own.pivot(index=["unit_id", "year"], columns="driver", values="value")
    wide = wide.reindex(columns=list(method.drivers))
    if "source_row" in own:
        wide["source_row"] = own.groupby(["unit_id", "year"])["source_row"].first()
    wide = wide.reset_index()
    data = wide.merge(staff, on=["unit_id", "year"], how="left")
    return _Family(name, members, method, data, method.drivers)


def on_quota_shares(tables: Mapping[str, pd.DataFrame], year: int) -> dict[str, float]:
    """unit -> people on quota as a share of all who worked there at the last count of a year, at most 1."""
    people = tables.get("staff_counts")
    if people is None or "on_quota_persons" not in people:
        return {}
    everyone = staff_by_year(tables)
    everyone = everyone[everyone["year"] == year].set_index("unit_id")[STAFF]
    counts = people[people["as_of"].dt.year == year]
    counts = counts[counts["as_of"] == counts.groupby("unit_id")["as_of"].transform("max")]
    on_quota = counts.groupby("unit_id")["on_quota_persons"].sum(min_count=1).dropna()
    return {unit: min(float(persons) / everyone[unit], 1.0) for unit, persons in on_quota.items() if everyone[unit] > 0}


def _answer(family: _Family, workload_year: int) -> _Answer:
    if family.method is None:
        return _Answer(family, "该类未声明回归方法")
    if family.data.empty or not (family.data["year"] == workload_year + 1).any():
        return _Answer(family, f"{workload_year} 年没有该类的驱动量")
    years = family.method.years or tuple(y for y in family.data["year"].unique().tolist() if y <= workload_year)
    used = family.data[family.data["year"].isin(years)].dropna(subset=[STAFF, *family.drivers])
    if used["unit_id"].nunique() < FEWEST_UNITS:
        return _Answer(family, f"可用的同类单位 {used['unit_id'].nunique()} 个，少于 {FEWEST_UNITS} 个")
    varying, left_out = _varying(family, used)
    if not varying:
        return _Answer(family, "驱动量没有变化", findings=left_out)
    return _fitted(family, varying, years, left_out)


def _varying(family: _Family, used: pd.DataFrame) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Drivers that vary over the rows used; a constant one is left out with a finding."""
    intercept = family.method.intercept
    constant = [d for d in family.drivers if (used[d].nunique() == 1 and intercept) or (used[d] == 0).all()]
    found = tuple(Finding("FT-W6", column=d, about={"family": family.name}) for d in constant)
    return tuple(d for d in family.drivers if d not in constant), found


def _fitted(family: _Family, drivers: tuple[str, ...], years: tuple[int, ...], found: tuple[Finding, ...]) -> _Answer:
    method = family.method
    asked_for = family.data["year"].max()
    try:
        result = fit(
            family.data[family.data["year"].isin([*years, asked_for])],
            staff=STAFF,
            drivers=drivers,
            unit="unit_id",
            year="year",
            intercept=method.intercept,
            scale=method.scale,
            level=method.level,
            exclude_years=(asked_for,),
            method=method.method,
            quantile=method.quantile,
        )
    except BadInput as error:
        reasons = "；".join(dict.fromkeys(f"{rule(one)}（{one.column}）" for one in error.findings))
        return _Answer(family, reasons, findings=found)
    return _Answer(family, "", result, (*found, *result.findings))


def _estimates(answer: _Answer, shares: Mapping[str, float]) -> list[dict[str, Any]]:
    predicted = {}
    if answer.fitted is not None:
        frame = answer.fitted.tables["predictions"]
        predicted = frame[frame["year"] == frame["year"].max()].set_index("unit_id").to_dict("index")
    return [
        _estimate(unit, kind, predicted.get(unit), answer.refused) | {"on_quota_share": shares.get(unit, 1.0)}
        for unit, kind in answer.family.members[["unit_id", "main_kind"]].itertuples(index=False)
    ]


def _estimate(unit: str, kind: str, line: Mapping[str, Any] | None, refused: str) -> dict[str, Any]:
    if refused or line is None or pd.isna(line["predicted"]):
        reason, values = refused or "驱动量缺报", (None, None, None)
    else:
        values = (line["predicted"], line["low"], line["high"])
        reason = "" if line["predicted"] > 0 else f"回归值 {line['predicted']:.2f} 不大于 0，不作为需求，转下一路径"
    return dict(zip(ESTIMATES, (unit, kind, METHOD, *values, not reason, reason or None), strict=True))


def _steps(answer: _Answer, workload_year: int, shares: Mapping[str, float]) -> Iterator[Step]:
    """From nothing to the posts on quota, driver by driver; a fit on logarithms, or of counts, has no such sum."""
    if answer.fitted is None or not answer.family.method.is_a_sum:
        return
    lines = answer.fitted.tables["coefficients"]
    slopes = dict(zip(lines["term"], lines["estimate"], strict=True))
    asked = answer.family.data[answer.family.data["year"] == workload_year + 1].set_index("unit_id")
    for unit, kind in answer.family.members[["unit_id", "main_kind"]].itertuples(index=False):
        if unit in asked.index and asked.loc[unit, [t for t in slopes if t != INTERCEPT]].notna().all():
            moves = _moves(slopes, asked.loc[unit], shares.get(unit, 1.0))
            yield from chain((unit, kind, METHOD), 0.0, moves)


def _moves(slopes: Mapping[str, float], values: pd.Series, share: float) -> Iterator[tuple[str, str, float]]:
    total = 0.0
    for term, slope in slopes.items():
        if term == INTERCEPT:
            total += slope
            yield INTERCEPT, "", total
        else:
            total += slope * float(values[term])
            yield "driver", f"{term} {values[term]:,.12g} × {slope:.6g}", total
    yield "off_quota", f"在编占比 {share:.1%}", total * share


def _printed(answers: list[_Answer]) -> dict[str, pd.DataFrame]:
    """coverage, coefficients and acceptance of all families fitted, and what became of each family."""
    frames = {}
    for name in ("coverage", "coefficients", "acceptance"):
        parts = [
            answer.fitted.tables[name].drop(columns="group").assign(family=answer.family.name)
            for answer in answers
            if answer.fitted is not None
        ]
        frames[name] = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["family"])
        frames[name].insert(0, "family", frames[name].pop("family"))
    left = [
        one | {"family": answer.family.name, "columns": "、".join(one["columns"])}
        for answer in answers
        if answer.fitted is not None
        for one in answer.fitted.diagnostics["excluded_rows"]
    ]
    frames["excluded_rows"] = pd.DataFrame(left, columns=TABLES["excluded_rows"].names)
    frames["fits"] = pd.DataFrame([_fit_line(answer) for answer in answers], columns=list(_FITS))
    return frames


_FITS = ("family", "units", "n", "r_squared", "residual_sd", "interval", "minimum_posts", "reason")


def _fit_line(answer: _Answer) -> dict[str, Any]:
    found = answer.fitted.diagnostics if answer.fitted is not None else {}
    least = answer.family.method.minimum_posts if answer.family.method else None
    method = found["interval"]["method"] if found else None
    values = (found.get("n"), found.get("r_squared"), found.get("residual_sd"), method, least, answer.refused or None)
    return dict(zip(_FITS, (answer.family.name, len(answer.family.members), *values), strict=True))


def _refusals(answers: list[_Answer]) -> list[Finding]:
    """One finding for each reason, with all the families it is true of."""
    families: dict[str, list[str]] = {}
    for answer in answers:
        if answer.refused:
            families.setdefault(answer.refused, []).append(answer.family.name)
    return [Finding("FT-W7", about={"family": "、".join(named), "why": why}) for why, named in families.items()]


def _checks(answer: _Answer) -> list[Check]:
    if answer.fitted is None:
        return []
    return [
        Check(f"{answer.family.name}/{one.id}", one.name, one.value, one.limit, one.passed)
        for one in answer.fitted.checks
    ]


def _text(answers: list[_Answer], estimates: pd.DataFrame) -> str:
    if not answers:
        return "没有同类分组，回归不适用。"
    said = [f"{a.family.name}：{a.fitted.text}" for a in answers if a.fitted is not None]
    without = [a.family.name for a in answers if a.fitted is None]
    if without:
        said.append(f"不适用的类：{'、'.join(without)}。")
    below = estimates[estimates["need_fte"] <= 0]["unit_id"].tolist()
    if below:
        said.append(f"回归值不大于 0、转下一路径的单位：{'、'.join(below)}。")
    return "".join(said)
