"""What two people erase is gone from every row and every store; what stays proves that it was here and went."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.agreement import check_rows
from storage.archive import Archive
from storage.blobs.base import BlobStore
from storage.blobs.local import LocalBlobs
from storage.db import copies, erasures, migration, records
from storage.db.session import transaction
from storage.domain.assertions import parse_assertion
from storage.domain.erasure import ErasureOrder, ErasureReply
from storage.domain.holds import HoldEnd, HoldOrder
from storage.domain.kept import StepKey
from storage.domain.permissions import OPERATOR, SYSTEM, Actor, ActorKind
from storage.domain.vocab import EventType, FileRole, Outcome, Role, Sensitivity
from storage.errors import ArchiveError, Conflict, Erased, NotAllowed
from storage.fixity import check_chains, check_erased, check_files
from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest
from storage.integrity.note import Signer
from storage.item_keys import ItemKeys
from storage.log import inspection
from storage.log.keys import log_signer
from storage.log.sequencer import Sequencer
from storage.log.shelf import LogShelf
from storage.rebuild import database
from storage.rebuild.history import read_history
from tests.storage.rebuild.life import Life
from tests.storage.scenes import PLACE, Scene, attempt_of
from workers.erasing import LEDGER, Eraser

ANN = Actor("usr_ann", ActorKind.USER, frozenset({Role.LEAD}), "Ann")
BEN = Actor("usr_ben", ActorKind.USER, frozenset({Role.STEWARD, Role.LEAD}), "Ben")
ORDER = ErasureOrder(basis="GDPR Art. 17", reason="The person asks for it.")
YES = ErasureReply(agree=True, reason="The request is good.")
NO = ErasureReply(agree=False, reason="It is evidence.")
MARKER = "Oksana-Petrivna-Marker"


@pytest.fixture
def life(engine: Engine, blobs: LocalBlobs) -> Life:
    return Life(engine, blobs)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return log_signer(tmp_path / "keys" / "ledger.pem", "archive.example/custody", None)


@pytest.fixture
def shelf(tmp_path: Path) -> LogShelf:
    return LogShelf(tmp_path / "ledger")


def eraser_of(engine: Engine, shelf: LogShelf) -> Eraser:
    return Eraser(engine, shelf, ItemKeys(Path("/nonexistent")), patience=timedelta())


def _sequence(engine: Engine, shelf: LogShelf, signer: Signer) -> None:
    while Sequencer(shelf, signer).advance(engine):
        pass


def _testimony(life: Life) -> tuple[str, str]:
    """An item whose address, title, note, words and bytes all bear the marker; and its record's pid."""
    entry = life.submit(url=f"https://example.org/{MARKER}", note=f"sent by {MARKER}")
    item, capture = entry.item.id, entry.submission.capture_id
    brought = [
        life.kept("original", MARKER.encode(), FileRole.ORIGINAL),
        life.kept("info_json", b'{"t": "%s"}' % MARKER.encode(), FileRole.CONTEXT),
    ]
    with transaction(life.engine) as session:
        attempt = attempt_of(Outcome.CAPTURED, {"title": MARKER, "addresses": [f"https://example.org/{MARKER}"]})
        Archive(session, SYSTEM).seal_capture(life.held(capture), attempt, StepKey("capture", "1", "key", ()), brought)
    life.say(entry.item, "content", {"summary": f"{MARKER} speaks.", "status": "accepted"})
    life.say(entry.item, "place", dict(PLACE["body"]))
    life.publish(entry.item)
    with life.door() as archive:
        archive.save_draft(item, "note", {"text": MARKER}, expected=None)
    with transaction(life.engine) as session:
        pid = records.newest_of_item(session, item)
        assert pid is not None
        return item, pid.pid


def _erase(engine: Engine, item: str) -> str:
    with transaction(engine) as session:
        erasure = Archive(session, ANN).ask_erasure(item, ORDER).erasure.id
    with transaction(engine) as session:
        Archive(session, BEN).answer_erasure(item, erasure, YES)
    return erasure


