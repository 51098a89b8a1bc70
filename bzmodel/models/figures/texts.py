"""The sentences of texts/<year>.toml: their shape, and the refusal of any number that was typed by hand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from pydantic import ValidationError

from bzmodel.models.figures.printing import FORMS
from bzmodel.schema.entries import Entry
from bzmodel.schema.results import BadInput, Finding

_NUMERALS = "〇零○一二三四五六七八九十百千万亿两廿卅壹贰叁肆伍陆柒捌玖拾佰仟几数半俩仨卌兩萬億貳參叄陸幾數"
_MEASURES = "名个项家次份篇期個項"
_TO_MEASURE = rf"[余多来餘來]?[\s(（\[【「『“‘\"']*[{_MEASURES}]"  # 十余名, 三（名）
_NUMERAL = re.compile(rf"[{_NUMERALS}]+\s*(?=({_TO_MEASURE}))")
_COUNTED = re.compile(rf"[\d{_NUMERALS}]\s*{_TO_MEASURE}")
_MARKUP = re.compile(r"\]\([^()]*\)|<[^<>]*>|[\[*_`~^\\]")
BINDING = re.compile(r"\s*\{\s*([^{}]*?)\s*\}\s*")
#: What a word claims -> where a sentence names its proof: documents (numbered, issued in the year; of 率先 the one that
#: ranks), recognitions (首创, with a novelty note), checks of the figures (that nothing is left out).
CLAIMS = {
    "documents": re.compile("印发|出台|率先"),
    "recognitions": re.compile("首创"),
    "checks": re.compile("全面|全部|(?<![平人])均(?![衡等匀])"),
}


class Sentence(Entry):
    """One sentence. documents, recognitions, checks: the proofs of what it claims (`CLAIMS`), by id.

    otherwise: what to say where its claim is not true.
    """

    text: str
    documents: tuple[str, ...] = ()
    recognitions: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    otherwise: str = ""


class Section(Entry):
    """A headed part of the text; it falls out with its last sentence."""

    heading: str
    sentences: tuple[str | Sentence, ...]

    @property
    def whole(self) -> tuple[Sentence, ...]:
        """Its sentences, all in one shape."""
        return tuple(_sentence(sentence) for sentence in self.sentences)


class Texts(Entry):
    """A year's summary as written: `{C05}` binds a figure, `{C08|ratio}` one of its forms, `{year}` the year.

    literals: names that hold digits or numerals, such as 12345 or 〔2021〕1号.
    """

    title: str
    opening: tuple[str | Sentence, ...] = ()
    literals: tuple[str, ...] = ()
    sections: tuple[Section, ...]

    def parts(self) -> tuple[Section, ...]:
        """The opening, without a heading, and the sections."""
        return (Section(heading="", sentences=self.opening), *self.sections)


def _sentence(sentence: str | Sentence) -> Sentence:
    return Sentence(text=sentence) if isinstance(sentence, str) else sentence


def texts_from(document: Mapping[str, Any], *, file: str) -> Texts:
    """A page of texts/ as parsed from TOML. Raises BadInput with every sentence that holds a number typed by hand."""
    literals = document.get("literals", ())
    given = dict(document) | {"literals": _listed(literals)}
    try:
        texts = Texts.model_validate(given)
    except ValidationError as error:
        raise BadInput(*_shape_findings(file, error)) from None
    findings = list(_literal_findings(texts, file)) or [
        finding for where, text in _written(texts) for finding in _text_findings(texts, file, where, text)
    ]
    findings += list(_unproved(texts, file))
    if findings:
        raise BadInput(*findings)
    return texts


def _listed(literals: Any) -> Any:
    """[literals] may be a list or, as a table of its own, name -> text."""
    return tuple(literals.values()) if isinstance(literals, Mapping) else literals


def _shape_findings(file: str, error: ValidationError) -> list[Finding]:
    return [
        Finding("TX-X1", file=file, column=".".join(map(str, fault["loc"])), about={"why": fault["msg"]})
        for fault in error.errors()
    ]


def _literal_findings(texts: Texts, file: str) -> Iterator[Finding]:
    """A literal is a name, nothing that is counted: it would let any number through."""
    for literal in texts.literals:
        rest = [
            c for c in literal if c not in _NUMERALS + _MEASURES + "余多来%％.．" and not _digit(c) and not c.isspace()
        ]
        only_a_number = not rest and not re.fullmatch(r"\d{5,}", literal)
        if only_a_number or _COUNTED.search(_seen(literal)):
            yield Finding("TX-E2", file=file, column="literals", value=literal)


def _written(texts: Texts) -> Iterator[tuple[str, str]]:
    """Every text of the page with where it stands."""
    yield "title", texts.title
    for where, section in _placed(texts):
        yield f"{where}.heading", section.heading
        for number, sentence in enumerate(section.whole, start=1):
            yield f"{where}.sentences[{number}]", sentence.text
            yield f"{where}.sentences[{number}].otherwise", sentence.otherwise


def _placed(texts: Texts) -> Iterator[tuple[str, Section]]:
    for at, section in enumerate(texts.parts()):
        yield f"sections[{at}]" if at else "opening", section


def _text_findings(texts: Texts, file: str, where: str, text: str) -> Iterator[Finding]:
    for typed in typed_numbers(text, texts.literals):
        yield Finding("TX-E1", file=file, column=where, value=text, about={"typed": typed})
    rest = BINDING.sub("", text)
    if "{" in rest or "}" in rest:
        yield Finding("TX-E3", file=file, column=where, value=text)
    for name in BINDING.findall(text):
        form = name.partition("|")[2]
        if where.rpartition(".")[2] in ("title", "heading") and name != "year":
            yield Finding("TX-E7", file=file, column=where, value=name)
        if form and form not in FORMS:
            yield Finding("TX-E4", file=file, column=where, value=name, about={"forms": "、".join(FORMS)})


def _digit(character: str) -> bool:
    """Any figure of any script, ①, Ⅳ and ½ among them; Chinese numerals are letters."""
    return unicodedata.category(character) in ("Nd", "Nl", "No") and character != "〇"


def typed_numbers(text: str, literals: tuple[str, ...] = ()) -> list[str]:
    """Every digit and every Chinese numeral before a measure word that no `{…}` and no literal accounts for."""
    free = _seen(BINDING.sub("\0", text))
    for literal in sorted(map(_seen, literals), key=len, reverse=True):
        free = _named(literal).sub("\0", free)
    digits = "".join(c if _digit(c) else " " for c in free).split()
    return digits + [match[0] + match[1] for match in _NUMERAL.finditer(free)]


def _named(literal: str) -> re.Pattern[str]:
    """Where a name stands; one that ends in a number is none before a measure word: 12345, but not 12345名."""
    counts = bool(literal) and (_digit(literal[-1]) or literal[-1] in _NUMERALS)
    return re.compile(re.escape(literal) + (rf"(?!\s*{_TO_MEASURE})" if counts else ""))


def _seen(text: str) -> str:
    """A text as its reader sees it: no markup, no entities, nothing invisible."""
    shown = _MARKUP.sub("", unescape(text))
    return "".join(c for c in shown if unicodedata.category(c) != "Cf")


def _unproved(texts: Texts, file: str) -> Iterator[Finding]:
    """Claims that name no proof: a title, a heading and what is said otherwise have none to name."""
    for where, text, proofs in _claiming(texts):
        free = text
        for literal in texts.literals:
            free = free.replace(literal, "")
        for proof, words in CLAIMS.items():
            if (claim := words.search(_seen(free))) and not getattr(proofs, proof):
                yield Finding("TX-E5", file=file, column=where, value=text, about={"word": claim[0], "proof": proof})


def _claiming(texts: Texts) -> Iterator[tuple[str, str, Sentence]]:
    """Every text with where it stands and the sentence whose proofs it may rely on."""
    proofs = {
        f"{where}.sentences[{number}]": sentence
        for where, section in _placed(texts)
        for number, sentence in enumerate(section.whole, start=1)
    }
    for where, text in _written(texts):
        yield where, text, proofs.get(where, Sentence(text=text))
