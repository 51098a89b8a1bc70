"""Workload regression on any table: one fit, or one a group, with all that is printed about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from bzmodel.models.need.regression.estimate import Bounds, Estimate
from bzmodel.models.need.regression.estimators import estimate
from bzmodel.models.need.regression.exact import ratio, root
from bzmodel.models.need.regression.intervals import Bands, Interval, Own, choose
from bzmodel.models.need.regression.judging import acceptance, checks, warnings
from bzmodel.models.need.regression.rows import Request, Row, on_scale, read_rows, request_findings
from bzmodel.schema.messages import rule
from bzmodel.schema.results import BadInput, Check, Finding, Result
from bzmodel.schema.words import word

COEFFICIENTS = ("group", "term", "estimate", "std_error", "robust_error", "low", "high", "certified")
CHECK_NAMES = MappingProxyType(
    {
        "r_squared": "决定系数 R² 不小于",
        "abs_r": "人数与预测值的相关系数不小于",
        "cv": "残差标准差与平均人数之比不大于",
        "f_p_value": "F 检验的 p 值不大于",
        "extrapolation": "外推幅度不大于",
        "influence": "最大 Cook 距离不大于",
        "heteroscedasticity": "异方差检验的 p 值不小于",
        "years": "各年一致（断点检验）的 p 值不小于",
        "leave-one-group-out": "用其余各组预测本组的相对误差",
    }
)
PREDICTIONS = ("unit_id", "year", "group", "staff", "predicted", "low", "high", "band", "top_tenth")


@dataclass(frozen=True)
class FitResult(Result):
    """A Result with `diagnostics`: what diagnostics.json holds, as plain mappings and lists."""

    diagnostics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Judged:
    """One fit with its interval and all that is said of it."""

    group: str
    fit: Estimate
    interval: Interval
    coefficients: list[dict[str, Any]]
    predictions: dict[int, dict[str, Any]]
    diagnostics: dict[str, Any]
    findings: list[Finding]


def fit(
    data: pd.DataFrame,
    *,
    staff: str,
    drivers: Sequence[str],
    unit: str | None = None,
    year: str | None = None,
    group: str | None = None,
    intercept: bool = True,
    degree: int | None = None,
    scale: str = "levels",
    level: float = 0.9,
    exclude_years: Sequence[int] = (),
    method: str = "ols",
    quantile: float | None = None,
) -> FitResult:
    """A line of staff on drivers, by least squares certified or by another method, with the interval for one new unit.

    Parameters: data: numbers as Decimal (as written) or float (their shortest decimal), blanks missing; `source_row`
    where it has one. unit, year, group: columns of names. degree: powers 1 … degree of one driver. scale: levels | log.
    level: of all intervals. exclude_years: take no part, are predicted. method: ols | nnls | huber | quantile |
    poisson | negbin | mixed (`group` is its random intercept). quantile: with method quantile (.5).
    Returns: tables coefficients, predictions (every row of the data), acceptance, coverage; `diagnostics`.
    Raises: BadInput naming the columns that cannot be fitted and why.
    **Source**: interfaces.md `bzmodel fit`; HC3 MacKinnon and White 1985; conformal intervals Lei et al. 2018.
    Notes: ols and nnls: coefficients and standard errors are computed in rational arithmetic and rounded once. On the
    log scale predicted = exp(fit) × mean of exp(residual) (quantile: exp(fit); poisson, negbin: exp(fit), the drivers
    alone being logged). p counts the coefficients estimated: nnls, those not held at 0.
    """
    asked = Request(
        staff, tuple(drivers), unit, year, group, intercept, degree, scale, float(level), tuple(exclude_years),
        method, quantile,
    )  # fmt: skip
    if found := request_findings(asked):
        raise BadInput(*found)
    rows = [on_scale(row, asked) for row in read_rows(data, asked)]
    with np.errstate(all="ignore"):  # what is beyond the largest float is printed as missing
        judged, refused = _fits(rows, asked)
    there = {row.year for row in rows}
    unknown = [Finding("FT-W8", column=year or "", value=str(one)) for one in asked.exclude_years if one not in there]
    return _result(asked, rows, judged, [*refused, *unknown])


def _fits(rows: list[Row], asked: Request) -> tuple[list[_Judged], list[Finding]]:
    """One fit a group, in order of group. Raises BadInput where none is left."""
    if not asked.by_group:
        return [_judge(rows, asked, "", [])], []
    judged, refused, reasons = [], [], []
    for group in sorted({row.group for row in rows}):
        own = [row for row in rows if row.group == group]
        others = [row for row in rows if row.group != group]
        try:
            judged.append(_judge(own, asked, group, others))
        except BadInput as error:
            reasons += error.findings
            refused.append(_refused_group(asked, group, error.findings))
    if not judged:
        raise BadInput(*reasons, *refused)
    return judged, refused


def _refused_group(asked: Request, group: str, findings: Sequence[Finding]) -> Finding:
    why = {f"why_{lang}": "；".join(f"{rule(one, lang)} ({one.column})" for one in findings) for lang in ("zh", "en")}
    return Finding("FT-W3", column=asked.group or "", value=group, about={"group": group, **why})


def _judge(rows: list[Row], asked: Request, group: str, others: list[Row]) -> _Judged:
    """The fit of some rows with all that is printed of it. Raises BadInput where they cannot be fitted."""
    fit = estimate(rows, asked)
    predicted, own = fit.persons(fit.linear), fit.bounds()
    part = list(fit.part)
    held = fit.held_out()
    of_part = None if own is None else Own(fit.own_interval, own[0][part], own[1][part])
    interval = choose(held, predicted[part], of_part, level=asked.level)
    robust = fit.robust_errors()
    diagnostics = _diagnostics(fit, interval, rows, others)
    found = [*warnings(fit, diagnostics), *fit.notes()]
    if interval.method is None:
        found.append(Finding("FT-W10"))
    elif not held.known:
        said = {f"interval_{lang}": word(interval.method, lang) for lang in ("zh", "en")}
        found.append(Finding("FT-W4", about=said))
    found += [Finding("FT-W5")] if fit.robust and robust is None else []
    diagnostics["findings"] = _findings_json(found)
    return _Judged(
        group,
        fit,
        interval,
        _coefficients(fit, group, robust),
        _predictions(fit, interval, predicted, own),
        diagnostics,
        found,
    )


def _coefficients(fit: Estimate, group: str, robust: Sequence[float | None] | None) -> list[dict[str, Any]]:
    """A line a term; the bounds hang on the robust error, where the method has none on the standard error."""
    standard, nothing = fit.std_errors(), [None] * len(fit.asked.terms)
    robust = nothing if robust is None else robust
    lines = []
    for at, (term, value) in enumerate(zip(fit.asked.terms, fit.coefficients, strict=True)):
        error = robust[at] if fit.robust else standard[at]
        estimated = ratio(value)
        wide = None if error is None else fit.quantile * error
        bounds = (None, None) if wide is None else (estimated - wide, estimated + wide)
        values = (group, term, estimated, standard[at], robust[at], *bounds, fit.certified)
        lines.append(dict(zip(COEFFICIENTS, values, strict=True)))
    return lines


def _predictions(
    fit: Estimate, interval: Interval, predicted: np.ndarray, own: Bounds | None
) -> dict[int, dict[str, Any]]:
    bands = Bands.of(predicted[list(fit.part)])
    low, high = interval.bounds(predicted, own)
    return {
        row.at: {
            "predicted": float(predicted[at]),
            "low": float(low[at]),
            "high": float(high[at]),
            "band": bands.name(predicted[at]),
            "top_tenth": bands.is_top(predicted[at]),
        }
        for at, row in enumerate(fit.rows)
    }


def _diagnostics(fit: Estimate, interval: Interval, own: list[Row], others: list[Row]) -> dict[str, Any]:
    f, p_value = fit.f_test()
    taking_part = [row for row in others if not row.reason]
    return {
        "n": fit.n,
        "p": fit.p,
        "excluded_rows": _excluded(own),
        "r_squared": fit.r_squared(),
        "r_squared_kind": "centred" if fit.asked.intercept else "uncentred",
        "residual_sd": root(fit.variance),
        "f": f,
        "p_value": p_value,
        "vif": fit.sample.vif(),
        **fit.parameters(),
        "acceptance": acceptance(fit),
        "checks": checks(fit, taking_part),
        "coverage": [dict(row) for row in interval.coverage],
        "interval": {
            "method": interval.method,
            "level": interval.level,
            "candidates": [dict(row) for row in interval.candidates],
        },
    }


def _findings_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "code": one.code,
            "text": rule(one),
            "file": one.file,
            "row": one.row,
            "column": one.column,
            "value": one.value,
        }
        for one in findings
    ]


def _excluded(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {"file": row.file, "row": row.row, "reason": row.reason, "columns": list(row.blanks)}
        for row in rows
        if row.reason
    ]


def _result(asked: Request, rows: list[Row], judged: list[_Judged], general: list[Finding]) -> FitResult:
    excluded = _excluded(rows)
    if not asked.by_group:
        (only,) = judged
        findings = [*only.diagnostics["findings"], *_findings_json(general)]
        diagnostics = {**only.diagnostics, "findings": findings}
    else:
        groups = {one.group: one.diagnostics for one in judged}
        diagnostics = {"groups": groups, "excluded_rows": excluded, "findings": _findings_json(general)}
    return FitResult(
        "fit",
        _tables(asked, rows, judged),
        _text(asked, judged, general, len(excluded)),
        findings=(*general, *(finding for one in judged for finding in one.findings)),
        checks=tuple(check for one in judged for check in _checks(one)),
        diagnostics=MappingProxyType(diagnostics),
    )


def _checks(one: _Judged) -> list[Check]:
    names = [*one.diagnostics["acceptance"], *one.diagnostics["checks"]]
    return [
        Check(
            f"{one.group}/{found['name']}" if one.group else found["name"],
            CHECK_NAMES[found["name"]],
            found["value"],
            found["limit"],
            found["passed"],
        )
        for found in names
    ]


def _tables(asked: Request, rows: list[Row], judged: list[_Judged]) -> dict[str, pd.DataFrame]:
    predicted = {at: line for one in judged for at, line in one.predictions.items()}
    lines = [_row_line(asked, row) | predicted.get(row.at, {}) for row in rows]
    frames = {
        "coefficients": pd.DataFrame([line for one in judged for line in one.coefficients], columns=list(COEFFICIENTS)),
        "predictions": pd.DataFrame(lines, columns=list(PREDICTIONS)),
    }
    frames["predictions"] = frames["predictions"].astype({"year": "Int64", "top_tenth": "boolean", "band": "str"})
    for name in ("acceptance", "coverage"):
        listed = [{"group": one.group} | line for one in judged for line in one.diagnostics[name]]
        frames[name] = pd.DataFrame(listed)
    return frames


def _row_line(asked: Request, row: Row) -> dict[str, Any]:
    return {
        "unit_id": row.unit if asked.unit is not None else str(row.row),
        "year": row.year,
        "group": row.group,
        "staff": None if row.staff is None else ratio(row.staff),
    }


def _text(asked: Request, judged: list[_Judged], general: list[Finding], excluded: int) -> str:
    """One paragraph: what was fitted, how well, on how many rows, and how wide a new unit's interval is."""
    said = [_sentence(asked, one) for one in judged]
    if without := [one.value for one in general if one.code == "FT-W3"]:
        said.append(f"未能拟合的组：{'、'.join(without)}。")
    if excluded:
        said.append(f"另有 {excluded} 行未参加拟合（空白或排除的年份），已逐行列出。")
    return "".join(said)


def _sentence(asked: Request, one: _Judged) -> str:
    found = one.diagnostics
    failed = [test["name"] for test in found["acceptance"] if test["passed"] is False]
    (whole,) = [row for row in found["coverage"] if row["band"] == "all"]
    share = whole["cross_validated"]
    covered = "无法交叉验证" if share is None else f"交叉验证覆盖率 {share:.1%}"
    interval = f"预测区间用{word(one.interval.method)}，{covered}" if one.interval.method else "预测区间无从得出"
    of = f"“{one.group}”组" if one.group else ""
    verdict = "验收检验全部通过" if not failed else "未通过的验收检验：" + "、".join(map(word, failed))
    return (
        f"{of}以 {'、'.join(asked.drivers)} 对 {asked.staff} 作{word(asked.method)}回归"
        f"（{found['n']} 行、{found['p']} 个系数），R² = {found['r_squared']:.3f}{one.fit.says()}；{verdict}；"
        f"新单位的 {asked.level:.0%} {interval}。"
    )
