"""A backup comes back as it was: never over something, nor over a newer ledger, nor with what was erased."""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, make_url, text

from storage.agreement import check_rows
from storage.archive import Archive
from storage.blobs.base import BlobStore
from storage.blobs.local import LocalBlobs
from storage.db import copies, holdings, holds
from storage.db.session import open_engine, transaction
from storage.domain.holds import HoldEnd, HoldOrder
from storage.domain.vocab import Sensitivity
from storage.errors import Altered, Conflict, InvalidValue, NotFound, Unavailable
from storage.fixity import check_chains, check_erased, check_files
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.digest import Digest
from storage.integrity.note import Note
from storage.item_keys import ItemKeys
from storage.log import inspection
from storage.log.keys import log_signer
from storage.log.sequencer import Sequencer
from storage.log.shelf import LogShelf
from storage.settings import Settings
from tests.conftest import _admin, _drop
from tests.storage.rebuild.life import ERASER, STEWARD, Life
from tests.storage.test_commit_protocol import Disk
from workers.backup import manifest, writing
from workers.commands import backing
from workers.commands.ledger import change_key
from workers.commands.rebuilding import own_database
from workers.enciphering import Encipherer
from workers.erasing import Eraser
from workers.stack.preparation import prepare
from workers.stack.vault import NotStarted, Vault
from workers.stores import first_store, reader


@dataclass
class Place:
    """A vault, its database elsewhere, and where its backup and keys go."""

    settings: Settings
    engine: Engine
    backup: Path
    keys: Path

    @functools.cached_property
    def life(self) -> Life:
        return Life(self.engine, LocalBlobs(self.settings.blobs))

    def sequence(self) -> None:
        signer = log_signer(self.settings.ledger_key, "archive.example/custody", None)
        while Sequencer(LogShelf(self.settings.ledger), signer).advance(self.engine):
            pass

    def back_up(self) -> list[str]:
        said: list[str] = []
        assert backing.back_up(self.settings, self.backup, self.keys, said.append) == 0, said
        return said

    def restored(
        self, other: "Place", checkpoint: Path | None = None, *, accept_loss: bool = False, accept_damage: bool = False
    ) -> int:
        """Put this place's backup back into another one."""
        accepted = {"accept_loss": accept_loss, "accept_damage": accept_damage}
        return backing.restore(other.settings, self.backup, self.keys, checkpoint, **accepted, say=lambda _: None)

    def change_key(self) -> None:
        change_key(self.settings, say=lambda _: None)
        self.sequence()

    def flaws(self) -> list[object]:
        shelf, store = LogShelf(self.settings.ledger), first_store(self.settings, self.engine)
        return [
            *check_files(self.engine, store, "first", lambda _: None),
            *check_erased(self.engine, {"first": store}),
            *check_chains(self.engine),
            *check_rows(self.engine),
            *inspection.inspect(self.engine, shelf),
        ]

    def checked(self, checkpoint: Path | None = None) -> tuple[int, list[str]]:
        said: list[str] = []
        return backing.check(self.settings, self.backup, self.keys, checkpoint, said.append), said


def _place(folder: Path, engine: Engine) -> Place:
    url = SecretStr(engine.url.render_as_string(hide_password=False))
    return Place(Settings(vault=folder / "vault", database_url=url), engine, folder / "backup", folder / "keys")


@pytest.fixture
def place(tmp_path: Path, engine: Engine) -> Place:
    """An archive of two items, one of them captured and spoken of."""
    place = _place(tmp_path / "old", engine)
    with transaction(engine) as session:
        LocalBlobs(place.settings.blobs).set_mark(copies.archive_name(session))
    entry = place.life.submit(note="told in private")
    place.life.capture(entry.submission.capture_id)
    place.life.say(entry.item, "note", {"text": "Who knows this town?"})
    place.life.submit()
    place.sequence()
    return place


