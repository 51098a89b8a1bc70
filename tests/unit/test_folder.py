"""The --out protocol of a command: interfaces.md, head."""

import hashlib
import json

import pytest

from bzmodel.run.folder import replace_folder
from bzmodel.schema.results import BadInput, DiskFault

FIRST = {"a.csv": b"1\n", "charts/b.png": b"png"}


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_new_folder_gets_its_files_and_a_manifest_with_their_hashes(tmp_path):
    out = tmp_path / "deep" / "out"
    replace_folder(out, "fit", FIRST)
    written = tree(out)
    manifest = json.loads(written.pop("manifest.json"))
    assert written == FIRST
    assert manifest["command"] == "fit"
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in FIRST.items()}


def test_earlier_output_is_replaced_as_a_whole_and_nothing_else_is_left(tmp_path):
    out = tmp_path / "out"
    replace_folder(out, "fit", FIRST)
    replace_folder(out, "fit", {"c.csv": b"2\n"})
    assert set(tree(out)) == {"c.csv", "manifest.json"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_empty_folder_is_taken(tmp_path):
    replace_folder(tmp_path, "fit", FIRST)
    assert set(tree(tmp_path)) == {*FIRST, "manifest.json"}


def add_foreign(out):
    (out / "notes.txt").write_text("mine")
    return "notes.txt"


def add_hidden(out):
    (out / ".keep").write_text("")
    return ".keep"


def edit_own(out):
    (out / "a.csv").write_text("edited by hand")
    return "a.csv"


def add_empty_folder(out):
    (out / "sub").mkdir()
    return "sub"


def lose_manifest(out):
    (out / "manifest.json").unlink()
    return "a.csv"


def break_manifest(out):
    (out / "manifest.json").write_text("[]")
    return "a.csv"


@pytest.mark.parametrize("spoil", [add_foreign, add_hidden, edit_own, add_empty_folder, lose_manifest, break_manifest])
def test_foreign_file_is_named_and_nothing_touched(tmp_path, spoil):
    out = tmp_path / "out"
    replace_folder(out, "fit", FIRST)
    name = spoil(out)
    before = tree(tmp_path)
    with pytest.raises(BadInput) as refused:
        replace_folder(out, "fit", {"c.csv": b""})
    assert refused.value.findings[0].about["foreign"] == name
    assert tree(tmp_path) == before


def test_output_of_another_command_is_foreign(tmp_path):
    replace_folder(tmp_path / "out", "fit", FIRST)
    with pytest.raises(BadInput):
        replace_folder(tmp_path / "out", "allocate", FIRST)


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    for out in ("out", "out/deeper/still"):
        with pytest.raises(BadInput) as refused:
            replace_folder(tmp_path / out, "fit", FIRST)
        assert refused.value.findings[0].about["foreign"] == "out"


def test_failure_while_writing_leaves_the_earlier_output(tmp_path):
    out = tmp_path / "out"
    replace_folder(out, "fit", FIRST)
    before = tree(tmp_path)
    with pytest.raises(DiskFault):
        replace_folder(out, "fit", {"a.csv": b"", "a.csv/b": b""})
    assert tree(tmp_path) == before


def test_a_name_too_long_for_the_disk_is_a_fault_of_the_disk(tmp_path):
    with pytest.raises(DiskFault):
        replace_folder(tmp_path / ("x" * 300), "fit", {"a.csv": b"a\n"})
    assert not list(tmp_path.iterdir())
