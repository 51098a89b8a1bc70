"""A run publishes a whole set or nothing: design.md 7 and 8."""

import fcntl
import json
import os
import re
import subprocess
import sys
import textwrap

import pytest
from conftest import PARAMETERS, RECORD, write_notebook

from bzmodel.run.pipeline import publish, publish_cases
from bzmodel.schema import messages
from bzmodel.schema.results import BadInput, Infeasible, NotebookFailed, RunBusy


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def codes(refused):
    return [finding.code for finding in refused.value.findings]


def left(city):
    return sorted(p.name for p in (city / "reports/2021").iterdir())


def publish_twice(city, name):
    """The reports of two runs of which the second starts from nothing."""
    first = publish(city, 2021, quiet=True)
    (city / "reports").rename(city.parent / name)
    second = publish(city, 2021, quiet=True)
    return tree(city.parent / name / "2021/runs" / first.run), tree(second.folder)


def test_a_run_publishes_and_again_redoes_nothing(small):
    city, _ = small
    first = publish(city, 2021, quiet=True)
    assert first.redone and first.index.is_file()
    before = tree(first.folder)
    assert {"index.html", "20-first.html", "50-second.html", "20-first/explanation.csv"} <= set(before)
    again = publish(city, 2021, quiet=True)
    assert not again.redone
    assert tree(again.folder) == before
    assert left(city) == [".lock", "current", "runs"]


def test_same_inputs_same_bytes_and_no_path_of_this_machine(small):
    city, _ = small
    first, second = publish_twice(city, "earlier")
    for made in (first, second):
        del made["manifest.json"]
    assert first == second
    assert not [name for name, content in first.items() if str(city.parent).encode() in content]


def test_a_city_is_named_from_where_one_stands(small, monkeypatch):
    city, _ = small
    (city / "city.toml").write_text((city / "city.toml").read_text().replace("[20, 50]", "[20]"))
    monkeypatch.chdir(city.parent)
    assert publish("city", 2021, quiet=True).folder.is_relative_to(city)


def test_manifest_says_what_went_in_and_what_was_read(small):
    city, _ = small
    outcome = publish(city, 2021, quiet=True)
    manifest = json.loads((outcome.folder / "manifest.json").read_text())
    assert manifest["notebooks"]["20-first"]["parameters"]["level"] == 0.8
    assert list(manifest["notebooks"]["50-second"]["reads"]) == ["20-first/explanation.csv"]
    assert "city/exceptions.csv" in manifest["inputs"]


def change_data(city, notebooks):
    (city / "exceptions.csv").write_text((city / "exceptions.csv").read_text().replace("王五", "李四"))


def change_notebook(city, notebooks):
    path = notebooks / "50-second.ipynb"
    path.write_text(path.read_text().replace("步骤", "逐步"))


def change_parameter(city, notebooks):
    (city / "city.toml").write_text((city / "city.toml").read_text().replace("0.8", "0.7"))


def lose_a_page(city, notebooks):
    (city / "reports/2021/current/20-first.html").unlink()


@pytest.mark.parametrize("change", [change_data, change_notebook, change_parameter, lose_a_page])
def test_whatever_goes_in_makes_it_run_again(small, change):
    city, notebooks = small
    publish(city, 2021, quiet=True)
    change(city, notebooks)
    again = publish(city, 2021, quiet=True)
    assert again.redone
    assert (again.index.parent / "20-first.html").is_file()


def test_only_one_notebook_carries_the_other_over_unchanged(small):
    city, notebooks = small
    first = publish(city, 2021, quiet=True)
    before = tree(first.folder)
    change_notebook(city, notebooks)
    second = publish(city, 2021, only=["50"], quiet=True)
    manifest = json.loads((second.folder / "manifest.json").read_text())
    assert manifest["notebooks"]["20-first"]["run"] == first.run
    assert manifest["notebooks"]["50-second"]["run"] == second.run != first.run
    after = tree(second.folder)
    assert after["20-first.html"] == before["20-first.html"]
    assert after["50-second.html"] != before["50-second.html"]
    assert not publish(city, 2021, only=["50"], quiet=True).redone


