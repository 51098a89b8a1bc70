"""How long 30,000 units take beside one plain linear programme a unit, and whether the scores are the same.

    python benchmarks/frontier.py [--units 30000] [--sample 30] [--rounds 3]

One input, four outputs, variable returns. The peer: scipy's linprog (HiGHS) over all units, timed and compared on a
sample. Ratios within one round, alternating, medians; written to benchmarks/frontier.csv. Target: linprog / growing >=
50, scores equal to 1e-6. The last row is all of `bz.frontier`: three returns to scale, slacks, peers, super-efficiency.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linprog

import bzmodel as bz
from bzmodel.models.need.frontier.growing import Technology

PROJECT = Path(__file__).resolve().parents[1]
OUTPUTS = ["visits", "loans", "events", "hours"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=30_000)
    parser.add_argument("--sample", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    rounds = [one_round(args.units, args.sample, seed) for seed in range(args.rounds)]
    plain, growing, whole, apart = (list(column) for column in zip(*rounds, strict=True))
    ratio, ratio_whole = (
        statistics.median(p / ours for p, ours in zip(plain, mine, strict=True)) for mine in (growing, whole)
    )
    rows = [
        ("linprog, ms a unit", f"{statistics.median(plain) * 1000:.1f}", ""),
        ("growing frontier, ms a unit", f"{statistics.median(growing) * 1000:.2f}", ""),
        ("linprog / growing frontier", f"{ratio:.0f}", ">= 50"),
        ("greatest difference of a score", f"{max(apart):.1e}", "<= 1e-6"),
        ("linprog / all of bz.frontier", f"{ratio_whole:.0f}", ""),
    ]
    with (PROJECT / "benchmarks/frontier.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("what", "median", "target", "units", "rounds"))
        table.writerows((*row, args.units, args.rounds) for row in rows)
    print(*(f"{what}: {median} {target}" for what, median, target in rows), sep="\n")


def one_round(units: int, sample: int, seed: int) -> tuple[float, float, float, float]:
    """Seconds a unit of linprog, of the growing frontier, of all of bz.frontier; the greatest difference of a score."""
    inputs, outputs = drawn(units, seed)
    picked = np.random.default_rng(seed).choice(units, sample, replace=False)
    begun = time.perf_counter()
    plain = [one_programme(inputs, outputs, at) for at in picked]
    by_programme = (time.perf_counter() - begun) / sample
    begun = time.perf_counter()
    technology = Technology(inputs, outputs, "vrs")
    scores = [technology.measure(unit, own=at).score for at, unit in enumerate(technology.reference)]
    growing = (time.perf_counter() - begun) / units
    data = pd.DataFrame(outputs, columns=OUTPUTS).assign(staff=inputs, unit=[f"U{at:06}" for at in range(units)])
    begun = time.perf_counter()
    found = bz.frontier(data, unit="unit", inputs=["staff"], outputs=OUTPUTS).table["score"].to_numpy()
    whole = (time.perf_counter() - begun) / units
    apart = max(np.abs(np.array(plain) - one[picked]).max() for one in (np.array(scores), found))
    return by_programme, growing, whole, float(apart)


def drawn(units: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sizes spread over three orders of magnitude, outputs in every mix, staff beyond what they take."""
    draw = np.random.default_rng(seed)
    size = draw.lognormal(4, 1, (units, 1))
    mix = draw.lognormal(0, 0.5, (units, 4))
    staff = size * mix.mean(axis=1, keepdims=True) ** 0.8 * np.exp(np.abs(draw.normal(0, 0.3, (units, 1))))
    return staff, size * mix


def one_programme(inputs: np.ndarray, outputs: np.ndarray, at: int) -> float:
    """The score of one unit over all, as scipy solves it."""
    most = np.vstack([np.r_[-inputs[at], inputs[:, 0]], np.c_[np.zeros(outputs.shape[1]), -outputs.T]])
    sums = np.r_[0.0, np.ones(len(inputs))][None]
    cost = np.r_[1.0, np.zeros(len(inputs))]
    found = linprog(cost, A_ub=most, b_ub=np.r_[0.0, -outputs[at]], A_eq=sums, b_eq=[1.0], method="highs")
    if found.status != 0:
        raise ArithmeticError(found.message)
    return found.fun


if __name__ == "__main__":
    main()