@pytest.fixture
def fresh(tmp_path: Path, postgres_url: str) -> Iterator[Place]:
    """A machine with nothing on it but an empty database."""
    url = make_url(postgres_url).set(database="restored")
    _admin(postgres_url, 'CREATE DATABASE "restored" TEMPLATE template0')
    engine = open_engine(url.render_as_string(hide_password=False))
    yield _place(tmp_path / "new", engine)
    engine.dispose()
    _drop(postgres_url, "restored")


def _rows(engine: Engine, table: str) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} AS t")))


def _is_untouched(place: Place) -> bool:
    with place.engine.connect() as connection:
        return connection.scalar(text("SELECT to_regclass('item')")) is None


def test_all_of_an_archive_comes_back_people_and_notes_too(place: Place, fresh: Place) -> None:
    place.back_up()
    assert place.checked() == (0, [])
    assert place.restored(fresh) == 0
    for table in ("item", "submission", "capture", "holding", "file", "assertion", "project", "archive_name", "job"):
        assert _rows(fresh.engine, table) == _rows(place.engine, table), table
    fresh.sequence()
    assert fresh.flaws() == []
    with fresh.engine.connect() as connection:
        body = connection.scalar(text("SELECT body FROM event WHERE type = 'local:backup restored'"))
    assert json.loads(str(body))["detail"]["lost"] == 0


def test_fault_D8_in_a_new_cluster_no_event_is_passed_over(place: Place, fresh: Place) -> None:
    """The dump carries transaction numbers that the new cluster has not reached, or reached long ago."""
    place.back_up()
    before = len(_rows(place.engine, "leaf"))
    place.restored(fresh)
    with fresh.engine.begin() as connection:
        connection.execute(text("UPDATE log_head SET after_xid = 1000000000000"))
    for _ in range(3):
        fresh.life.submit()
    fresh.sequence()
    assert len(_rows(fresh.engine, "leaf")) == len(_rows(fresh.engine, "event")) == before + 4
    assert fresh.flaws() == []


def test_a_second_backup_brings_only_what_is_new(place: Place) -> None:
    place.back_up()
    entry = place.life.submit()
    place.life.capture(entry.submission.capture_id)
    place.sequence()
    before = {path: path.stat().st_mtime_ns for path in (place.backup / "blobs/sha256").rglob("*") if path.is_file()}
    assert "2 of the files are new there." in place.back_up()
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())
    assert len(list((place.backup / "snapshots").iterdir())) == 1
    assert place.checked() == (0, [])


def test_fault_C8_a_backup_outlives_a_power_cut_though_the_one_before_it_is_gone(place: Place, tmp_path: Path) -> None:
    disks = Disk(place.backup), Disk(place.keys)
    with disks[0].watched(), disks[1].watched():
        place.back_up()
        place.life.submit()
        place.sequence()
        place.back_up()
    after = replace(
        place,
        backup=disks[0].after_power_cut(tmp_path / "after/backup"),
        keys=disks[1].after_power_cut(tmp_path / "after/keys"),
    )
    assert after.checked() == (0, [])


def test_fault_C13_a_newer_ledger_in_the_vault_is_not_taken_back_in_silence(place: Place, fresh: Place) -> None:
    place.back_up()
    place.life.submit()
    place.sequence()
    shutil.copytree(place.settings.ledger, fresh.settings.ledger)
    with pytest.raises(Conflict, match=r"would take 1 events back.*rebuild") as refused:
        place.restored(fresh)
    assert refused.value.code == "rollback"
    assert _is_untouched(fresh)
    ended, [told] = place.checked()
    assert ended == 0, "an archive at work goes on after its backup"
    assert "1 more are known to have been signed since" in told
    assert place.checked(place.settings.ledger / "checkpoint")[0] == 1
    newest = Checkpoint.parse(Note.parse((place.settings.ledger / "checkpoint").read_bytes()).text)
    assert place.restored(fresh, accept_loss=True) == 0
    with fresh.engine.connect() as connection:
        body = connection.scalar(text("SELECT body FROM event WHERE type = 'local:backup restored'"))
    told = json.loads(str(body))["detail"]
    assert (told["lost"], told["known"]) == (1, {"size": newest.size, "root": newest.root.hex()})
    fresh.sequence()
    assert fresh.flaws() == []
    assert list(fresh.settings.vault.glob("ledger.before-*"))


