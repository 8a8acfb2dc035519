"""The tree grows with the ledger: whoever is killed, whoever holds a transaction open, wherever the database is put."""

import itertools
import json
import random
import re
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from storage.archive import Archive
from storage.blobs.ledger import LedgerFiles
from storage.db import checkpoints, leaves
from storage.db.session import transaction
from storage.db.tables import Event
from storage.domain.permissions import OPERATOR, SYSTEM
from storage.errors import Conflict, InvalidValue, LedgerHalted, NotAllowed
from storage.integrity.checkpoint import Checkpoint, open_checkpoint
from storage.integrity.digest import Digest
from storage.integrity.merkle import inclusion_proof, leaf_hash, root_of, verify_inclusion
from storage.integrity.note import VerifierKey
from storage.integrity.succession import trust_of
from storage.integrity.tiles import Tile, entries_of, entry_of, newest_tile, tiled_nodes
from tests.workers.ledger.press import (
    ORIGIN,
    as_superuser,
    check_tree,
    kill,
    new_items,
    sequencer_of,
    sequencing,
    unplaced,
    write,
    write_many,
    writing,
)
from workers.ledger.sequencer import KeyPlace, Sequencer, run
from workers.ledger.writing import write_out, written_out


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def files(vault: Path) -> LedgerFiles:
    return LedgerFiles(vault / "ledger")


@pytest.fixture
def sequencer(engine: Engine, vault: Path) -> Sequencer:
    sequencer = sequencer_of(engine, vault)
    sequencer.begin()
    return sequencer


def test_what_is_written_gets_a_place_a_signature_and_a_file(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles
) -> None:
    write_many(engine, 300)
    assert sequencer.turn() == 301  # the key itself was an event
    assert check_tree(engine) == 301
    with transaction(engine) as session:
        key = VerifierKey.parse(checkpoints.keys(session)[0].vkey)
        with leaves.placed(session, 0, 301) as placed:
            bodies = [event.body.encode() for _, _, event in placed]
    opened = open_checkpoint(files.checkpoint() or b"", trust_of(key))
    assert (opened.checkpoint.origin, opened.checkpoint.size) == (ORIGIN, 301)
    read = tiled_nodes(301, files.tile)
    assert root_of(read, 301) == opened.checkpoint.root
    for index in (0, 255, 256, 300):
        proof = inclusion_proof(read, index, 301)
        assert verify_inclusion(leaf_hash(bodies[index]), index, 301, proof, opened.checkpoint.root)
    assert entries_of(Tile(None, 1, 45), files.tile(Tile(None, 1, 45))) == bodies[256:]


def test_nothing_new_makes_no_new_checkpoint(engine: Engine, sequencer: Sequencer) -> None:
    write_many(engine, 3)
    assert [sequencer.turn(), sequencer.turn()] == [4, 0]
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM checkpoint")) == 1


def test_tiles_stay_what_they_were_whatever_the_batches_are(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles
) -> None:
    """Twelve batches of odd sizes past two full tiles: what each checkpoint said still holds, and parts are gone."""
    seen: list[Checkpoint] = []
    for count in (1, 2, 250, 3, 1, 255, 1, 7, 40, 5, 256, 11):
        write_many(engine, count)
        sequencer.turn()
        checkpoint = written_out(files)
        assert checkpoint is not None
        seen.append(checkpoint)
    size = seen[-1].size
    read = tiled_nodes(size, files.tile)
    assert [root_of(read, one.size) for one in seen] == [one.root for one in seen]
    parts = sorted(path.relative_to(files.root).as_posix() for path in files.root.rglob("*.p/*"))
    assert {part.rpartition("/")[0] for part in parts} == {"tile/0/003.p", "tile/1/000.p", "tile/entries/003.p"}


def test_an_event_too_long_for_a_bundle_is_kept_beside_it(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles
) -> None:
    with transaction(engine) as session:
        name = write(session, None, 1, size_bytes=100_000)
    sequencer.turn()
    with transaction(engine) as session:
        body = session.scalars(select(Event.body).where(Event.id == name)).one().encode()
    [_, entry] = entries_of(Tile(None, 0, 2), files.tile(Tile(None, 0, 2)))
    assert entry == entry_of(body) != body
    assert files.long(Digest.of(body)) == body


