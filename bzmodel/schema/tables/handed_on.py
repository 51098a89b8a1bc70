"""What models hand on: `run.record` writes these tables, `run.read` reads them back."""

from __future__ import annotations

from bzmodel.schema.columns import Code, Column, Flag, Number, Table, Text, Whole
from bzmodel.schema.tables.institutions import KIND, SHARE, UNIT

POSTS = Number(low=0)
SIGNED = Number()
METHOD = Column("method", "测算方法", Text())

NEED_ESTIMATES = Table(
    name="need_estimates",
    label="各方法测算",
    key=("unit_id", "kind", "method"),
    marking="工作秘密",
    description="各方法并列；不适用的写明原因。",
    columns=(
        UNIT,
        KIND,
        METHOD,
        Column("need_fte", "用人需求", SIGNED, optional=True, unit="人"),
        Column("low", "下限", SIGNED, optional=True, unit="人"),
        Column("high", "上限", SIGNED, optional=True, unit="人"),
        Column("applicable", "适用", Flag()),
        Column("reason", "不适用原因", Text(), optional=True),
    ),
)

NEED = Table(
    name="need",
    label="用编需求",
    key=("unit_id", "kind"),
    marking="工作秘密",
    description="每个单位一个需求及其 90% 区间，注明路径。",
    columns=(
        UNIT,
        KIND,
        Column("route", "路径", Code("route")),
        METHOD,
        Column("need_fte", "用人需求", POSTS, unit="人"),
        Column("on_quota_share", "须用编份额", SHARE),
        Column("need", "用编需求", POSTS, unit="名"),
        Column("low", "区间下限", POSTS, unit="名"),
        Column("high", "区间上限", POSTS, unit="名"),
        Column("floor", "最低编制", Whole(), unit="名"),
        Column("ceiling", "最高编制", Whole(), optional=True, unit="名"),
        Column("disagreement", "方法分歧", POSTS, optional=True, note="（最大 − 最小）/ 需求；只有一个方法时为空"),
    ),
)

ALLOCATION = Table(
    name="allocation",
    label="核定建议",
    key=("unit_id", "kind"),
    marking="工作秘密",
    description="建议不是核定；规则所用的列随行带出。",
    columns=(
        UNIT,
        KIND,
        Column("name", "单位名称", Text(), optional=True),
        Column("current", "现核定", Whole(), optional=True, unit="名"),
        Column("need", "用编需求", POSTS, unit="名"),
        Column("min", "下限", Whole(), optional=True, unit="名"),
        Column("max", "上限", Whole(), optional=True, unit="名"),
        Column("proposal", "建议核定", Whole(), unit="名"),
        Column("change", "增减", Whole(low=None), optional=True, unit="名"),
        Column("price", "影子价格", SIGNED, optional=True),
        Column("gain_of_one_more", "多一名的收益", SIGNED, optional=True),
        Column("loss_of_one_less", "少一名的损失", SIGNED, optional=True),
        Column("binding_rules", "起作用的规则", Text(), optional=True),
        Column("without_pins", "无既定核定时的建议", Whole(), optional=True, unit="名"),
    ),
)

EXPLANATION = Table(
    name="explanation",
    label="逐步说明",
    key=("unit_id", "kind", "step"),
    marking="工作秘密",
    description="逐行相接：上一步之后就是下一步之前。",
    columns=(
        UNIT,
        KIND,
        Column("step", "步骤", Whole(low=1)),
        Column("cause", "原因", Code("allocation_cause")),
        Column("rule", "规则", Text(), optional=True),
        Column("before", "之前", Number(exact=True), unit="名"),
        Column("after", "之后", Number(exact=True), unit="名"),
    ),
)

FIGURES = Table(
    name="figures",
    label="数字台账",
    key=("id",),
    description="总结所用的数字，各带口径；value 为空即本年无此项。",
    columns=(
        Column("id", "数字编号", Text()),
        Column("name", "数字名称", Text()),
        Column("value", "数值", SIGNED, optional=True),
        Column("printed", "印出", Text(), optional=True),
        Column("unit", "单位", Text(), optional=True),
        Column("definition", "口径", Text()),
        Column("scope", "范围", Text(), optional=True),
        Column("date", "时点", Text(), optional=True),
        Column("owner", "责任科室", Text(), optional=True),
        Column("last_year", "上年", SIGNED, optional=True),
        Column("rows", "行数", Whole(), optional=True),
    ),
)

HANDED_ON = (NEED_ESTIMATES, NEED, ALLOCATION, EXPLANATION, FIGURES)
