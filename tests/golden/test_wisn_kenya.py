"""WISN Kenya: Burmen, Owuor, Mitei, Human Resources for Health 2017 15:9, table 3 (17.46; 18.49 with the allowance)."""

import pandas as pd
import pytest

from bzmodel.models.need.wisn import wisn
from bzmodel.models.need.working_time import CalendarYear


def test_the_published_need():
    calendar = [
        CalendarYear.model_validate(
            {
                "from": 2011,
                "possible_days": 234,
                "annual_leave": 30,
                "sick_leave": 15,
                "public_holidays": 10,
                "hours_per_day": 8,
            }
        )
    ]
    activities = pd.DataFrame({"activity_id": ["visit"], "hours_per_case": [0.25]})
    workload = pd.DataFrame({"unit_id": ["clinic"], "year": [2011], "activity_id": ["visit"], "volume": [100_000]})
    allowances = pd.DataFrame({"allowance_id": ["cas"], "form": ["category"], "amount": [10], "measure": ["day/year"]})
    need = wisn(activities, workload, allowances, calendar).table.iloc[0]
    assert need["base_fte"] == pytest.approx(17.46, abs=0.005)
    assert need["need_fte"] == pytest.approx(18.49, abs=0.005)
    assert need["category_factor"] == pytest.approx(1.0592, abs=5e-5)
