"""Being logged in: the cookie opens the doors of its owner, from our own page only, and not for ever."""

import contextlib
import re
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine, func, select, text

from api.browsers import described
from api.main import create_app
from storage.archive import Archive
from storage.db import sessions
from storage.db.positions import WebSession
from storage.db.session import transaction
from storage.db.tables import Event
from storage.domain.permissions import SYSTEM
from storage.errors import InvalidValue
from storage.integrity import secret
from storage.settings import Settings
from tests.api.browsing import PASSWORD, Browser, logged_in, opened, person
from tests.api.house import API, House, served

SAID = {"name": "script", "roles": ["submitter"]}


@pytest.fixture(autouse=True)
def _forgiven(house: House) -> None:
    """All tests come from one address, whose failures would add up."""
    with transaction(house.engine) as session:
        session.execute(text("DELETE FROM login_failure"))


@pytest.fixture
def browser(house: House) -> Browser:
    return logged_in(house, "reviewer")


def _age(house: House, browser: Browser, column: str, interval: str) -> None:
    with transaction(house.engine) as session:
        session.execute(
            text(f"UPDATE web_session SET {column} = {column} - interval '{interval}' WHERE id = :id"),
            {"id": browser.me["session"]},
        )


def test_a_log_in_says_who_has_come_in_and_what_they_may(house: House) -> None:
    who, browser = person(house, "lead"), opened(house)
    answer = browser.log_in(str(who["email"]).upper())
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    me = answer.json()
    assert me == browser.client.get(f"{API}/me").json()
    assert (me["id"], me["kind"], me["email"], me["roles"]) == (who["user"], "user", who["email"], ["lead"])
    assert me["may"] == {
        "submit": True, "review": True, "publish": True, "manage_people": False, "hold": True, "widen": True,
        "read_records": True,
    }  # fmt: skip


def test_the_cookie_is_out_of_reach_of_scripts_and_only_its_digest_is_kept(house: House) -> None:
    browser = opened(house)
    given = browser.log_in(person(house, "lead")["email"]).headers["set-cookie"]
    assert re.fullmatch(
        r"svidok_session=svs_[\w-]{43}; HttpOnly; Max-Age=604800; Path=/; SameSite=lax", given, re.ASCII
    )
    with transaction(house.engine) as session:
        row = session.scalars(select(WebSession).where(WebSession.id == browser.me["session"])).one()
        assert row.secret_sha256 == secret.fingerprint(browser.cookie)
        assert browser.cookie not in repr(row)


def test_a_log_in_never_takes_the_secret_a_browser_brings(house: House) -> None:
    """Session fixation: what somebody else put into the browser opens nothing afterwards."""
    planted = secret.new_session()
    browser = opened(house)
    browser.client.cookies.set("svidok_session", planted, domain="127.0.0.1")
    browser.log_in(person(house, "lead")["email"])
    own = [one.value for one in browser.client.cookies.jar if one.value != planted]
    assert len(own) == 1
    with house.client(None) as stranger:
        assert stranger.get(f"{API}/me", headers={"Cookie": f"svidok_session={planted}"}).status_code == 401


def test_logging_in_again_gives_a_new_secret_and_ends_the_one_before(house: House, browser: Browser) -> None:
    former, token = browser.cookie, browser.me["csrf"]
    browser.log_in(browser.me["email"])
    assert browser.cookie != former
    assert browser.me["csrf"] != token
    with house.client(None) as other:
        assert other.get(f"{API}/me", headers={"Cookie": f"svidok_session={former}"}).status_code == 401


