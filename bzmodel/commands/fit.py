"""bzmodel fit: workload regression on any table; coefficients, predictions, diagnostics and a page about them."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from bzmodel.commands.any_table import answer, read_with
from bzmodel.commands.options import add_format, add_out, names, number, whole
from bzmodel.intake import normalise
from bzmodel.models.need.regression import FitResult, fit, fit_table
from bzmodel.models.need.regression.rows import Request, read_rows, request_findings
from bzmodel.output import charts
from bzmodel.output.disclosure import Listing, Publishable, highest, protect
from bzmodel.output.documents import Part, report_page
from bzmodel.output.files import csv_bytes, json_bytes, xlsx_bytes
from bzmodel.schema.cells import Year
from bzmodel.schema.methods import FIT_METHODS
from bzmodel.schema.results import Finding, Result
from bzmodel.schema.tables import TABLES
from bzmodel.schema.words import word

#: Sheet and headings of tables that only this command has; the others are declared.
_SHEETS = {"predictions": "预测值"}
_LABELS = {
    "group": "组", "unit_id": "单位", "year": "年份", "staff": "人数", "predicted": "预测人数", "low": "下限",
    "high": "上限", "band": "规模段", "top_tenth": "最大的十分之一", "method": "方法", "worst_band": "最差规模段偏离",
    "mean_width": "平均宽度", "row": "行", "file": "文件", "reason": "原因", "columns": "列",
}  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("data", type=Path, metavar="DATA", help="a table: CSV or XLSX")
    parser.add_argument("--staff", required=True, metavar="COL", help="what is explained")
    parser.add_argument(
        "--drivers", required=True, metavar="A,B,C", type=names, help="what explains it: one CSV record"
    )
    parser.add_argument("--unit", metavar="COL", help="whose row it is")
    parser.add_argument("--year", metavar="COL", help="of which year it is")
    parser.add_argument("--group", metavar="COL", help="one fit a group; mixed: one fit, an intercept a group")
    parser.add_argument("--method", choices=FIT_METHODS, default="ols", help="how it is estimated (ols)")
    parser.add_argument("--intercept", action=argparse.BooleanOptionalAction, default=True, help="(with)")
    parser.add_argument("--degree", type=whole, metavar="K", help="powers 1 to K of one driver")
    parser.add_argument("--scale", choices=("levels", "log"), default="levels", help="(levels)")
    parser.add_argument("--quantile", type=number, metavar="Q", help="with --method quantile (0.5)")
    parser.add_argument("--level", type=number, default=0.9, metavar="P", help="of all intervals (0.9)")
    parser.add_argument(
        "--exclude-years", type=names, default=(), metavar="2020,2021", help="take no part; needs --year"
    )
    add_out(parser)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Read the table, fit, write the folder or show the tables."""
    return answer(args, "fit", _fitted, lambda result, told: _files(result, args.data.name, told))


def _fitted(args: argparse.Namespace) -> tuple[FitResult, list[Finding]]:
    """The fit, and what is to be said of the table. Raises BadInput with all that is wrong with it and the request."""
    asked, found = _request(args)
    table = fit_table(asked.staff, asked.drivers, asked.unit, asked.year, asked.group)
    data, told = read_with(args, table, lambda frame: read_rows(frame, asked), found)
    return fit(data, **asdict(asked)), told


def _request(args: argparse.Namespace) -> tuple[Request, list[Finding]]:
    """What is asked, and what of it cannot be."""
    found = []
    years = [normalise.cell(year, Year())[0] for year in args.exclude_years]
    if wrong := [year for year in years if not (len(year) == 4 and year.isascii() and year.isdigit())]:
        found.append(Finding("FT-O9", value="、".join(wrong)))
    asked = Request(
        staff=args.staff,
        drivers=args.drivers,
        unit=args.unit,
        year=args.year,
        group=args.group,
        intercept=args.intercept,
        degree=args.degree,
        scale=args.scale,
        level=args.level,
        exclude_years=tuple(int(year) for year in years if year not in wrong),
        method=args.method,
        quantile=args.quantile,
    )
    return asked, [*found, *request_findings(asked)]


def _files(result: FitResult, source: str, told: list[Finding]) -> dict[str, bytes]:
    headings = {c.name: c.label for name in result.tables if name in TABLES for c in TABLES[name].columns} | _LABELS
    sheets = {_SHEETS.get(name) or TABLES[name].label: frame for name, frame in result.tables.items()}
    parts = _parts(result, told)
    return {
        "coefficients.csv": csv_bytes(result.tables["coefficients"]),
        "predictions.csv": csv_bytes(result.tables["predictions"]),
        "diagnostics.json": json_bytes(result.diagnostics),
        "result.xlsx": xlsx_bytes(sheets, headings),
        "report.html": report_page(f"工作量回归：{source}", [Part("html", part.html) for part in parts],
                                   marking=highest(part.marking for part in parts)),
    }  # fmt: skip


def _parts(result: FitResult, told: list[Finding]) -> list[Publishable]:
    """The page: the fit in words, what is to be known of it, its tests, two charts, its tables."""
    tables = {
        name: frame.drop(columns="group") if (frame["group"] == "").all() else frame
        for name, frame in result.tables.items()
    }
    excluded = pd.DataFrame(result.diagnostics["excluded_rows"], columns=["file", "row", "reason", "columns"])
    things = (
        Result(result.name, {}, result.text, findings=(*told, *result.findings)),
        Listing("", tables["coefficients"], "coefficients"),
        result.checks,
        charts.predicted_against_staff(tables["predictions"]),
        charts.coverage(_coverage(result.tables["coverage"])),
        Listing("区间的候选方法", _candidates(result)),
        Listing("预测值", tables["predictions"], "predictions"),
    )
    left_out = excluded.assign(columns=excluded["columns"].map("、".join))
    shown = [protect(thing, edition="internal", labels={} if _declared(thing) else _LABELS) for thing in things]
    whole = protect(Listing("未参加拟合的行", left_out), edition="internal", labels=_LABELS, file="diagnostics.json")
    return [part for part in (*shown, whole) if part.html]


def _declared(thing: Any) -> bool:
    return isinstance(thing, Listing) and thing.name in TABLES


def _coverage(frame: pd.DataFrame) -> pd.DataFrame:
    """Bands named with their group, where there are groups."""
    grouped = frame["group"].where(frame["group"] == "", frame["group"] + " ")
    return frame.assign(band=grouped + frame["band"])


def _candidates(result: FitResult) -> pd.DataFrame:
    fits = result.diagnostics.get("groups", {"": result.diagnostics})
    return pd.DataFrame(
        [
            ({"group": group} if group else {}) | one | {"method": word(one["method"])}
            for group, found in fits.items()
            for one in found["interval"]["candidates"]
        ]
    )
