"""Institutions, how they came about, and the quotas they hold."""

from __future__ import annotations

from bzmodel.schema.cells import Code, Day, Flag, Number, Text, Whole, Year
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.constraints import Balance, NeededWhen, OneHolder, SumIs

SHARE = Number(low=0, high=1)
UNIT = Column("unit_id", "单位编码", Text(), refers="units", aliases=("机构编码", "单位代码", "实名制机构编码"))
AS_OF = Column("as_of", "截至日期", Day(), aliases=("基准日", "截止日期"))
KIND = Column("kind", "编制类型", Code("kind"), aliases=("编制种类",))
FUND = Column("fund", "经费形式", Code("fund"), aliases=("经费来源", "经费渠道"))
SOURCE = Column("source", "编制来源", Code("source"))
DOCUMENT = Column("document_id", "文件编码", Text(), refers="documents", aliases=("依据文件",))

UNITS = Table(
    name="units",
    label="机构",
    key=("unit_id",),
    dated=True,
    owner="综合科",
    marking="内部",
    description="机构登记；非法人机构可与挂靠单位共用统一社会信用代码。",
    columns=(
        Column("unit_id", "单位编码", Text(), aliases=("机构编码", "单位代码", "实名制机构编码")),
        Column("order_no", "序列号", Whole()),
        Column("name", "单位名称", Text(), aliases=("机构名称", "单位全称", "名称")),
        Column("short_name", "单位简称", Text(), aliases=("简称",)),
        Column("org_class", "机构类别", Code("org_class")),
        Column("level", "层级", Code("level"), aliases=("机构层级",)),
        Column("area_id", "区划代码", Text(), aliases=("行政区划",)),
        Column("parent_id", "主管部门编码", Text(), optional=True, refers="units"),
        Column("sponsor_id", "举办单位编码", Text(), optional=True, refers="units"),
        Column("managed_by", "管理体制", Code("managed_by")),
        Column("rank", "机构规格", Code("rank"), aliases=("规格", "级别")),
        Column("legal", "法人资格", Code("legal")),
        Column("cs_managed", "参公管理", Flag(), aliases=("是否参公",)),
        Column("benefit_class", "公益类别", Code("benefit_class"), optional=True),
        Column("main_kind", "主要编制类型", Code("kind")),
        Column("sector", "行业领域", Code("sector"), aliases=("所属领域",)),
        Column("uscc", "统一社会信用代码", Text(), optional=True),
        Column("set_document_id", "批准设立文件", Text(), refers="documents", aliases=("设立文号",)),
        Column("duty_document_id", "三定文件", Text(), refers="documents", aliases=("职责文号",)),
        Column("in_census", "纳入核查", Flag(), note="核查基准日的机构数（C17）只数纳入者"),
        Column("evaluated", "纳入评估", Flag()),
        Column("in_reform_scope", "纳入改革范围", Flag()),
    ),
    constraints=(OneHolder(column="uscc", holder="unit_id", among="legal", of="法人"),),
)

UNIT_GROUPS = Table(
    name="unit_groups",
    label="模型分组",
    key=("unit_id", "year"),
    owner="事业科",
    columns=(
        UNIT,
        Column("year", "年度", Year()),
        Column("family", "同类", Code("family"), aliases=("类别", "同类单位")),
        Column("peer_group", "评估分组", Code("peer_group"), optional=True),
        Column("decided_by", "决定人", Text()),
        Column("decided_on", "决定日期", Day()),
    ),
)

SUCCESSION = Table(
    name="succession",
    label="沿革改革台账",
    key=("change_id",),
    owner="体制改革科",
    description="一个前身单位同日拆成几行时份额合计为 1；职责、编制、未结事项随之转移。",
    columns=(
        Column("change_id", "变动编号", Text()),
        Column("happened_on", "变动日期", Day()),
        Column("programme", "批次", Code("programme")),
        Column("action", "改革方式", Code("action"), aliases=("变动方式",)),
        Column("predecessor_id", "原单位编码", Text(), optional=True, refers="units"),
        Column("successor_id", "现单位编码", Text(), optional=True, refers="units"),
        Column("field", "改革领域", Code("reform_field"), optional=True),
        Column("share", "承接份额", SHARE),
        Column("old_duty", "原职责", Text(), optional=True),
        Column("new_duty", "现职责", Text(), optional=True),
        Column("deregistered_on", "注销登记日期", Day(), optional=True),
        DOCUMENT,
    ),
    constraints=(
        SumIs(by=("predecessor_id", "happened_on"), column="share", total=1.0),
        NeededWhen("action", ("predecessor_id", "successor_id", "new_duty"), ("保留", "整合")),
        NeededWhen("action", ("predecessor_id",), ("撤销", "转企", "划出")),
        NeededWhen("action", ("successor_id",), ("新设", "划入")),
    ),
)

QUOTAS = Table(
    name="quotas",
    label="编制",
    key=("as_of", "unit_id", "kind", "fund", "source"),
    owner="事业科",
    marking="工作秘密",
    description="核定数以决定为准：本期 = 上期 + 其间的核定；撤销的单位为 0。",
    columns=(
        AS_OF,
        UNIT,
        KIND,
        FUND,
        SOURCE,
        Column("quota", "核定编制", Whole(), unit="名", aliases=("编制数", "编制", "现核定")),
        Column("exit_only", "只出不进", Flag()),
        DOCUMENT,
    ),
    balance=Balance(
        by=("unit_id", "kind"),
        number="quota",
        table="decisions",
        added="authorised",
        taken="before_quota",
        day="decided_on",
    ),
)

CEILINGS = Table(
    name="ceilings",
    label="总量限额",
    key=("level", "area_id", "kind", "item"),
    dated=True,
    owner="综合科",
    marking="工作秘密",
    columns=(
        Column("level", "层级", Code("level")),
        Column("area_id", "区划代码", Text()),
        KIND,
        Column("item", "限额项目", Code("ceiling_item")),
        Column("number", "数额", Whole(), unit="家或名", aliases=("限额",)),
        DOCUMENT,
    ),
)

INSTITUTIONS = (UNITS, UNIT_GROUPS, SUCCESSION, QUOTAS, CEILINGS)
