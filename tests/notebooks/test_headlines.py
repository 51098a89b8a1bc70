"""The notebooks still show the headline numbers that are committed in them."""

import os
import subprocess
import sys

from headlines import MARK, NOTEBOOKS, PROJECT


def test_marked_cells_show_what_is_committed(tmp_path):
    notebooks = [str(path) for path in NOTEBOOKS]
    assert all(MARK in path.read_text(encoding="utf-8") for path in NOTEBOOKS)
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider", *notebooks]
    environment = os.environ | {"BZMODEL_REPORTS": str(tmp_path)}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
