"""The door itself: what fails looks the same for everybody, costs the same, and soon costs time."""

import statistics
import time
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import func, select, text

from api.main import create_app
from storage.db import logins
from storage.db.positions import LoginFailure
from storage.db.session import transaction
from storage.settings import Settings
from tests.api.browsing import PASSWORD, Browser, opened, person
from tests.api.house import API, House, served

WRONG = "another sentence of words"


@pytest.fixture(autouse=True)
def _forgiven(house: House) -> None:
    _sql(house, "DELETE FROM login_failure")


@pytest.fixture
def browser(house: House) -> Browser:
    return opened(house)


def _sql(house: House, statement: str) -> None:
    with transaction(house.engine) as session:
        session.execute(text(statement))


def _waited(house: House, seconds: int) -> None:
    _sql(house, f"UPDATE login_failure SET last_at = last_at - interval '{seconds} seconds'")


def _held_back(house: House) -> None:
    """Let the pause not run out for a minute, however slow the machine."""
    _waited(house, -60)


def _fail(browser: Browser, email: str, times: int) -> httpx.Response:
    for _ in range(times - 1):
        assert browser.log_in(email, WRONG).status_code == 401
    return browser.log_in(email, WRONG)


@pytest.mark.parametrize(
    "email", ["nobody@example.org", "", "nobody", "a\x00b@example.org", "' OR 1=1 --", "ї@example.org", "a@b" * 80]
)
def test_who_is_unknown_is_told_what_somebody_with_a_wrong_password_is_told(
    house: House, browser: Browser, email: str
) -> None:
    unknown, known = browser.log_in(email, WRONG), browser.log_in(person(house, "lead")["email"], WRONG)
    assert unknown.status_code == known.status_code == 401
    assert unknown.json() == known.json()
    assert unknown.json()["code"] == "wrong_credentials"
    assert "set-cookie" not in known.headers


def test_who_is_unknown_is_told_no_sooner(house: House, browser: Browser) -> None:
    email = person(house, "lead")["email"]

    def took(who: str) -> float:
        _sql(house, "DELETE FROM login_failure")
        began = time.perf_counter()
        assert browser.log_in(who, WRONG).status_code == 401
        return time.perf_counter() - began

    pairs = [(took(email), took("nobody@example.org")) for _ in range(8)]
    known, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert 0.6 < unknown / known < 1.7


@pytest.mark.parametrize(
    "change", [{"password": "x" * 1025}, {"email": "x" * 255}, {"remember": True}, {"password": None}, {"email": 1}]
)
def test_what_is_no_log_in_is_refused_without_repeating_it(
    house: House, browser: Browser, change: dict[str, object]
) -> None:
    answer = browser.client.post(f"{API}/sessions", json={"email": "a@example.org", "password": PASSWORD} | change)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_value")
    assert PASSWORD not in answer.text
    assert "xxxx" not in answer.text


def test_after_a_few_failures_the_right_password_has_to_wait_too_and_then_clears_the_account(
    house: House, browser: Browser
) -> None:
    email = person(house, "lead")["email"]
    assert _fail(browser, email, 5).status_code == 401
    _held_back(house)
    refused = browser.log_in(email)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert refused.headers["retry-after"] == "2"
    _waited(house, 62)
    assert browser.log_in(email).status_code == 201
    assert _fail(browser, email, 5).status_code == 401


def test_what_is_not_heard_does_not_count(house: House, browser: Browser) -> None:
    email = person(house, "lead")["email"]
    _fail(browser, email, 5)
    _held_back(house)
    for _ in range(20):
        assert browser.log_in(email, WRONG).status_code == 429
    with transaction(house.engine) as session:
        assert set(session.scalars(select(LoginFailure.failures))) == {5}


def test_pauses_grow_and_an_hour_forgets_them(house: House, browser: Browser) -> None:
    email = person(house, "lead")["email"]
    _sql(house, "DELETE FROM login_failure")
    _fail(browser, email, 5)
    pauses = []
    for _ in range(4):
        _held_back(house)
        pauses.append(int(browser.log_in(email, WRONG).headers["retry-after"]))
        _waited(house, 60 + pauses[-1])
        assert browser.log_in(email, WRONG).status_code == 401
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 7
    _waited(house, 3601)
    assert _fail(browser, email, 5).status_code == 401
    _waited(house, 3601)
    with transaction(house.engine) as session:
        assert logins.forget_old(session) == 2
        assert session.scalar(select(func.count()).select_from(LoginFailure)) == 0


def test_unknown_accounts_are_slowed_down_like_known_ones(house: House, browser: Browser) -> None:
    assert _fail(browser, "nobody@example.org", 5).status_code == 401
    _held_back(house)
    assert browser.log_in("NOBODY@example.org ", WRONG).status_code == 429


