"""One small linear programme after another, by HiGHS: the only place that knows the solver."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import highspy
import numpy as np

INFINITY = highspy.kHighsInf
_OPTIONS = MappingProxyType(
    {
        "output_flag": False,
        "threads": 1,
        "solver": "simplex",
        "presolve": "off",  # a programme of some rows is solved before it is presolved
        "small_matrix_value": 1e-12,
        "primal_feasibility_tolerance": 1e-10,
        "dual_feasibility_tolerance": 1e-10,
    }
)
_PRIMAL_SIMPLEX = 4
_BY_COLUMN = MINIMISE = 1


@dataclass(frozen=True)
class Optimum:
    """values: of the variables; prices: of the rows (what one more unit of a row's bound costs)."""

    objective: float
    values: np.ndarray
    prices: np.ndarray


class Programme:
    """HiGHS on one thread, with the tightest tolerances it takes."""

    def __init__(self) -> None:
        self._solver = highspy.Highs()
        for name, value in _OPTIONS.items():
            self._solver.setOptionValue(name, value)

    def minimise(self, columns: np.ndarray, cost: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> Optimum | None:
        """min cost·z with lower <= z·columns <= upper and z >= 0; None where no z does.

        Parameters: columns: a row of numbers a variable, one a constraint. lower, upper: of the constraints.
        Raises: ArithmeticError where the solver gives up.
        Notes: each variable is measured so that its greatest coefficient is 1.
        """
        count, rows = columns.shape
        measure = np.abs(columns).max(axis=1)
        measure[measure == 0] = 1.0
        scaled = columns / measure[:, None]
        starts = np.arange(0, count * rows, rows, dtype=np.int32)
        indices = np.tile(np.arange(rows, dtype=np.int32), count)
        self._solver.passModel(
            count, rows, count * rows, _BY_COLUMN, MINIMISE, 0.0, cost / measure, np.zeros(count),
            np.full(count, INFINITY), lower, upper, starts, indices, scaled.ravel(), np.zeros(count, dtype=np.int32),
        )  # fmt: skip
        status = self._status()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError(f"HiGHS: {status}")
        found = self._solver.getSolution()
        values = np.array(found.col_value) / measure
        return Optimum(float(cost @ values), values, np.array(found.row_dual))

    def _status(self) -> highspy.HighsModelStatus:
        """Of the run; one that ends in doubt is made again the other way."""
        known = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
        self._solver.run()
        if (status := self._solver.getModelStatus()) in known:
            return status
        self._solver.clearSolver()
        self._solver.setOptionValue("simplex_strategy", _PRIMAL_SIMPLEX)
        self._solver.run()
        self._solver.setOptionValue("simplex_strategy", 1)
        return self._solver.getModelStatus()
