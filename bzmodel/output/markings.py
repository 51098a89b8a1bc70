"""Who may read a thing, and what an edition prints. A page bears the highest marking of what stands on it."""

from __future__ import annotations

import re
from collections.abc import Iterable

MARKINGS = ("公开", "内部", "工作秘密")  # from the least to the most
EDITIONS = {"internal": "工作秘密", "public": "公开"}  # the highest marking each prints
UNMARKED = "内部"
_MARKED = re.compile(r'<section class="bz-part" data-marking="([^"]*)">')


def highest(markings: Iterable[str]) -> str:
    """The most confidential of these markings; 公开 where there are none."""
    return max(markings, key=MARKINGS.index, default=MARKINGS[0])


def marked(html: str, marking: str) -> str:
    """A part of a page that says who may read it."""
    return f'<section class="bz-part" data-marking="{marking}">{html}</section>'


def head_marking(parts: Iterable[str]) -> str:
    """The highest marking of these parts of a page; 内部 where nothing on it is marked."""
    found = [marking for part in parts for marking in _MARKED.findall(part)]
    return highest(found) if found else UNMARKED
