"""The marks of a state secret. The suite handles none: what bears one is not read, and not printed."""

from __future__ import annotations

import re

# 计算机密码, 司机密切配合, 拒绝密切接触 are no marks
_MARK = re.compile(r"(?<![算手司随主])机密|(?<!拒)绝密|秘密\s*[★☆]")


def mark_of(text: str) -> str:
    """The mark that a text bears; nothing where it bears none."""
    found = _MARK.search(text)
    return found[0] if found else ""


def is_secret(text: str) -> bool:
    """Whether a name, a title or a cell bears such a mark."""
    return bool(mark_of(text))
