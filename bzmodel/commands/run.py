"""bzmodel run: the notebooks of a year, or the case notebooks, into a published set."""

from __future__ import annotations

import argparse
from pathlib import Path

from bzmodel.commands.options import names
from bzmodel.output.markings import EDITIONS
from bzmodel.run.pipeline import Outcome, publish, publish_cases
from bzmodel.run.places import EXAMPLE_CITY, short
from bzmodel.schema.results import BadInput, Exit, Finding

_SAYS = {
    "zh": {True: "已发布 {run}：{index}", False: "输入没有变化，无需重做 {run}：{index}"},
    "en": {True: "published {run}: {index}", False: "no input has changed, nothing to redo, {run}: {index}"},
}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--year", type=int, metavar="Y", help="the report year")
    what.add_argument("--cases", action="store_true", help="the case notebooks, each by itself")
    parser.add_argument("--city", metavar="DIR", default=EXAMPLE_CITY, help=f"a city's folder ({EXAMPLE_CITY})")
    parser.add_argument("--scenario", default="base", metavar="NAME", help="of the city's scenarios/ (base)")
    parser.add_argument("--only", type=names, default=(), metavar="30,40", help="these; the others are carried over")
    parser.add_argument("--edition", choices=EDITIONS, default="internal", help="who will read it (internal)")
    parser.add_argument("--final", action="store_true", help="终审 instead of 预审")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="pages made side by side (1)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Publish, and say what was published and where to open it."""
    if args.workers < 1:
        raise BadInput(Finding("RN-P5", column="--workers", value=str(args.workers)))
    for outcome in _outcomes(args):
        print(_SAYS[args.lang][outcome.redone].format(run=outcome.run, index=short(Path(outcome.index))))
    return Exit.PUBLISHED


def _outcomes(args: argparse.Namespace) -> list[Outcome]:
    if args.cases:
        return publish_cases(only=args.only, quiet=args.quiet)
    options = {name: getattr(args, name) for name in ("scenario", "only", "edition", "final", "workers", "quiet")}
    return [publish(args.city, args.year, **options)]
