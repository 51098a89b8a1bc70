"""One function per chart: a frame in, a drawing out. The same frame gives the same bytes.

Every chart is SVG with its letters as outlines, so that it looks the same where no Chinese font is installed.
"""

from __future__ import annotations

import io
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Drawing
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from bzmodel.output.fonts import candidates, font_for
from bzmodel.output.shown import Chart
from bzmodel.schema.words import word

BLUE, RED, GREY, INK = "#1f5f99", "#b5402f", "#8a929a", "#22282e"
COLOURS = (BLUE, "#c77f1d", "#3d8a63", "#8a5aa3", RED, "#4aa3b8", "#7a6a4f", "#c2588a")
_STYLE = {
    "svg.hashsalt": "bzmodel",
    "svg.fonttype": "path",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.titlesize": 13,
    "axes.labelsize": 10,
    "axes.axisbelow": True,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": "#e3e7ea",
}
_NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}
_LABEL_WIDTH = 15  # Chinese characters of a label before it is broken
_MOST_POINTS = 2000


@contextmanager
def _canvas(width: float, height: float) -> Iterator[tuple[Drawing, Axes]]:
    """A drawing of its own under our style; matplotlib's own settings are as before when it is left."""
    with matplotlib.rc_context(_STYLE):
        drawing = Drawing(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(drawing)
        yield drawing, drawing.add_subplot()


def _chart(chart_id: str, title: str, size: tuple[float, float], draw: Callable[[Axes], None]) -> Chart:
    """The chart that `draw` leaves on its axes."""
    with _canvas(*size) as (drawing, axes):
        axes.set_title(title, loc="left", pad=12)
        draw(axes)
        _set_font(drawing)  # before the first layout: no default font may meet a Chinese character
        drawing.draw_without_rendering()
        _set_font(drawing)  # the ticks the layout made
        buffer = io.BytesIO()
        drawing.savefig(buffer, format="svg", metadata=_NO_METADATA)
    return Chart(chart_id, title, buffer.getvalue())


def _set_font(drawing: Drawing) -> None:
    """All texts in one font that has all their characters; a $ is a $, never mathematics."""
    texts = [text for text in drawing.findobj(Text) if text.get_text()]
    font = font_for("".join(text.get_text() for text in texts), candidates(_installed()), _charmap)
    for text in texts:
        text.set_parse_math(False)
        text.set_fontproperties(font_manager.FontProperties(fname=str(font), size=text.get_size()))


def _installed() -> dict[str, Path]:
    """The upright regular fonts of this machine."""
    upright = [f for f in font_manager.fontManager.ttflist if f.style == "normal" and f.weight in (400, "normal")]
    return {font.name: Path(font.fname) for font in sorted(upright, key=lambda font: font.fname, reverse=True)}


def _charmap(font: Path) -> set[int]:
    return set(font_manager.get_font(str(font)).get_charmap())


def _label(name: object) -> str:
    """A name as a label: broken into lines where it is long, never cut."""
    text = str(name)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text) > len(text) / 2
    return "\n".join(textwrap.wrap(text, _LABEL_WIDTH if wide else 2 * _LABEL_WIDTH)) or text


