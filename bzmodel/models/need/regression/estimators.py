"""The estimators by name, and the fit of some rows by one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bzmodel.models.need.regression.counts import poisson
from bzmodel.models.need.regression.estimate import Estimate, refuse_infinite
from bzmodel.models.need.regression.huber import huber
from bzmodel.models.need.regression.least_squares import non_negative, ordinary
from bzmodel.models.need.regression.mixed import mixed
from bzmodel.models.need.regression.negative_binomial import negative_binomial
from bzmodel.models.need.regression.quantile import quantile
from bzmodel.models.need.regression.rows import Request, Row
from bzmodel.models.need.regression.sample import Sample, sample_of

ESTIMATORS: Mapping[str, Callable[[Sample], Estimate]] = MappingProxyType(
    {
        "ols": ordinary,
        "nnls": non_negative,
        "huber": huber,
        "quantile": quantile,
        "poisson": poisson,
        "negbin": negative_binomial,
        "mixed": mixed,
    }
)


def estimate(rows: Sequence[Row], asked: Request) -> Estimate:
    """Fit the rows that take part.

    Raises BadInput naming the columns: constant, collinear, too few rows, log of 0, no fit by this method.
    """
    fit = ESTIMATORS[asked.method](sample_of(rows, asked))
    refuse_infinite(fit)
    return fit
