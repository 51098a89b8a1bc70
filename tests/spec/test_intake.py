"""A sheet in, a declared table or messages out; readable by whoever sends the sheet."""

import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest

from bzmodel.intake.city import load_city, read_config
from bzmodel.intake.tables import read_table
from bzmodel.schema import messages
from bzmodel.schema.cells import Day, Number, Text, Whole, Year
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.constraints import SumIs
from bzmodel.schema.results import BadInput
from bzmodel.schema.tables import TABLES

POSTS = Table(
    "posts",
    "编制",
    ("unit_id",),
    (
        Column("unit_id", "单位编码", Text()),
        Column("quota", "编制数", Whole()),
        Column("share", "份额", Number(0, 1), optional=True),
        Column("set_on", "批准日期", Day(), optional=True),
    ),
)


def _read(tmp_path: Path, text: str, table: Table = POSTS):
    path = tmp_path / "posts.csv"
    path.write_text(text, encoding="utf-8")
    return read_table(path, table)


def _codes(reading) -> list[tuple[str, int | None]]:
    return [(f.code, f.row) for f in reading.findings]


def test_the_offices_headings_in_any_order(tmp_path):
    reading = _read(tmp_path, "编 制 数,单位编码,备注\n３,007,x\n")
    assert reading.frame.loc[0, ["unit_id", "quota", "备注"]].tolist() == ["007", 3, "x"]
    assert [(n.before, n.after, n.rule) for n in reading.normalisations] == [("３", "3", "E4")]
    assert reading.frame.loc[0, "source_row"] == "posts.csv:2"


@pytest.mark.parametrize(
    "text", ["1,000", "12人", "1_000", "nan", "NA", "inf", "1e400", "1e99999999999999999999", "十二", "²", "0x10", "٣"]
)
def test_what_is_no_number_is_an_error_never_a_blank(tmp_path, text):
    reading = _read(tmp_path, f'unit_id,quota\nA,"{text}"\n')
    assert [f.code for f in reading.findings] in (["IN-E4"], ["IN-E6"])
    assert reading.findings[0].value == text


@pytest.mark.parametrize("text", ["1.7e308", "1e-399", "0." + "3" * 900, "+.5", "-0", "1e05"])
def test_a_number_of_any_size_that_a_file_can_hold_is_read_as_written(tmp_path, text):
    table = Table("costs", "费用", (), (Column("cost", "费用", Number(exact=True)),))
    reading = _read(tmp_path, f"cost\n{text}\n", table)
    assert (reading.frame["cost"].tolist(), reading.findings) == ([Decimal(text)], ())


@pytest.mark.parametrize("text", ["0." + "3" * 5000, "-1.8e308", "1e-500"])
def test_a_number_beyond_all_use_is_said_to_be_one(tmp_path, text):
    table = Table("costs", "费用", (), (Column("cost", "费用", Number(exact=True)),))
    assert _codes(_read(tmp_path, f"cost\n{text}\n", table)) == [("IN-E6", 2)]


def test_each_fault_names_its_row_and_all_come_together(tmp_path):
    reading = _read(
        tmp_path,
        "单位编码,编制数,份额,批准日期\nA,-1,,\nB,3.5,,\nC,,,\nD,1,1.2,\nE,1,,2021-02-30\nF,1,,9999-12-31\nA,2,,\n",
    )
    assert _codes(reading) == [
        ("IN-E1", 2),
        ("IN-E2", 3),
        ("IN-E9", 4),
        ("IN-E1", 5),
        ("IN-F1", 6),
        ("IN-F16", 7),
        ("IN-K1", 8),
    ]


def test_a_missing_column_is_refused_with_what_is_there(tmp_path):
    with pytest.raises(BadInput) as refusal:
        _read(tmp_path, "单位,编制数\nA,1\n")
    assert "单位编码" in messages.line(refusal.value.findings[0])


def test_dated_rows_of_one_key_never_overlap(tmp_path):
    dated = Table("u", "机构", ("unit_id",), (Column("unit_id", "单位编码", Text()),), dated=True)
    text = "单位编码,生效日期,失效日期\nA,2020-01-01,2021-01-01\nA,2021-01-01,\nB,2020-01-01,\nB,2020-06-01,\n"
    assert _codes(_read(tmp_path, text, dated)) == [("IN-K2", 5)]


def test_shares_that_do_not_sum_are_named_in_words(tmp_path):
    table = dataclasses.replace(POSTS, key=(), constraints=(SumIs(("unit_id",), "share"),))
    (finding,) = _read(tmp_path, "unit_id,quota,share\nA,1,.5\nA,1,.4\n", table).findings
    assert "0.9" in messages.line(finding) and "0.9" in messages.line(finding, "en")


def _city(tmp_path: Path, setting: str, **files: str) -> Path:
    (tmp_path / "city.toml").write_text(f'name = "某市"\nyears = [2020, 2021]\n{setting}', encoding="utf-8")
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/").replace("_csv", ".csv")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


VOLUMES = '[[tables.workload]]\nfile = "{year}/w.csv"\n'


def _volume_head() -> str:
    names = ("unit_id", "workload_year", "activity_id", "volume", "source_grade")
    return ",".join(TABLES["workload"].column(name).label for name in names) + "\n"


def test_a_year_reads_all_years_up_to_it_and_none_later(tmp_path):
    rows = {f"{y}__w_csv": _volume_head() + f"A,{y},a1,{y},统计\n" for y in (2018, 2020, 2021)}
    city = load_city(_city(tmp_path, VOLUMES, **rows), 2020)
    assert city.tables["workload"]["workload_year"].tolist() == [2018, 2020]


