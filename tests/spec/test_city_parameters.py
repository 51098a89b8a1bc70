"""A city's own params/: a slip in them is refused by name, never read past."""

import pytest

from bzmodel.__main__ import main
from bzmodel.intake.city import PARAMS, PROJECT, load_city, load_params
from bzmodel.schema import messages
from bzmodel.schema.results import BadInput

VALUE = '{{ from = 2020-01-01, value = {value}, source = "本市规定" }}'
UTILISATION = '[utilisation]\nunit = "share of working hours"\nvalues = [{values}]\n'
METHOD = '[families."{family}"]\ndrivers = ["{driver}"]\nsource = "本市设定"\n'
NORM = """
[school]
name = "本市标准"
form = "ratio"
document = "文"
issuer = "市委编办"
region = "本市"
from = 2020-01-01
families = ["学校"]
levels = ["市"]
parts = [{ driver = "在校生_小学", posts = 1, per = 19, below = 100, classes = "班级_小学", posts_per_class = 2 }]
"""


@pytest.fixture
def city(tmp_path):
    (tmp_path / "city.toml").write_text('name = "小城"\nyears = [2021]\ntables = {}\n', encoding="utf-8")
    (tmp_path / "params").mkdir()
    return tmp_path


def write(city, page: str, text: str) -> None:
    (city / f"params/{page}.toml").write_text(text, encoding="utf-8")


def refused(city) -> list[tuple[str, str, str]]:
    with pytest.raises(BadInput) as refusal:
        load_params(city)
    assert all(found.file.startswith("params/") for found in refusal.value.findings)
    for found in refusal.value.findings:
        assert messages.line(found, "en").isascii() or not found.value.isascii() or found.code == "IN-H18"
    return [(found.code, found.column, found.value) for found in refusal.value.findings]


def utilisation(*values: str) -> str:
    return UTILISATION.format(values=", ".join(VALUE.format(value=value) for value in values))


@pytest.mark.parametrize(
    ("value", "code"), [('"abc"', "IN-E4"), ("true", "IN-E4"), ("nan", "IN-E4"), ("8.5", "IN-E1"), ("-0.1", "IN-E1")]
)
def test_a_value_lies_where_the_project_declares_it(city, value, code):
    write(city, "time", utilisation(value))
    assert [found[:2] for found in refused(city)] == [(code, "utilisation.values.0.value")]


def test_a_value_in_its_range_wins_over_the_projects(city):
    write(city, "time", utilisation("0.8"))
    assert load_params(city).page("time")["utilisation"].values[0].value == 0.8


@pytest.mark.parametrize(
    ("values", "where", "why"),
    [
        ("", "utilisation.values", "至少要有 1 项"),
        (", ".join([VALUE.format(value=0.8)] * 2), "utilisation.values", "两个值都自 2020-01-01 起"),
        (VALUE.format(value=0.8).replace("本市规定", ""), "utilisation.values.0.source", "不能为空"),
        ("{ value = 0.8 }", "utilisation.values.0.source", "缺少这个键"),
    ],
)
def test_what_an_entry_lacks_is_said_in_chinese(city, values, where, why):
    write(city, "time", UTILISATION.format(values=values))
    with pytest.raises(BadInput) as refusal:
        load_params(city)
    assert (where, why) in [(found.column, found.about["why_zh"]) for found in refusal.value.findings]


def test_of_two_faults_the_inner_one_is_said(city):
    write(city, "figures", '[C99]\ndefinition = "x"\nname = 3\nform = "count"\ntable = "units"\nwhen = "E"\n'
          'unit = "家"\nowner = "综合科"\nwhere = { level = [["市"]] }\n')  # fmt: skip
    columns = [column for _, column, _ in refused(city)]
    assert "C99.name" in columns
    assert not [one for one in columns for other in columns if other.startswith(f"{one}.")]


@pytest.mark.parametrize(
    ("page", "text", "column", "near"),
    [
        ("tiem", "", "", "time"),
        ("time", utilisation("0.8").replace("[utilisation]", "[utilisaton]"), "utilisaton", "utilisation"),
        ("codes", '[famly]\nvalues = ["学校"]\n', "famly", "family"),
        ("methods", "[familys]\n", "familys", "families"),
    ],
)
def test_a_page_or_entry_that_nobody_reads_is_named_with_the_nearest(city, page, text, column, near):
    write(city, page, text)
    with pytest.raises(BadInput) as refusal:
        load_params(city)
    (found,) = refusal.value.findings
    assert (found.code, found.file, found.column) == ("PA-L9", f"params/{page}.toml", column)
    assert found.about["near"] == near


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("学校", "学较", "school.families"),
        ('levels = ["市"]', 'levels = ["市级"]', "school.levels"),
        ("在校生_小学", "小学生", "school.parts.0.driver"),
        ("班级_小学", "班级小学", "school.parts.0.classes"),
    ],
)
def test_codes_of_a_norm_are_those_of_their_lists(city, old, new, column):
    write(city, "norms", NORM)
    assert "school" in load_params(city).page("norms")
    write(city, "norms", NORM.replace(old, new))
    assert [found[:2] for found in refused(city)] == [("IN-H18", column)]


def test_the_template_of_a_norm_can_be_used_as_it_stands(city):
    page = (PARAMS / "norms.toml").read_text(encoding="utf-8")
    template = page[page.index("# [my-norm-2021]") : page.index("\n\n[")]
    for parts, levels in ((1, ()), (2, ("市",))):  # without the keys that may be left out, and with them
        template = "\n".join(line.removeprefix("# ") for line in template.splitlines())
        write(city, "norms", template)
        norm = load_params(city).page("norms")["my-norm-2021"]
        assert (len(norm.parts), norm.levels) == (parts, levels)


def test_codes_of_the_regression_are_those_of_their_lists(city):
    write(city, "methods", METHOD.format(family="政务服", driver="办件数"))
    assert refused(city) == [
        ("IN-H18", "families.政务服", "政务服"),
        ("IN-H18", "families.政务服.drivers", "办件数"),
    ]


def test_a_citys_own_code_list_holds_its_own_entries(city):
    write(city, "codes", '[family]\nvalues = ["图书馆"]\n')
    write(city, "methods", METHOD.format(family="图书馆", driver="馆藏"))
    assert load_params(city).page("norms")  # the project's norms speak of families this city has not


def test_check_refuses_them_before_anything_is_read(city, capsys):
    write(city, "time", utilisation("8.5") + UTILISATION.replace("utilisation", "utilisaton").format(values=""))
    assert main(["check", "--city", str(city), "--year", "2021"]) == 2
    said = capsys.readouterr().out
    assert "PA-L9 | params/time.toml | 列 utilisaton" in said
    assert "IN-E1 | params/time.toml | 列 utilisation.values.0.value | 值“8.5”" in said


@pytest.mark.parametrize(("folder", "year"), [("data/example-city", 2021), ("data/cases/us-libraries-ohio", 2018)])
def test_the_cities_of_the_project_load(folder, year):
    assert load_city(PROJECT / folder, year).params.page("time")
