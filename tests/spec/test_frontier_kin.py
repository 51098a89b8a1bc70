"""Free disposal hull, influence, mergers, the stochastic frontier, Malmquist: the kin of `bz.frontier`, in Python."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize, stats

import bzmodel as bz
from bzmodel.schema.results import BadInput

ASKED = {"unit": "unit", "inputs": ["staff"], "outputs": ["visits"]}


def table(**columns) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"unit": list("ABCDEFGH"[:count])} | columns)


class TestFreeDisposalHull:
    def test_no_unit_is_made_up_of_two(self):
        data = table(staff=[2, 10, 8], visits=[10, 50, 30])
        assert bz.fdh(data, **ASKED).table["score"].tolist() == [1, 1, 1]
        assert bz.frontier(data, **ASKED).table["score"].tolist() == [1, 1, 0.75]

    def test_the_peer_does_at_least_as_much_with_least(self):
        found = bz.fdh(table(staff=[2, 4, 8, 3], visits=[10, 10, 9, 10]), **ASKED).table
        assert found["score"].tolist() == [1, 0.5, 0.25, 2 / 3]
        assert found["peer"].tolist() == ["A", "A", "A", "A"]

    def test_a_blank_has_no_score(self):
        result = bz.fdh(table(staff=[2, 4], visits=[10, None]), **ASKED)
        assert result.table["score"].isna().tolist() == [False, True]
        assert "FR-W1" in {one.code for one in result.findings}

    def test_it_lies_above_the_scores_of_the_frontier(self):
        draw = np.random.default_rng(4)
        data = pd.DataFrame(draw.integers(1, 20, (40, 4)), columns=["a", "b", "c", "d"])
        asked = {"unit": "unit", "inputs": ["a", "b"], "outputs": ["c", "d"]}
        data["unit"] = [f"U{at}" for at in range(40)]
        assert (bz.fdh(data, **asked).table["score"] >= bz.frontier(data, **asked).table["score"] - 1e-9).all()


class TestInfluence:
    def test_what_the_scores_would_be_without_a_peer(self):
        data = table(staff=[2, 4, 4, 9], visits=[10, 10, 9, 12])
        found = bz.frontier_influence(data, **ASKED, returns="crs").table
        assert found["unit_id"].tolist() == ["A"]
        line = found.iloc[0]
        # without A the best is B (2.5 visits a person): B 1, C .9, D 12/9/2.5
        changes = [1 - 0.5, 0.9 - 0.45, 12 / 9 / 2.5 - 12 / 9 / 5]
        assert (line["dependents"], line["most_changed"]) == (3, "B")
        assert line["mean_change"] == pytest.approx(sum(changes) / 3)
        assert line["greatest_change"] == pytest.approx(0.5)

    def test_it_is_the_frontier_without_the_unit(self):
        draw = np.random.default_rng(7)
        data = pd.DataFrame(draw.lognormal(0, 0.5, (30, 3)), columns=["staff", "visits", "loans"])
        data["unit"] = [f"U{at:02}" for at in range(30)]
        asked = {"unit": "unit", "inputs": ["staff"], "outputs": ["visits", "loans"]}
        whole = bz.frontier(data, **asked).table.set_index("unit_id")["score"]
        for line in bz.frontier_influence(data, **asked).table.itertuples():
            rest = bz.frontier(data[data["unit"] != line.unit_id], **asked).table.set_index("unit_id")["score"]
            change = rest - whole[rest.index]
            assert change.max() == pytest.approx(line.greatest_change, abs=1e-9)
            assert change[line.most_changed] == pytest.approx(line.greatest_change, abs=1e-9)


class TestMergers:
    def test_under_constant_returns_size_saves_nothing(self):
        data = table(staff=[2, 4, 8], visits=[10, 10, 30])
        line = bz.merger_gains(data, {"B+C": ["B", "C"]}, **ASKED, returns="crs").table.iloc[0]
        assert line["potential"] == pytest.approx(40 / 5 / 12)  # 8 staff would do the 40 visits of 12
        assert (line["adjusted"], line["harmony"], line["size"]) == pytest.approx((1, 1, 1))
        assert line["learning"] == pytest.approx(line["potential"])

    def test_two_small_ones_save_by_size(self):
        data = table(staff=[4, 4, 5, 20], visits=[10, 10, 20, 60])
        line = bz.merger_gains(data, {"A+B": ["A", "B"]}, **ASKED).table.iloc[0]
        assert line["potential"] == pytest.approx(5 / 8)  # C does their 20 visits with 5
        assert line["learning"] * line["harmony"] * line["size"] == pytest.approx(line["potential"])
        assert (line["learning"], line["harmony"], line["size"]) == pytest.approx((1, 1, 5 / 8))

    def test_what_no_units_do_is_blank_and_said(self):
        result = bz.merger_gains(table(staff=[4, 5], visits=[10, 20]), {"both": ["A", "B"]}, **ASKED)
        assert math.isnan(result.table.iloc[0]["potential"])
        assert ("FR-W7", "both") in {(one.code, one.value) for one in result.findings}

    @pytest.mark.parametrize("those", [["A"], ["A", "A"], ["A", "Z"], ["A", "C"]])
    def test_refused(self, those):
        with pytest.raises(BadInput) as refused:
            bz.merger_gains(table(staff=[4, 5, 6], visits=[10, 20, None]), {"both": those}, **ASKED)
        assert [one.code for one in refused.value.findings] == ["FR-E8"]


class TestMalmquist:
    PANEL = pd.DataFrame(
        {
            "unit": ["A", "B", "C", "A", "B", "D"],
            "year": [2020, 2020, 2020, 2021, 2021, 2021],
            "staff": [2, 4, 4, 2, 4, 9],
            "visits": [10, 10, 18, 12, 18, 12],
        }
    )

    def test_with_one_input_and_one_output_it_is_productivity_itself(self):
        found = bz.malmquist(self.PANEL, year="year", **ASKED).table.set_index("unit_id")
        assert found.index.tolist() == ["A", "B"]  # those in both years
        assert (found["year_from"].tolist(), found["year"].tolist()) == ([2020] * 2, [2021] * 2)
        assert found["malmquist"].tolist() == pytest.approx([12 / 10, 18 / 10])
        assert found["technical_change"].tolist() == pytest.approx([1.2, 1.2])  # the best: 5, then 6 visits a person
        assert found["efficiency_change"].tolist() == pytest.approx([1, 1.8 / 1.2])

    def test_the_index_is_its_two_parts(self):
        draw = np.random.default_rng(2)
        data = pd.DataFrame(draw.lognormal(0, 0.5, (60, 4)), columns=["a", "b", "c", "d"])
        data = data.assign(unit=[f"U{at // 3}" for at in range(60)], year=[2019 + at % 3 for at in range(60)])
        found = bz.malmquist(data, unit="unit", year="year", inputs=["a", "b"], outputs=["c", "d"]).table
        assert len(found) == 40 and found.notna().all().all()
        parts = found["efficiency_change"] * found["technical_change"]
        assert parts.tolist() == pytest.approx(found["malmquist"].tolist())

    def test_what_the_other_year_cannot_do_is_blank_and_said(self):
        data = self.PANEL.assign(loans=[0, 0, 0, 1, 0, 0])
        result = bz.malmquist(data, unit="unit", year="year", inputs=["staff"], outputs=["visits", "loans"])
        assert result.table.set_index("unit_id")["malmquist"].isna().to_dict() == {"A": True, "B": False}
        told = [one for one in result.findings if one.code == "FR-W10"]
        assert [(one.value, one.about["before"], one.about["after"]) for one in told] == [("A", 2020, 2021)]

    def test_a_unit_twice_in_a_year_is_named_by_its_rows(self):
        with pytest.raises(BadInput) as refused:
            bz.malmquist(pd.concat([self.PANEL, self.PANEL.tail(1)]), year="year", **ASKED)
        found = refused.value.findings[0]
        assert (found.code, found.about["first"], found.about["second"]) == ("FR-E3", 7, 8)


def simulated(seed: int, units: int = 400, *, over: float = 0.5, chance: float = 0.2) -> pd.DataFrame:
    """ln staff = 1 + .6 ln visits + .3 ln loans + v + u."""
    draw = np.random.default_rng(seed)
    visits, loans = draw.lognormal(5, 1, units), draw.lognormal(3, 1, units)
    noise = chance * draw.standard_normal(units) + over * np.abs(draw.standard_normal(units))
    staff = np.exp(1 + 0.6 * np.log(visits) + 0.3 * np.log(loans) + noise)
    names = [f"U{at:03}" for at in range(units)]
    return pd.DataFrame({"unit": names, "staff": staff, "visits": visits, "loans": loans})


def fitted(data: pd.DataFrame):
    return bz.stochastic_frontier(data, unit="unit", staff="staff", drivers=["visits", "loans"])


def integrated(data: pd.DataFrame, at: np.ndarray) -> float:
    """The log-likelihood with u integrated out numerically: knows nothing of the closed form."""
    error = np.log(data["staff"]) - at[0] - at[1] * np.log(data["visits"]) - at[2] * np.log(data["loans"])
    u = np.linspace(0, 8 * at[3], 801)
    density = stats.norm.pdf(error.to_numpy()[:, None] - u, scale=at[4]) * 2 * stats.norm.pdf(u, scale=at[3])
    return float(np.log(integrate.simpson(density, x=u, axis=1)).sum())


class TestStochasticFrontier:
    def test_an_independent_fit_finds_the_same(self):
        data = simulated(1)
        found = fitted(data)
        own = found.tables["coefficients"]["estimate"].to_numpy()
        assert found.diagnostics["log_likelihood"] == pytest.approx(integrated(data, own), abs=1e-6)
        other = optimize.minimize(
            lambda at: -integrated(data, np.r_[at[:3], np.exp(at[3:])]),
            np.r_[0.8, 0.55, 0.35, np.log([0.3, 0.3])],
            method="BFGS",
        )
        assert np.r_[other.x[:3], np.exp(other.x[3:])] == pytest.approx(own, abs=2e-4)

    def test_the_truth_lies_within_its_errors(self):
        """z scores of 40 draws: about standard normal, two of three within one error, nearly all within three."""
        truth = np.array([1, 0.6, 0.3, 0.5, 0.2])
        lines = [fitted(simulated(seed, 2000)).tables["coefficients"] for seed in range(40)]
        z = np.array([(line["estimate"] - truth) / line["std_error"] for line in lines])
        assert (np.abs(z) < 3).mean() > 0.98 and 0.58 < (np.abs(z) < 1).mean() < 0.78

    def test_efficiencies_follow_what_was_used_beyond_need(self):
        data = simulated(3, chance=0.05)
        found = fitted(data).tables["efficiencies"]["efficiency"]
        beyond = np.log(data["staff"]) - 1 - 0.6 * np.log(data["visits"]) - 0.3 * np.log(data["loans"])
        assert found.between(0, 1).all() and np.corrcoef(found, np.exp(-beyond))[0, 1] > 0.97

    def test_the_test_says_whether_there_is_any(self):
        assert fitted(simulated(1)).diagnostics["p_value"] < 1e-4
        p_values = np.array([fitted(simulated(seed, over=0)).diagnostics["p_value"] for seed in range(60)])
        assert (p_values < 0.05).mean() < 0.13 and (p_values == 1).mean() > 0.3

    def test_residuals_that_lean_the_other_way_are_said(self):
        found = next(
            one for one in map(fitted, map(lambda s: simulated(s, over=0), range(9))) if one.diagnostics["lr"] == 0
        )
        assert "FR-W8" in {one.code for one in found.findings}
        assert found.diagnostics["sigma_u"] == 0 and set(found.tables["efficiencies"]["efficiency"]) == {1}

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (simulated(1, 20).assign(loans=0), "FR-E9"),
            (simulated(1, 5), "IN-J1"),
            (simulated(1, 20).assign(loans=7), "IN-J2"),
            (simulated(1, 20).assign(staff="many"), "IN-E4"),
        ],
    )
    def test_refused(self, data, code):
        with pytest.raises(BadInput) as refused:
            fitted(data)
        assert code in {one.code for one in refused.value.findings}