def test_three_sets_are_kept(small):
    city, _ = small
    (city / "city.toml").write_text((city / "city.toml").read_text().replace("[20, 50]", "[20]"))
    made = []
    for level in ("0.1", "0.2", "0.3", "0.4"):
        text = re.sub(r"level = \S+", f"level = {level}", (city / "city.toml").read_text())
        (city / "city.toml").write_text(text)
        made.append(publish(city, 2021, quiet=True).run)
    assert sorted(p.name for p in (city / "reports/2021/runs").iterdir()) == sorted(made[1:])


FAULTS = {
    "print('x')": (NotebookFailed, "RN-N2"),
    "1 + 1": (NotebookFailed, "RN-N2"),
    "import warnings; warnings.warn('careful')": (NotebookFailed, "RN-N2"),
    "from IPython.display import HTML, display; display(HTML('<b>x</b>'))": (NotebookFailed, "RN-N2"),
    "1 / 0": (NotebookFailed, "RN-N1"),
    "import os; os.kill(os.getpid(), 9)": (NotebookFailed, "RN-N3"),
    "run.read('need')": (BadInput, "RN-R1"),
    "from bzmodel.schema.results import *; raise Infeasible(Finding('RN-R1', about={'table': 'x'}))": (
        Infeasible,
        "RN-R1",
    ),
    "from bzmodel.schema.results import *; run.show(Result('r', {}, '', checks=(Check('V1', 'c', 2, 1, False, "
    "True),))); run.require_checks()": (NotebookFailed, "RN-C1"),
    "bz.open_run('50-second', year=year, city=city, parameters={'yeer': 1})": (BadInput, "IN-L1"),
    "bz.open_run('50-second', year=2020, city=city)": (BadInput, "RN-P3"),
}


@pytest.mark.parametrize("source", FAULTS)
def test_a_fault_in_a_notebook_fails_the_run(small, source):
    city, notebooks = small
    (city / "city.toml").write_text((city / "city.toml").read_text().replace("[20, 50]", "[50]"))
    write_notebook(notebooks / "50-second.ipynb", source)
    error, code = FAULTS[source]
    with pytest.raises(error) as refused:
        publish(city, 2021, quiet=True)
    assert codes(refused) == [code]
    assert left(city) == [".lock"]


def test_a_table_has_one_owner(small):
    city, notebooks = small
    write_notebook(notebooks / "50-second.ipynb", RECORD)
    with pytest.raises(BadInput) as refused:
        publish(city, 2021, quiet=True)
    assert codes(refused) == ["RN-R2"]
    assert refused.value.findings[0].about["owner"] == "20-first"


def test_the_last_set_outlives_a_failed_run(small):
    city, notebooks = small
    good = publish(city, 2021, quiet=True)
    before = tree(good.folder)
    write_notebook(notebooks / "50-second.ipynb", "1 / 0")
    with pytest.raises(NotebookFailed):
        publish(city, 2021, quiet=True)
    assert left(city) == [".lock", "current", "runs"]
    assert good.index.is_file() and tree(good.folder) == before


def test_the_cell_is_named(small):
    city, notebooks = small
    write_notebook(notebooks / "20-first.ipynb", "x = 1", "x", parameters=PARAMETERS + "level = 0.9\n")
    with pytest.raises(NotebookFailed) as refused:
        publish(city, 2021, quiet=True)
    # title, parameters, the injected values, open_run, x = 1, x
    assert refused.value.findings[0].about["cell"] == 6


