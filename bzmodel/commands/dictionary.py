"""python -m bzmodel.commands.dictionary: writes docs/data-dictionary.zh.md and docs/rules.zh.md from declarations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bzmodel.intake.city import PROJECT, load_params
from bzmodel.models.allocation.dictionary import rules_page
from bzmodel.schema.dictionary import data_dictionary

PAGE = PROJECT / "docs" / "data-dictionary.zh.md"
RULES_PAGE = PROJECT / "docs" / "rules.zh.md"


def page() -> str:
    """The data dictionary as it must be."""
    return data_dictionary(load_params())


def pages() -> Mapping[Path, str]:
    """Every generated page as it must be."""
    return {PAGE: page(), RULES_PAGE: rules_page()}


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
