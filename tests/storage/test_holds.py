"""Under legal hold nothing of an item goes: not by one person's word, and not past the database either."""

import io
import json

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.archive import Archive
from storage.blobs.base import BlobStore
from storage.db import holds, migration
from storage.db.hold_tables import HELD_TABLES, Hold, HoldRelease
from storage.db.holds import Held
from storage.db.session import transaction
from storage.db.tables import Base, Event
from storage.domain.assertions import parse_assertion
from storage.domain.holds import HoldEnd, HoldOrder
from storage.domain.kept import StepKey
from storage.domain.permissions import OPERATOR, SYSTEM, Actor, ActorKind
from storage.domain.vocab import Outcome, Role, Sensitivity
from storage.errors import Conflict, NotAllowed, NotFound
from tests.storage.scenes import PLACE, URL, Scene, attempt_of

ORDER = HoldOrder(authority="District Court, 12/26", reason="Evidence in a trial.")
END = HoldEnd(reason="The trial is over.")
ANN = Actor("usr_ann", ActorKind.USER, frozenset({Role.LEAD}), "Ann")
BEN = Actor("usr_ben", ActorKind.USER, frozenset({Role.STEWARD}), "Ben")


def _furnished(session: Session, blobs: BlobStore) -> str:
    """An item with rows in every table that a hold keeps."""
    scene = Scene(Archive, session, blobs)
    item: str = scene.captured().item.id
    scene.operator.say(item, parse_assertion(PLACE))
    unit = PLACE | {
        "kind": "unit",
        "body": {"name_as_written": "64th", "role": "speakers_belong_to", "basis": ["speech"], "status": "accepted"}
        | {"reasoning": "They say so.", "confidence": "moderate"},
    }
    scene.operator.say(item, parse_assertion(unit))
    scene.operator.publish(item, sensitivity=Sensitivity.RESTRICTED, expected=None)
    return item


def _held(session: Session, item: str) -> Held:
    return Archive(session, ANN).place_hold(item, ORDER)


def _unlocked(session: Session) -> None:
    """Every guard of history put aside, as an erasure that is allowed to would; the transaction is rolled back."""
    for table in migration.KEPT:
        session.execute(text(f"ALTER TABLE {table.__tablename__} DISABLE TRIGGER keep_rows"))


@pytest.mark.parametrize("table", HELD_TABLES)
def test_fault_D15_the_database_refuses_to_erase_what_is_under_hold(
    session: Session, blobs: BlobStore, table: str
) -> None:
    item = _furnished(session, blobs)
    _held(session, item)
    _unlocked(session)
    assert session.scalar(text(f"SELECT count(*) FROM {table}")), "there is nothing to erase"
    with pytest.raises(IntegrityError, match=f"{item} is under legal hold: DELETE of its {table} refused"):
        session.execute(text(f"DELETE FROM {table}"))


@pytest.mark.parametrize("table", ["record_unit", "record_place", "holding", "assertion"])
def test_the_hold_refuses_and_nothing_else_does(session: Session, blobs: BlobStore, table: str) -> None:
    item = _furnished(session, blobs)
    _unlocked(session)
    session.execute(text(f"DELETE FROM {table}"))
    assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    _held(session, item)


def test_fault_D15_bytes_are_kept_while_any_item_that_has_them_is_held(session: Session, blobs: BlobStore) -> None:
    _furnished(session, blobs)
    scene = Scene(Archive, session, blobs)
    other = scene.submitted(f"{URL}/copy").item.id
    attempt = attempt_of(Outcome.CAPTURED, {})
    scene.machine.seal_capture(scene.held(), attempt, StepKey("capture", "1", "other", ()), [scene.kept()])
    _held(session, other)
    _unlocked(session)
    session.execute(text("ALTER TABLE holding DROP CONSTRAINT holding_sha256_fkey"))
    with pytest.raises(IntegrityError, match=f"{other} is under legal hold"):
        session.execute(text("DELETE FROM file"))


def test_fault_D15_one_person_alone_lets_go_of_nothing(session: Session, blobs: BlobStore) -> None:
    item = _furnished(session, blobs)
    held = _held(session, item)
    asked = Archive(session, ANN).release_hold(item, held.hold.id, END)
    assert asked.stands
    with pytest.raises(Conflict, match="another person") as refused:
        Archive(session, ANN).release_hold(item, held.hold.id, END)
    assert refused.value.code == "same_person"
    _unlocked(session)
    with pytest.raises(IntegrityError, match="under legal hold"), session.begin_nested():
        session.execute(text("DELETE FROM assertion"))
    assert not Archive(session, BEN).release_hold(item, held.hold.id, END).stands
    session.execute(text("DELETE FROM assertion"))
    with pytest.raises(Conflict, match="already"):
        Archive(session, ANN).release_hold(item, held.hold.id, END)


def test_another_authority_goes_on_holding(session: Session, blobs: BlobStore) -> None:
    item = _furnished(session, blobs)
    first, second = _held(session, item), _held(session, item)
    for actor in (ANN, BEN):
        Archive(session, actor).release_hold(item, first.hold.id, END)
    assert [one.stands for one in holds.of_item(session, item)] == [False, True]
    assert holds.held_items(session, [item]) == {item}
    _unlocked(session)
    with pytest.raises(IntegrityError, match="under legal hold"):
        session.execute(text("DELETE FROM assertion"))
    assert second.stands


