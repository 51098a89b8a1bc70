"""Who may read a thing, and what an edition prints. A page bears the highest marking of what stands on it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from html import unescape

from bzmodel.schema.secrecy import mark_of

MARKINGS = ("公开", "内部", "工作秘密")  # from the least to the most
EDITIONS = {"internal": "工作秘密", "public": "公开"}  # the highest marking each prints
UNMARKED = "内部"
_BREAK = re.compile(r"</(?:p|td|th|li|h\d|div|pre|dt|dd|summary|title|c|si|w:p|a:p)>|<br\b")  # where words end
_TAG = re.compile(r"<[^>]*>")
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


def state_secret(text: str) -> str:
    """The mark of a state secret that a text, or the text between its tags, bears; nothing where it bears none."""
    unseen = _TAG.sub("", _BREAK.sub("\n", text))
    for said in (text, unescape(unseen)):
        plain = "".join(c for c in unicodedata.normalize("NFKC", said) if unicodedata.category(c) != "Cf")
        if mark := mark_of(plain):
            return mark
    return ""
