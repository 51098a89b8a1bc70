"""A place where sets of reports are published: lock, staging, the runs kept, and the pointer `current`.

    <place>/.lock   <place>/staging-*/   <place>/runs/<id>/   <place>/current -> runs/<id>

Whatever is cut off at any moment, `current` leads to a whole set. Where links need rights, `current.txt` names the
set and `current/index.html` leads on to it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bzmodel.run.folder import MANIFEST, digest
from bzmodel.schema.results import Finding, RunBusy

KEPT = 3
_REDIRECT = (
    '<!DOCTYPE html><html lang="zh"><meta charset="utf-8"><title>bzmodel</title>'
    '<meta http-equiv="refresh" content="0; url=../runs/{id}/index.html">'
    '<a href="../runs/{id}/index.html">index.html</a></html>\n'
)


def kill_point(name: str) -> None:
    """Die here, at once, if the tests say so (`BZMODEL_KILL_AT`)."""
    if os.environ.get("BZMODEL_KILL_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Publication:
    """The place of one city's year, of a scenario of it, or of a case."""

    place: Path

    @property
    def runs(self) -> Path:
        """The published sets."""
        return self.place / "runs"

    @property
    def index(self) -> Path:
        """The page to open."""
        return self.place / "current" / "index.html"

    def current(self) -> Path | None:
        """The set that is published now, if there is one."""
        link, pointer = self.place / "current", self.place / "current.txt"
        if link.is_symlink():
            target = link.resolve()
        elif pointer.is_file():
            target = self.runs / pointer.read_text(encoding="utf-8").strip()
        else:
            return None
        return target if (target / MANIFEST).is_file() else None

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A new folder for a run; what a killed one left is removed first, this one when it is done with."""
        self._sweep()
        staging = self.place / f"staging-{os.getpid()}"
        staging.mkdir(parents=True)
        try:
            yield staging
        finally:
            self._sweep()

    def publish(self, staging: Path, run: str) -> Path:
        """Make the set in `staging` the current one, in one step."""
        flush(staging)
        kill_point("before-rename")
        target = self.runs / run
        self.runs.mkdir(exist_ok=True)
        if target.exists():  # of the same inputs, but no longer whole
            target.rename(self.place / f"staging-{os.getpid()}-broken")
        staging.rename(target)
        _flush_folder(self.runs)
        kill_point("before-pointer")
        self.point(run)
        kill_point("after-pointer")
        self.prune()
        return target

    def point(self, run: str) -> None:
        """Let `current` lead to this set."""
        if os.environ.get("BZMODEL_POINTER") == "file" or not self._link(run):
            self._pointer_file(run)
        _flush_folder(self.place)

    def tidy(self, run: str) -> None:
        """Let `current` lead to this set and be the only thing besides the sets, whatever a killed run left."""
        self._sweep()
        self.point(run)

    def prune(self) -> None:
        """Keep the last runs, and always the current one."""
        current = self.current()
        sets = sorted((p for p in self.runs.iterdir() if p.is_dir()), key=lambda p: (_finished(p), p.name))
        for old in sets[:-KEPT]:
            if current is None or old.resolve() != current.resolve():
                shutil.rmtree(old)

    def _sweep(self) -> None:
        for left in self.place.glob("staging-*"):
            shutil.rmtree(left)

    def _link(self, run: str) -> bool:
        link, new = self.place / "current", self.place / ".current-new"
        new.unlink(missing_ok=True)
        try:
            new.symlink_to(Path("runs") / run, target_is_directory=True)
        except OSError:
            return False
        kill_point("in-pointer")
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)  # the redirecting page of a pointer file
        os.replace(new, link)
        (self.place / "current.txt").unlink(missing_ok=True)
        return True

    def _pointer_file(self, run: str) -> None:
        link = self.place / "current"
        _replace_text(self.place / "current.txt", run + "\n")
        kill_point("in-pointer")
        if link.is_symlink():
            link.unlink()
        link.mkdir(exist_ok=True)
        _replace_text(link / "index.html", _REDIRECT.format(id=run))


def whole(folder: Path) -> bool:
    """Whether a set is as its manifest says, byte by byte."""
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        return all(digest(folder / name) == sha for name, sha in files.items())
    except (OSError, ValueError, KeyError):
        return False


@contextmanager
def lock(place: Path) -> Iterator[None]:
    """Hold a city's year. The system frees it when its process ends, however it ends. Raises RunBusy."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("a+", encoding="utf-8") as stream:
        try:
            _hold(stream.fileno())
        except OSError:
            stream.seek(0)
            raise RunBusy(Finding("RN-B1", file=place.name, about={"process": stream.read().strip() or "?"})) from None
        stream.truncate(0)
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        yield


def flush(folder: Path) -> None:
    """Everything below a folder onto the disk."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            _flush_folder(path)
        else:
            with path.open("rb+") as stream:
                os.fsync(stream.fileno())


if sys.platform == "win32":
    import msvcrt

    def _hold(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _hold(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):  # folders cannot be flushed everywhere
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _replace_text(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}-new")
    with new.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(new, path)


def _finished(folder: Path) -> str:
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["finished_at"]
    except (OSError, ValueError, KeyError):
        return ""