@pytest.mark.parametrize(
    "change",
    [{"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": "é".encode("latin-1")},
     {"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("way", ["/keys", "/uploads", "/submissions"])
def test_a_change_that_our_page_did_not_ask_for_is_refused(
    house: House, browser: Browser, way: str, change: dict[str, str]
) -> None:
    answer = browser.client.post(f"{API}{way}", json=SAID, headers=change)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert browser.is_known()


def test_the_token_of_another_session_is_not_enough(house: House, browser: Browser) -> None:
    other = logged_in(house, "reviewer")
    answer = browser.client.post(f"{API}/keys", json=SAID, headers={"X-CSRF-Token": other.me["csrf"]})
    assert answer.json()["code"] == "csrf"


@pytest.mark.parametrize("left_out", ["Origin", "Sec-Fetch-Site"])
def test_one_of_the_two_headers_of_browsers_is_enough_but_none_is_not(browser: Browser, left_out: str) -> None:
    del browser.client.headers[left_out]
    assert browser.client.post(f"{API}/keys", json=SAID).status_code == 201
    for name in ("Origin", "Sec-Fetch-Site"):
        browser.client.headers.pop(name, None)
    assert browser.client.post(f"{API}/keys", json=SAID).json()["code"] == "csrf"


def test_reading_needs_no_token(browser: Browser) -> None:
    for name in ("X-CSRF-Token", "Origin", "Sec-Fetch-Site"):
        del browser.client.headers[name]
    assert browser.client.get(f"{API}/items").status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_sites_page_logs_nobody_in(house: House, headers: dict[str, str]) -> None:
    browser = opened(house)
    said = {"email": person(house, "lead")["email"], "password": PASSWORD}
    answer = browser.client.post(f"{API}/sessions", json=said, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert "set-cookie" not in answer.headers
    with house.client(None) as script:
        assert script.post(f"{API}/sessions", json=said).json()["code"] == "csrf"


def test_a_key_wins_over_the_cookie_and_a_wrong_key_too(house: House, browser: Browser) -> None:
    key, token = house.key("submitter")
    shown = {"Authorization": f"Bearer {token}"}
    me = browser.client.get(f"{API}/me", headers=shown).json()
    assert (me["id"], me["kind"], me["csrf"], me["session"], me["email"]) == (key, "key", None, None, None)
    # With a key the browser's own rules say nothing.
    said = {"url": house.url()}
    foreign = shown | {"Origin": "https://elsewhere.example", "X-CSRF-Token": ""}
    assert browser.client.post(f"{API}/submissions", json=said, headers=foreign).status_code == 202
    wrong = {"Authorization": "Bearer svk_" + "x" * 43}
    assert browser.client.get(f"{API}/me", headers=wrong).status_code == 401


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [("seen_at", "11 hours 59 minutes", "2 minutes"), ("expires_at", "6 days 23 hours", "2 hours")],
)
def test_a_session_ends_when_it_idles_and_when_it_is_old(
    house: House, browser: Browser, column: str, before: str, after: str
) -> None:
    with transaction(house.engine) as session:
        row = session.get_one(WebSession, browser.me["session"])
        assert (row.expires_at - row.created_at).days in (6, 7)
    _age(house, browser, column, before)
    if column == "expires_at":
        assert browser.is_known()
    _age(house, browser, column, after)
    assert not browser.is_known()
    assert browser.client.get(f"{API}/records").status_code == 200


def test_a_sign_of_life_keeps_a_session_and_an_open_stream_is_none(house: House, browser: Browser) -> None:
    item, *_ = house.submitted()
    _age(house, browser, "seen_at", "11 hours")
    with browser.client.stream("GET", f"{API}/live?item={item}") as stream:
        next(stream.iter_lines())
    _age(house, browser, "seen_at", "30 minutes")
    assert browser.is_known()
    _age(house, browser, "seen_at", "11 hours")
    assert browser.is_known()
    _age(house, browser, "seen_at", "11 hours")
    with browser.client.stream("GET", f"{API}/live?item={item}") as stream:
        next(stream.iter_lines())
    _age(house, browser, "seen_at", "2 hours")
    assert not browser.is_known()


def test_an_open_stream_ends_with_the_session_it_was_opened_in(house: House, browser: Browser) -> None:
    item, *_ = house.submitted()
    with browser.client.stream("GET", f"{API}/live?item={item}", timeout=10) as stream:
        lines = stream.iter_lines()
        next(lines)
        assert browser.client.delete(f"{API}/sessions/current").status_code == 204
        assert not [line for line in lines if line.startswith("event: end")]


def test_who_is_sent_away_is_logged_out_everywhere(house: House, browser: Browser) -> None:
    house.visitor("operator").delete(f"{API}/users/{browser.me['id']}")
    assert not browser.is_known()
    assert browser.log_in(browser.me["email"]).json()["code"] == "wrong_credentials"
    with transaction(house.engine) as session:
        assert sessions.count(session, browser.me["id"]) == 0


def test_one_sees_where_one_is_logged_in_and_ends_it(house: House, browser: Browser) -> None:
    other, stranger = opened(house), logged_in(house, "admin")
    other.client.headers["User-Agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1"
    other.log_in(browser.me["email"])
    listed = browser.client.get(f"{API}/sessions").json()
    assert [(one["browser"], one["current"]) for one in listed["data"]] == [
        ("Safari, iOS", False), ("Firefox, Linux", True),
    ]  # fmt: skip
    assert listed["count"] == {"value": 2, "relation": "exact"}
    first = browser.client.get(f"{API}/sessions?limit=1").json()
    rest = browser.client.get(f"{API}/sessions", params={"limit": 1, "cursor": first["page"]["next"]}).json()
    assert [*first["data"], *rest["data"]] == listed["data"]
    theirs = stranger.me["session"]
    assert browser.client.delete(f"{API}/sessions/{theirs}").status_code == 404
    assert browser.client.delete(f"{API}/sessions/{other.me['session']}").status_code == 204
    assert not other.is_known()
    gone = browser.client.delete(f"{API}/sessions/current")
    assert (gone.status_code, "Max-Age=0" in gone.headers["set-cookie"]) == (204, True)
    assert not browser.is_known()
    assert stranger.is_known()


@pytest.mark.parametrize("role", ["lead", "operator"])
def test_a_key_has_no_log_ins_password_or_preferences(house: House, role: str) -> None:
    client = house.visitor(role)
    assert client.get(f"{API}/sessions").status_code == 403
    assert client.delete(f"{API}/sessions/current").status_code == 403
    assert client.put(f"{API}/me/password", json={"current": PASSWORD, "new": PASSWORD + "!"}).status_code == 403


def test_a_post_is_done_once_with_a_session_as_with_a_key(browser: Browser) -> None:
    headers = {"Idempotency-Key": f"once-{browser.me['session']}"}
    first = browser.client.post(f"{API}/keys", json=SAID, headers=headers)
    again = browser.client.post(f"{API}/keys", json=SAID, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["key"] == first.json()["key"]


def test_a_person_at_a_browser_makes_keys_of_their_own_and_the_ledger_names_them(
    house: House, browser: Browser
) -> None:
    made = browser.client.post(f"{API}/keys", json=SAID).json()
    assert made["owner"] == browser.me["id"]
    assert [one["key"] for one in browser.client.get(f"{API}/keys").json()["data"]] == [made["key"]]
    with transaction(house.engine) as session:
        newest = session.scalars(select(Event.body).order_by(Event.seq.desc()).limit(1)).one()
    assert f'"agent":{{"id":"{browser.me["id"]}","kind":"user"}}' in newest


def test_an_admin_at_a_browser_lets_people_in(house: House) -> None:
    admin = logged_in(house, "admin")
    said = {"email": f"let-in-{admin.me['id']}@example.org", "password": PASSWORD, "roles": ["lead"]}
    assert admin.client.post(f"{API}/users", json=said).status_code == 201
    steward = said | {"email": f"x{said['email']}", "roles": ["steward"]}
    assert admin.client.post(f"{API}/users", json=steward).status_code == 403


def test_log_ins_leave_no_event(house: House, browser: Browser) -> None:
    with transaction(house.engine) as session:
        before = session.scalar(select(func.count()).select_from(Event))
    browser.log_in(browser.me["email"])
    browser.client.delete(f"{API}/sessions/current")
    with transaction(house.engine) as session:
        assert session.scalar(select(func.count()).select_from(Event)) == before


def test_old_sessions_are_swept_and_good_ones_stay(house: House, browser: Browser) -> None:
    idle = logged_in(house, "lead")
    _age(house, idle, "seen_at", "13 hours")
    with transaction(house.engine) as session:
        assert sessions.forget_old(session) >= 1
        assert session.get(WebSession, idle.me["session"]) is None
    assert browser.is_known()


@pytest.fixture
def behind_tls(api_settings: Settings) -> Iterator[str]:
    settings = api_settings.model_copy(update={"public_url": "https://archive.example", "host": "0.0.0.0"})
    with served(create_app(settings)) as address:
        yield address


def test_behind_tls_the_cookie_is_secure_and_only_the_public_origin_is_ours(house: House, behind_tls: str) -> None:
    said = {"email": person(house, "lead")["email"], "password": PASSWORD}
    with httpx.Client(
        base_url=behind_tls, headers={"Origin": "https://archive.example"}, trust_env=False, timeout=20
    ) as client:
        assert client.get(f"{API}/instance").headers["strict-transport-security"] == "max-age=31536000"
        answer = client.post(f"{API}/sessions", json=said)
        given = answer.headers["set-cookie"]
        assert re.fullmatch(
            r"__Host-svidok_session=svs_\S{43}; HttpOnly; Max-Age=\d+; Path=/; SameSite=lax; Secure", given
        )
        cookie = {"Cookie": given.partition(";")[0]}
        me = client.get(f"{API}/me", headers=cookie).json()
        token = cookie | {"X-CSRF-Token": me["csrf"]}
        assert client.post(f"{API}/keys", json=SAID, headers=token).status_code == 201
        near = token | {"Origin": behind_tls}
        assert client.post(f"{API}/keys", json=SAID, headers=near).json()["code"] == "csrf"
        plain = {"Cookie": cookie["Cookie"].removeprefix("__Host-")}
        assert client.get(f"{API}/me", headers=plain).status_code == 401


def test_in_the_clear_nobody_logs_in_under_a_name_beyond_this_machine(house: House) -> None:
    said = {"email": person(house, "lead")["email"], "password": PASSWORD}
    there = {"Host": "archive.example", "Origin": "http://archive.example"}
    with httpx.Client(base_url=house.address, headers=there, trust_env=False, timeout=20) as client:
        assert client.get(f"{API}/instance").json()["sessions_allowed"] is False
        answer = client.post(f"{API}/sessions", json=said)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "archive.example"])
def test_listening_beyond_this_machine_without_tls_is_refused(api_settings: Settings, host: str) -> None:
    with pytest.raises(InvalidValue, match="SVIDOK_PUBLIC_URL"):
        create_app(api_settings.model_copy(update={"host": host}))


@pytest.mark.parametrize(
    "url",
    ["http://archive.example", "https://a.example/path", "ftp://a.example", "archive.example", "https://",
     "https://me@a.example", "https://a.example?x=1", "https://a.example:x"],
)  # fmt: skip
def test_a_public_address_that_is_none_or_in_the_clear_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        Settings(public_url=url)


@pytest.mark.parametrize(
    ("url", "origin"),
    [("https://Archive.example/", "https://archive.example"), ("https://a.example:443", "https://a.example"),
     ("https://a.example:8443", "https://a.example:8443"), ("", None), ("http://localhost:8420", None)],
)  # fmt: skip
def test_the_public_address_is_kept_as_browsers_write_it(url: str, origin: str | None) -> None:
    assert Settings(public_url=url).secure_origin == origin


def test_the_first_person_is_logged_in_by_our_page_and_by_no_other(
    api_settings: Settings, engine: Engine, database_url: str
) -> None:
    settings = api_settings.model_copy(update={"database_url": type(api_settings.database_url)(database_url)})
    with served(create_app(settings)) as address, contextlib.closing(Browser(address)) as browser:
        assert browser.client.get(f"{API}/instance").json()["set_up"] is False
        with transaction(engine) as session:
            token = Archive(session, SYSTEM).issue_setup_token()
        said = {"token": token, "email": "first@example.org", "password": PASSWORD}
        assert browser.client.post(f"{API}/setup", json=said).status_code == 201
        me = browser.client.get(f"{API}/me").json()
        assert (me["kind"], me["name"], me["may"]["manage_people"]) == ("user", f"#{me['id'][-6:]}", True)
        assert browser.client.get(f"{API}/instance").json()["set_up"] is True


@pytest.mark.parametrize(
    ("agent", "words"),
    [("", "unknown"), ("curl/8.5", "unknown"),
     ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537 Edg/140", "Edge, Windows"),
     ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537", "Chrome, Android"), ("x" * 9000, "unknown")],
)  # fmt: skip
def test_a_browser_is_told_in_two_words(agent: str, words: str) -> None:
    assert described(agent) == words
