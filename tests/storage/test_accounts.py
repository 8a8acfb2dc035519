"""Who may come in: nobody makes themselves more than they are."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from storage.archive import Archive
from storage.db import desk, logins, people
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.permissions import OPERATOR, PUBLIC, SYSTEM, Actor, ActorKind
from storage.domain.vocab import Role, Sensitivity
from storage.errors import Conflict, InvalidValue, NotAllowed, NotFound, WrongCredentials
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


@pytest.mark.parametrize("password", ["short", "a" * 40, "x" * 2000, "half a letter: \ud800"])
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


def _admin(session: Session, name: str) -> Actor:
    user = Archive(session, OPERATOR).add_user(f"{name}@example.org", PASSWORD, {Role.ADMIN})
    return Actor(user.id, ActorKind.USER, frozenset({Role.ADMIN}))


def test_somebody_stays_who_manages_people(session: Session) -> None:
    first, second = _admin(session, "a"), _admin(session, "b")
    Archive(session, first).set_roles(second.id, {Role.LEAD})
    for last_step in (
        lambda: Archive(session, first).set_roles(first.id, {Role.LEAD}),
        lambda: Archive(session, OPERATOR).end_user(first.id),
    ):
        with pytest.raises(Conflict) as refused:
            last_step()
        assert refused.value.code == "last_admin"
    Archive(session, first).set_roles(second.id, {Role.ADMIN})
    Archive(session, first).set_roles(first.id, {Role.LEAD})
    assert people.roles(session, first.id) == {"lead"}


def test_an_admin_who_has_left_manages_nobody(session: Session) -> None:
    first, second = _admin(session, "a"), _admin(session, "b")
    Archive(session, first).end_user(second.id)
    with pytest.raises(Conflict):
        Archive(session, OPERATOR).end_user(first.id)


def test_what_somebody_who_leaves_was_working_on_is_free_for_others(session: Session) -> None:
    operator = Archive(session, OPERATOR)
    gone, other = (operator.add_user(f"{name}@example.org", PASSWORD, {Role.REVIEWER}) for name in ("gone", "other"))
    taken, edited, untouched = (
        operator.submit(f"https://example.org/{number}", note=None, sensitivity=Sensitivity.RESTRICTED).item
        for number in range(3)
    )
    operator.assign(taken.id, gone.id)
    operator.assign(untouched.id, other.id)
    for person, item in ((gone, edited), (other, untouched)):
        Archive(session, Actor(person.id, ActorKind.USER, frozenset({Role.REVIEWER}))).take_lease(item.id)
    operator.end_user(gone.id)
    assert (taken.assignee_id, taken.version) == (None, 3)
    assert (untouched.assignee_id, untouched.version, edited.version) == (other.id, 2, 1)
    assert set(desk.leases(session, [taken.id, edited.id, untouched.id], now=clock.now())) == {untouched.id}


def test_nobody_is_given_an_item_while_they_leave(engine: Engine) -> None:
    with transaction(engine) as session:
        user = Archive(session, OPERATOR).add_user("gone@example.org", PASSWORD, {Role.REVIEWER})
        entry = Archive(session, OPERATOR).submit(
            "https://example.org/a", note=None, sensitivity=Sensitivity.RESTRICTED
        )

    def assign() -> None:
        with transaction(engine) as session:
            people.user(session, user.id)
            Archive(session, OPERATOR).assign(entry.item.id, user.id)

    with ThreadPoolExecutor() as pool:
        with transaction(engine) as session:
            Archive(session, OPERATOR).end_user(user.id)
            assigning = pool.submit(assign)
            time.sleep(0.2)
        with pytest.raises(InvalidValue):
            assigning.result()


def test_two_admins_who_remove_each_other_at_once_do_not_both_succeed(engine: Engine) -> None:
    with transaction(engine) as session:
        admins = [_admin(session, "a"), _admin(session, "b")]

    def remove(pair: tuple[Actor, Actor]) -> bool:
        try:
            with transaction(engine) as session:
                Archive(session, pair[0]).set_roles(pair[1].id, {Role.LEAD})
                time.sleep(0.2)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(remove, [(admins[0], admins[1]), (admins[1], admins[0])])) == [False, True]


def test_a_password_changed_meanwhile_lets_nobody_in(session: Session) -> None:
    user = Archive(session, OPERATOR).add_user("a@example.org", PASSWORD, {Role.LEAD})
    attempt = Archive(session, PUBLIC).attempt_log_in("a@example.org", "192.0.2.1")
    Archive(session, Actor(user.id, ActorKind.USER)).change_password("quite another sentence")
    with pytest.raises(WrongCredentials):
        Archive(session, PUBLIC).admit(attempt)


def test_a_log_in_waits_for_a_change_of_password_under_way_and_then_fails(engine: Engine) -> None:
    with transaction(engine) as session:
        user = Archive(session, OPERATOR).add_user("a@example.org", PASSWORD, {Role.LEAD})
        attempt = Archive(session, PUBLIC).attempt_log_in("a@example.org", "192.0.2.1")

    def admit() -> bool:
        with transaction(engine) as session:
            try:
                person = Archive(session, PUBLIC).admit(attempt)
            except WrongCredentials:
                return False
            Archive(session, Actor(person.id, ActorKind.USER)).begin_session("")
            return True

    with ThreadPoolExecutor() as pool:
        with transaction(engine) as session:
            Archive(session, Actor(user.id, ActorKind.USER)).change_password("quite another sentence")
            entering = pool.submit(admit)
            time.sleep(0.2)
        assert entering.result() is False


def test_a_log_in_that_succeeds_while_another_is_tried_is_no_deadlock(engine: Engine) -> None:
    """Tries lock their two counts in order; so does forgiving, whichever of the two digests comes first."""
    account, address = "2", "1"
    with transaction(engine) as session:
        logins.count(session, (account, address))

    def forgive() -> None:
        with transaction(engine) as session:
            logins.forgive(session, account, address)

    with ThreadPoolExecutor() as pool:
        with transaction(engine) as session:
            assert logins.failures(session, [address])[address].count == 1
            forgiving = pool.submit(forgive)
            time.sleep(0.2)
            assert logins.failures(session, [account])[account].count == 1
        forgiving.result()
    with transaction(engine) as session:
        assert logins.failures(session, (account, address)) == {}


def test_only_people_have_log_ins_and_passwords_of_their_own(session: Session) -> None:
    for actor in (PUBLIC, OPERATOR, Actor("usr_1", ActorKind.KEY, frozenset(Role))):
        with pytest.raises(NotAllowed):
            Archive(session, actor).begin_session("")
        with pytest.raises(NotAllowed):
            Archive(session, actor).change_password("quite another sentence")
        with pytest.raises(NotAllowed):
            Archive(session, actor).keep_preferences({})


def test_a_forgotten_password_is_replaced_by_the_operator_alone_and_ends_every_log_in(session: Session) -> None:
    operator = Archive(session, OPERATOR)
    user = operator.add_user("ada@example.org", PASSWORD, {Role.ADMIN})
    as_ada = Actor(user.id, ActorKind.USER, frozenset({Role.ADMIN}))
    token = Archive(session, as_ada).begin_session("")
    assert token
    for actor in (SYSTEM, PUBLIC, as_ada):
        with pytest.raises(NotAllowed):
            Archive(session, actor).replace_password("ada@example.org", "quite another sentence")
    operator.replace_password(" Ada@example.org", "quite another sentence")
    assert secret.password_fits("quite another sentence", user.password_hash)
    assert not secret.password_fits(PASSWORD, user.password_hash)
    assert session.scalar(text("SELECT count(*) FROM web_session")) == 0
    newest = session.scalars(text("SELECT body FROM event WHERE type = 'local:password changed'")).one()
    assert json.loads(newest)["agent"]["kind"] == "operator"
    assert json.loads(newest)["detail"] == {"user": user.id}


def test_no_password_lets_somebody_in_again_whose_account_was_ended(session: Session) -> None:
    operator = Archive(session, OPERATOR)
    user = operator.add_user("ada@example.org", PASSWORD, {Role.REVIEWER})
    operator.end_user(user.id)
    for email in ("ada@example.org", "nobody@example.org"):
        with pytest.raises(NotFound):
            operator.replace_password(email, "quite another sentence")
