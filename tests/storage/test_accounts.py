"""Who may come in: nobody makes themselves more than they are."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.archive import Archive
from storage.db import people
from storage.domain.permissions import OPERATOR, SYSTEM, Actor, ActorKind
from storage.domain.vocab import Role, Sensitivity
from storage.errors import Conflict, InvalidValue, NotAllowed, NotFound
from storage.integrity import secret

PASSWORD = "a long sentence nobody guesses"


def test_the_set_up_token_makes_one_first_user_with_every_role_and_is_spent(session: Session) -> None:
    archive = Archive(session, SYSTEM)
    stale, token = archive.issue_setup_token(), archive.issue_setup_token()
    assert stale is not None
    assert token is not None
    with pytest.raises(NotAllowed):
        archive.set_up(stale, email="a@example.org", password=PASSWORD, name="")
    user = archive.set_up(token, email="a@example.org", password=PASSWORD, name="")
    assert people.roles(session, user.id) == {role.value for role in Role}
    with pytest.raises(NotAllowed):
        archive.set_up(token, email="b@example.org", password=PASSWORD, name="")
    assert archive.issue_setup_token() is None


def test_a_password_is_kept_as_argon2id_and_compared_in_no_other_way(session: Session) -> None:
    user = Archive(session, OPERATOR).add_user("a@example.org", PASSWORD, {Role.REVIEWER})
    assert user.password_hash.startswith("$argon2id$")
    assert secret.password_fits(PASSWORD, user.password_hash)
    assert not secret.password_fits(PASSWORD + " ", user.password_hash)
    assert not secret.password_fits(PASSWORD, None)


@pytest.mark.parametrize("password", ["short", "a" * 40, "x" * 2000])
def test_a_weak_password_is_refused(session: Session, password: str) -> None:
    with pytest.raises(InvalidValue):
        Archive(session, OPERATOR).add_user("a@example.org", password, {Role.REVIEWER})


@pytest.mark.parametrize(
    "email", ["", "nobody", "@example.org", "a@", "a b@example.org", "a@example.org\n.x", "x" * 300]
)
def test_what_is_no_address_makes_no_user(session: Session, email: str) -> None:
    with pytest.raises(InvalidValue):
        Archive(session, OPERATOR).add_user(email, PASSWORD, {Role.REVIEWER})


def test_an_address_belongs_to_one_person_in_either_case(session: Session) -> None:
    archive = Archive(session, OPERATOR)
    archive.add_user("a@example.org", PASSWORD, {Role.REVIEWER})
    with pytest.raises(Conflict):
        archive.add_user("A@Example.org", PASSWORD, {Role.REVIEWER})


def test_fault_G3_a_key_makes_no_keys_and_no_people(session: Session) -> None:
    key = Archive(session, Actor("key_1", ActorKind.KEY, frozenset(Role)))
    with pytest.raises(NotAllowed):
        key.add_key("another", {Role.SUBMITTER})
    with pytest.raises(NotAllowed):
        key.add_user("a@example.org", PASSWORD, {Role.SUBMITTER})


def test_nobody_makes_a_key_for_more_than_they_are(session: Session) -> None:
    reviewer = Archive(session, Actor("usr_1", ActorKind.USER, frozenset({Role.REVIEWER})))
    with pytest.raises(NotAllowed):
        reviewer.add_key("mine", {Role.LEAD})


def test_a_key_is_kept_as_its_digest_only_and_ends_when_revoked(session: Session) -> None:
    archive = Archive(session, OPERATOR)
    key, token = archive.add_key("script", {Role.SUBMITTER})
    assert token not in str(session.execute(text("SELECT to_json(api_key) FROM api_key")).all())
    assert people.key_with_secret(session, secret.fingerprint(token)) is key
    archive.revoke_key(key.id)
    session.flush()
    assert people.key_with_secret(session, secret.fingerprint(token)) is None
    with pytest.raises(NotFound):
        archive.revoke_key("key_00000000000000000000000000")


def test_nobody_takes_the_operators_name(session: Session) -> None:
    with pytest.raises(InvalidValue, match="operator"):
        Archive(session, OPERATOR).add_key("operator", set(Role))


def test_no_address_and_no_secret_is_in_the_ledger(session: Session) -> None:
    archive = Archive(session, OPERATOR)
    archive.add_user("somebody@example.org", PASSWORD, {Role.REVIEWER}, name="Somebody")
    _, token = archive.add_key("script", {Role.SUBMITTER})
    ledger = str(session.execute(text("SELECT body FROM event")).all())
    for private in ("somebody", "Somebody", PASSWORD, token):
        assert private not in ledger


def test_the_ledger_tells_which_key_acted_for_a_person(session: Session) -> None:
    actor = Actor("usr_1", ActorKind.KEY, frozenset({Role.SUBMITTER}), "phone", key="key_1")
    Archive(session, actor).submit("https://example.org/a", note=None, sensitivity=Sensitivity.RESTRICTED)
    [body] = session.execute(text("SELECT body FROM event")).scalars()
    assert json.loads(body)["agent"] == {"kind": "key", "id": "usr_1", "key": "key_1"}