def test_fault_C13_a_checkpoint_that_somebody_has_noted_is_enough(place: Place, fresh: Place, tmp_path: Path) -> None:
    place.back_up()
    place.life.submit()
    place.sequence()
    noted = tmp_path / "noted"
    noted.write_bytes((place.settings.ledger / "checkpoint").read_bytes())
    with pytest.raises(Conflict, match="would take 1 events back"):
        place.restored(fresh, noted)


def test_fault_C13_another_history_is_refused_whatever_is_accepted(place: Place, fresh: Place, tmp_path: Path) -> None:
    place.back_up()
    noted = tmp_path / "noted"
    lines = (place.settings.ledger / "checkpoint").read_text().split("\n")
    lines[2] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    noted.write_text("\n".join(lines))
    with pytest.raises(Conflict, match="two histories"):
        place.restored(fresh, noted, accept_loss=True)


def test_fault_C13_an_old_backup_does_not_bring_back_what_was_erased(
    place: Place, fresh: Place, tmp_path: Path
) -> None:
    entry = place.life.upload(b"the testimony of Oksana")
    place.life.capture(entry.submission.capture_id, title="Oksana")
    place.sequence()
    place.back_up()
    shutil.copytree(place.backup, tmp_path / "month-old")
    place.life.erase(entry.item)
    place.sequence()
    place.back_up()
    assert not [path for path in place.backup.rglob("*") if path.is_file() and b"Oksana" in path.read_bytes()]

    place.backup = tmp_path / "month-old"
    assert [path for path in place.backup.rglob("*") if path.is_file() and b"Oksana" in path.read_bytes()]
    assert place.restored(fresh) == 0
    prepare(fresh.settings)
    with fresh.engine.connect() as connection:
        assert connection.scalar(text("SELECT erased_at FROM item WHERE id = :id"), {"id": entry.item.id}) is not None
        for table in ("event", "capture", "submission"):
            found = f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%Oksana%' OR t::text LIKE '%кліп%'"
            assert connection.scalar(text(found)) == 0, table
    fresh.sequence()
    with fresh.engine.begin() as connection:  # whoever held a job a month ago holds none now
        connection.execute(text("UPDATE job SET lease_until = now() WHERE state = 'running'"))
    eraser = Eraser(fresh.engine, LogShelf(fresh.settings.ledger), fresh.settings.item_keys, patience=timedelta())
    eraser.destroy("first", {"first": LocalBlobs(fresh.settings.blobs)})
    eraser.empty_ledger()
    fresh.sequence()
    vault = fresh.settings.vault
    assert not [path for path in vault.rglob("*") if path.is_file() and b"Oksana" in path.read_bytes()]
    assert fresh.flaws() == []


def _encipher(place: Place) -> None:
    stores = {"first": LocalBlobs(place.settings.blobs)}
    encipherer = Encipherer(place.engine, place.settings.item_keys)
    for _ in range(2):
        encipherer.encipher("first", stores)
        encipherer.destroy_plain("first", stores)


def _bear(folder: Path, marker: bytes) -> bool:
    return any(path.is_file() and marker in path.read_bytes() for path in (folder / "blobs").rglob("*"))