def test_a_row_of_another_year_is_named(tmp_path):
    rows = {f"{y}__w_csv": _volume_head() + "A,2021,a1,1,统计\n" for y in (2020, 2021)}
    with pytest.raises(BadInput) as refusal:
        load_city(_city(tmp_path, VOLUMES, **rows), 2021)
    # the same key twice is said as well: all findings of a run together
    assert [f.code for f in refusal.value.findings] == ["IN-F14", "IN-K1"]


def test_all_missing_files_are_named_at_once(tmp_path):
    with pytest.raises(BadInput) as refusal:
        load_city(_city(tmp_path, VOLUMES), 2021)
    assert [f.file for f in refusal.value.findings] == ["2020/w.csv", "2021/w.csv"]


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ('[[tables.workload]]\nfile = "../w.csv"\n', "IN-A8"),
        ('[[tables.workload]]\nfile = "C:/w.csv"\n', "IN-A8"),
        ('[[tables.wages]]\nfile = "w.csv"\n', "IN-L3"),
        ('[[tables.workload]]\nfile = "w.csv"\ncolour = "red"\n', "IN-L0"),
        ("years = [2019]\n", "IN-L8"),
        ('[[tables.workload]]\nurl = "sqlite://"\nquery = "select 1"\n', "IN-L9"),
    ],
)
def test_a_wrong_setting_is_refused(tmp_path, setting, code):
    with pytest.raises(BadInput) as refusal:
        read_config(_city(tmp_path, setting or "tables = {}"))
    assert refusal.value.findings[0].code == code


def test_a_unit_nobody_knows_is_named_with_the_nearest(tmp_path):
    table = Table(
        "w", "量", ("unit_id",), (Column("unit_id", "单位编码", Text(), refers="units"), Column("year", "年度", Year()))
    )
    from bzmodel.intake.tables import references

    units = _read(tmp_path, "unit_id,quota\nA001,1\n").frame
    rows = _read(tmp_path, "unit_id,year\nA001,2021\nA0O1,2021\n", table).frame
    tables = {"units": dataclasses.replace(POSTS, name="units"), "w": table}
    (finding,) = references({"units": units, "w": rows}, tables, ["w"])
    assert (finding.code, finding.row, finding.value, finding.about["near"]) == ("IN-H1", 3, "A0O1", "A001")


def _head(name: str) -> str:
    return ",".join(column.label for column in TABLES[name].columns if not column.optional) + "\n"


def _row(name: str, **cells: str) -> str:
    """A row of a table in which all that is required stands, with these cells."""
    days = dict.fromkeys(("received_on", "opened_on", "issued_on"), "2021-01-05")
    codes = {
        "level": "市",
        "matter_kind": "编制调整",
        "authority": "编委",
        "document_kind": "批复",
        "opening": "不公开",
    }
    known = days | codes | cells
    names = [column.name for column in TABLES[name].columns if not column.optional]
    return ",".join(known.get(column, "甲") for column in names) + "\n"


def test_a_ledger_says_what_is_overdue_at_the_end_of_the_year(tmp_path):
    setting = '[[tables.matters]]\nfile = "{year}/m.csv"\nsince = 2021\n'
    late, later = (_row("matters", matter_id=m, due_on=d) for m, d in (("M1", "2021-03-01"), ("M2", "2022-03-01")))
    rows = _head("matters") + late + later
    (late,) = load_city(_city(tmp_path, setting, **{"2021__m_csv": rows}), 2021).findings
    assert (late.code, late.row, late.about["count"], late.about["items"]) == ("IN-F20", 2, 1, "M1")
    assert load_city(tmp_path, 2020).findings == ()  # the ledger was begun in 2021


def test_a_file_may_say_by_its_header_alone_that_there_is_nothing(tmp_path):
    setting = '[[tables.matters]]\nfile = "m.csv"\n'
    city = _city(tmp_path, setting, m_csv=_head("matters"))
    with pytest.raises(BadInput, match="IN-A5"):
        load_city(city, 2021)
    city = _city(tmp_path, setting + "may_be_empty = true\n")
    assert load_city(city, 2021).tables["matters"].empty


def test_a_reference_that_leads_nowhere_is_named_along_with_other_faults(tmp_path):
    sources = {"matters": "m", "documents": "d", "matter_steps": "s"}
    setting = "".join(f'[[tables.{table}]]\nfile = "{file}.csv"\n' for table, file in sources.items())
    steps = _head("matter_steps") + _row("matter_steps", matter_id="M9", step="受理", done_on="三月")
    files = {"m_csv": _head("matters") + _row("matters", matter_id="M1", due_on="2021-03-01"), "s_csv": steps}
    files["d_csv"] = _head("documents") + _row("documents", document_id="D1")
    with pytest.raises(BadInput) as refusal:
        load_city(_city(tmp_path, setting, **files), 2021)
    assert {"IN-F1", "IN-H1"} <= {finding.code for finding in refusal.value.findings}


def test_norms_in_use_are_those_the_city_names(tmp_path):
    assert not load_city(_city(tmp_path, "tables = {}\n[norms]\nuse = []\n"), 2021).params.page("norms")
    with pytest.raises(BadInput) as refusal:
        load_city(_city(tmp_path, 'tables = {}\n[norms]\nuse = ["schols"]\n'), 2021)
    assert [finding.code for finding in refusal.value.findings] == ["ND-E12"]