REFUSED_BEFORE = {
    "level = 0.8": ("levl = 0.8", "IN-L1"),
    "[parameters.20]\nlevel = 0.8": ("[parameters.20]\nlevel = 'high'", "RN-P1"),
    "[parameters.20]": ("[parameters.77]", "RN-P4"),
    "notebooks = [20, 50]": ("notebooks = [20, 51]", "RN-P4"),
    "years = [2021]": ("years = [2020]", "IN-L4"),
}


@pytest.mark.parametrize("old", REFUSED_BEFORE)
def test_what_city_toml_gives_is_judged_before_any_kernel(small, old, monkeypatch):
    city, _ = small
    new, code = REFUSED_BEFORE[old]
    (city / "city.toml").write_text((city / "city.toml").read_text().replace(old, new))
    monkeypatch.setattr("bzmodel.run.pipeline._execute", None)
    with pytest.raises(BadInput) as refused:
        publish(city, 2021, quiet=True)
    assert code in codes(refused)
    assert not (city / "reports").exists()


def test_the_nearest_name_is_said(small):
    city, _ = small
    (city / "city.toml").write_text((city / "city.toml").read_text().replace("level =", "levl ="))
    with pytest.raises(BadInput) as refused:
        publish(city, 2021, quiet=True)
    assert refused.value.findings[0].about["nearest"] == "level"


UNFIT = {
    "not json": lambda n: "{",
    "nbformat 3": lambda n: json.dumps(n | {"nbformat": 3}),
    "no parameters cell": lambda n: json.dumps(n).replace('"parameters"', '"other"'),
    "two parameters cells": lambda n: json.dumps(n | {"cells": [*n["cells"], n["cells"][1]]}),
    "a computed default": lambda n: json.dumps(n).replace("year = 2021", "year = int(1)"),
}


@pytest.mark.parametrize("spoil", UNFIT)
def test_a_notebook_that_cannot_be_run_is_refused(small, spoil):
    city, notebooks = small
    path = notebooks / "50-second.ipynb"
    path.write_text(UNFIT[spoil](json.loads(path.read_text())))
    with pytest.raises(BadInput) as refused:
        publish(city, 2021, quiet=True)
    assert codes(refused) == ["IN-L12"]


def test_one_run_at_a_time(small):
    city, _ = small
    (city / "reports/2021").mkdir(parents=True)
    with (city / "reports/2021/.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RunBusy):
            publish(city, 2021, quiet=True)
    assert publish(city, 2021, quiet=True).redone


def test_both_kinds_of_pointer_open_and_replace_one_another(small, monkeypatch):
    city, notebooks = small
    publish(city, 2021, quiet=True)
    monkeypatch.setenv("BZMODEL_POINTER", "file")
    change_notebook(city, notebooks)
    second = publish(city, 2021, quiet=True)
    current = city / "reports/2021/current"
    assert not current.is_symlink()
    target = re.search(r'href="([^"]+)"', (current / "index.html").read_text())[1]
    assert (current / target).resolve() == (second.folder / "index.html").resolve()
    assert (city / "reports/2021/current.txt").read_text().strip() == second.run
    monkeypatch.delenv("BZMODEL_POINTER")
    assert not publish(city, 2021, quiet=True).redone
    assert current.is_symlink() and current.resolve() == second.folder.resolve()
    assert left(city) == [".lock", "current", "runs"]


def test_a_scenario_goes_elsewhere(small):
    city, _ = small
    with pytest.raises(BadInput) as refused:
        publish(city, 2021, scenario="less", quiet=True)
    assert codes(refused) == ["RN-S1"]
    (city / "scenarios").mkdir()
    (city / "scenarios/less.toml").write_text("[parameters.20]\nlevel = 0.5\n")
    outcome = publish(city, 2021, scenario="less", quiet=True)
    assert outcome.index == city / "reports/2021/scenarios/less/current/index.html"
    assert not (city / "reports/2021/current").exists()
    assert "（情景 less）" in outcome.index.resolve().read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("parameters = 3\n", [("RN-S2", "parameters")]),
        ("[parameters]\n20 = 3\n", [("RN-S2", "parameters.20")]),
        ('method = "norm"\ncolour = "red"\n[[rule]]\nid = "R01"\n', [("RN-S3", "method"), ("RN-S3", "rule"), ("RN-S2", "colour")]),
        ("[parameters.20]\nlevle = 0.5\n[parameters.77]\n", [("RN-P4", "parameters.77"), ("IN-L1", "levle")]),
        ("[parameters.20]\nlevel = 'high'\n", [("RN-P1", "level")]),
        ("[parameters.20]\nyear = 2020\n", [("RN-P7", "year")]),
    ],
)  # fmt: skip
def test_a_scenario_is_parameters_and_its_faults_are_its_own(small, text, said):
    city, _ = small
    (city / "scenarios").mkdir()
    (city / "scenarios/less.toml").write_text(text)
    with pytest.raises(BadInput) as refused:
        publish(city, 2021, scenario="less", quiet=True)
    assert [(found.code, found.column) for found in refused.value.findings] == said
    assert {found.file for found in refused.value.findings} == {"scenarios/less.toml"}
    for found in refused.value.findings:
        messages.line(found, "zh"), messages.line(found, "en")


