"""Guessing soon costs more than it brings; owners who come from elsewhere are hardly kept waiting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.domain.throttle import NONE, Failures, wait_s


@pytest.mark.parametrize(
    ("count", "waits"), [(0, 0), (4, 0), (5, 1), (6, 2), (10, 32), (14, 512), (15, 900), (9999, 900)]
)
def test_the_pause_doubles_up_to_a_quarter_of_an_hour(count: int, waits: float) -> None:
    assert wait_s(Failures(count, 0), Failures(1, 0)) == waits
    assert wait_s(NONE, Failures(count + 15, 0)) == waits


def test_waiting_counts() -> None:
    assert wait_s(Failures(10, 30.5), Failures(1, 30.5)) == 1.5
    assert wait_s(Failures(10, 33), Failures(1, 33)) == 0


@given(st.integers(0, 10**9))
def test_whoever_comes_from_an_address_that_has_not_failed_waits_two_seconds_at_most(count: int) -> None:
    assert wait_s(Failures(count, 0), NONE) <= 2


def test_a_day_of_guessing_from_one_address_is_a_hundred_guesses_and_a_few() -> None:
    now, guesses, last = 0.0, 0, 0.0
    while now < 86_400:
        waits = wait_s(Failures(guesses, now - last), Failures(guesses, now - last))
        now += max(waits, 0.1)
        if waits == 0:
            guesses, last = guesses + 1, now
    assert guesses < 120
