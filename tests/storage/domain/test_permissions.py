"""The permission matrix, written by hand: role by permission by sensitivity."""

import pytest

from storage.domain import permissions as may
from storage.domain.permissions import OPERATOR, PUBLIC, SYSTEM, Actor, ActorKind
from storage.domain.vocab import Role, Sensitivity

ROLES = ("submitter", "reviewer", "lead", "researcher", "steward", "admin")


def _actor(role: str, kind: ActorKind = ActorKind.USER) -> Actor:
    return PUBLIC if role == "nobody" else Actor(f"usr_{role}", kind, frozenset({Role(role)}), role)


# P public, R researcher, T restricted, S sealed: the sensitivities for which the permission holds.
MATRIX = {
    #                     nobody submitter reviewer  lead    researcher steward  admin
    may.may_see_item:     ("",   "",       "PRT",    "PRT",  "",        "PRTS",  ""),
    may.may_capture_again:("",   "",       "PRT",    "PRT",  "",        "",      ""),
    may.may_assert:       ("",   "",       "PRT",    "PRT",  "",        "",      ""),
    may.may_cancel_analysis:("", "",     "PRT",    "PRT",  "",        "",      ""),
    may.may_analyse_anew: ("",   "",       "",       "PRT",  "",        "PRTS",  ""),
    may.may_publish:      ("",   "",       "",       "PRT",  "",        "",      ""),
    may.may_read_record:  ("P",  "P",      "PRT",    "PRT",  "PR",      "PRTS",  "P"),
}  # fmt: skip
LETTERS = {
    "P": Sensitivity.PUBLIC, "R": Sensitivity.RESEARCHER, "T": Sensitivity.RESTRICTED, "S": Sensitivity.SEALED,
}  # fmt: skip
PLAIN = {
    #                      nobody submitter reviewer lead  researcher steward admin
    may.may_submit:        (False, True,    True,    True, False,     False,  False),
    may.may_review:        (False, False,   True,    True, False,     True,   False),
    may.may_manage_people: (False, False,   False,   False, False,    False,  True),
}  # fmt: skip


@pytest.mark.parametrize("sensitivity", LETTERS)
@pytest.mark.parametrize("column", range(7))
@pytest.mark.parametrize("permission", MATRIX, ids=lambda rule: rule.__name__)
def test_each_permission_holds_for_exactly_these_sensitivities(permission, column: int, sensitivity: str) -> None:  # type: ignore[no-untyped-def]
    actor = _actor(("nobody", *ROLES)[column])
    assert permission(actor, LETTERS[sensitivity]) is (sensitivity in MATRIX[permission][column])


@pytest.mark.parametrize("column", range(7))
@pytest.mark.parametrize("permission", PLAIN, ids=lambda rule: rule.__name__)
def test_each_plain_permission_holds_for_exactly_these_roles(permission, column: int) -> None:  # type: ignore[no-untyped-def]
    assert permission(_actor(("nobody", *ROLES)[column])) is PLAIN[permission][column]


@pytest.mark.parametrize("sensitivity", Sensitivity)
@pytest.mark.parametrize("role", ROLES)
def test_sealed_files_are_for_stewards_whatever_the_item(role: str, sensitivity: Sensitivity) -> None:
    allowed = may.may_read_file(_actor(role), sensitivity, sealed_file=True)
    assert allowed is (role == "steward")


@pytest.mark.parametrize("wanted", Sensitivity)
@pytest.mark.parametrize("current", Sensitivity)
@pytest.mark.parametrize("role", ["nobody", *ROLES])
def test_an_item_is_closed_by_who_sees_it_opened_by_who_answers_for_it_and_unsealed_by_nobody(
    role: str, current: Sensitivity, wanted: Sensitivity
) -> None:
    order = list(Sensitivity)
    actor = _actor(role)
    if order.index(wanted) > order.index(current):
        expected = may.may_see_item(actor, current)
    else:
        expected = role in ("lead", "steward") and current is not Sensitivity.SEALED
    assert may.may_change_sensitivity(actor, current, wanted) is expected


