"""Sums of numbers that rise evenly, each made whole first: exact, however many there are."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm


def rounded_sum(first: Fraction, step: Fraction, count: int) -> int:
    """The sum of first, first + step, … (`count` of them), each rounded to the nearest whole number, halves to even.

    Notes: floor(v + 1/2), less one for each half that this takes up to an odd number.
    """
    parts = 2 * lcm(first.denominator, step.denominator)
    rise, start = int(step * parts), int(first * parts) + parts // 2
    return floor_sum(count, parts, rise, start) - _meeting(count, 2 * parts, rise, parts - start)


def floor_sum(count: int, parts: int, rise: int, start: int) -> int:
    """The sum of floor((rise i + start) / parts) for i from 0 to count − 1.

    Notes: whole parts are taken out, then the two axes change places, as in the algorithm of Euclid.
    """
    total = 0
    while count > 0:
        whole, rise = divmod(rise, parts)
        total += whole * (count * (count - 1) // 2)
        whole, start = divmod(start, parts)
        total += whole * count
        count, start = divmod(rise * count + start, parts)
        parts, rise = rise, parts
    return total


def _meeting(count: int, cycle: int, rise: int, goal: int) -> int:
    """How many i from 0 to count − 1 there are with rise i = goal, up to multiples of `cycle`."""
    common = gcd(rise, cycle)
    if goal % common:
        return 0
    cycle, rise, goal = cycle // common, rise // common, goal // common
    least = goal * pow(rise, -1, cycle) % cycle
    return 0 if least >= count else (count - 1 - least) // cycle + 1
