"""What the rows of a table must obey: every constraint says itself and names the rows that break it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd


@dataclass(frozen=True)
class Break:
    """One row that breaks a constraint: its label in the frame, the column to look at, and what the words bind."""

    row: Any
    column: str
    about: Mapping[str, Any] = field(default_factory=dict)


class Constraint(Protocol):
    """A rule on the rows of one table. code: its message in the catalogue."""

    code: str

    def says(self, lang: str) -> str: ...
    def breaks(self, frame: pd.DataFrame) -> Iterator[Break]: ...


@dataclass(frozen=True)
class NotBefore:
    """`later` is not before `earlier`, where both stand."""

    earlier: str
    later: str
    code = "IN-F10"

    def says(self, lang: str) -> str:
        return {
            "zh": f"{self.later} 不早于 {self.earlier}",
            "en": f"{self.later} is not before {self.earlier}",
        }[lang]

    def breaks(self, frame: pd.DataFrame) -> Iterator[Break]:
        if self.earlier in frame and self.later in frame:
            for row in frame.index[frame[self.later] < frame[self.earlier]]:
                yield Break(row, self.later, {"earlier": self.earlier, "later": self.later})


@dataclass(frozen=True)
class NeededWhen:
    """`needed` columns stand where `column` holds one of `codes` (no codes: where it holds anything)."""

    column: str
    needed: tuple[str, ...]
    codes: tuple[str, ...] = ()
    code = "IN-E10"

    def says(self, lang: str) -> str:
        when = f"{self.column} = {'/'.join(self.codes)}" if self.codes else self.column
        return {
            "zh": f"有 {when} 时必须填写 {'、'.join(self.needed)}",
            "en": f"where {when} stands, so do {', '.join(self.needed)}",
        }[lang]

    def breaks(self, frame: pd.DataFrame) -> Iterator[Break]:
        if self.column not in frame:
            return
        when = frame[self.column].isin(self.codes) if self.codes else frame[self.column].notna()
        for needed in self.needed:
            blank = frame[needed].isna() if needed in frame else pd.Series(True, index=frame.index)
            for row in frame.index[when & blank]:
                yield Break(row, needed, {"when": self.column, "needed": needed})


@dataclass(frozen=True)
class SumIs:
    """`column` sums to `total` for each `by`; below: to less than it. Rows without `by` take no part.

    where: only rows with these (column, code), '' for a blank. rows: what they are, in Chinese and English.
    blank_is_each: a row without `by` counts for each of them.
    """

    by: tuple[str, ...]
    column: str
    total: float = 1.0
    below: bool = False
    where: tuple[tuple[str, str], ...] = ()
    rows: tuple[str, str] = ("", "")
    blank_is_each: bool = False
    code = "IN-E14"

    def says(self, lang: str) -> str:
        sign = "<" if self.below else "="
        of_zh, of_en = (f"{self.rows[0]}：", f"{self.rows[1]}: ") if self.where else ("", "")
        return {
            "zh": f"{of_zh}同一 {'、'.join(self.by)} 的 {self.column} 合计 {sign} {self.total:g}",
            "en": f"{of_en}{self.column} of one {', '.join(self.by)} sums to {sign} {self.total:g}",
        }[lang]

    def breaks(self, frame: pd.DataFrame) -> Iterator[Break]:
        by = list(self.by)
        absent = [name for name in (*by, *dict(self.where)) if name not in frame]
        rows = frame.assign(**dict.fromkeys(absent))
        for column, code in self.where:
            rows = rows[rows[column] == code] if code else rows[rows[column].isna()]
        of_one = rows[by].notna().all(axis=1)
        shared = rows[~of_one] if self.blank_is_each else rows.iloc[:0]
        groups = [group for _, group in rows[of_one].groupby(by, sort=False)] or [shared]
        for group in filter(len, groups):
            whole = group if group is shared else pd.concat([group, shared])
            total = math.fsum(whole[self.column].dropna())
            if total > self.total - 1e-9 if self.below else abs(total - self.total) > 1e-9:
                yield Break(group.index[0], self.column, {"sum": f"{total:g}"})


@dataclass(frozen=True)
class OneHolder:
    """Of the rows of a dated table where `among` is `of`, a value of `column` is at one time of one `holder` alone."""

    column: str
    holder: str
    among: str
    of: str
    code = "IN-G28"

    def says(self, lang: str) -> str:
        return {
            "zh": f"{self.among} = {self.of} 的行，同一 {self.column} 同时只属于一个 {self.holder}",
            "en": f"where {self.among} = {self.of}, one {self.column} is at one time of one {self.holder}",
        }[lang]

    def breaks(self, frame: pd.DataFrame) -> Iterator[Break]:
        if self.column not in frame:
            return
        rows = frame[frame[self.column].notna() & (frame[self.among] == self.of)].sort_values("valid_from")
        if "valid_to" not in rows:
            rows = rows.assign(valid_to=pd.NaT)
        for _, same in rows[rows.duplicated(self.column, keep=False)].groupby(self.column, sort=False):
            earlier: list[tuple[str, Any]] = []
            for at, holder, begun, ended in same[[self.holder, "valid_from", "valid_to"]].itertuples():
                other = next((one for one, end in earlier if one != holder and not end <= begun), None)
                if other is not None:
                    yield Break(at, self.column, {"other": other})
                earlier.append((holder, ended))


@dataclass(frozen=True)
class InOrder:
    """The steps of one `of` come in this order: none is over before one ahead of it has begun. Steps may recur."""

    of: str
    step: str
    day: str
    order: tuple[str, ...]
    code = "IN-F11"

    def says(self, lang: str) -> str:
        return {
            "zh": f"同一 {self.of} 的 {self.day} 依 {self.step} 的次序（{'、'.join(self.order)}）不倒退",
            "en": f"{self.day} of one {self.of} follows the order of {self.step} ({', '.join(self.order)})",
        }[lang]

    def breaks(self, frame: pd.DataFrame) -> Iterator[Break]:
        known = frame[frame[self.step].isin(self.order)].dropna(subset=[self.of, self.day])
        spans = known.groupby([self.of, self.step])[self.day].agg(["min", "max", "idxmax"])
        for _, steps in spans.groupby(level=0, sort=False):
            ahead = None
            for step in steps.droplevel(0).loc[lambda rows: sorted(rows.index, key=self.order.index)].itertuples():
                if ahead is not None and step.max < ahead.min:
                    yield Break(step.idxmax, self.day, {"step": step.Index, "ahead": ahead.Index})
                ahead = step if ahead is None or step.min > ahead.min else ahead


@dataclass(frozen=True)
class Balance:
    """A snapshot moves by decisions alone: `number` at its last `as_of` is that of the one before, and for each `by`
    what the rows of `table` with their `day` between have `added` and `taken`."""

    by: tuple[str, ...]
    number: str
    table: str
    added: str
    taken: str
    day: str
    code = "IN-E15"

    def says(self, lang: str) -> str:
        by = "、".join(self.by) if lang == "zh" else ", ".join(self.by)
        return {
            "zh": f"按 {by}：{self.number} = 上一 as_of 的 {self.number} + `{self.table}` 中其间的增减",
            "en": f"by {by}: {self.number} = that of the last as_of + what `{self.table}` changed in between",
        }[lang]

    def differences(self, frame: pd.DataFrame, moves: pd.DataFrame) -> pd.Series:
        """What `number` has too much (+) or too little (−), for each `by` where it is not 0, at the last `as_of`."""
        by = list(self.by)
        *_, before, now = sorted(frame["as_of"].unique())
        between = moves[(moves[self.day] > before) & (moves[self.day] <= now)].dropna(subset=[self.added, self.taken])
        changed = (between[self.added] - between[self.taken]).groupby([between[name] for name in by]).sum()
        then, there = (frame[frame["as_of"] == day].groupby(by)[self.number].sum() for day in (before, now))
        off = there.sub(then.add(changed, fill_value=0), fill_value=0)
        return off[off != 0].astype(int)
