"""One direction, and one owner for each outside package: design.md 2, read from the imports."""

import ast
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
MODULES = sorted((PROJECT / "bzmodel").rglob("*.py"))

# room -> the rooms it may know besides itself
KNOWS = {
    "schema": set(),
    "intake": {"schema"},
    "models": {"schema"},
    "output": {"schema"},
    "run": {"schema", "intake", "models", "output", "commands"},
    "commands": {"schema", "intake", "models", "output", "run"},
}
# outside package -> where it may be imported (a module, or a room)
OWNERS = {
    "pulp": {"models/allocation/problem.py"},
    "highspy": {"models/allocation/exact.py", "models/need/frontier"},
    "statsmodels": {"models/need/regression", "models/need/frontier"},
    "duckdb": {"models/verification.py"},
    "papermill": {"run/pipeline.py"},
    "nbclient": set(),
    "matplotlib": {"output/charts.py", "output/fonts.py"},
    "mpl_font": {"output/fonts.py"},
    "mplfonts": {"output/fonts.py"},
    "pypandoc": {"output/documents.py"},
    "typst": {"output/documents.py"},
    "openpyxl": {"intake"},
    "python_calamine": {"intake"},
    "sqlalchemy": {"intake"},
    "xlsxwriter": {"output/files.py"},
}
# what models may not know: files, clocks, plots, environment
IMPURE = {"pathlib", "os", "io", "time", "random", "subprocess", "tempfile", "shutil", "socket", "urllib"}


def place(path):
    return path.relative_to(PROJECT / "bzmodel").as_posix()


def imported(path):
    """(module, names) of every import, wherever in the file it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path)}: relative import"
            yield node.module, tuple(alias.name for alias in node.names)


def rooms_of(path):
    """The rooms a module imports from."""
    for module, names in imported(path):
        parts = module.split(".")
        if parts[0] == "bzmodel":
            yield from (parts[1:2] if len(parts) > 1 else names)


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_one_direction(path):
    room = place(path).partition("/")[0]
    if room in KNOWS:
        assert set(rooms_of(path)) <= KNOWS[room] | {room}


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_one_owner_per_outside_package(path):
    for module, _ in imported(path):
        owners = OWNERS.get(module.split(".")[0])
        if owners is not None:
            here = place(path)
            owned = any(here == owner or here.startswith(f"{owner.removesuffix('.py')}/") for owner in owners)
            assert owned, f"{module} belongs to {owners}"


@pytest.mark.parametrize("path", sorted((PROJECT / "bzmodel/models").rglob("*.py")), ids=place)
def test_models_are_pure(path):
    solvers = (
        {"pathlib", "tempfile", "os"} if place(path) == "models/allocation/problem.py" else set()
    )  # CBC takes files
    assert not {module.split(".")[0] for module, _ in imported(path)} & IMPURE - solvers
    calls = [n.func for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
    said = {call.id if isinstance(call, ast.Name) else getattr(call, "attr", "") for call in calls}
    assert not said & {"open", "print", "now", "today", "getenv", "read_csv", "read_excel"}


@pytest.mark.parametrize("path", sorted((PROJECT / "bzmodel/models").rglob("*.py")), ids=place)
def test_siblings_in_models_meet_only_through_tables(path):
    """allocation takes the `need` table, not the need modules."""
    own = place(path).removesuffix(".py").split("/")[1]
    others = {
        module.split(".")[2]
        for module, _ in imported(path)
        if module.startswith("bzmodel.models.") and module.count(".") >= 2
    }
    assert others <= {own}


def test_every_outside_import_is_a_declared_dependency():
    declared = (PROJECT / "pyproject.toml").read_text(encoding="utf-8").lower().replace("-", "_")
    brought = {"traitlets": "papermill", "ipython": "ipykernel", "pydantic_core": "pydantic"}
    aliases = {"pypandoc": "pypandoc_binary"}
    outside = {m.split(".")[0] for path in MODULES for m, _ in imported(path)} - set(sys.stdlib_module_names)
    for package in sorted(outside - {"bzmodel"}):
        name = package.lower()
        assert (brought | aliases).get(name, name) in declared, package


def test_pieces_of_a_page_come_through_protect_alone():
    users = {place(path) for path in MODULES for module, names in imported(path) if "fragments" in f"{module} {names}"}
    assert users - {"output/disclosure.py", "run/pages.py"} == set()  # pages.py: how one number of a card is written
