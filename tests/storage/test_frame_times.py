"""Frames and moments of a file told for one another."""

from array import array
from fractions import Fraction

import pytest

from storage.frame_times import shown_at


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(24000, 1001)])
def test_a_frames_own_moment_in_milliseconds_is_that_frame_and_no_other(rate: Fraction) -> None:
    times = array("Q", [round(number / rate * 1_000_000) for number in range(2000)])
    assert [shown_at(times, round(float(number / rate), 3)) for number in range(2000)] == list(range(2000))


def test_without_times_no_frame_is_named() -> None:
    assert shown_at(array("Q"), 1.0) is None