def test_a_public_set_holds_no_file_that_only_the_office_may_read(small):
    city, _ = small
    public = publish(str(city), 2021, edition="public", quiet=True)
    assert not list(public.folder.rglob("*.csv")) and not list(public.folder.rglob("small.json"))
    assert "本版不载" in public.index.read_text(encoding="utf-8")
    texts = [path.read_text(encoding="utf-8") for path in public.folder.rglob("*.html")]
    assert not any("共 2 步" in text for text in texts)  # what the withheld result says
    assert not publish(str(city), 2021, edition="public", quiet=True).redone


def test_a_public_set_carries_over_nothing_of_the_internal_one(small):
    city, _ = small
    publish(str(city), 2021, quiet=True)
    with pytest.raises(BadInput) as refused:
        publish(str(city), 2021, only=["50"], edition="public", quiet=True)
    assert [finding.code for finding in refused.value.findings] == ["RN-P6"]


def test_cases_are_published_each_by_itself(small, tmp_path, monkeypatch):
    _, notebooks = small
    opening = 'import bzmodel as bz\nrun = bz.open_run("cases/house", city=None)\n'
    write_notebook(notebooks / "cases/house.ipynb", opening, RECORD, parameters="seats = 435\n", opening=False)
    monkeypatch.setenv("BZMODEL_REPORTS", str(tmp_path / "reports"))
    (outcome,) = publish_cases(quiet=True)
    assert outcome.index == tmp_path / "reports/cases/house/current/index.html"
    assert outcome.index.is_file()


def test_by_hand_a_notebook_writes_a_draft_and_publishes_nothing(small):
    city, _ = small
    source = f"""
        import bzmodel as bz
        run = bz.open_run("20-first", year=2021, city={str(city)!r}, parameters={{"level": 1.0}})
    """
    script = textwrap.dedent(source) + RECORD + "assert len(run.read('explanation')) == 2\n"
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, env=dict(os.environ))
    assert (city / "reports/draft/2021/20-first/explanation.csv").is_file()
    assert [p.name for p in (city / "reports").iterdir()] == ["draft"]


def test_nothing_to_do_imports_no_notebook_library(small):
    city, _ = small
    publish(city, 2021, quiet=True)
    script = (
        "import sys; from pathlib import Path; from bzmodel.run import manifest\n"
        "from bzmodel.run.pipeline import publish\n"
        f"manifest._PACKAGE = Path({str(city.parent / 'package')!r})\n"
        f"assert not publish({str(city)!r}, 2021, quiet=True).redone\n"
        "heavy = {'papermill', 'nbformat', 'statsmodels', 'matplotlib', 'nbclient'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=dict(os.environ))
