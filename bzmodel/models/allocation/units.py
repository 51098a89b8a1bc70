"""The declaration of UNITS for a rules file: what a rule names is a column there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bzmodel.models.allocation.keys import ColumnName
from bzmodel.models.allocation.rows import OWN, TOO_LARGE
from bzmodel.models.allocation.rules import RULES
from bzmodel.schema.cells import Number, Text, Whole
from bzmodel.schema.columns import Column, Table


def units_table(rules: Mapping[str, Any]) -> Table:
    """The declaration of UNITS for these rules.

    Parameters
    ----------
    rules : the parsed RULES.toml; the columns it names are declared as text, those it counts as whole numbers.

    Returns
    -------
    Table that `intake.tables.read_table` holds a file against: need and weight exact, limits whole, rest carried.
    """
    counts = columns_counted(rules)
    marks = tuple(
        Column(name, name, Whole() if name in counts else Text(), optional=True)
        for name in columns_used(rules)
        if name not in OWN
    )
    return Table(
        "allocation_units",
        "编制分配单位",
        key=(),
        columns=(
            Column("unit_id", "单位代码", Text()),
            Column("kind", "编制类别", Text(), optional=True),
            Column("name", "单位名称", Text(), optional=True),
            Column("need", "测算需求", Number(low=0, high=TOO_LARGE, exact=True), unit="名"),
            Column("current", "现有编制", Whole(), optional=True, unit="名"),
            Column("min", "下限", Whole(), optional=True, unit="名"),
            Column("max", "上限", Whole(), optional=True, unit="名"),
            Column("weight", "权重", Number(low=0, high=TOO_LARGE, positive=True, exact=True), optional=True),
            *marks,
        ),
        description="One row per unit and kind of quota; what a rule names is a column here.",
    )


def columns_used(rules: Mapping[str, Any]) -> list[str]:
    """The columns that the rules name, unit_id, kind and name apart, in the order of the alphabet."""
    named = {column for entry in _entries(rules) for column in _named(entry)}
    return sorted((named | columns_counted(rules)) - {"unit_id", "kind", "name"})


def columns_counted(rules: Mapping[str, Any]) -> frozenset[str]:
    """The columns whose whole numbers some rule takes."""
    kinds = (entry.get("kind") for entry in _entries(rules))
    return frozenset(
        column for kind in kinds if isinstance(kind, str) and kind in RULES for column in RULES[kind].counts
    )


def _entries(rules: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    entries = rules.get("rule", ())
    return (one for one in entries if isinstance(one, Mapping)) if isinstance(entries, list | tuple) else iter(())


def _named(entry: Mapping[str, Any]) -> set[str]:
    """The columns of `where` and those that keys of its kind name."""
    where, kind = entry.get("where", {}), entry.get("kind")
    keys = RULES[kind].keys if isinstance(kind, str) and kind in RULES else {}
    values = (entry.get(name) for name, form in keys.items() if isinstance(form, ColumnName))
    return {*(where if isinstance(where, Mapping) else ()), *(value for value in values if isinstance(value, str))}