def test_sealed_testimony_is_ciphertext_in_the_backup_and_opens_with_the_keys_that_lie_apart(
    place: Place, fresh: Place
) -> None:
    entry = place.life.submit(Sensitivity.SEALED)
    place.life.capture(entry.submission.capture_id)
    with transaction(place.engine) as session:
        held = [one.sha256 for one in holdings.of_item(session, entry.item.id) if one.sha256]
    marker = _content(first_store(place.settings, place.engine), held[0])
    place.sequence()
    place.back_up()
    assert _bear(place.backup, marker)
    _encipher(place)
    place.sequence()
    place.back_up()
    assert not _bear(place.backup, marker)
    assert place.checked()[0] == 0
    assert not (place.backup / "items").exists()
    assert ItemKeys(place.keys).items() == [entry.item.id]
    assert place.restored(fresh) == 0
    assert _content(reader(fresh.settings, fresh.engine), held[0]) == marker
    assert not _bear(fresh.settings.vault, marker)
    assert fresh.flaws() == []


def test_a_backup_without_the_keys_keeps_the_plain_bytes_it_has(place: Place) -> None:
    entry = place.life.submit(Sensitivity.SEALED)
    place.life.capture(entry.submission.capture_id)
    with transaction(place.engine) as session:
        held = [one.sha256 for one in holdings.of_item(session, entry.item.id) if one.sha256]
    marker = _content(first_store(place.settings, place.engine), held[0])
    place.sequence()
    place.back_up()
    _encipher(place)
    place.sequence()
    place.settings.item_keys.path(entry.item.id).write_bytes(bytes(60))
    said: list[str] = []
    assert backing.back_up(place.settings, place.backup, place.keys, said.append) == 1
    assert any("the keys of sealed items were not copied" in one for one in said)
    assert _bear(place.backup, marker)


