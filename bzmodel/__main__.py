"""The command line: `bzmodel` alone prints help with an example; a user error prints messages, never a traceback."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from bzmodel.commands.options import tell
from bzmodel.schema import messages
from bzmodel.schema.results import BzError, Exit, Finding

#: command -> what it does, Chinese and English; each is a module of bzmodel.commands.
COMMANDS = {
    "run": ("运行各笔记本，发布一年的报告", "run the notebooks and publish a year's reports"),
    "check": ("只读入并核对数据，列出问题", "read and test the data only, list what is wrong"),
    "figures": ("统计数字，可追到每一行", "the counted figures, down to their rows"),
    "explain": ("为什么是这个数：一个单位逐步说明", "why this number: one unit, step by step"),
    "fit": ("任意表上的工作量回归", "workload regression on any table"),
    "wisn": ("任意表上的标准工时测算", "standard time on any tables"),
    "frontier": ("任意表上的前沿分析（DEA）", "data envelopment analysis on any table"),
    "allocate": ("在规则下分配编制，附说明和证明", "allocate posts under rules, explained and proved"),
    "certify": ("只凭文件复核一次分配的证明", "re-prove an allocation from its files, no solver"),
    "example-city": ("重新生成示例市（合成数据）", "make the synthetic example city again"),
}
_EXAMPLE = "bzmodel run --year 2021"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _plain_streams()
    lang = _language(arguments)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_help(lang))
        return Exit.PUBLISHED
    name = arguments[0]
    try:
        command = _command(name)
        parser = _Parser(prog=f"bzmodel {name}", description=COMMANDS[name][_index(lang)], allow_abbrev=False)
        command.add(parser)
        parser.add_argument("--lang", choices=messages.LANGUAGES, help="language of messages (zh)")
        parser.add_argument("--json", action="store_true", help="findings as JSON")
        args = parser.parse_args(arguments[1:])
        args.lang = lang
        return int(command.run(args))
    except BzError as error:
        tell(error.findings, lang, as_json="--json" in arguments)
        return int(error.exit)
    except BrokenPipeError:
        return Exit.PUBLISHED
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM):
            raise
        tell((Finding("CM-DISK", file=error.filename or "", about={"why": error.strerror}),), lang, as_json=False)
        return Exit.DISK
    except KeyboardInterrupt:
        return 130


class _Parser(argparse.ArgumentParser):
    """Faults of the command line are findings like all others."""

    def error(self, message: str) -> NoReturn:
        from bzmodel.schema.results import BadInput

        raise BadInput(Finding("CM-ARGS", about={"why": message, "usage": self.format_usage().strip()}))


def _command(name: str):
    if name not in COMMANDS:
        from difflib import get_close_matches

        from bzmodel.schema.results import BadInput

        near = get_close_matches(name, COMMANDS, 1)
        raise BadInput(Finding("CM-NAME", value=name, about={"near": near[0] if near else "、".join(COMMANDS)}))
    return importlib.import_module(f"bzmodel.commands.{name.replace('-', '_')}")


def _language(arguments: Sequence[str]) -> str:
    wanted = os.environ.get("BZMODEL_LANG", "zh")
    for at, argument in enumerate(arguments):
        if argument == "--lang" and at + 1 < len(arguments):
            wanted = arguments[at + 1]
        elif argument.startswith("--lang="):
            wanted = argument.partition("=")[2]
    return wanted if wanted in messages.LANGUAGES else "zh"


def _index(lang: str) -> int:
    return messages.LANGUAGES.index(lang)


def _help(lang: str) -> str:
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {words[_index(lang)]}" for name, words in COMMANDS.items())
    opening = ("用法：bzmodel 命令 [选项]，例如", "usage: bzmodel COMMAND [options], for example")[_index(lang)]
    more = ("各命令的选项：bzmodel 命令 --help", "options of a command: bzmodel COMMAND --help")[_index(lang)]
    return f"{opening}\n  {_EXAMPLE}\n\n{commands}\n\n{more}"


def _plain_streams() -> None:
    """Chinese on any console: Windows' own encodings would refuse some characters."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
