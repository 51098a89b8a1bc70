"""A change of definition is found: staff of senior schools breaks in 2011.

Expected: data/cases/china-provinces/README.md, from the notes of the National Bureau of Statistics.
"""

from pathlib import Path

import pandas as pd

from bzmodel.models.need.regression import fit

FILE = Path(__file__).parents[2] / "data/cases/china-provinces/education_senior.csv"


def test_years_check_names_2011() -> None:
    data = pd.read_csv(FILE, encoding="utf-8-sig", dtype={"省份编码": str})
    result = fit(
        data, staff="普通高中教职工数(万人)", drivers=["普通高中在校学生数(万人)"], unit="省份编码", year="年份"
    )
    (years,) = [check for check in result.diagnostics["checks"] if check["name"] == "years"]
    assert years["passed"] is False
    assert years["detail"]["year"] == 2011
