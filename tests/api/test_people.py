"""People and keys: let in, kept small, sent away; and the one who comes first."""

import hashlib
import json
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import Engine, func, select, text

from api.main import create_app
from storage.archive import Archive
from storage.db import answers
from storage.db.positions import IdempotentAnswer
from storage.db.session import transaction
from storage.db.tables import Key, User
from storage.domain import clock
from storage.domain.permissions import SYSTEM, Actor, ActorKind
from storage.domain.vocab import Role
from storage.settings import Settings
from tests.api.house import API, House, served

PASSWORD = "a sentence is a good password"


def _person(house: House, *roles: str) -> dict[str, object]:
    name = house.url().rpartition("/")[2]
    return {"email": f"person-{name}@example.org", "password": PASSWORD, "roles": list(roles), "name": "Olena"}


def _add(house: House, *roles: str) -> dict[str, object]:
    answer = house.visitor("operator").post(f"{API}/users", json=_person(house, *roles))
    assert answer.status_code == 201, answer.text
    told: dict[str, object] = answer.json()
    return told


def _key_of(house: House, user: dict[str, object], *roles: Role) -> tuple[str, str]:
    """A key that a person made for themselves."""
    with transaction(house.engine) as session:
        owner = Actor(str(user["user"]), ActorKind.USER, frozenset(Role(role) for role in user["roles"]))  # type: ignore[attr-defined]
        key, token = Archive(session, owner).add_key("my script", roles, owner_id=owner.id)
        return key.id, token


def test_a_person_is_let_in_and_told_without_a_password(house: House) -> None:
    made = _add(house, "reviewer", "steward")
    assert made["roles"] == ["reviewer", "steward"]
    listed = house.visitor("operator").get(f"{API}/users?limit=500")
    assert made in listed.json()["data"]
    assert PASSWORD not in listed.text
    assert "argon2" not in listed.text


@pytest.mark.parametrize(
    "change",
    [{"password": "short"}, {"password": "a" * 40}, {"email": "nobody"}, {"email": "a b@c"}, {"roles": []},
     {"roles": ["king"]}, {"name": "a\x00"}, {"colour": "red"}, {"roles": ["lead"] * 7}],
)  # fmt: skip
def test_a_person_who_cannot_be_let_in_is_refused_without_repeating_the_password(
    house: House, change: dict[str, object]
) -> None:
    answer = house.visitor("operator").post(f"{API}/users", json=_person(house, "lead") | change)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_value")
    assert PASSWORD not in answer.text


def test_an_address_is_taken_once_whatever_its_letters(house: House) -> None:
    said = _person(house, "lead")
    operator = house.visitor("operator")
    assert operator.post(f"{API}/users", json=said).status_code == 201
    assert operator.post(f"{API}/users", json=said | {"email": str(said["email"]).upper()}).status_code == 409


def test_who_is_sent_away_takes_every_key_along(house: House) -> None:
    user = _add(house, "reviewer")
    _, token = _key_of(house, user, Role.REVIEWER)
    with house.client(token) as client:
        assert client.get(f"{API}/me").status_code == 200
        assert house.visitor("operator").delete(f"{API}/users/{user['user']}").json()["active"] is False
        assert client.get(f"{API}/me").status_code == 401


def test_a_key_does_no_more_than_its_owner_still_may(house: House) -> None:
    user = _add(house, "reviewer", "steward")
    _, token = _key_of(house, user, Role.REVIEWER, Role.STEWARD)
    with transaction(house.engine) as session:
        session.execute(text("DELETE FROM user_role WHERE user_id = :u AND role = 'steward'"), {"u": user["user"]})
    with house.client(token) as client:
        assert set(client.get(f"{API}/me").json()["roles"]) == {"reviewer", "submitter"}


def test_two_keys_of_one_person_are_one_person(house: House) -> None:
    user = _add(house, "submitter")
    with house.client(_key_of(house, user, Role.SUBMITTER)[1]) as one:
        receipt = one.post(f"{API}/submissions", json={"url": house.url()}).json()
    with house.client(_key_of(house, user, Role.SUBMITTER)[1]) as other:
        assert other.get(f"{API}/me").json()["id"] == user["user"]
        assert other.get(receipt["links"]["self"]).status_code == 200


def test_a_key_is_made_told_once_listed_without_its_secret_and_ended(house: House) -> None:
    operator = house.visitor("operator")
    headers = {"Idempotency-Key": f"key-{house.url()}"}
    said = {"name": "harvester", "roles": ["researcher"]}
    made = operator.post(f"{API}/keys", json=said, headers=headers).json()
    again = operator.post(f"{API}/keys", json=said, headers=headers).json()
    assert again == {name: value for name, value in made.items() if name != "secret"}
    assert made["secret"] not in operator.get(f"{API}/keys").text
    with transaction(house.engine) as session:
        for told in session.scalars(select(IdempotentAnswer)):
            assert made["secret"] not in str(told.body)
        assert session.scalar(select(func.count()).select_from(Key).where(Key.secret_sha256 == made["secret"])) == 0
    with house.client(made["secret"]) as client:
        me = client.get(f"{API}/me").json()
        assert (me["id"], me["kind"], me["name"], me["roles"]) == (made["key"], "key", "harvester", ["researcher"])
        assert me["may"]["read_records"]
        assert not me["may"]["submit"]
        assert operator.delete(f"{API}/keys/{made['key']}").json()["revoked_at"] is not None
        assert client.get(f"{API}/me").status_code == 401