def test_an_address_that_tries_many_accounts_is_slowed_down(house: House, browser: Browser) -> None:
    email = person(house, "lead")["email"]
    for number in range(20):
        assert browser.log_in(f"nobody-{number}@example.org", WRONG).status_code == 401
    _held_back(house)
    assert browser.log_in(email).status_code == 429


def test_neither_address_nor_account_is_kept_in_clear(house: House, browser: Browser) -> None:
    _fail(browser, "nobody@example.org", 1)
    with transaction(house.engine) as session:
        kept = str(session.execute(select(LoginFailure.subject)).all())
    assert "nobody" not in kept
    assert "127.0.0.1" not in kept


@pytest.fixture
def behind_tls(api_settings: Settings) -> Iterator[httpx.Client]:
    settings = api_settings.model_copy(update={"public_url": "https://archive.example"})
    ours = {"Origin": "https://archive.example"}
    app = create_app(settings)
    with served(app) as address, httpx.Client(base_url=address, headers=ours, trust_env=False, timeout=20) as client:
        yield client


def test_somebody_elsewhere_who_guesses_does_not_keep_the_owner_out(house: House, behind_tls: httpx.Client) -> None:
    email = person(house, "lead")["email"]

    def try_from(address: str, password: str) -> httpx.Response:
        told = {"email": email, "password": password}
        return behind_tls.post(f"{API}/sessions", json=told, headers={"X-Forwarded-For": f"10.9.9.9, {address}"})

    for _ in range(5):
        assert try_from("203.0.113.7", WRONG).status_code == 401
    _sql(house, "UPDATE login_failure SET failures = 500 WHERE failures = 5")
    _waited(house, 3)
    assert int(try_from("203.0.113.7", WRONG).headers["retry-after"]) > 800
    assert try_from("198.51.100.4", PASSWORD).status_code == 201


def test_a_whole_ipv6_network_is_one_guesser(house: House, behind_tls: httpx.Client) -> None:
    email = person(house, "lead")["email"]
    for last in range(5):
        told = {"email": email, "password": WRONG}
        near = {"X-Forwarded-For": f"2001:db8:1:2::{last}"}
        assert behind_tls.post(f"{API}/sessions", json=told, headers=near).status_code == 401
    with transaction(house.engine) as session:
        assert sorted(session.scalars(select(LoginFailure.failures))) == [5, 5]


def test_a_visitor_does_not_choose_whom_their_failures_count_for(house: House, behind_tls: httpx.Client) -> None:
    told = {"email": person(house, "lead")["email"], "password": WRONG}
    for made_up in range(5):
        lines = [("X-Forwarded-For", f"203.0.113.{made_up}"), ("X-Forwarded-For", "198.51.100.9")]
        assert behind_tls.post(f"{API}/sessions", json=told, headers=httpx.Headers(lines)).status_code == 401
    with transaction(house.engine) as session:
        assert sorted(session.scalars(select(LoginFailure.failures))) == [5, 5]


@pytest.mark.parametrize("is_known", [True, False])
def test_half_a_letter_fits_nobody(house: House, browser: Browser, is_known: bool) -> None:
    email = person(house, "lead")["email"] if is_known else "nobody@example.org"
    body = f'{{"email": "{email}", "password": "{PASSWORD}\\ud800"}}'
    answer = browser.client.post(f"{API}/sessions", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


def test_failures_outlive_the_server(api_settings: Settings, house: House, browser: Browser) -> None:
    email = person(house, "lead")["email"]
    _fail(browser, email, 5)
    _sql(house, "UPDATE login_failure SET failures = 12")
    with (
        served(create_app(api_settings)) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=20) as client,
    ):
        told = {"email": email, "password": PASSWORD}
        assert client.post(f"{API}/sessions", json=told, headers={"Origin": address}).status_code == 429


def test_log_ins_that_failed_are_in_the_ledger_without_filling_it(house: House, browser: Browser) -> None:
    known = person(house, "lead")
    _sql(house, "DELETE FROM telling")
    with transaction(house.engine) as session:
        before = session.scalar(text("SELECT coalesce(max(seq), 0) FROM event"))
    _fail(browser, known["email"], 3)
    _sql(house, "DELETE FROM telling")
    browser.log_in("nobody-at-all@example.org", WRONG)
    told = text("SELECT body FROM event WHERE type = 'local:log-in failure' AND seq > :before ORDER BY seq")
    with transaction(house.engine) as session:
        [first, *others] = session.scalars(told, {"before": before}).all()
    assert '"count":1' in first
    assert "hmac-sha256:" in first
    assert known["email"] not in "".join([first, *others])
    assert "nobody-at-all" not in "".join(others)
    assert len(others) <= 1