def _rows_with(engine: Engine, marker: str) -> dict[str, int]:
    found = {}
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            count = connection.scalar(
                text(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE :marker'), {"marker": f"%{marker}%"}
            )
            if count:
                found[table] = int(count)
    return found


def _files_with(folder: Path, marker: str) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and marker.encode() in path.read_bytes()]


def _flaws(engine: Engine, shelf: LogShelf, stores: dict[str, Any]) -> list[Any]:
    def found() -> Iterator[Any]:
        for name, store in stores.items():
            yield from check_files(engine, store, name, lambda _: None)
        yield from check_erased(engine, stores)
        yield from check_chains(engine)
        yield from check_rows(engine)
        yield from inspection.inspect(engine, shelf)

    return list(found())


def test_fault_D14_nothing_of_an_erased_item_is_left_and_all_chains_still_hold(
    life: Life, blobs: LocalBlobs, shelf: LogShelf, signer: Signer, tmp_path: Path, empty_engine: Engine
) -> None:
    engine, second = life.engine, LocalBlobs(tmp_path / "second")
    stores = {"first": blobs, "second": second}
    item, pid = _testimony(life)
    other = life.submit()
    life.capture(other.submission.capture_id)
    second.put(io.BytesIO(MARKER.encode()))
    assert second.set_aside(second.put(io.BytesIO(MARKER.encode())).digest)
    second.put(io.BytesIO(MARKER.encode()))
    with transaction(engine) as session:
        copies.note_new(session, "second", copies.CopyState.WHOLE)
    _sequence(engine, shelf, signer)
    assert {"submission", "capture", "assertion", "record", "event", "draft", "source"} <= set(
        _rows_with(engine, MARKER)
    )
    assert len(_files_with(tmp_path, MARKER)) >= 5

    erasure = _erase(engine, item)
    assert _rows_with(engine, MARKER) == {}
    eraser = eraser_of(engine, shelf)
    for name in stores:
        assert eraser.destroy(name, stores) == 1
    assert eraser.empty_ledger() == 1
    assert _files_with(tmp_path, MARKER) == []
    assert [one.place for one in _asked(engine, erasure).done] == ["first", "second", LEDGER]
    _sequence(engine, shelf, signer)
    # The copy of the other item is not on the second store: what is looked at there is the erased one.
    assert _flaws(engine, shelf, {"first": blobs}) == []
    assert list(check_erased(engine, stores)) == []

    with transaction(engine) as session:
        left = records.one(session, pid, readable=frozenset(Sensitivity))
        assert left is not None
        assert left.body["erased"]["erasure"] == erasure
    with transaction(engine) as session, pytest.raises(Erased, match="erased on"):
        Archive(session, OPERATOR).say(item, parse_assertion(PLACE))
    told = _newest(engine, EventType.DEACCESSION)
    assert (told["asked_by"], told["answered_by"], told["basis"]) == (ANN.id, BEN.id, ORDER.basis)
    assert len(told["files"]) == 2

    database.rebuild(empty_engine, read_history(shelf, signer.public), None)
    assert list(check_rows(empty_engine)) == []
    assert list(check_chains(empty_engine)) == []
    assert _rows_with(empty_engine, MARKER) == {}
    for table in ("item", "record", "submission", "erasure", "erasure_answer", "erased_file", "erasure_done"):
        assert _rows(empty_engine, table) == _rows(engine, table), table


def _lead(user: str) -> Actor:
    return Actor(user, ActorKind.USER, frozenset({Role.LEAD}))


def _asked(engine: Engine, erasure: str) -> erasures.Asked:
    with transaction(engine) as session:
        found = erasures.one(session, erasure)
        assert found is not None
        return found


def _newest(engine: Engine, kind: EventType) -> dict[str, Any]:
    with engine.connect() as connection:
        body = connection.scalar(
            text("SELECT body FROM event WHERE type = :type ORDER BY seq DESC LIMIT 1"), {"type": kind.value}
        )
    detail: dict[str, Any] = json.loads(str(body))["detail"]
    return detail


def _rows(engine: Engine, table: str) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} AS t")))


