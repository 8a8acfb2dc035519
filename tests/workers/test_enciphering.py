"""What only sealed items hold lies as ciphertext, is read as before, and is never without a good copy."""

import io
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from storage.agreement import check_rows
from storage.archive import Archive
from storage.blobs.base import TendedStore
from storage.blobs.bucket import Bucket
from storage.blobs.fixity import Pace
from storage.blobs.local import LocalBlobs
from storage.blobs.s3 import S3Blobs
from storage.db import copies, enciphered
from storage.db.migration import migrate
from storage.db.session import open_engine, transaction
from storage.db.tables import Event
from storage.domain import clock
from storage.domain.copies import CopyState
from storage.domain.erasure import ErasureOrder, ErasureReply
from storage.domain.kept import StepKey
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import EventType, FileRole, Outcome, Sensitivity
from storage.errors import Altered, Conflict, NotFound, Unavailable
from storage.fixity import check_chains, check_enciphered, check_erased, check_files
from storage.integrity.cipher import deciphered
from storage.integrity.digest import Digest
from storage.item_keys import ItemKeys
from storage.log.keys import log_signer
from storage.log.sequencer import Sequencer
from storage.log.shelf import LogShelf
from storage.reader import Reader
from storage.rebuild import database
from storage.rebuild.history import read_history
from tests.object_stores import ObjectStore
from tests.storage.rebuild.life import ERASER, STEWARD, Life
from tests.storage.scenes import attempt_of
from workers import enciphering
from workers.enciphering import Encipherer
from workers.erasing import Eraser
from workers.tending import Tender

MARKER = b"Oksana speaks of the bridge. "
SEALED = Sensitivity.SEALED


@dataclass
class House:
    """An archive with two folders for stores, its keys beside them, and those who look after it."""

    engine: Engine
    folder: Path

    @cached_property
    def stores(self) -> dict[str, TendedStore]:
        return {name: LocalBlobs(self.folder / name) for name in ("first", "second")}

    @cached_property
    def keys(self) -> ItemKeys:
        return ItemKeys(self.folder / "vault" / "keys")

    @property
    def reader(self) -> Reader:
        return Reader(self.stores["first"], self.engine, self.keys)

    @cached_property
    def life(self) -> Life:
        return Life(self.engine, self.reader)

    def capture(self, content: bytes, sensitivity: Sensitivity = SEALED, url: str | None = None) -> tuple[str, Digest]:
        """An item that holds these bytes as its original, and others as context."""
        entry = self.life.submit(sensitivity, url=url, actor=STEWARD)
        self.bring(entry.submission.capture_id, content)
        return entry.item.id, Digest.of(content)

    def bring(self, capture: str, *contents: bytes) -> None:
        brought = [self.life.kept("original", one, FileRole.ORIGINAL) for one in contents]
        with transaction(self.engine) as session:
            Archive(session, SYSTEM).seal_capture(
                self.life.held(capture), attempt_of(Outcome.CAPTURED, {}), StepKey("capture", "1", capture, ()), brought
            )

    def round(self, engine: Engine | None = None) -> None:
        """What the keeper does in one round, but for reading again."""
        engine = engine or self.engine
        tender = Tender(engine, self.stores, Pace(1 << 40), timedelta(days=30), "1")
        encipherer, eraser = Encipherer(engine, self.keys), Eraser(engine, self.shelf, self.keys, patience=timedelta())
        stores, away = tender.admit()
        assert away == {}
        for name in stores:
            eraser.destroy(name, stores)
        for deed in (encipherer.decipher, encipherer.encipher):
            for name in stores:
                deed(name, stores)
        tender.note_new(stores)
        for deed in (encipherer.destroy_plain, tender.bring, encipherer.destroy_plain):
            for name in stores:
                deed(name, stores)

    def settle(self) -> None:
        """Two rounds, and all is read again, as after a month."""
        for _ in range(2):
            self.round()
        tender = Tender(self.engine, self.stores, Pace(1 << 40), timedelta(), "1")
        for name in self.stores:
            tender.check(name, self.stores)

    @property
    def shelf(self) -> LogShelf:
        return LogShelf(self.folder / "ledger")

    def lies_plain(self, marker: bytes = MARKER) -> list[str]:
        """Every file of every store in whose raw bytes the marker is."""
        found = (path for name in self.stores for path in (self.folder / name).rglob("*") if path.is_file())
        return [str(path.relative_to(self.folder)) for path in found if marker in path.read_bytes()]

    def read(self, digest: Digest) -> bytes:
        with self.reader.open(digest) as stream:
            return stream.read()

    def states(self, digest: Digest) -> dict[str, CopyState]:
        with transaction(self.engine) as session:
            return copies.states_of(session, digest.hex)

    def ciphertexts(self, digest: Digest) -> list[tuple[str, str]]:
        with transaction(self.engine) as session:
            return list(enciphered.of_file(session, digest.hex))

    def events(self, item: str) -> list[str]:
        with transaction(self.engine) as session:
            return list(session.scalars(select(Event.type).where(Event.item_id == item).order_by(Event.seq)))

    def flaws(self) -> list[object]:
        found: list[object] = []
        for name, store in self.stores.items():
            found += check_files(self.engine, store, name, lambda _: None)
        found += check_enciphered(self.engine, self.stores["first"], self.keys, lambda _: None)
        found += check_erased(self.engine, self.stores)
        return [*found, *check_chains(self.engine), *check_rows(self.engine)]

    def erase(self, item: str) -> None:
        with self.life.door(STEWARD) as archive:
            asked = archive.ask_erasure(item, ErasureOrder(basis="GDPR Art. 17", reason="They ask for it."))
        with self.life.door(ERASER) as archive:
            archive.answer_erasure(item, asked.erasure.id, ErasureReply(agree=True, reason="It is right."))


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    (tmp_path / "vault").mkdir()
    return House(engine, tmp_path)


