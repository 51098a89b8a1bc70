"""The annual summary: sentences with their figures bound, and an appendix that says what each figure counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bzmodel.models.figures.printing import in_words
from bzmodel.models.figures.texts import BINDING, Section, Sentence, Texts, texts_from
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
    """Binds the sentences of one year to its figures and the proofs of what they claim."""

    def __init__(self, figures: Result, ledgers: Mapping[str, pd.DataFrame | None], *, year: int, file: str) -> None:
        self.figures = {figure.id: figure for figure in figures.figures}
        self.printed = dict(figures.table.set_index("id")["printed"])
        forms = figures.tables["figure_forms"]
        self.printed |= dict(zip(forms["id"] + "|" + forms["form"], forms["printed"], strict=True))
        self.printed["year"] = str(year)
        self.passed = {check.id for check in figures.checks if check.passed is True}
        self.ledgers = ledgers
        self.year, self.file = year, file
        self.findings: list[Finding] = []

    def say_all(self, part: Section) -> list[Spoken]:
        """The sentences of a section; a 其中 may speak of a figure of the sentence before."""
        spoken: list[Spoken] = []
        for sentence in part.whole:
            named = [name for one in spoken if one.text for name in one.figures]
            spoken.append(self.say(part.heading, sentence, named))
        return spoken

    def say(self, section: str, sentence: Sentence, named: Sequence[str] = ()) -> Spoken:
        """A sentence with its figures, or why it is left out. named: the figures said before it in its section."""
        text, why = sentence.text, self._silent(sentence.text)
        false = "" if why else self._unproved(sentence) or self._subset_is_false(text, named)
        if false:
            text, why = self._other_words(sentence, false, named)
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

    def _unproved(self, sentence: Sentence) -> str:
        """Why what the sentence claims is not proved: a document, a recognition or a check it names does not hold."""
        for code, named, holds, why in (
            ("TX-W1", sentence.documents, self._issued, "所称文件没有文号或不是本年印发"),
            ("TX-W3", sentence.recognitions, self._novel, "“首创”没有查新说明"),
            ("TX-W4", sentence.checks, self.passed.__contains__, "所依据的核对没有通过"),
        ):
            for name in named:
                if not holds(name):
                    self.findings.append(Finding(code, file=self.file, value=name, about={"text": sentence.text}))
                    return why
        return ""

    def _issued(self, document: str) -> bool:
        """A document with a number, issued within the year."""
        known = self._row("documents", "document_id", document)
        return known is not None and pd.notna(known.get("number")) and known["issued_on"].year == self.year

    def _novel(self, recognition: str) -> bool:
        """A 首创 of the year with its novelty note."""
        known = self._row("recognitions", "recognition_id", recognition)
        novel = known is not None and known["recognition_kind"] == "首创" and known["for_year"] == self.year
        return novel and pd.notna(known.get("novelty_note"))

    def _row(self, ledger: str, key: str, name: str) -> pd.Series | None:
        rows = self.ledgers.get(ledger)
        known = rows[rows[key] == name] if rows is not None else ()
        return known.iloc[0] if len(known) else None

    def _subset_is_false(self, text: str, named: Sequence[str]) -> str:
        """Why 其中 is false: a figure after it is not part of the figure before it, or nothing stands before it."""
        for found in _WITHIN.finditer(text):
            before = [*named, *figure_names(text[: found.start()])][-1:]
            after = figure_names(text[found.end() :])
            if after and not (before and _part_of(self.figures[after[0]], self.figures[before[0]])):
                about = {"part": after[0], "whole": before[0] if before else "—", "text": text}
                self.findings.append(Finding("TX-W2", file=self.file, value=after[0], about=about))
                return "“其中”不成立"
        return ""

    def _other_words(self, sentence: Sentence, why: str, named: Sequence[str]) -> tuple[str, str]:
        """What is said instead; without other words that hold the sentence falls out."""
        if not sentence.otherwise:
            return sentence.text, why
        other = sentence.otherwise
        return other, self._silent(other) or self._subset_is_false(other, named)


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
    recognitions: pd.DataFrame | None = None,
    final: bool = False,
) -> Result:
    """The annual summary in official prose: every number in it is a counted figure.

    Parameters
    ----------
    texts: the city's texts/<year>.toml, parsed. figures: of `count_figures`. documents, recognitions: the ledgers
    by which what sentences claim is proved. final: 终审, else 预审.

    Returns
    -------
    Result: `text` is the whole summary in Markdown; tables `sentences` (each, with its figures, or why it fell out) and
    `scopes` (what each printed figure counts).

    Raises
    ------
    BadInput: a number typed by hand or a claim without a proof, all of them together; a sentence that binds a figure
    nobody declared.

    Source
    ------
    design.md, first promise; tables.md "Words are claims too".
    """
    file = f"texts/{year}.toml"
    if not isinstance(texts, Texts):
        texts = texts_from(texts, file=file)
    ledgers = {"documents": documents, "recognitions": recognitions}
    speaker = Speaker(figures, ledgers, year=year, file=file)
    parts = [speaker.say_all(part) for part in texts.parts()]
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
