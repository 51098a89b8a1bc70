"""Entries of the page `norms`: what a statute says a unit of some kind is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from bzmodel.schema.entries import Entry


class NormPart(Entry):
    """`posts` for every `per` of a driver. Below `below` of it, not less than `posts_per_class` for each class."""

    driver: str
    posts: float = Field(gt=0)
    per: float = Field(gt=0)
    classes: str = ""
    posts_per_class: float = Field(default=0, ge=0)
    below: float = Field(default=0, ge=0)


class Norm(Entry):
    """One norm, at its low limit (按照定编标准的低限核定). families, levels: whom it is for; () = every level."""

    name: str
    form: Literal["ratio", "per_capita", "per_bed", "per_class"]
    document: str
    issuer: str
    region: str
    since: dt.date = Field(alias="from")
    until: dt.date | None = Field(default=None, alias="to")
    families: tuple[str, ...] = Field(min_length=1)
    levels: tuple[str, ...] = ()
    parts: tuple[NormPart, ...] = Field(min_length=1)
    mandatory: bool = True
    verified: bool = False
    note: str = ""

    def holds(self, day: dt.date) -> bool:
        """Whether it is in force on a day."""
        return self.since <= day and (self.until is None or day < self.until)

    def codes(self) -> Iterator[tuple[str, str, str]]:
        """(key, code list, code) of all codes it names."""
        yield from (("families", "family", family) for family in self.families)
        yield from (("levels", "level", level) for level in self.levels)
        for at, part in enumerate(self.parts):
            yield f"parts.{at}.driver", "driver", part.driver
            if part.classes:
                yield f"parts.{at}.classes", "driver", part.classes