@pytest.mark.parametrize("role", Role)
def test_a_key_cannot_widen_itself_or_make_another(house: House, role: Role) -> None:
    _, token = house.key(role.value)
    with house.client(token) as client:
        for wanted in Role:
            answer = client.post(f"{API}/keys", json={"name": "more", "roles": [wanted.value]})
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("name", ["operator", "Operator", " operator ", "", "a\nb\x00"])
def test_a_key_cannot_take_the_operators_name(house: House, name: str) -> None:
    answer = house.visitor("operator").post(f"{API}/keys", json={"name": name, "roles": [role.value for role in Role]})
    assert answer.status_code == 422


def test_a_key_that_has_ended_opens_nothing(house: House) -> None:
    late = {"name": "late", "roles": ["lead"], "expires_at": (clock.now() - timedelta(days=1)).isoformat()}
    assert house.visitor("operator").post(f"{API}/keys", json=late).status_code == 422
    key, token = house.key("lead")
    with transaction(house.engine) as session:
        session.execute(text("UPDATE api_key SET expires_at = now() - interval '1 s' WHERE id = :k"), {"k": key})
    with house.client(token) as client:
        assert client.get(f"{API}/me").status_code == 401


@pytest.fixture
def fresh(api_settings: Settings, engine: Engine, database_url: str) -> Settings:
    """An archive nobody has come into yet."""
    return api_settings.model_copy(update={"database_url": type(api_settings.database_url)(database_url)})


def _token(engine: Engine) -> str | None:
    with transaction(engine) as session:
        return Archive(session, SYSTEM).issue_setup_token()


def test_the_first_person_comes_in_once_and_holds_every_role(fresh: Settings, engine: Engine) -> None:
    stale, token = _token(engine), _token(engine)
    said = {"token": token, "email": "first@example.org", "password": PASSWORD, "name": "First"}
    with served(create_app(fresh)) as address, httpx.Client(base_url=address, trust_env=False, timeout=20) as client:
        for wrong in (stale, "", "half a letter: \ud800"):
            told = json.dumps(said | {"token": wrong})
            answer = client.post(f"{API}/setup", content=told, headers={"Content-Type": "application/json"})
            assert answer.status_code == 403
        assert client.post(f"{API}/setup", json=said | {"password": "short"}).status_code == 422
        welcome = client.post(f"{API}/setup", json=said)
        assert welcome.status_code == 201, welcome.text
        assert set(welcome.json()["roles"]) == set(Role)
        assert client.post(f"{API}/setup", json=said | {"email": "second@example.org"}).status_code == 403
        me = client.get(f"{API}/me", headers={"Authorization": f"Bearer {welcome.json()['secret']}"}).json()
        assert set(me["roles"]) == set(Role)
    assert _token(engine) is None
    with transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1


def test_what_is_remembered_of_a_request_tells_nothing_of_the_password_in_it(house: House) -> None:
    said = _person(house, "lead")
    body = json.dumps(said).encode()
    headers = {"Idempotency-Key": f"key-{house.url()}", "Content-Type": "application/json"}
    operator = house.visitor("operator")
    made = operator.post(f"{API}/users", content=body, headers=headers).json()
    with transaction(house.engine) as session:
        row = session.get_one(IdempotentAnswer, ("operator", headers["Idempotency-Key"]))
    path = f"POST {API}/users\n".encode()
    assert row.request_sha256 not in {hashlib.sha256(part + body).hexdigest() for part in (b"", path)}
    for personal in (said["email"], said["name"], PASSWORD):
        assert str(personal) not in str(row.body)
    again = operator.post(f"{API}/users", content=body, headers=headers).json()
    assert again == {name: value for name, value in made.items() if name not in ("email", "name")}
    other = operator.post(f"{API}/users", json=said | {"password": "another sentence of words"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_an_answer_is_remembered_for_a_week(house: House) -> None:
    said, headers = {"name": "harvester", "roles": ["researcher"]}, {"Idempotency-Key": f"key-{house.url()}"}
    operator = house.visitor("operator")

    def made() -> str:
        return str(operator.post(f"{API}/keys", json=said, headers=headers).json()["key"])

    def aged(interval: str) -> None:
        old = text(f"UPDATE idempotent_answer SET answered_at = now() - interval '{interval}' WHERE key = :k")
        with transaction(house.engine) as session:
            session.execute(old, {"k": headers["Idempotency-Key"]})

    first = made()
    aged("6 days 23 hours")
    assert made() == first
    aged("7 days 1 minute")
    second = made()
    assert second != first
    assert made() == second
    with transaction(house.engine) as session:
        assert answers.forget_old(session) == 0
    aged("8 days")
    with transaction(house.engine) as session:
        assert answers.forget_old(session) == 1
        assert answers.forget_old(session) == 0
