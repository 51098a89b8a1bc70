"""The one way to a page: `protect` decides, by edition and marking, what of a thing may be printed.

What the edition may not print is named and left out (本版不载); the mark of a state secret is refused in any edition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from bzmodel.output import fragments
from bzmodel.output.documents import prose_html
from bzmodel.output.markings import EDITIONS, MARKINGS, UNMARKED, highest, marked, state_secret
from bzmodel.output.shown import Chart, Document, Listing
from bzmodel.schema.cells import Term
from bzmodel.schema.results import Check, DisclosureRefused, Figure, Finding, Result, Step
from bzmodel.schema.tables import TABLES


@dataclass(frozen=True, slots=True)
class Publishable:
    """What may be printed. marking: the highest of what is printed; withheld: what the edition leaves out."""

    html: str = field(repr=False)
    marking: str
    withheld: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a page, what it is called and who may read it."""

    what: str
    marking: str
    html: str


@dataclass(frozen=True, slots=True)
class _Manner:
    """How frames are shown: headings of columns, names of units, rows before the cut, where the rest is."""

    labels: Mapping[str, str]
    names: Mapping[str, str]
    rows: int
    file: str


def protect(
    thing: Any, *, edition: str, marking: str | None = None, labels: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None, rows: int = 20, file: str = "{name}.csv",
) -> Publishable:  # fmt: skip
    """What `edition` may print of a Result, Chart, Listing, Document, or tuple of Findings, Checks, Steps or Figures.

    Parameters
    ----------
    edition: internal (all markings) or public (公开 only).
    marking: of the thing; without it a declared table has its own and all else is 内部. It never lowers a table's own.
    labels: column -> heading, before those of the declared tables. names: unit_id -> name, printed beside it.
    rows: of a table before it is cut.
    file: where a cut table is whole; {name} is the table's.

    Raises
    ------
    DisclosureRefused for the mark of a state secret or an unknown marking; ValueError for an unknown edition.
    """
    if edition not in EDITIONS:
        raise ValueError(f"edition {edition!r}: internal or public")
    if marking is not None and marking not in MARKINGS:
        raise DisclosureRefused(Finding("OUT-P2", value=marking))
    pieces = _pieces(thing, marking, _Manner(labels or {}, names or {}, rows, file))
    _refuse_secrets(text for piece in pieces for text in (piece.what, piece.html))
    printed = [piece for piece in pieces if printed_by(edition, piece.marking)]
    html = "".join(
        piece.html if piece in printed else fragments.withheld(piece.what, piece.marking) for piece in pieces
    )
    own = highest(piece.marking for piece in printed)
    return Publishable(
        marked(html, own),
        own,
        tuple(piece.what for piece in pieces if piece not in printed),
    )


def _pieces(thing: Any, marking: str | None, manner: _Manner) -> list[_Piece]:
    own = marking or UNMARKED
    if isinstance(thing, Result):
        return _result_pieces(thing, marking, manner)
    if isinstance(thing, Listing):
        return [_table_piece(thing, marking, manner)]
    if isinstance(thing, Chart):
        _refuse_secrets((thing.svg.decode("utf-8", "replace"),))
        return [_Piece(thing.title, own, fragments.chart_image(thing))]
    if isinstance(thing, Document):
        return [_Piece(thing.title, own, prose_html(thing.markdown))]
    if isinstance(thing, tuple | list):
        return _row_pieces(tuple(thing), manner, own)
    raise TypeError(f"{type(thing).__name__} has no way to a page")


def table_marking(name: str, marking: str | None = None) -> str:
    """Who may read a table: what is declared of it, or `marking` if that is higher; 内部 where nothing is said."""
    declared = TABLES.get(name)
    given = [value for value in (marking, declared and declared.marking) if value]
    return highest(given) if given else UNMARKED


def words_marking(result: Result, marking: str | None = None) -> str:
    """Who may read the words, checks and figures of a result: as confidential as the tables they speak of."""
    return highest([marking or UNMARKED, *(table_marking(name, marking) for name in result.tables)])


def printed_by(edition: str, marking: str) -> bool:
    """Whether an edition prints what bears this marking."""
    return MARKINGS.index(marking) <= MARKINGS.index(EDITIONS[edition])


def _result_pieces(result: Result, marking: str | None, manner: _Manner) -> list[_Piece]:
    filled = {name: frame for name, frame in result.tables.items() if len(frame)}
    tables = [_table_piece(Listing("", frame, name), marking, manner) for name, frame in filled.items()]
    words = words_marking(result, marking)
    pieces = [_Piece("文字说明", words, fragments.paragraph(result.text)), *tables]
    pieces.append(_Piece("检查", words, fragments.checks_table(result.checks)))
    pieces += _row_pieces(result.findings, manner, words)
    return [piece for piece in pieces if piece.html]


def _table_piece(listing: Listing, marking: str | None, manner: _Manner) -> _Piece:
    declared = TABLES.get(listing.name)
    title = listing.title or (declared.label if declared else listing.name)
    headings = {"name": "单位名称"} | (
        {c.name: f"{c.label}（{c.unit}）" if c.unit else c.label for c in declared.columns} if declared else {}
    )
    for column in listing.frame.columns:
        _refuse_secrets(value for value in listing.frame[column] if isinstance(value, str))
    html = fragments.table(
        _named(listing.frame, manner.names), labels={**headings, **manner.labels}, caption=title, rows=manner.rows,
        terms={c.name for c in declared.columns if isinstance(c.type, Term)} if declared else (),
        file=manner.file.format(name=listing.name or listing.title),
    )  # fmt: skip
    return _Piece(title, table_marking(listing.name, marking), html)


def _named(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Beside each unit's code its name, where the frame has none."""
    if not names or "unit_id" not in frame or "name" in frame:
        return frame
    shown = frame.copy()
    shown.insert(shown.columns.get_loc("unit_id") + 1, "name", frame["unit_id"].map(names))
    return shown


def _row_pieces(rows: tuple[Any, ...], manner: _Manner, marking: str) -> list[_Piece]:
    if not rows:
        return []
    kind = type(rows[0])
    if not all(isinstance(row, kind) for row in rows):
        raise TypeError("rows of several kinds are shown one kind at a time")
    if kind is Finding:
        return [_Piece("发现的问题", marking, fragments.findings_list(rows))]
    if kind is Check:
        return [_Piece("检查", marking, fragments.checks_table(rows))]
    if kind is Step:
        return [_Piece("推导过程", marking, fragments.steps_table(_steps_named(rows, manner.names)))]
    if kind is Figure:
        return [_Piece("数据", marking, fragments.figures_table(rows))]
    raise TypeError(f"{kind.__name__} has no way to a page")


def _steps_named(steps: tuple[Step, ...], names: Mapping[str, str]) -> tuple[Step, ...]:
    return tuple(replace(step, key=tuple(names.get(part, part) for part in step.key)) for step in steps)


def _refuse_secrets(texts: Iterable[str]) -> None:
    for text in texts:
        if found := state_secret(text):
            raise DisclosureRefused(Finding("OUT-P1", value=found))