def test_a_sealed_item_lies_as_ciphertext_on_every_store_and_is_read_as_before(house: House) -> None:
    content = MARKER * 9000
    item, digest = house.capture(content)
    assert house.lies_plain()
    house.settle()
    assert house.lies_plain() == []
    assert house.states(digest) == {"first": CopyState.ENCIPHERED, "second": CopyState.ENCIPHERED}
    assert house.read(digest) == content
    assert house.reader.size_bytes(digest) == len(content)
    with house.reader.open(digest) as stream:
        stream.seek(100_000)
        assert stream.read(77) == content[100_000:100_077]
    told = house.events(item)
    assert told.count(EventType.ENCRYPTION.value) == 1
    assert told.count(EventType.PLAIN_DESTROYED.value) == 1  # to the second store no plain bytes came
    assert house.flaws() == []
    house.round()
    assert house.events(item) == told


def test_in_a_bucket_a_sealed_item_lies_as_ciphertext_is_read_by_ranges_and_mended(
    house: House, seaweedfs: ObjectStore, tmp_path: Path
) -> None:
    bucket = Bucket.at(seaweedfs.place("ready"))
    with transaction(house.engine) as session:
        name = copies.archive_name(session)
    for store in house.stores:
        prefix = f"enciphering/{tmp_path.name}/{store}"
        house.stores[store] = S3Blobs(bucket, prefix, tmp_path / f"scratch of {store}", lambda: name)
    content = MARKER * 9000
    _, digest = house.capture(content)
    house.settle()

    def objects() -> dict[str, bytes]:
        told = seaweedfs.client.list_objects_v2(Bucket="ready", Prefix=f"enciphering/{tmp_path.name}")["Contents"]
        return {one["Key"]: seaweedfs.client.get_object(Bucket="ready", Key=one["Key"])["Body"].read() for one in told}

    assert [key for key, body in objects().items() if MARKER in body] == []
    assert house.states(digest) == {"first": CopyState.ENCIPHERED, "second": CopyState.ENCIPHERED}
    with house.reader.open(digest) as stream:
        stream.seek(100_000)
        assert stream.read(77) == content[100_000:100_077]
    [(_, sealed)] = house.ciphertexts(digest)
    [damaged] = [key for key in objects() if "/first/" in key and key.endswith(sealed)]
    seaweedfs.client.put_object(Bucket="ready", Key=damaged, Body=b"something else")
    house.settle()
    assert house.read(digest) == content
    assert house.flaws() == []


