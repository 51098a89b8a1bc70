"""Write the headline numbers of the example city anew into the notebooks: python tests/notebooks/headlines.py

Only the cells marked # NBVAL_CHECK_OUTPUT keep what they show; every test run compares them.
"""

import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = [*sorted((PROJECT / "notebooks").glob("[0-9][0-9]-*.ipynb")), PROJECT / "notebooks/cases/us-house.ipynb"]
MARK = "# NBVAL_CHECK_OUTPUT"


def main() -> None:
    with tempfile.TemporaryDirectory() as reports:
        os.environ["BZMODEL_REPORTS"] = reports
        for path in NOTEBOOKS:
            notebook = nbformat.read(path, as_version=4)
            executed = NotebookClient(nbformat.from_dict(notebook), kernel_name="python3").execute()
            for cell, ran in zip(notebook.cells, executed.cells, strict=True):
                if MARK in cell.source:
                    cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
            nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
