"""Which rows a figure counts: those of its table that match, of its days, with what referenced rows said then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from bzmodel.schema.columns import Tables, item_state
from bzmodel.schema.figures import Allowed, FigureDeclaration
from bzmodel.schema.results import BadInput, Finding, place
from bzmodel.schema.tables import TABLES

NONE_THIS_YEAR = "本年无此项"
_CLOSING_MONTH = 3  # until then the final edition of the year before is signed


class NoData(Exception):
    """The city has no source for a table or a column that a figure needs. what: its name."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


@dataclass
class View:
    """A city's tables as one figure sees them: on its day. findings: what it stumbled over."""

    figure: str
    tables: Tables
    day: dt.date
    findings: list[Finding] = field(default_factory=list)

    def frame(self, table: str) -> pd.DataFrame:
        """All rows of a table. Raises NoData, BadInput for one that nobody declared."""
        if table not in TABLES:
            raise BadInput(Finding("FG-X1", value=table, about={"figure": self.figure}))
        if table not in self.tables:
            raise NoData(table)
        return self.tables[table]

    def at(self, table: str) -> pd.DataFrame:
        """The rows of a dated table or a snapshot that hold on the day."""
        frame = self.frame(table)
        if "valid_from" not in frame and "as_of" not in frame:
            raise BadInput(Finding("FG-X4", value=table, about={"figure": self.figure}))
        return self.tables.at(table, self.day)

    def column(self, frame: pd.DataFrame, table: str, path: str) -> pd.Series:
        """A column of the frame, computed or of a referenced row (`matter_id.dept_id`). Raises NoData, BadInput."""
        name, _, rest = path.partition(".")
        values = self._own(frame, table, name)
        return self._referenced(frame, table, name, values, rest) if rest else values

    def _own(self, frame: pd.DataFrame, table: str, name: str) -> pd.Series:
        declared = TABLES[table]
        for computed in declared.computed:
            if computed.name == name:
                for part in (computed.of, computed.minus):
                    self._own(frame, table, part)
                return computed.compute(frame)
        if name in frame:
            return frame[name]
        if name == "state" and declared.ledger:
            return item_state(frame, self.day)
        if name in declared.names:
            raise NoData(f"{table}.{name}")
        raise BadInput(Finding("FG-X2", column=name, value=table, about={"figure": self.figure}))

    def _referenced(self, frame: pd.DataFrame, table: str, name: str, values: pd.Series, rest: str) -> pd.Series:
        refers = TABLES[table].column(name).refers if name in TABLES[table].names else ""
        if not refers:
            raise BadInput(Finding("FG-X3", column=name, value=table, about={"figure": self.figure}))
        key = TABLES[refers].key[0]
        known = last_known(self.frame(refers), key, self.day)
        for row in frame.index[values.notna() & ~values.isin(known[key])]:
            where = place(frame.at[row, "source_row"])
            self.findings.append(
                Finding("FG-E1", **where, column=name, value=values[row], about={"figure": self.figure, "to": refers})
            )
        return values.map(pd.Series(self.column(known, refers, rest).array, index=known[key].array))

    def matching(self, frame: pd.DataFrame, table: str, where: Mapping[str, Allowed]) -> pd.DataFrame:
        """The rows whose columns hold what `where` allows."""
        for path, allowed in where.items():
            frame = frame[self._holds(frame, table, path, allowed)]
        return frame

    def excluding(self, frame: pd.DataFrame, table: str, where: Mapping[str, Allowed]) -> pd.DataFrame:
        """The rows but those whose columns hold one of these; a blank is none of them."""
        for path, refused in where.items():
            frame = frame[~self._holds(frame, table, path, refused)]
        return frame

    def _holds(self, frame: pd.DataFrame, table: str, path: str, allowed: Allowed) -> pd.Series:
        codes = list(allowed) if isinstance(allowed, tuple) else [allowed]
        return self.column(frame, table, path).isin(codes).astype(bool)


