"""Charts: Chinese without any system font, no box for a missing glyph, the same bytes each time."""

import re

import matplotlib
import pandas as pd
import pytest

from bzmodel.output import charts
from bzmodel.output.fonts import candidates, font_for
from bzmodel.schema.results import EnvironmentFault

NAMES = ["示例市图书馆", "$x$ 与 {{y}}", "示例市突发公共卫生事件应急处置与疾病预防控制中心"]
METHODS = pd.DataFrame(
    [
        {"name": name, "method": method, "need": 8.5 + at, "low": 6.0, "high": 13.0, "current": 9}
        for at, name in enumerate(NAMES)
        for method in ("标准时间", "回归")
    ]
)
PARTS = pd.DataFrame({"code": ["市", "县"], "value": [16.7, -2.0], "printed": ["16.7%", "-2.0%"]})
MADE = {
    "G01": lambda: charts.need_by_method(METHODS),
    "G02": lambda: charts.need_against_current(METHODS.rename(columns={"method": "route"})),
    "G03": lambda: charts.gains_and_losses(pd.DataFrame({"name": NAMES, "gain": [1, 0, 2], "loss": [0, 3, 1]})),
    "G04": lambda: charts.staircase(pd.DataFrame({"total": [9, 10, 11], "cost": [3.0, 2.0, None]}), ceiling=10),
    "G05": lambda: charts.coverage(
        pd.DataFrame({"band": ["Q1", "all"], "nominal": 0.9, "cross_validated": [0.91, None], "n": [10, 40]})
    ),
    "G06": lambda: charts.parts_of_figure(PARTS, title="分级"),
    "G07": lambda: charts.predicted_against_staff(
        pd.DataFrame({"staff": [1.0, None], "predicted": 2.0, "low": [1.0, None], "high": 3.0, "group": ""})
    ),
}


@pytest.fixture
def hidden_fonts(monkeypatch):
    monkeypatch.setattr(charts, "_installed", dict)


@pytest.mark.parametrize("chart_id", MADE)
def test_drawn_in_chinese_while_system_fonts_are_hidden(chart_id, hidden_fonts):
    before = dict(matplotlib.rcParams)
    chart = MADE[chart_id]()
    assert chart.id == chart_id and b"<text" not in chart.svg
    assert b"NotoSansCJK" in chart.svg and b"DejaVu" not in chart.svg
    assert chart.svg == MADE[chart_id]().svg
    assert dict(matplotlib.rcParams) == before


def test_a_drawing_names_no_day_and_no_maker(hidden_fonts):
    svg = MADE["G06"]().svg.decode()
    assert "Matplotlib" not in svg and not re.search(r"\d{4}-\d{2}-\d{2}T", svg)


def test_a_missing_glyph_stops_and_is_named(hidden_fonts):
    with pytest.raises(EnvironmentFault) as stopped:
        charts.parts_of_figure(PARTS, title="甲\U0001f600乙\ue000")
    finding = stopped.value.findings[0]
    assert finding.code == "OUT-L18" and set(finding.value) == {"\U0001f600", "\ue000"}


def test_users_fonts_come_first_where_they_have_every_character(tmp_path):
    own = tmp_path / "fang.ttf"
    own.touch()
    fonts = candidates({"仿宋_GB2312": own, "Comic Sans": tmp_path / "x.ttf", "宋体": tmp_path / "gone.ttf"})
    assert fonts[0] == own and [font.name for font in fonts[1:]] == ["NotoSansCJKsc-Regular.otf"]
    has = {own: map(ord, "甲"), fonts[1]: map(ord, "甲昇")}
    assert font_for("甲 昇", fonts, lambda font: set(has[font])) == fonts[1]


def test_more_rows_than_top_are_said():
    many = pd.DataFrame({"name": [f"单位{n}" for n in range(30)], "gain": 1, "loss": 0})
    assert charts.gains_and_losses(many, top=5).svg != charts.gains_and_losses(many.head(5), top=5).svg


def test_many_points_stay_a_small_file(hidden_fonts):
    rows = range(3000)
    frame = pd.DataFrame({"staff": rows, "predicted": rows, "low": rows, "high": rows, "group": "甲"})
    assert len(charts.predicted_against_staff(frame).svg) < 300_000


def test_a_chart_of_nothing_is_drawn():
    assert charts.need_by_method(METHODS.head(0)).svg
    assert charts.gains_and_losses(pd.DataFrame({"name": [], "gain": [], "loss": []})).svg
