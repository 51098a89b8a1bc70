"""Twelve hospitals, doctors and nurses in, outpatients and inpatients out: Cooper, Seiford and Tone."""

from pathlib import Path

import pandas as pd
import pytest

import bzmodel as bz

HOSPITALS = pd.read_csv(Path(__file__).parents[2] / "data/cases/dea-hospitals12/hospitals12.csv")
CCR = [1, 1, 0.8827, 1, 0.7635, 0.8348, 0.9020, 0.7963, 0.9604, 0.8706, 0.9551, 0.9582]
BCC = [1, 1, 0.8958, 1, 0.8818, 0.9389, 1, 0.7988, 0.9893, 1, 1, 1]


def scores(returns):
    asked = {"unit": "hospital", "inputs": ["doctors", "nurses"], "outputs": ["outpatients", "inpatients"]}
    return bz.frontier(HOSPITALS, **asked, returns=returns).table


@pytest.mark.parametrize(("returns", "published"), [("crs", CCR), ("vrs", BCC)])
def test_the_published_scores(returns, published):
    assert scores(returns)["score"].round(4).tolist() == published


def test_the_scores_as_they_were_recomputed():
    assert scores("crs")["score"].tolist() == pytest.approx(HOSPITALS["ccr_in_recomputed"].tolist(), abs=1e-12)


def test_scale_is_one_over_the_other():
    assert scores("vrs")["scale"].round(4).tolist() == pytest.approx(
        [round(ccr / bcc, 4) for ccr, bcc in zip(CCR, BCC, strict=True)], abs=2e-4
    )
