"""What options put into a question: another total, and numbers that are already decided (pins)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bzmodel.models.allocation.reading import are_tables
from bzmodel.models.allocation.rows import text, where_from
from bzmodel.schema.results import Finding


def with_total(rules: Mapping[str, Any], total: int, findings: list[Finding]) -> Mapping[str, Any]:
    """The rules with the one total without `where` at most `total`, or with such a rule added."""
    if not are_tables(rules.get("rule", [])):
        return rules  # said where rules are read
    entries = [dict(entry) for entry in rules.get("rule", ())]
    totals = [entry for entry in entries if entry.get("kind") == "total" and not entry.get("where")]
    if len(totals) > 1:
        names = ", ".join(str(entry.get("id")) for entry in totals)
        findings.append(Finding("AL-R12", value=str(total), about={"what": names}))
        return rules
    if totals:
        limits = {key for key in ("at_least", "at_most") if key in totals[0]} or {"at_most"}
        totals[0].update(dict.fromkeys(sorted(limits), total))
    else:
        entries.append({"id": "--total", "kind": "total", "at_most": total, "source": "--total"})
    return {**rules, "rule": entries}


def with_pins(
    units: pd.DataFrame, rules: Mapping[str, Any], pins: pd.DataFrame, findings: list[Finding]
) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """The rows without limits of their own where they are decided, and a rule for each decision.

    Parameters
    ----------
    pins : unit_id, kind, authorised, document_id; with decided_on the latest per unit, kind, fund and source counts,
        summed per unit and kind. Rows without `authorised` are no pins.
    """
    if absent := [name for name in ("unit_id", "authorised", "document_id") if name not in pins]:
        findings += [Finding("AL-E1", column=name) for name in absent]
        return units, rules
    keys = ["unit_id", "kind"] if "kind" in pins and "kind" in units else ["unit_id"]
    made, units = [], units.copy()
    for key, group in _latest(pins, findings).groupby(keys, sort=True, dropna=False):
        key = tuple(map(text, key))
        entry = _pin(key, group, findings)
        same = (units[keys].astype(str) == list(key)).all(axis=1)
        if not same.any():
            about = {"unit": "/".join(key)}
            findings.append(Finding("AL-R13", value=key[0], about=about, **where_from(group.iloc[0].to_dict())))
        elif entry:
            for name in {"min", "max"} & set(units.columns):
                units[name] = units[name].mask(same)
            made.append(entry)
    if not made or not are_tables(rules.get("rule", [])):
        return units, rules
    return units, {**rules, "rule": [*rules.get("rule", ()), *made]}


def _latest(pins: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    kept = pins[pins["authorised"].notna() & (pins["authorised"].astype(str).str.strip() != "")]
    each = ("unit_id", "kind", "fund", "source") if "decided_on" in kept else ("unit_id", "kind")
    by = [name for name in each if name in kept]
    if "decided_on" in kept:
        days = pd.to_datetime(kept["decided_on"])
        latest = days.groupby([kept[name] for name in by], dropna=False, sort=False).transform("max")
        kept = kept[(days == latest) | latest.isna()]
    for line in kept[kept.duplicated(by)].to_dict("records"):
        findings.append(Finding("AL-E6", column="unit_id", value=str(line["unit_id"]), **where_from(line)))
    return kept


def _pin(key: tuple[str, ...], group: pd.DataFrame, findings: list[Finding]) -> dict[str, Any] | None:
    unit, posts = "/".join(key), 0
    for line in group.to_dict("records"):
        whole = pd.to_numeric(line["authorised"], errors="coerce")
        document = line["document_id"]
        for column, wrong in (
            ("authorised", pd.isna(whole) or whole < 0 or whole != int(whole)),
            ("document_id", pd.isna(document) or not str(document).strip()),
        ):
            if wrong:
                about = {"unit": unit, "column": column}
                findings.append(
                    Finding("AL-R14", column=column, value=text(line[column]), about=about, **where_from(line))
                )
                return None
        posts += int(whole)
    documents = sorted(set(group["document_id"].astype(str)))
    where = dict(zip(("unit_id", "kind"), key, strict=False))
    name = f"pin:{key[0]}/{key[1] if len(key) > 1 else ''}"
    return {
        "id": name,
        "kind": "bounds",
        "at_least": posts,
        "at_most": posts,
        "source": "; ".join(documents),
        "where": where,
    }
