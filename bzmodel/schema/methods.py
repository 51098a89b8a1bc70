"""Entries of the page `methods`: which drivers, scale and years the regression of a family uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import ConfigDict, Field, RootModel

from bzmodel.schema.entries import Entry


class FamilyMethod(Entry):
    """How one family is regressed. years: those fitted on, () = all up to the workload year.

    minimum_posts: the least a unit of this family can be given by this route [quota].
    """

    drivers: tuple[str, ...] = Field(min_length=1)
    scale: Literal["levels", "log"] = "levels"
    intercept: bool = True
    years: tuple[int, ...] = ()
    level: float = Field(default=0.9, gt=0, lt=1)
    minimum_posts: int = Field(default=1, ge=0)
    source: str
    verified: bool = False


class Families(RootModel[Mapping[str, FamilyMethod]]):
    """The entry `families`: family -> how it is regressed."""

    model_config = ConfigDict(frozen=True)

    def codes(self) -> Iterator[tuple[str, str, str]]:
        """(key, code list, code) of all codes it names."""
        for family, method in self.root.items():
            yield family, "family", family
            yield from ((f"{family}.drivers", "driver", driver) for driver in method.drivers)
