"""What the rows of a table must obey: every constraint says itself and names the rows that break it."""

from __future__ import annotations

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
    """`column` sums to `total` for each `by` (rows without `by` take no part); below: to less than it."""

    by: tuple[str, ...]
    column: str
    total: float = 1.0
    below: bool = False
    code = "IN-E14"

    def says(self, lang: str) -> str:
        sign = "<" if self.below else "="
        return {
            "zh": f"同一 {'、'.join(self.by)} 的 {self.column} 合计 {sign} {self.total:g}",
            "en": f"{self.column} of one {', '.join(self.by)} sums to {sign} {self.total:g}",
        }[lang]

    def breaks(self, frame: pd.DataFrame) -> Iterator[Break]:
        for _, rows in frame.dropna(subset=list(self.by)).groupby(list(self.by), sort=False):
            total = rows[self.column].sum()
            wrong = total >= self.total if self.below else abs(total - self.total) > 1e-9
            if wrong:
                yield Break(rows.index[0], self.column, {"sum": f"{total:g}"})
