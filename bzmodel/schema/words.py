"""The suite's own terms as their readers see them: methods, causes of steps, bands, tests, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # need methods
        "statutory_norm": ("编制标准", "statutory norm"),
        "standard_time": ("标准工时", "standard time"),
        "regression": ("工作量回归", "regression"),
        "frontier": ("前沿分析", "frontier"),
        "minimum_posts": ("最低编制", "minimum posts"),
        # causes of steps, from work to need
        "norm": ("编制标准", "statutory norm"),
        "activity": ("业务活动", "activity"),
        "category_allowance": ("附加时间", "category allowance"),
        "individual_allowance": ("个别附加时间", "individual allowance"),
        "staff": ("现有人员", "staff there is"),
        "off_quota": ("编外、借入承担", "done by people off quota"),
        # causes of steps, from need to proposal
        "rounding": ("取整", "rounding"),
        "need": ("代价最低处", "cheapest for the unit alone"),
        "bounds": ("上下限", "bounds"),
        "rules": ("总量与限额规则", "rules over several units"),
        "tie": ("并列取舍", "tie"),
        # regression
        "ols": ("普通最小二乘", "ordinary least squares"),
        "nnls": ("非负最小二乘", "non-negative least squares"),
        "huber": ("Huber 稳健", "Huber, robust"),
        "quantile": ("分位数", "quantile"),
        "poisson": ("泊松", "Poisson"),
        "negbin": ("负二项", "negative binomial"),
        "mixed": ("混合模型", "mixed model"),
        "intercept": ("截距", "intercept"),
        "driver": ("驱动量", "driver"),
        "blank": ("空白", "blank"),
        "year": ("只求预测的年度", "year only predicted"),
        "classical": ("经典区间", "classical"),
        "count_quantiles": ("拟合计数分布的分位数", "quantiles of the fitted count distribution"),
        "conformal_constant": ("等宽保形区间", "conformal, constant width"),
        "conformal_size_scaled": ("随规模放宽的保形区间", "conformal, size-scaled"),
        "r_squared": ("决定系数 R²", "R²"),
        "abs_r": ("人数与预测值的相关系数", "correlation of staff and predicted"),
        "cv": ("残差标准差与平均人数之比", "residual deviation / mean staff"),
        "f_p_value": ("F 检验的 p 值", "p value of F"),
        "extrapolation": ("外推幅度", "extrapolation"),
        "top_tenth": ("最大的十分之一", "top tenth"),
        "all": ("全部", "all"),
        # what a figure is parted by
        "level": ("层级", "level"),
        "kind": ("编制类型", "kind of quota"),
    }
)


def word(term: str, lang: str = "zh") -> str:
    """A term in the reader's language; one that has no word of its own is printed as it is."""
    return _WORDS.get(term, (term, term))[lang == "en"]
