"""A text with bound figures in, a summary out; a number typed by hand is refused (design.md, first promise)."""

from dataclasses import replace

import pandas as pd
import pytest

from bzmodel.models.figures import annual_summary, texts_from
from bzmodel.models.figures.texts import typed_numbers
from bzmodel.schema import messages
from bzmodel.schema.results import BadInput, Check, Figure, Result


def figures(**values) -> Result:
    """A result with these figures: value or, for one that is none this year, None."""
    table = pd.DataFrame(
        [
            (
                figure,
                f"数{figure}",
                "本年无此项" if value is None else str(value),
                "名",
                "口径",
                "市级",
                "2021-12-31",
                "综合科",
                2,
            )
            for figure, value in values.items()
        ],
        columns=["id", "name", "printed", "unit", "definition", "scope", "date", "owner", "rows"],
    )
    forms = pd.DataFrame([("C08", "ratio", "9.2%")], columns=["id", "form", "printed"])
    rows = {"C08": ["d:2", "d:3"], "C09": ["d:2"]}
    counted = tuple(
        Figure(
            figure,
            value,
            "名",
            "口径；本年无此项：无改革（X1，张主任 2020-12-30 签字）" if value is None else "口径",
            pd.DataFrame({"source_row": rows.get(figure, ["r:2"])}),
        )
        for figure, value in values.items()
    )
    return Result("figures", {"figures": table, "figure_forms": forms}, "", figures=counted)


def written(*sentences, **more) -> dict:
    return {
        "title": "示例市{year}年度总结",
        "sections": [{"heading": "优化布局", "sentences": list(sentences)}],
        **more,
    }


def summary(document: dict, result: Result, **options) -> Result:
    return annual_summary(texts_from(document, file="texts/2021.toml"), result, year=2021, **options)


def refused(document: dict) -> list[tuple[str, str, str]]:
    with pytest.raises(BadInput) as error:
        texts_from(document, file="texts/2021.toml")
    assert all(finding.file == "texts/2021.toml" for finding in error.value.findings)
    for finding in error.value.findings:
        messages.line(finding, "zh"), messages.line(finding, "en")
    return [(f.code, f.column, f.about.get("typed", f.value)) for f in error.value.findings]


def test_figures_are_bound_and_the_spaces_around_them_removed():
    result = summary(written("净精简编制 {C08} 名，占 { C08|ratio } 。"), figures(C08=386))
    assert "净精简编制386名，占9.2%。" in result.text
    assert result.text.startswith("# 示例市2021年度总结\n\n（预审稿）\n\n## 一、优化布局\n")
    assert [figure.id for figure in result.figures] == ["C08"]


def test_the_final_edition_says_so():
    assert "（终审稿）" in summary(written("共{C08}名。"), figures(C08=1), final=True).text


@pytest.mark.parametrize(
    ("sentence", "typed"),
    [
        ("净精简编制386名。", ["386"]),
        ("净精简编制３８６名。", ["３８６"]),
        ("完成三项任务。", ["三项"]),
        ("完成十余项任务。", ["十余项"]),
        ("两 个试点。", ["两 个"]),
        ("出了第①件、Ⅳ类、½成。", ["①", "Ⅳ", "½"]),
        ("数十家单位，一百二十次会议。", ["数十家", "一百二十次"]),
        ("精简14.3%。", ["14", "3"]),
        ("{C08}1名。", ["1"]),
        ("三**名**编制", ["三名"]),
        ("三\u200b名", ["三名"]),
        ("三\\名", ["三名"]),
        ("三&nbsp;名", ["三\xa0名"]),
        ("&#51;名", ["3"]),
        ("三(名)", ["三(名"]),
        ("[三](a)名", ["三名"]),
        ("兩名，萬名，十餘個", ["兩名", "萬名", "十餘個"]),
    ],
)
def test_a_number_typed_by_hand_fails_with_its_characters(sentence, typed):
    assert refused(written(sentence)) == [("TX-E1", "sections[1].sentences[1]", text) for text in typed]


