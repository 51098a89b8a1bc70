"""A city's folder, as `city.toml` describes it, becomes declared tables, parameters, rules and texts.

What differs between the example city, an office's registers and a case on real data stands in `city.toml` alone.
All findings of all sources are gathered before anything is refused.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
from pydantic import Field, ValidationError

from bzmodel.intake.documents import read_pages, read_toml
from bzmodel.intake.normalise import Normalisation
from bzmodel.intake.sheets import Sheet, read_sheet
from bzmodel.intake.tables import Source, imbalances, overdue, read_rows, references, relations
from bzmodel.schema import messages
from bzmodel.schema.cells import Text
from bzmodel.schema.columns import Column, Table, Tables
from bzmodel.schema.entries import Entry, Fault, faults_of
from bzmodel.schema.params import Params, params_from
from bzmodel.schema.results import BadInput, Finding, collecting, place
from bzmodel.schema.tables import TABLES

PROJECT = Path(__file__).resolve().parents[2]
PARAMS = PROJECT / "data" / "params"
EXAMPLE = PROJECT / "data" / "example-city"
_NO_FILE = {"why_zh": "缺少 file", "why_en": "file is missing"}


class TableSource(Entry):
    """One source of one table. `{year}` in file, where and set is each year read; `{row}` in set the physical row.

    since: the first year that has it. may_be_empty: a file with its header alone says that there is nothing to enter.
    """

    file: str = ""
    sheet: str | None = None
    columns: Mapping[str, str | tuple[str, ...]] = {}
    where: Mapping[str, str] = {}
    constants: Mapping[str, str | int | float | bool | dt.date] = Field(default={}, alias="set")
    years: str | None = Field(default=None, pattern="^all$")
    since: int | None = None
    may_be_empty: bool = False
    url: str | None = None
    query: str | None = None


class Norms(Entry):
    use: tuple[str, ...] | None = None


class RunSettings(Entry):
    notebooks: tuple[int, ...] = ()


class CityConfig(Entry):
    """`city.toml`: unknown keys are refused."""

    name: str
    years: tuple[int, ...] = Field(min_length=1)
    tables: Mapping[str, tuple[TableSource, ...]]
    extra: Mapping[str, Mapping[str, str]] = {}
    norms: Norms = Norms()
    run: RunSettings = RunSettings()
    parameters: Mapping[str, Mapping[str, Any]] = {}


@dataclass(frozen=True)
class City:
    """All a run of one report year reads. inputs: path as shown -> SHA-256; rules, texts: empty where none."""

    name: str
    folder: Path
    year: int
    config: CityConfig
    tables: Tables
    declared: Mapping[str, Table]
    params: Params
    rules: Mapping[str, Any]
    texts: Mapping[str, Any]
    findings: tuple[Finding, ...]
    normalisations: tuple[Normalisation, ...]
    inputs: Mapping[str, str]

    @property
    def years(self) -> tuple[int, ...]:
        return self.config.years


#: What is wrong with the rules and texts of a year under these parameters.
Judge = Callable[[Mapping[str, Any], Mapping[str, Any], Params], Iterable[Finding]]


def load_city(folder: Path, year: int, *, judge: Judge | None = None) -> City:
    """Read a city for the report of `year`.

    judge: for whoever knows what rules and texts may say; without it they are handed on as they are.
    Raises BadInput with every finding of the run when any of them stops it.
    """
    folder = Path(folder)
    config = read_config(folder)
    if year not in config.years:
        about = {"years": "、".join(map(str, config.years))}
        raise BadInput(Finding("IN-L4", file="city.toml", column="years", value=str(year), about=about))
    params = _norms_in_use(load_params(folder), config)
    loader = _Loader(folder, config, params, year)
    frames = loader.frames()
    findings = loader.findings
    rules, texts = (_yearly(folder, kind, year, findings) for kind in ("rules", "texts"))
    if judge is not None:
        findings += judge(rules, texts, params)
    whole = {name: frame for name, frame in frames.items() if name in loader.whole}
    findings += _unregistered(rules, whole.get("documents"), f"rules/{year}.toml")
    # what points to a table with faults of its own cannot be told from them
    findings += [f for name in frames for f in references(whole | {name: frames[name]}, loader.declared, [name])]
    if any(messages.stops(finding) for finding in findings):
        raise BadInput(*findings)
    findings += imbalances(frames, loader.declared)
    for name, frame in frames.items():
        findings += overdue(frame, loader.declared[name], dt.date(year, 12, 31))
    return City(
        name=config.name,
        folder=folder,
        year=year,
        config=config,
        tables=Tables(frames),
        declared=loader.declared,
        params=params,
        rules=rules,
        texts=texts,
        findings=tuple(findings),
        normalisations=tuple(loader.normalisations),
        inputs=input_hashes(folder, loader.read, year),
    )


def _norms_in_use(params: Params, config: CityConfig) -> Params:
    """The parameters with the norms that `[norms] use` names; without that line all. Raises BadInput: unknown ones."""
    use, known = config.norms.use, params.page("norms")
    if use is None:
        return params
    if lost := [name for name in use if name not in known]:
        near = {name: "、".join(get_close_matches(name, known, 1) or sorted(known)) for name in lost}
        about = ({"norm": name, "near": near[name]} for name in lost)
        raise BadInput(*(Finding("ND-E12", file="city.toml", column="norms.use", about=one) for one in about))
    return params.keeping("norms", use)


def read_config(folder: Path) -> CityConfig:
    """`city.toml` of a folder. Raises BadInput: missing, unknown keys, undeclared tables, paths that leave."""
    document = read_toml(folder / "city.toml", shown="city.toml")
    try:
        config = CityConfig.model_validate(document)
    except ValidationError as error:
        raise BadInput(*(_setting_finding(fault) for fault in faults_of(error))) from None
    findings = [_unknown_table(name) for name in (*config.tables, *config.extra) if name not in TABLES]
    for name, sources in config.tables.items():
        findings += [finding for source in sources for finding in _source_faults(name, source)]
    if findings:
        raise BadInput(*findings)
    return config


def _setting_finding(fault: Fault) -> Finding:
    return Finding("IN-L0", file="city.toml", column=fault.where, value=fault.value, about=fault.about)


def _unknown_table(name: str) -> Finding:
    return Finding("IN-L3", file="city.toml", value=name, about={"tables": "、".join(TABLES)})


def _source_faults(name: str, source: TableSource) -> Iterator[Finding]:
    if source.url is not None or source.query is not None:
        yield Finding("IN-L9", file="city.toml", column=f"tables.{name}", value=source.url or "")
    elif not source.file:
        yield Finding("IN-L0", file="city.toml", column=f"tables.{name}", about=_NO_FILE)
    elif leads_out(source.file):
        yield Finding("IN-A8", file="city.toml", column=f"tables.{name}.file", value=source.file)


def leads_out(path: str) -> bool:
    """Whether a path written in a setting would leave its folder (or names a drive)."""
    plain = PurePosixPath(path.replace("\\", "/"))
    return plain.is_absolute() or ".." in plain.parts or ":" in path


def load_params(folder: Path | None = None) -> Params:
    """The project's parameters, a city's own winning entry by entry."""
    sources = [("data/params", read_pages(PARAMS, shown="data/params"))]
    if folder is not None:
        sources.append(("params", read_pages(folder / "params", shown="params")))
    return params_from(*sources)


def _yearly(folder: Path, kind: str, year: int, findings: list[Finding]) -> Mapping[str, Any]:
    """A page of a year as parsed, empty where there is none or it is no TOML. Faults go to `findings`."""
    path = folder / kind / f"{year}.toml"
    with collecting(findings):
        return read_toml(path, shown=f"{kind}/{year}.toml") if path.exists() else {}
    return {}


def _unregistered(rules: Mapping[str, Any], documents: pd.DataFrame | None, file: str) -> Iterator[Finding]:
    """Rules whose source is no number of a registered document, where the city registers documents by number."""
    if documents is None or "number" not in documents:
        return
    numbers, entries = set(documents["number"].dropna()), rules.get("rule", ())
    for entry in entries if isinstance(entries, list) else ():
        source = entry.get("source") if isinstance(entry, Mapping) else None
        if isinstance(source, str) and source.strip() and source.strip() not in numbers:
            yield Finding("IN-K3", file=file, column="source", value=source, about={"rule": str(entry.get("id"))})


def input_hashes(folder: Path, read: Sequence[Path], year: int) -> dict[str, str]:
    """SHA-256 of every file a run of this year depends on, by its path inside the city's folder."""
    paths = {*read, folder / "city.toml", *(folder / "params").glob("*.toml")}
    paths |= {folder / kind / f"{year}.toml" for kind in ("rules", "texts")}
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
        if path.exists()
    }


