"""A lost database is written again from the vault alone: every row that the ledger tells of, and no other."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, inspect, text

from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.db import copies, log, migration
from storage.db.session import transaction
from storage.db.tables import Base
from storage.domain import clock
from storage.domain.permissions import OPERATOR, SYSTEM
from storage.domain.vocab import EventType, Sensitivity, StampKind
from storage.errors import Altered, Conflict, NotFound, Superseded
from storage.fixity import check_chains, check_files
from storage.integrity import statement
from storage.integrity.canonical import canonical
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.digest import Digest
from storage.integrity.note import Signer
from storage.integrity.succession import Succession, open_succession
from storage.log import inspection
from storage.log.keys import log_signer, public_key
from storage.log.sequencer import Sequencer
from storage.log.shelf import LogShelf
from storage.log.succeeding import lay
from storage.rebuild import database
from storage.rebuild.history import origin_of, read_history
from storage.rebuild.writers import WRITERS
from tests.storage.rebuild.life import Life, live

NAME = "archive.example/custody"

# What a rebuilt row may say otherwise, and why.
OTHERWISE = {
    "event": {"xid"},  # the number of the transaction that wrote it, in this database
    "submission": {"note", "note_salt"},  # personal: the ledger holds a commitment only
    "item": {"assignee_id"},  # people do not come back
    "log_head": {"after_xid", "after_seq"},
    "log_key": {"made_at"},
    "checkpoint": {"made_at"},
}


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return log_signer(tmp_path / "keys" / "ledger.pem", NAME, None)


@pytest.fixture
def shelf(tmp_path: Path) -> LogShelf:
    return LogShelf(tmp_path / "ledger")


@pytest.fixture
def life(engine: Engine, blobs: LocalBlobs) -> Life:
    return Life(engine, blobs)


def _sequence(engine: Engine, shelf: LogShelf, signer: Signer, limit: int = 4096) -> None:
    while Sequencer(shelf, signer).advance(engine, limit):
        pass


def _rows(engine: Engine, table: str) -> list[str]:
    """Every row in the one spelling a statement has (50.0 is 50), without what it may say otherwise."""
    hidden = "".join(f" - '{column}'" for column in sorted(OTHERWISE.get(table, ())))
    with engine.connect() as connection:
        found = connection.scalars(text(f"SELECT (to_jsonb(t){hidden})::text FROM {table} AS t"))
        return sorted(canonical(json.loads(row)).decode() for row in found)


def _size(row: str) -> int:
    return int(json.loads(row)["size"])


def _stamp(engine: Engine) -> None:
    """An authority stamps what has been signed so far."""
    with transaction(engine) as session:
        signed = log.newest_checkpoint(session)
        assert signed is not None
        door = Archive(session, SYSTEM)
        door.keep_stamp(
            signed.size, StampKind.RFC3161, "https://tsa.example", Digest.of(b"token"), stamped_at=clock.now()
        )


def _owed(engine: Engine) -> list[tuple[Any, ...]]:
    """The captures that are still to be made, as the hands are told of them."""
    owed = "SELECT capture_id, item_id, queue, site, request::text FROM job WHERE step = 'capture'"
    with engine.connect() as connection:
        rows = connection.execute(text(f"{owed} AND state NOT IN ('done', 'dead') ORDER BY capture_id"))
        return [tuple(row) for row in rows]


def test_fault_C11_fifty_items_of_every_kind_come_back_row_by_row(
    life: Life, empty_engine: Engine, shelf: LogShelf, signer: Signer
) -> None:
    assert live(life) >= 50
    _sequence(life.engine, shelf, signer)
    _stamp(life.engine)
    _sequence(life.engine, shelf, signer)
    with transaction(life.engine) as session:
        name = copies.archive_name(session)
    rebuilt = database.rebuild(empty_engine, read_history(shelf, signer.public), name)
    tables = set(inspect(life.engine).get_table_names()) - {"alembic_version"}
    assert tables == set(Base.metadata.tables)
    compared = tables - {*database.NOT_REBUILT, "checkpoint"}
    for table in sorted(compared):
        before, after = _rows(life.engine, table), _rows(empty_engine, table)
        assert after == before, table
        assert before, f"there is nothing in {table} to compare"
    assert {"item", "submission", "capture", "holding", "file", "assertion", "record", "hold", "event"} < compared
    assert _owed(empty_engine) == _owed(life.engine)
    assert rebuilt.captures_owed == len(_owed(life.engine)) > 0
    assert rebuilt.unsigned == 0
    assert len(rebuilt.assigned) == 1
    # Of what was signed on the way the newest says it all.
    assert _rows(empty_engine, "checkpoint") == [max(_rows(life.engine, "checkpoint"), key=_size)]
    with empty_engine.connect() as connection:
        assert migration.unguarded(connection) == []


def test_a_rebuilt_archive_is_sound_and_goes_on(
    life: Life, empty_engine: Engine, shelf: LogShelf, signer: Signer, blobs: LocalBlobs
) -> None:
    entry = life.submit()
    life.capture(entry.submission.capture_id)
    _sequence(life.engine, shelf, signer)
    database.rebuild(empty_engine, read_history(shelf, signer.public), None)
    assert _flaws(empty_engine, shelf) == []
    assert list(check_files(empty_engine, blobs, "first", lambda _: None)) == []
    after = Life(empty_engine, blobs)
    after.say(entry.item, "note", {"text": "It goes on."})
    _sequence(empty_engine, shelf, signer)
    assert _flaws(empty_engine, shelf) == []
    with transaction(empty_engine) as session:
        joined = Archive(session, OPERATOR).submit(
            str(entry.submission.url), note=None, sensitivity=Sensitivity.RESTRICTED
        )
        assert joined.item.id == entry.item.id


def _flaws(engine: Engine, shelf: LogShelf) -> list[Any]:
    return [*inspection.inspect(engine, shelf), *check_chains(engine)]


def test_what_was_laid_down_and_not_signed_for_comes_back_too(
    life: Life, empty_engine: Engine, shelf: LogShelf, signer: Signer
) -> None:
    life.submit()
    _sequence(life.engine, shelf, signer)
    signed = shelf.checkpoint()
    entry = life.submit()
    _sequence(life.engine, shelf, signer)
    assert signed is not None
    shelf.keep_checkpoint(signed)  # as a kill leaves it between the database's commit and the vault's checkpoint
    rebuilt = database.rebuild(empty_engine, read_history(shelf, signer.public), None)
    assert (rebuilt.events, rebuilt.unsigned) == (2, 1)
    _sequence(empty_engine, shelf, signer)
    assert _flaws(empty_engine, shelf) == []
    with empty_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM item WHERE id = :id"), {"id": entry.item.id}) == 1


def test_an_event_that_had_to_wait_for_its_item_stands_behind_the_one_it_follows(
    life: Life, empty_engine: Engine, shelf: LogShelf, signer: Signer
) -> None:
    """The transaction that began earlier wrote later: the log puts it first, the item's chain does not."""
    item = life.submit().item
    with transaction(life.engine) as early:
        early.execute(text("SELECT pg_current_xact_id()"))
        with life.door() as late:
            late.record_export(item.id)
        Archive(early, OPERATOR).record_export(item.id)
    _sequence(life.engine, shelf, signer)
    history = read_history(shelf, signer.public)
    assert [event.index for event in history.events] == [0, 2, 1]
    database.rebuild(empty_engine, history, None)
    assert _flaws(empty_engine, shelf) == []
    assert _rows(empty_engine, "event") == _rows(life.engine, "event")


