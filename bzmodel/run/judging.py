"""A city as a run will read it, judged as a whole: its tables, and what the models say of its rules, texts and figures.

Intake may not know the models; here both are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bzmodel.intake.city import City, load_city
from bzmodel.models.allocation import rules_findings
from bzmodel.models.figures import texts_from
from bzmodel.models.figures.declared import faults
from bzmodel.models.figures.summary import figure_names
from bzmodel.models.figures.texts import Texts
from bzmodel.schema.params import Params
from bzmodel.schema.results import Finding, collecting


def judged_city(folder: Path, year: int) -> City:
    """Read a city for the report of `year`. Raises BadInput with all that stops a run, wherever it stands."""

    def judge(rules: Mapping[str, Any], texts: Mapping[str, Any], params: Params) -> Iterator[Finding]:
        if rules:
            yield from rules_findings(rules, f"rules/{year}.toml")
        if texts:
            yield from _texts_findings(texts, params, f"texts/{year}.toml")
        yield from faults(params.page("figures"), params)

    return load_city(folder, year, judge=judge)


def _texts_findings(document: Mapping[str, Any], params: Params, file: str) -> list[Finding]:
    findings: list[Finding] = []
    with collecting(findings):
        findings += _unknown_figures(texts_from(document, file=file), params, file)
    return findings


def _unknown_figures(texts: Texts, params: Params, file: str) -> Iterator[Finding]:
    known = params.page("figures")
    sentences = [sentence for part in texts.parts() for sentence in part.whole]
    for text in (text for sentence in sentences for text in (sentence.text, sentence.otherwise)):
        for name in figure_names(text):
            if name not in known:
                yield Finding("TX-E6", file=file, value=name, about={"text": text})
