"""What a run is asked for, held against the city's configuration and the notebooks before any kernel starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bzmodel.intake.city import read_config
from bzmodel.run.folder import digest
from bzmodel.run.manifest import key_of
from bzmodel.run.parameters import check_parameters, parameters_cell
from bzmodel.run.places import city_folder, from_project, notebooks_folder, reports_folder
from bzmodel.run.publication import Publication
from bzmodel.run.scenario import BASE, scenario_parameters
from bzmodel.schema.results import BadInput, Finding, collecting


@dataclass(frozen=True)
class Order:
    """What a run was asked for, everything in it checked. title: of the set. parameters: notebook -> name ->
    value."""

    title: str
    city: Path | None
    year: int | None
    scenario: str
    edition: str
    final: bool
    notebooks: tuple[Path, ...]
    parameters: Mapping[str, Mapping[str, Any]]
    carries: bool
    publication: Publication
    base: Publication

    def keys(self, inputs: Mapping[str, str]) -> dict[str, str]:
        """Notebook -> the name of all that goes into it."""
        asked = (self.year, self.scenario, self.edition, self.final)
        return {path.stem: key_of(inputs, digest(path), self.parameters[path.stem], asked) for path in self.notebooks}


def order_of(city: str, year: int, *, scenario: str, only: Sequence[str], edition: str, final: bool) -> Order:
    """What is asked for, held against the city's configuration and the notebooks; no kernel has started.

    Raises: BadInput, all that is wrong together.
    """
    folder = city_folder(city)
    config = read_config(folder)
    if year not in config.years:
        about = {"years": "、".join(map(str, config.years))}
        raise BadInput(Finding("IN-L4", file="city.toml", column="years", value=str(year), about=about))
    given = {"city.toml": config.parameters} | scenario_parameters(folder, scenario)
    chosen = _chosen(_notebooks(config.run.notebooks), only)
    standard = {"year": year, "city": from_project(folder), "scenario": scenario, "edition": edition, "final": final}
    parameters = _parameters(chosen, given, standard)
    base = Publication(reports_folder(folder) / str(year))
    place = base if scenario == BASE else Publication(base.place / "scenarios" / scenario)
    return Order(
        title=f"{config.name} {year} 年报告" + ("" if scenario == BASE else f"（情景 {scenario}）"),
        city=folder,
        year=year,
        scenario=scenario,
        edition=edition,
        final=final,
        notebooks=tuple(chosen.values()),
        parameters=parameters,
        carries=bool(only),
        publication=place,
        base=base,
    )


def case_orders(only: Sequence[str]) -> list[Order]:
    """One order for each case notebook, or for those named. Raises: BadInput."""
    paths = {path.stem: path for path in sorted((notebooks_folder() / "cases").glob("*.ipynb"))}
    unknown = sorted(set(only) - set(paths))
    if unknown:
        known = ", ".join(paths) or "—"
        raise BadInput(*(Finding("RN-P4", column="only", value=name, about={"known": known}) for name in unknown))
    for name in only or paths:
        parameters_cell(paths[name])
    return [_case_order(name, paths[name]) for name in only or paths]


def _case_order(name: str, path: Path) -> Order:
    place = Publication(reports_folder(None) / "cases" / name)
    return Order(
        title=name,
        city=None,
        year=None,
        scenario=BASE,
        edition="internal",
        final=False,
        notebooks=(path,),
        parameters={name: {}},
        carries=False,
        publication=place,
        base=place,
    )


def _notebooks(wanted: Sequence[int]) -> dict[str, Path]:
    """Number -> notebook, in order: those the city runs, or all that are numbered."""
    there = {path.name[:2]: path for path in sorted(notebooks_folder().glob("[0-9][0-9]-*.ipynb"))}
    return _chosen(there, [str(number) for number in wanted], file="city.toml")


def _chosen(notebooks: Mapping[str, Path], only: Sequence[str], *, file: str = "") -> dict[str, Path]:
    numbers = {number.strip().zfill(2) for number in only} or set(notebooks)
    unknown = sorted(numbers - set(notebooks))
    if unknown:
        about = {"known": ", ".join(notebooks) or "—"}
        raise BadInput(*(Finding("RN-P4", file=file, column="only", value=n, about=about) for n in unknown))
    return {number: path for number, path in notebooks.items() if number in numbers}


def _parameters(
    chosen: Mapping[str, Path], given: Mapping[str, Mapping[str, Mapping[str, Any]]], standard: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Notebook -> its values: what the run says of itself where the notebook asks for it, and what is given for it.

    given: file -> number of a notebook -> name -> value; a later file wins name by name.
    """
    findings: list[Finding] = []
    known = {path.name[:2]: path for path in notebooks_folder().glob("[0-9][0-9]-*.ipynb")}
    about = {"known": ", ".join(sorted(known))}
    for file, numbers in given.items():
        for number in sorted(set(numbers) - set(known)):
            findings.append(Finding("RN-P4", file=file, column=f"parameters.{number}", value=number, about=about))
    parameters: dict[str, dict[str, Any]] = {}
    for number, path in chosen.items():
        with collecting(findings):
            asked = {name: standard[name] for name in parameters_cell(path) if name in standard}
            own: dict[str, Any] = {}
            for file, numbers in given.items():
                values = numbers.get(number, {})
                findings += (Finding("RN-P7", file=file, column=name) for name in values if name in standard)
                with collecting(findings):
                    own |= check_parameters(path, values, file=file)
            parameters[path.stem] = own | asked
    if findings:
        raise BadInput(*findings)
    return parameters
