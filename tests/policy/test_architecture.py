"""ARCHITECTURE.md names every room and module that there is."""

from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PARTS = sorted(
    path for path in (PROJECT / "bzmodel").rglob("*") if path.suffix == ".py" and not path.name.startswith("__")
)


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_every_module_is_named(path):
    page = (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert path.name in page or f"`{path.stem}`" in page
    assert path.parent.name in page
