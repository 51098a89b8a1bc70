"""Every message that is used stands in the catalogue, and the other way round."""

import ast
import re
import string
from pathlib import Path

from bzmodel.schema.messages import SEVERITIES, catalogue

PROJECT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"[A-Z]{2,3}-[A-Z]+[0-9]*|[A-Z]{2,3}-[A-Z]?[0-9]+")


def used():
    """Texts in the code that are wholly a message code."""
    for path in sorted((PROJECT / "bzmodel").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                yield node.value


PREFIXES = {code.partition("-")[0] for code in catalogue()}


def test_every_code_used_is_in_the_catalogue():
    unknown = {code for code in used() if code.partition("-")[0] in PREFIXES} - set(catalogue())
    assert not unknown


def test_every_message_is_used():
    assert not set(catalogue()) - set(used())


def test_every_message_is_whole_and_says_the_same_in_both_languages():
    bound = {}
    for code, entry in catalogue().items():
        assert entry.keys() == {"severity", "zh", "en", "mend_zh", "mend_en"}, code
        assert entry["severity"] in SEVERITIES, code
        for text in ("zh", "en", "mend_zh", "mend_en"):
            assert entry[text].strip(), code
        names = {
            text: {n.removesuffix(f"_{text[-2:]}") for _, n, _, _ in string.Formatter().parse(entry[text]) if n}
            for text in ("zh", "en")
        }
        bound[code] = names
    assert not {code for code, names in bound.items() if names["zh"] != names["en"]}
