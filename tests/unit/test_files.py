"""Files of output hold every value as interfaces.md says ("CSV out")."""

import datetime as dt
import io
import json
import zipfile
from decimal import Decimal
from fractions import Fraction

import numpy as np
import openpyxl
import pandas as pd
import pytest

from bzmodel.output.files import csv_bytes, json_bytes, xlsx_bytes
from bzmodel.schema.results import BadInput


def csv_column(*values, dtype=object):
    frame = pd.DataFrame({"a": [0] * len(values), "b": pd.Series(list(values), dtype=dtype)})
    lines = csv_bytes(frame).decode("utf-8-sig").split("\n")[1:-1]
    return [line.removeprefix("0,") for line in lines]


def test_csv_is_utf8_with_bom_and_lf():
    assert csv_bytes(pd.DataFrame({"单位": ["示例"], "n": [1]})) == b"\xef\xbb\xbf" + "单位,n\n示例,1\n".encode()


def test_csv_floats_are_shortest_and_read_back():
    assert csv_column(0.1 + 0.2, 3.0, -0.0, 1e22, 5e-324, dtype="float64") == [
        "0.30000000000000004", "3", "0", "1e+22", "5e-324",
    ]  # fmt: skip


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, pd.NaT, float("inf"), Decimal("NaN"), np.float64("nan")])
def test_csv_missing_is_empty(value):
    assert csv_column(value) == [""]


def test_csv_typed_columns():
    assert csv_column(1, None, dtype="Int64") == ["1", ""]
    assert csv_column(True, False, None, dtype="boolean") == ["true", "false", ""]
    assert csv_column(pd.Timestamp("2021-12-31"), None, dtype="datetime64[s]") == ["2021-12-31", ""]
    assert csv_column("007", None, dtype="str") == ["007", ""]


def test_csv_exact_numbers_are_exact_decimals():
    exact = [Decimal("1.10"), Decimal("1E+3"), Fraction(1, 8), Fraction(-3, 40), Fraction(7), Fraction(1, 3)]
    assert csv_column(*exact) == ["1.1", "1000", "0.125", "-0.075", "7", repr(1 / 3)]
    long = Fraction(1, 2**60)
    assert Fraction(csv_column(long)[0]) == long


def test_csv_formulas_are_escaped_and_numbers_are_not():
    given = ["=1+1", "+86 10", "-x", "@a", "\tx", "-5", "+3.2e1", "a=b"]
    assert csv_column(*given) == ["'=1+1", "'+86 10", "'-x", "'@a", "'\tx", "-5", "+3.2e1", "a=b"]
    assert csv_column("\rx") == ['"\'\rx"']


def test_csv_quotes():
    assert csv_column('a"b', "a,b", "a\nb"[:1]) == ['"a""b"', '"a,b"', "a"]


def test_csv_one_empty_column_keeps_its_rows():
    assert csv_bytes(pd.DataFrame({"a": [None, "x"]})).decode("utf-8-sig") == 'a\n""\nx\n'


def test_csv_without_rows_has_its_header():
    assert csv_bytes(pd.DataFrame({"a": [], "b": []})).decode("utf-8-sig") == "a,b\n"


def test_json_has_null_and_never_nan():
    thing = {"b": float("nan"), "a": [float("inf"), None, np.int64(3), np.bool_(True)], "名": dt.date(2021, 12, 31)}
    text = json_bytes(thing).decode("utf-8")
    back = json.loads(text, parse_constant=pytest.fail)
    assert back == {"b": None, "a": [None, None, 3, True], "名": "2021-12-31"}
    assert list(back) == ["b", "a", "名"] and "名" in text


def test_json_decimals_keep_every_digit():
    text = json_bytes({"x": Decimal("0.12345678901234567890123"), "y": Fraction(1, 4), "e": [], "m": {}}).decode()
    assert json.loads(text, parse_float=Decimal)["x"] == Decimal("0.12345678901234567890123")
    assert json.loads(text) | {"x": 0} == {"x": 0, "y": 0.25, "e": [], "m": {}}


def test_json_is_what_json_would_write_with_indent_1():
    thing = {"a": [1, {"b": "x"}], "c": "“引”\n"}
    assert json_bytes(thing).decode() == json.dumps(thing, ensure_ascii=False, indent=1) + "\n"


def test_json_takes_a_frame_as_rows_and_refuses_objects():
    assert json.loads(json_bytes(pd.DataFrame({"a": [1, 2], "b": ["x", None]}))) == [
        {"a": 1, "b": "x"}, {"a": 2, "b": None},
    ]  # fmt: skip
    with pytest.raises(TypeError):
        json_bytes({"a": object()})


FRAME = pd.DataFrame(
    {
        "unit_id": ["007", "=1+1", "https://x.y"],
        "n": pd.Series([1, None, 3], dtype="Int64"),
        "on": pd.to_datetime(["2021-12-31", None, "2020-02-29"]),
        "ok": pd.Series([True, None, False], dtype="boolean"),
        "x": [Decimal("1.5"), 10**18, None],
    }
)


def test_xlsx_reads_back_and_text_is_never_a_formula():
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes({"单位": FRAME}, {"unit_id": "单位代码"})))
    sheet = book["单位"]
    rows = list(sheet.values)
    assert rows[0] == ("单位代码", "n", "on", "ok", "x")
    assert rows[1] == ("007", 1, dt.datetime(2021, 12, 31), True, 1.5)
    assert rows[2] == ("=1+1", None, None, None, str(10**18))
    assert sheet["A3"].data_type == "s" and sheet["A4"].hyperlink is None
    assert sheet.freeze_panes == "A2"


def test_xlsx_is_reproducible_and_names_no_day_of_making():
    once = xlsx_bytes({"a": FRAME})
    assert once == xlsx_bytes({"a": FRAME})
    core = zipfile.ZipFile(io.BytesIO(once)).read("docProps/core.xml").decode()
    assert core.count("2000-01-01T00:00:00Z") == 2


def test_xlsx_holds_the_same_numbers_as_csv():
    numbers = [0.1 + 0.2, 1 / 3, 2 / 3 * 1e-9, 43.661920222073476, -1e300, 12, 0.0]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes({"a": pd.DataFrame({"n": numbers})})))["a"]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [*numbers[:4], "-1e+300", 12, 0]


def test_xlsx_refuses_what_it_would_leave_out():
    with pytest.raises(BadInput) as refused:
        xlsx_bytes({"long": pd.DataFrame({"a": ["x" * 40000]})})
    assert [(one.code, one.sheet) for one in refused.value.findings] == [("OUT-X1", "long")]
