"""The `parameters` cell of a notebook, read without running it, and the values given for it, held against it."""

from __future__ import annotations

import ast
import datetime as dt
import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bzmodel.intake.city import leads_out
from bzmodel.schema.results import BadInput, Finding

TAG = "parameters"


def parameters_cell(notebook: Path) -> dict[str, Any]:
    """Name -> default of the notebook's one `parameters` cell. Raises BadInput where it has not exactly one.

    Notes: read as text, since nothing may start, not even the notebook libraries, before the names are known.
    """
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _unfit(notebook, "没有这个文件", "there is no such file") from None
    except ValueError:
        raise _unfit(notebook, "不是有效的 JSON", "not valid JSON") from None
    if not isinstance(content, dict) or content.get("nbformat") != 4:
        raise _unfit(notebook, "不是 nbformat 4", "not nbformat 4")
    cells = [c for c in content["cells"] if TAG in c.get("metadata", {}).get("tags", ())]
    if len(cells) != 1 or cells[0]["cell_type"] != "code":
        raise _unfit(notebook, f"有 {len(cells)} 个 parameters 单元格", f"{len(cells)} cells are tagged `parameters`")
    source = cells[0]["source"]
    return _literals(notebook, source if isinstance(source, str) else "".join(source))


def check_parameters(notebook: Path, given: Mapping[str, Any], *, file: str) -> dict[str, Any]:
    """What is given for a notebook, as it is handed to it. All that does not fit is raised together.

    Parameters: given: name -> value. file: whoever gave them, for the message.
    Raises: BadInput: an unknown name (the nearest is said), a value of another type, a path out of the city.
    """
    declared = parameters_cell(notebook)
    findings, ready = [], {}
    for name, value in given.items():
        ready[name] = value.isoformat() if isinstance(value, dt.date) else value
        if name not in declared:
            nearest = (difflib.get_close_matches(name, declared, 1) or ["—"])[0]
            about = {"notebook": notebook.stem, "nearest": nearest, "known": ", ".join(declared)}
            findings.append(Finding("IN-L1", file=file, column=name, about=about))
        elif not _fits(ready[name], declared[name]):
            about = {"notebook": notebook.stem, "expected": type(declared[name]).__name__}
            findings.append(Finding("RN-P1", file=file, column=name, value=str(value), about=about))
        elif isinstance(value, str) and _path_that_leads_out(value):
            findings.append(Finding("RN-P2", file=file, column=name, value=value))
    if findings:
        raise BadInput(*findings)
    return ready


def _path_that_leads_out(text: str) -> bool:
    return ("/" in text or "\\" in text) and leads_out(text)


def _literals(notebook: Path, source: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        for node in ast.parse(source).body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if len(targets) != 1 or not isinstance(targets[0], ast.Name) or node.value is None:
                raise ValueError
            found[targets[0].id] = ast.literal_eval(node.value)
    except (ValueError, SyntaxError, AttributeError):
        raise _unfit(notebook, "parameters 单元格只能写字面量赋值", "its cell holds more than literals") from None
    return found


def _fits(value: Any, default: Any) -> bool:
    if default is None or value is None:
        return default is None
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    if isinstance(default, list | tuple):
        return isinstance(value, list | tuple)
    return isinstance(value, type(default))


def _unfit(notebook: Path, zh: str, en: str) -> BadInput:
    return BadInput(Finding("IN-L12", file=notebook.name, about={"reason_zh": zh, "reason_en": en}))
