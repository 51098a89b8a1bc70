"""What each edition prints (design.md 5 and 7, office.md 3), and that names are text on a page."""

import pandas as pd
import pytest

from bzmodel.output.disclosure import protect
from bzmodel.output.shown import Chart, Document, Listing
from bzmodel.schema.results import Check, DisclosureRefused, Figure, Finding, Result, Step
from bzmodel.schema.tables import TABLES

EVIL = """<script>alert(1)</script> $x$ {{y}} & "q\""""
NEED = pd.DataFrame({"unit_id": [f"U{n:03d}" for n in range(30)], "need": [31.4] * 30, "source_row": ["a.csv:2"] * 30})
RESULT = Result(
    "need",
    {"need": NEED, "own": pd.DataFrame({"a": [EVIL], "year": [2021], "flag": [True]})},
    "合计 942 名",
    checks=(
        Check("V01", "总量", 12.345, 13, True),
        Check("V02", "R2", 0.4, 0.5, False),
        Check("V03", "x", None, 1, None),
    ),
    findings=(Finding("OUT-P2", file="a.csv", row=3, value=EVIL),),
)


def test_internal_prints_all_and_bears_the_highest_marking():
    shown = protect(RESULT, edition="internal")
    assert shown.marking == TABLES["need"].marking == "工作秘密" and not shown.withheld
    assert 'data-marking="工作秘密"' in shown.html
    for part in ("合计 942 名", TABLES["need"].label, "单位编码", "31.4", "通过", "未通过", "仅供参考", "a.csv"):
        assert part in shown.html
    assert "source_row" not in shown.html and shown._repr_html_() == shown.html


def test_public_prints_only_what_is_marked_public_and_names_the_rest():
    shown = protect(RESULT, edition="public")
    assert "942" not in shown.html and "31.4" not in shown.html and "U000" not in shown.html
    assert "本版不载" in shown.html and TABLES["need"].label in shown.withheld
    assert shown.marking == "公开"


def test_a_caller_cannot_lower_the_marking_of_a_declared_table():
    assert "31.4" not in protect(RESULT, edition="public", marking="公开").html
    assert "31.4" not in protect(Listing("表", NEED, "need"), edition="public", marking="公开").html


def test_public_prints_what_is_marked_public():
    open_table = Listing("学校数", pd.DataFrame({"n": [7]}))
    assert "7</td>" in protect(open_table, edition="public", marking="公开").html
    assert "7</td>" not in protect(open_table, edition="public").html


def test_names_are_text():
    html = protect(RESULT, edition="internal").html
    assert "<script>" not in html and "&lt;script&gt;" in html and "$x$ {{y}}" in html
    document = protect(Document("t", "价格 $5 与 $6，{{x}} <script>a</script>"), edition="internal").html
    assert "<script>" not in document and "$5 与 $6，{{x}}" in document


def test_long_tables_say_how_many_more_and_where():
    html = protect(RESULT, edition="internal", rows=10, file="20/{name}.csv").html
    assert html.count(">U0") == 10 and "共 30 行" in html and "另有 20 行" in html and "20/need.csv" in html


def test_labels_come_before_declared_headings():
    assert "机构代号" in protect(Listing("t", NEED, "need"), edition="internal", labels={"unit_id": "机构代号"}).html


def test_a_frame_without_rows_is_no_empty_table():
    assert "（无）" in protect(Listing("t", NEED.head(0), "need"), edition="internal").html


def test_years_have_no_separator_and_whole_numbers_no_point():
    frame = pd.DataFrame({"year": [2021], "n": [12345], "x": [1234.5], "share": [0.12345], "p": [1e-12]})
    html = protect(Listing("t", frame), edition="internal").html
    assert [cell for cell in ("2021<", "12,345<", "1,234.5<", "0.1235<", "1e-12<") if cell not in html] == []


def test_chart_figures_steps():
    chart = protect(Chart("G01", "题<名>", b"<svg/>"), edition="internal", marking="公开")
    assert 'alt="题&lt;名&gt;"' in chart.html and "data:image/svg+xml;base64," in chart.html and chart.marking == "公开"
    steps = protect((Step(("U1", "事业"), 1, "总量", "R01", 5, 4),), edition="internal").html
    assert "U1 事业" in steps and "R01" in steps
    figure = Figure("C04", None, "个", "撤并", pd.DataFrame())
    assert "本年无此项" in protect((figure,), edition="internal").html
    assert protect((), edition="internal").withheld == ()


@pytest.mark.parametrize("mark", ["绝密", "机密★10年", "秘密★5年", "秘密 ★"])
def test_the_mark_of_a_state_secret_is_refused_in_any_edition(mark):
    with pytest.raises(DisclosureRefused):
        protect(Listing("t", pd.DataFrame({"a": [f"文件 {mark}"]})), edition="internal")
    with pytest.raises(DisclosureRefused):
        protect(Document("t", mark), edition="public")


SECRET = "机密"
BEARING = {
    "check": Result("r", {}, "", checks=(Check("V1", f"文件{SECRET}", 1, 1, True),)),
    "figure": (Figure("C04", 1, "个", f"文件{SECRET}", pd.DataFrame()),),
    "step": (Step(("U1",), 1, "总量", f"文件{SECRET}", 5, 4),),
    "title": Listing(f"文件{SECRET}", pd.DataFrame({"a": [1]})),
    "heading": Listing("表", pd.DataFrame({SECRET: [1]})),
    "chart": Chart("G01", "题", f"<svg><!-- {SECRET} --></svg>".encode()),
    "emphasis": Document("t", "绝**密**"),
    "unseen": Document("t", "绝\u200b密"),
}


@pytest.mark.parametrize("thing", BEARING)
def test_the_mark_of_a_state_secret_is_found_wherever_it_stands(thing):
    with pytest.raises(DisclosureRefused):
        protect(BEARING[thing], edition="internal")


def test_工作秘密_is_no_state_secret():
    assert "工作秘密" in protect(Document("t", "工作秘密"), edition="internal").html


def test_unknown_edition_marking_and_thing_are_refused():
    with pytest.raises(ValueError, match="edition"):
        protect(RESULT, edition="open")
    with pytest.raises(DisclosureRefused):
        protect(RESULT, edition="internal", marking="秘密")
    with pytest.raises(TypeError):
        protect(NEED, edition="internal")


def test_a_word_that_only_looks_like_the_mark_is_printed():
    assert "计算机密码" in protect(Document("t", "更换计算机密码"), edition="internal").html
