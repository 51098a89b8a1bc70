"""The declared tables are sound, and the data dictionary is what they say."""

from __future__ import annotations

import tomllib

import pytest

from bzmodel.commands.dictionary import pages
from bzmodel.intake.city import PARAMS
from bzmodel.schema.cells import Code
from bzmodel.schema.tables import TABLES

CODES = tomllib.loads((PARAMS / "codes.toml").read_text(encoding="utf-8"))
ASKED = """units unit_groups succession quotas ceilings matters matter_steps decisions documents recognitions exceptions
activities workload drivers allowances staff_counts need_estimates need allocation explanation figures"""


def test_the_tables_of_this_thread_are_declared():
    assert set(ASKED.split()) <= set(TABLES)


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_a_declaration_is_sound(table):
    names, headings = set(table.names), [column.label for column in table.columns]
    assert len(names) == len(table.columns) and len(set(headings)) == len(headings)
    assert set(table.key) <= names
    assert not [column.name for column in table.columns if column.name in table.key and column.optional]
    others = [alias for column in table.columns for alias in {*column.aliases} - {column.label}]
    assert len(set(others) | set(headings)) == len(others) + len(headings), "a heading that could mean two columns"
    for column in table.columns:
        assert not column.refers or len(TABLES[column.refers].key) == 1
    for constraint in table.constraints:
        assert constraint.says("zh") and constraint.says("en")
    for computed in table.computed:
        assert {computed.of, computed.minus} <= names


def test_every_code_list_is_used_and_there():
    used = {column.type.codes for t in TABLES.values() for column in t.columns if isinstance(column.type, Code)}
    assert used == set(CODES)
    for entry in CODES.values():
        assert len(set(entry["values"])) == len(entry["values"])
        assert set(entry.get("aliases", {}).values()) <= set(entry["values"])


def test_nobody_types_a_state():
    assert not [t.name for t in TABLES.values() if {"state", "status", "overdue"} & set(t.names)]


def test_generated_pages_are_up_to_date():
    for path, text in pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: python -m bzmodel.commands.dictionary"
