"""What else than results comes to a page: drawings, frames with a heading, texts."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing. id: G01 …; title: its heading, also its alternative text; svg: a whole file."""

    id: str
    title: str
    svg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """A frame with its heading. name: its declared table, if it is one, which gives marking and headings."""

    title: str
    frame: pd.DataFrame = field(repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A text in Markdown, its figures bound."""

    title: str
    markdown: str = field(repr=False)
