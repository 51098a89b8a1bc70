"""How a number is printed (tables.md: 余, rates half up, in words) and hidden (office.md 5)."""

from fractions import Fraction

import pytest

from bzmodel.models.figures.printing import band, formed, in_words, more_than, plain, rate


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0, "0"),
        (7, "7"),  # 0余 would say nothing
        (10, "10"),  # the round number itself: not more than it
        (11, "10余"),
        (138, "130余"),
        (140, "140"),
        (999, "990余"),
        (1000, "1000"),
        (1001, "1000余"),
        (1099, "1000余"),  # to a hundred from 1,000 on
        (1100, "1100"),
        (12345, "12300余"),
    ],
)
def test_余_is_strictly_more_than_the_round_number(value, printed):
    assert more_than(value) == printed


@pytest.mark.parametrize(
    ("percent", "printed"),
    [
        (Fraction(225, 100), "2.3%"),  # half up, where binary floats and half-even say 2.2
        (Fraction(235, 100), "2.4%"),
        (Fraction(100, 3), "33.3%"),
        (Fraction(9995, 100), "100.0%"),
        (Fraction(0), "0.0%"),
        (Fraction(-5, 100), "-0.1%"),
        (Fraction(-4, 100), "0.0%"),
    ],
)
def test_rates_have_one_decimal_half_up(percent, printed):
    assert rate(percent) == printed


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "〇"),
        (1, "一"),
        (2, "两"),
        (3, "三"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (102, "一百〇二"),
        (110, "一百一十"),
        (2021, "二千〇二十一"),
    ],
)
def test_numbers_in_words_before_a_measure_word(value, words):
    assert in_words(value) == words


def test_forms_without_the_absolute_number():
    assert formed(386, whole=4202, last_year=400) == {"range": "300至400", "ratio": "9.2%", "index=100": "96.5"}
    assert formed(386, whole=None, last_year=None) == {"range": "300至400"}
    assert band(3) == "10以内"


def test_a_number_that_is_not_whole_has_one_decimal():
    assert (plain(12), plain(12.0), plain(2.25)) == ("12", "12", "2.3")
