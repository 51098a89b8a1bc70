"""What need methods hand on: their estimates, the one need, and what stands beside them for a reader."""

from __future__ import annotations

from bzmodel.schema.cells import Code, Flag, Number, Term, Text, Whole, Year
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.tables.institutions import KIND, SHARE, UNIT

POSTS = Number(low=0)
SIGNED = Number()
METHOD = Column("method", "测算方法", Term())
FAMILY = Column("family", "同类", Code("family"))

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
        Column("on_quota_share", "须用编份额", SHARE, optional=True),
        Column("low_on_quota", "用编下限", SIGNED, optional=True, unit="名"),
        Column("high_on_quota", "用编上限", SIGNED, optional=True, unit="名"),
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
        Column("route", "路径", Text(), note="标准、工作量、回归、最低；没有行的单位不变"),
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

NOT_APPLICABLE = Table(
    name="not_applicable",
    label="不适用的原因",
    key=("method", "reason"),
    description="每种方法不适用的单位数，按原因。",
    columns=(METHOD, Column("reason", "原因", Text()), Column("units", "单位数", Whole(), unit="个")),
)

SIDE_BY_SIDE = Table(
    name="methods_side_by_side",
    label="各方法并列",
    key=("unit_id", "kind"),
    marking="工作秘密",
    description="每单位一行，每种方法一列（须用编，名）；空为不适用。",
    columns=(
        UNIT,
        KIND,
        Column("route", "路径", Text(), note="标准、工作量、回归、最低；没有行的单位不变"),
        Column("need", "用编需求", POSTS, unit="名"),
        Column("low", "区间下限", POSTS, unit="名"),
        Column("high", "区间上限", POSTS, unit="名"),
        Column("disagreement", "方法分歧", POSTS, optional=True),
    ),
)

STANDARD_TIME = Table(
    name="standard_time",
    label="从工作量到编制",
    key=("unit_id", "kind", "workload_year"),
    marking="工作秘密",
    description="标准工时一法各部分。",
    columns=(
        UNIT,
        KIND,
        Column("workload_year", "工作量年度", Year()),
        FAMILY,
        Column("available_hours", "年可用工时", POSTS, unit="小时"),
        Column("work_hours", "工作量工时", POSTS, unit="小时"),
        Column("base_fte", "基础用人", POSTS, unit="人"),
        Column("category_factor", "类别附加系数", POSTS),
        Column("individual_fte", "个别附加用人", POSTS, unit="人"),
        Column("need_fte", "用人需求", POSTS, unit="人"),
        Column("need", "用编需求", POSTS, unit="名"),
        Column("std_error", "标准误", POSTS, unit="名"),
        Column("self_reported_share", "自报工时份额", SHARE, optional=True),
        Column("need_without_self_reports", "不含自报的用编需求", POSTS, unit="名"),
    ),
)

STANDARD_TIME_TOTALS = Table(
    name="standard_time_totals",
    label="换一个口径，合计是多少",
    key=("basis", "value"),
    marking="工作秘密",
    description="同一批单位，在其他年度、不含自报、其他利用率下的合计。",
    columns=(
        Column("basis", "口径", Text()),
        Column("value", "取值", Text()),
        Column("units", "单位数", Whole(), unit="个"),
        Column("need_fte", "用人需求", POSTS, optional=True, unit="人"),
        Column("need", "用编需求", POSTS, optional=True, unit="名"),
    ),
)

FITS = Table(
    name="fits",
    label="各类的回归",
    key=("family",),
    description="每类一行；没有回归的写明原因。",
    columns=(
        FAMILY,
        Column("units", "单位数", Whole(), unit="个"),
        Column("n", "参加拟合的行", Whole(), optional=True),
        Column("r_squared", "R²", Number(high=1), optional=True),
        Column("residual_sd", "残差标准差", POSTS, optional=True, unit="人"),
        Column("interval", "区间方法", Term(), optional=True),
        Column("minimum_posts", "最低编制", Whole(), optional=True, unit="名"),
        Column("reason", "不适用原因", Text(), optional=True),
    ),
)

COEFFICIENTS = Table(
    name="coefficients",
    label="系数",
    key=("family", "term"),
    description="驱动量每增加一个单位，人数增加多少。",
    columns=(
        FAMILY,
        Column("group", "组", Text(), optional=True),
        Column("term", "项", Term()),
        Column("estimate", "系数", SIGNED),
        Column("std_error", "标准误", POSTS, optional=True),
        Column("robust_error", "稳健标准误", POSTS, optional=True),
        Column("low", "下限", SIGNED, optional=True),
        Column("high", "上限", SIGNED, optional=True),
        Column("certified", "精确复算", Flag()),
    ),
)

ACCEPTANCE = Table(
    name="acceptance",
    label="验收检验",
    key=("family", "name"),
    description="编制标准的验收检验，供参考，不作门槛。",
    columns=(
        FAMILY,
        Column("group", "组", Text(), optional=True),
        Column("name", "检验", Term()),
        Column("value", "值", SIGNED, optional=True),
        Column("limit", "限值", SIGNED, optional=True),
        Column("passed", "通过", Flag(), optional=True),
        Column("detail", "说明", Text(), optional=True),
    ),
)

COVERAGE = Table(
    name="coverage",
    label="区间覆盖率",
    key=("family", "band"),
    description="交叉验证中，区间包住真值的份额，按规模段。",
    columns=(
        FAMILY,
        Column("group", "组", Text(), optional=True),
        Column("band", "规模段", Term()),
        Column("nominal", "名义值", SHARE),
        Column("cross_validated", "交叉验证", SHARE, optional=True),
        Column("n", "行数", Whole()),
    ),
)

EXCLUDED_ROWS = Table(
    name="excluded_rows",
    label="未参加拟合的行",
    key=(),
    description="驱动量表中未参加拟合的行：空白，或只求预测的年度；一行归到几个单位的，列几次。",
    columns=(
        FAMILY,
        Column("file", "文件", Text()),
        Column("row", "行", Whole()),
        Column("reason", "原因", Term()),
        Column("columns", "列", Text(), optional=True),
    ),
)

MEASURED = (
    NEED_ESTIMATES, NOT_APPLICABLE, NEED, SIDE_BY_SIDE, STANDARD_TIME, STANDARD_TIME_TOTALS, FITS, COEFFICIENTS,
    ACCEPTANCE, COVERAGE, EXCLUDED_ROWS,
)  # fmt: skip