def test_a_vault_whose_ledger_was_not_emptied_yet_is_rebuilt_without_what_was_erased(
    life: Life, shelf: LogShelf, signer: Signer, empty_engine: Engine
) -> None:
    item, _ = _testimony(life)
    _sequence(life.engine, shelf, signer)
    _erase(life.engine, item)
    _sequence(life.engine, shelf, signer)
    database.rebuild(empty_engine, read_history(shelf, signer.public), None)
    assert _rows_with(empty_engine, MARKER) == {}
    assert _rows(empty_engine, "record") == _rows(life.engine, "record")


def test_a_full_bundle_in_the_vault_is_emptied_too(life: Life, shelf: LogShelf, signer: Signer, tmp_path: Path) -> None:
    item, _ = _testimony(life)
    with life.door() as archive:
        for _ in range(260):
            archive.record_export(item)
    _sequence(life.engine, shelf, signer)
    assert (tmp_path / "ledger/events/000.jsonl").exists()
    _erase(life.engine, item)
    eraser_of(life.engine, shelf).empty_ledger()
    assert _files_with(tmp_path / "ledger", MARKER) == []
    _sequence(life.engine, shelf, signer)
    assert list(inspection.inspect(life.engine, shelf)) == []
    read_history(shelf, signer.public)


def test_bytes_that_another_item_holds_stay_for_it(life: Life, shelf: LogShelf) -> None:
    first, second = life.upload(b"the same bytes"), life.upload(b"the same bytes")
    for entry in (first, second):
        with life.door(SYSTEM) as archive:
            brought = [life.kept("original", b"the same bytes")]
            step = StepKey("capture", "1", entry.item.id, ())
            archive.seal_capture(
                life.held(entry.submission.capture_id), attempt_of(Outcome.CAPTURED, {}), step, brought
            )
    _erase(life.engine, first.item.id)
    eraser_of(life.engine, shelf).destroy("first", {"first": life.blobs})  # type: ignore[dict-item]
    assert _newest(life.engine, EventType.DEACCESSION)["files"] == []
    assert list(check_files(life.engine, life.blobs, "first", lambda _: None)) == []
    _erase(life.engine, second.item.id)
    eraser_of(life.engine, shelf).destroy("first", {"first": life.blobs})  # type: ignore[dict-item]
    assert _files_with(life.blobs._root, "the same bytes") == []  # type: ignore[attr-defined]


def test_bytes_that_somebody_else_has_handed_in_and_no_worker_has_taken_up_stay(
    life: Life, blobs: LocalBlobs, shelf: LogShelf
) -> None:
    first, second = life.upload(b"handed in by two"), life.upload(b"handed in by two")
    assert first.item.id != second.item.id
    _erase(life.engine, first.item.id)
    eraser_of(life.engine, shelf).destroy("first", {"first": blobs})
    with blobs.open(Digest.of(b"handed in by two")) as stream:
        assert stream.read() == b"handed in by two"


def test_bytes_that_a_worker_has_put_for_another_item_and_not_yet_named_stay(
    life: Life, blobs: LocalBlobs, shelf: LogShelf
) -> None:
    first, second = life.upload(b"captured by two"), life.submit()
    held = life.held(second.submission.capture_id)
    brought = life.kept("original", b"captured by two", FileRole.ORIGINAL)
    _erase(life.engine, first.item.id)
    eraser, stores = eraser_of(life.engine, shelf), {"first": blobs}
    assert eraser.destroy("first", stores) == 0
    with transaction(life.engine) as session:
        step = StepKey("capture", "1", held.job.capture_id, ())
        Archive(session, SYSTEM).seal_capture(held, attempt_of(Outcome.CAPTURED, {}), step, [brought])
    assert eraser.destroy("first", stores) == 1
    with blobs.open(Digest.of(b"captured by two")) as stream:
        assert stream.read() == b"captured by two"


