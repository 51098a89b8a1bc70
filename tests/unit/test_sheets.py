"""Files become text with their physical row, or a message that names the fault."""

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from bzmodel.intake.formulas import ValuelessCell, valueless_cells
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


def test_a_formula_without_a_value_is_no_blank(tmp_path):
    path = tmp_path / "c.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("封面", "数据"):
            page = book.add_worksheet(name)
            page.write_row(0, 0, ["unit_id", "业务量"])
            page.write_row(1, 0, ["A", 12])
        page.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        page.write_formula(3, 1, "=B2+2", None, "")
        page.write_formula(4, 1, "=B2+1", None, 13)
        page.write_string(4, 0, "B")
    sheet = read_sheet(path, sheet="数据")
    assert [(f.code, f.row, f.column, f.value) for f in sheet.findings if f.code != "IN-A24"] == [
        ("IN-C6", 3, "业务量", "#DIV/0!"),
        ("IN-C5", 4, "业务量", "=B2+2"),
    ]
    assert not read_sheet(path, sheet="封面").findings


def test_a_formula_whose_value_is_no_text_has_a_value():
    row = b'<c r="A2"><f>1+4</f></c><c r="AB2" t="str"><f>A1</f><v></v></c><c r="AC2"><f>A1</f><v>1</v></c>'
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as parts:
        parts.writestr("xl/workbook.xml", '<w xmlns:r="r"><sheets><sheet name="S" r:id="r1"/></sheets></w>')
        parts.writestr("xl/_rels/workbook.xml.rels", '<R><x Id="r1" Target="worksheets/sheet1.xml"/></R>')
        parts.writestr("xl/worksheets/sheet1.xml", b"<s><sheetData><row>" + row + b"</row></sheetData></s>")
    assert valueless_cells(book.getvalue(), "S") == [ValuelessCell(2, 0, "=1+4", False)]


def test_blank_lines_above_the_header_are_said(tmp_path):
    sheet = read_sheet(_file(tmp_path, b"\n,\na,b\n1,2\n"))
    assert (sheet.header, [row for row, _ in sheet.rows]) == (("a", "b"), [4])
    assert [(f.code, f.row) for f in sheet.findings] == [("IN-A24", 1), ("IN-A24", 2)]
    assert _refused(_file(tmp_path, b",,\n,,\n")) == "IN-A4"


def test_lines_of_two_encodings_in_one_file_are_refused(tmp_path):
    heading, row = "单位,业务量\n", "甲馆,1\n"
    assert _refused(_file(tmp_path, heading.encode() + row.encode("gb18030"))) == "IN-A10"
    assert _refused(_file(tmp_path, heading.encode("gb18030") + row.encode())) == "IN-A10"
    rare = "单位,业务量\n朱镕基,1\n堃,2\n"  # names that GB 2312 does not have
    assert read_sheet(_file(tmp_path, rare.encode("gb18030"))).rows[0][1] == ["朱镕基", "1"]


def test_a_name_too_long_for_the_disk_is_a_message(tmp_path):
    assert _refused(tmp_path / ("x" * 300)) == "IN-A6"
