"""Pages need nothing from outside; documents have the official layout (GB/T 9704-2012; domain.md 6, design.md 10)."""

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from html.parser import HTMLParser
from importlib.resources import files

import pandas as pd
import pytest

from bzmodel.output import documents
from bzmodel.output.disclosure import protect
from bzmodel.output.documents import (
    Card,
    Download,
    Part,
    docx_bytes,
    index_page,
    markdown_text,
    notebook_page,
    prose_html,
    report_page,
)  # fmt: skip
from bzmodel.output.outside import outside_of
from bzmodel.output.shown import Listing
from bzmodel.schema.results import EnvironmentFault

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SHOWN = protect(Listing("表", pd.DataFrame({"unit_id": ["U1"]}), "need"), edition="internal").html
PROSE = """# 工作量化核编

## 问题

见[省厅](https://a.gov/x)与<https://b.gov/y>，$5 与 $6，{{x}}，<b>甲</b>。"""
CELLS = [
    {"cell_type": "markdown", "source": PROSE},
    {"cell_type": "code", "source": "run = bz.open_run('20')", "outputs": [{"data": {"text/html": SHOWN}}]},
    {"cell_type": "markdown", "source": "## 检查\n\n第一行\n第二行"},
    {"cell_type": "markdown", "source": "## 局限"},
]  # fmt: skip