@pytest.mark.parametrize(
    "sentence",
    [
        "INSERT INTO hold_release VALUES (:hold, 2, NULL, 'usr_cat', 'alone', now())",
        "INSERT INTO hold_release VALUES (:hold, 3, 2, 'usr_cat', 'a third', now())",
        "INSERT INTO hold_release VALUES (:hold, 2, 2, 'usr_cat', 'after itself', now())",
        "INSERT INTO hold_release VALUES (:hold, 2, 1, 'usr_ann', 'the same person', now())",
        "INSERT INTO hold_release VALUES (:hold, 1, NULL, 'usr_cat', 'a first once more', now())",
        "UPDATE hold_release SET person_id = 'usr_cat'",
        "DELETE FROM hold_release",
        "UPDATE hold SET authority = 'nobody'",
        "DELETE FROM hold",
    ],
)
def test_fault_D15_the_database_knows_no_release_by_one_person(
    session: Session, blobs: BlobStore, sentence: str
) -> None:
    item = _furnished(session, blobs)
    held = _held(session, item)
    Archive(session, ANN).release_hold(item, held.hold.id, END)
    with pytest.raises(IntegrityError):
        session.execute(text(sentence), {"hold": held.hold.id})


def test_a_second_without_a_first_is_refused(session: Session, blobs: BlobStore) -> None:
    held = _held(session, _furnished(session, blobs))
    with pytest.raises(IntegrityError, match="fk_hold_release_after"):
        session.execute(
            text("INSERT INTO hold_release VALUES (:hold, 2, 1, 'usr_cat', 'no first', now())"), {"hold": held.hold.id}
        )


@pytest.mark.parametrize(
    "actor",
    [
        OPERATOR,
        SYSTEM,
        Actor("usr_ann", ActorKind.KEY, frozenset({Role.LEAD, Role.STEWARD}), key="key_1"),
        Actor("usr_cat", ActorKind.USER, frozenset({Role.REVIEWER}), "Cat"),
    ],
    ids=["operator", "system", "a key of a lead", "a reviewer"],
)
def test_only_people_who_lead_or_guard_let_go(session: Session, blobs: BlobStore, actor: Actor) -> None:
    item = _furnished(session, blobs)
    held = _held(session, item)
    with pytest.raises((NotAllowed, NotFound)):
        Archive(session, actor).release_hold(item, held.hold.id, END)


def test_a_hold_of_a_sealed_item_is_for_stewards(session: Session) -> None:
    item = Archive(session, OPERATOR).submit(URL, note=None, sensitivity=Sensitivity.SEALED).item.id
    with pytest.raises(NotFound):
        Archive(session, ANN).place_hold(item, ORDER)
    Archive(session, BEN).place_hold(item, ORDER)
    assert holds.standing(session, visible=["restricted"], before=None, limit=10) == []
    assert holds.count_standing(session, visible=["sealed"]) == 1


def test_a_hold_of_another_item_is_none_of_this_one(session: Session, blobs: BlobStore) -> None:
    held = _held(session, _furnished(session, blobs))
    other = Archive(session, OPERATOR).submit(f"{URL}/other", note=None, sensitivity=Sensitivity.RESTRICTED).item.id
    with pytest.raises(NotFound):
        Archive(session, ANN).release_hold(other, held.hold.id, END)


def test_the_events_say_all_that_the_rows_do(session: Session, blobs: BlobStore) -> None:
    item = _furnished(session, blobs)
    held = _held(session, item)
    for actor in (ANN, BEN):
        Archive(session, actor).release_hold(item, held.hold.id, END)
    told = [json.loads(body) for body in session.scalars(select(Event.body).order_by(Event.seq))]
    placed, *released = [one["detail"] for one in told if one["type"].startswith("local:hold")]
    row = session.scalars(select(Hold)).one()
    assert placed.keys() == _columns(Hold) - {"id", "item_id"} | {"hold"}
    assert (placed["hold"], placed["authority"], placed["reason"]) == (row.id, row.authority, row.reason)
    assert all(one.keys() == _columns(HoldRelease) - {"hold_id", "person_id", "after"} | {"hold", "person"}
               for one in released)  # fmt: skip
    assert [one["person"] for one in released] == ["usr_ann", "usr_ben"]


def _columns(table: type[Base]) -> set[str]:
    return set(table.__table__.columns.keys())


def test_whoever_erases_waits_for_a_hold_that_is_being_placed(engine: Engine, blobs: BlobStore) -> None:
    """The guard locks the item: what was committed while it waited counts."""
    with transaction(engine) as session:
        item = _furnished(session, blobs)
    with transaction(engine) as placing, engine.connect() as erasing:
        _held(placing, item)
        _unlocked_for(erasing.execute)
        erasing.execute(text("SET LOCAL lock_timeout = '300ms'"))
        with pytest.raises(Exception, match="lock timeout"):
            erasing.execute(text("DELETE FROM record_unit"))
        erasing.rollback()


def _unlocked_for(execute: object) -> None:
    assert callable(execute)
    execute(text("ALTER TABLE record_unit DISABLE TRIGGER keep_rows"))


def test_a_hold_that_is_no_longer_heeded_is_noticed(engine: Engine) -> None:
    with engine.connect() as connection:
        assert migration.unguarded(connection) == []
        connection.execute(text("ALTER TABLE holding DISABLE TRIGGER hold_rows"))
        assert migration.unguarded(connection) == ["holding"]


def test_too_many_holds_are_refused(session: Session, blobs: BlobStore) -> None:
    item = Archive(session, OPERATOR).submit_upload(
        blobs.put(io.BytesIO(b"x")), name="x", note=None, sensitivity=Sensitivity.RESTRICTED
    ).item.id  # fmt: skip
    for _ in range(20):
        _held(session, item)
    with pytest.raises(Conflict, match="20 holds"):
        _held(session, item)
