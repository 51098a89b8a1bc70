"""How long a run takes beside its notebooks under plain papermill, and how long one with nothing to do.

    python benchmarks/run.py [--year 2021] [--rounds 5]

Ratios within one round, alternating, medians; written to benchmarks/run.csv. Nothing cached: the reports go to a new
folder each time. Targets: run / papermill <= 1.3, again / run < 0.1.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PLAIN = """
import sys, papermill
for path in sys.argv[1:]:
    papermill.execute_notebook(path, None, progress_bar=False, kernel_name="python3", cwd={cwd!r})
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--year", default="2021")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    rounds = [one_round(args.year) for _ in range(args.rounds)]
    rows = [
        ("run / papermill", statistics.median(run / plain for plain, run, _ in rounds), 1.3),
        ("again / run", statistics.median(again / run for _, run, again in rounds), 0.1),
    ]
    with (PROJECT / "benchmarks/run.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("ratio", "median", "target", "rounds"))
        table.writerows((name, f"{median:.3f}", target, args.rounds) for name, median, target in rows)
    print(*(f"{name}: {median:.3f} (target {target})" for name, median, target in rows), sep="\n")


def one_round(year: str) -> tuple[float, float, float]:
    """Seconds of plain papermill, of a run from nothing, of the same run again."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"BZMODEL_REPORTS": folder}
        run = [sys.executable, "-m", "bzmodel", "run", "--year", year, "--quiet"]
        notebooks = [str(path) for path in sorted((PROJECT / "notebooks").glob("[0-9][0-9]-*.ipynb"))]
        plain = [sys.executable, "-c", PLAIN.format(cwd=str(PROJECT)), *notebooks]
        return seconds(plain, environment), seconds(run, environment), seconds(run, environment)


def seconds(command: list[str], environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
