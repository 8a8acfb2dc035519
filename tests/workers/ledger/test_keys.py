"""The ledger's key: sealed, changed by hand, and every older checkpoint believed all the same."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from storage.blobs import keyring
from storage.blobs.ledger import LedgerFiles
from storage.db import checkpoints
from storage.db.session import transaction
from storage.errors import Altered, Conflict, InvalidValue, LedgerHalted
from storage.integrity.checkpoint import open_checkpoint
from storage.integrity.note import VerifierKey
from storage.integrity.succession import trust_of
from storage.settings import Settings
from tests.workers.ledger.press import check_tree, write_many
from workers.commands.ledger import change_key
from workers.ledger.examining import examine_ledger
from workers.ledger.places import key_place
from workers.ledger.sequencer import Sequencer


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        vault=tmp_path / "vault",
        database_url=SecretStr(database_url),
        broker_url=SecretStr("redis://127.0.0.1:1/0"),
        egress_socket=tmp_path / "egress.sock",
        ledger_origin="archive.example/custody",
        ledger_key_passphrase=SecretStr("a long sentence"),
    )


@pytest.fixture
def sequencer(engine: Engine, settings: Settings) -> Sequencer:
    sequencer = Sequencer(engine, LedgerFiles(settings.ledger_folder), key_place(settings))
    sequencer.begin()
    return sequencer


def test_fault_D13_a_key_that_is_changed_twice_leaves_every_checkpoint_good(
    engine: Engine, sequencer: Sequencer, settings: Settings
) -> None:
    """The keeper goes on by itself with the new key; whoever wrote down any of the three believes all three."""
    write_many(engine, 4)
    sequencer.turn()
    for _ in range(2):
        change_key(settings)
        write_many(engine, 4)
        sequencer.turn()
    with transaction(engine) as session:
        rows = checkpoints.keys(session)
        notes = [(row.size, row.note.encode()) for row in checkpoints.all_of(session)]
    assert [row.first_size for row in rows] == [0, 5, 10]
    assert [size for size, _ in notes] == [5, 10, 15]
    successions = [row.succession.encode() for row in rows if row.succession]
    for row in rows:
        trust = trust_of(VerifierKey.parse(row.vkey), successions=successions)
        for size, note in notes:
            assert open_checkpoint(note, trust).checkpoint.size == size
    assert list(examine_ledger(engine, LedgerFiles(settings.ledger_folder))) == []
    assert check_tree(engine) == 15
    written = sorted(path.name for path in (settings.ledger_folder / "keys").iterdir())
    assert written == ["0001", "0002", "0003"]


def test_nothing_is_succeeded_before_anything_was_signed(sequencer: Sequencer, settings: Settings) -> None:
    with pytest.raises(Conflict, match="has signed nothing yet"):
        change_key(settings)


def test_a_change_that_was_interrupted_is_finished_with_the_same_key(
    engine: Engine, sequencer: Sequencer, settings: Settings
) -> None:
    sequencer.turn()
    place = key_place(settings)
    kept = keyring.new("archive.example/custody")
    keyring.save(place.path.with_name("ledger.2"), kept, place.passphrase)
    assert change_key(settings) == str(kept.key())


def test_a_sealed_key_opens_for_its_passphrase_alone(sequencer: Sequencer, settings: Settings) -> None:
    path = key_place(settings).path
    assert keyring.is_sealed(path)
    opened = keyring.load(path, "a long sentence")
    assert opened is not None
    assert opened.private.private_bytes_raw().hex() not in path.read_bytes().hex()
    for wrong, told in (("another sentence", "does not open"), ("", "is sealed: set SVIDOK_LEDGER_KEY_PASSPHRASE")):
        with pytest.raises(InvalidValue, match=told):
            keyring.load(path, wrong)


def test_every_altered_byte_of_a_sealed_key_is_found(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one"
    keyring.save(path, keyring.new("archive.example"), "p")
    content = path.read_bytes()
    for at in (0, 30, len(content) // 2, len(content) - 3):
        altered = bytearray(content)
        altered[at] ^= 1
        path.write_bytes(bytes(altered))
        with pytest.raises(InvalidValue):
            keyring.load(path, "p")


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one"
    keyring.save(path, keyring.new("archive.example"), "")
    with pytest.raises(Altered):
        keyring.save(path, keyring.new("archive.example"), "")
    assert keyring.load(tmp_path / "keys" / "none", "") is None
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(InvalidValue, match="only its owner may read"):
        keyring.load(tmp_path / "link", "")


def test_another_file_in_the_keys_place_signs_nothing(engine: Engine, sequencer: Sequencer, settings: Settings) -> None:
    place = key_place(settings)
    place.path.unlink()
    keyring.save(place.path, keyring.new("archive.example/custody"), place.passphrase)
    write_many(engine, 1)
    again = Sequencer(engine, LedgerFiles(settings.ledger_folder), place)
    with pytest.raises(LedgerHalted, match="put it back"):
        again.begin()
