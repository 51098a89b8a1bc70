"""Small tables in, a figure out: what each figure of the summary counts (domain.md 4.1, tables.md "The 28 figures")."""

import tomllib
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from bzmodel.models.figures import count_figures
from bzmodel.schema import messages
from bzmodel.schema.columns import Tables
from bzmodel.schema.params import params_from
from bzmodel.schema.results import BadInput
from bzmodel.schema.tables import TABLES

PAGE = tomllib.loads((Path(__file__).parents[2] / "data/params/figures.toml").read_text(encoding="utf-8"))


def table(name: str, text: str) -> pd.DataFrame:
    """A table as written: names of columns in the first line, `-` for a blank."""
    names, *rows = [line.split() for line in text.strip().splitlines()]
    columns = {}
    for at, column in enumerate(names):
        type_ = TABLES[name].column(column).type
        cells = [None if row[at] == "-" else type_.parse(row[at]) for row in rows]
        columns[column] = pd.Series(cells, dtype=type_.dtype)
    frame = pd.DataFrame(columns)
    return frame.assign(source_row=[f"{name}.csv:{at + 2}" for at in range(len(frame))])


def count(year: int = 2021, page: dict | None = None, **tables: str):
    """The result of counting the tables with the committed declarations, or with others."""
    params = params_from(("data/params", {"figures": PAGE if page is None else page}))
    return count_figures(Tables({name: table(name, text) for name, text in tables.items()}), params, year=year)


def rows_of(result, figure: str) -> list[str]:
    return result.figure(figure).rows["source_row"].tolist()


UNITS = """
    unit_id level org_class in_reform_scope legal   valid_from  valid_to
    A       市    事业      是              法人    2000-01-01  -
    B       市    事业      是              法人    2000-01-01  2021-06-30
    C       市    事业      是              法人    2000-01-01  2021-06-30
    D       市    事业      是              法人    2021-06-30  -
    E       市    事业      否              法人    2000-01-01  -
    F       县    事业      是              法人    2000-01-01  -
    G       市    事业      是              非法人  2000-01-01  -
    M       市    政府      否              法人    2000-01-01  -
"""

SUCCESSION = """
    change_id happened_on programme action predecessor_id successor_id field
    S1        2021-06-30  改革      保留   A              A            农业农村
    S2        2021-06-30  改革      整合   B              D            交通运输
    S3        2021-06-30  改革      整合   C              D            交通运输
    S4        2021-06-30  改革      保留   F              F            农业农村
    S5        2022-03-01  改革      保留   E              E            政务服务
    S6        2021-05-01  日常      新设   -              E            科技信息
"""


def test_c04_fields_of_the_plan_each_once_and_as_many_as_the_plan_states():
    documents = """
        document_id document_kind issued_on   stated_count
        D1          改革方案      2021-01-05  2
    """
    result = count(units=UNITS, succession=SUCCESSION, documents=documents)
    assert result.figure("C04").value == 2  # 农业农村, 交通运输; the day-to-day one and 2022's are not the plan's
    assert {check.id: check.passed for check in result.checks}["C04 = stated_count"] is True


def test_c04_unlike_the_list_is_a_finding_and_stops_the_final_edition_alone():
    documents = """
        document_id document_kind issued_on   stated_count
        D1          改革方案      2021-01-05  3
    """
    tables = Tables(
        {n: table(n, t) for n, t in {"units": UNITS, "succession": SUCCESSION, "documents": documents}.items()}
    )
    params = params_from(("data/params", {"figures": PAGE}))
    for final in (False, True):
        result = count_figures(tables, params, year=2021, final=final)
        check = next(c for c in result.checks if c.id == "C04 = stated_count")
        assert (check.value, check.limit, check.passed, check.gate) == (2, 3, False, final)
        assert "FG-W8" in [finding.code for finding in result.findings]


