"""What institutions do, how long it takes, and who does it."""

from __future__ import annotations

from bzmodel.schema.cells import Code, Day, Number, Text, Whole, Year
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.constraints import NeededWhen, SumIs
from bzmodel.schema.tables.institutions import AS_OF, KIND, SHARE, UNIT

ACTIVITY = Column("activity_id", "业务活动编码", Text(), refers="activities")

ACTIVITIES = Table(
    name="activities",
    label="业务活动",
    key=("activity_id",),
    dated=True,
    owner="事业科",
    description="单件工时由调查得来；标准误 =（高 − 低）/ 6，由接收程序计算。",
    columns=(
        Column("activity_id", "业务活动编码", Text()),
        Column("duty_id", "职责编码", Text(), optional=True),
        Column("family", "同类", Code("family")),
        Column("name", "业务活动名称", Text()),
        Column("measure", "计量单位", Text()),
        Column("activity_kind", "活动性质", Code("activity_kind")),
        Column("hours_per_case", "单件工时", Number(low=0, positive=True), unit="小时"),
        Column("std_error", "工时标准误", Number(low=0), unit="小时"),
        Column("difficulty", "难度系数", Number(low=0, positive=True)),
        Column("on_quota_share", "须用编份额", SHARE),
        Column("source", "工时来源", Text()),
        Column("surveyed_on", "调查日期", Day()),
    ),
)

WORKLOAD_TABLE = Table(
    name="workload",
    label="工作量",
    key=("unit_id", "workload_year", "activity_id"),
    owner="事业科",
    description="空白是缺失，不是 0。",
    columns=(
        UNIT,
        Column("workload_year", "工作量年度", Year(), aliases=("年度",)),
        ACTIVITY,
        Column(
            "volume",
            "业务量",
            Number(low=0),
            optional=True,
            unit="件",
            aliases=("数量", "工作量"),
            note="空白为缺报，不是 0",
        ),
        Column("source_grade", "数据来源等级", Code("source_grade"), aliases=("数据来源",)),
        Column("duty_basis", "职责依据", Text(), optional=True),
        Column("signer", "签字人", Text(), optional=True, person=True),
    ),
)

DRIVERS = Table(
    name="drivers",
    label="驱动量",
    key=("unit_id", "year", "driver"),
    owner="事业科",
    description="标准和回归所读；学校的为当年九月数。",
    columns=(
        UNIT,
        Column("year", "年度", Year()),
        Column("driver", "驱动量名称", Code("driver"), aliases=("指标",)),
        Column("value", "数值", Number(low=0), optional=True, note="空白为缺报，不是 0"),
        Column("measure", "计量单位", Text()),
        Column("source", "数据来源", Text()),
    ),
)

ALLOWANCES = Table(
    name="allowances",
    label="附加时间",
    key=("allowance_id",),
    owner="事业科",
    description="类别附加按可用时间的份额合计小于 1；个别附加须填人数。",
    columns=(
        Column("allowance_id", "附加编号", Text()),
        Column("form", "附加形式", Code("allowance_form"), aliases=("形式",)),
        Column("category", "同类", Code("family"), optional=True, note="空为各类"),
        Column("unit_id", "单位编码", Text(), optional=True, refers="units", note="空为该类各单位"),
        Column("amount", "数量", Number(low=0)),
        Column("measure", "计量单位", Code("allowance_measure")),
        Column("persons", "人数", Number(low=0), optional=True, unit="人"),
        Column("on_quota_share", "须用编份额", SHARE),
    ),
    constraints=(
        NeededWhen("form", ("persons",), ("individual",)),
        SumIs(
            by=("category",),
            column="amount",
            below=True,
            where=(("form", "category"), ("measure", "share"), ("unit_id", "")),
            rows=("整类的份额", "shares of a whole category"),
            blank_is_each=True,
        ),
    ),
)

STAFF_COUNTS = Table(
    name="staff_counts",
    label="人力",
    key=("as_of", "unit_id", "kind"),
    owner="监督检查科",
    marking="工作秘密",
    description="没有实名册时录入；编外和借用人员记在主要编制类型下。",
    columns=(
        AS_OF,
        UNIT,
        KIND,
        Column("on_quota_persons", "在编人数", Whole(), optional=True, unit="人", aliases=("实有在编", "实有人数")),
        Column("off_quota_persons", "编外人数", Whole(), optional=True, unit="人", aliases=("编外",)),
        Column("loaned_in_persons", "借入人数", Whole(), optional=True, unit="人", aliases=("借入",)),
        Column("loaned_out_persons", "借出人数", Whole(), optional=True, unit="人", aliases=("借出",)),
        Column("retiring_persons", "本年退休人数", Whole(), optional=True, unit="人"),
        Column("fte", "全时当量", Number(low=0), unit="人", note="没有编制表时，现核定取其四舍五入"),
    ),
)

WORKLOAD = (ACTIVITIES, WORKLOAD_TABLE, DRIVERS, ALLOWANCES, STAFF_COUNTS)