def test_a_database_that_holds_something_is_refused(
    life: Life, empty_engine: Engine, shelf: LogShelf, signer: Signer
) -> None:
    life.submit()
    _sequence(life.engine, shelf, signer)
    history = read_history(shelf, signer.public)
    with pytest.raises(Conflict, match="holds an archive already"):
        database.rebuild(life.engine, history, None)
    with transaction(empty_engine) as session:
        session.execute(text("INSERT INTO file (sha256, sha512, size_bytes) VALUES ('a', 'b', 1)"))
    with pytest.raises(Conflict, match="rows in file"):
        database.rebuild(empty_engine, history, None)


def test_all_of_it_is_written_or_nothing(life: Life, empty_engine: Engine, shelf: LogShelf, signer: Signer) -> None:
    life.submit()
    life.submit()
    _sequence(life.engine, shelf, signer)
    seen = []

    def stop(count: int) -> None:
        seen.append(count)
        if len(seen) == 2:
            raise KeyboardInterrupt

    history = read_history(shelf, signer.public)
    with pytest.raises(KeyboardInterrupt):
        database.rebuild(empty_engine, history, None, stop)
    database.rebuild(empty_engine, history, None)
    assert len(_rows(empty_engine, "item")) == 2


def test_every_type_of_event_has_its_rows() -> None:
    assert set(WRITERS) == set(EventType)


