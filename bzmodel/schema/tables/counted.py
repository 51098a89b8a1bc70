"""What the figures hand on: the counted figures, their parts and forms, and the sentences that bind them."""

from __future__ import annotations

from bzmodel.schema.cells import Number, Term, Text, Whole
from bzmodel.schema.columns import Column, Table

_ID = Column("id", "数字编号", Text())
_PRINTED = Column("printed", "印出", Text(), optional=True)
_UNIT = Column("unit", "单位", Text(), optional=True)

FIGURES = Table(
    name="figures",
    label="数字台账",
    key=("id",),
    description="总结所用的数字，各带口径；value 为空即本年无此项。",
    columns=(
        _ID,
        Column("name", "数字名称", Text()),
        Column("value", "数值", Number(), optional=True),
        _PRINTED,
        _UNIT,
        Column("definition", "口径", Text()),
        Column("scope", "范围", Text(), optional=True),
        Column("date", "时点", Text(), optional=True),
        Column("owner", "责任科室", Text(), optional=True),
        Column("last_year", "上年", Number(), optional=True),
        Column("rows", "行数", Whole(), optional=True),
    ),
)

FIGURE_PARTS = Table(
    name="figure_parts",
    label="分项",
    key=("id", "by", "code"),
    description="一个数字按层级、编制类型等分开。",
    columns=(
        _ID,
        Column("by", "按", Term()),
        Column("code", "项", Text()),
        Column("value", "数值", Number()),
        _PRINTED,
        _UNIT,
    ),
)

FIGURE_FORMS = Table(
    name="figure_forms",
    label="印出的各种写法",
    key=("id", "form"),
    description="同一个数字在句子里可用的写法：{id|写法}。",
    columns=(_ID, Column("form", "写法", Text()), _PRINTED),
)

SENTENCES = Table(
    name="sentences",
    label="句子与数字",
    key=("written",),
    description="每句所用的数字；没有印出的句子写明原因。",
    columns=(
        Column("section", "段落", Text(), optional=True),
        Column("text", "印出的句子", Text(), optional=True),
        Column("figures", "所用数字", Text(), optional=True),
        Column("written", "写在 texts 中的句子", Text()),
        Column("why", "未印出的原因", Text(), optional=True),
    ),
)

SCOPES = Table(
    name="scopes",
    label="口径表",
    key=("id",),
    description="总结中印出的数字，各计什么。",
    columns=tuple(
        FIGURES.column(name)
        for name in ("id", "name", "printed", "unit", "definition", "scope", "date", "rows", "owner")
    ),
)

COUNTED = (FIGURES, FIGURE_PARTS, FIGURE_FORMS, SENTENCES, SCOPES)
