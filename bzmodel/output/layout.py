"""The official layout of a document (GB/T 9704-2012), as the reference document pandoc takes it from.

A4, core 156 x 225 mm, 22 lines of 28 characters; the official fonts are named, never carried along.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first day a ZIP can name
LATIN, BODY, TITLE, BLACK, KAI, PAGE = (
    *("Times New Roman", "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"),
)
SIZE_2, SIZE_3, SIZE_4, SIZE_5 = 44, 32, 28, 21  # 2号 3号 4号 五号, in half points
LINE = 560  # 28 pt
TIGHTER = -5  # -0.25 pt: 28 characters of 16 pt fill 156 mm


def twips(millimetres: float) -> int:
    """Millimetres in twentieths of a point."""
    return round(millimetres / 25.4 * 1440)


@dataclass(frozen=True)
class _Style:
    """One style. indent: characters of its first line; line: exact, in twips (0: as high as its text)."""

    id: str
    name: str
    based_on: str = "Normal"
    font: str = BODY
    size: int = SIZE_3
    indent: int = 0
    line: int = LINE
    align: str = "both"
    level: int | None = None
    before: int = 0
    after: int = 0
    keep: bool = False

    def xml(self) -> str:
        own = "" if self.id in _BUILT_IN else ' w:customStyle="1"'
        default = ' w:default="1"' if self.id == "Normal" else ""
        based = "" if self.id == "Normal" else f'<w:basedOn w:val="{self.based_on}"/>'
        return (
            f'<w:style w:type="paragraph"{default}{own} w:styleId="{self.id}"><w:name w:val={quoteattr(self.name)}/>'
            f"{based}<w:qFormat/><w:pPr>{self._paragraph()}</w:pPr>{_run(self.font, self.size)}</w:style>"
        )

    def _paragraph(self) -> str:
        line = f' w:line="{self.line}" w:lineRule="exact"' if self.line else ' w:line="240" w:lineRule="auto"'
        parts = ["<w:keepNext/>" if self.keep else ""]
        parts.append("" if self.line else '<w:snapToGrid w:val="0"/>')  # the grid of the text is not that of tables
        parts.append(f'<w:spacing w:before="{self.before}" w:after="{self.after}"{line}/>')
        parts.append(f'<w:ind w:firstLineChars="{self.indent * 100}" w:firstLine="{self.indent * self.size * 10}"/>')
        parts.append(f'<w:jc w:val="{self.align}"/>')
        parts.append("" if self.level is None else f'<w:outlineLvl w:val="{self.level}"/>')
        return "".join(parts)


_BUILT_IN = {
    *("Normal", "BodyText", "Title", "Subtitle", "Date", "Caption", "FootnoteText", "Header", "Footer", "TOCHeading"),
    *(f"Heading{level}" for level in range(1, 10)),
}
_HEADINGS = {1: BLACK, 2: KAI}  # 一、黑体 （一）楷体, below 仿宋


def _heading(level: int) -> _Style:
    font = _HEADINGS.get(level, BODY)
    return _Style(f"Heading{level}", f"heading {level}", font=font, indent=2, level=level - 1, keep=True)


STYLES = (
    _Style("Normal", "Normal"),
    _Style("BodyText", "Body Text", indent=2),
    _Style("FirstParagraph", "First Paragraph", "BodyText", indent=2),
    _Style("Compact", "Compact", "BodyText", indent=2),
    _Style("TableText", "Table Text", size=SIZE_5, line=0, align="left", before=20, after=20),
    _Style("Title", "Title", font=TITLE, size=SIZE_2, align="center", line=700, before=LINE, after=LINE // 2),
    _Style("Subtitle", "Subtitle", font=KAI, align="center", after=LINE // 2),
    _Style("Author", "Author", font=KAI, align="center"),
    _Style("Date", "Date", font=KAI, align="center"),
    _Style("Marking", "Marking", font=BLACK, align="left"),
    _Style("Abstract", "Abstract", indent=2),
    _Style("AbstractTitle", "Abstract Title", font=BLACK, align="center"),
    *(
        _Style(
            f"Heading{level}", f"heading {level}", font=_HEADINGS.get(level, BODY), indent=2, level=level - 1, keep=True
        )
        for level in range(1, 10)
    ),
    _Style("BlockText", "Block Text", indent=2),
    _Style("FootnoteText", "footnote text", size=SIZE_5, line=0),
    _Style("FootnoteBlockText", "Footnote Block Text", size=SIZE_5, line=0),
    _Style("Caption", "caption", font=BLACK, size=SIZE_4, align="center", keep=True),
    _Style("TableCaption", "Table Caption", "Caption", font=BLACK, size=SIZE_4, align="center", keep=True),
    _Style("ImageCaption", "Image Caption", "Caption", font=BLACK, size=SIZE_4, align="center"),
    _Style("Figure", "Figure", line=0, align="center"),
    _Style("CaptionedFigure", "Captioned Figure", "Figure", line=0, align="center", keep=True),
    _Style("SourceCode", "Source Code", size=SIZE_5, line=0, align="left"),
    _Style("Header", "header", font=BLACK, size=SIZE_4, line=SIZE_4 * 10, align="left"),
    _Style("Footer", "footer", font=PAGE, size=SIZE_4, line=SIZE_4 * 10, align="right"),
)


def _run(font: str, size: int) -> str:
    latin = font if font == PAGE else LATIN
    fonts = f'w:ascii="{latin}" w:hAnsi="{latin}" w:cs="{latin}" w:eastAsia="{font}"'
    spacing = f'<w:spacing w:val="{TIGHTER}"/>' if size == SIZE_3 else '<w:spacing w:val="0"/>'
    plain = '<w:b w:val="0"/><w:bCs w:val="0"/><w:i w:val="0"/><w:iCs w:val="0"/><w:color w:val="000000"/>'
    return f'<w:rPr><w:rFonts {fonts}/>{plain}{spacing}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'


def _character(style_id: str, name: str, inner: str) -> str:
    fonts = f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{BODY}"/>'
    default = ' w:default="1"' if style_id == "DefaultParagraphFont" else ""
    custom = "" if style_id in ("DefaultParagraphFont", "Hyperlink", "FootnoteReference") else ' w:customStyle="1"'
    look = "" if default else f"<w:rPr>{fonts}{inner}</w:rPr>"
    return (
        f'<w:style w:type="character"{default}{custom} w:styleId="{style_id}"><w:name w:val="{name}"/>{look}</w:style>'
    )


def _table_style() -> str:
    edges = "".join(
        f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    cells = '<w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar>'
    head = f'<w:tblStylePr w:type="firstRow"><w:rPr><w:rFonts w:eastAsia="{BLACK}"/></w:rPr></w:tblStylePr>'
    return (
        '<w:style w:type="table" w:default="1" w:customStyle="1" w:styleId="Table"><w:name w:val="Table"/>'
        f'<w:rPr><w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{BODY}"/></w:rPr>'
        f"<w:tblPr><w:tblBorders>{edges}</w:tblBorders>{cells}</w:tblPr>{head}</w:style>"
    )


def styles_xml() -> str:
    """All styles pandoc names, each with its Chinese font set."""
    defaults = (
        f"<w:docDefaults><w:rPrDefault>{_run(BODY, SIZE_3)}</w:rPrDefault>"
        "<w:pPrDefault><w:pPr/></w:pPrDefault></w:docDefaults>"
    )
    characters = (
        _character("DefaultParagraphFont", "Default Paragraph Font", "")
        + _character("VerbatimChar", "Verbatim Char", "")
        + _character("Hyperlink", "Hyperlink", '<w:color w:val="000000"/>')
        + _character("FootnoteReference", "footnote reference", '<w:vertAlign w:val="superscript"/>')
        + _character("SectionNumber", "Section Number", "")
    )
    body = defaults + "".join(style.xml() for style in STYLES) + characters + _table_style()
    return f'{_HEAD}<w:styles xmlns:w="{_W}">{body}</w:styles>'


def _footer_xml(*, even: bool) -> str:
    """— 1 —, outside, one character from the edge of the core."""
    side = f'<w:jc w:val="{"left" if even else "right"}"/>'
    edge = f'<w:ind w:{"left" if even else "right"}="{SIZE_4 * 10}"/>'
    field = "".join(
        f"<w:r>{inner}</w:r>"
        for inner in (
            '<w:t xml:space="preserve">— </w:t>',
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>1</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
            '<w:t xml:space="preserve"> —</w:t>',
        )
    )
    paragraph = f'<w:p><w:pPr><w:pStyle w:val="Footer"/>{edge}{side}</w:pPr>{field}</w:p>'
    return f'{_HEAD}<w:ftr xmlns:w="{_W}" xmlns:r="{_R}">{paragraph}</w:ftr>'


def _header_xml(words: str) -> str:
    """What is said on every page: marking and state."""
    text = f'<w:r><w:t xml:space="preserve">{escape(words)}</w:t></w:r>' if words else ""
    paragraph = f'<w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>{text}</w:p>'
    return f'{_HEAD}<w:hdr xmlns:w="{_W}" xmlns:r="{_R}">{paragraph}</w:hdr>'


def section_xml() -> str:
    """Page, margins, grid: A4; 37 / 26 / 35 / 28 mm; lines 28.95 pt apart; the page number 7 mm under the core."""
    foot = twips(35 - 7) - SIZE_4 * 10
    return (
        "<w:sectPr>"
        '<w:headerReference w:type="default" r:id="rIdHead"/><w:headerReference w:type="even" r:id="rIdHead2"/>'
        '<w:footerReference w:type="default" r:id="rIdOdd"/><w:footerReference w:type="even" r:id="rIdEven"/>'
        f'<w:pgSz w:w="{twips(210)}" w:h="{twips(297)}"/>'
        f'<w:pgMar w:top="{twips(37)}" w:right="{twips(26)}" w:bottom="{twips(35)}" w:left="{twips(28)}" '
        f'w:header="851" w:footer="{foot}" w:gutter="0"/><w:cols w:space="425"/>'
        '<w:docGrid w:type="lines" w:linePitch="579"/></w:sectPr>'
    )


_PARTS = (("Head", "header", 1), ("Head2", "header", 2), ("Odd", "footer", 1), ("Even", "footer", 2))


def reference_docx(base: bytes, head: str = "") -> bytes:
    """The reference document: pandoc's own (`base`) with our styles, page, headers and footers in place of its.

    head: what stands at the head of every page.
    """
    members = members_of(base)
    members["word/styles.xml"] = styles_xml().encode()
    body = f"<w:body><w:p/>{section_xml()}</w:body>"
    members["word/document.xml"] = f'{_HEAD}<w:document xmlns:w="{_W}" xmlns:r="{_R}">{body}</w:document>'.encode()
    members["word/footer1.xml"] = _footer_xml(even=False).encode()
    members["word/footer2.xml"] = _footer_xml(even=True).encode()
    for number in (1, 2):  # odd and even pages
        members[f"word/header{number}.xml"] = _header_xml(head).encode()
    relations = (
        f'<Relationship Id="rId{name}" Type="{_R}/{kind}" Target="{kind}{number}.xml"/>'
        for name, kind, number in _PARTS
    )
    _insert(members, "word/_rels/document.xml.rels", "".join(relations))
    mime = "application/vnd.openxmlformats-officedocument.wordprocessingml."
    types = (
        f'<Override PartName="/word/{kind}{number}.xml" ContentType="{mime}{kind}+xml"/>' for _, kind, number in _PARTS
    )
    _insert(members, "[Content_Types].xml", "".join(types))
    return packed(members)


def _insert(members: dict[str, bytes], name: str, text: str) -> None:
    """Puts `text` before the last closing tag of a member."""
    before, tag, after = members[name].rpartition(b"</")
    members[name] = before + text.encode() + tag + after


_CELL = re.compile(rb"<w:tc>.*?</w:tc>", re.DOTALL)
_BOLD = re.compile(rb"<w:b(Cs)? ?/>")  # official papers know no bold
_WIDTH = re.compile(rb"<w:tblW [^>]*>")
_CORE = (
    f'{_HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)


def finished(docx: bytes) -> bytes:
    """What pandoc wrote, tables as wide as the text, mirrored page numbers; no bold, author, day or history."""
    members = members_of(docx)
    document = _BOLD.sub(b"", _WIDTH.sub(b'<w:tblW w:w="5000" w:type="pct"/>', members["word/document.xml"]))
    members["word/document.xml"] = _CELL.sub(lambda cell: cell[0].replace(b'"Compact"', b'"TableText"'), document)
    members["docProps/core.xml"] = _CORE.encode()
    settings = re.sub(rb"<w:rsids>.*?</w:rsids>|<w:rsids\s*/>", b"", members["word/settings.xml"], flags=re.DOTALL)
    if b"evenAndOddHeaders" not in settings:
        settings = settings.replace(b"<w:defaultTabStop", b"<w:evenAndOddHeaders/><w:defaultTabStop", 1)
    members["word/settings.xml"] = settings
    return packed(members)


def members_of(package: bytes) -> dict[str, bytes]:
    """name -> bytes of a ZIP, in its order."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Mapping[str, bytes]) -> bytes:
    """A ZIP of these members, the same bytes whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()
