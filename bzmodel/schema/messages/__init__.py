"""The one catalogue of messages: a page (TOML) per room, every entry in Chinese and English.

An entry: `severity` (X refuse, E collect and stop, W go on and list, N normalised), `zh`, `en`: the rule that is
broken, in words; `mend_zh`, `mend_en`: what its reader can do. `{names}` are bound by `Finding.about`, besides
`{value}`, `{column}`, `{row}`, `{file}`, `{sheet}`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from bzmodel.schema.results import Finding

LANGUAGES = ("zh", "en")
SEVERITIES = ("X", "E", "W", "N")
STOPPING = ("X", "E")


@cache
def catalogue() -> MappingProxyType[str, MappingProxyType[str, str]]:
    """code -> entry, of all pages. A code that stands on two pages is a fault of ours."""
    entries: dict[str, MappingProxyType[str, str]] = {}
    for page in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if page.name.endswith(".toml"):
            for code, entry in tomllib.loads(page.read_text(encoding="utf-8")).items():
                if code in entries:
                    raise ValueError(f"message {code} stands twice")
                entries[code] = MappingProxyType(entry)
    return MappingProxyType(entries)


def severity(finding: Finding) -> str:
    """X, E, W or N."""
    return catalogue()[finding.code]["severity"]


def stops(finding: Finding) -> bool:
    """Whether a run ends over it."""
    return severity(finding) in STOPPING


def rule(finding: Finding, lang: str = "zh") -> str:
    """The rule that is broken, in words."""
    return _bind(catalogue()[finding.code][lang], finding)


def mend(finding: Finding, lang: str = "zh") -> str:
    """What the reader can do."""
    return _bind(catalogue()[finding.code][f"mend_{lang}"], finding)


_PLACE = {
    "zh": {"sheet": "工作表 {}", "row": "第 {} 行", "column": "列 {}", "value": "值“{}”"},
    "en": {"sheet": "sheet {}", "row": "row {}", "column": "column {}", "value": "value '{}'"},
}
_MEND = {"zh": "处理：{}", "en": "mend: {}"}


def line(finding: Finding, lang: str = "zh") -> str:
    """The whole message: code | file | sheet | row | column | value | rule | mend; what does not exist is left out."""
    parts = [finding.code]
    if finding.file:
        parts.append(finding.file)
    for name, pattern in _PLACE[lang].items():
        shown = getattr(finding, name)
        if shown not in ("", None):
            parts.append(pattern.format(shown))
    parts += [rule(finding, lang), _MEND[lang].format(mend(finding, lang))]
    return " | ".join(parts)


def lines(findings: Iterable[Finding], lang: str = "zh") -> list[str]:
    """All messages, the gravest first, otherwise in the order given."""
    return [line(f, lang) for f in sorted(findings, key=lambda f: SEVERITIES.index(severity(f)))]


def records(findings: Iterable[Finding], lang: str = "zh") -> list[dict[str, object]]:
    """The parts of all messages by name, as --json prints them."""
    return [
        {
            "code": found.code,
            "severity": severity(found),
            "file": found.file,
            "sheet": found.sheet,
            "row": found.row,
            "column": found.column,
            "value": found.value,
            "rule": rule(found, lang),
            "mend": mend(found, lang),
        }
        for found in findings
    ]


class _Bound(dict):
    def __missing__(self, key: str) -> str:
        raise KeyError(f"a message binds {{{key}}}, which its finding does not give")


def _bind(words: str, finding: Finding) -> str:
    given = {name: getattr(finding, name) for name in ("file", "sheet", "row", "column", "value")}
    return words.format_map(_Bound(given | dict(finding.about)))
