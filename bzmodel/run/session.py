"""What a notebook sees of a run: `open_run`, and the `Run` it gives.

In a run of the pipeline everything goes to its staging folder (named by the environment variable BZMODEL_STAGING);
opened by hand, to reports/draft/, and nothing is published.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from bzmodel.intake.city import City, leads_out, load_city, load_params
from bzmodel.intake.tables import read_table
from bzmodel.models.figures.summary import ANNUAL_SUMMARY
from bzmodel.models.figures.texts import typed_numbers
from bzmodel.output.disclosure import Document, Publishable, protect, table_marking, words_marking
from bzmodel.output.documents import docx_bytes
from bzmodel.output.files import csv_bytes, json_bytes
from bzmodel.output.markings import MARKINGS, UNMARKED
from bzmodel.run.folder import MANIFEST, digest, hashes, manifest_bytes, write_files
from bzmodel.run.parameters import check_parameters
from bzmodel.run.places import EXAMPLE_CITY, SESSION, STAGING, city_folder, notebooks_folder, reports_folder
from bzmodel.run.publication import Publication
from bzmodel.schema.columns import Tables
from bzmodel.schema.messages import line, stops
from bzmodel.schema.params import Params
from bzmodel.schema.results import BadInput, BzError, Finding, NotebookFailed, Result
from bzmodel.schema.tables import TABLES

SHOWN = "application/vnd.bzmodel.shown+json"


@dataclass
class Run:
    """A notebook's part in a run: its tables and parameters, what it shows, reads and records."""

    notebook: str
    year: int | None
    edition: str
    final: bool
    city: City | None
    folder: Path
    sources: Mapping[str, Path]
    results: dict[str, Result] = field(default_factory=dict)
    reads: dict[str, str] = field(default_factory=dict)
    handed_on: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def tables(self) -> Any:
        """The declared tables of the city, as loaded for the year."""
        return self._of_city().tables

    @property
    def last_year(self) -> Tables | None:
        """The city's tables of the year before, as they were reported then; None where it has none."""
        city = self._of_city()
        return load_city(city.folder, city.year - 1).tables if city.year - 1 in city.years else None

    @property
    def params(self) -> Params:
        """The project's parameters; a city's own win."""
        return load_params() if self.city is None else self.city.params

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the loading of the city found."""
        return tuple(self._of_city().findings)

    def show(
        self, thing: Any, *, marking: str | None = None, rows: int = 20, tables: Sequence[str] | None = None
    ) -> None:
        """Display a result, a listing, a chart, findings … as this edition may: the only way to a published page.

        Parameters: marking: who may read it, if it is more confidential than its table says. rows: before the cut.
        tables: of a result, those to be shown, in this order; without it all.
        Raises: DisclosureRefused.
        """
        if isinstance(thing, Result):
            self.results[thing.name] = thing
        labels = {} if self.city is None else {k: v for t in self.city.config.extra.values() for k, v in t.items()}
        if tables is not None:
            marking = words_marking(thing, marking)  # what is left unshown is what the words speak of
            thing = replace(thing, tables={name: thing.tables[name] for name in tables})
        place = f"{self.notebook}/{{name}}.csv"
        _display(protect(thing, edition=self.edition, marking=marking, labels=labels, names=self.unit_names, rows=rows,
                         file=place))  # fmt: skip

    def require_checks(self, *results: Result) -> None:
        """Stop here if a gate failed in these results or in those already shown. Raises: NotebookFailed."""
        self.results |= {result.name: result for result in results}
        failed = [
            Finding("RN-C1", file=name, value=str(c.value), about={"id": c.id, "check": c.name, "limit": c.limit})
            for name, result in self.results.items()
            for c in result.checks
            if c.gate and c.passed is False
        ]
        if failed:
            raise NotebookFailed(*failed)

    def record(self, result: Result, *, tables: Sequence[str] | None = None) -> None:
        """Hand on a result: its tables as CSV; its text, checks, figures, steps and findings as JSON.

        tables: those to be handed on; without it all.
        Raises: NotebookFailed where a gate of it failed; BadInput where another notebook recorded a table of it, or a
        table is not as declared (a case notebook may record tables of its own): nothing is handed on.
        """
        self.require_checks(result)
        chosen = result.tables if tables is None else tables
        contents = {name: csv_bytes(result.tables[name]) for name in chosen}
        for name, content in contents.items():
            self._refuse_undeclared(name, content)
            owners = {path.parent.name for path in self._recorded(name)} - {self.notebook}
            if owners:
                raise BadInput(Finding("RN-R2", file=self.notebook, about={"table": name, "owner": min(owners)}))
        for name, content in contents.items():
            self.files({f"{name}.csv": content}, marking=table_marking(name))
        self.files({f"{result.name}.json": json_bytes(_said(result))}, marking=words_marking(result))

    def _refuse_undeclared(self, name: str, content: bytes) -> None:
        """Raises BadInput unless a table is declared and reads back as it is declared."""
        if name in TABLES:
            with tempfile.TemporaryDirectory() as folder:
                write_files(Path(folder), {f"{name}.csv": content})
                self._read(Path(folder) / f"{name}.csv", name, may_be_empty=True)
        elif self.city is not None:
            raise BadInput(Finding("RN-R3", file=self.notebook, about={"table": name}))

    def files(self, files: Mapping[str, bytes], *, marking: str = UNMARKED) -> None:
        """Hand on further outputs (documents, a folder that can be certified): path -> content.

        What its edition may not print by its marking is there for the notebooks that follow, never in the set.
        """
        out = [name for name in files if leads_out(name)]
        if out:
            raise BadInput(*(Finding("RN-P2", file=self.notebook, column="files", value=name) for name in out))
        write_files(self.folder / self.notebook, files)
        self.handed_on |= {name: {"marking": marking, "sha256": sha} for name, sha in hashes(files).items()}
        self._note("handed_on", self.handed_on)

    def hand_on_plan(self, plan: Any) -> None:
        """Hand on an allocation: its tables as recorded, and the folder that `bzmodel certify` proves again."""
        from bzmodel.commands.allocate import allocation_files, toml_bytes

        self.record(plan)
        units = csv_bytes(plan.units.drop(columns="source_row", errors="ignore"))
        files = allocation_files(plan, units, toml_bytes(plan.rules))
        files |= {MANIFEST: manifest_bytes("allocate", files)}
        self.files({f"allocation/{name}": content for name, content in files.items()}, marking=words_marking(plan))

    def document(self, document: Document, name: str, *, marking: str = UNMARKED) -> None:
        """Hand on a text as <name>.docx in official layout, marking and state at its head, if this edition may.

        Raises: DisclosureRefused; BadInput for a number typed by hand: only the text of an annual summary that was
        recorded holds numbers, each bound to its figure.
        """
        typed = [] if self._is_summary(document) else typed_numbers(f"{document.title}\n{document.markdown}")
        if typed:
            raise BadInput(*(Finding("RN-T1", file=self.notebook, column=name, value=number) for number in typed))
        part = protect(document, edition=self.edition, marking=marking)
        if not part.withheld:
            head = "" if marking == MARKINGS[0] else marking
            stage = "终审" if self.final else "预审"
            content = docx_bytes(document.markdown, title=document.title, marking=head, stage=stage)
            self.files({f"{name}.docx": content}, marking=marking)

    def _is_summary(self, document: Document) -> bool:
        summary = self.results.get(ANNUAL_SUMMARY)
        return summary is not None and (
            summary.text.startswith(f"# {document.title}\n") and summary.text.endswith(document.markdown)
        )

    def read(self, name: str) -> pd.DataFrame:
        """A declared table that a notebook recorded: of this run, else of the published set; its hash is pinned.

        Raises: BadInput where nobody recorded it, or it is not as declared.
        """
        for path in self._recorded(name):
            self.reads[f"{path.parent.name}/{path.name}"] = digest(path)
            self._note("reads", self.reads)
            return self._read(path, name)
        raise BadInput(Finding("RN-R1", file=self.notebook, about={"table": name}))

    def _read(self, path: Path, name: str, *, may_be_empty: bool = False) -> pd.DataFrame:
        reading = read_table(path, TABLES[name], params=self.params, may_be_empty=may_be_empty)
        if any(stops(finding) for finding in reading.findings):
            raise BadInput(*reading.findings)
        return reading.frame

    @cached_property
    def unit_names(self) -> dict[str, str]:
        """unit_id -> short name, as last registered."""
        if self.city is None or "units" not in self.city.tables:
            return {}
        units = self.city.tables["units"].sort_values("valid_from")
        return dict(zip(units["unit_id"], units["short_name"], strict=True))

    def _of_city(self) -> City:
        if self.city is None:
            raise BadInput(Finding("RN-Y3", file=self.notebook))
        return self.city

    def _recorded(self, name: str) -> list[Path]:
        """Where a table lies: of this run, then of the published set as far as it is carried over."""
        job = job_of_pipeline()
        return [
            path
            for place, folder in self.sources.items()
            for path in sorted(folder.glob(f"*/{name}.csv"))
            if place == "run" or job is None or path.parent.name in job["carried"]
        ]

    def _note(self, topic: str, content: Any) -> None:
        if job_of_pipeline() is not None:
            write_files(self.folder / SESSION, {f"{self.notebook}.{topic}.json": json_bytes(content)})


def open_run(
    notebook: str,
    *,
    year: int | None = None,
    city: str | None = EXAMPLE_CITY,
    scenario: str = "base",
    edition: str = "internal",
    final: bool = False,
    parameters: Mapping[str, Any] | None = None,
) -> Run:
    """Begin a notebook: load the city's year and know where its results go.

    Parameters: notebook: its name, such as "50-allocation" or "cases/us-house". city: a folder; None for a case.
    scenario, edition, final: of a notebook opened by hand; the pipeline has its own. parameters: what the notebook
    goes by, held against its `parameters` cell.
    Raises: BadInput: an unknown parameter, a city that cannot be used, all findings together.
    """
    job = job_of_pipeline()
    if job is not None:
        _report_stops(Path(os.environ[STAGING]))
    check_parameters(notebooks_folder() / f"{notebook}.ipynb", parameters or {}, file=f"{notebook}.ipynb")
    folder = None if city is None else city_folder(city)
    name = notebook.rpartition("/")[2]
    if job is not None:
        _same_as_asked(job, notebook, year, folder)
        staging = Path(os.environ[STAGING])
        where = (staging, _sources(staging, job["current"] and Path(job["current"])))
        scenario, edition, final = job["scenario"], job["edition"], job["final"]
    else:
        where = _by_hand(folder, year, name, scenario)
    loaded = None if folder is None else load_city(folder, year)
    if job is not None and os.environ.get("BZMODEL_KILL_AT") == "in-notebook":
        os.kill(os.getppid(), signal.SIGKILL)
    return Run(name, year, edition, final, loaded, *where)


def job_of_pipeline() -> dict[str, Any] | None:
    """What the pipeline asked for; None in a notebook opened by hand."""
    staging = os.environ.get(STAGING)
    if not staging:
        return None
    return json.loads((Path(staging) / SESSION / "job.json").read_text(encoding="utf-8"))


def signature(html: str, marking: str, key: str) -> str:
    """By which the pipeline knows what `run.show` displayed in its run."""
    return hmac.new(key.encode(), f"{marking}\n{html}".encode(), hashlib.sha256).hexdigest()


def _display(part: Publishable) -> None:
    """Display what `protect` let pass; in a run, signed with its key."""
    from IPython.display import display as display_in_notebook

    job = job_of_pipeline()
    mark = {"marking": part.marking, "signature": signature(part.html, part.marking, job["key"]) if job else ""}
    display_in_notebook({"text/html": part.html, "text/plain": f"<{part.marking}>", SHOWN: mark}, raw=True)


def _same_as_asked(job: Mapping[str, Any], notebook: str, year: int | None, folder: Path | None) -> None:
    asked = {"year": job["year"], "city": job["city"]}
    opened = {"year": year, "city": folder and str(folder)}
    wrong = [name for name in asked if asked[name] != opened[name]]
    if wrong:
        raise BadInput(*(Finding("RN-P3", file=f"{notebook}.ipynb", column=n, value=str(opened[n])) for n in wrong))


def _by_hand(folder: Path | None, year: int | None, name: str, scenario: str) -> tuple[Path, dict[str, Path]]:
    reports = reports_folder(folder)
    part = f"cases/{name}" if folder is None else str(year)
    place = reports / part / ("" if scenario == "base" else f"scenarios/{scenario}")
    draft = reports / "draft" / part
    return draft, _sources(draft, Publication(place).current())


def _sources(first: Path, current: Path | None) -> dict[str, Path]:
    return {"run": first} | ({"current": current} if current else {})


def _said(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "text": result.text,
        "checks": list(result.checks),
        "figures": [
            {name: getattr(figure, name) for name in ("id", "name", "value", "printed", "unit", "definition", "rows")}
            for figure in result.figures
        ],
        "steps": list(result.steps),
        "findings": [line(finding) for finding in result.findings],
    }


def _report_stops(staging: Path) -> None:
    """Let the pipeline hear the findings of an error that ends the notebook, so that it can name them itself."""
    from IPython import get_ipython

    def write_down(shell: Any, kind: type[BzError], error: BzError, trace: Any, tb_offset: int | None = None) -> None:
        findings = [
            {name: getattr(f, name) for name in ("code", "file", "sheet", "row", "column", "value")}
            | {"about": {key: value if isinstance(value, int) else str(value) for key, value in f.about.items()}}
            for f in error.findings
        ]
        write_files(staging / SESSION, {"stop.json": json_bytes({"error": kind.__name__, "findings": findings})})
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    get_ipython().set_custom_exc((BzError,), write_down)
