"""The last look at a set before it is published: files of unknown origin, outside addresses, marks of state secrets."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from bzmodel.output.markings import state_secret
from bzmodel.output.outside import outside_of
from bzmodel.run.folder import digest
from bzmodel.schema.results import DisclosureRefused, Finding

_TEXTS = (".csv", ".json", ".toml", ".md", ".txt")
_PACKAGES = (".docx", ".xlsx", ".pptx")  # texts in a ZIP


def refuse_unfit(staging: Path, handed_on: Mapping[str, str], pages: Mapping[str, str]) -> None:
    """Look through a whole set; nothing of it is published if anything is amiss.

    Parameters: handed_on: path -> SHA-256 of what notebooks handed on. pages: of what the pipeline made or
    carried over.
    Raises: DisclosureRefused with every file that nobody handed on, that was changed or removed since, that cannot be
    looked through, that leads outside or that bears the mark of a state secret.
    """
    found = [finding for path in _paths(staging) for finding in _faults(staging / path, path, handed_on, pages)]
    gone = sorted((handed_on.keys() | pages.keys()) - set(_paths(staging)))
    found += [Finding("RN-U1", file=path) for path in gone]
    if found:
        raise DisclosureRefused(*found)


def _paths(staging: Path) -> list[str]:
    return sorted(path.relative_to(staging).as_posix() for path in staging.rglob("*") if not _plain_folder(path))


def _plain_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _faults(file: Path, path: str, handed_on: Mapping[str, str], pages: Mapping[str, str]) -> Iterator[Finding]:
    known = (handed_on | pages).get(path)
    if file.is_symlink() or known is None or digest(file) != known:
        yield Finding("RN-U1", file=path)
    elif not (path in pages or _may_be_handed_on(path)):
        yield Finding("RN-U2", file=path, value=file.suffix)
    else:
        texts = list(_texts(file))
        if file.suffix == ".html":
            yield from (Finding("RN-U3", file=path, value=one[:120]) for text in texts for one in outside_of(text))
        yield from (Finding("OUT-P1", file=path, value=mark) for mark in {state_secret(text) for text in texts} - {""})


def _may_be_handed_on(path: str) -> bool:
    """Only what can be looked through; the one page a notebook hands on is the report of its allocation."""
    own = PurePosixPath(path)
    return own.suffix in _TEXTS + _PACKAGES or own.parts[1:] == ("allocation", "report.html")


def _texts(file: Path) -> Iterator[str]:
    """A file as text, the parts of a document each by itself."""
    if file.suffix not in _PACKAGES:
        yield file.read_text(encoding="utf-8-sig", errors="replace")
        return
    with zipfile.ZipFile(file) as package:
        yield from (package.read(part).decode("utf-8", "replace") for part in package.namelist())
