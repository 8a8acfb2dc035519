"""A source is gone when it says so, never when it is silent; and the time of its going is an interval."""

from datetime import UTC, datetime, timedelta

from storage.domain.liveness import GONE, Liveness, Seen, gone, liveness_of, pause
from storage.domain.vocab import Outcome

SAVED = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at(hours: float, liveness: Liveness) -> Seen:
    return Seen(liveness, SAVED + timedelta(hours=hours))


def test_a_site_that_is_merely_down_is_never_gone() -> None:
    for outcome in (Outcome.UNREACHABLE, Outcome.RATE_LIMITED, Outcome.TOOL_FAILED, Outcome.NOT_MEDIA):
        assert liveness_of(outcome) is Liveness.UNCLEAR
    assert gone(SAVED, [at(1, Liveness.UNCLEAR), at(2, Liveness.WALLED), at(3, Liveness.GEO_BLOCKED)]) is None
    assert {liveness_of(outcome) for outcome in Outcome} >= GONE


def test_it_went_between_the_last_look_that_found_it_and_the_first_that_did_not() -> None:
    found = gone(
        SAVED, [at(1, Liveness.LIVE), at(3, Liveness.UNCLEAR), at(6, Liveness.REMOVED), at(9, Liveness.REMOVED)]
    )
    assert found is not None
    assert (found.live_at, found.seen_at) == (SAVED + timedelta(hours=1), SAVED + timedelta(hours=6))
    assert (found.liveness, found.looks) == (Liveness.REMOVED, 2)


def test_what_came_back_is_not_gone() -> None:
    assert gone(SAVED, [at(1, Liveness.REMOVED), at(3, Liveness.LIVE)]) is None


def test_looks_become_rarer_from_hours_to_weeks() -> None:
    pauses = [pause(number) for number in range(20)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(hours=1), timedelta(weeks=4))
