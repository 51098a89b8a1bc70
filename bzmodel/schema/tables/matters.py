"""Matters, what was decided on them, and the documents that say so."""

from __future__ import annotations

from bzmodel.schema.cells import Code, Day, Number, Text, Whole, Year
from bzmodel.schema.columns import Column, Difference, Table
from bzmodel.schema.constraints import InOrder, NeededWhen, NotBefore
from bzmodel.schema.tables.institutions import FUND, KIND, SOURCE, UNIT

MATTER = Column("matter_id", "事项编号", Text(), refers="matters")
DOCUMENT_IF_ANY = Column("document_id", "文件编码", Text(), optional=True, refers="documents", aliases=("依据文件",))
#: The code list `step` in its order, without 退回: a matter may be sent back at any time.
STEPS = ("动议", "沟通预审", "受理", "论证", "审查", "会签", "室务会", "编委", "两办", "批复", "实施", "跟踪")

MATTERS_TABLE = Table(
    name="matters",
    label="机构编制事项",
    key=("matter_id",),
    ledger=True,
    owner="综合科",
    description="一个单位一件事为一项；同一来文的各项请示编号相同。",
    columns=(
        Column("matter_id", "事项编号", Text()),
        Column("request_id", "请示编号", Text()),
        Column("received_number", "来文号", Text()),
        Column("received_on", "收文日期", Day()),
        Column("applicant_id", "申请单位编码", Text(), refers="units"),
        Column("dept_id", "部门编码", Text(), refers="units", aliases=("主管部门",)),
        Column("matter_kind", "事项类别", Code("matter_kind")),
        Column("level", "层级", Code("level")),
        Column("about_id", "所涉对象编码", Text(), optional=True, note="单位或议事协调机构"),
        Column("title", "事项名称", Text()),
        Column("asked_number", "请示数额", Whole(low=None), optional=True, unit="名"),
        Column("authority", "审批权限", Code("authority")),
        Column("section", "承办科室", Text()),
    ),
    constraints=(NotBefore("received_on", "closed_on"),),
)

MATTER_STEPS = Table(
    name="matter_steps",
    label="事项办理",
    key=("matter_id", "step", "done_on"),
    owner="综合科",
    description="步骤可以重复；首次作出审查结论的年度决定计入哪一年。",
    columns=(
        MATTER,
        Column("step", "办理步骤", Code("step"), aliases=("环节",)),
        Column("done_on", "完成日期", Day()),
        Column("result", "步骤结论", Code("step_result")),
        DOCUMENT_IF_ANY,
    ),
    constraints=(InOrder(of="matter_id", step="step", day="done_on", order=STEPS),),
)

DECISIONS = Table(
    name="decisions",
    label="核定",
    key=("matter_id", "unit_id", "kind", "fund", "source"),
    owner="事业科",
    marking="工作秘密",
    description="有核定数的，必须有日期和文件。",
    columns=(
        MATTER,
        UNIT,
        KIND,
        FUND,
        SOURCE,
        Column("programme", "批次", Code("programme")),
        Column("before_quota", "原核定", Whole(), unit="名", aliases=("调整前",)),
        Column("need", "用编需求", Number(low=0), optional=True, unit="名"),
        Column("proposal", "建议核定", Whole(), optional=True, unit="名"),
        Column("reply", "单位意见", Code("reply")),
        Column("reply_number", "单位要求数", Whole(), optional=True, unit="名"),
        Column("reply_text", "单位意见理由", Text(), optional=True),
        Column("reviewed", "复核数", Whole(), optional=True, unit="名"),
        Column("authorised", "核定数", Whole(), optional=True, unit="名", aliases=("编委核定",)),
        Column("reason", "增减原因", Code("decision_reason")),
        Column("booking", "收回方式", Code("booking")),
        Column("outflow", "编制去向", Code("outflow")),
        Column("effective_on", "执行日期", Day(), optional=True),
        Column("absorb_by", "消化期限", Day(), optional=True),
        Column("decided_on", "核定日期", Day(), optional=True),
        DOCUMENT_IF_ANY,
    ),
    constraints=(
        NeededWhen("authorised", ("decided_on", "document_id")),
        NeededWhen("reply", ("reply_number", "reply_text"), ("部分", "不同意")),
        NotBefore("decided_on", "absorb_by"),
    ),
    computed=(Difference("cut", "净核减", "before_quota", "authorised"),),
)

DOCUMENTS = Table(
    name="documents",
    label="文件",
    key=("document_id",),
    owner="综合科",
    description="只登记题录；批示的正文不录入。",
    columns=(
        Column("document_id", "文件编码", Text()),
        Column("document_kind", "文件类别", Code("document_kind")),
        Column("number", "文号", Text(), optional=True),
        Column("period_no", "期号", Whole(low=1), optional=True),
        Column("title", "标题", Text()),
        Column("issuer", "印发机关", Text()),
        Column("issued_on", "印发日期", Day()),
        Column("opening", "公开属性", Code("opening")),
        Column("stated_count", "文中所列数", Whole(), optional=True),
        Column("marking", "内部标识", Code("marking")),
    ),
    constraints=(NeededWhen("document_kind", ("period_no",), ("简报",)),),
)

RECOGNITIONS = Table(
    name="recognitions",
    label="荣誉批示",
    key=("recognition_id",),
    owner="综合科",
    columns=(
        Column("recognition_id", "荣誉编号", Text()),
        Column("recognition_kind", "荣誉类别", Code("recognition_kind")),
        Column("level", "授予层级", Code("recognition_level")),
        Column("giver", "授予机关", Text()),
        Column("about_id", "所涉对象编码", Text(), optional=True),
        Column("for_year", "所属年度", Year()),
        Column("issued_on", "印发日期", Day()),
        Column("document_id", "文件编码", Text(), refers="documents", aliases=("依据文件",)),
        Column("novelty_note", "查新说明", Text(), optional=True, note="首创没有查新说明的不得印出"),
    ),
)

EXCEPTIONS = Table(
    name="exceptions",
    label="签字例外",
    key=("exception_id",),
    owner="综合科",
    description="规则确有例外或本年无此项的，经签字登记。",
    columns=(
        Column("exception_id", "例外编号", Text()),
        Column("about", "所涉对象", Text(), note="表名和主键，或数字编号，如 C08；可写明年度，如 C08 2021"),
        Column("rule", "规则", Text(), note="消息代码，或：本年无此项"),
        Column("reason", "理由", Text()),
        Column("signed_by", "签字人", Text()),
        Column("signed_on", "签字日期", Day()),
        Column("valid_to", "有效期至", Day(), optional=True),
    ),
    constraints=(NotBefore("signed_on", "valid_to"),),
)

MATTERS = (MATTERS_TABLE, MATTER_STEPS, DECISIONS, DOCUMENTS, RECOGNITIONS, EXCEPTIONS)