@pytest.mark.parametrize("sentence", ["统一安排，一体推进，进一步落实。", "坚持两手抓。", "其三，万众一心。"])
def test_a_numeral_that_counts_nothing_is_prose(sentence):
    assert typed_numbers(sentence) == []


def test_names_with_digits_stand_in_literals_and_nowhere_else():
    sentence = "依托12345热线，落实示编发〔2021〕1号。"
    assert [code for code, *_ in refused(written(sentence))] == ["TX-E1"] * 3
    texts_from(written(sentence, literals=["12345热线", "示编发〔2021〕1号"]), file="texts/2021.toml")
    texts_from(written(sentence, literals={"hotline": "12345", "order": "示编发〔2021〕1号"}), file="texts/2021.toml")


@pytest.mark.parametrize("literal", ["386", "三项", "386名", "14.3%", "十余项", "编制127名", "增加三**名**"])
def test_a_literal_is_a_name_not_a_number(literal):
    assert refused(written("共{C08}名。", literals=[literal])) == [("TX-E2", "literals", literal)]


def test_a_name_that_ends_in_a_number_counts_nothing():
    assert typed_numbers("拨打12345，依托12345热线。", ("12345",)) == []
    assert typed_numbers("净精简编制127名。", ("编制127",)) == ["127"]


def test_all_faults_come_together_titles_and_other_words_included():
    document = written("共5名。", {"text": "又{C08|half}名。", "otherwise": "又6名。"}, "又{C08名。")
    document["title"] = "2021年总结"
    document["sections"][0]["heading"] = "优化{C08}"
    assert [code for code, *_ in refused(document)] == ["TX-E1", "TX-E7", "TX-E1", "TX-E4", "TX-E1", "TX-E1", "TX-E3"]


def test_a_text_of_another_shape_is_refused():
    assert refused({"title": "x", "sections": [{"heading": "y", "lines": []}]})[0][0] == "TX-X1"


def test_a_sentence_whose_figure_is_none_this_year_falls_out_with_its_section():
    document = written("精简{C08}名。")
    document["sections"].append({"heading": "依法审查", "sentences": ["审查{C20}项。"]})
    result = summary(document, figures(C08=None, C20=130))
    assert "精简" not in result.text
    assert "## 一、依法审查\n\n审查130项。" in result.text
    assert "未写入的语句，原因：C08 本年无此项：无改革（X1，张主任 2020-12-30 签字）。" in result.text
    assert result.tables["scopes"]["id"].tolist() == ["C20"]


def test_a_figure_nobody_declared_is_refused():
    with pytest.raises(BadInput) as error:
        summary(written("共{C99}名。"), figures(C08=1))
    assert [(f.code, f.value) for f in error.value.findings] == [("TX-E6", "C99")]


def test_其中_is_printed_where_the_second_is_part_of_the_first():
    result = summary(written("净精简{C08}名，其中收回{C09}名。"), figures(C08=20, C09=12))
    assert "净精简20名，其中收回12名。" in result.text
    assert not result.findings


def test_其中_that_is_false_says_it_in_other_words_and_warns():
    sentence = {"text": "净精简{C08}名，其中收回{C09}名。", "otherwise": "净精简{C08}名；收回{C09}名。"}
    result = summary(written(sentence), figures(C08=5, C09=12))
    assert "净精简5名；收回12名。" in result.text
    assert [f.code for f in result.findings] == ["TX-W2"]
    without = summary(written(sentence["text"]), figures(C08=5, C09=12))
    assert "其中收回" not in without.text


DOCUMENTS = pd.DataFrame(
    {
        "document_id": ["D1", "D2", "D3"],
        "number": ["示编办发〔2021〕7号", None, "示编办发〔2020〕9号"],
        "issued_on": pd.to_datetime(["2021-05-01", "2021-05-01", "2020-05-01"]),
    }
)


@pytest.mark.parametrize(
    ("document", "said"), [("D1", "印发办法。"), ("D2", "已形成送审稿。"), ("D3", "已形成送审稿。")]
)
def test_印发_needs_a_number_and_a_day_of_the_year(document, said):
    sentence = {"text": "印发办法。", "documents": [document], "otherwise": "已形成送审稿。"}
    result = summary(written(sentence), figures(C08=1), documents=DOCUMENTS)
    assert f"## 一、优化布局\n\n{said}\n" in result.text