def _rows(axes: Axes, names: Sequence[object]) -> list[int]:
    """Places of horizontal rows, the first on top, named at the left."""
    places = list(range(len(names)))
    axes.set_yticks(places, labels=[_label(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    return places


def _legend(axes: Axes) -> None:
    """The legend beside the drawing, or the word that there is nothing to draw."""
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    else:
        axes.annotate("（无数据）", (0.5, 0.5), xycoords="axes fraction", ha="center")


def _height(rows: int) -> float:
    return 1.7 + 0.34 * max(rows, 2)


def need_by_method(frame: pd.DataFrame, *, title: str = "各方法测算的用编需求及区间") -> Chart:
    """G01: what each method says a unit needs, with its interval, beside what it has.

    Parameters: frame with `name, method, need, low, high` [quota] a row per unit and method, `current` [quota]
    optional. Returns a Chart.
    """
    names, methods = list(dict.fromkeys(frame["name"])), list(dict.fromkeys(frame["method"]))
    step = 0.7 / max(len(methods), 1)

    def draw(axes: Axes) -> None:
        at = dict(zip(names, _rows(axes, names), strict=True))
        for order, method in enumerate(methods):
            of = frame[(frame["method"] == method) & frame["need"].notna()]
            y = [at[name] + (order - (len(methods) - 1) / 2) * step for name in of["name"]]
            colour = COLOURS[order % len(COLOURS)]
            axes.hlines(y, of["low"].astype(float), of["high"].astype(float), color=colour, linewidth=2, alpha=0.55)
            axes.plot(of["need"].astype(float), y, "o", color=colour, markersize=5, label=_label(word(method)))
        _mark_current(axes, frame, at)
        axes.set_xlabel("名")
        _legend(axes)

    return _chart("G01", title, (9, 1.7 + max(0.42, 0.22 * len(methods)) * max(len(names), 3)), draw)


def _mark_current(axes: Axes, frame: pd.DataFrame, at: dict[object, int]) -> None:
    if "current" in frame:
        of = frame.dropna(subset="current").drop_duplicates("name")
        x, y = of["current"].astype(float), [at[name] for name in of["name"]]
        axes.plot(x, y, "|", color=INK, markersize=16, markeredgewidth=1.6, label="现核定")


def need_against_current(frame: pd.DataFrame, *, title: str = "用编需求与现核定编制") -> Chart:
    """G02: need against what is authorised today, one point a unit, coloured by route.

    Parameters: frame with `current, need, low, high` [quota] and `route` (optional). Returns a Chart.
    """

    def draw(axes: Axes) -> None:
        _against(axes, frame, ("current", "need"), group="route")
        axes.set_xlabel("现核定（名）")
        axes.set_ylabel("用编需求（名）")

    return _chart("G02", title, (9, 6), draw)


def predicted_against_staff(frame: pd.DataFrame, *, title: str = "预测人数与实有人数") -> Chart:
    """G07: what a regression predicts against the staff there is, one point a row, coloured by group.

    Parameters: frame with `staff, predicted, low, high` [persons] and `group` (optional). Returns a Chart.
    """

    def draw(axes: Axes) -> None:
        _against(axes, frame, ("staff", "predicted"), group="group")
        axes.set_xlabel("实有人数（人）")
        axes.set_ylabel("预测人数及区间（人）")

    return _chart("G07", title, (9, 6), draw)


def _against(axes: Axes, frame: pd.DataFrame, columns: tuple[str, str], *, group: str) -> None:
    """Points with their intervals around the line where both columns are equal; many points become one picture."""
    shown = frame.dropna(subset=list(columns))
    groups = list(dict.fromkeys(shown[group].fillna("").astype(str))) if group in shown else [""]
    picture = len(shown) > _MOST_POINTS
    for order, name in enumerate(groups):
        of = shown[shown[group].fillna("").astype(str) == name] if group in shown else shown
        colour = COLOURS[order] if order < len(COLOURS) else GREY
        x, y, low, high = (of[column].astype(float) for column in (*columns, "low", "high"))
        axes.vlines(x, low, high, color=colour, linewidth=1, alpha=0.35, rasterized=picture)
        label = _label(name) if name else None
        axes.plot(x, y, "o", color=colour, markersize=4, alpha=0.85, label=label, rasterized=picture)
    axes.axline((0, 0), slope=1, color=GREY, linewidth=1, linestyle="--", label="两者相等")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
    axes.grid()
    _legend(axes)


def gains_and_losses(frame: pd.DataFrame, *, title: str = "建议核增与核减", top: int = 20) -> Chart:
    """G03: who gains and who loses, gains to the right, losses to the left.

    Parameters: frame with `name, gain, loss` [quota, loss counted positive], drawn in the order given; `top`: rows
    drawn. Returns a Chart.
    """
    shown = frame.head(top)
    note = f"（前 {top} 个，共 {len(frame)} 个）" if len(frame) > top else ""

    def draw(axes: Axes) -> None:
        y = _rows(axes, list(shown["name"]))
        gain, loss = (shown[column].fillna(0).astype(float).tolist() for column in ("gain", "loss"))
        axes.barh(y, gain, color=BLUE, height=0.62, label="核增")
        axes.barh(y, [-value for value in loss], color=RED, height=0.62, label="核减")
        for place, up, down in zip(y, gain, loss, strict=True):
            _value(axes, up, place, f"+{up:g}", side=1) if up else None
            _value(axes, -down, place, f"−{down:g}", side=-1) if down else None
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.margins(x=0.12)
        axes.set_xlabel("名" + note)
        _legend(axes)

    return _chart("G03", title, (9, _height(len(shown))), draw)


def _value(axes: Axes, x: float, y: float, text: str, *, side: int) -> None:
    align = "left" if side > 0 else "right"
    axes.annotate(text, (x, y), (4 * side, 0), textcoords="offset points", ha=align, va="center", fontsize=9)


def staircase(frame: pd.DataFrame, *, ceiling: int, title: str = "总量每增减一名的代价") -> Chart:
    """G04: what the best plan costs when the total is a few posts more or less.

    Parameters: frame with `total` [quota] and `cost` (of the objective); `ceiling`: the total that is in force [quota].
    Returns a Chart.
    """
    shown = frame.dropna(subset="cost").sort_values("total")

    def draw(axes: Axes) -> None:
        total, cost = shown["total"].astype(int).tolist(), shown["cost"].astype(float).tolist()
        axes.step(total, cost, where="mid", color=BLUE, linewidth=1.8)
        axes.plot(total, cost, "o", color=BLUE, markersize=4)
        axes.axvline(ceiling, color=RED, linewidth=1.2, linestyle="--")
        axes.annotate(f"总量 {ceiling}", (ceiling, 1), (6, -4), xycoords=("data", "axes fraction"),
                      textcoords="offset points", color=RED, va="top", fontsize=9)  # fmt: skip
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.ticklabel_format(style="plain", useOffset=False)
        axes.set_xlabel("总量（名）")
        axes.set_ylabel("最小代价")
        axes.grid()

    return _chart("G04", title, (8, 4.5), draw)


def coverage(frame: pd.DataFrame, *, title: str = "区间覆盖率：各规模段与名义值") -> Chart:
    """G05: how often the interval holds the truth, by size band, against what it promises.

    Parameters: frame with `band, nominal, cross_validated` [share] and `n` (rows). Returns a Chart.
    """

    def draw(axes: Axes) -> None:
        y = _rows(axes, [f"{word(band)}（{n}）" for band, n in zip(frame["band"], frame["n"], strict=True)])
        reached = frame["cross_validated"].astype(float).tolist()
        axes.barh(y, [0 if share != share else share for share in reached], color=BLUE, height=0.55, label="交叉验证")
        for place, share in zip(y, reached, strict=True):
            text, colour = ("无", INK) if share != share else (f"{share:.1%}", "white" if share > 0.15 else INK)
            axes.annotate(text, (0, place), (6, 0), textcoords="offset points", va="center", fontsize=9, color=colour)
        axes.plot(frame["nominal"].astype(float), y, "|", color=RED, markersize=18, markeredgewidth=2, label="名义值")
        axes.set_xlim(0, 1.12)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], labels=["0", "25%", "50%", "75%", "100%"])
        axes.set_xlabel("覆盖率（括号内为行数）")
        _legend(axes)

    return _chart("G05", title, (8, _height(len(frame))), draw)


def parts_of_figure(frame: pd.DataFrame, *, title: str) -> Chart:
    """G06: the parts of a counted figure, one bar each.

    Parameters: frame with `code` (the part), `value` and `printed`, as in `figure_parts`. Returns a Chart.
    """

    def draw(axes: Axes) -> None:
        y = _rows(axes, list(frame["code"]))
        values = frame["value"].astype(float).tolist()
        axes.barh(y, values, height=0.55, color=BLUE)
        for place, value, printed in zip(y, values, frame["printed"], strict=True):
            _value(axes, value, place, str(printed), side=1 if value >= 0 else -1)
        axes.margins(x=0.12)
        axes.xaxis.set_visible(False)

    return _chart("G06", title, (7, _height(len(frame))), draw)
