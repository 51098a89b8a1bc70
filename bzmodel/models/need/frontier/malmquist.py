"""Productivity from year to year: who caught up, and how far the frontier itself moved."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from bzmodel.models.need.frontier.growing import Technology
from bzmodel.models.need.frontier.rows import SOURCE_ROW, Request, Unit, noticed, read_units, request_findings, shares
from bzmodel.schema.results import BadInput, Finding, Result, collecting, source_row

_COLUMNS = ("unit_id", "year_from", "year", "malmquist", "efficiency_change", "technical_change")


@dataclass(frozen=True)
class Year:
    """The units of one year, in order of unit_id. places: unit -> its row of values; technology: what they show."""

    places: Mapping[str, int]
    values: np.ndarray
    technology: Technology

    def score(self, name: str, against: Year) -> float:
        """Of a unit as it is this year, against the units of another (or this); missing where out of reach."""
        own = self.places[name] if against is self else None
        point = against.technology.measure(self.values[self.places[name]], own=own)
        return math.nan if point is None or point.score <= 0 else point.score


def malmquist(data: pd.DataFrame, *, unit: str, year: str, inputs: Sequence[str], outputs: Sequence[str]) -> Result:
    """The change of productivity of each unit between one year of the data and the next.

    Parameters: year: the column of years, none blank. The others as `frontier`; a unit and year once.
    Returns: table `malmquist`, a row for each unit in both years, ordered by them: malmquist = efficiency_change (its
    own catching up) × technical_change (of the frontier where it stands); above 1 is progress. Blank, and a finding,
    where the outputs of one year are out of reach for the other.
    Raises: BadInput as `frontier`, of all years together.
    **Source**: Färe, Grosskopf, Norris and Zhang 1994, as shares of input under constant returns.
    Notes: with θ^s(t) the score of year t against year s: efficiency = θ^{t+1}(t+1) / θ^t(t); malmquist = square root
    of θ^t(t+1) / θ^t(t) · θ^{t+1}(t+1) / θ^{t+1}(t).
    """
    asked = Request(unit, tuple(inputs), tuple(outputs), "crs")
    found = request_findings(asked)
    if year not in data.columns:
        raise BadInput(*found, Finding("FT-B1", column=year, about={"there": "、".join(map(str, data.columns))}))
    if data[year].isna().any():
        found.append(Finding("FT-E5", column=year))
    if SOURCE_ROW not in data:
        data = data.assign(**{SOURCE_ROW: [source_row("", "", at + 2) for at in range(len(data))]})
    read: dict[int, list[Unit]] = {}
    for one, rows in data.dropna(subset=[year]).groupby(year, sort=True):
        with collecting(found):
            read[int(one)] = read_units(rows, asked)
    if found:
        raise BadInput(*found)
    years = _years(read, len(asked.inputs))
    lines = [
        (name, before, after, *_change(name, years[before], years[after]))
        for before, after in pairwise(years)
        for name in sorted(years[before].places.keys() & years[after].places.keys())
    ]
    frame = pd.DataFrame(lines, columns=list(_COLUMNS)).sort_values(["unit_id", "year"], ignore_index=True)
    told = [one for units in read.values() for one in noticed(units, asked)]
    told += [
        Finding("FR-W10", value=str(line.unit_id), about={"before": line.year_from, "after": line.year})
        for line in frame[frame["malmquist"].isna()].itertuples()
    ]
    return Result("malmquist", {"malmquist": frame}, _text(frame), findings=tuple(told))


def _years(read: Mapping[int, Sequence[Unit]], kinds: int) -> dict[int, Year]:
    """The units of each year that have all their numbers; one measure for all years."""
    whole = {
        year: sorted((one for one in units if one.whole), key=lambda one: one.unit_id) for year, units in read.items()
    }
    values, _ = shares([one for units in whole.values() for one in units])
    years, begin = {}, 0
    for year, units in whole.items():
        own = values[begin : begin + len(units)]
        begin += len(units)
        places = {one.unit_id: at for at, one in enumerate(units)}
        years[year] = Year(places, own, Technology(own[:, :kinds], own[:, kinds:], "crs"))
    return years


def _change(name: str, before: Year, after: Year) -> tuple[float, float, float]:
    """The index, the catching up and the move of the frontier."""
    efficiency = after.score(name, after) / before.score(name, before)
    index = math.sqrt(efficiency * after.score(name, before) / before.score(name, after))
    return index, efficiency, index / efficiency


def _text(frame: pd.DataFrame) -> str:
    known = frame.dropna()
    means = [math.exp(np.log(known[name]).mean()) if len(known) else math.nan for name in _COLUMNS[3:]]
    return (
        f"{frame['unit_id'].nunique()} 个单位、{len(frame)} 个年际变化：生产率指数几何平均 {means[0]:.4f}，"
        f"其中追赶 {means[1]:.4f}，前沿移动 {means[2]:.4f}。"
    )
