"""ARCHITECTURE.md names every room that there is, and no other."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8")
ROOMS = {path.parent.relative_to(PROJECT).as_posix() for path in (PROJECT / "bzmodel").rglob("*.py")}


def test_every_room_stands_on_the_page():
    named = set(re.findall(r"^\| `(bzmodel/[^`]*)/` \|", PAGE, re.MULTILINE))
    told = "ARCHITECTURE.md, Rooms: one line a folder of modules"
    assert named == ROOMS - {"bzmodel"}, told


def test_every_path_the_page_names_is_there():
    paths = re.findall(r"`((?:bzmodel|data|tests|docs|notebooks)/[\w./-]+)`(?! \(not there yet\))", PAGE)
    assert len(paths) > 10
    lost = [path for path in paths if not (PROJECT / path).exists()]
    assert not lost, "ARCHITECTURE.md names what is not there"
