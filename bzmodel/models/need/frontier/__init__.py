"""Frontier methods (前沿分析): what the units that do most with least show to be possible."""

from bzmodel.models.need.frontier.dea import FrontierResult, frontier
from bzmodel.models.need.frontier.families import frontier_need
from bzmodel.models.need.frontier.fdh import fdh
from bzmodel.models.need.frontier.influence import frontier_influence
from bzmodel.models.need.frontier.malmquist import malmquist
from bzmodel.models.need.frontier.mergers import merger_gains
from bzmodel.models.need.frontier.rows import frontier_table
from bzmodel.models.need.frontier.sfa import StochasticResult, stochastic_frontier

__all__ = [
    "FrontierResult",
    "StochasticResult",
    "fdh",
    "frontier",
    "frontier_influence",
    "frontier_need",
    "frontier_table",
    "malmquist",
    "merger_gains",
    "stochastic_frontier",
]
