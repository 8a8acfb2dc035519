"""Sessions of sites go in, are sealed, and never come out; who entered and ended them stands in the ledger."""

import pytest
from sqlalchemy import text

from storage.db import site_sessions
from storage.db.session import transaction
from storage.domain import jar
from storage.settings import Settings
from tests.api.house import API, House

SECRET = "a-very-secret-value"
COOKIES = f".youtube.com\tTRUE\t/\tTRUE\t1999999999\tSID\t{SECRET}\n"


@pytest.fixture
def kept(house: House) -> House:
    answer = house.visitor("operator").put(f"{API}/site-sessions/youtube.com", json={"cookies": COOKIES})
    assert answer.status_code == 204, answer.text
    return house


def shown(house: House) -> dict[str, object]:
    told = house.visitor("operator").get(f"{API}/site-sessions").json()["sessions"]
    return next(one for one in told if one["site"] == "www.youtube.com")


def test_a_session_is_kept_sealed_under_the_host_that_is_captured(kept: House, api_settings: Settings) -> None:
    told = shown(kept)
    assert (told["name"], told["state"], told["cookies"]) == ("YouTube", "untried", 1)
    assert SECRET not in str(told)
    with transaction(kept.engine) as session:
        row = site_sessions.one(session, "www.youtube.com")
        assert row is not None
        assert SECRET.encode() not in row.sealed
        opened = api_settings.strongbox.open(row.sealed, row.site).decode()
        assert jar.read(opened, row.site).secrets == (SECRET,)


def test_the_whole_database_holds_the_secret_nowhere(kept: House) -> None:
    with transaction(kept.engine) as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        for table in tables:
            found = session.scalar(
                text(f"SELECT count(*) FROM {table} row WHERE row::text LIKE :secret"), {"secret": f"%{SECRET}%"}
            )
            assert not found, table


def test_a_session_refused_three_times_is_lent_no_more_until_it_is_entered_anew(kept: House) -> None:
    with transaction(kept.engine) as session:
        row = site_sessions.one(session, "www.youtube.com")
        assert row is not None
        for _ in range(site_sessions.GIVEN_UP_AFTER):
            assert site_sessions.lendable(session, row.site)
            site_sessions.failed(session, row.site, row.revision, "login_required", refused=True)
        assert site_sessions.lendable(session, row.site) is None
    assert shown(kept)["state"] == "refused"
    kept.visitor("operator").put(f"{API}/site-sessions/m.youtube.com", json={"cookies": COOKIES})
    assert shown(kept)["state"] == "untried"


def test_a_session_that_was_replaced_meanwhile_is_not_written_over(kept: House) -> None:
    with transaction(kept.engine) as session:
        row = site_sessions.one(session, "www.youtube.com")
        assert row is not None
        before, revision = row.sealed, row.revision
        site_sessions.worked(session, row.site, revision - 1, b"older", cookies=1, expires_at=None)
        again = site_sessions.one(session, row.site)
        assert again is not None
        assert again.sealed == before


def test_a_refusal_quotes_nothing_of_what_was_sent(house: House) -> None:
    for wrong in (SECRET, f".example.net\tTRUE\t/\tTRUE\t0\tSID\t{SECRET}", SECRET * 20_000):
        answer = house.visitor("operator").put(f"{API}/site-sessions/youtube.com", json={"cookies": wrong})
        assert answer.status_code in (413, 422)
        assert SECRET not in answer.text


def test_a_session_that_ended_is_gone_and_ending_it_twice_says_so(kept: House) -> None:
    operator = kept.visitor("operator")
    assert operator.delete(f"{API}/site-sessions/www.youtube.com").status_code == 204
    assert operator.delete(f"{API}/site-sessions/www.youtube.com").status_code == 404


def test_telegram_takes_no_cookies_and_says_how_to_sign_in(house: House) -> None:
    answer = house.visitor("operator").put(f"{API}/site-sessions/t.me", json={"cookies": COOKIES})
    assert answer.status_code == 422, answer.text
    assert "svidok telegram login" in answer.text
    assert SECRET not in answer.text
