"""Workload regression (工作量回归): what institutions of one family have, as a line in what they do."""

from bzmodel.models.need.regression.families import regression_need, workload_regression
from bzmodel.models.need.regression.fitting import FitResult, fit
from bzmodel.models.need.regression.rows import fit_table

__all__ = ["FitResult", "fit", "fit_table", "regression_need", "workload_regression"]
