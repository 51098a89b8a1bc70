"""python -m bzmodel.commands.dictionary: writes docs/data-dictionary.zh.md anew from the declarations."""

from __future__ import annotations

from bzmodel.intake.city import PROJECT, load_params
from bzmodel.schema.dictionary import data_dictionary

PAGE = PROJECT / "docs" / "data-dictionary.zh.md"


def page() -> str:
    """The page as it must be."""
    return data_dictionary(load_params())


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
