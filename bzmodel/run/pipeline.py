"""The notebooks of a year in order, through papermill, into one published set.

A run whose inputs have not changed redoes nothing, and imports nothing that could.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bzmodel.run.folder import MANIFEST, digest, hashes, write_files
from bzmodel.run.manifest import Entry, entries_of, file_hashes, input_hashes, key_of, provenance, said_of
from bzmodel.run.order import Order, case_orders, order_of
from bzmodel.run.places import PROJECT, SESSION, STAGING
from bzmodel.run.publication import kill_point, lock, whole
from bzmodel.schema import results
from bzmodel.schema.results import BadInput, BzError, Finding, NotebookFailed

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Outcome:
    """A published set. index: its first page, under `current`. redone: whether anything had to be done for it."""

    run: str
    folder: Path
    index: Path
    redone: bool


def publish(
    city: str,
    year: int,
    *,
    scenario: str = "base",
    only: Sequence[str] = (),
    edition: str = "internal",
    final: bool = False,
    workers: int = 1,
    quiet: bool = False,
) -> Outcome:
    """Publish a city's year.

    Parameters: city: folder. only: numbers of notebooks; the others are carried over from the published set.
    workers: pages made side by side (the notebooks themselves wait for one another's tables).
    Raises: BadInput, RunBusy, NotebookFailed, and whatever of the family ends a notebook: then nothing is published.
    """
    order = order_of(city, year, scenario=scenario, only=only, edition=edition, final=final)
    with lock(order.base.place):
        return _publish(order, workers=workers, quiet=quiet)


def publish_cases(*, only: Sequence[str] = (), quiet: bool = False) -> list[Outcome]:
    """Publish the case notebooks, each whole by itself, under reports/cases/<name>/."""
    outcomes = []
    for order in case_orders(only):
        with lock(order.base.place):
            outcomes.append(_publish(order, workers=1, quiet=quiet))
    return outcomes


def _publish(order: Order, *, workers: int, quiet: bool) -> Outcome:
    kill_point("locked")
    started = dt.datetime.now(dt.UTC)
    publication = order.publication
    inputs = input_hashes(order.city)
    keys = order.keys(inputs)
    before = publication.current() or (order.base.current() if order.carries else None)
    carried = _carried(order, before, keys) if order.carries else {}
    run = key_of(keys, {name: (entry.key, entry.run) for name, entry in carried.items()})[:12]
    there = _already_there(order, run, keys, carried)
    if there:
        publication.tidy(there.name)
        return Outcome(there.name, there, publication.index, False)
    _judge(order)
    with publication.staging() as staging:
        kill_point("staged")
        fresh = {name: Entry(run, key, order.parameters[name]) for name, key in keys.items()}
        entries = _fill(staging, order, fresh, carried, before, workers=workers, quiet=quiet)
        said = _said(order, run) | {"notebooks": {name: asdict(entry) for name, entry in entries.items()}}
        said |= {"inputs": inputs, "files": file_hashes(staging)} | provenance(started)
        kill_point("before-manifest")
        write_files(staging, {MANIFEST: _json(said)})
        kill_point("after-manifest")
        folder = publication.publish(staging, run)
    return Outcome(run, folder, publication.index, True)


def _judge(order: Order) -> None:
    """Refuse before anything starts what a notebook would refuse in its turn. Raises BadInput, all together."""
    from bzmodel.run.judging import judged_city

    if order.city:
        judged_city(order.city, order.year)


def _carried(order: Order, before: Path | None, keys: Mapping[str, str]) -> dict[str, Entry]:
    """The notebooks that were not asked for, as the set before has them. Raises BadInput: a set of another edition."""
    kept = {name: entry for name, entry in entries_of(before).items() if name not in keys}
    said = said_of(before)
    wrong = [name for name in ("edition", "final") if kept and said[name] != getattr(order, name)]
    if wrong:
        raise BadInput(*(Finding("RN-P6", column=name, value=str(said[name])) for name in wrong))
    return kept


def _already_there(order: Order, run: str, keys: Mapping[str, str], carried: Mapping[str, Entry]) -> Path | None:
    """The whole set that this run would make: the current one, else an earlier one of the same inputs."""
    current = order.publication.current()
    if current and whole(current):
        entries = entries_of(current)
        same = entries.keys() == keys.keys() | carried.keys() and all(entries[n].key == k for n, k in keys.items())
        read = ((current / path, sha) for n in keys for path, sha in entries[n].reads.items())
        if same and all(digest(path) == sha for path, sha in read if path.is_file()):  # an edition may withhold some
            return current
    earlier = order.publication.runs / run
    return earlier if whole(earlier) else None


def _fill(
    staging: Path,
    order: Order,
    fresh: Mapping[str, Entry],
    carried: Mapping[str, Entry],
    before: Path | None,
    *,
    workers: int,
    quiet: bool,
) -> dict[str, Entry]:
    """Everything of the set but its manifest."""
    from bzmodel.run import pages, scan

    key = secrets.token_hex()  # what `run.show` signs with: no notebook of another run knows it
    job = _said(order, "") | {"city": order.city and str(order.city), "carried": sorted(carried), "key": key}
    write_files(staging / SESSION, {"job.json": _json(job | {"current": before and str(before)})})
    notebooks, entries, told = {}, {}, {}
    for path in order.notebooks:
        begun = time.monotonic()
        notebooks[path.stem] = _execute(path, order.parameters[path.stem], staging, quiet=quiet)
        pages.refuse_foreign_outputs(path.stem, notebooks[path.stem], key)
        told[path.stem] = _told(staging, path.stem, "handed_on")
        seconds = round(time.monotonic() - begun, 3)
        entries[path.stem] = replace(fresh[path.stem], reads=_told(staging, path.stem, "reads"), seconds=seconds)
        kill_point("after-notebook")
    pages.drop_session(staging)
    pages.certify_allocations(staging)
    withheld = {name: pages.withhold(staging / name, files, order.edition) for name, files in told.items()}
    made = pages.write_pages(notebooks, staging, order.city, final=order.final, workers=workers)
    for name, notebook in notebooks.items():
        card, outputs = pages.card_of(name, notebook, staging, withheld[name]), pages.outputs_of(staging, name)
        entries[name] = replace(entries[name], card=card, outputs=outputs)
    pages.carry_over(carried, before, staging)
    entries = dict(sorted((entries | dict(carried)).items()))
    made |= {"index.html": pages.index(order.title, entries, order.city, final=order.final)}
    write_files(staging, {"index.html": made["index.html"]})
    published = {path: sha for entry in carried.values() for path, sha in entry.outputs.items()}
    scan.refuse_unfit(staging, _handed_on(told, withheld), published | hashes(made))
    kill_point("pages-made")
    return entries


def _handed_on(told: Mapping[str, Mapping[str, Any]], withheld: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Path -> SHA-256 of all that notebooks handed on and the edition prints."""
    return {
        f"{name}/{path}": file["sha256"]
        for name, files in told.items()
        for path, file in files.items()
        if path not in withheld[name]
    }


def _execute(path: Path, parameters: Mapping[str, Any], staging: Path, *, quiet: bool) -> Any:
    """One notebook to its end, as papermill leaves it. Raises what ended it, with its findings."""
    import papermill
    from traitlets.config import Config

    if not quiet:
        print(path.stem, file=sys.stderr, flush=True)
    with _environment(staging) as jupyter:
        # sockets of this kernel's own: by default they lie where one stands, and a run that was killed leaves its own
        ipc = {"transport": "ipc", "ip": str(jupyter / "kernel")}
        config = Config({"KernelManager": {} if sys.platform == "win32" else ipc})
        try:
            return papermill.execute_notebook(
                path,
                None,
                parameters=dict(parameters),
                kernel_name="python3",
                progress_bar=not quiet,
                cwd=PROJECT,
                config=config,
            )
        except papermill.PapermillExecutionError as error:
            raise _stop(staging, path.name, error.cell_index + 1, f"{error.ename}: {error.evalue}") from None
        except RuntimeError as error:  # nbclient's DeadKernelError
            raise NotebookFailed(Finding("RN-N3", file=path.name, about={"error": str(error)})) from None


def _stop(staging: Path, name: str, cell: int, error: str) -> BzError:
    """What ended a notebook: an error of the family with its own findings, else the notebook itself."""
    told = staging / SESSION / "stop.json"
    if not told.is_file():
        return NotebookFailed(Finding("RN-N1", file=name, about={"cell": cell, "error": error[:300]}))
    stop = json.loads(told.read_text(encoding="utf-8"))
    kind = getattr(results, stop["error"], NotebookFailed)
    return kind(*(Finding(**finding) for finding in stop["findings"]))


@contextmanager
def _environment(staging: Path) -> Iterator[Path]:
    """What a kernel is given: the staging path, one thread, nothing of the user's own Jupyter, and our kernel.

    Gives the folder of its own where its connection lies.
    """
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="bz-", ignore_cleanup_errors=True) as jupyter:
        argv = [sys.executable, "-m", "bzmodel.run.kernel", "-f", "{connection_file}", "--log-level=50"]
        spec = {"argv": argv, "display_name": "bzmodel", "language": "python"}
        write_files(Path(jupyter) / "kernels" / "python3", {"kernel.json": json.dumps(spec).encode()})
        os.environ |= dict.fromkeys(_ONE_THREAD, "1") | {
            STAGING: str(staging),
            "JUPYTER_DATA_DIR": jupyter,
            "JUPYTER_RUNTIME_DIR": jupyter,
            "JUPYTER_PREFER_ENV_PATH": "0",
            "IPYTHONDIR": jupyter,
            "PYTHONHASHSEED": "0",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        try:
            yield Path(jupyter)
        finally:
            os.environ.clear()
            os.environ.update(before)


def _told(staging: Path, name: str, topic: str) -> dict[str, Any]:
    """What a notebook noted of itself: path -> SHA-256 of what it read; path -> both of what it handed on."""
    path = staging / SESSION / f"{name}.{topic}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _said(order: Order, run: str) -> dict[str, Any]:
    """What a set says of itself."""
    return {
        "command": "run",
        "run": run,
        "city": order.city and order.city.name,
        "year": order.year,
        "scenario": order.scenario,
        "edition": order.edition,
        "final": order.final,
    }


def _json(thing: Any) -> bytes:
    from bzmodel.output.files import json_bytes  # brings what writes workbooks: not for a run with nothing to do

    return json_bytes(thing)
