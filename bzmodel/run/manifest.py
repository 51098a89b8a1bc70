"""What went into a run and what came out of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from bzmodel.run.folder import MANIFEST, digest
from bzmodel.run.places import PROJECT

_PACKAGE = Path(__file__).resolve().parents[1]
_NOT_INPUT = {"reports", "__pycache__", "truth"}


def input_hashes(city: Path | None) -> dict[str, str]:
    """Path -> SHA-256 of all that the notebooks of a run may take in, besides themselves and their parameters.

    Without a city (case notebooks) that is the data of the cases. What is truth apart, or was published, is no input.
    """
    folders = {
        "city" if city else "cases": city or PROJECT / "data/cases",
        "params": PROJECT / "data/params",
        "bzmodel": _PACKAGE,
    }
    hashes = {}
    for name, folder in folders.items():
        for path in _files(folder):
            hashes[f"{name}/{path.relative_to(folder).as_posix()}"] = digest(path)
    lock = PROJECT / "requirements.lock"
    if lock.is_file():
        hashes["requirements.lock"] = digest(lock)
    return dict(sorted(hashes.items()))


def key_of(*parts: Any) -> str:
    """A short name for what the parts say: the same parts, the same name."""
    said = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Entry:
    """A notebook of a set. run: the set it was made for. key: of its inputs. reads: path -> SHA-256 of what it took
    from other notebooks. outputs: path -> SHA-256. card: what the index says of it."""

    run: str
    key: str
    parameters: Mapping[str, Any]
    reads: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def said_of(folder: Path | None) -> dict[str, Any]:
    """The manifest of a published set; nothing where there is no set."""
    return {} if folder is None else json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


def entries_of(folder: Path | None) -> dict[str, Entry]:
    """Notebook -> its entry in the manifest of a published set; nothing where there is no set."""
    return {name: Entry(**entry) for name, entry in said_of(folder).get("notebooks", {}).items()}


def file_hashes(folder: Path) -> dict[str, str]:
    """Path -> SHA-256 of every file of a set but its manifest."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    hashes = {path.relative_to(folder).as_posix(): digest(path) for path in paths}
    hashes.pop(MANIFEST, None)
    return hashes


def provenance(started: dt.datetime) -> dict[str, Any]:
    """When, by which code and on what a run was made: the only place with a time of day."""
    finished = dt.datetime.now(dt.UTC)
    versions = _versions()
    return {
        "commit": _commit(),
        "python": platform.python_version(),
        "system": platform.system(),
        "packages": versions,
        "not_as_locked": not_as_locked(versions),
        "started_at": started.isoformat(timespec="seconds"),
        "finished_at": finished.isoformat(timespec="microseconds"),
        "seconds": round((finished - started).total_seconds(), 3),
    }


def not_as_locked(versions: Mapping[str, str]) -> list[str]:
    """The packages whose version differs from the lock, in words."""
    lock = PROJECT / "requirements.lock"
    text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
    locked = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE))
    return [
        f"{name} {version}, locked {locked[name]}"
        for name, version in versions.items()
        if name in locked and locked[name] != version
    ]


def _versions() -> dict[str, str]:
    """Direct dependencies of the suite -> installed version."""
    required = (r for r in metadata.requires("bzmodel") or () if "extra ==" not in r)
    names = sorted({re.split(r"[\s<>=!~;\[]", requirement)[0].lower() for requirement in required})
    return {name: metadata.version(name) for name in names}


def _commit() -> str | None:
    """The commit of the project, with + where files differ from it; null outside git."""
    try:
        git = ["git", "-C", str(PROJECT)]
        said = [_said([*git, "rev-parse", "HEAD"]), _said([*git, "status", "--porcelain", "--untracked-files=no"])]
    except (OSError, subprocess.CalledProcessError):
        return None
    return said[0] + ("+" if said[1] else "")


def _said(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _files(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part in _NOT_INPUT for part in parts)
        if path.is_file() and not hidden:
            yield path