class _Loader:
    """Reads every source of every table once and gathers what it finds."""

    def __init__(self, folder: Path, config: CityConfig, params: Params, year: int) -> None:
        self.folder, self.config, self.params, self.year = folder, config, params, year
        self.findings: list[Finding] = []
        self.normalisations: list[Normalisation] = []
        self.read: list[Path] = []
        self.whole: set[str] = set()
        self._sheets: dict[tuple[str, str | None], Sheet | None] = {}
        self.declared = {name: _with_extra(TABLES[name], config.extra.get(name, {})) for name in TABLES}

    def frames(self) -> dict[str, pd.DataFrame]:
        frames = {}
        for name, sources in self.config.tables.items():
            before = len(self.findings)
            parts = [part for source in sources for part in self._parts(self.declared[name], source)]
            if parts:
                frames[name] = pd.concat(parts, ignore_index=True)
                self.findings += relations(frames[name], self.declared[name])
            if not any(map(messages.stops, self.findings[before:])):
                self.whole.add(name)
        return frames

    def _parts(self, table: Table, source: TableSource) -> Iterator[pd.DataFrame]:
        for year, file in self._files(table, source):
            sheet = self._sheet(file, source.sheet, may_be_empty=source.may_be_empty)
            if sheet is None:
                continue
            bound = _bound(source, year)
            try:
                reading = read_rows(sheet, table, bound, params=self.params)
            except BadInput as error:
                self.findings += [f for f in error.findings if f not in self.findings]
                continue
            self.findings += [f for f in reading.findings if f not in self.findings]
            self.normalisations += reading.normalisations
            frame = reading.frame
            if source.years == "all":
                yield _not_after(frame, table, self.year)
            else:
                if "{year}" in source.file:
                    self.findings += _wrong_year(frame, table, year)
                yield frame

    def _files(self, table: Table, source: TableSource) -> list[tuple[int, str]]:
        """(year, file) to read: dated tables for the report year alone, the others for every year up to it.

        Years before the city's own (workload of 2018) are read where their folder has the file.
        """
        yearly = "{year}" in source.file or any(
            "{year}" in str(v) for v in (*source.where.values(), *source.constants.values())
        )
        if source.since and self.year < source.since:
            return []
        if not yearly or table.dated:
            return [(self.year, source.file.replace("{year}", str(self.year)))]
        first = source.since or min(self.config.years)
        years = {year for year in self.config.years if first <= year <= self.year}
        if "{year}" in source.file:
            folders = {
                int(p.name) for p in self.folder.iterdir() if p.is_dir() and p.name.isdigit() and len(p.name) == 4
            }
            earlier = {year for year in folders if year < min(self.config.years)}
            years |= {y for y in earlier if (self.folder / source.file.replace("{year}", str(y))).exists()}
        return [(year, source.file.replace("{year}", str(year))) for year in sorted(years)]

    def _sheet(self, file: str, sheet: str | None, *, may_be_empty: bool) -> Sheet | None:
        if (file, sheet) not in self._sheets:
            path = self.folder / file
            try:
                self._sheets[file, sheet] = read_sheet(path, sheet=sheet, shown=file, may_be_empty=may_be_empty)
                self.read.append(path)
            except BadInput as error:
                self.findings += error.findings
                self._sheets[file, sheet] = None
        return self._sheets[file, sheet]