def test_for_a_moment_what_was_just_erased_waits_for_requests_that_are_under_way(
    life: Life, blobs: LocalBlobs, shelf: LogShelf
) -> None:
    item, _ = _testimony(life)
    _erase(life.engine, item)
    assert replace(eraser_of(life.engine, shelf), patience=timedelta(hours=1)).destroy("first", {"first": blobs}) == 0
    assert eraser_of(life.engine, shelf).destroy("first", {"first": blobs}) == 1


def test_erased_bytes_that_come_back_are_told_and_destroyed(life: Life, blobs: LocalBlobs, shelf: LogShelf) -> None:
    item, _ = _testimony(life)
    _erase(life.engine, item)
    eraser, stores = eraser_of(life.engine, shelf), {"first": blobs}
    eraser.destroy("first", stores)
    blobs.put(io.BytesIO(MARKER.encode()))
    [flaw] = check_erased(life.engine, stores)
    assert "lie on the first store again" in flaw.sentence
    assert eraser.destroy_again("first", stores) == 0
    assert eraser.destroy_again("first", stores, older_than_s=0) == 1
    assert list(check_erased(life.engine, stores)) == []
    assert _newest(life.engine, EventType.DELETION)["again"] is True
    life.upload(MARKER.encode())
    [flaw] = check_erased(life.engine, stores)
    assert f"erased with {item}, and is kept again" in flaw.sentence
    assert eraser.destroy_again("first", stores, older_than_s=0) == 0


def test_a_text_that_is_gone_without_an_erasure_is_a_flaw(life: Life, shelf: LogShelf, signer: Signer) -> None:
    item, _ = _testimony(life)
    erased = life.submit().item.id
    _erase(life.engine, erased)
    with life.engine.begin() as connection:
        connection.execute(text("ALTER TABLE event DISABLE TRIGGER keep_rows"))
        [stub] = connection.scalars(
            text("SELECT body FROM event WHERE item_id = :item AND body LIKE '%erased/1%' LIMIT 1"), {"item": erased}
        )
        told = connection.execute(
            text("SELECT seq, sha256, body FROM event WHERE item_id = :item AND type = 'local:assertion'"),
            {"item": item},
        ).first()
        assert told is not None
        forged = json.loads(told.body) | {
            "format": "svidok.erased/1",
            "detail": {},
            "objects": [],
            "erasure": json.loads(stub)["erasure"],
            "sha256": told.sha256,
        }
        connection.execute(
            text("UPDATE event SET body = :body WHERE seq = :seq"),
            {"body": canonical(forged).decode(), "seq": told.seq},
        )
    assert any(f"nothing says that {item} was erased" in flaw.sentence for flaw in check_chains(life.engine))


def test_fault_D15_whoever_asked_cannot_agree_and_no_key_can(session: Session, blobs: BlobStore) -> None:
    item = Scene(Archive, session, blobs).captured().item.id
    asked = Archive(session, ANN).ask_erasure(item, ORDER)
    with pytest.raises(Conflict) as refused:
        Archive(session, ANN).answer_erasure(item, asked.erasure.id, YES)
    assert refused.value.code == "same_person"
    key = Actor("usr_cat", ActorKind.KEY, frozenset({Role.LEAD}))
    reviewer = Actor("usr_dan", ActorKind.USER, frozenset({Role.REVIEWER}))
    for actor in (OPERATOR, key, reviewer):
        with pytest.raises(NotAllowed):
            Archive(session, actor).answer_erasure(item, asked.erasure.id, YES)
        with pytest.raises(NotAllowed):
            Archive(session, actor).ask_erasure(item, ORDER)
    assert Archive(session, BEN).answer_erasure(item, asked.erasure.id, NO).is_agreed is False
    with pytest.raises(Conflict, match="answered already"):
        Archive(session, BEN).answer_erasure(item, asked.erasure.id, YES)
    again = Archive(session, BEN).ask_erasure(item, ORDER)
    assert Archive(session, BEN).answer_erasure(item, again.erasure.id, NO).is_agreed is False


