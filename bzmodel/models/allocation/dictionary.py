"""The page of rules, written from RULES alone: every kind with its keys, their forms, its meaning and an example."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from bzmodel.models.allocation.keys import Key, Word
from bzmodel.models.allocation.reading import FORMS, Programme, read_rules
from bzmodel.models.allocation.rules import RULES, Rule
from bzmodel.schema.results import BadInput, Finding

_SHARED = (
    ("id *", Word.form["zh"], "规则编号，不得重复；说明、证书、冲突中都用它"),
    ("kind *", "下列种类之一", "规则的种类"),
    ("source *", Word.form["zh"], "依据文件的文号"),
    ("relaxable", FORMS["relaxable"]["zh"], "没有方案时，放宽办法中可否放宽它；默认 false；方案从不自行放宽"),
    ("where", FORMS["where"]["zh"], "只涉及这些行：各列同时满足，一列可列多个值；不写即全部行"),
)


def rules_page(rules: Mapping[str, type[Rule]] | None = None) -> str:
    """Every kind of rule in Chinese Markdown."""
    lines = [
        "# 分配规则",
        "",
        "本页由 `bzmodel/models/allocation/rules.py` 的声明生成，请勿手改；",
        "重写用 `python -m bzmodel.commands.dictionary`。",
        "",
        "规则写在城市文件夹的 `rules/<年>.toml` 中，一条一节 `[[rule]]`。一行是一个单位的一种编制（unit_id、kind）。",
        "带 * 的键必填；不认识的键不予接受。单位表有多种编制时，每条规则须在 where 中写明一种 kind。",
        "",
        "## 各种规则共有的键",
        "",
        *_table(_SHARED),
    ]
    for kind, made in (RULES if rules is None else rules).items():
        lines += _kind(kind, made)
    return "\n".join(lines)


def _kind(kind: str, made: type[Rule]) -> Iterator[str]:
    yield from (f"## {kind}", "", made.meaning, "")
    if made.keys:
        yield from _table((_marked(name, key), key.form["zh"], key.note) for name, key in made.keys.items())
    for names, said in ((made.one_of, "必须且只能写一个"), (made.any_of, "至少写一个")):
        if names:
            yield from ("、".join(f"`{name}`" for name in names) + f"：{said}。", "")
    yield from ("```toml", example_text(made), "```", "", f"读作：{example(made).sentence('zh')}。", "")


def _marked(name: str, key: Key) -> str:
    return f"{name} *" if key.required else name


def _table(lines: Any) -> Iterator[str]:
    yield from ("| 键 | 写法 | 说明 |", "|---|---|---|")
    yield from (f"| {name} | `{form}` | {note} |" if "{" in form else f"| {name} | {form} | {note} |"
                for name, form, note in lines)  # fmt: skip
    yield ""


def example_text(made: type[Rule]) -> str:
    """The example of a kind as a whole entry of a rules file."""
    head = f'[[rule]]\nid = "R01"\nkind = "{made.kind}"\nsource = "某编委〔2021〕1号"'
    return "\n".join([head, *filter(None, [made.example])])


def example(made: type[Rule]) -> Rule:
    """The example of a kind as it is read. Raises BadInput where it would be refused."""
    entries = tomllib.loads(example_text(made), parse_float=Decimal)["rule"]
    findings: list[Finding] = []
    programme = read_rules({"objective": {"kind": "hill"}, "rule": entries}, findings)
    if findings or not isinstance(programme, Programme):
        raise BadInput(*findings)
    return programme.rules[0]