def test_c05_units_kept_or_merged_at_city_level_and_its_identity():
    result = count(units=UNITS, succession=SUCCESSION)
    # kept: A; formed by merger: D, once. F is a county's. before 3 (A, B, C) − merged 2 + formed 1 = 2
    assert result.figure("C05").value == 2
    assert rows_of(result, "C05") == ["succession.csv:2", "succession.csv:3", "succession.csv:4"]
    identity = next(c for c in result.checks if c.id.startswith("C05 ="))
    assert (identity.value, identity.limit, identity.passed) == (2, 2, True)


def test_c05_a_kept_unit_that_hands_over_part_of_its_work_is_not_merged():
    handed = SUCCESSION + "    S7  2021-06-30  改革  整合  A  D  农业农村\n"
    result = count(units=UNITS, succession=handed)
    identity = next(c for c in result.checks if c.id.startswith("C05 ="))
    assert (identity.value, identity.limit) == (2, 2)
    assert result.figure("units_merged").value == 2  # B and C; A stays


def test_c05_a_unit_both_kept_and_abolished_breaks_the_identity():
    twice = SUCCESSION + "    S7  2021-06-30  改革  撤销  A  -  农业农村\n"
    result = count(units=UNITS, succession=twice)
    identity = next(c for c in result.checks if c.id.startswith("C05 ="))
    assert (identity.value, identity.limit, identity.passed) == (2, 1, False)
    assert "FG-W6" in [finding.code for finding in result.findings]


CEILINGS = """
    level area_id kind item      number valid_from  valid_to
    市    01      事业 改革基数  3      2020-12-31  -
    县    02      事业 改革基数  2      2020-12-31  -
    市    01      事业 编制总量  900    2020-12-31  -
"""


def test_c06_c07_legal_bodies_in_scope_against_the_base_by_level():
    result = count(units=UNITS, succession=SUCCESSION, ceilings=CEILINGS)
    # in scope, legal, at 31 December: A, D at the city, F at the county; base 3 + 2
    assert result.figure("C06").value == Fraction(40)  # 1 − 3/5
    assert result.figure("C07").value == Fraction(100, 3)  # 1 − 2/3
    printed = dict(result.table.set_index("id")["printed"])
    assert (printed["C06"], printed["C07"]) == ("40.0%", "33.3%")
    by_level = result.tables["figure_parts"].query("id == 'C06'")
    assert by_level[["code", "printed"]].values.tolist() == [["县", "50.0%"], ["市", "33.3%"]]
    weighted = next(c for c in result.checks if c.id == "C06 by level")
    assert weighted.passed  # 3/5 x 1/3 + 2/5 x 1/2 = 2/5


def test_c06_a_level_without_a_base_is_named():
    result = count(units=UNITS, ceilings="\n".join(line for line in CEILINGS.splitlines() if "县" not in line))
    assert ("FG-W5", "县") in [(f.code, f.about.get("group")) for f in result.findings]


DECISIONS = """
    matter_id unit_id kind fund source programme before_quota authorised reason     booking    outflow decided_on
    M1        A       事业 拨款 基本   改革      50           40         低效       收回空编   入专户  2021-06-01
    M1        B       事业 拨款 基本   改革      20           0          撤并       收回空编   核销    2021-06-30
    M1        D       事业 拨款 基本   改革      0            12         编随人走   即时生效   调剂    2021-06-30
    M1        A       工勤 拨款 基本   改革      5            3          低效       退一收一   核销    2021-06-01
    M2        C       事业 自理 基本   改革      8            0          转企       即时生效   转企    2021-06-30
    M3        F       事业 拨款 基本   改革      9            4          低效       收回空编   核销    2021-06-01
    M4        A       事业 补贴 基本   日常      7            6          低效       收回空编   核销    2021-06-01
    M5        D       事业 补贴 基本   改革      6            1          低效       收回空编   核销    2022-02-01
    M6        D       事业 自理 基本   改革      6            -          总量调控   收回空编   核销    -
"""


