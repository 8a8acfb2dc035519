"""What is sealed is opened with the vault's key under its own name, and by nothing else."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.errors import Altered, Conflict
from storage.strongbox import Strongbox
from tests.storage.test_commit_protocol import Disk


def test_what_was_sealed_is_opened_and_two_sealings_differ(tmp_path: Path) -> None:
    box = Strongbox(tmp_path / "keys" / "sessions.key")
    sealed = box.seal(b"secret", "a.example")
    assert b"secret" not in sealed
    assert sealed != box.seal(b"secret", "a.example")
    assert Strongbox(box.path).open(sealed, "a.example") == b"secret"
    assert box.path.stat().st_mode & 0o777 == 0o600


def test_fault_C8_what_was_sealed_can_be_opened_after_a_power_cut(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    disk = Disk(vault)
    with disk.watched():
        sealed = Strongbox(vault / "keys" / "sessions.key").seal(b"secret", "a.example")
    after = disk.after_power_cut(tmp_path / "after") / "keys" / "sessions.key"
    assert after.is_file()
    after.chmod(0o600)
    assert Strongbox(after).open(sealed, "a.example") == b"secret"


def test_another_name_key_or_byte_opens_nothing(tmp_path: Path) -> None:
    box, other = Strongbox(tmp_path / "one"), Strongbox(tmp_path / "two")
    sealed = box.seal(b"secret", "a.example")
    other.seal(b"", "")
    with pytest.raises(Altered):
        box.open(sealed, "b.example")
    with pytest.raises(Altered):
        other.open(sealed, "a.example")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(Altered):
            box.open(bytes(changed), "a.example")
        with pytest.raises(Altered):
            box.open(sealed[:place], "a.example")


def test_a_key_that_is_missing_short_or_open_to_others_is_refused(tmp_path: Path) -> None:
    box = Strongbox(tmp_path / "key")
    with pytest.raises(Conflict, match="missing"):
        box.open(b"x" * 40, "a")
    sealed = box.seal(b"secret", "a")
    box.path.chmod(0o644)
    with pytest.raises(Conflict, match="others may read"):
        box.open(sealed, "a")
    box.path.chmod(0o600)
    box.path.write_bytes(b"short")
    with pytest.raises(Conflict, match="5 bytes"):
        box.seal(b"secret", "a")


def test_many_who_seal_first_at_one_instant_end_with_one_key(tmp_path: Path) -> None:
    for number in range(20):
        box = Strongbox(tmp_path / str(number))
        with ThreadPoolExecutor(8) as hands:
            sealed = list(hands.map(box.seal, (b"%d" % word for word in range(8)), "a" * 8))
        assert [box.open(one, "a") for one in sealed] == [b"%d" % word for word in range(8)]
    assert not list(tmp_path.glob(".*"))
