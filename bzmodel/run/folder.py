"""The folder a command writes with `--out`: new, empty or its own earlier output; replaced as a whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from bzmodel.schema.results import BadInput, DiskFault, Finding

MANIFEST = "manifest.json"


def replace_folder(out: Path, command: str, files: Mapping[str, bytes]) -> None:
    """Make `out` hold exactly these files and their manifest.

    Parameters: out: new, empty, or an earlier output of the same command, known by its manifest. files: path inside
    the folder (with /) -> content.
    Raises: BadInput naming the file that is foreign, nothing touched; DiskFault where nothing can be written.
    """
    refuse_foreign(out, command)
    out = Path(os.path.abspath(out))  # "." has no name of its own
    staging = out.with_name(f".{out.name}.bzmodel-staging")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(staging, ignore_errors=True)
        try:
            write_files(staging, files | {MANIFEST: manifest_bytes(command, files)})
            _swap(staging, out)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise DiskFault(Finding("RN-D1", file=str(out), about={"reason": error.strerror or str(error)})) from error


def refuse_foreign(out: Path, command: str) -> None:
    """Raises BadInput unless `out` is new, empty, or an earlier output of this command as it was written."""
    if in_the_way := [folder for folder in out.parents if os.path.isfile(folder)]:
        raise BadInput(Finding("IN-L22", file=str(out), about={"foreign": in_the_way[0].name, "command": command}))
    if not os.path.lexists(out):
        return
    if out.is_symlink() or not out.is_dir():
        raise BadInput(Finding("IN-L22", file=str(out), about={"foreign": out.name, "command": command}))
    written = _written(out, command)
    for path in sorted(out.rglob("*")):
        if path.is_dir() and not path.is_symlink() and any(path.iterdir()):
            continue  # judged by what lies in it
        name = path.relative_to(out).as_posix()
        if not (name == MANIFEST and written) and (not path.is_file() or written.get(name) != digest(path)):
            raise BadInput(Finding("IN-L22", file=str(out), about={"foreign": name, "command": command}))


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write path -> content below `folder`, flushed to the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Name -> SHA-256 of contents, in hex, by name."""
    return {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}


def manifest_bytes(command: str, files: Mapping[str, bytes]) -> bytes:
    """What `command` wrote, each file with its SHA-256."""
    return (json.dumps({"command": command, "files": hashes(files)}, ensure_ascii=False, indent=1) + "\n").encode()


def _written(out: Path, command: str) -> dict[str, str]:
    """Name -> SHA-256 of what this command wrote here; nothing where its manifest does not say so."""
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        files = manifest["files"] if manifest["command"] == command else {}
        return dict(files) if isinstance(files, dict) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _swap(staging: Path, out: Path) -> None:
    """`staging` becomes `out`; the earlier one comes back if that fails."""
    if not out.exists():
        staging.rename(out)
        return
    earlier = out.with_name(f".{out.name}.bzmodel-earlier")
    shutil.rmtree(earlier, ignore_errors=True)
    out.rename(earlier)
    try:
        staging.rename(out)
    except OSError:
        earlier.rename(out)
        raise
    shutil.rmtree(earlier)
