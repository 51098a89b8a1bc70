"""Pieces of a page: frames, checks, findings and drawings as HTML. Every text is escaped; nothing is computed."""

from __future__ import annotations

import base64
import datetime as dt
import numbers
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from bzmodel.output.files import cell_text, day_text, missing
from bzmodel.output.shown import Chart
from bzmodel.schema.messages import SEVERITIES, line, severity
from bzmodel.schema.results import Check, Figure, Finding, Step
from bzmodel.schema.words import word

_VERDICTS = {True: '<td class="ok">通过</td>', False: '<td class="bad">未通过</td>', None: "<td>仅供参考</td>"}
_LARGEST_PLAIN = 1e15
_SHORT, _LONG = 8, 24  # characters: of a word that is never broken; of a name, beyond which they are sentences


def table(
    frame: pd.DataFrame, *, labels: Mapping[str, str], caption: str = "", rows: int = 20, file: str = "",
    terms: Collection[str] = (),
) -> str:  # fmt: skip
    """A frame as a table with Chinese headings; beyond `rows` it says how many more there are, and in which `file`.

    terms: the columns that hold terms of the suite, printed as words.
    """
    columns = [column for column in frame.columns if column != "source_row"]
    shown = frame[columns].head(rows)
    shown = shown.assign(**{name: shown[name].map(word, na_action="ignore") for name in terms if name in shown})
    places = _places_together(shown)
    cells = [_column(shown[column], str(column), places.get(column)) for column in columns]
    head = "".join(f"<th{manner}>{escape(labels.get(column, word(str(column))))}</th>"
                   for column, (manner, _) in zip(columns, cells, strict=True))  # fmt: skip
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*(texts for _, texts in cells), strict=True))
    title = f'<p class="bz-caption">{escape(caption)}</p>' if caption else ""
    grid = f'<div class="bz-scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    return title + (grid if len(frame) else '<p class="bz-more">（无）</p>') + _more(len(frame), rows, file)


def _more(count: int, rows: int, file: str) -> str:
    if count <= rows:
        return ""
    where = f"，全表见 {escape(file)}" if file else ""
    return f'<p class="bz-more">共 {count} 行，以上为前 {rows} 行，另有 {count - rows} 行{where}</p>'


def _places_together(frame: pd.DataFrame) -> dict[str, int]:
    """`before` and `after` in one format, so that each line is seen to begin where the last one ended."""
    if not {"before", "after"} <= set(frame.columns):
        return {}
    values = [value for name in ("before", "after") for value in frame[name] if not missing(value)]
    return dict.fromkeys(("before", "after"), _places(values)) if values and all(map(_is_number, values)) else {}


def _column(values: pd.Series, name: str, places: int | None = None) -> tuple[str, list[str]]:
    """The manner of a column (n: numbers, all with the same places; s, l, xl: texts by their length) and its cells."""
    present = [value for value in values if not missing(value)]
    number = bool(present) and all(_is_number(value) for value in present)
    places = (_places(present) if places is None else places) if number else 0
    grouped = "" if name.endswith("year") else ","
    texts = [_numeral(value, places, grouped) if number else shown_text(value) for value in values]
    manner = f' class="{"n" if number else _room(max(map(len, texts), default=0))}"'
    return manner, [f"<td{manner}>{escape(text)}</td>" for text in texts]


def _room(longest: int) -> str:
    """The manner of a column of text, by its longest: s short, l long, xl sentences."""
    return "s" if longest <= _SHORT else "l" if longest <= _LONG else "xl"


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Number | Decimal) and not isinstance(value, bool | np.bool_)


def _places(values: Sequence[Any]) -> int:
    """Decimal places a reader needs: none for whole numbers, else at most one from 10 on, two from 1 on, four."""
    exact = [float(value) for value in values]
    if all(value.is_integer() for value in exact):
        return 0
    largest = max(abs(value) for value in exact)
    most = 1 if largest >= 10 else 2 if largest >= 1 else 4
    enough = (p for p in range(1, most) if all(round(value, p) == round(value, most) for value in exact))
    return next(enough, most)


