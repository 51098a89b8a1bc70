"""A sum of rounded numbers is the sum of rounded numbers, however it is found."""

import random
from fractions import Fraction

from bzmodel.models.allocation.evenly import rounded_sum


def test_it_is_what_adding_one_by_one_gives_halves_included():
    draw = random.Random(0)
    for _ in range(3000):
        first = Fraction(draw.randint(-60, 60), draw.choice([1, 2, 3, 4, 7, 10]))
        step = Fraction(draw.randint(-9, 30), draw.choice([1, 2, 3, 4, 8]))
        count = draw.randint(0, 40)
        assert rounded_sum(first, step, count) == sum(round(first + at * step) for at in range(count))


def test_it_takes_no_longer_for_a_billion():
    assert rounded_sum(Fraction(1, 2), Fraction(1), 10**9) == sum(
        (10**9 * (10**9 - 1) // 2, 5 * 10**8)  # 0, 2, 2, 4, 4, …: the halves go to the even ones
    )