def test_fault_D15_one_person_with_two_accounts_does_not_agree_with_themselves(
    session: Session, blobs: BlobStore
) -> None:
    item = Scene(Archive, session, blobs).captured().item.id
    made = Archive(session, OPERATOR).add_user("ann@example.org", "a long enough phrase", frozenset(Role))
    old = Archive(session, OPERATOR).add_user("ben@example.org", "a long enough phrase", {Role.REVIEWER})
    ann = Actor(made.id, ActorKind.USER, frozenset(Role), "Ann")
    first = Archive(session, ann).ask_erasure(item, ORDER)
    puppet = Archive(session, ann).add_user("puppet@example.org", "a long enough phrase", {Role.LEAD})
    Archive(session, ann).set_roles(old.id, {Role.LEAD})
    for user in (puppet, old):
        with pytest.raises(Conflict, match="a third person must agree") as refused:
            Archive(session, _lead(user.id)).answer_erasure(item, first.erasure.id, YES)
        assert refused.value.code == "not_independent"
    late = Archive(session, OPERATOR).add_user("late@example.org", "a long enough phrase", {Role.LEAD})
    session.execute(
        text("UPDATE user_account SET created_at = now() + interval '1 minute' WHERE id = :i"), {"i": late.id}
    )
    session.expire_all()
    with pytest.raises(Conflict, match="younger than this asking"):
        Archive(session, _lead(late.id)).answer_erasure(item, first.erasure.id, YES)
    assert Archive(session, ann).answer_erasure(item, first.erasure.id, NO).is_agreed is False
    asked = Archive(session, _lead(puppet.id)).ask_erasure(item, ORDER)
    with pytest.raises(Conflict, match="a third person"):
        Archive(session, ann).answer_erasure(item, asked.erasure.id, YES)
    assert Archive(session, BEN).answer_erasure(item, asked.erasure.id, YES).is_agreed


def test_fault_D15_under_legal_hold_nobody_asks_and_nobody_agrees(session: Session, blobs: BlobStore) -> None:
    item = Scene(Archive, session, blobs).captured().item.id
    asked = Archive(session, ANN).ask_erasure(item, ORDER)
    held = Archive(session, ANN).place_hold(item, HoldOrder(authority="A court", reason="Evidence."))
    for attempt in (
        lambda: Archive(session, BEN).answer_erasure(item, asked.erasure.id, YES),
        lambda: Archive(session, BEN).ask_erasure(item, ORDER),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "held"
    for actor in (ANN, BEN):
        Archive(session, actor).release_hold(item, held.hold.id, HoldEnd(reason="It is over."))
    assert Archive(session, BEN).answer_erasure(item, asked.erasure.id, YES).is_agreed


AGREED = "INSERT INTO erasure_answer VALUES (:erasure, 'usr_ann', 'usr_ben', true, 'yes', now())"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM assertion",
        "DELETE FROM holding",
        "DELETE FROM event WHERE item_id = :item",
        "UPDATE assertion SET kind = 'note'",
        "UPDATE submission SET url = NULL, canonical_url = NULL, note = NULL, note_salt = NULL, supplied_name = NULL",
        "UPDATE event SET body = body || ' ' WHERE item_id = :item",
        "UPDATE event SET body = jsonb_build_object('format', 'svidok.erased/1', 'sha256', sha256, "
        "'detail', '{}'::jsonb, 'type', type)::text WHERE item_id = :item",
    ],
)
def test_fault_D15_the_database_lets_nothing_go_that_two_have_not_agreed_on(
    session: Session, blobs: BlobStore, statement: str
) -> None:
    scene = Scene(Archive, session, blobs)
    item = scene.captured().item.id
    scene.operator.say(item, parse_assertion(PLACE))
    Archive(session, ANN).ask_erasure(item, ORDER)
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text(statement), {"item": item} if ":item" in statement else {})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assertion SET kind = 'note'",
        "UPDATE submission SET submitter_id = 'somebody'",
        'UPDATE record SET body = \'{"erased": {}, "more": 1}\'',
        "UPDATE event SET sha256 = 'x' WHERE item_id = :item",
        'UPDATE event SET body = \'{"format": "svidok.erased/1"}\' WHERE item_id = :item',
        "DELETE FROM event WHERE item_id = :item",
        "DELETE FROM submission",
        "DELETE FROM record",
        "DELETE FROM erasure_answer",
        "UPDATE erasure SET basis = 'another'",
    ],
)
def test_an_agreement_lets_rows_be_emptied_and_not_be_rewritten(
    session: Session, blobs: BlobStore, statement: str
) -> None:
    scene = Scene(Archive, session, blobs)
    item = scene.captured().item.id
    scene.operator.say(item, parse_assertion(PLACE))
    scene.operator.publish(item, sensitivity=Sensitivity.RESTRICTED, expected=None)
    asked = Archive(session, ANN).ask_erasure(item, ORDER)
    session.execute(text(AGREED), {"erasure": asked.erasure.id})
    with pytest.raises(IntegrityError):
        session.execute(text(statement), {"item": item} if ":item" in statement else {})


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO erasure_answer VALUES (:erasure, 'usr_ann', 'usr_ann', true, 'alone', now())",
        "INSERT INTO erasure_answer VALUES (:erasure, 'usr_cat', 'usr_ann', true, 'as if another had asked', now())",
        "INSERT INTO erasure_answer VALUES ('ers_none', 'usr_ann', 'usr_ben', true, 'of nothing', now())",
    ],
)
def test_fault_D15_the_database_knows_no_agreement_of_one_person(
    session: Session, blobs: BlobStore, statement: str
) -> None:
    item = Scene(Archive, session, blobs).captured().item.id
    asked = Archive(session, ANN).ask_erasure(item, ORDER)
    with pytest.raises(IntegrityError):
        session.execute(text(statement), {"erasure": asked.erasure.id})