def _numeral(value: Any, places: int, grouped: str) -> str:
    if missing(value):
        return ""
    if not places and abs(value) < _LARGEST_PLAIN:
        return f"{int(value):{grouped}d}"
    value = float(value)
    tiny = value != 0 and round(value, places) == 0
    return f"{value:.2g}" if tiny or abs(value) >= _LARGEST_PLAIN else f"{value:{grouped}.{places}f}"


def shown_text(value: Any) -> str:
    """One value as its reader sees it."""
    if missing(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "是" if value else "否"
    if isinstance(value, dt.date):
        return day_text(value)
    if isinstance(value, Mapping):
        return "；".join(f"{key}：{shown_text(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return "、".join(shown_text(inner) for inner in value)
    return _numeral(value, _places([value]), ",") if _is_number(value) else cell_text(value)


def paragraph(text: str) -> str:
    """The words of a result."""
    return f'<p class="bz-text">{escape(text)}</p>' if text else ""


def checks_table(checks: Sequence[Check]) -> str:
    """Checks with their values, limits and verdicts; gates say so."""
    rows = "".join(
        f"<tr><td>{escape(check.id)}</td><td>{escape(check.name)}</td>"
        f'<td class="n">{escape(shown_text(check.value))}</td><td class="n">{escape(shown_text(check.limit))}</td>'
        f"{_VERDICTS[check.passed]}<td>{'是' if check.gate else ''}</td></tr>"
        for check in checks
    )
    heads = ("编号", "检查", "值", "限值", "结论", "不通过即停")
    return _grid("检查", heads, rows) if checks else ""


def steps_table(steps: Sequence[Step]) -> str:
    """The moves of a number, one a row."""
    rows = "".join(
        f'<tr><td>{escape(" ".join(map(word, step.key)))}</td><td class="n">{step.order}</td>'
        f"<td>{escape(word(step.cause))}</td><td>{escape(step.source)}</td>"
        f'<td class="n">{escape(shown_text(step.before))}</td>'
        f'<td class="n">{escape(shown_text(step.after))}</td></tr>'
        for step in steps
    )
    return _grid("推导过程", ("对象", "步骤", "原因", "依据", "变动前", "变动后"), rows)


def figures_table(figures: Sequence[Figure]) -> str:
    """Counted figures with what they mean; one that does not exist says so."""
    rows = "".join(
        f"<tr><td>{escape(figure.id)}</td><td>{escape(figure.name)}</td>"
        f'<td class="n">{escape(figure.printed or shown_text(figure.value)) or "本年无此项"}</td>'
        f'<td>{escape(figure.unit)}</td><td class="xl">{escape(figure.definition)}</td></tr>'
        for figure in figures
    )
    return _grid("数据", ("编号", "名称", "值", "单位", "口径"), rows)


def _grid(caption: str, heads: Sequence[str], rows: str) -> str:
    head = "".join(f"<th>{text}</th>" for text in heads)
    grid = f'<div class="bz-scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    return f'<p class="bz-caption">{caption}</p>{grid}'


def findings_list(findings: Sequence[Finding], *, lang: str = "zh") -> str:
    """What a person must know or mend, the gravest first."""
    if not findings:
        return ""
    ordered = sorted(findings, key=lambda finding: SEVERITIES.index(severity(finding)))
    items = "".join(f'<li class="{severity(finding)}">{escape(line(finding, lang))}</li>' for finding in ordered)
    return f'<p class="bz-caption">发现的问题（{len(findings)} 项）</p><ul class="bz-findings">{items}</ul>'


def chart_image(chart: Chart) -> str:
    """A drawing, carried inside the page."""
    data = base64.b64encode(chart.svg).decode()
    return f'<figure class="bz-chart"><img src="data:image/svg+xml;base64,{data}" alt="{escape(chart.title)}"></figure>'


def withheld(what: str, marking: str) -> str:
    """The line that stands for what this edition does not print."""
    return f'<p class="bz-withheld">{escape(what)}：{escape(marking)}，本版不载</p>'
