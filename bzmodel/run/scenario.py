"""A scenario of a city: what scenarios/NAME.toml gives the notebooks, over what city.toml does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bzmodel.intake.documents import read_toml
from bzmodel.schema.entries import Entry, faults_of
from bzmodel.schema.results import BadInput, Finding

BASE = "base"
_NOT_YET = ("method", "rule")


class Scenario(Entry):
    """A scenario as written: number of a notebook -> name -> value."""

    parameters: Mapping[str, Mapping[str, Any]] = {}


def scenario_parameters(folder: Path, name: str) -> dict[str, Mapping[str, Mapping[str, Any]]]:
    """File of the scenario -> its parameters; `base` has no file. Raises BadInput, all that is wrong together."""
    if name == BASE:
        return {}
    known = {path.stem: path for path in sorted((folder / "scenarios").glob("*.toml"))}
    if name not in known:
        raise BadInput(Finding("RN-S1", column="scenario", value=name, about={"known": ", ".join([BASE, *known])}))
    file = f"scenarios/{name}.toml"
    return {file: _read(read_toml(known[name], shown=file), file).parameters}


def _read(document: Mapping[str, Any], file: str) -> Scenario:
    findings = [Finding("RN-S3", file=file, column=key) for key in _NOT_YET if key in document]
    scenario = Scenario()
    try:
        scenario = Scenario.model_validate({key: value for key, value in document.items() if key not in _NOT_YET})
    except ValidationError as error:
        findings += (
            Finding("RN-S2", file=file, column=f.where, value=f.value, about=f.about) for f in faults_of(error)
        )
    if findings:
        raise BadInput(*findings)
    return scenario