def test_an_open_item_that_is_sealed_later_is_enciphered_then(house: House) -> None:
    url = "https://example.org/bridge"
    item, digest = house.capture(MARKER, Sensitivity.RESTRICTED, url)
    house.settle()
    assert len(house.lies_plain()) == 2
    house.life.submit(SEALED, url=url, actor=STEWARD)
    house.settle()
    assert house.lies_plain() == []
    assert house.read(digest) == MARKER
    assert [one for one, _ in house.ciphertexts(digest)] == [item]


def test_a_local_copy_is_made_in_the_folder_of_the_step_and_nowhere_else(house: House, tmp_path: Path) -> None:
    _, digest = house.capture(MARKER)
    house.settle()
    copy = house.reader.local_copy(digest, tmp_path / "scratch" / "in")
    assert copy.parent == tmp_path / "scratch" / "in"
    assert copy.read_bytes() == MARKER
    assert [one.name for one in copy.parent.iterdir()] == [digest.hex]
    assert house.lies_plain() == []


def test_what_an_open_item_holds_too_stays_plain_and_comes_back_when_it_is_needed_again(house: House) -> None:
    shared, own = MARKER + b"shared", MARKER + b"own"
    house.capture(shared, Sensitivity.RESTRICTED)
    house.capture(shared)
    _, digest = house.capture(own)
    house.settle()
    assert house.ciphertexts(Digest.of(shared)) == []
    assert house.lies_plain(b"own") == []
    house.capture(own, Sensitivity.RESTRICTED)
    assert house.states(digest)["first"] is CopyState.ENCIPHERED
    house.settle()
    assert house.states(digest) == {"first": CopyState.WHOLE, "second": CopyState.WHOLE}
    assert house.read(digest) == own
    assert house.flaws() == []


def test_the_same_bytes_of_a_sealed_item_once_more_do_not_stay_plain(house: House) -> None:
    house.capture(MARKER)
    house.settle()
    house.capture(MARKER)
    house.settle()
    assert house.lies_plain() == []
    assert len(house.ciphertexts(Digest.of(MARKER))) == 2
    house.stores["first"].put(io.BytesIO(MARKER))  # and nobody comes to write it down
    Encipherer(house.engine, house.keys).look_again("first", house.stores)
    house.settle()
    assert house.lies_plain() == []
    assert house.flaws() == []


MOVES = 12


class _Watched:
    """Counts what is about to be done and what has just been done; at the chosen number the process is killed."""

    def __init__(self, at: int) -> None:
        self.left = at

    def move(self) -> None:
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, deed: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self.move()
            done = deed(*args, **kwargs)
            self.move()
            return done

        return watched

    @contextmanager
    def transaction(self, engine: Engine) -> Iterator[Any]:
        self.move()
        with transaction(engine) as session:
            yield session
            self.move()


def _round_until_killed(house: House, at: int) -> bool:
    """One round in a process of its own that is killed at one of its moves; whether it was."""
    child = os.fork()
    if not child:
        try:
            watched = _Watched(at)
            enciphering.transaction = watched.transaction  # type: ignore[assignment]
            for name in ("put", "destroy"):
                setattr(LocalBlobs, name, watched.around(getattr(LocalBlobs, name)))
            ItemKeys.made = watched.around(ItemKeys.made)  # type: ignore[method-assign]
            house.round(open_engine(house.engine.url.render_as_string(hide_password=False)))
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), status
    return status == signal.SIGKILL


