"""What is made of executed notebooks: their outputs judged, their pages, the set's certificates and its index."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

from bzmodel.output.disclosure import highest, printed_by
from bzmodel.output.documents import Card, Download, index_page, notebook_page
from bzmodel.output.fragments import shown_text
from bzmodel.run.folder import digest, write_files
from bzmodel.run.manifest import Entry
from bzmodel.run.places import PROJECT, SESSION
from bzmodel.run.session import SHOWN, signature
from bzmodel.schema.results import Exit, Finding, Infeasible, NotebookFailed
from bzmodel.schema.tables import TABLES

Notebook = Mapping[str, Any]
STATES = ("预审", "终审")
_DOCUMENTS = (".docx", ".pdf", ".pptx", ".xlsx")
_HEADLINE = 3


def refuse_foreign_outputs(name: str, notebook: Notebook, key: str) -> None:
    """Raises NotebookFailed, naming each cell that displays by a way of its own (print, a bare frame, stderr).

    key: of the run, by which `run.show` signs what it displays.
    """
    findings = [
        Finding("RN-N2", file=f"{name}.ipynb", value=_first_words(output), about={"cell": number})
        for number, cell in enumerate(notebook["cells"], 1)
        for output in cell.get("outputs", ())
        if not _shown(output, key)
    ]
    if findings:
        raise NotebookFailed(*findings)


def _shown(output: Mapping[str, Any], key: str) -> bool:
    data = output.get("data", {})
    if output["output_type"] != "display_data" or data.keys() != {"text/html", "text/plain", SHOWN}:
        return False
    mark = data[SHOWN]
    return mark.get("signature") == signature(data["text/html"], mark.get("marking", ""), key)


def _first_words(output: Mapping[str, Any]) -> str:
    text = output.get("text") or output.get("data", {}).get("text/plain") or output["output_type"]
    lines = str(text).strip().splitlines()
    return lines[0][:60] if lines else output["output_type"]


def drop_session(staging: Path) -> None:
    """Remove what pipeline and notebooks told one another."""
    shutil.rmtree(staging / SESSION)


def write_pages(
    notebooks: Mapping[str, Notebook], staging: Path, city: Path | None, *, final: bool, workers: int
) -> dict[str, bytes]:
    """One HTML page for each notebook: name of its file -> page, as written."""

    def page(notebook: Notebook) -> bytes:
        return notebook_page(_anywhere(notebook, city), **_standing(city, final=final))

    with ThreadPoolExecutor(max_workers=workers) as pool:
        contents = pool.map(page, notebooks.values())
        made = {f"{name}.html": content for name, content in zip(notebooks, contents, strict=True)}
    write_files(staging, made)
    return made


def _standing(city: Path | None, *, final: bool) -> dict[str, Any]:
    """What the head of a page says of its standing: nothing where nobody decides over it."""
    return {"state": STATES[final], "draft": not final} if city is not None else {"state": "", "draft": False}


def _marking(notebook: Notebook) -> str:
    outputs = (output for cell in notebook["cells"] for output in cell.get("outputs", ()))
    return highest(output["data"][SHOWN]["marking"] for output in outputs)


def _anywhere(notebook: Notebook, city: Path | None) -> Notebook:
    """The notebook as any machine would have made it: no path of this one, no times, no random ids."""
    for number, cell in enumerate(notebook["cells"], 1):
        cell["id"] = f"cell-{number}"
        cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key == "tags"}
        cell["source"] = _without_paths(cell["source"], city)
        for output in cell.get("outputs", ()):
            output["data"]["text/html"] = _without_paths(output["data"]["text/html"], city)
    notebook["metadata"].pop("papermill", None)
    return notebook


def _without_paths(text: str, city: Path | None) -> str:
    if city is not None and not city.is_relative_to(PROJECT):
        text = text.replace(str(city), city.name)
    return text.replace(f"{PROJECT}/", "")


def certify_allocations(staging: Path) -> None:
    """Prove every recorded allocation once more, from its files alone, as `bzmodel certify` does. Raises Infeasible."""
    for folder in sorted(path.parent for path in staging.rglob("certificate.json")):
        from bzmodel.commands import certify

        parser = argparse.ArgumentParser()
        certify.add(parser)
        args = parser.parse_args([str(folder)])
        args.lang, args.json = "zh", False
        with contextlib.redirect_stdout(io.StringIO()) as said:
            code = certify.run(args)
        if code != Exit.PUBLISHED:
            about = {"reason": said.getvalue().strip()}
            raise Infeasible(Finding("RN-A1", file=folder.relative_to(staging).as_posix(), about=about))


def withhold(folder: Path, handed_on: Mapping[str, Mapping[str, str]], edition: str) -> list[str]:
    """Remove what a notebook handed on and the edition may not print; which files that were."""
    withheld = sorted(path for path, file in handed_on.items() if not printed_by(edition, file["marking"]))
    for path in withheld:
        (folder / path).unlink(missing_ok=True)
    for empty in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        with contextlib.suppress(OSError):
            empty.rmdir()
    return withheld


def carry_over(carried: Mapping[str, Entry], before: Path | None, staging: Path) -> None:
    """The outputs of notebooks that were not asked for, unchanged from the set before."""
    for name, entry in carried.items():
        copied = {path: (before / path).read_bytes() for path in entry.outputs}
        changed = [path for path, sha in entry.outputs.items() if hashlib.sha256(copied[path]).hexdigest() != sha]
        if changed:
            raise NotebookFailed(*(Finding("RN-H1", file=path, about={"notebook": name}) for path in changed))
        write_files(staging, copied)


def outputs_of(staging: Path, name: str) -> dict[str, str]:
    """Path -> SHA-256 of a notebook's page and of all that it recorded."""
    recorded = sorted(path for path in (staging / name).rglob("*") if path.is_file())
    return {path.relative_to(staging).as_posix(): digest(path) for path in [staging / f"{name}.html", *recorded]}


