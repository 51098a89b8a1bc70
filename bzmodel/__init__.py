"""bzmodel: how many posts (编制) an institution's work needs, who gets the posts there are, and the year's reports.

In a notebook: `import bzmodel as bz`. The names below are brought in when first used, so that starting costs nothing.
"""

from importlib import import_module
from typing import Any

_NAMES = {
    "open_run": "bzmodel.run.session",
    "load_city": "bzmodel.intake.city",
    "read_table": "bzmodel.intake.tables",
    "project_path": "bzmodel.run.places",
    "Table": "bzmodel.schema.columns",
    "Column": "bzmodel.schema.columns",
    "Text": "bzmodel.schema.cells",
    "Number": "bzmodel.schema.cells",
    "Whole": "bzmodel.schema.cells",
    "Year": "bzmodel.schema.cells",
    "Result": "bzmodel.schema.results",
    "Check": "bzmodel.schema.results",
    "Figure": "bzmodel.schema.results",
    "Listing": "bzmodel.output.disclosure",
    "Document": "bzmodel.output.disclosure",
    "METHODS": "bzmodel.models.need",
    "ROUTES": "bzmodel.models.need",
    "fit": "bzmodel.models.need.regression",
    "workload_regression": "bzmodel.models.need.regression",
    "measure": "bzmodel.models.need",
    "side_by_side": "bzmodel.models.need",
    "carried": "bzmodel.models.succession",
    "wisn": "bzmodel.models.need.wisn",
    "frontier": "bzmodel.models.need.frontier",
    "fdh": "bzmodel.models.need.frontier",
    "frontier_influence": "bzmodel.models.need.frontier",
    "merger_gains": "bzmodel.models.need.frontier",
    "malmquist": "bzmodel.models.need.frontier",
    "frontier_need": "bzmodel.models.need.frontier",
    "stochastic_frontier": "bzmodel.models.need.frontier",
    "standard_time": "bzmodel.models.need.standard_time",
    "statutory_norm": "bzmodel.models.need.norms",
    "combine": "bzmodel.models.need.combine",
    "in_posts": "bzmodel.models.need.combine",
    "current_quotas": "bzmodel.models.allocation.scope",
    "units_in_scope": "bzmodel.models.allocation.scope",
    "telling": "bzmodel.models.allocation",
    "allocate": "bzmodel.models.allocation",
    "certify": "bzmodel.models.allocation",
    "count_figures": "bzmodel.models.figures",
    "annual_summary": "bzmodel.models.figures",
    "charts": "bzmodel.output",
}
__all__ = tuple(_NAMES)


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'bzmodel' has no attribute {name!r}")
    if name in ("charts", "telling"):
        return import_module(f"{_NAMES[name]}.{name}")
    return getattr(import_module(_NAMES[name]), name)


def __dir__() -> list[str]:
    return sorted(_NAMES)