def test_a_kill_between_any_two_moves_of_the_keeper_loses_nothing_and_the_next_round_goes_on(
    house: House,
) -> None:
    at = killed = 0
    while True:
        content = b"%s %d" % (MARKER, at)
        _, digest = house.capture(content)
        house.engine.dispose()
        was_killed = _round_until_killed(house, at)
        killed += was_killed
        assert house.read(digest) == content
        house.round()
        assert house.read(digest) == content
        assert house.lies_plain() == []
        assert set(house.states(digest).values()) == {CopyState.ENCIPHERED}
        if not was_killed:
            break
        at += 1
    assert killed > MOVES
    assert house.flaws() == []


def test_erasure_destroys_the_key_first_and_an_old_ciphertext_opens_no_more(house: House, tmp_path: Path) -> None:
    item, digest = house.capture(MARKER)
    other, kept = house.capture(MARKER + b"of another")
    house.settle()
    [(_, sealed)] = house.ciphertexts(digest)
    key, cipher = house.keys.key(item), Digest.parse(sealed)
    old = tmp_path / "old"
    with house.stores["first"].open(cipher) as stream:
        old.write_bytes(stream.read())
    house.erase(item)

    class Away(LocalBlobs):
        def destroy(self, *_: Any) -> bool:
            raise Unavailable("the store is away")

    away: dict[str, TendedStore] = {"first": Away(house.folder / "first")}
    with pytest.raises(Unavailable):
        Eraser(house.engine, house.shelf, house.keys, patience=timedelta()).destroy("first", away)
    assert house.keys.items() == [other]
    assert house.stores["first"].size_bytes(cipher) is not None
    house.settle()
    assert [store.size_bytes(cipher) for store in house.stores.values()] == [None, None]
    assert house.events(item).count(EventType.DELETION.value) == 3
    with pytest.raises(NotFound):
        house.read(digest)
    with pytest.raises(Unavailable, match="is missing"):
        house.keys.key(item)
    size_bytes = old.stat().st_size
    with old.open("rb") as stream, pytest.raises(Altered):
        deciphered(stream, size_bytes, house.keys.key(other), digest)
    with old.open("rb") as stream:  # the bytes were good: it is the key that is gone
        assert deciphered(stream, size_bytes, key, digest).read() == MARKER
    assert house.read(kept) == MARKER + b"of another"
    assert house.flaws() == []


def test_no_item_is_erased_while_another_needs_its_key(house: House) -> None:
    item, digest = house.capture(MARKER)
    house.settle()
    with house.life.door(STEWARD) as door:
        erasure = door.ask_erasure(item, ErasureOrder(basis="GDPR Art. 17", reason="They ask for it.")).erasure.id
    yes = ErasureReply(agree=True, reason="It is right.")
    for sensitivity in (SEALED, Sensitivity.RESTRICTED):
        house.capture(MARKER, sensitivity)
        with pytest.raises(Conflict, match="another item holds"), house.life.door(ERASER) as door:
            door.answer_erasure(item, erasure, yes)
        house.settle()
    with house.life.door(ERASER) as door:
        door.answer_erasure(item, erasure, yes)
    house.settle()
    assert house.read(digest) == MARKER
    assert house.flaws() == []