def card_of(name: str, notebook: Notebook, staging: Path, withheld: Sequence[str]) -> dict[str, Any]:
    """What the index says of a notebook: its title, its question, its first figures, its marking, what is left out."""
    prose = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    paragraphs = [paragraph.strip() for paragraph in "\n\n".join(prose).split("\n\n") if paragraph.strip()]
    titles = [paragraph[2:] for paragraph in paragraphs if paragraph.startswith("# ")]
    questions = [paragraph for paragraph in paragraphs if not paragraph.startswith("#")]
    return {
        "title": titles[0] if titles else name,
        "question": questions[0] if questions else "",
        "numbers": _headline(staging / name),
        "marking": _marking(notebook),
        "note": f"标记高于本版的 {len(withheld)} 个文件，本版不载" if withheld else "",
    }


def _headline(folder: Path) -> list[list[str]]:
    results = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json")))
    told = (result for result in results if isinstance(result, dict))
    figures = (figure for result in told for figure in result.get("figures", ()) if figure["value"] is not None)
    return [[figure["name"] or figure["definition"], _value(figure)] for figure in figures][:_HEADLINE]


def _value(figure: Mapping[str, Any]) -> str:
    """A figure with its unit; what is printed as a rate has its sign already."""
    text = figure["printed"] or shown_text(figure["value"])
    return text if text.endswith(figure["unit"]) else f"{text} {figure['unit']}"


def index(title: str, entries: Mapping[str, Entry], city: Path | None, *, final: bool) -> bytes:
    """The first page of a set."""
    cards = [
        Card(e.card["title"], e.card["question"], f"{name}.html", tuple(map(tuple, e.card["numbers"])), e.card["note"])
        for name, e in entries.items()
    ]
    return index_page(
        title,
        cards,
        head_marking=highest(entry.card["marking"] for entry in entries.values()),
        **_standing(city, final=final),
        downloads=_downloads({path: e.card["title"] for e in entries.values() for path in e.outputs}),
    )


def _downloads(titles: Mapping[str, str]) -> list[Download]:
    """The documents, by the title of their notebook, then the tables that notebooks recorded. titles: path -> title."""
    files = {PurePosixPath(path): title.partition("：")[0] for path, title in titles.items()}
    documents = [
        Download(f"{title}（{path.suffix[1:].upper()}）", str(path))
        for path, title in files.items()
        if path.suffix in _DOCUMENTS
    ]
    tables = [p for p in files if p.suffix == ".csv" and len(p.parts) == 2 and p.stem in TABLES]
    return documents + [Download(TABLES[path.stem].label, str(path)) for path in tables]
