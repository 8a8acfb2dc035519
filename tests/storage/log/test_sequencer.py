"""The Merkle log over real events: none lost, none twice, and whoever rewrites history is found."""

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from storage.archive import Archive
from storage.db import log
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import EventType, Role
from storage.errors import Altered, Conflict, NotFound
from storage.integrity import merkle
from storage.integrity.merkle import verify_consistency
from storage.integrity.note import Kind, Note, Signer, joined, strict_base64
from storage.integrity.proof import verify_proof
from storage.integrity.statement import Agent
from storage.integrity.tiles import WIDTH, Tile
from storage.ledger import Ledger
from storage.log.inspection import inspect, prove, trusted_keys
from storage.log.keys import log_signer
from storage.log.opening import open_signer
from storage.log.sequencer import Sequencer, entry_of
from storage.log.shelf import LogShelf
from tests.storage.test_commit_protocol import Disk

NAME = "archive.example/custody"
SECONDS = float(os.environ.get("SVIDOK_CHAOS_SECONDS", "3"))


@pytest.fixture
def shelf(tmp_path: Path) -> LogShelf:
    return LogShelf(tmp_path / "ledger")


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return log_signer(tmp_path / "keys" / "ledger.pem", NAME, None)


@pytest.fixture
def sequencer(shelf: LogShelf, signer: Signer) -> Sequencer:
    return Sequencer(shelf, signer)


def _happen(engine: Engine, count: int) -> list[str]:
    """So many events of no item, a few to a transaction; their ids."""
    told = []
    while len(told) < count:
        with transaction(engine) as session:
            ledger = Ledger(session, Agent("system", "test"))
            for number in range(min(7, count - len(told))):
                detail = {"number": len(told) + number, "words": "слова" * number}
                told.append(ledger.record(EventType.RETRY, item_id=None, detail=detail).id)
    return told


def _flaws(engine: Engine, shelf: LogShelf) -> list[tuple[str, str]]:
    return [(flaw.subject, flaw.sentence) for flaw in inspect(engine, shelf)]


def test_every_event_gets_its_place_and_can_be_proved_to_a_stranger(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer
) -> None:
    told = _happen(engine, 600)
    while sequencer.advance(engine, limit=97):
        pass
    assert _flaws(engine, shelf) == []
    with transaction(engine) as session:
        keys = trusted_keys(session)
        for event_id in told[::37]:
            proof = prove(session, shelf, event_id, log.newest_checkpoint(session))
            sha256 = session.scalar(text("SELECT sha256 FROM event WHERE id = :id"), {"id": event_id})
            opened = verify_proof(proof.written(), entry_of(str(sha256)), keys)
            assert (opened.checkpoint.origin, opened.checkpoint.size) == (NAME, 600)
    assert [len(shelf.events(index)) for index in range(3)] == [WIDTH, WIDTH, 88]
    assert len(shelf.read(Tile(1, 0, 2))) == 64


def test_the_log_of_an_hour_ago_is_a_beginning_of_the_one_now(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer
) -> None:
    opened = []
    for count in (3, 300, 260):
        _happen(engine, count)
        sequencer.advance(engine)
        opened.append(Note.parse(shelf.checkpoint() or b"").text.split("\n"))
    with transaction(engine) as session:
        assert log.count_leaves(session) == 563
    for (_, size, root, _), (_, later, new_root, _) in itertools.pairwise(opened):
        proof = merkle.consistency_proof(shelf.node, int(size), int(later))
        roots = strict_base64(root), strict_base64(new_root)
        assert verify_consistency(int(size), int(later), *roots, proof)


def test_an_event_has_no_proof_before_it_has_a_place(engine: Engine, shelf: LogShelf, sequencer: Sequencer) -> None:
    [first] = _happen(engine, 1)
    with transaction(engine) as session, pytest.raises(NotFound, match="in a moment"):
        prove(session, shelf, first, log.newest_checkpoint(session))
    assert sequencer.advance(engine) == 1
    assert sequencer.advance(engine) == 0
    with transaction(engine) as session:
        proof = prove(session, shelf, first, log.newest_checkpoint(session))
        assert (proof.index, proof.hashes) == (0, ())