def _small_history(life: Life, shelf: LogShelf, signer: Signer) -> Path:
    entry = life.submit()
    life.capture(entry.submission.capture_id)
    life.say(entry.item, "note", {"text": "Who knows this town?"})
    with life.door() as archive:
        archive.record_export(entry.item.id)
    _sequence(life.engine, shelf, signer)
    [path] = [one for one in (shelf._root / "events").rglob("*") if one.is_file()]
    return path


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_dropped_repeated_or_reordered_event_is_found(
    life: Life, shelf: LogShelf, signer: Signer, data: st.DataObject
) -> None:
    found = [one for one in (shelf._root / "events").rglob("*") if one.is_file()]
    path = found[0] if found else _small_history(life, shelf, signer)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    match data.draw(st.sampled_from(("flip", "drop", "swap", "repeat", "cut"))):
        case "flip":
            at = data.draw(st.integers(0, len(whole) - 1))
            altered = whole[:at] + bytes([whole[at] ^ (1 << data.draw(st.integers(0, 7)))]) + whole[at + 1 :]
        case "drop":
            at = data.draw(st.integers(0, len(lines) - 1))
            altered = b"".join(lines[:at] + lines[at + 1 :])
        case "swap":
            at = data.draw(st.integers(0, len(lines) - 2))
            altered = b"".join([*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]])
        case "repeat":
            at = data.draw(st.integers(0, len(lines) - 1))
            altered = b"".join(lines[: at + 1] + lines[at:])
        case _:
            altered = whole[: data.draw(st.integers(0, len(whole) - 1))]
    path.write_bytes(altered)
    try:
        with pytest.raises((Altered, NotFound)):
            read_history(shelf, signer.public)
    finally:
        path.write_bytes(whole)
    read_history(shelf, signer.public)


def test_a_ledger_that_another_key_has_signed_is_refused(
    life: Life, shelf: LogShelf, signer: Signer, tmp_path: Path
) -> None:
    _small_history(life, shelf, signer)
    stranger = log_signer(tmp_path / "other" / "ledger.pem", NAME, None)
    with pytest.raises(Altered, match="no trusted key"):
        read_history(shelf, stranger.public)


def _change_key(life: Life, old: Signer, path: Path) -> Signer:
    new = log_signer(path, NAME, None)
    with transaction(life.engine) as session:
        Archive(session, OPERATOR).change_ledger_key(old, new)
    return new


@pytest.mark.parametrize("known", range(3))
def test_fault_D13_every_key_comes_back_with_its_sizes_whichever_of_them_is_left(
    life: Life, empty_engine: Engine, shelf: LogShelf, signer: Signer, tmp_path: Path, known: int
) -> None:
    signers = [signer]
    for number in range(2):
        life.submit()
        _sequence(life.engine, shelf, signers[-1])
        signers.append(_change_key(life, signers[-1], tmp_path / "keys" / f"{number}.pem"))
    _sequence(life.engine, shelf, signers[-1])
    database.rebuild(empty_engine, read_history(shelf, signers[known].public), None)
    assert _rows(empty_engine, "log_key") == _rows(life.engine, "log_key")
    assert len(_rows(empty_engine, "log_key")) == 3
    Life(empty_engine, life.blobs).submit()
    _sequence(empty_engine, shelf, signers[-1])
    assert _flaws(empty_engine, shelf) == []


