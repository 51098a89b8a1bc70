"""Entries of the page `methods`: which drivers, scale and years the regression of a family uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from pydantic import ConfigDict, Field, RootModel, model_validator

from bzmodel.schema.entries import Entry

#: How a line is estimated (`bzmodel fit --method`), and in a family: all but mixed, which needs a group.
FitMethod = Literal["ols", "nnls", "huber", "quantile", "poisson", "negbin", "mixed"]
FamilyFit = Literal["ols", "nnls", "huber", "quantile", "poisson", "negbin"]
FIT_METHODS: tuple[str, ...] = get_args(FitMethod)
#: Those whose mean is the exponential of a line.
COUNT_METHODS = ("poisson", "negbin")


class FamilyMethod(Entry):
    """How one family is regressed. years: those fitted on, () = all up to the workload year.

    method: the estimator (ols unless said). quantile: with method quantile only (the median unless said).
    minimum_posts: the least a unit of this family can be given by this route [quota].
    """

    drivers: tuple[str, ...] = Field(min_length=1)
    method: FamilyFit = "ols"
    quantile: float | None = Field(default=None, gt=0, lt=1)
    scale: Literal["levels", "log"] = "levels"
    intercept: bool = True
    years: tuple[int, ...] = ()
    level: float = Field(default=0.9, gt=0, lt=1)
    minimum_posts: int = Field(default=1, ge=0)
    source: str
    verified: bool = False

    @property
    def is_a_sum(self) -> bool:
        """Whether its predictions are a sum of a part for each driver."""
        return self.scale == "levels" and self.method not in COUNT_METHODS

    @model_validator(mode="after")
    def _quantile_of_quantile(self) -> FamilyMethod:
        if self.quantile is not None and self.method != "quantile":
            raise ValueError("quantile: only with method = quantile")
        return self


class Families(RootModel[Mapping[str, FamilyMethod]]):
    """The entry `families`: family -> how it is regressed."""

    model_config = ConfigDict(frozen=True)

    def codes(self) -> Iterator[tuple[str, str, str]]:
        """(key, code list, code) of all codes it names."""
        for family, method in self.root.items():
            yield family, "family", family
            yield from ((f"{family}.drivers", "driver", driver) for driver in method.drivers)
