"""What allocation hands on: the plan, its explanation, its rules in words, the staircase of the total."""

from __future__ import annotations

from bzmodel.schema.cells import Number, Term, Text, Whole
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.tables.institutions import KIND, UNIT
from bzmodel.schema.tables.measured import POSTS, SIGNED

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
        Column("cause", "原因", Term()),
        Column("rule", "规则", Text(), optional=True),
        Column("before", "之前", Number(exact=True), unit="名"),
        Column("after", "之后", Number(exact=True), unit="名"),
    ),
)

PROVISIONS = Table(
    name="provisions",
    label="规则与依据",
    key=("id",),
    description="每条规则一行。",
    columns=(Column("id", "规则", Text()), Column("rule", "内容", Text()), Column("source", "文号", Text())),
)

STAIRCASE = Table(
    name="staircase",
    label="总量阶梯",
    key=(),
    marking="工作秘密",
    description="总量多一名或少一名时的代价，谁得谁失。",
    columns=(
        Column("rule", "规则", Text()),
        Column("at_most", "总量", Whole(), unit="名"),
        Column("objective", "代价", SIGNED, optional=True),
        Column("change", "代价变化", SIGNED, optional=True),
        Column("unit_id", "单位编码", Text(), optional=True, refers="units"),
        Column("kind", "编制类型", Text(), optional=True),
        Column("before", "现方案", Whole(), optional=True, unit="名"),
        Column("after", "变为", Whole(), optional=True, unit="名"),
    ),
)

NEXT_IN_LINE = Table(
    name="next_in_line",
    label="总量再多一名，先给谁",
    key=("unit_id", "kind"),
    marking="工作秘密",
    description="只受总量约束的单位中，多一名收益最大的排在前面；受其他限额约束的单位见总量阶梯。",
    columns=(
        UNIT,
        KIND,
        ALLOCATION.column("name"),
        ALLOCATION.column("need"),
        ALLOCATION.column("proposal"),
        ALLOCATION.column("gain_of_one_more"),
        Column("missed_by", "比第一位少", POSTS),
    ),
)

PROOF = Table(
    name="proof",
    label="证明",
    key=("item",),
    description="证明中一个人要看的各项；全文在 certificate.json。",
    columns=(Column("item", "项目", Text()), Column("value", "值", Text())),
)

ALLOCATED = (ALLOCATION, EXPLANATION, PROVISIONS, STAIRCASE, NEXT_IN_LINE, PROOF)