def test_c08_authorised_cuts_net_of_additions_city_level_apart_by_kind():
    result = count(units=UNITS, decisions=DECISIONS)
    # 10 + 20 + 2 cut, 12 added; C turned enterprise is outside, F is a county's, M4 no reform, M5 later, M6 undecided
    assert result.figure("C08").value == 20
    assert result.figure("quota_gross_cut").value == 32
    assert result.figure("quota_added").value == -12
    assert result.figure("quota_transferred").value == 8
    assert result.figure("quota_to_absorb").value == 2
    parts = result.tables["figure_parts"].query("id == 'C08'")
    assert parts[["code", "value"]].values.tolist() == [["事业", 18], ["工勤", 2]]
    assert rows_of(result, "C08") == [f"decisions.csv:{row}" for row in (2, 3, 4, 5)]


def test_c08_counts_the_cut_of_a_unit_abolished_within_the_year():
    result = count(units=UNITS, decisions=DECISIONS)
    assert "decisions.csv:3" in rows_of(result, "C08")  # B ended on 30 June; its last row says it was the city's


def test_c09_the_cuts_for_low_benefit_within_the_gross_cut():
    result = count(units=UNITS, decisions=DECISIONS)
    assert result.figure("C09").value == 12
    checks = {check.id: check.passed for check in result.checks}
    assert checks["C09 ≤ quota_gross_cut"] is True
    assert checks["C09 ⊂ C08"] is True


def test_c09_above_c08_makes_其中_false_and_is_a_warning_no_stop():
    more = DECISIONS + "    M7 D 行政 拨款 基本 改革 0 15 职责增加 即时生效 调剂 2021-06-30\n"
    result = count(units=UNITS, decisions=more)
    assert (result.figure("C08").value, result.figure("C09").value) == (5, 12)
    check = next(c for c in result.checks if c.id == "C09 ⊂ C08")
    assert (check.passed, check.gate) == (False, False)
    found = next(finding for finding in result.findings if finding.code == "FG-W7")
    assert messages.severity(found) == "W"
    assert "其中" in messages.rule(found)


MATTERS = """
    matter_id level dept_id matter_kind          about_id
    M1        市    T1      编制调整             A
    M2        市    T1      机构设立             -
    M3        市    T2      议事协调机构设立     X1
    M4        市    T2      议事协调机构设立     X1
    M5        市    T3      议事协调机构成员变更 X1
    M6        县    T4      编制调整             F
    M7        市    T2      议事协调机构撤销     X1
"""
STEPS = """
    matter_id step done_on     result
    M1        审查 2020-12-30  附条件
    M1        审查 2021-01-15  通过
    M2        审查 2021-03-01  不通过
    M2        审查 2021-05-01  通过
    M3        审查 2021-04-01  通过
    M4        审查 2021-04-02  不通过
    M5        审查 2021-04-03  通过
    M6        审查 2021-04-04  通过
    M7        审查 2021-09-01  通过
    M2        受理 2021-02-01  通过
    M1        批复 2020-12-31  完成
    M1        跟踪 2021-11-01  通过
    M1        跟踪 2021-12-01  通过
    M2        跟踪 2022-01-05  通过
    M5        跟踪 2021-12-31  不通过
"""


def test_c03_one_body_one_action_refusals_included_member_changes_not():
    result = count(matters=MATTERS, matter_steps=STEPS)
    assert result.figure("C03").value == 2  # X1 set up (asked twice), X1 ended
    assert rows_of(result, "C03") == ["matter_steps.csv:6", "matter_steps.csv:7", "matter_steps.csv:10"]


def test_c20_matters_by_the_year_of_their_first_review_without_those_of_c03():
    result = count(matters=MATTERS, matter_steps=STEPS)
    # M1 was reviewed first in 2020, M6 is a county's, M3 M4 M7 are C03's: M2 and M5 are left
    assert result.figure("C20").value == 2
    assert rows_of(result, "C20") == ["matter_steps.csv:4", "matter_steps.csv:8"]
    assert count(2020, matters=MATTERS, matter_steps=STEPS).figure("C20").value == 1


