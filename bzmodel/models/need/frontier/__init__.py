"""Frontier methods (前沿分析): what the units that do most with least show to be possible."""

from bzmodel.models.need.frontier.dea import FrontierResult, frontier
from bzmodel.models.need.frontier.rows import frontier_table

__all__ = ["FrontierResult", "frontier", "frontier_table"]
