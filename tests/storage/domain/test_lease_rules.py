"""Leases: one person at a time, ten minutes from the last thing they did."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from storage.domain import lease
from storage.domain.lease import LEASE, Term

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_an_item_nobody_holds_is_anybodys() -> None:
    assert lease.holder_at(None, NOW) is None
    assert lease.may_write(None, "one", NOW)
    assert lease.may_take(None, "one", NOW, takes_over=False)
    assert lease.begins_anew(None, "one", NOW)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(minutes=30)))
def test_others_wait_exactly_until_ten_minutes_after_the_last_use(passed: timedelta) -> None:
    term = Term("one", lease.until(NOW))
    later = NOW + passed
    runs = passed < LEASE
    assert (lease.holder_at(term, later) == "one") is runs
    assert lease.may_write(term, "two", later) is not runs
    assert lease.may_take(term, "two", later, takes_over=False) is not runs
    assert lease.may_take(term, "two", later, takes_over=True)
    assert lease.may_write(term, "one", later)
    assert lease.begins_anew(term, "one", later) is not runs
    assert lease.begins_anew(term, "two", later)