def test_a_database_that_is_lost_right_after_a_change_of_key_goes_on_with_the_new_one(
    life: Life, empty_engine: Engine, shelf: LogShelf, signer: Signer, tmp_path: Path
) -> None:
    life.submit()
    _sequence(life.engine, shelf, signer)
    new = _change_key(life, signer, tmp_path / "keys" / "new.pem")
    with transaction(life.engine) as session:
        lay(session, shelf)
    database.rebuild(empty_engine, read_history(shelf, new.public), None)
    Life(empty_engine, life.blobs).submit()
    with pytest.raises(Superseded):
        _sequence(empty_engine, shelf, signer)
    _sequence(empty_engine, shelf, new)
    assert _flaws(empty_engine, shelf) == []


def test_a_history_with_a_succession_forged_reordered_or_left_out_is_refused(
    life: Life, shelf: LogShelf, signer: Signer, tmp_path: Path
) -> None:
    signers = [signer]
    for number in range(2):
        life.submit()
        _sequence(life.engine, shelf, signers[-1])
        signers.append(_change_key(life, signers[-1], tmp_path / "keys" / f"{number}.pem"))
    _sequence(life.engine, shelf, signers[-1])
    first, second = (tmp_path / "ledger" / "keys" / f"000{number}" for number in (1, 2))
    notes = [path.read_bytes() for path in (first, second)]
    other = open_succession(notes[0])
    elsewhere = Succession(other.old, other.new, Checkpoint(NAME, 1, bytes(32))).signed(*signers[:2])
    for told in (notes[::-1], [notes[0].replace(b"succession/1", b"succession/2"), notes[1]], [elsewhere, notes[1]]):
        for path, note in zip((first, second), told, strict=True):
            path.chmod(0o600)
            path.write_bytes(note)
        with pytest.raises(Altered):
            read_history(shelf, signers[-1].public)
    second.write_bytes(notes[1])
    first.unlink()
    with pytest.raises(Altered, match="one is missing"):
        read_history(shelf, signers[-1].public)
    first.write_bytes(notes[0])
    read_history(shelf, signers[-1].public)


def test_without_a_ledger_or_a_key_the_sentence_says_what_is_missing(shelf: LogShelf, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no signed ledger"):
        origin_of(shelf)
    with pytest.raises(NotFound, match=r"ledger\.pem is missing"):
        public_key(tmp_path / "keys" / "ledger.pem", NAME, None)
    assert not (tmp_path / "keys").exists()


def test_an_older_event_without_its_moment_is_read_all_the_same(
    life: Life, shelf: LogShelf, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def earlier(self: statement.Statement) -> str:
        body = json.loads(whole(self))
        del body["written_at"]
        return canonical(body).decode()

    whole = statement.Statement.text
    monkeypatch.setattr(statement.Statement, "text", earlier)
    life.submit()
    _sequence(life.engine, shelf, signer)
    [event] = read_history(shelf, signer.public).events
    assert event.written_at == event.at


def test_bytes_that_are_uploaded_twice_are_one_file(
    life: Life, empty_engine: Engine, shelf: LogShelf, signer: Signer
) -> None:
    for _ in range(2):
        life.upload(b"the same")
    life.blobs.put(io.BytesIO(b"named by no event"))
    _sequence(life.engine, shelf, signer)
    database.rebuild(empty_engine, read_history(shelf, signer.public), None)
    assert _rows(empty_engine, "file") == _rows(life.engine, "file")
    assert len(_rows(empty_engine, "file")) == 1
