"""A tiny city and small notebooks, so that a run can be tested without the real ones."""

import json
import textwrap

import pytest

CITY = """
name = "小城"
years = [2021]
[[tables.exceptions]]
file = "exceptions.csv"
[run]
notebooks = [20, 50]
[parameters.20]
level = 0.8
"""
EXCEPTIONS = "exception_id,about,rule,reason,signed_by,signed_on\nE1,C10,C10,本年无此项,王五,2021-06-01\n"
PARAMETERS = 'year = 2021  # 报告年份\ncity = ""  # 城市文件夹\nedition = "internal"\nfinal = False\n'
OPEN = """
import bzmodel as bz
run = bz.open_run("{name}", year=year, city=city, edition=edition, final=final, parameters={{{given}}})
"""
RECORD = """
import pandas as pd
steps = pd.DataFrame({
    "unit_id": ["U1", "U1"], "kind": ["事业", "事业"], "step": [1, 2], "cause": ["need", "rules"],
    "rule": [None, "R01"], "before": [0, 12], "after": [12, 11],
})
result = bz.Result("small", {"explanation": steps}, f"共 {len(steps)} 步")
run.show(result)
run.require_checks()
run.record(result)
"""
READ = """
steps = run.read("explanation")
run.show(bz.Listing("步骤", steps, "explanation"))
"""


def cell(kind, source, *tags):
    made = {"cell_type": kind, "id": f"c{abs(hash(source)) % 10**8}", "metadata": {"tags": list(tags)}}
    made["source"] = textwrap.dedent(source).strip()
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def write_notebook(path, *cells, parameters=PARAMETERS, opening=True, given=""):
    name = path.relative_to(path.parents[1] if path.parent.name == "cases" else path.parent).with_suffix("")
    cells = [
        cell("markdown", f"# {path.stem}\n\n多少编制？"),
        cell("code", parameters, "parameters"),
        *([cell("code", OPEN.format(name=name.as_posix(), given=given))] if opening else []),
        *(cell("code", source) for source in cells),
    ]
    for number, made in enumerate(cells):
        made["id"] = f"cell{number}"
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


@pytest.fixture
def small(tmp_path, monkeypatch):
    """(city folder, notebooks folder) with notebooks 20, which records a table, and 50."""
    city, notebooks = tmp_path / "city", tmp_path / "notebooks"
    city.mkdir()
    (city / "city.toml").write_text(CITY, encoding="utf-8")
    (city / "exceptions.csv").write_text(EXCEPTIONS, encoding="utf-8")
    write_notebook(
        notebooks / "20-first.ipynb", RECORD, parameters=PARAMETERS + "level = 0.9\n", given='"level": level'
    )
    write_notebook(notebooks / "50-second.ipynb", READ)
    monkeypatch.setenv("BZMODEL_NOTEBOOKS", str(notebooks))
    monkeypatch.setattr("bzmodel.run.manifest._PACKAGE", tmp_path / "package")  # whoever edits it meanwhile
    return city, notebooks
