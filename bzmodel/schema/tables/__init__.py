"""Every table of a city, declared once: columns, types, units, Chinese headings, constraints.

Intake, forms, findings and the data dictionary come from these declarations; a new ledger is a new declaration here
and its code lists in data/params/codes.toml. States (open, overdue, closed), totals and rates are computed, never
typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bzmodel.schema.columns import Table
from bzmodel.schema.tables.allocated import ALLOCATED
from bzmodel.schema.tables.counted import COUNTED
from bzmodel.schema.tables.institutions import INSTITUTIONS
from bzmodel.schema.tables.matters import MATTERS
from bzmodel.schema.tables.measured import MEASURED
from bzmodel.schema.tables.workload import WORKLOAD

TABLES: Mapping[str, Table] = MappingProxyType(
    {table.name: table for table in (*INSTITUTIONS, *MATTERS, *WORKLOAD, *MEASURED, *ALLOCATED, *COUNTED)}
)
