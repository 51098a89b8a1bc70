"""What bears the mark of a state secret is not read, and its message does not repeat it (the suite handles none)."""

import io

import openpyxl
import pytest

from bzmodel.intake.documents import read_toml
from bzmodel.intake.sheets import read_sheet
from bzmodel.schema import messages
from bzmodel.schema.results import BadInput
from bzmodel.schema.secrecy import is_secret

HEADER = "文件编码,标题\n"
MARKS = ["绝密", "机密★10年", "秘密★5年", "秘密 ★", "甲编〔2021〕1号（机密）"]


def refused(read, *private: str) -> list[tuple[str, str, int | None]]:
    with pytest.raises(BadInput) as refusal:
        read()
    for finding in refusal.value.findings:
        for lang in messages.LANGUAGES:
            said = messages.line(finding, lang)
            assert not any(word in said for word in private), said
    return [(finding.code, finding.file, finding.row) for finding in refusal.value.findings]


@pytest.mark.parametrize("mark", MARKS)
def test_a_cell_of_a_csv(tmp_path, mark):
    path = tmp_path / "documents.csv"
    path.write_text(f"{HEADER}D1,通知\nD2,某项部署{mark}\n", encoding="utf-8")
    assert refused(lambda: read_sheet(path), mark, "部署") == [("IN-S2", "documents.csv", 3)]


def test_a_title_line_of_a_workbook_and_the_name_of_its_sheet(tmp_path):
    book = openpyxl.Workbook()
    for row in (["机密★某表"], ["文件编码", "标题"], ["D1", "通知"]):
        book.active.append(row)
    path, content = tmp_path / "documents.xlsx", io.BytesIO()
    book.active.title = "绝密件"
    book.save(content)
    path.write_bytes(content.getvalue())
    assert refused(lambda: read_sheet(path), "某表", "机密", "绝密") == [
        ("IN-S2", "documents.xlsx", 1),
        ("IN-S1", "documents.xlsx", None),
    ]


def test_a_file_is_not_even_opened(tmp_path):
    lost = tmp_path / "lost.csv"
    assert refused(lambda: read_sheet(lost, shown="2021/绝密名单.csv"), "绝密", "名单") == [
        ("IN-S1", "2021/***.csv", None)
    ]


def test_a_line_of_a_citys_pages(tmp_path):
    path = tmp_path / "2021.toml"
    path.write_text('[[rule]]\nsource = "甲委〔2021〕9号 机密"\n', encoding="utf-8")
    assert refused(lambda: read_toml(path, shown="rules/2021.toml"), "甲委", "9号") == [("IN-S3", "rules/2021.toml", 2)]


@pytest.mark.parametrize("text", ["工作秘密", "计算机密码应用中心", "与司机密切配合", "保守秘密", "秘密"])
def test_what_is_no_mark_is_read(text):
    assert not is_secret(text)