def test_without_its_keys_the_archive_says_which_is_missing_and_destroys_nothing(house: House) -> None:
    item, digest = house.capture(MARKER)
    house.settle()
    wrapping, aside = house.keys.wrapping, house.folder / "aside.key"
    wrapping.rename(aside)
    with pytest.raises(Unavailable, match=r"items\.key is missing.*put it back"):
        house.read(digest)
    assert "items.key is missing" in str(house.keys.problem())
    _, fresh = house.capture(MARKER + b"fresh")
    with pytest.raises(Unavailable, match=r"items\.key is missing"):
        house.round()
    assert not wrapping.exists()
    assert house.read(fresh) == MARKER + b"fresh"

    wrapping.write_bytes(bytes(32))
    wrapping.chmod(0o600)
    with pytest.raises(Unavailable, match="is not the key that sealed"):
        house.read(digest)
    [flaw] = check_enciphered(house.engine, house.stores["first"], house.keys, lambda _: None)
    assert flaw.subject == str(digest)

    aside.replace(wrapping)
    house.keys.path(item).rename(aside)
    with pytest.raises(Unavailable, match=rf"{item}\.key is missing"):
        house.read(digest)
    aside.rename(house.keys.path(item))
    house.settle()
    assert house.read(digest) == MARKER
    assert house.lies_plain() == []
    assert house.flaws() == []


def test_a_ciphertext_that_is_damaged_on_every_store_is_told_in_the_chain_of_its_item(house: House) -> None:
    item, digest = house.capture(MARKER * 1000)
    house.settle()
    [(_, sealed)] = house.ciphertexts(digest)

    def harm(store: str) -> None:
        [path] = [path for path in (house.folder / store).rglob(sealed) if path.is_file()]
        path.chmod(0o600)
        path.write_bytes(bytes(path.stat().st_size))

    def told() -> list[Event]:
        with transaction(house.engine) as session:
            checked = select(Event).where(Event.item_id == item, Event.type == EventType.FIXITY_CHECK)
            return list(session.scalars(checked))

    harm("first")
    harm("second")
    tender = Tender(house.engine, house.stores, Pace(1 << 40), timedelta(), "1")
    for name in house.stores:
        tender.check(name, house.stores)
    assert str(digest) in told()[-1].body
    with transaction(house.engine) as session:
        assert copies.lost(session, [digest.hex]) == {digest.hex}
        assert [(one.sha256, one.items) for one in copies.damaged(session, 10)] == [(sealed, [item])]


def test_a_plain_copy_that_is_damaged_where_its_ciphertext_is_whole_is_no_loss(house: House) -> None:
    _, digest = house.capture(MARKER * 1000)
    house.settle()
    with transaction(house.engine) as session:
        copies.set_state(session, "second", [digest.hex], CopyState.ALTERED, clock.now())
        assert copies.lost(session, [digest.hex]) == set()
        assert list(copies.damaged(session, 10)) == []


def test_a_plain_copy_stays_where_the_ciphertext_was_not_read_whole(house: House) -> None:
    _, digest = house.capture(MARKER)
    with transaction(house.engine) as session:
        copies.note_new(session, "first", CopyState.WHOLE)
    encipherer = Encipherer(house.engine, house.keys)
    assert encipherer.encipher("first", house.stores) == 1
    assert encipherer.destroy_plain("second", house.stores) == 0
    [(_, sealed)] = house.ciphertexts(digest)
    shutil.move(house.stores["first"]._path(Digest.parse(sealed)), house.folder / "lost")  # type: ignore[attr-defined]
    assert encipherer.destroy_plain("first", house.stores) == 0
    assert house.read(digest) == MARKER


def test_a_database_is_rebuilt_from_the_vault_and_reads_with_its_keys(house: House, empty_engine: Engine) -> None:
    item, digest = house.capture(MARKER)
    house.settle()
    signer = log_signer(house.folder / "vault" / "keys" / "ledger.pem", "house.example/custody", None)
    while Sequencer(house.shelf, signer).advance(house.engine):
        pass
    history = read_history(house.shelf, signer.public)
    migrate(empty_engine)
    database.rebuild(empty_engine, history, house.stores["first"].mark())
    again = House(empty_engine, house.folder)
    assert again.read(digest) == MARKER
    again.settle()
    assert again.states(digest) == {"first": CopyState.ENCIPHERED, "second": CopyState.ENCIPHERED}
    assert again.lies_plain() == []
    assert again.flaws() == []
    assert again.ciphertexts(digest) == house.ciphertexts(digest)
    assert again.ciphertexts(digest)[0][0] == item