def test_of_many_who_answer_at_one_instant_one_is_heard_and_a_hold_comes_whole_or_not_at_all(
    engine: Engine, life: Life
) -> None:
    for number in range(6):
        item = life.submit(url=f"https://example.org/{number}").item.id
        with transaction(engine) as session:
            asked = Archive(session, ANN).ask_erasure(item, ORDER).erasure.id
        hold = HoldOrder(authority="Court", reason="Evidence.")

        def answer(number: int, item: str = item, asked: str = asked, hold: HoldOrder = hold) -> str:
            try:
                with transaction(engine) as session:
                    archive = Archive(session, BEN if number % 2 else _lead("usr_cat"))
                    if number < 2:
                        archive.place_hold(item, hold)
                        return "held"
                    return str(archive.answer_erasure(item, asked, YES if number < 6 else NO).is_agreed)
            except (Conflict, Erased):
                return ""

        with ThreadPoolExecutor(8) as hands:
            told = sorted(filter(None, hands.map(answer, range(8))))
        assert told in (["True"], ["False", "held", "held"]), told
    assert list(check_chains(engine)) == []


def test_an_item_that_is_worked_on_waits(session: Session, blobs: BlobStore) -> None:
    scene = Scene(Archive, session, blobs)
    item = scene.submitted().item.id
    scene.held()
    asked = Archive(session, ANN).ask_erasure(item, ORDER)
    with pytest.raises(ArchiveError) as refused:
        Archive(session, BEN).answer_erasure(item, asked.erasure.id, YES)
    assert refused.value.code == "working"


def test_every_table_of_items_is_known_to_erasures(engine: Engine) -> None:
    """A new table that says something of items must be emptied with them, or be named here with its reason."""
    emptied = {
        *("submission", "capture", "holding", "step_run", "assertion", "record", "event"),
        *("job", "draft", "lease", "reading", "watch", "sighting", "enciphered"),
        *("text_line", "text_read", "match_decided"),
    }
    why_it_stays = {"hold": "by whose order it was kept", "erasure": "by whose order it went"}
    with engine.connect() as connection:
        columns = "SELECT table_name FROM information_schema.columns"
        found = connection.scalars(text(f"{columns} WHERE column_name = 'item_id' AND table_schema = 'public'"))
        assert set(found) == emptied | set(why_it_stays)
        assert migration.unguarded(connection) == []
