"""The need methods, interchangeable by name, and the route: which of them decides.

A method: `method(tables, params, *, workload_year) -> Result` whose main table is `need_estimates`. Its row in METHODS
puts it beside the others; a place in ROUTES lets it decide for the units that those before it say nothing of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from bzmodel.models.need.estimates import refused_estimates
from bzmodel.models.need.frontier import frontier_need
from bzmodel.models.need.norms import statutory_norm
from bzmodel.models.need.regression import workload_regression
from bzmodel.models.need.standard_time import standard_time
from bzmodel.schema.columns import Tables
from bzmodel.schema.params import Params
from bzmodel.schema.results import BadInput, Result
from bzmodel.schema.words import word

METHODS: dict[str, Callable[..., Result]] = {
    "statutory_norm": statutory_norm,
    "standard_time": standard_time,
    "regression": workload_regression,
    "frontier": frontier_need,
}
#: First to last: the method that decides -> what its route is called.
ROUTES = {"statutory_norm": "标准", "standard_time": "工作量", "regression": "回归"}


def measure(
    tables: Tables, params: Params, *, workload_year: int, methods: Mapping[str, Callable[..., Result]] = METHODS
) -> dict[str, Result]:
    """Every method's answer, by name. Parameters: as a method's; Returns: name -> Result.

    Raises: BadInput for a method whose estimates are not of the declared shape, or under another name.
    """
    results = {name: method(tables, params, workload_year=workload_year) for name, method in methods.items()}
    findings = [finding for name, result in results.items() for finding in refused_estimates(name, result)]
    if findings:
        raise BadInput(*findings)
    return results


def side_by_side(results: Mapping[str, Result]) -> Result:
    """The estimates of all methods in one table `need_estimates`, ordered by its key; why others say nothing."""
    frame = pd.concat([result.table for result in results.values()], ignore_index=True)
    frame = frame.sort_values(["unit_id", "kind", "method"], ignore_index=True)
    speaking = frame[frame["applicable"]].groupby("method").size()
    text = "各方法并列：" + "，".join(f"{word(name)}适用 {speaking.get(name, 0)} 个单位" for name in results) + "。"
    steps = tuple(step for result in results.values() for step in result.steps)
    silent = frame[~frame["applicable"]].groupby(["method", "reason"], as_index=False).size()
    tables = {"need_estimates": frame, "not_applicable": silent.rename(columns={"size": "units"})}
    return Result("need_estimates", tables, text, steps=steps)
