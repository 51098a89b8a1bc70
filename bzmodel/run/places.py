"""Where things lie: the project, its notebooks, a city, its reports."""

from __future__ import annotations

import os
from pathlib import Path

from bzmodel.intake.city import EXAMPLE, PROJECT
from bzmodel.schema.results import BadInput, Finding

STAGING = "BZMODEL_STAGING"  # the environment variable by which a notebook learns that a run of ours holds it
SESSION = ".session"  # in the staging folder: what pipeline and notebooks tell one another
EXAMPLE_CITY = EXAMPLE.relative_to(PROJECT).as_posix()


def notebooks_folder() -> Path:
    """The project's notebooks, unless the environment names others (tests, a package installed elsewhere)."""
    return Path(os.environ.get("BZMODEL_NOTEBOOKS") or PROJECT / "notebooks")


def city_folder(city: str | os.PathLike[str]) -> Path:
    """The folder of a city, as named from here or from the project. Raises BadInput where there is none."""
    for start in (Path.cwd(), PROJECT):
        if (start / city / "city.toml").is_file():
            return (start / city).resolve()
    raise BadInput(Finding("IN-A1", file=f"{city}/city.toml"))


def reports_folder(city: Path | None) -> Path:
    """The project's reports/ for the example city and the case notebooks, the city's own otherwise."""
    if city is None or city == EXAMPLE:
        return Path(os.environ.get("BZMODEL_REPORTS") or PROJECT / "reports")
    return city / "reports"


def from_project(path: Path) -> str:
    """A path as a kernel finds it: kernels start in the project."""
    return path.relative_to(PROJECT).as_posix() if path.is_relative_to(PROJECT) else str(path)


def short(path: Path) -> str:
    """A path as it may be printed: from the project or from here, never from the root of a machine if it can be so."""
    for start in (PROJECT, Path.cwd()):
        if path.is_relative_to(start):
            return path.relative_to(start).as_posix()
    return str(path)


def project_path(path: str) -> Path:
    """A file of the project, as a case notebook names it from wherever it runs."""
    return PROJECT / path
