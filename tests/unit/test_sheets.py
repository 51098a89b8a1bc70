"""Files become text with their physical row, or a message that names the fault."""

from pathlib import Path

import pytest
import xlsxwriter

from bzmodel.intake.sheets import NumberCell, read_sheet
from bzmodel.schema.results import BadInput


def _file(tmp_path: Path, content: bytes, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def _refused(path: Path, **options: str) -> str:
    with pytest.raises(BadInput) as refusal:
        read_sheet(path, **options)
    return refusal.value.findings[0].code


def test_rows_keep_their_physical_line_after_a_line_break_inside_quotes(tmp_path):
    sheet = read_sheet(_file(tmp_path, b'a,b\n"1\n2",x\n3,y\n'))
    assert [row for row, _ in sheet.rows] == [2, 4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_offices_are_read(tmp_path, encoding):
    sheet = read_sheet(_file(tmp_path, "单位,业务量\n甲馆,1\n".encode(encoding)))
    assert sheet.header == ("单位", "业务量")
    assert [f.code for f in sheet.findings] == (["IN-A9"] if encoding == "gb18030" else [])


def test_identifiers_stay_as_written(tmp_path):
    sheet = read_sheet(_file(tmp_path, b"unit_id\n007\nNA\n1e5\n'=cmd|x\n"))
    assert [cells[0] for _, cells in sheet.rows] == ["007", "NA", "1e5", "=cmd|x"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "IN-A4"),
        (b"a,b\n", "IN-A5"),
        (b"a\0b\n1\n", "IN-A14"),
        ("a,b\n".encode("utf-16"), "IN-A12"),
        (b"a,b\n\xff\xff,1\n", "IN-A10"),
        (b'a,b\n"1,2\n', "IN-A17"),
        (b"a;b\n1;2\n", "IN-A21"),
        (b"PK\x03\x04broken", "IN-C22"),
        (b"\xd0\xcf\x11\xe0old", "IN-A29"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path, content, code):
    assert _refused(_file(tmp_path, content)) == code


def test_a_missing_file_and_a_folder(tmp_path):
    assert _refused(tmp_path / "none.csv") == "IN-A1"
    assert _refused(tmp_path) == "IN-A2"


def test_short_and_long_rows_are_findings_and_blank_lines_are_said(tmp_path):
    sheet = read_sheet(_file(tmp_path, b"a,b\n1\n1,2,3\n\n4,5\n"))
    assert [(f.code, f.row) for f in sheet.findings] == [("IN-A20", 2), ("IN-A18", 3), ("IN-A24", 4)]
    assert [cells for _, cells in sheet.rows] == [["4", "5"]]


def test_a_workbook_needs_its_sheet_named_when_several_are_visible(tmp_path):
    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("甲", "乙"):
            page = book.add_worksheet(name)
            page.write_row(0, 0, ["unit_id", "n", "on"])
            page.write_string(1, 0, "007")
            page.write_number(1, 1, 12)
            page.write_boolean(1, 2, True)
    assert _refused(path) == "IN-C10"
    assert _refused(path, sheet="丙") == "IN-C11"
    ((row, cells),) = read_sheet(path, sheet="乙").rows
    assert (row, list(cells)) == (2, ["007", "12", "true"])
    assert isinstance(cells[1], NumberCell)
    assert not isinstance(cells[0], NumberCell)
