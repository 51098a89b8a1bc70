"""A run publishes a whole set or nothing: design.md 7 and 8."""

from bzmodel.run.pipeline import publish


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_run_publishes_and_again_redoes_nothing(small):
    city, _ = small
    first = publish(city, 2021, quiet=True)
    assert first.redone and first.index.is_file()
    before = tree(first.folder)
    assert {"index.html", "20-first.html", "50-second.html", "20-first/explanation.csv", "manifest.json"} <= set(before)
    again = publish(city, 2021, quiet=True)
    assert not again.redone
    assert tree(again.folder) == before
    assert sorted(p.name for p in first.index.parents[1].iterdir()) == [".lock", "current", "runs"]