class Page(HTMLParser):
    """Tags of a page, each with its attributes; fails on what is never closed."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags, self.open = [], []
        self.feed(page.decode())
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br", "hr", "col", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


CARD = Card("核编", "需要多少？", "20.html", (("合计", "942.1 名"),), "沿用")
FILES = [Download("表", "a.csv")]
PAGES = {
    "notebook": lambda: notebook_page({"cells": CELLS}, state="预审"),
    "report": lambda: report_page("报告", [Part("markdown", "见 https://a.gov"), Part("html", SHOWN)]),
    "index": lambda: index_page("目录", [CARD], head_marking="内部", state="终审", downloads=FILES, lead="一段"),
}


@pytest.mark.parametrize("name", PAGES)
def test_no_outside_address_and_every_tag_closed(name):
    page = PAGES[name]()
    assert b"://" not in page
    for tag, attributes in Page(page).tags:
        assert tag not in ("script", "link", "iframe", "object")
        for name in ("src", "href"):
            address = attributes.get(name) or ""
            assert not address.startswith("//") and (":" not in address or address.startswith("data:"))


LEADING_OUT = """![图](//evil/x.png) ![图](HTTPS://Evil/y.png) ![片](//evil/z.mp4) ![文](https://evil/z.pdf)
[里](javascript:alert(1)) [外](/\\\\evil) <HTTP://a.b/c> <a@b.c> <a href="HTTP://x/">甲</a> [![图](//e/z.png)](Ftp://f/g)
[条](#问题) [页](50.html)"""


def test_whatever_leads_outside_is_text():
    page = report_page("报告", [Part("markdown", LEADING_OUT)])
    addresses = [a[n] for _, a in Page(page).tags for n in ("src", "href") if n in a]
    assert addresses == ["#问题", "50.html"] and outside_of(page.decode()) == []
    assert "图（evil/x.png）" in page.decode() and "javascript" not in page.decode()


@pytest.mark.parametrize(
    "html",
    [
        "<img src=//a/b>", "<IMG SRC='HTTP://a/b'>", '<a href="java&#9;script:x">', '<a href="/\\a/b">',
        "<script>x</script>",
        '<p onclick="x">', '<p style="background:URL(//a)">', '<img src="data:text/html;base64,AA">', "<iframe>",
        '<meta http-equiv="refresh" content="0; url=//a">', '<img srcset="//a/b 2x">',
    ],
)  # fmt: skip
def test_a_scan_finds_what_leads_outside(html):
    assert len(outside_of(f"<p>{html}</p>")) == 1


def test_templates_name_no_outside_address():
    for name in ("page.html.j2", "page.css"):
        text = (files("bzmodel.output") / name).read_text(encoding="utf-8")
        assert "//" not in text and "@import" not in text and "url(" not in text


def test_a_notebook_page_bears_marking_state_and_title():
    page = notebook_page({"cells": CELLS}, state="预审").decode()
    assert page.count("<h1>工作量化核编</h1>") == 1 and "<h1 id" not in page
    assert '<span class="marking">工作秘密</span>' in page
    assert "建议稿，未经编委审定" in page and "预审" in page and 'href="index.html"' in page
    assert "省厅（a.gov/x）" in page and "b.gov/y" in page and "$5 与 $6，{{x}}" in page and "&lt;b&gt;" in page
    assert "第一行第二行" in page and "<details>" in page and "open_run('20')" not in page.split("<details>")[0]
    decided = notebook_page({"cells": CELLS}, state="终审", draft=False).decode()
    assert "建议稿" not in decided and "终审" in decided


def test_prose_that_swallows_its_neighbours_break_is_still_whole():
    parts = [Part("markdown", "```\n未闭合"), Part("html", "<p>中</p>"), Part("markdown", "## 后")]
    page = report_page("t", parts).decode()
    assert page.index("未闭合") < page.index("<p>中</p>") < page.index(">后</h2>")
    assert "part-break" not in page


def test_names_become_markdown_that_means_just_them():
    name = "*甲*_乙_ [x](y) `z` $1$ <i> {{q}} #1 :::"
    assert re.sub(r"</?p>|\n", "", prose_html(markdown_text(name))) == name.replace("<", "&lt;").replace(">", "&gt;")


def test_a_broken_pandoc_is_an_environment_fault(monkeypatch):
    monkeypatch.setattr(documents.pypandoc, "get_pandoc_path", lambda: "/nowhere/pandoc")
    with pytest.raises(EnvironmentFault):
        prose_html("x")


MARKDOWN = """# 一、甲

全年**撤并** 41 个。

## （一）乙

### 1.丙

- 项

| 级 | 名 |
|---|---:|
| 市级 | 12 |
"""


@pytest.fixture(scope="module")
def docx():
    made = docx_bytes(MARKDOWN, title="示例市*总结*", marking="内部", stage="建议稿，未经编委审定")
    assert made == docx_bytes(MARKDOWN, title="示例市*总结*", marking="内部", stage="建议稿，未经编委审定")
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def attributes(element):
    return {name.removeprefix(W): value for name, value in element.attrib.items()}


def test_page_margins_and_grid(docx):
    section = ET.fromstring(docx["word/document.xml"]).find(f".//{W}sectPr")
    size, margins = attributes(section.find(f"{W}pgSz")), attributes(section.find(f"{W}pgMar"))
    millimetres = {edge: round(int(margins[edge]) / 1440 * 25.4) for edge in ("top", "right", "bottom", "left")}
    assert millimetres == {"top": 37, "right": 26, "bottom": 35, "left": 28}
    assert [round(int(size[side]) / 1440 * 25.4) for side in "wh"] == [210, 297]
    assert attributes(section.find(f"{W}docGrid")) == {"type": "lines", "linePitch": "579"}


def style(docx, style_id):
    for element in ET.fromstring(docx["word/styles.xml"]).findall(f"{W}style"):
        if element.get(f"{W}styleId") == style_id:
            return element
    raise KeyError(style_id)


@pytest.mark.parametrize(
    ("style_id", "font", "half_points"),
    [
        ("Title", "方正小标宋简体", "44"), ("BodyText", "仿宋_GB2312", "32"), ("FirstParagraph", "仿宋_GB2312", "32"),
        ("Heading1", "黑体", "32"), ("Heading2", "楷体_GB2312", "32"), ("Heading3", "仿宋_GB2312", "32"),
        ("Footer", "宋体", "28"), ("Header", "黑体", "28"),
    ],
)  # fmt: skip
def test_official_fonts_and_sizes(docx, style_id, font, half_points):
    run = style(docx, style_id).find(f"{W}rPr")
    assert run.find(f"{W}rFonts").get(f"{W}eastAsia") == font
    assert run.find(f"{W}sz").get(f"{W}val") == half_points
    assert run.find(f"{W}b").get(f"{W}val") == "0" and run.find(f"{W}color").get(f"{W}val") == "000000"


def test_every_paragraph_style_names_its_chinese_font(docx):
    for element in ET.fromstring(docx["word/styles.xml"]).findall(f"{W}style"):
        if element.get(f"{W}type") == "paragraph":
            assert element.find(f"{W}rPr/{W}rFonts").get(f"{W}eastAsia")


def test_body_lines_are_exact_28_points_and_indented_two_characters(docx):
    paragraph = style(docx, "BodyText").find(f"{W}pPr")
    assert attributes(paragraph.find(f"{W}spacing")) | {"before": "", "after": ""} == {
        "before": "", "after": "", "line": "560", "lineRule": "exact",
    }  # fmt: skip
    assert paragraph.find(f"{W}ind").get(f"{W}firstLineChars") == "200"
    assert style(docx, "BodyText").find(f"{W}rPr/{W}spacing").get(f"{W}val") == "-5"


def test_styles_used_are_styles_defined(docx):
    used = set(re.findall(rb'w:(?:pStyle|rStyle|tblStyle) w:val="([^"]*)"', docx["word/document.xml"]))
    defined = set(re.findall(rb'w:styleId="([^"]*)"', docx["word/styles.xml"]))
    assert {b"Marking", b"Title", b"Subtitle", b"Heading1", b"TableText", b"Table"} <= used <= defined


def test_words_marking_footers(docx):
    document = docx["word/document.xml"].decode()
    words = "".join(text.text for text in ET.fromstring(document).iter(f"{W}t"))
    assert words.startswith("内部示例市*总结*建议稿，未经编委审定一、甲") and "全年撤并 41 个。" in words
    assert "<w:b />" not in document
    assert b"PAGE" in docx["word/footer1.xml"] and b"evenAndOddHeaders" in docx["word/settings.xml"]
    assert {"default", "even"} == {
        reference.get(f"{W}type") for reference in ET.fromstring(document).iter(f"{W}footerReference")
    }


def test_marking_and_state_stand_on_every_page(docx):
    section = ET.fromstring(docx["word/document.xml"]).find(f".//{W}sectPr")
    assert {one.get(f"{W}type") for one in section.findall(f"{W}headerReference")} == {"default", "even"}
    headers = [name for name in docx if name.startswith("word/header")]
    assert len(headers) == 2
    for name in headers:
        words = "".join(text.text for text in ET.fromstring(docx[name]).iter(f"{W}t"))
        assert words == "内部　建议稿，未经编委审定"


def test_no_author_no_day_no_history(docx):
    assert not list(ET.fromstring(docx["docProps/core.xml"]))
    everything = b"".join(docx.values())
    assert b"dcterms:created" not in everything and b"w:rsid=" not in everything and b"w:author" not in everything