def test_a_turn_that_was_killed_anywhere_is_made_good_by_the_next(
    engine: Engine, sequencer: Sequencer, vault: Path, files: LedgerFiles
) -> None:
    """Placed but not signed, signed but not written out, written but without the checkpoint."""
    write_many(engine, 5)
    sequencer._sequence()
    sequencer_of(engine, vault).begin()
    assert sequencer.turn() == 0
    assert written_out(files) is not None
    write_many(engine, 5)
    sequencer._sequence()
    sequencer._sign()
    old = files.checkpoint()
    write_out(engine, files)
    assert old is not None
    files.put_checkpoint(old)  # as if it had not come so far
    sequencer.turn()
    checkpoint = written_out(files)
    assert checkpoint is not None
    assert checkpoint.size == 11


def test_fault_D6_two_sequencers_and_kills_place_every_event_once(
    engine: Engine, database_url: str, vault: Path
) -> None:
    """Three writers, two sequencers; each part is killed in turn, with a fixed seed: nothing acknowledged is lost."""
    chance = random.Random(6)
    new_items(engine, "itm_1", "itm_2", "itm_3")
    said = [vault.with_name(f"said_{number}") for number in (1, 2, 3)]
    writers = [writing(database_url, f"itm_{number}", file) for number, file in enumerate(said, 1)]
    sequencers = [sequencing(database_url, vault) for _ in range(2)]
    try:
        while not all(file.stat().st_size for file in said):
            time.sleep(0.05)
        for turn in range(6):
            _wait_for_growth(engine)
            time.sleep(chance.uniform(0.0, 0.2))
            kill(sequencers[turn % 2])
            sequencers[turn % 2] = sequencing(database_url, vault)
            if turn % 3 == 2:
                kill(writers[turn // 3])
    finally:
        for process in (*writers, *sequencers):
            kill(process)
    acknowledged = [one for file in said for one in _heard(file.read_text())]
    last = sequencer_of(engine, vault)
    last.begin()
    _until_settled(engine, last)
    assert len(acknowledged) > 50
    assert check_tree(engine) >= len(acknowledged)
    with transaction(engine) as session:
        assert set(acknowledged) <= set(session.scalars(select(Event.id)))
    assert unplaced(engine) == []
    assert written_out(LedgerFiles(vault / "ledger")) is not None


def _heard(said: str) -> list[str]:
    """The ids in what a writer said; a last one that was cut off was not acknowledged to anybody."""
    return [line for line in said.splitlines() if re.fullmatch(r"evt_[0-9a-z]{26}", line)]


def _wait_for_growth(engine: Engine) -> None:
    """Until one of the sequencers is at work: to kill what has not begun shows nothing."""
    with transaction(engine) as session:
        before = leaves.head(session).size
    deadline, size = time.monotonic() + 30, before
    while size == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)
        with transaction(engine) as session:
            size = leaves.head(session).size


def _until_settled(engine: Engine, sequencer: Sequencer) -> None:
    """Killed writers' transactions are rolled back by the server in its own time."""
    deadline = time.monotonic() + 20
    while sequencer.turn() or unplaced(engine):
        assert time.monotonic() < deadline, unplaced(engine)
        time.sleep(0.05)


def test_fault_D7_a_transaction_left_open_delays_and_leaves_no_gap(engine: Engine, sequencer: Sequencer) -> None:
    """Whoever began earlier and has not committed could still come in before what is there: it waits, and it shows."""
    sequencer.turn()
    with engine.connect() as slow, slow.begin():
        slow.execute(text("INSERT INTO source (id, canonical_url) VALUES ('src_slow', 'https://slow.example')"))
        write_many(engine, 4)
        assert sequencer.turn() == 0
        with transaction(engine) as session:
            waiting = leaves.lag(session)
        assert waiting.events == 4
        assert waiting.since is not None
    assert sequencer.turn() == 4
    with transaction(engine) as session:
        assert leaves.lag(session) == leaves.Lag(0, None)
    assert check_tree(engine) == 5


def test_fault_D7_an_event_of_the_slow_transaction_comes_before_nothing(engine: Engine, sequencer: Sequencer) -> None:
    with transaction(engine) as slow:
        mine = write(slow, None, 1)
        write_many(engine, 3)
        assert sequencer.turn() == 1  # the key
    assert sequencer.turn() == 4
    assert check_tree(engine) == 5
    assert mine not in unplaced(engine)


def test_fault_D8_a_restored_database_begins_an_epoch_and_skips_nothing(
    engine: Engine, sequencer: Sequencer, vault: Path
) -> None:
    """As a logical restore leaves it: another cluster's name, transaction numbers that began anew, events unplaced."""
    write_many(engine, 5)
    sequencer.turn()
    write_many(engine, 3)
    with engine.connect() as connection:
        ahead = (
            int(connection.scalar(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")) or 0) + 10**9
        )
    as_superuser(
        engine,
        "UPDATE event SET xid = xid + :ahead",
        "UPDATE ledger_head SET mark_xid = mark_xid + :ahead, cluster = 'another'",
        ahead=ahead,
    )
    with transaction(engine) as session, pytest.raises(LedgerHalted, match="new epoch must begin"):
        Archive(session, SYSTEM).sequence()
    restored = sequencer_of(engine, vault)
    restored.begin()
    write_many(engine, 4)
    restored.turn()
    assert unplaced(engine) == []
    assert check_tree(engine) == 6 + 3 + 1 + 4
    with transaction(engine) as session:
        assert leaves.head(session).epoch == 1
        told = session.scalars(select(Event.body).where(Event.type == "local:ledger epoch")).one()
    assert json.loads(told)["detail"] == {"epoch": 1, "size": 6}
    again = sequencer_of(engine, vault)
    again.begin()
    assert again.turn() == 0


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM leaf WHERE index = 3",
        "DELETE FROM leaf WHERE index = 5",
        "INSERT INTO leaf SELECT 6, max(seq), '\\x00' FROM event",
    ],
)
def test_fault_D8_rows_that_do_not_add_up_are_not_built_upon(
    engine: Engine, sequencer: Sequencer, vault: Path, damage: str
) -> None:
    write_many(engine, 5)
    sequencer.turn()
    write_many(engine, 1)
    as_superuser(engine, damage)
    with pytest.raises(LedgerHalted, match="the ledger's head says 6 leaves"):
        sequencer_of(engine, vault).begin()


def test_fault_D8_a_database_older_than_the_vault_is_not_built_upon(
    engine: Engine, sequencer: Sequencer, vault: Path, files: LedgerFiles
) -> None:
    """The database comes back from a backup; the vault remembers what was signed since."""
    write_many(engine, 5)
    sequencer.turn()
    kept = _rows(engine)
    write_many(engine, 5)
    sequencer.turn()
    _put_back(engine, *kept)
    with pytest.raises(LedgerHalted, match="a checkpoint of 11 leaves is known outside, and only 6 are here"):
        sequencer_of(engine, vault).begin()
    assert written_out(files) is not None


def test_fault_D8_another_history_of_the_same_size_is_not_built_upon(
    engine: Engine, sequencer: Sequencer, vault: Path
) -> None:
    write_many(engine, 5)
    sequencer.turn()
    as_superuser(engine, "UPDATE checkpoint SET root = sha256(root)")
    with pytest.raises(LedgerHalted, match="one of the two histories was rewritten"):
        sequencer_of(engine, vault).begin()


def _rows(engine: Engine) -> tuple[int, str, int, int]:
    with engine.connect() as connection:
        row = connection.execute(text("SELECT size, encode(peaks, 'hex'), mark_xid, mark_seq FROM ledger_head")).one()
        return row[0], row[1], row[2], row[3]


def _put_back(engine: Engine, size: int, peaks: str, xid: int, seq: int) -> None:
    as_superuser(
        engine,
        "DELETE FROM checkpoint WHERE size > :size",
        "DELETE FROM leaf WHERE index >= :size",
        "DELETE FROM event WHERE seq > :seq",
        "UPDATE ledger_head SET size = :size, peaks = decode(:peaks, 'hex'), mark_xid = :xid, mark_seq = :seq",
        size=size,
        peaks=peaks,
        xid=xid,
        seq=seq,
    )


def test_fault_D21_twenty_at_once_leave_one_unbroken_chain(engine: Engine, sequencer: Sequencer) -> None:
    new_items(engine, "itm_1")

    def work(number: int) -> None:
        for turn in range(3):
            with transaction(engine) as session:
                write(session, "itm_1", 100 * number + turn)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            sequencer.turn()
            thread.join(0.02)
    sequencer.turn()
    with transaction(engine) as session:
        chain = session.scalars(select(Event).where(Event.item_id == "itm_1").order_by(Event.seq)).all()
    assert len(chain) == 60
    assert [event.previous for event in chain] == [None, *(event.sha256 for event in chain[:-1])]
    assert check_tree(engine) == 61


def test_fault_D19_the_tree_keeps_up_while_many_write_and_nothing_is_left_behind(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles
) -> None:
    """The short form of an hour at a thousand a second, which `svidok bench ledger` measures: 1,200 events at once."""
    stop, told = threading.Event(), list[str | None]()
    keeper = threading.Thread(target=run, args=(sequencer, stop), kwargs={"alarm": told.append})
    keeper.start()

    def work() -> None:
        for number in range(60):
            with transaction(engine) as session:
                for _ in range(5):
                    write(session, None, number)

    writers = [threading.Thread(target=work) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    deadline = time.monotonic() + 20
    while (signed := written_out(files)) is None or signed.size < 1201:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    stop.set()
    keeper.join()
    assert check_tree(engine) == signed.size == 1201
    assert set(told) == {None}


def test_fault_D1_the_head_only_goes_forward(engine: Engine, sequencer: Sequencer) -> None:
    write_many(engine, 5)
    sequencer.turn()
    for statement in (
        "UPDATE ledger_head SET size = 0, peaks = ''",
        "UPDATE ledger_head SET mark_seq = 0",
        "UPDATE ledger_head SET cluster = 'another'",
        "DELETE FROM ledger_head",
    ):
        with engine.connect() as connection, pytest.raises(IntegrityError, match="only goes forward"):
            connection.execute(text(statement))


@pytest.mark.parametrize("table", ["leaf", "checkpoint", "ledger_key"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_fault_D1_what_was_placed_and_signed_stays(engine: Engine, sequencer: Sequencer, table: str, deed: str) -> None:
    write_many(engine, 5)
    sequencer.turn()
    column = {"leaf": "hash", "checkpoint": "note", "ledger_key": "vkey"}[table]
    with engine.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
        connection.execute(text(deed.format(table, column, column)))


def test_the_tree_is_grown_by_the_machinery_alone(engine: Engine, sequencer: Sequencer) -> None:
    with transaction(engine) as session, pytest.raises(NotAllowed):
        Archive(session, OPERATOR).sequence()


def test_two_that_start_at_once_have_one_key(engine: Engine, vault: Path) -> None:
    both = [sequencer_of(engine, vault) for _ in range(2)]
    threads = [threading.Thread(target=one.begin) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(engine) as session:
        assert len(checkpoints.keys(session)) == 1
    write_many(engine, 2)
    assert sum(one.turn() for one in both) == 3


def test_without_its_key_file_the_ledger_is_not_signed_by_another(
    engine: Engine, sequencer: Sequencer, vault: Path
) -> None:
    (vault / "keys" / "ledger").unlink()
    with pytest.raises(LedgerHalted, match="put it back from where it is kept"):
        sequencer_of(engine, vault).begin()


def test_a_key_file_that_others_may_read_is_refused(engine: Engine, sequencer: Sequencer, vault: Path) -> None:
    key = vault / "keys" / "ledger"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o640)
    with pytest.raises(InvalidValue, match="only its owner may read"):
        sequencer_of(engine, vault).begin()


def test_a_name_that_nobody_chose_is_its_own(engine: Engine, vault: Path) -> None:
    sequencer = Sequencer(engine, LedgerFiles(vault / "ledger"), KeyPlace(vault / "keys" / "ledger"))
    sequencer.begin()
    with transaction(engine) as session:
        [key] = checkpoints.keys(session)
    assert re.fullmatch(r"svidok\.internal/[0-9a-z]{26}", VerifierKey.parse(key.vkey).name)


def test_a_trouble_is_told_and_forgotten_when_it_is_over(engine: Engine, vault: Path) -> None:
    stop, told = threading.Event(), list[str | None]()

    def hear(sentence: str | None) -> None:
        told.append(sentence)
        stop.set()

    run(Sequencer(engine, LedgerFiles(vault / "ledger"), KeyPlace(Path("/proc/none/ledger"))), stop, alarm=hear)
    assert told[0] is not None
    stop.clear()
    run(sequencer_of(engine, vault), stop, alarm=hear)
    assert told[1] is None


def test_the_last_tile_of_a_size_is_found_whatever_came_later(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles
) -> None:
    write_many(engine, 99)
    sequencer.turn()
    write_many(engine, 200)
    sequencer.turn()
    wanted = newest_tile(0, 0, 100)
    assert wanted is not None
    assert files.tile(wanted)[: 100 * 32] == files.tile(Tile(0, 0))[: 100 * 32]
    assert list(itertools.islice(files.root.rglob(".new-*"), 1)) == []


def test_a_second_first_key_is_refused(engine: Engine, sequencer: Sequencer) -> None:
    signer = sequencer._current_key()
    with transaction(engine) as session, pytest.raises(Conflict):
        Archive(session, SYSTEM).begin_key(signer)
