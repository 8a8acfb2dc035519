"""What people set for themselves: preferences and the password; and what admins set for them: roles."""

from typing import Any

import pytest
from sqlalchemy import select, text

from storage.db.positions import LoginFailure
from storage.db.session import transaction
from storage.db.tables import Event
from tests.api.browsing import PASSWORD, Browser, logged_in, opened, person
from tests.api.house import API, House

NEW = "quite another sentence"
WANTED: dict[str, Any] = {
    "language": "uk", "theme": "dark", "density": "compact", "shield": {"kind": "blur", "mute": False},
    "keys": {"player.play": "Space", "frame.next": "Period", "palette": "Mod+Shift+KeyK"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _forgiven(house: House) -> None:
    with transaction(house.engine) as session:
        session.execute(text("DELETE FROM login_failure"))


@pytest.fixture
def browser(house: House) -> Browser:
    return logged_in(house, "reviewer")


def _newest(house: House) -> tuple[str, str]:
    with transaction(house.engine) as session:
        event = session.scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()
        return event.type, event.body


def test_material_is_veiled_and_silent_until_somebody_wants_it_otherwise(browser: Browser) -> None:
    assert browser.me["preferences"] == {
        "language": None, "theme": None, "density": "comfortable", "keys": {},
        "shield": {"kind": "sketch", "mute": True},
    }  # fmt: skip


def test_preferences_are_kept_for_their_owner_in_every_browser(house: House, browser: Browser) -> None:
    assert browser.client.put(f"{API}/me/preferences", json=WANTED).json() == WANTED
    other = opened(house)
    other.log_in(browser.me["email"])
    assert other.me["preferences"] == WANTED
    assert logged_in(house, "reviewer").me["preferences"] != WANTED


@pytest.mark.parametrize(
    "change",
    [{"language": "de"}, {"theme": "pink"}, {"density": None}, {"shield": {"kind": "none", "mute": True}},
     {"shield": {"kind": "clear"}}, {"colour": 1}, {"keys": {"a": "javascript:alert(1)"}}, {"keys": {"a": "keyj"}},
     {"keys": {"a b": "KeyJ"}}, {"keys": {"a": "Super+KeyJ"}}, {"keys": {"a": ""}}, {"keys": {"a": "KeyJ\n"}},
     {"keys": {f"a{n}": "KeyJ" for n in range(201)}}, {"keys": {"x" * 81: "KeyJ"}}],
    ids=lambda change: str(change)[:40],
)  # fmt: skip
def test_preferences_that_mean_nothing_are_refused(browser: Browser, change: dict[str, object]) -> None:
    assert browser.client.put(f"{API}/me/preferences", json=WANTED | change).status_code == 422
    assert browser.client.get(f"{API}/me").json()["preferences"]["language"] is None


def test_what_another_version_kept_does_not_lock_anybody_out(house: House, browser: Browser) -> None:
    browser.client.put(f"{API}/me/preferences", json=WANTED)
    with transaction(house.engine) as session:
        session.execute(text("UPDATE preference SET body = '{\"zoom\": 3}'"))
    assert browser.client.get(f"{API}/me").json()["preferences"]["density"] == "comfortable"


def test_a_new_password_ends_every_other_log_in_and_the_old_password(house: House, browser: Browser) -> None:
    other = opened(house)
    other.log_in(browser.me["email"])
    answer = browser.client.put(f"{API}/me/password", json={"current": PASSWORD, "new": NEW})
    assert (answer.status_code, answer.content) == (204, b"")
    kind, body = _newest(house)
    assert kind == "local:password changed"
    assert PASSWORD not in body
    assert NEW not in body
    assert "argon2" not in body
    assert browser.is_known()
    assert not other.is_known()
    assert other.log_in(browser.me["email"]).status_code == 401
    assert other.log_in(browser.me["email"], NEW).status_code == 201


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [({"current": "a wrong sentence", "new": NEW}, 403, "wrong_credentials"),
     ({"current": PASSWORD, "new": PASSWORD}, 422, "invalid_value"),
     ({"current": PASSWORD, "new": "short"}, 422, "invalid_value"),
     ({"current": PASSWORD, "new": "a" * 40}, 422, "invalid_value"), ({"new": NEW}, 422, "invalid_value")],
)  # fmt: skip
def test_a_password_is_not_changed_by_whoever_does_not_know_it_nor_to_a_weak_one(
    house: House, browser: Browser, said: dict[str, str], status: int, code: str
) -> None:
    answer = browser.client.put(f"{API}/me/password", json=said)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert browser.is_known()
    assert opened(house).log_in(browser.me["email"]).status_code == 201


def test_an_address_is_no_password(browser: Browser) -> None:
    said = {"current": PASSWORD, "new": browser.me["email"].upper()}
    assert browser.client.put(f"{API}/me/password", json=said).status_code == 422


def test_guessing_the_present_password_is_slowed_down(house: House, browser: Browser) -> None:
    said = {"current": "a wrong sentence", "new": NEW}
    for _ in range(5):
        assert browser.client.put(f"{API}/me/password", json=said).status_code == 403
    with transaction(house.engine) as session:  # so that the pause does not run out, however slow the machine
        session.execute(text("UPDATE login_failure SET last_at = last_at + interval '1 minute'"))
    assert browser.client.put(f"{API}/me/password", json=said).status_code == 429
    with transaction(house.engine) as session:
        assert set(session.scalars(select(LoginFailure.failures))) == {5}


def test_reviewers_see_what_people_are_called_and_nothing_else_of_them(house: House, browser: Browser) -> None:
    gone = person(house, "lead")
    house.visitor("operator").delete(f"{API}/users/{gone['user']}")
    told = browser.client.get(f"{API}/people")
    assert {"id": gone["user"], "name": gone["name"]} in told.json()["data"]
    assert {frozenset(one) for one in told.json()["data"]} == {frozenset(("id", "name"))}
    assert "@" not in told.text
    assert house.visitor("submitter").get(f"{API}/people").status_code == 403


def test_new_roles_hold_at_once_end_log_ins_and_are_in_the_ledger(house: House, browser: Browser) -> None:
    admin = logged_in(house, "admin")
    address = f"{API}/users/{browser.me['id']}/roles"
    told = admin.client.put(address, json={"roles": ["researcher", "lead"]})
    assert (told.status_code, told.json()["roles"]) == (200, ["lead", "researcher"])
    assert not browser.is_known()
    browser.log_in(browser.me["email"])
    assert browser.me["roles"] == ["lead", "researcher"]
    kind, body = _newest(house)
    assert kind == "local:roles changed"
    assert f'"detail":{{"before":["reviewer"],"roles":["lead","researcher"],"user":"{browser.me["id"]}"}}' in body
    assert admin.client.put(address, json={"roles": ["lead", "researcher"]}).status_code == 200
    assert browser.is_known()


@pytest.mark.parametrize("roles", [[], ["king"], ["lead"] * 7, "lead", None])
def test_roles_that_are_none_are_refused(house: House, browser: Browser, roles: object) -> None:
    operator = house.visitor("operator")
    assert operator.put(f"{API}/users/{browser.me['id']}/roles", json={"roles": roles}).status_code == 422


def test_an_admin_gives_no_more_than_they_may(house: House, browser: Browser) -> None:
    admin, steward = logged_in(house, "admin"), person(house, "steward", "lead")
    own = f"{API}/users/{admin.me['id']}/roles"
    assert admin.client.put(own, json={"roles": ["admin", "steward"]}).status_code == 403
    assert admin.client.put(own, json={"roles": ["admin", "lead"]}).status_code == 200
    assert admin.is_known()
    theirs = f"{API}/users/{browser.me['id']}/roles"
    assert admin.client.put(theirs, json={"roles": ["steward"]}).status_code == 403
    # Who is a steward already may stay one, and may be made less.
    kept = {"roles": ["steward", "reviewer"]}
    assert admin.client.put(f"{API}/users/{steward['user']}/roles", json=kept).status_code == 200
    assert browser.client.put(theirs, json={"roles": ["admin"]}).status_code == 403


def test_who_has_left_gets_no_roles(house: House) -> None:
    gone, operator = person(house, "lead"), house.visitor("operator")
    operator.delete(f"{API}/users/{gone['user']}")
    assert operator.put(f"{API}/users/{gone['user']}/roles", json={"roles": ["admin"]}).status_code == 404
