"""Columns and tables: what is declared of the data, once, and how a city's tables are taken by their day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bzmodel.schema.cells import Day, Text, Type
from bzmodel.schema.constraints import Balance, Break, Constraint, NotBefore

_NAME = re.compile(r"[a-z]+(?:_[a-z]+)*")


@dataclass(frozen=True)
class Column:
    """One column. label: its Chinese heading. optional: may be absent or blank. refers: the table whose key it is.

    person: it touches a person, so findings mask its values.
    """

    name: str
    label: str
    type: Type
    optional: bool = False
    unit: str = ""
    refers: str = ""
    aliases: tuple[str, ...] = ()
    person: bool = False
    note: str = ""


@dataclass(frozen=True)
class Difference:
    """A computed column: `of` − `minus`."""

    name: str
    label: str
    of: str
    minus: str

    def compute(self, frame: pd.DataFrame) -> pd.Series:
        return frame[self.of] - frame[self.minus]


@dataclass(frozen=True)
class Table:
    """One table of a city. Frames carry its columns and `source_row` (file, sheet, physical row).

    dated (†): rows hold from `valid_from` to before `valid_to`; of one key they never overlap. ledger (§): a work list
    with owner and due day. key: the columns no two rows share (dated: at one day). owner: the section (科室) that keeps
    it. marking: who may read it. balance: how a snapshot follows from the one before.
    """

    name: str
    label: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    dated: bool = False
    ledger: bool = False
    owner: str = ""
    marking: str = "内部"
    constraints: tuple[Constraint, ...] = ()
    balance: Balance | None = None
    computed: tuple[Difference, ...] = ()
    description: str = ""

    def __post_init__(self) -> None:
        extra: tuple[Column, ...] = ()
        rules: tuple[Constraint, ...] = ()
        if self.ledger:
            extra += LEDGER_COLUMNS
            rules += (NotBefore("opened_on", "due_on"), NotBefore("opened_on", "closed_on"))
        if self.dated:
            extra += DATED_COLUMNS
            rules += (NotBefore("valid_from", "valid_to"),)
        # a copy made by dataclasses.replace has them already
        object.__setattr__(self, "columns", self.columns + tuple(c for c in extra if c not in self.columns))
        object.__setattr__(self, "constraints", tuple(r for r in rules if r not in self.constraints) + self.constraints)

    def column(self, name: str) -> Column:
        """The column of this name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def spoken(self, name: str) -> str:
        """A column as a reader knows it: its heading and its name; anything else as it is."""
        label = next((column.label for column in self.columns if column.name == name), name)
        return name if label == name else f"{label}（{name}）"

    def says(self, constraint: Constraint | Balance, lang: str) -> str:
        """A constraint in words; in Chinese its columns go by their headings."""
        labels = {column.name: column.label for column in self.columns} if lang == "zh" else {}
        return _NAME.sub(lambda match: labels.get(match[0], match[0]), constraint.says(lang))

    def about(self, constraint: Constraint, broken: Break) -> dict[str, Any]:
        """What the words of a broken constraint bind."""
        rule = {f"rule_{lang}": self.says(constraint, lang) for lang in ("zh", "en")}
        return rule | {key: self.spoken(value) for key, value in broken.about.items()}

    @property
    def names(self) -> list[str]:
        """Names of its columns, in order."""
        return [column.name for column in self.columns]


DATED_COLUMNS = (
    Column("valid_from", "生效日期", Day()),
    Column("valid_to", "失效日期", Day(), optional=True, note="空为仍有效；失效当日起不再有效"),
)
LEDGER_COLUMNS = (
    Column("owner_id", "责任科室", Text()),
    Column("opened_on", "立项日期", Day()),
    Column("due_on", "应办结日期", Day()),
    Column("closed_on", "办结日期", Day(), optional=True),
    Column("result", "办理结果", Text(), optional=True),
)


def in_force(frame: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """The rows of a dated frame that hold on `day`: from <= day < to."""
    at = pd.Timestamp(day)
    begun = frame["valid_from"] <= at
    if "valid_to" not in frame:
        return frame[begun]  # an optional column no source has: nothing ended
    return frame[begun & (frame["valid_to"].isna() | (frame["valid_to"] > at))]


def item_state(frame: pd.DataFrame, day: dt.date) -> pd.Series:
    """open, overdue or closed for each row of a work ledger, as of `day`. Never typed, always computed."""
    at = pd.Timestamp(day)
    closed = frame["closed_on"] <= at if "closed_on" in frame else pd.Series(False, index=frame.index)
    state = pd.Series("open", index=frame.index, dtype="str")
    state[frame["due_on"] < at] = "overdue"
    state[closed] = "closed"
    return state


class Tables(Mapping[str, pd.DataFrame]):
    """A city's tables as models take them: declared name -> frame. A table without a source is absent."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = dict(frames)

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def at(self, name: str, day: dt.date) -> pd.DataFrame:
        """A dated table's rows in force on `day`, or a snapshot's rows of its latest `as_of` not after `day`."""
        frame = self._frames[name]
        if "valid_from" in frame:
            return in_force(frame, day)
        earlier = frame[frame["as_of"] <= pd.Timestamp(day)]
        return earlier[earlier["as_of"] == earlier["as_of"].max()]

    def replacing(self, **frames: pd.DataFrame) -> Tables:
        """The same tables with some replaced or added."""
        return Tables(self._frames | frames)
