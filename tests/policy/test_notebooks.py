"""Notebooks are committed without outputs (but for marked cells) and can be run by the pipeline."""

import json
from pathlib import Path

import pytest

from bzmodel.run.parameters import parameters_cell

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(p for p in (PROJECT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_one_parameters_cell_of_literals(path):
    parameters_cell(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stripped_and_identified(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"] >= 5) == (4, True)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and "# NBVAL_CHECK_OUTPUT" not in "".join(cell["source"]):
            assert not cell["outputs"], cell["source"]
            assert cell["execution_count"] is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_opened_under_its_own_name(path):
    name = path.relative_to(PROJECT / "notebooks").with_suffix("").as_posix()
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert f'open_run("{name}"' in "".join("".join(cell["source"]) for cell in cells).replace("\n    ", "")
