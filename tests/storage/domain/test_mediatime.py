"""A time inside a video is exact, whichever clock it is told by."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from storage.domain.mediatime import MediaTime

_BASES = st.fractions(min_value=Fraction(1, 10**9), max_value=1000, max_denominator=10**9)
_TICKS = st.integers(-(2**62), 2**62)


@given(_TICKS, _TICKS, _BASES)
def test_what_lies_between_two_times_of_one_clock_is_exact(first: int, second: int, base: Fraction) -> None:
    between = MediaTime(second, base).since(MediaTime(first, base))
    assert between == second * base - first * base
    assert between == MediaTime(second, Fraction(base)).since(MediaTime(first, Fraction(str(base))))


@given(_TICKS, _TICKS, _BASES, _BASES)
def test_what_lies_between_two_times_of_two_clocks_is_exact(
    first: int, second: int, one: Fraction, two: Fraction
) -> None:
    assert MediaTime(second, two).since(MediaTime(first, one)) == second * two - first * one


@given(_TICKS, _BASES)
def test_seconds_are_the_nearest_float(ticks: int, base: Fraction) -> None:
    assert MediaTime(ticks, base).seconds == float(ticks * base)
