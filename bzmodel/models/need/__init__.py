"""How many posts does the work need? Methods of one shape (`methods`), and the one need that is made of them."""

from bzmodel.models.need.methods import METHODS, ROUTES, measure, side_by_side

__all__ = ["METHODS", "ROUTES", "measure", "side_by_side"]