def test_a_receipt_is_for_its_submitter_and_nobody_else() -> None:
    mine = Actor("usr_me", ActorKind.USER, frozenset({Role.SUBMITTER}))
    assert may.may_see_submission(mine, "usr_me")
    assert not may.may_see_submission(mine, "usr_you")
    assert not may.may_see_submission(Actor("usr_boss", ActorKind.USER, frozenset(Role)), "usr_me")
    assert not may.may_see_submission(PUBLIC, PUBLIC.id)


def test_lists_are_narrowed_to_what_each_may_know() -> None:
    assert may.visible_items(_actor("reviewer")) == {Sensitivity.PUBLIC, Sensitivity.RESEARCHER, Sensitivity.RESTRICTED}
    assert may.visible_items(PUBLIC) == frozenset()
    assert may.readable_records(PUBLIC) == {Sensitivity.PUBLIC}
    assert may.readable_records(_actor("researcher")) == {Sensitivity.PUBLIC, Sensitivity.RESEARCHER}


def test_the_operator_may_everything_and_the_machinery_asks_for_nothing() -> None:
    assert all(permission(OPERATOR) for permission in PLAIN)
    assert all(permission(OPERATOR, sensitivity) for permission in MATRIX for sensitivity in Sensitivity)
    assert not any(permission(SYSTEM) for permission in PLAIN)


@pytest.mark.parametrize("kind", ActorKind)
def test_the_ledgers_key_is_changed_by_whoever_holds_the_vault_and_through_no_door(kind: ActorKind) -> None:
    anybody = Actor("usr_x", kind, frozenset(Role))
    assert may.may_change_ledger_key(anybody) is (kind is ActorKind.OPERATOR)
    assert may.may_replace_passwords(anybody) is (kind is ActorKind.OPERATOR)


@pytest.mark.parametrize(
    ("granter", "wanted", "allowed"),
    [
        ({Role.ADMIN}, {Role.LEAD}, True),
        ({Role.ADMIN}, {Role.ADMIN}, True),
        ({Role.ADMIN}, {Role.STEWARD}, False),
        ({Role.ADMIN, Role.STEWARD}, {Role.STEWARD}, True),
        ({Role.LEAD, Role.STEWARD}, {Role.SUBMITTER}, False),
        (set(), {Role.SUBMITTER}, False),
    ],
)
def test_admins_appoint_but_only_stewards_make_stewards(granter: set[Role], wanted: set[Role], allowed: bool) -> None:
    assert may.grantable(granter, wanted) is allowed


@pytest.mark.parametrize(
    ("roles", "wanted", "allowed"),
    [
        ({Role.LEAD}, {Role.REVIEWER}, True),
        ({Role.LEAD}, {Role.SUBMITTER}, True),
        ({Role.REVIEWER}, {Role.LEAD}, False),
        ({Role.ADMIN}, {Role.REVIEWER}, False),
        ({Role.REVIEWER}, {Role.REVIEWER, Role.STEWARD}, False),
        ({Role.REVIEWER}, set(), False),
    ],
)
def test_a_person_makes_keys_for_no_more_than_they_are(roles: set[Role], wanted: set[Role], allowed: bool) -> None:
    assert may.may_make_key(Actor("usr_x", ActorKind.USER, frozenset(roles)), wanted) is allowed


@pytest.mark.parametrize("role", Role)
def test_a_key_makes_no_keys_and_no_people(role: Role) -> None:
    key = Actor("key_x", ActorKind.KEY, frozenset(Role))
    assert not may.may_make_key(key, {role})
    assert not may.may_manage_people(key)
    assert not may.may_revoke_key(key, "key_x")


def test_keys_are_revoked_by_their_owner_or_by_who_manages_people() -> None:
    owner = Actor("usr_owner", ActorKind.USER, frozenset({Role.SUBMITTER}))
    assert may.may_revoke_key(owner, "usr_owner")
    assert not may.may_revoke_key(owner, "usr_other")
    assert may.may_revoke_key(_actor("admin"), "usr_owner")
