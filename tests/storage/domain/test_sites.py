"""A site that fails for reasons of its own rests, is probed by one, and is trusted again when it answers."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.domain.sites import (
    DOWN_AFTER,
    LONGEST_PAUSE_S,
    OPENS_AFTER,
    Condition,
    Said,
    Sign,
    after,
    name_of,
    read_budgets,
    sign_of,
)
from storage.domain.vocab import Outcome

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def said(sign: Sign, minute: float = 0, item: str = "a", asked_s: float = 0.0, began: float | None = None) -> Said:
    at = NOON + timedelta(minutes=minute)
    began_at = at if began is None else NOON + timedelta(minutes=began)
    return Said(sign, item, began_at, at, asked_s)


def away(times: int, start: Condition | None = None) -> Condition:
    condition = start or Condition()
    for number in range(times):
        condition = after(condition, said(Sign.AWAY, number, item=f"item {number % 2}"))
    return condition


def test_one_item_that_cannot_be_reached_says_nothing_of_its_site() -> None:
    condition = Condition()
    for number in range(20):
        condition = after(condition, said(Sign.AWAY, number, item="the only one"))
    assert not condition.is_degraded


def test_enough_failures_of_two_items_open_the_breaker_and_it_says_since_when() -> None:
    assert not away(OPENS_AFTER - 1).is_degraded
    opened = away(OPENS_AFTER)
    assert opened.is_degraded
    assert (opened.since, opened.cause) == (NOON, Sign.AWAY)
    assert opened.until is not None
    assert opened.until > NOON + timedelta(minutes=OPENS_AFTER - 1)


def test_a_site_that_asks_for_rest_gets_it_at_once_and_for_as_long_as_it_asks() -> None:
    opened = after(Condition(), said(Sign.THROTTLED, asked_s=600))
    assert opened.until == NOON + timedelta(seconds=600)


def test_each_probe_that_fails_doubles_the_rest_up_to_an_hour() -> None:
    condition, minute, rests = Condition(), 0.0, []
    for _ in range(12):
        condition = after(condition, said(Sign.THROTTLED, minute))
        assert condition.until is not None
        rests.append((condition.until - NOON).total_seconds() - minute * 60)
        minute = (condition.until - NOON).total_seconds() / 60
    assert rests[:4] == [30, 60, 120, 240]
    assert rests[-1] == LONGEST_PAUSE_S
    assert condition.since == NOON


def test_a_probe_that_is_answered_closes_the_breaker() -> None:
    well = after(away(OPENS_AFTER), said(Sign.WELL, 60))
    assert not well.is_degraded
    assert (well.failures, well.since, well.until) == (0, None, None)
    assert not away(OPENS_AFTER - 1, well).is_degraded


def test_what_began_before_the_breaker_opened_neither_closes_nor_lengthens_it() -> None:
    opened = away(OPENS_AFTER)
    assert after(opened, said(Sign.WELL, 60, began=0)) == opened
    assert after(opened, said(Sign.AWAY, 60, began=0)) == opened
    asked = after(opened, said(Sign.THROTTLED, 60, began=0, asked_s=900))
    assert asked.until == NOON + timedelta(minutes=75)
    assert asked.trips == opened.trips


def test_a_wall_that_always_stood_opens_nothing_and_a_sudden_one_does() -> None:
    always = Condition()
    for number in range(10):
        always = after(always, said(Sign.WALLED, number, item=f"item {number}"))
    assert not always.is_degraded
    sudden = after(Condition(), said(Sign.WELL))
    for number in range(OPENS_AFTER):
        sudden = after(sudden, said(Sign.WALLED, number, item=f"item {number}"))
    assert sudden.is_degraded
    assert sudden.cause is Sign.WALLED


def test_failures_between_which_it_answers_do_not_add_up() -> None:
    condition = Condition()
    for number in range(40):
        condition = after(condition, said(Sign.AWAY if number % 2 else Sign.WELL, number, item=f"item {number}"))
    assert not condition.is_degraded


def test_our_own_faults_say_nothing_of_a_site() -> None:
    opened = away(OPENS_AFTER)
    assert after(opened, said(Sign.MUTE, 90)) == opened
    assert {outcome for outcome in Outcome if sign_of(outcome) is Sign.MUTE} == {
        Outcome.TOOL_FAILED,
        Outcome.BLOCKED_ADDRESS,
    }


def test_a_site_that_was_away_for_a_day_is_down() -> None:
    opened = away(OPENS_AFTER)
    assert not opened.is_down(NOON + DOWN_AFTER - timedelta(seconds=1))
    assert opened.is_down(NOON + DOWN_AFTER)


@pytest.mark.parametrize("wrong", ["x.com", "x.com=", "=3", "x.com=0", "x.com=-1", "x.com=many"])
def test_a_budget_that_cannot_be_read_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no budget"):
        read_budgets(wrong)


def test_budgets_and_names_are_read_by_host() -> None:
    assert read_budgets(" WWW.youtube.com=300, *=60,") == {"www.youtube.com": 300, "*": 60}
    assert [name_of("www.youtube.com"), name_of("www.example.org")] == ["YouTube", "example.org"]
