"""Pages (HTML, whole in themselves) and documents (DOCX in official layout) from prose and protected parts.

The only import of pandoc. A page needs nothing from outside and names no outside address.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import pypandoc
from markupsafe import Markup

from bzmodel.output import layout
from bzmodel.output.markings import head_marking
from bzmodel.output.outside import without_outside, without_schemes
from bzmodel.schema.results import EnvironmentFault, Finding

DRAFT = "建议稿，未经编委审定"
_PROSE = (
    "markdown_strict-raw_html+all_symbols_escapable+backtick_code_blocks+fenced_code_blocks+pipe_tables+footnotes"
    "+gfm_auto_identifiers+intraword_underscores+lists_without_preceding_blankline+space_in_atx_header"
    "+east_asian_line_breaks"
)
_PAPER = _PROSE + "+fenced_divs"
_BREAK = "bzmodel-part-break"
_SECTION = re.compile(r'<h2 id="([^"]*)"[^>]*>(.*?)</h2>', re.DOTALL)
_TITLE = re.compile(r"^# +(.*?) *$", re.MULTILINE)
_MARKDOWN_SIGN = re.compile(r"([!-/:-@\[-`{-~])")
_SAME_DAY = {"SOURCE_DATE_EPOCH": "946684800", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page. kind: markdown (prose), html (what `protect` made, printed as it is) or code (folded away)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """One page of a set, as the index shows it. numbers: (what, value as printed), its headline."""

    title: str
    question: str
    href: str
    numbers: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Download:
    """One file of a set that its readers may take."""

    label: str
    href: str


def _pandoc(arguments: Sequence[str], given: bytes = b"") -> bytes:
    """What pandoc writes. Raises EnvironmentFault."""
    try:
        command = [pypandoc.get_pandoc_path(), *arguments]
        done = subprocess.run(command, input=given, capture_output=True, env=os.environ | _SAME_DAY, check=False)
    except OSError as error:
        raise EnvironmentFault(Finding("OUT-L20", about={"reason": str(error)})) from None
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip()
        raise EnvironmentFault(Finding("OUT-L20", about={"reason": reason}))
    return done.stdout


def prose_html(markdown: str) -> str:
    """Markdown as HTML: $, < and {{ are text, links and images outside are text, raw HTML is text."""
    return _prose((markdown,))[0]


def _prose(texts: Sequence[str]) -> list[str]:
    """Each text as HTML, in one call of pandoc; texts that swallow their neighbour's break are done one by one."""
    if not any(text.strip() for text in texts):
        return ["" for _ in texts]
    joined = f"\n\n{_BREAK}\n\n".join(texts)
    html = _pandoc(["--sandbox", "--wrap=none", f"--from={_PROSE}", "--to=html5"], joined.encode()).decode()
    pieces = html.split(f"<p>{_BREAK}</p>")
    if len(pieces) == len(texts):
        return [without_outside(piece) for piece in pieces]
    return [_prose((text,))[0] for text in texts]


def notebook_page(notebook: Mapping[str, Any], *, state: str, draft: bool = True, back: str = "index.html") -> bytes:
    """An executed notebook (nbformat 4) as a page a director reads: its prose, what it showed, its code folded away.

    state: 预审 or 终审; draft: not yet decided; back: the index. Its title is the first heading; the head bears the
    highest marking of what it shows.
    """
    parts = [part for cell in notebook["cells"] for part in _cell_parts(cell)]
    title, parts = _titled(parts)
    marking = head_marking(part.text for part in parts if part.kind == "html")
    return _parts_page(title, parts, marking=marking, stage=state, draft=draft, back=back)


def _cell_parts(cell: Mapping[str, Any]) -> Iterator[Part]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield Part("markdown", source)
    elif cell["cell_type"] == "code" and source.strip():
        yield Part("code", source)
    for output in cell.get("outputs", ()):
        yield Part("html", "".join(output["data"]["text/html"]))


def _titled(parts: Sequence[Part]) -> tuple[str, list[Part]]:
    """The first heading of the prose, and the parts without it."""
    for at, part in enumerate(parts):
        found = _TITLE.search(part.text) if part.kind == "markdown" else None
        if found:
            rest = Part("markdown", part.text[: found.start()] + part.text[found.end() :])
            return found[1], [*parts[:at], rest, *parts[at + 1 :]]
    return "", list(parts)


def _parts_page(title: str, parts: Sequence[Part], *, marking: str, stage: str, draft: bool, back: str) -> bytes:
    body = _body(parts)
    sections = [(anchor, Markup(re.sub(r"<[^>]*>", "", words))) for anchor, words in _SECTION.findall(body)]
    return _page(
        title, Markup(body), marking=marking, stage=stage, draft=draft, back=back,
        sections=sections if len(sections) > 2 else [],
    )  # fmt: skip


def report_page(title: str, parts: Sequence[Part], *, marking: str = "内部") -> bytes:
    """The report.html of a command: one page, no set around it."""
    return _parts_page(title, parts, marking=marking, stage="", draft=False, back="")


def index_page(
    title: str, cards: Sequence[Card], *, head_marking: str, state: str, draft: bool = True,
    downloads: Sequence[Download] = (), lead: str = "",
) -> bytes:  # fmt: skip
    """The first page of a published set: what was asked, the headline answers, the files. lead: one paragraph."""
    return _page(
        title, Markup(""), marking=head_marking, stage=state, draft=draft, back="", sections=[],
        cards=cards, downloads=downloads, lead=lead,
    )  # fmt: skip


def _body(parts: Sequence[Part]) -> str:
    prose = iter(_prose([part.text for part in parts if part.kind == "markdown"]))
    pieces = []
    for part in parts:
        if part.kind == "markdown":
            pieces.append(next(prose))
        elif part.kind == "code":
            pieces.append(f"<details><summary>代码</summary><pre>{escape(part.text)}</pre></details>")
        else:
            pieces.append(part.text)
    return "\n".join(pieces)


def _page(title: str, body: Markup, *, marking: str, stage: str, draft: bool, back: str, sections: Sequence[object],
          cards: Sequence[Card] = (), downloads: Sequence[Download] = (), lead: str = "") -> bytes:  # fmt: skip
    html = _template().render(
        title=title, body=body, marking=marking, stage=stage, draft=DRAFT if draft else "", back=back,
        sections=sections, cards=cards, downloads=downloads, lead=lead, css=Markup(_ours("page.css")),
    )  # fmt: skip
    return without_schemes(html).encode()


def _ours(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


@cache
def _template() -> jinja2.Template:
    """Our own template, with what it is given always escaped."""
    ours = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}
    strict = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, **ours)
    return strict.from_string(_ours("page.html.j2"))


def markdown_text(text: str) -> str:
    """A text as Markdown that means just this text, for names put into a document."""
    return _MARKDOWN_SIGN.sub(r"\\\1", text)


@cache
def _reference(head: str) -> bytes:
    return layout.reference_docx(_pandoc(["--print-default-data-file", "reference.docx"]), head)


def docx_bytes(markdown: str, *, title: str, marking: str = "", stage: str = "") -> bytes:
    """A document in official layout (GB/T 9704-2012); the same text gives the same bytes.

    marking: top left (内部, 工作秘密); stage: under the title, e.g. 建议稿，未经编委审定; both also at the head of each
    page. Raises EnvironmentFault.
    """
    head = [("Marking", marking), ("Title", title), ("Subtitle", stage)]
    divs = [f'::: {{custom-style="{style}"}}\n{markdown_text(text)}\n:::\n' for style, text in head if text]
    with tempfile.TemporaryDirectory() as folder:
        reference = Path(folder) / "reference.docx"
        reference.write_bytes(_reference("　".join(filter(None, (marking, stage)))))
        arguments = ["--sandbox", f"--from={_PAPER}", "--to=docx", f"--reference-doc={reference}", "--output=-"]
        return layout.finished(_pandoc(arguments, "\n".join([*divs, markdown]).encode()))
