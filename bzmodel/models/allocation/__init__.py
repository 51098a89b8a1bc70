"""Who gets the posts there are: `allocate` proposes and proves, `certify` proves again without any solver."""

from bzmodel.models.allocation.plan import Plan, allocate, certify, faults
from bzmodel.models.allocation.reading import rules_findings
from bzmodel.models.allocation.units import units_table

__all__ = ["Plan", "allocate", "certify", "faults", "rules_findings", "units_table"]
