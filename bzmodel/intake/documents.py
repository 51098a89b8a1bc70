"""TOML in: parameters, rules, texts and the settings of a city, each fault with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from bzmodel.schema.results import BadInput, Finding
from bzmodel.schema.secrecy import is_secret


def read_toml(path: Path, *, shown: str | None = None) -> Mapping[str, Any]:
    """A TOML file as a mapping. Raises BadInput: missing, unreadable, not UTF-8, not TOML (with its line)."""
    file = shown or path.name
    refuse_secret_name(file)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        _refuse_secret_lines(text, file)
        return tomllib.loads(text)
    except FileNotFoundError:
        raise BadInput(Finding("IN-A1", file=file)) from None
    except IsADirectoryError:
        raise BadInput(Finding("IN-A2", file=file)) from None
    except OSError as error:
        raise BadInput(Finding("IN-A6", file=file, about={"why": error.strerror or str(error)})) from None
    except UnicodeDecodeError as error:
        raise BadInput(Finding("IN-A10", file=file, about={"offset": error.start})) from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        row = int(line[1]) if line else None
        raise BadInput(Finding("IN-L8", file=file, row=row, about={"why": str(error)})) from None


def read_pages(folder: Path, *, shown: str) -> dict[str, Mapping[str, Any]]:
    """All pages (`*.toml`) of a folder of parameters by name; a folder that is not there has none."""
    return {path.stem: read_toml(path, shown=f"{shown}/{path.name}") for path in sorted(folder.glob("*.toml"))}


def refuse_secret_name(file: str) -> None:
    """Raises BadInput, the name masked, where a file bears the mark of a state secret in its name. It is not opened."""
    if is_secret(file):
        path = PurePosixPath(file)
        kept = path.with_name(f"***{path.suffix}")
        shown = "/".join("***" if is_secret(part) else part for part in kept.parts)
        raise BadInput(Finding("IN-S1", file=shown))


def _refuse_secret_lines(text: str, file: str) -> None:
    if marked := [row for row, line in enumerate(text.splitlines(), 1) if is_secret(line)]:
        raise BadInput(*(Finding("IN-S3", file=file, row=row) for row in marked))