def last_known(frame: pd.DataFrame, key: str, day: dt.date) -> pd.DataFrame:
    """One row a key: of a dated table the version in force on the day or, where all have ended, the last before it.

    Notes: so a unit that was abolished within the year still says whose it was.
    """
    if "valid_from" not in frame:
        return frame.drop_duplicates(key)
    begun = frame[frame["valid_from"] <= pd.Timestamp(day)]
    return begun.sort_values("valid_from", kind="stable").drop_duplicates(key, keep="last")


def counted_rows(
    declaration: FigureDeclaration, view: View, year: int, already: Callable[[str], pd.DataFrame]
) -> pd.DataFrame:
    """The rows a figure counts, in the order of the table. already: the rows of another figure by its id."""
    table = declaration.table
    frame = view.at(table) if declaration.when in ("E", "D") else view.frame(table)
    frame = view.matching(frame, table, declaration.where)
    frame = view.excluding(frame, table, declaration.where_not)
    if declaration.first_of:
        by_day = frame.sort_values([declaration.date, "source_row"], kind="stable")
        frame = by_day.drop_duplicates(declaration.first_of).sort_index()
    if declaration.when in ("Y", "Y-1", "P"):
        frame = frame[_in_period(view.column(frame, table, declaration.date), declaration.when, year)]
    shared = declaration.without_by or "source_row"
    for other in declaration.without:
        if shared not in already(other) or shared not in frame:
            raise BadInput(Finding("FG-X2", column=shared, value=table, about={"figure": view.figure}))
        frame = frame[~frame[shared].isin(already(other)[shared])]
    frame = _with_values(declaration, view, frame)
    if declaration.sign:
        values = view.column(frame, table, declaration.columns[0])
        frame = frame[values > 0 if declaration.sign == "positive" else values < 0]
    return frame


def _in_period(days: pd.Series, when: str, year: int) -> pd.Series:
    years = days.dt.year if pd.api.types.is_datetime64_any_dtype(days) else days
    wanted = {"Y": years == year, "Y-1": years == year - 1, "P": years <= year}[when]
    return wanted.fillna(False).astype(bool)


def _with_values(declaration: FigureDeclaration, view: View, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that hold what is counted; each that should and does not is named."""
    for path in declaration.columns:
        blank = view.column(frame, declaration.table, path).isna()
        for source in () if declaration.may_be_blank else frame.loc[blank, "source_row"]:
            about = {"figure": view.figure, "name": declaration.name}
            view.findings.append(Finding("FG-W1", **place(source), column=path, about=about))
        frame = frame[~blank]
    return frame


def none_this_year(tables: Tables, figure: str, year: int) -> str:
    """Why there is no such figure this year, by the signed record; nothing where there is no record.

    Notes: a record holds for the year it states (`about`: C08 2021); else with `valid_to` for all years from its own to
    that day's; else for the year it was signed in and, signed by March, for the year before, whose last edition it is.
    """
    if "exceptions" not in tables:
        return ""
    records = tables["exceptions"]
    records = records[records["rule"] == NONE_THIS_YEAR]
    signed = records["signed_on"].dt.year
    until = records["valid_to"].dt.year if "valid_to" in records else signed.where(signed.isna())
    closing = (records["signed_on"].dt.month <= _CLOSING_MONTH) & until.isna() & (signed == year + 1)
    holds = (records["about"] == figure) & (((signed <= year) & (until.fillna(signed) >= year)) | closing)
    holds |= records["about"].str.split().map(lambda about: about == [figure, str(year)])
    if not holds.any():
        return ""
    record = records[holds].sort_values("exception_id").iloc[0]
    signed_by = f"{record['signed_by']} {record['signed_on'].date()} 签字"
    return f"{NONE_THIS_YEAR}：{record['reason']}（{record['exception_id']}，{signed_by}）"


def running(frame: pd.DataFrame, days: str, year: int) -> bool:
    """Whether any row is of the year itself."""
    return bool(_in_period(frame[days], "Y", year).any())
