"""The annual summary: sentences with their figures bound, and an appendix that says what each figure counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bzmodel.models.figures.printing import in_words
from bzmodel.models.figures.texts import BINDING, Sentence, Texts, texts_from
from bzmodel.schema.results import BadInput, Figure, Finding, Result

ANNUAL_SUMMARY = "annual_summary"  # the name of its Result
STATES = {False: "预审", True: "终审"}
_WITHIN = re.compile(r"其中")


@dataclass(frozen=True)
class Spoken:
    """One sentence as it is printed; text empty: it fell out, because of `why`."""

    section: str
    text: str
    figures: tuple[str, ...]
    written: str
    why: str = ""


class Speaker:
    """Binds the sentences of one year to its figures and documents."""

    def __init__(self, figures: Result, documents: pd.DataFrame | None, *, year: int, file: str) -> None:
        self.figures = {figure.id: figure for figure in figures.figures}
        self.printed = dict(figures.table.set_index("id")["printed"])
        forms = figures.tables["figure_forms"]
        self.printed |= dict(zip(forms["id"] + "|" + forms["form"], forms["printed"], strict=True))
        self.printed["year"] = str(year)
        self.documents = documents
        self.year, self.file = year, file
        self.findings: list[Finding] = []

    def say(self, section: str, sentence: Sentence) -> Spoken:
        """A sentence with its figures, or why it is left out."""
        text, why = sentence.text, self._silent(sentence.text)
        if not why and not self._documented(sentence):
            text, why = self._other_words(sentence, "所称文件没有文号或不是本年印发")
        elif not why and self._subset_is_false(text):
            text, why = self._other_words(sentence, "“其中”不成立")
        said = "" if why else self.bind(text)
        return Spoken(section, said, figure_names(text), sentence.text, why)

    def bind(self, text: str) -> str:
        """The text with every {…} replaced, and no space around a figure."""
        return BINDING.sub(lambda match: self.printed[match.group(1)], text)

    def _silent(self, text: str) -> str:
        """Why a sentence cannot be said: a figure that is none this year, or has no value, or not in this form."""
        for name in BINDING.findall(text):
            figure = name.partition("|")[0]
            if figure != "year" and figure not in self.figures:
                raise BadInput(Finding("TX-E6", file=self.file, value=figure, about={"text": text}))
            if figure != "year" and self.figures[figure].value is None:
                definition = self.figures[figure].definition
                return f"{figure} {definition[definition.rfind(self.printed[figure]) :]}"
            if name not in self.printed:
                return f"{name} 缺少所需的基数"
        return ""

    def _documented(self, sentence: Sentence) -> bool:
        """Every document the sentence names has a number and was issued within the year."""
        for document in sentence.documents:
            if not self._issued(document):
                self.findings.append(Finding("TX-W1", file=self.file, value=document, about={"text": sentence.text}))
                return False
        return True

    def _issued(self, document: str) -> bool:
        if self.documents is None:
            return False
        known = self.documents[self.documents["document_id"] == document]
        numbered = known["number"].notna() if "number" in known else pd.Series(False, index=known.index)
        return bool((numbered & (known["issued_on"].dt.year == self.year)).any())

    def _subset_is_false(self, text: str) -> bool:
        """Whether a figure after 其中 is not part of the figure before it."""
        for found in _WITHIN.finditer(text):
            before, after = figure_names(text[: found.start()]), figure_names(text[found.end() :])
            if before and after and not _part_of(self.figures[after[0]], self.figures[before[-1]]):
                about = {"part": after[0], "whole": before[-1], "text": text}
                self.findings.append(Finding("TX-W2", file=self.file, value=after[0], about=about))
                return True
        return False

    def _other_words(self, sentence: Sentence, why: str) -> tuple[str, str]:
        """What is said instead; without other words the sentence falls out."""
        if not sentence.otherwise:
            return sentence.text, why
        return sentence.otherwise, self._silent(sentence.otherwise)


def figure_names(text: str) -> tuple[str, ...]:
    """The figures a text binds, in order."""
    names = (name.partition("|")[0] for name in BINDING.findall(text))
    return tuple(name for name in names if name != "year")


def _part_of(part: Figure, whole: Figure) -> bool:
    return bool(part.rows["source_row"].isin(whole.rows["source_row"]).all()) and part.value <= whole.value


def annual_summary(
    texts: Texts | Mapping[str, Any],
    figures: Result,
    *,
    year: int,
    documents: pd.DataFrame | None = None,
    final: bool = False,
) -> Result:
    """The annual summary in official prose: every number in it is a counted figure.

    Parameters
    ----------
    texts: the city's texts/<year>.toml, parsed. figures: of `count_figures`. documents: those that sentences say were
    issued. final: 终审, else 预审.

    Returns
    -------
    Result: `text` is the whole summary in Markdown; tables `sentences` (each, with its figures, or why it fell out) and
    `scopes` (what each printed figure counts).

    Raises
    ------
    BadInput: a number typed by hand, all of them together; a sentence that binds a figure nobody declared.

    Source
    ------
    design.md, first promise; tables.md "Words are claims too".
    """
    file = f"texts/{year}.toml"
    if not isinstance(texts, Texts):
        texts = texts_from(texts, file=file)
    speaker = Speaker(figures, documents, year=year, file=file)
    parts = [[speaker.say(part.heading, sentence) for sentence in part.whole] for part in texts.parts()]
    spoken = [one for part in parts for one in part]
    scopes = _scopes(figures, spoken)
    left_out = [Finding("TX-N1", file=file, value=one.written, about={"why": one.why}) for one in spoken if one.why]
    body = [
        f"# {speaker.bind(texts.title)}",
        f"（{STATES[final]}稿）",
        *_body(parts, speaker),
        *_appendix(spoken, scopes),
    ]
    return Result(
        name=ANNUAL_SUMMARY,
        tables={"sentences": _sentences(spoken), "scopes": scopes},
        text="\n\n".join(body) + "\n",
        findings=tuple(speaker.findings + left_out),
        figures=tuple(figure for figure in figures.figures if figure.id in set(scopes["id"])),
    )


def _body(parts: list[list[Spoken]], speaker: Speaker) -> Iterator[str]:
    """Headed paragraphs, numbered 一、二、三; a part that has nothing left to say falls out, its number with it."""
    number = 0
    for part in parts:
        said = "".join(one.text for one in part)
        if said and part[0].section:
            number += 1
            yield f"## {in_words_ordinal(number)}、{speaker.bind(part[0].section)}"
        if said:
            yield said


def _appendix(spoken: list[Spoken], scopes: pd.DataFrame) -> Iterator[str]:
    yield "## 附：数字口径"
    if len(scopes):
        yield _markdown(scopes)
    reasons = dict.fromkeys(one.why for one in spoken if one.why)
    if reasons:
        yield "未写入的语句，原因：" + "；".join(reasons) + "。"


def in_words_ordinal(number: int) -> str:
    """The number of a heading: 二, where a measure word would take 两."""
    return "二" if number == 2 else in_words(number)


def _sentences(spoken: list[Spoken]) -> pd.DataFrame:
    rows = [(one.section, one.text, ";".join(one.figures), one.written, one.why) for one in spoken]
    return pd.DataFrame(rows, columns=["section", "text", "figures", "written", "why"], dtype="str")


def _scopes(figures: Result, spoken: list[Spoken]) -> pd.DataFrame:
    printed = {name for one in spoken if one.text for name in one.figures}
    table = figures.tables["figures"]
    columns = ["id", "name", "printed", "unit", "definition", "scope", "date", "rows", "owner"]
    return table.loc[table["id"].isin(printed), columns].reset_index(drop=True)


#: Columns of the appendix -> heading and width, in parts of the page.
_HEADS = {
    "id": ("编号", 7),
    "name": ("名称", 14),
    "printed": ("数值", 8),
    "definition": ("口径", 34),
    "scope": ("范围", 6),
    "date": ("时点", 15),
    "rows": ("行数", 6),
}
_OF_THE_SUMMARY = r"C\d\d"


def _markdown(scopes: pd.DataFrame) -> str:
    """The appendix as a table; a unit stands with its number, but % is printed already.

    Only the figures of the summary have a number there: the names of others are for machines.
    """
    units = scopes["unit"].where(scopes["unit"] != "%", "")
    numbers = scopes["id"].where(scopes["id"].str.fullmatch(_OF_THE_SUMMARY), "")
    shown = scopes.assign(id=numbers, printed=scopes["printed"] + units)[list(_HEADS)]
    lines = ["| " + " | ".join(heading for heading, _ in _HEADS.values()) + " |"]
    lines += ["|" + "|".join("-" * width for _, width in _HEADS.values()) + "|"]
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in shown.itertuples(index=False)]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