def test_a_review_that_sent_the_matter_back_is_not_concluded():
    sent_back = STEPS.replace("M2        审查 2021-03-01  不通过", "M2        审查 2020-03-01  退回")
    result = count(
        matters=MATTERS, matter_steps=sent_back.replace("M3        审查 2021-04-01  通过", "M3 审查 2021-04-01 退回")
    )
    assert rows_of(result, "C20") == ["matter_steps.csv:5", "matter_steps.csv:8"]  # M2 on its second review
    assert rows_of(result, "C03") == ["matter_steps.csv:7", "matter_steps.csv:10"]


def test_c21_c22_matters_followed_up_in_the_year_and_their_departments():
    result = count(matters=MATTERS, matter_steps=STEPS)
    assert result.figure("C22").value == 2  # M1 twice, M5; M2 only in 2022
    assert result.figure("C21").value == 2  # T1, T3
    assert result.figure("followup_due").value == 1  # M1, approved in 2020


def test_c29_provincial_pilots_of_the_year_in_words():
    recognitions = """
        recognition_id recognition_kind level for_year issued_on
        R1             试点             省    2021     2020-12-20
        R2             试点             省    2021     2021-03-01
        R3             试点             市    2021     2021-03-01
        R4             荣誉             省    2021     2021-03-01
        R5             试点             省    2020     2020-03-01
    """
    result = count(recognitions=recognitions)
    assert result.figure("C29").value == 2
    assert result.table.set_index("id").at["C29", "printed"] == "两"


EXCEPTION = """
    exception_id about rule        reason   signed_by signed_on
    X1           C29   本年无此项  未安排   张主任    2020-12-30
"""
RECOGNITIONS = """
    recognition_id recognition_kind level for_year issued_on
    R1             试点             省    2021     2021-03-01
"""


def test_none_this_year_by_a_signed_record():
    result = count(2020, recognitions=RECOGNITIONS, exceptions=EXCEPTION)
    pilot = result.figure("C29")
    assert pilot.value is None
    assert pilot.definition.endswith("本年无此项：未安排（X1，张主任 2020-12-30 签字）")
    assert result.table.set_index("id").at["C29", "printed"] == "本年无此项"
    assert not [finding for finding in result.findings if finding.value == "C29"]


def test_what_stands_beside_a_figure_signed_off_is_none_as_well():
    signed = EXCEPTION.replace("C29", "C08").replace("2020-12-30", "2022-12-30")
    none = "\n".join(line for line in DECISIONS.splitlines() if "2022" not in line)
    printed = count(2022, units=UNITS, decisions=none, exceptions=signed).table.set_index("id")["printed"]
    assert printed[["C08", "quota_to_pool"]].tolist() == ["本年无此项", "本年无此项"]
    assert printed["C09"] == "12"  # it has a record of its own


def test_a_ratio_is_of_the_figure_declared_for_it():
    forms = count(units=UNITS, decisions=DECISIONS).tables["figure_forms"].query("form == 'ratio'")
    assert dict(zip(forms["id"], forms["printed"], strict=True)) == {"C08": "26.7%", "C09": "16.0%"}  # 20 and 12 of 75


def test_a_zero_that_nobody_signed_is_a_finding():
    result = count(2022, recognitions=RECOGNITIONS, exceptions=EXCEPTION)  # the record is of 2020
    assert result.figure("C29").value == 0
    assert [finding.code for finding in result.findings if finding.value == "C29"] == ["FG-W2"]


