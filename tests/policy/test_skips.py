"""A run of the tests that skips one says which and why, and fails where all must run (design.md 10)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"


@pytest.mark.parametrize(("strict", "code"), [({}, 0), ({"BZMODEL_NO_SKIPS": "1"}, 1)])
def test_a_skipped_test_fails_the_strict_run(tmp_path, strict, code):
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_it.py").write_text("import pytest\ndef test_it(): pytest.skip('no soffice')\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-rs",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    environment = {name: value for name, value in os.environ.items() if name != "BZMODEL_NO_SKIPS"} | strict
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code and "no soffice" in done.stdout
    assert ("must run: test_it.py::test_it" in done.stdout) == bool(strict)