def test_fault_D6_two_sequencers_beside_writers_leave_no_gap_and_lose_nothing(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer
) -> None:
    told: list[str] = []
    faults: list[BaseException] = []
    ended = threading.Event()

    def write() -> None:
        told.extend(_happen(engine, 60))

    def sequence() -> None:
        while not ended.is_set():
            sequencer.advance(engine, limit=11)

    def guarded(work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as fault:  # noqa: BLE001 - whatever it was, the test must see it
                faults.append(fault)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    sequencers = [guarded(sequence) for _ in range(2)]
    for writer in [guarded(write) for _ in range(4)]:
        writer.join()
    ended.set()
    for one in sequencers:
        one.join()
    while sequencer.advance(engine):
        pass
    assert faults == []
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT leaf.index, event.id FROM leaf JOIN event ON event.seq = event_seq"))
        places = {row[1]: row[0] for row in rows}
    assert set(told) <= set(places)
    assert sorted(places.values()) == list(range(len(places)))
    assert _flaws(engine, shelf) == []


def test_fault_D7_an_open_transaction_holds_later_events_back_and_none_is_passed_over(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer
) -> None:
    _happen(engine, 2)
    assert sequencer.advance(engine) == 2
    with engine.connect() as slow:
        held = slow.begin()
        slow.execute(text("SELECT pg_current_xact_id()"))
        later = _happen(engine, 3)
        assert sequencer.advance(engine) == 0
        with transaction(engine) as session:
            waits_since = log.oldest_waiting(session)
        assert waits_since is not None
        assert waits_since <= datetime.now(UTC)
        held.rollback()
    assert sequencer.advance(engine) == 3
    with transaction(engine) as session:
        assert [log.leaf_of(session, event) for event in later] == [2, 3, 4]
        assert log.oldest_waiting(session) is None


def test_what_a_kill_left_in_the_vault_is_laid_there_again(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _happen(engine, 300)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(log, "add_leaves", killed)
        with pytest.raises(KeyboardInterrupt):
            sequencer.advance(engine)
    _happen(engine, 300)
    assert sequencer.advance(engine) == 600
    with monkeypatch.context() as patch:
        patch.setattr(LogShelf, "keep_checkpoint", killed)
        _happen(engine, 1)
        with pytest.raises(KeyboardInterrupt):
            sequencer.advance(engine)
    assert sequencer.advance(engine) == 0
    assert _flaws(engine, shelf) == []


def test_fault_D8_a_database_from_an_older_day_signs_nothing_over_the_newer_history(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer
) -> None:
    _happen(engine, 5)
    sequencer.advance(engine)
    newer = Note.parse(shelf.checkpoint() or b"").text.replace("\n5\n", "\n9\n")
    shelf.keep_checkpoint(joined(newer, [sequencer.signer.sign(newer)]))
    _happen(engine, 1)
    with pytest.raises(Altered, match="size 9, and the database has come to size 5"):
        sequencer.advance(engine)


def test_fault_D8_a_restored_database_that_counts_its_transactions_anew_passes_over_no_event(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer
) -> None:
    """As after a restore into a new cluster: what was written before carries numbers that are still to come here."""
    _happen(engine, 4)
    sequencer.advance(engine)
    unsequenced = _happen(engine, 2)
    with engine.begin() as connection:
        connection.execute(text("UPDATE log_head SET after_xid = after_xid + 1000000"))
        connection.execute(text("ALTER TABLE event DISABLE TRIGGER keep_rows"))
        connection.execute(text("UPDATE event SET xid = xid + 1000000"))
        connection.execute(text("ALTER TABLE event ENABLE ALWAYS TRIGGER keep_rows"))
    since = _happen(engine, 3)
    while sequencer.advance(engine):
        pass
    with transaction(engine) as session:
        assert sorted(log.leaf_of(session, event) or 0 for event in (*unsequenced, *since)) == [4, 5, 6, 7, 8]
    assert _flaws(engine, shelf) == []


_FIFTH = "WHERE seq = (SELECT event_seq FROM leaf WHERE index = 5)"
_TAMPERING = {
    "a text": ([f"UPDATE event SET body = body || ' ' {_FIFTH}"], "leaf 5"),
    "a text with its digest": ([f"UPDATE event SET body = 'x', sha256 = repeat('0', 64) {_FIFTH}"], "leaf 5"),
    "a leaf": (["UPDATE leaf SET hash = sha256('x') WHERE index = 5"], "leaf 5"),
    "two places": (
        [f"UPDATE leaf SET index = {new} WHERE index = {old}" for old, new in ((5, -1), (6, 5), (-1, 6))],
        "leaf 5",
    ),
    "the newest events": (
        ["DELETE FROM leaf WHERE index > 7", "DELETE FROM event WHERE seq NOT IN (SELECT event_seq FROM leaf)"],
        "log",
    ),
    "a signature": (["UPDATE checkpoint SET note = replace(note, '— ', '— x')"], "checkpoint 10"),
}


@pytest.mark.parametrize("what", list(_TAMPERING))
def test_fault_D2_what_a_superuser_changes_is_found_and_named(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer, what: str
) -> None:
    _happen(engine, 10)
    sequencer.advance(engine)
    statements, named = _TAMPERING[what]
    with engine.begin() as connection:
        for table in ("event", "leaf", "checkpoint"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount > 0
    flaws = _flaws(engine, shelf)
    assert flaws
    assert flaws[0][0] == named


def test_fault_D2_history_signed_anew_with_the_stolen_key_is_found_by_an_older_checkpoint(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer, tmp_path: Path
) -> None:
    _happen(engine, 10)
    sequencer.advance(engine)
    noted = Note.parse(shelf.checkpoint() or b"").text
    with engine.begin() as connection:
        for table in ("event", "leaf", "checkpoint"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for table in ("leaf", "checkpoint", "log_head"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("DELETE FROM event WHERE seq = (SELECT min(seq) FROM event)"))
    forged = LogShelf(tmp_path / "forged")
    Sequencer(forged, sequencer.signer).advance(engine)
    assert _flaws(engine, forged) == []  # in itself it is without a flaw
    assert Note.parse(forged.checkpoint() or b"").text != noted
    assert _flaws(engine, shelf) != []  # and not beside what somebody has noted


@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_fault_D4_a_file_of_the_log_that_was_changed_is_found(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer, tmp_path: Path, damage: str
) -> None:
    _happen(engine, 300)
    sequencer.advance(engine)
    files = [path for path in sorted((tmp_path / "ledger").rglob("*")) if path.is_file()]
    assert len(files) == 8
    for path in files:
        whole, mode = path.read_bytes(), path.stat().st_mode
        path.chmod(0o600)
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(whole[:-1] if damage == "cut" else whole[:20] + bytes([whole[20] ^ 1]) + whole[21:])
        assert _flaws(engine, shelf), path
        path.write_bytes(whole)
        path.chmod(mode)
    assert _flaws(engine, shelf) == []


def test_fault_C8_what_was_signed_and_its_key_outlive_a_power_cut(engine: Engine, tmp_path: Path) -> None:
    """Else a database that is right has a vault beside it that has never heard of its newest events."""
    vault = tmp_path / "vault"
    vault.mkdir()
    disk = Disk(vault)
    _happen(engine, 600)
    with disk.watched():
        signer = log_signer(vault / "keys" / "ledger.pem", NAME, None)
        while Sequencer(LogShelf(vault / "ledger"), signer).advance(engine, limit=97):
            pass
    after = disk.after_power_cut(tmp_path / "after")
    assert _flaws(engine, LogShelf(after / "ledger")) == []
    assert log_signer(after / "keys" / "ledger.pem", NAME, None).public == signer.public


def test_a_full_tile_in_the_vault_is_never_written_over(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer, tmp_path: Path
) -> None:
    (tmp_path / "ledger" / "tile" / "0").mkdir(parents=True)
    (tmp_path / "ledger" / "tile" / "0" / "000").write_bytes(b"x" * 32 * 256)
    _happen(engine, 260)
    with pytest.raises(Altered, match="otherwise than its file tile/0/000"):
        sequencer.advance(engine)


def test_the_key_is_nobody_elses_to_read_and_opens_with_its_passphrase_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ledger.pem"
    signer = log_signer(path, NAME, b"a long passphrase")
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert log_signer(path, NAME, b"a long passphrase").public == signer.public
    for wrong in (None, b"another"):
        with pytest.raises(Conflict, match="SVIDOK_LEDGER_PASSPHRASE"):
            log_signer(path, NAME, wrong)
    assert b"PRIVATE" in path.read_bytes()
    assert "secret" not in repr(signer)


def test_a_log_keeps_the_name_it_began_with(engine: Engine, tmp_path: Path) -> None:
    key = tmp_path / "ledger.pem"
    first = open_signer(engine, key, "", SecretStr(""))
    assert first.name.startswith("svidok.invalid/")
    assert open_signer(engine, key, first.name, SecretStr("")).public == first.public
    with pytest.raises(Conflict, match="is called svidok"):
        open_signer(engine, key, "another.example", SecretStr(""))


def test_deeds_of_people_are_in_the_log(engine: Engine, shelf: LogShelf, sequencer: Sequencer) -> None:
    with transaction(engine) as session:
        Archive(session, OPERATOR).add_key("tour", [Role.RESEARCHER])
    assert sequencer.advance(engine) == 1
    assert '"type":"local:key added"' in shelf.events(0)[0]
    assert isinstance(sequencer.signer.public.kind, Kind)


def test_a_log_that_was_never_signed_has_nothing_wrong(engine: Engine, tmp_path: Path) -> None:
    assert list(inspect(engine, LogShelf(tmp_path / "ledger"))) == []


@pytest.mark.chaos
def test_fault_D19_the_log_keeps_up_with_eight_writers_and_loses_nothing(
    engine: Engine, shelf: LogShelf, sequencer: Sequencer
) -> None:
    until = time.monotonic() + SECONDS
    told: list[list[str]] = [[] for _ in range(8)]
    lags: list[float] = []
    writing = threading.Event()

    def write(own: list[str]) -> None:
        while time.monotonic() < until:
            own.extend(_happen(engine, 1))

    def grow() -> None:
        while writing.is_set() or sequencer.advance(engine):
            sequencer.advance(engine)
            with transaction(engine) as session:
                oldest = log.oldest_waiting(session)
            lags.append((datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0)
            time.sleep(0.05)

    writing.set()
    writers = [threading.Thread(target=write, args=(own,)) for own in told]
    grower = threading.Thread(target=grow)
    for thread in (*writers, grower):
        thread.start()
    for thread in writers:
        thread.join()
    writing.clear()
    grower.join()
    acknowledged = list(itertools.chain(*told))
    with transaction(engine) as session:
        assert all(log.leaf_of(session, one) is not None for one in acknowledged)
        assert log.count_leaves(session) == len(acknowledged)
        assert log.oldest_waiting(session) is None
    assert _flaws(engine, shelf) == []
    lags.sort()
    sys.stdout.write(
        f"{len(acknowledged) / SECONDS:.0f} events a second, lag p50 {lags[len(lags) // 2]:.2f} s, "
        f"p99 {lags[int(len(lags) * 0.99)]:.2f} s\n"
    )