@pytest.mark.parametrize(
    ("about", "signed_on", "years"),
    [
        ("C29", "2021-06-01", {2021}),
        ("C29", "2022-01-05", {2021, 2022}),  # the month of the final edition of 2021
        ("C29", "2022-04-01", {2022}),
        ("C29/2021", "2022-01-05", {2021}),
        ("C29/2021", "2023-05-01", {2021}),
    ],
)
def test_the_year_a_record_holds_for(about, signed_on, years):
    empty = Tables({"recognitions": table("recognitions", RECOGNITIONS).iloc[:0]})
    records = table("exceptions", EXCEPTION.replace("C29", about).replace("2020-12-30", signed_on))
    records["about"] = records["about"].str.replace("/", " ")
    params = params_from(("data/params", {"figures": {"C29": PAGE["C29"]}}))
    tables = empty.replacing(exceptions=records)
    none = {y for y in range(2019, 2025) if count_figures(tables, params, year=y).figure("C29").value is None}
    assert none == years


@pytest.mark.parametrize("signed_on", ["2021-12-30", "2021-01-10", "2022-01-05"])
def test_a_record_never_silences_rows_and_stops_the_final_edition(signed_on):
    signed = {"recognitions": RECOGNITIONS, "exceptions": EXCEPTION.replace("2020-12-30", signed_on)}
    tables = Tables({name: table(name, text) for name, text in signed.items()})
    params = params_from(("data/params", {"figures": PAGE}))
    for final in (False, True):
        result = count_figures(tables, params, year=2021, final=final)
        assert result.figure("C29").value == 1
        assert [finding.code for finding in result.findings if finding.value == "C29"] == ["FG-W4"]
        check = next(check for check in result.checks if check.id == "C29 本年无此项")
        assert (check.value, check.passed, check.gate) == (1, False, final)


def test_a_table_without_a_source_makes_its_figures_inapplicable_by_name():
    result = count(recognitions=RECOGNITIONS)
    assert result.figure("C20").value is None
    assert result.table.set_index("id").at["C20", "printed"] == "不适用"
    found = next(finding for finding in result.findings if finding.value == "C20")
    assert (found.code, found.about["what"]) == ("FG-W3", "matter_steps")


def test_a_row_that_refers_to_nothing_is_named_not_dropped():
    result = count(matters=MATTERS, matter_steps=STEPS + "    M99 跟踪 2021-06-01 通过\n")
    found = next(finding for finding in result.findings if finding.code == "FG-E1")
    assert (found.file, found.row, found.column, found.value) == ("matter_steps.csv", 17, "matter_id", "M99")


def test_a_row_without_what_is_counted_is_named_unless_a_blank_says_none():
    page = {"told": PAGE["C04"], "asked": PAGE["C04"] | {"may_be_blank": False}}
    result = count(2021, page, succession=SUCCESSION + "    S8 2021-06-30 改革 保留 G G -\n")
    assert [(f.code, f.row, f.about["figure"]) for f in result.findings] == [("FG-W1", 8, "asked")]
    assert result.table["value"].tolist() == [2, 2]


def test_a_reference_is_read_as_of_the_figures_day():
    page = {"owned": PAGE["units_before"] | {"form": "count", "table": "decisions", "column": [], "date": "decided_on"}}
    page["owned"]["where"] = {"unit_id.level": "县"}
    moved = """
        unit_id level valid_from  valid_to
        A       市    2000-01-01  2022-01-01
        A       县    2022-01-01  -
    """
    decisions = """
        matter_id unit_id decided_on
        M1        A       2021-06-01
    """
    assert count(2021, page, units=moved, decisions=decisions).figure("owned").value == 0
    assert count(2022, page, units=moved, decisions=decisions).figure("owned").value == 1


