"""The data dictionary, written from the declarations and the code lists alone."""

from __future__ import annotations

from collections.abc import Iterator

from bzmodel.schema.cells import Code
from bzmodel.schema.columns import Column, Table
from bzmodel.schema.params import Params
from bzmodel.schema.tables import TABLES


def data_dictionary(params: Params) -> str:
    """Every declared table in Chinese Markdown.

    Parameters
    ----------
    params: for the code lists.
    """
    lines = [
        "# 数据字典",
        "",
        "本页由 `bzmodel/schema/tables` 的声明和 `data/params/codes.toml` 生成，请勿手改；",
        "重写用 `python -m bzmodel.commands.dictionary`。",
        "",
        "带 * 的列必填；空白是缺失，不是 0；份额为 0–1；日期为 年-月-日；编码是文本。",
        "待办、逾期、办结由日期计算，不填写。",
        "",
    ]
    for table in TABLES.values():
        lines += _table(table)
    lines += ["## 代码表", ""]
    lines += [f"- {_codes(name, params)}" for name in sorted(_used())]
    return "\n".join(lines) + "\n"


def _table(table: Table) -> Iterator[str]:
    yield f"## {table.label} `{table.name}`"
    yield ""
    yield from (f"{text}  " for text in (table.description, _about(table)) if text)
    yield ""
    yield "| 列 | 名称 | 类型 | 单位 | 指向 | 其他表头 | 说明 |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_column(column) for column in table.columns)
    yield ""
    names = {column.name: column.label for column in table.columns}
    rules = [f"- {table.says(constraint, 'zh')}" for constraint in table.constraints]
    rules += [f"- {table.says(table.balance, 'zh')}"] if table.balance else []
    rules += [f"- 计算列 {c.label} `{c.name}` = {names[c.of]} − {names[c.minus]}" for c in table.computed]
    yield from [*rules, ""] if rules else ()


def _about(table: Table) -> str:
    parts = ["主键：" + "、".join(f"`{name}`" for name in table.key)] if table.key else []
    parts += ["按生效日期读取，同一主键的行期间不重叠"] * table.dated + ["督办台账"] * table.ledger
    parts += [f"责任科室：{table.owner}"] if table.owner else []
    return "；".join([*parts, f"标识：{table.marking}"])


def _column(column: Column) -> str:
    name = f"`{column.name}`" + ("" if column.optional else " *")
    refers = f"`{column.refers}`" if column.refers else ""
    cells = (name, column.label, column.type.says("zh"), column.unit, refers, "、".join(column.aliases), column.note)
    return "| " + " | ".join(cells) + " |"


def _used() -> set[str]:
    return {column.type.codes for t in TABLES.values() for column in t.columns if isinstance(column.type, Code)}


def _codes(name: str, params: Params) -> str:
    known = params.codes(name)
    aliases = "、".join(f"{old}→{code}" for old, code in known.aliases.items())
    return f"**{name}**：{'、'.join(known.values)}" + (f"（也认：{aliases}）" if aliases else "")