def test_a_backup_that_was_cut_short_leaves_the_one_before_it_whole(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = place.life.upload(b"the testimony of Oksana")
    place.life.capture(entry.submission.capture_id)
    sealed = place.life.submit(Sensitivity.SEALED)
    place.life.capture(sealed.submission.capture_id)
    place.sequence()
    place.back_up()
    place.life.erase(entry.item)
    _encipher(place)
    place.sequence()
    with monkeypatch.context() as patched:
        patched.setattr(manifest, "signed", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            place.back_up()
    assert not [one for one in place.checked()[1] if "is missing" in one]
    place.back_up()
    assert not _bear(place.backup, b"Oksana")
    assert place.checked() == (0, [])


def test_no_stack_starts_on_a_restore_that_was_cut_short(
    place: Place, fresh: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.life.upload(b"the testimony of Oksana")
    place.sequence()
    place.back_up()
    with monkeypatch.context() as patched:
        patched.setattr(Archive, "note_restored", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            place.restored(fresh)
    with pytest.raises(NotStarted, match="was cut short"):
        prepare(fresh.settings)
    with pytest.raises(Conflict, match="holds an archive already"):
        place.restored(fresh)


def test_an_old_backup_does_not_undo_the_erasure_of_sealed_testimony(
    place: Place, fresh: Place, tmp_path: Path
) -> None:
    entry = place.life.submit(Sensitivity.SEALED)
    place.life.capture(entry.submission.capture_id)
    _encipher(place)
    place.sequence()
    place.back_up()
    shutil.copytree(place.backup, tmp_path / "month-old")
    with transaction(place.engine) as session:
        held = [one.sha256 for one in holdings.of_item(session, entry.item.id) if one.sha256]
    place.life.erase(entry.item)
    store = LocalBlobs(place.settings.blobs)
    eraser = Eraser(place.engine, LogShelf(place.settings.ledger), place.settings.item_keys, patience=timedelta())
    eraser.destroy("first", {"first": store})
    place.sequence()
    place.back_up()
    assert ItemKeys(place.keys).items() == []

    # Whoever puts the old files and the old database back, and leaves the tombstones out, has ciphertext.
    place.backup = tmp_path / "month-old"
    shutil.rmtree(place.keys / "tombstones")
    assert place.restored(fresh, accept_loss=True) == 0
    with pytest.raises(Unavailable, match=rf"{entry.item.id}\.key is missing"):
        _content(reader(fresh.settings, fresh.engine), held[0])


def _content(store: BlobStore, sha256: str) -> bytes:
    with store.open(Digest.parse(sha256)) as stream:
        return stream.read()


def test_an_erasure_that_an_older_hold_forbids_is_told(place: Place, fresh: Place, tmp_path: Path) -> None:
    entry = place.life.submit()
    with place.life.door(STEWARD) as archive:
        archive.place_hold(entry.item.id, HoldOrder(authority="A court", reason="Evidence."))
    place.sequence()
    place.back_up()
    shutil.copytree(place.backup, tmp_path / "older")
    with transaction(place.engine) as session:
        [held] = holds.of_item(session, entry.item.id)
    for actor in (STEWARD, ERASER):
        with place.life.door(actor) as archive:
            archive.release_hold(entry.item.id, held.hold.id, HoldEnd(reason="It is over."))
    place.life.erase(entry.item)
    place.sequence()
    place.back_up()
    place.backup = tmp_path / "older"
    said: list[str] = []
    ended = backing.restore(fresh.settings, place.backup, place.keys, None, accept_loss=False, say=said.append)
    assert ended == 1
    assert any("could not be done again" in one and "legal hold" in one for one in said)


@pytest.mark.parametrize(
    "harm",
    [
        *("flip a file", "lose a file", "flip the dump", "lose the list", "slip an event in"),
        *("link a folder in", "link nothing in", "lay a pipe in"),
    ],
)
def test_a_backup_that_is_not_whole_is_told_and_not_restored(place: Place, fresh: Place, harm: str) -> None:
    place.back_up()
    [snapshot] = (place.backup / "snapshots").iterdir()
    file = next(path for path in sorted((place.backup / "blobs/sha256").rglob("*")) if path.is_file())
    match harm:
        case "flip a file":
            file.chmod(0o600)
            file.write_bytes(b"x" + file.read_bytes()[1:])
        case "lose a file":
            file.unlink()
        case "flip the dump":
            dump = snapshot / "database.dump"
            dump.write_bytes(dump.read_bytes()[:-1] + b"x")
        case "lose the list":
            (snapshot / "files.tsv").unlink()
        case "slip an event in":
            laid = snapshot / "ledger/events/000.jsonl.part"
            laid.write_text(laid.read_text() + "{}\n")
        case "link a folder in":
            (snapshot / "ledger/elsewhere").symlink_to(place.keys, target_is_directory=True)
        case "link nothing in":
            (snapshot / "ledger/elsewhere").symlink_to("nowhere")
        case "lay a pipe in":
            os.mkfifo(snapshot / "ledger/elsewhere")
    if harm == "slip an event in":
        # Then the ledger cannot be believed at all.
        for attempt in (place.checked, lambda: place.restored(fresh)):
            with pytest.raises(Altered, match="no event this version knows"):
                attempt()
    else:
        ended, said = place.checked()
        assert (ended, len(said)) == (1, 1)
        assert place.restored(fresh) == 1
    assert _is_untouched(fresh)


def test_an_archive_is_never_restored_over_another(place: Place, empty_engine: Engine, tmp_path: Path) -> None:
    place.back_up()
    other = _place(tmp_path / "other", empty_engine)
    other.life.submit()
    with pytest.raises(Conflict, match="holds an archive already"):
        place.restored(other)
    assert len(_rows(empty_engine, "item")) == 1


def _goes_on(place: Place, keys: int) -> None:
    """The restored ledger is whole under all its keys, and grows."""
    assert len(LogShelf(place.settings.ledger).successions()) == keys - 1
    place.sequence()
    before = len(_rows(place.engine, "leaf"))
    place.life.submit()
    place.sequence()
    assert len(_rows(place.engine, "leaf")) == before + 1
    assert place.flaws() == []


def test_a_backup_from_after_a_change_of_key_comes_back_and_goes_on(place: Place, fresh: Place) -> None:
    place.back_up()
    former = (place.keys / "ledger.pem").read_text()
    place.change_key()
    place.back_up()
    assert place.checked() == (0, [])
    assert [path.read_text() for path in place.keys.glob("ledger.*.old.pem")] == [former]
    assert place.restored(fresh) == 0
    _goes_on(fresh, keys=2)


def test_fault_C13_a_backup_from_before_a_change_of_key_goes_back_only_when_the_loss_is_accepted(
    place: Place, fresh: Place, tmp_path: Path
) -> None:
    place.back_up()
    shutil.copytree(place.backup, tmp_path / "before")
    place.change_key()
    place.back_up()
    place.backup = tmp_path / "before"
    assert "signed since" in place.checked()[1][0]
    with pytest.raises(Conflict, match="would take 1 events back"):
        place.restored(fresh)
    [former] = place.keys.glob("ledger.*.old.pem")
    kept = former.rename(tmp_path / "kept.pem")
    with pytest.raises(NotFound, match=r"only its own key .* can sign on from there"):
        place.restored(fresh, accept_loss=True)
    assert _is_untouched(fresh)
    kept.rename(former)
    assert place.restored(fresh, accept_loss=True) == 0
    _goes_on(fresh, keys=1)


@pytest.mark.parametrize("harm", ["altered", "swapped", "unsigned", "resigned", "former key", "cut short"])
def test_a_manifest_that_the_archive_did_not_sign_so_is_refused_by_its_name(
    place: Place, fresh: Place, tmp_path: Path, harm: str
) -> None:
    place.back_up()
    path = place.backup / "manifest.json"
    [signature] = place.backup.glob("manifest.*.sig")
    match harm:
        case "altered":
            path.write_text(path.read_text().replace('"files": ', '"files": 1'))
        case "swapped":
            told, name = signature.read_text(), signature.name
            place.life.submit()
            place.sequence()
            place.back_up()
            [signature] = place.backup.glob("manifest.*.sig")
            assert signature.name != name
            signature.write_text(told)
        case "unsigned":
            signature.unlink()
        case "resigned":
            other = log_signer(tmp_path / "other.pem", "archive.example/custody", None)
            signature.write_text(manifest.signed(path.read_bytes(), other))
        case "former key":
            former = shutil.copy(place.settings.ledger_key, tmp_path / "former.pem")
            place.change_key()
            place.back_up()
            [signature] = place.backup.glob("manifest.*.sig")
            thief = log_signer(former, "archive.example/custody", None)
            signature.write_text(manifest.signed(path.read_bytes(), thief))
        case "cut short":
            signature.write_text(signature.read_text()[:-10])
    named = {"altered": path, "swapped": path, "unsigned": path}.get(harm, signature)
    for attempt in (place.checked, lambda: place.restored(fresh, accept_loss=True)):
        with pytest.raises(Altered, match=re.escape(str(named))):
            attempt()
    assert _is_untouched(fresh)


def test_places_inside_one_another_are_refused(place: Place) -> None:
    for target, keys in (
        (place.settings.vault / "backup", place.keys),
        (place.backup, place.backup / "keys"),
        (place.backup, place.settings.vault / "keys"),
    ):
        with pytest.raises(InvalidValue, match="give each a place of its own"):
            backing.back_up(place.settings, target, keys, lambda _: None)


def test_without_its_key_a_backup_is_not_believed(place: Place, fresh: Place) -> None:
    place.back_up()
    (place.keys / "ledger.pem").unlink()
    with pytest.raises(NotFound, match="put the key back"):
        place.restored(fresh)


def test_a_damaged_file_stops_no_other_and_is_named(place: Place) -> None:
    file = next(path for path in sorted((place.settings.blobs / "sha256").rglob("*")) if path.is_file())
    file.chmod(0o600)
    file.write_bytes(b"x")
    said: list[str] = []
    assert backing.back_up(place.settings, place.backup, place.keys, said.append) == 1
    assert any(file.name in one and "could not be copied" in one for one in said)
    assert place.checked()[0] == 1


@pytest.mark.parametrize("where", ["before it was backed up", "in the backup"])
def test_a_damaged_file_holds_up_nothing_else_where_that_is_accepted(place: Place, fresh: Place, where: str) -> None:
    store = place.settings.blobs
    if where == "in the backup":
        place.back_up()
        store = place.backup / "blobs"
    file, *others = (path for path in sorted((store / "sha256").rglob("*")) if path.is_file())
    file.chmod(0o600)
    file.write_bytes(bytes(len(file.read_bytes())))
    if where == "before it was backed up":
        backing.back_up(place.settings, place.backup, place.keys, lambda _: None)
    assert place.restored(fresh) == 1
    assert _is_untouched(fresh)
    assert place.restored(fresh, accept_damage=True) == 1
    kept = LocalBlobs(fresh.settings.blobs)
    assert [kept.size_bytes(Digest.parse(path.name)) is not None for path in [file, *others]] == [
        False,
        *map(bool, others),
    ]
    with fresh.engine.connect() as connection:
        told = connection.scalars(text("SELECT body FROM event WHERE type = 'local:backup restored'")).one()
    assert json.loads(told)["detail"]["damaged"] == 1
    [flaw] = [flaw for flaw in fresh.flaws() if file.name in str(flaw)]
    assert "missing" in str(flaw)


def test_a_backup_during_which_something_is_erased_would_restore(place: Place) -> None:
    entry = place.life.upload(b"the testimony of Oksana")
    place.life.capture(entry.submission.capture_id)
    place.sequence()
    store, erased = LocalBlobs(place.settings.blobs), []

    def meanwhile(what: str, done: int, whole: int) -> None:
        if what == "Copying files" and done == whole and not erased:
            erased.append(place.life.erase(entry.item))

    writing.write(place.settings, place.engine, store, place.backup, place.keys, meanwhile)
    assert erased
    assert place.checked() == (0, [])
    place.sequence()
    place.back_up()
    assert place.checked() == (0, [])
    assert not _bear(place.backup, b"Oksana")


def test_the_command_backs_a_vault_of_its_own_up_and_puts_it_back(tmp_path: Path) -> None:
    """The whole way with the embedded database: an empty vault is signed for by its first event, a setting."""

    def svidok(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("SVIDOK_")}
        command = [sys.executable, "-P", "-m", "workers.cli", *arguments]
        return subprocess.run(command, env=bare, input=stdin, capture_output=True, text=True, timeout=240, check=False)

    vault, backup, keys = str(tmp_path / "vault"), str(tmp_path / "backup"), str(tmp_path / "keys")
    with own_database(Vault(Path(vault))):
        pass  # an archive that has begun; a command that is given a person makes none
    person = ("user", "add", "ada@example.org", "--role", "reviewer", "--password-stdin")
    assert svidok(*person, "--vault", vault, stdin="correct horse battery staple\n").returncode == 0
    made = svidok("backup", backup, "--keys", keys, "--vault", vault)
    assert made.returncode == 0, made.stderr
    checked = svidok("restore", backup, "--keys", keys, "--check", "--vault", str(tmp_path / "other"))
    assert (checked.returncode, "would restore" in checked.stdout) == (0, True), checked.stderr
    restored = svidok("restore", backup, "--keys", keys, "--vault", str(tmp_path / "other"))
    assert restored.returncode == 0, restored.stderr
    again = svidok("restore", backup, "--keys", keys, "--vault", str(tmp_path / "other"))
    assert (again.returncode, "holds an archive already" in again.stderr) == (1, True)


def test_what_is_sealed_comes_back_sealed(place: Place, fresh: Place) -> None:
    item = place.life.submit(Sensitivity.SEALED, actor=STEWARD).item.id
    place.sequence()
    place.back_up()
    place.restored(fresh)
    with fresh.engine.connect() as connection:
        assert connection.scalar(text("SELECT sensitivity FROM item WHERE id = :id"), {"id": item}) == "sealed"