def _with_extra(table: Table, extra: Mapping[str, str]) -> Table:
    columns = tuple(Column(name, label, Text(), optional=True) for name, label in extra.items())
    return dataclasses.replace(table, columns=table.columns + columns)


def _bound(source: TableSource, year: int) -> Source:
    def bind(value: Any) -> str:
        return str(value).replace("{year}", str(year))

    return Source(
        columns=source.columns,
        where={heading: bind(value) for heading, value in source.where.items()},
        constants={name: _constant(value, bind) for name, value in source.constants.items()},
    )


def _constant(value: Any, bind: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else bind(value)


def _year_columns(table: Table) -> list[str]:
    return [name for name in ("year", "workload_year") if name in table.names]


def _not_after(frame: pd.DataFrame, table: Table, year: int) -> pd.DataFrame:
    """A file of many years shows a report nothing later than its own year."""
    for name in _year_columns(table):
        if name in frame:
            frame = frame[~(frame[name] > year).fillna(False)]
    return frame


def _wrong_year(frame: pd.DataFrame, table: Table, year: int) -> list[Finding]:
    findings = []
    for name in _year_columns(table):
        for _, row in frame[(frame[name] != year).fillna(False)].iterrows():
            about = {"folder": year}
            where = place(row["source_row"])
            findings.append(
                Finding("IN-F14", column=table.column(name).label, value=str(row[name]), about=about, **where)
            )
    if "as_of" in table.names and "as_of" in frame:
        first, last = pd.Timestamp(year - 1, 12, 31), pd.Timestamp(year, 12, 31)
        for _, row in frame[(frame["as_of"] < first) | (frame["as_of"] > last)].drop_duplicates("as_of").iterrows():
            about = {"first": first.date().isoformat(), "last": last.date().isoformat()}
            value = row["as_of"].date().isoformat()
            column = table.column("as_of").label
            findings.append(Finding("IN-F13", column=column, value=value, about=about, **place(row["source_row"])))
    return findings