@pytest.mark.parametrize(
    "claim", ["印发办法。", "率先完成。", "首创机制。", "全面落实。", "各单位均已落实。", "全**部**落实。"]
)
def test_a_claim_without_a_proof_is_refused_wherever_it_stands(claim):
    assert refused(written(claim)) == [("TX-E5", "sections[1].sentences[1]", claim)]
    proved = {"text": "办结。", "documents": ["D1"], "checks": ["K"], "recognitions": ["R1"], "otherwise": claim}
    assert [code for code, *_ in refused(written(proved))] == ["TX-E5"]
    assert [code for code, *_ in refused(written("办结。", title=claim))] == ["TX-E5"]


@pytest.mark.parametrize("sentence", ["平均用时缩短。", "推进均衡配置。", "深入落实全面深化改革部署。"])
def test_a_word_that_claims_nothing_is_prose(sentence):
    texts_from(written(sentence, literals=["全面深化改革"]), file="texts/2021.toml")


RECOGNITIONS = pd.DataFrame(
    {
        "recognition_id": ["R1", "R2", "R3", "R4"],
        "recognition_kind": ["首创", "首创", "荣誉", "首创"],
        "for_year": [2021, 2021, 2021, 2020],
        "novelty_note": ["查新报告", None, "查新报告", "查新报告"],
    }
)


@pytest.mark.parametrize(
    ("recognition", "said"), [("R1", True), ("R2", False), ("R3", False), ("R4", False), ("R5", False)]
)
def test_首创_needs_a_recognition_with_its_novelty_note(recognition, said):
    sentence = {"text": "首创机制。", "recognitions": [recognition], "otherwise": "建立机制。"}
    result = summary(written(sentence), figures(C08=1), recognitions=RECOGNITIONS)
    assert ("首创机制。" in result.text, "建立机制。" in result.text) == (said, not said)
    assert [finding.code for finding in result.findings] == ([] if said else ["TX-W3"])


@pytest.mark.parametrize("passed", [True, False, None])
def test_全面_needs_a_check_that_passed(passed):
    counted = replace(figures(C08=1), checks=(Check("C15 towns", "每镇一单", 8, 8, passed),))
    result = summary(written({"text": "全面落实。", "checks": ["C15 towns"]}), counted)
    assert ("全面落实" in result.text.partition("## 附")[0]) == (passed is True)
    assert [finding.code for finding in result.findings] == ([] if passed else ["TX-W4", "TX-N1"])


def test_其中_speaks_of_the_figure_of_the_sentence_before():
    true = written("净精简{C08}名。", "其中收回{C09}名。")
    assert "其中收回12名。" in summary(true, figures(C08=20, C09=12)).text
    false = written("收回{C09}名。", "其中净精简{C08}名。")
    result = summary(false, figures(C08=12, C09=12))
    assert "其中净" not in result.text and [finding.code for finding in result.findings] == ["TX-W2", "TX-N1"]
    alone = summary(written("其中收回{C09}名。"), figures(C09=12))
    assert "其中收" not in alone.text and [finding.code for finding in alone.findings] == ["TX-W2", "TX-N1"]


def test_the_appendix_says_what_each_printed_figure_counts():
    text = summary(written("共{C08}名。"), figures(C08=386, C20=1)).text
    assert "## 附：数字口径\n\n| 编号 | 名称 | 数值 | 口径 | 范围 | 时点 | 行数 |\n" in text and "C20" not in text
    assert text.endswith("| C08 | 数C08 | 386名 | 口径 | 市级 | 2021-12-31 | 2 |\n")


def test_headings_are_numbered_in_chinese():
    document = {
        "title": "总结",
        "opening": ["开头。"],
        "sections": [{"heading": f"第{name}部分", "sentences": ["一体推进。"]} for name in "甲乙丙"],
    }
    text = summary(document, figures(C08=1)).text
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## 一、第甲部分",
        "## 二、第乙部分",
        "## 三、第丙部分",
        "## 附：数字口径",
    ]
    assert text.index("开头。") < text.index("## 一、")
