"""[objective] of RULES -> the cost, or whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from bzmodel.models.allocation.costs import COSTS, Cost, Piecewise, Rates
from bzmodel.models.allocation.keys import misread, unknown, written_number
from bzmodel.schema.results import Finding

_WHERE = "[objective]"
FORMS = {
    "rate": {"zh": "不小于 0 的数，如 4.0", "en": "a number >= 0, such as 4.0"},
    "rates": {"zh": "[[界限, 单价], …]，如 [[0.1, 2], [1, 4]]", "en": "[[edge, rate], …], such as [[0.1, 2], [1, 4]]"},
}


def read_cost(entry: Mapping[str, Any], findings: list[Finding]) -> Cost | None:
    """The cost of [objective]; whatever is wrong with it goes to `findings`."""
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in COSTS:
        about = {"what": f"objective.kind = {kind!r}", "known": ", ".join(COSTS)}
        findings.append(Finding("AL-R1", value=str(kind), about=about))
        return None
    made = COSTS[kind]
    before = len(findings)
    known = (*made.keys, "stay")
    unknown(entry, ("kind", *known), _WHERE, findings)
    read = _rates if made is Piecewise else _rate
    values: dict[str, Any] = {key: read(entry, key, findings) for key in made.keys}
    stay = _rate(entry, "stay", findings) if "stay" in entry else Fraction(0)
    return made(**values, stay=stay) if len(findings) == before else None


def _rate(entry: Mapping[str, Any], key: str, findings: list[Finding]) -> Fraction | None:
    value = entry.get(key)
    rate = written_number(value)
    if rate is None:
        findings.append(misread(_WHERE, key, _written(value), FORMS["rate"]))
    elif rate < 0 or (rate == 0 and key != "stay"):
        findings.append(_finding("IN-I22", key, value))
    return rate


def _rates(entry: Mapping[str, Any], key: str, findings: list[Finding]) -> Rates | None:
    """[[edge, rate], …] of a piecewise cost."""
    value = entry.get(key)
    pairs = value if isinstance(value, list | tuple) and value else [None]
    rates = tuple(
        tuple(map(written_number, pair)) if isinstance(pair, list | tuple) and len(pair) == 2 else (None, None)
        for pair in pairs
    )
    if any(number is None for pair in rates for number in pair):
        findings.append(misread(_WHERE, key, _written(value), FORMS["rates"]))
        return None
    edges, costs = zip(*rates, strict=True)
    if any(low >= high for low, high in pairwise((0, *edges))):
        findings.append(_finding("AL-R22", key, value))
    if any(low > high for low, high in pairwise((0, *costs))):
        findings.append(_finding("AL-R23", key, value))
    return rates


def _finding(code: str, key: str, value: Any) -> Finding:
    return Finding(code, column=key, value=_written(value), about={"where": _WHERE})


def _written(value: Any) -> str:
    """A value of RULES as it was written, lists too."""
    return f"[{', '.join(map(_written, value))}]" if isinstance(value, list | tuple) else str(value)