def test_a_figure_is_added_as_one_entry():
    page = PAGE | {
        "honours": {
            "name": "市级荣誉",
            "form": "count",
            "table": "recognitions",
            "when": "Y",
            "date": "issued_on",
            "where": {"recognition_kind": "荣誉", "level": ["省", "市"]},
            "unit": "项",
            "definition": "本年印发的省、市荣誉",
            "owner": "综合科",
        }
    }
    recognitions = RECOGNITIONS + "        R2 荣誉 市 2021 2021-05-01\n        R3 荣誉 县 2021 2021-05-01\n"
    result = count(2021, page, recognitions=recognitions)
    assert (result.figure("honours").value, rows_of(result, "honours")) == (1, ["recognitions.csv:3"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"table": "recognition"}, "FG-X1"),
        ({"where": {"kind": "试点"}}, "FG-X2"),
        ({"where": {"level.name": "省"}}, "FG-X3"),
        ({"when": "E"}, "FG-X4"),
        ({"at_most": ["C99"]}, "FG-X5"),
        ({"without": ["C29"]}, "FG-X6"),
    ],
)
def test_a_declaration_that_cannot_be_read_is_refused_by_name(change, code):
    with pytest.raises(BadInput) as refused:
        count(2021, {"C29": PAGE["C29"] | change}, recognitions=RECOGNITIONS)
    assert [finding.code for finding in refused.value.findings] == [code]


@pytest.mark.parametrize(
    "change",
    [{"colour": "red"}, {"form": "mean"}, {"date": ""}, {"form": "sum"}, {"form": "cut_rate"}, {"equals": ["2 x C08"]}],
)
def test_an_entry_of_another_shape_is_refused(change):
    with pytest.raises(BadInput) as refused:
        params_from(("data/params", {"figures": {"C29": PAGE["C29"] | change}}))
    assert refused.value.findings[0].file == "data/params/figures.toml"


def test_last_year_is_counted_likewise_from_its_own_tables():
    now, then = (Tables({"recognitions": table("recognitions", RECOGNITIONS)}) for _ in range(2))
    then = then.replacing(recognitions=table("recognitions", RECOGNITIONS + "        R5 试点 省 2020 2020-02-01\n"))
    params = params_from(("data/params", {"figures": {"C29": PAGE["C29"]}}))
    result = count_figures(now, params, year=2021, last_year=then)
    assert result.table[["value", "last_year"]].values.tolist() == [[1, 1]]
    assert count_figures(now, params, year=2021).table["last_year"].isna().all()


def test_the_order_of_the_rows_changes_no_value():
    turned = {"matters": table("matters", MATTERS), "matter_steps": table("matter_steps", STEPS).iloc[::-1]}
    params = params_from(("data/params", {"figures": PAGE}))
    values = count_figures(Tables(turned), params, year=2021).table["value"]
    assert values.equals(count(matters=MATTERS, matter_steps=STEPS).table["value"])


OPEN_MATTERS = {
    "name": "逾期事项", "form": "count", "table": "matters", "when": "Y", "date": "received_on",
    "where": {"state": "overdue"}, "unit": "项", "definition": "逾期未办结", "owner": "综合科",
}  # fmt: skip


def test_what_is_overdue_is_counted_by_its_days_never_by_a_typed_state():
    matters = """
        matter_id received_on opened_on   due_on      closed_on
        M1        2021-01-05  2021-01-05  2021-03-01  -
        M2        2021-01-05  2021-01-05  2021-03-01  2021-02-01
        M3        2021-12-05  2021-12-05  2022-03-01  -
    """
    assert rows_of(count(page={"late": OPEN_MATTERS}, matters=matters), "late") == ["matters.csv:2"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"where": {"matter_kind": "机构设制"}}, "FG-X7"), ({"date": "title"}, "FG-X8"), ({"date": ""}, "PA-L5")],
)
def test_a_declaration_that_cannot_be_is_told_before_it_counts_nothing(wrong, code):
    codes = tomllib.loads((Path(__file__).parents[2] / "data/params/codes.toml").read_text(encoding="utf-8"))
    with pytest.raises(BadInput) as refused:
        params = params_from(("data/params", {"figures": {"late": OPEN_MATTERS | wrong}, "codes": codes}))
        count_figures(Tables({}), params, year=2021)
    assert [finding.code for finding in refused.value.findings] == [code]
