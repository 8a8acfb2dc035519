"""Somebody with every right over the database, and at last with the key as well: what they did is found and named."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage.blobs.ledger import LedgerFiles
from storage.db import checkpoints
from storage.db.session import transaction
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.note import VerifierKey
from storage.integrity.succession import trust_of
from tests.workers.ledger.press import as_superuser, sequencer_of, write_many
from workers.ledger.examining import Discrepancy, examine_ledger
from workers.ledger.sequencer import Sequencer
from workers.ledger.writing import written_out


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def files(vault: Path) -> LedgerFiles:
    return LedgerFiles(vault / "ledger")


@pytest.fixture
def sequencer(engine: Engine, vault: Path) -> Sequencer:
    """A ledger of two checkpoints: of 301 leaves, and of 321."""
    sequencer = sequencer_of(engine, vault)
    sequencer.begin()
    write_many(engine, 300)
    sequencer.turn()
    write_many(engine, 20)
    sequencer.turn()
    return sequencer


@pytest.fixture
def held(engine: Engine, sequencer: Sequencer, files: LedgerFiles) -> Checkpoint:
    """What somebody wrote down elsewhere."""
    found = written_out(files)
    assert found is not None
    return found


def _found(engine: Engine, files: LedgerFiles, *held: Checkpoint) -> Sequence[Discrepancy]:
    return list(examine_ledger(engine, files, held=held))


def test_an_honest_ledger_fits_together(engine: Engine, files: LedgerFiles, held: Checkpoint) -> None:
    assert _found(engine, files, held) == []


def test_fault_D2_an_edited_event_is_named(engine: Engine, files: LedgerFiles, held: Checkpoint) -> None:
    as_superuser(
        engine,
        "UPDATE event SET body = replace(body, '\"success\"', '\"failure\"')"
        " FROM leaf WHERE leaf.seq = event.seq AND leaf.index = 123",
    )
    found = _found(engine, files)
    assert {one.leaf for one in found} == {123}
    assert "leaf 123: event evt_" in found[0].sentence


def test_fault_D2_an_edit_that_is_made_to_fit_the_tree_meets_the_vault(
    engine: Engine, files: LedgerFiles, held: Checkpoint
) -> None:
    """Body, digest and leaf hash all changed together: the signed root and the tiles still say what was."""
    as_superuser(
        engine,
        "UPDATE event SET body = body || ' ' FROM leaf WHERE leaf.seq = event.seq AND leaf.index = 7",
        "UPDATE event SET sha256 = 'sha256:' || encode(sha256(convert_to(body, 'UTF8')), 'hex')",
        "UPDATE leaf SET hash = sha256('\\x00'::bytea || convert_to(body, 'UTF8')) FROM event"
        " WHERE leaf.seq = event.seq AND leaf.index = 7",
    )
    found = _found(engine, files)
    assert found[0] == Discrepancy(7, found[0].sentence)
    assert "is not the one that the vault has in this place" in found[0].sentence
    assert any("checkpoint of 301 leaves is not the root" in one.sentence for one in found)


def test_fault_D2_reordered_leaves_are_named(engine: Engine, files: LedgerFiles, held: Checkpoint) -> None:
    as_superuser(
        engine,
        "UPDATE leaf SET index = -1 WHERE index = 10",
        "UPDATE leaf SET index = 10 WHERE index = 11",
        "UPDATE leaf SET index = 11 WHERE index = -1",
    )
    assert {one.leaf for one in _found(engine, files)} >= {10, 11}


def test_fault_D2_a_leaf_taken_out_is_named(engine: Engine, files: LedgerFiles, held: Checkpoint) -> None:
    as_superuser(engine, "DELETE FROM leaf WHERE index = 200")
    assert _found(engine, files)[0].sentence == "leaf 200 is missing; the next one here is leaf 201"


_DROP_LAST = (
    "DELETE FROM checkpoint WHERE size > 301",
    "DELETE FROM leaf WHERE index >= 301",
)


def test_fault_D2_a_tail_that_was_dropped_is_named_by_who_kept_a_checkpoint(
    engine: Engine, files: LedgerFiles, held: Checkpoint
) -> None:
    as_superuser(engine, *_DROP_LAST)
    sentences = [one.sentence for one in _found(engine, files, held)]
    assert "a checkpoint of 321 leaves was kept elsewhere, and leaf 301 is missing here" in sentences


@pytest.mark.parametrize("damage", ["edited", "dropped", "swapped"])
def test_fault_D2_a_history_signed_anew_with_the_stolen_key_meets_an_older_checkpoint(
    engine: Engine, vault: Path, files: LedgerFiles, held: Checkpoint, damage: str
) -> None:
    """Database and vault are rewritten together with the real key: all inside fits. One note outside does not."""
    how = {
        "edited": "UPDATE event SET body = body || ' ', sha256 = 'sha256:' || encode(sha256(convert_to(body || ' ',"
        " 'UTF8')), 'hex') WHERE seq = (SELECT min(seq) + 9 FROM event)",
        "dropped": "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)",
        "swapped": "UPDATE event SET seq = -seq WHERE seq IN (SELECT seq FROM event ORDER BY seq OFFSET 5 LIMIT 2)",
    }[damage]
    as_superuser(
        engine,
        "DELETE FROM checkpoint",
        "DELETE FROM leaf",
        "ALTER TABLE event ALTER COLUMN seq DROP IDENTITY",
        how,
        "UPDATE ledger_head SET size = 0, peaks = '', mark_xid = 0, mark_seq = 0, epoch_seq = -1000000",
    )
    for path in sorted((vault / "ledger").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    thief = sequencer_of(engine, vault)
    thief.begin()
    thief.turn()
    assert _found(engine, files) == []
    [told] = _found(engine, files, held)
    if damage == "dropped":
        assert told.sentence == "a checkpoint of 321 leaves was kept elsewhere, and leaf 320 is missing here"
    else:
        assert "one of the leaves 0 to 320 was rewritten, moved or taken out" in told.sentence


def test_fault_D2_a_checkpoint_signed_by_a_strangers_key_is_told(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles
) -> None:
    as_superuser(engine, "UPDATE checkpoint SET note = replace(note, E'\\n321\\n', E'\\n320\\n') WHERE size = 321")
    with transaction(engine) as session:
        key = VerifierKey.parse(checkpoints.keys(session)[0].vkey)
    found = list(examine_ledger(engine, files, trust=trust_of(key)))
    assert [one.sentence for one in found] == [
        f"the checkpoint of 321 leaves: the signature that names {key.name} was not made with that key"
    ]


def test_a_vault_whose_tile_was_altered_is_told(engine: Engine, files: LedgerFiles, held: Checkpoint) -> None:
    path = files.root / "tile" / "0" / "000"
    content = bytearray(path.read_bytes())
    content[5 * 32] ^= 1
    path.chmod(0o600)
    path.write_bytes(bytes(content))
    assert [one.leaf for one in _found(engine, files)] == [5]
