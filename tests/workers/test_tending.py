"""Stores are looked after: copies are brought, what is bad is found and mended, and nothing is destroyed silently."""

import dataclasses
import io
import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text

from storage.archive import Archive
from storage.blobs.base import Enforcement, TendedStore
from storage.blobs.bucket import Bucket
from storage.blobs.fixity import Pace, read_again
from storage.blobs.local import LocalBlobs
from storage.blobs.s3 import S3Blobs
from storage.db import copies, holdings, installation
from storage.db.session import transaction
from storage.db.tables import Event
from storage.domain.copies import CopyState
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import EventType
from storage.errors import Altered, Unavailable
from storage.integrity.digest import Digest
from tests.object_stores import ObjectStore, seaweedfs_of
from tests.storage.scenes import Scene
from workers.tending import Tender

FREELY = Pace(1 << 40)


@dataclasses.dataclass
class House:
    """An archive with two folders for stores, and whoever looks after them."""

    engine: Engine
    folder: Path
    tender: Tender

    @property
    def stores(self) -> dict[str, TendedStore]:
        admitted, away = self.tender.admit()
        assert away == {}
        return admitted

    def keep(self, *contents: bytes) -> list[Digest]:
        """Files in the first store, each with its row."""
        blobs = [self.tender.stores["first"].put(io.BytesIO(content)) for content in contents]
        with transaction(self.engine) as session:
            for blob in blobs:
                holdings.add_file(session, sha256=blob.digest.hex, sha512=blob.sha512, size_bytes=blob.size_bytes)
        return [blob.digest for blob in blobs]

    def round(self) -> None:
        """What one round does, everything being due."""
        stores = self.stores
        self.tender.note_new(stores)
        for name in stores:
            self.tender.bring(name, stores)
        self.forget_readings()
        for name in stores:
            self.tender.check(name, stores)

    def forget_readings(self) -> None:
        with transaction(self.engine) as session:
            session.execute(text("UPDATE file_copy SET checked_at = now() - interval '40 days'"))

    def path(self, name: str, digest: Digest) -> Path:
        store = self.tender.stores[name]
        assert isinstance(store, LocalBlobs)
        return store._path(digest)

    def states(self, digest: Digest) -> dict[str, CopyState]:
        with transaction(self.engine) as session:
            return copies.states_of(session, digest.hex)

    def events(self, kind: EventType) -> list[Event]:
        with transaction(self.engine) as session:
            return list(session.scalars(select(Event).where(Event.type == kind.value).order_by(Event.seq)))


def tender_of(engine: Engine, stores: dict[str, TendedStore]) -> Tender:
    return Tender(engine, stores, FREELY, timedelta(days=30), "1")


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    stores: dict[str, TendedStore] = {name: LocalBlobs(tmp_path / name) for name in ("first", "second")}
    return House(engine, tmp_path, tender_of(engine, stores))


def written(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)
    path.chmod(0o444)


def read(store: TendedStore, digest: Digest) -> bytes:
    with store.open(digest) as stream:
        return stream.read()


def test_every_file_is_copied_to_the_second_store_once_with_an_event(house: House) -> None:
    digests = house.keep(*(b"file %d" % number for number in range(120)))
    house.round()
    for digest in digests:
        assert read(house.tender.stores["second"], digest) == read(house.tender.stores["first"], digest)
        assert house.states(digest) == {"first": CopyState.WHOLE, "second": CopyState.WHOLE}
    [event] = house.events(EventType.REPLICATION)
    assert all(str(digest) in event.body for digest in digests)
    house.round()
    assert len(house.events(EventType.REPLICATION)) == 1


def test_a_copy_stays_owed_while_the_second_store_is_away(house: House) -> None:
    [digest] = house.keep(b"owed")

    class Away(LocalBlobs):
        def put(self, stream: Any, *, limit_bytes: int | None = None) -> Any:
            raise Unavailable("the store is away")

    ill = tender_of(house.engine, house.tender.stores | {"second": Away(house.folder / "second")})
    stores, _ = ill.admit()
    ill.note_new(stores)
    with pytest.raises(Unavailable):
        ill.bring("second", stores)
    assert house.states(digest)["second"] is CopyState.OWED
    house.round()
    assert house.states(digest)["second"] is CopyState.WHOLE


def flip(path: Path, other: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    written(path, bytes(content))


def truncate(path: Path, other: Path) -> None:
    written(path, path.read_bytes()[:-1])


def append(path: Path, other: Path) -> None:
    written(path, path.read_bytes() + b"\0")


def empty(path: Path, other: Path) -> None:
    written(path, b"")


def swap(path: Path, other: Path) -> None:
    mine, theirs = path.read_bytes(), other.read_bytes()
    written(path, theirs)
    written(other, mine)


def delete(path: Path, other: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("name", ["first", "second"])
@pytest.mark.parametrize("harm", [flip, truncate, append, empty, swap, delete])
def test_fault_C3_what_was_done_to_a_kept_file_is_found_and_mended_from_the_copy(
    house: House, name: str, harm: Callable[[Path, Path], None]
) -> None:
    one, other, bystander = house.keep(b"the testimony", b"another testimony", b"untouched")
    house.round()
    harm(house.path(name, one), house.path(name, other))
    house.round()
    for digest, content in ((one, b"the testimony"), (other, b"another testimony"), (bystander, b"untouched")):
        for store in house.tender.stores.values():
            assert read(store, digest) == content
        assert set(house.states(digest).values()) == {CopyState.WHOLE}
    alarms = [event for event in house.events(EventType.FIXITY_CHECK) if '"outcome":"failure"' in event.body]
    assert len(alarms) == 1
    assert str(one) in alarms[0].body
    harmed = 2 if harm is swap else 1
    assert len(house.events(EventType.REPAIR)) == harmed
    # The bad bytes are kept beside, unless there were none.
    assert len(list((house.folder / name / "aside").glob("*"))) == (0 if harm is delete else harmed)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(content=st.binary(min_size=1, max_size=300), data=st.data())
def test_fault_C3_any_flipped_bit_is_found(tmp_path: Path, content: bytes, data: st.DataObject) -> None:
    store = LocalBlobs(tmp_path / "flips")
    digest = store.put(io.BytesIO(content)).digest
    at = data.draw(st.integers(0, 8 * len(content) - 1))
    flipped = bytearray(content)
    flipped[at // 8] ^= 1 << at % 8
    written(store._path(digest), bytes(flipped))
    assert read_again(store, digest, FREELY).state is CopyState.ALTERED
    written(store._path(digest), content)
    assert read_again(store, digest, FREELY).state is CopyState.WHOLE


def test_fault_C9_a_file_whose_copies_are_damaged_differently_is_marked_and_no_copy_is_believed(house: House) -> None:
    with transaction(house.engine) as session:
        scene = Scene(Archive, session, house.tender.stores["first"])
        item = scene.captured().item.id
    digest = Digest.of(b"as served")
    house.round()
    flip(house.path("first", digest), house.path("first", digest))
    truncate(house.path("second", digest), house.path("second", digest))
    bad = [house.path(name, digest).read_bytes() for name in ("first", "second")]
    house.round()
    assert house.states(digest) == {"first": CopyState.ALTERED, "second": CopyState.ALTERED}
    assert [house.path(name, digest).read_bytes() for name in ("first", "second")] == bad
    with transaction(house.engine) as session:
        [damaged] = copies.damaged(session, 10)
    assert (damaged.sha256, damaged.items) == (digest.hex, [item])
    assert (
        '"damaged":true' in [event for event in house.events(EventType.FIXITY_CHECK) if event.item_id == item][-1].body
    )
    # Good bytes that come back, from whatever drawer, heal both.
    written(house.path("second", digest), b"as served")
    house.round()
    house.round()
    assert set(house.states(digest).values()) == {CopyState.WHOLE}
    assert house.path("first", digest).read_bytes() == b"as served"


def test_a_bad_source_is_not_copied_and_is_looked_at_first(house: House) -> None:
    good, bad = house.keep(b"good", b"bad soon")
    flip(house.path("first", bad), house.path("first", good))
    stores = house.stores
    house.tender.note_new(stores)
    assert house.tender.bring("second", stores) == 1
    assert house.states(bad)["second"] is CopyState.OWED
    house.tender.check("first", stores)
    assert house.states(bad) == {"first": CopyState.ALTERED, "second": CopyState.OWED}
    assert house.tender.bring("second", stores) == 0


def test_whoever_was_read_longest_ago_is_read_first_and_nothing_before_its_time(house: House) -> None:
    digests = house.keep(*(b"%d" % number for number in range(3)))
    house.round()
    with transaction(house.engine) as session:
        for age_d, digest in zip((10, 35, 25), digests, strict=True):
            session.execute(
                text("UPDATE file_copy SET checked_at = now() - make_interval(days => :d) WHERE sha256 = :s"),
                {"d": age_d, "s": digest.hex},
            )
    house.tender.check("first", house.stores)
    last = house.events(EventType.FIXITY_CHECK)[-1].body
    assert str(digests[0]) not in last
    assert last.index(str(digests[1])) < last.index(str(digests[2]))
    assert house.tender.check("first", house.stores) == 0


def test_fault_C12_a_store_that_was_lost_whole_is_filled_again_when_somebody_says_so(house: House) -> None:
    digests = house.keep(*(b"file %d" % number for number in range(5)))
    house.round()
    for name in ("second", "first"):
        shutil.rmtree(house.folder / name)
        house.tender.stores[name].__init__(house.folder / name)  # type: ignore[misc]  # the disk that takes its place
        admitted, away = house.tender.admit()
        assert name not in admitted
        assert f"svidok store renew {name}" in away[name]
        with transaction(house.engine) as session:
            house.tender.stores[name].set_mark(copies.archive_name(session))
            assert Archive(session, OPERATOR).renew_store(name) == 5
        house.round()
        for digest in digests:
            assert read(house.tender.stores[name], digest)
            assert set(house.states(digest).values()) == {CopyState.WHOLE}
    assert len(house.events(EventType.STORE_RENEWED)) == 2
    assert len(house.events(EventType.REPLICATION)) == 3


def test_fault_H5_a_store_of_another_archive_is_left_alone(house: House) -> None:
    house.tender.stores["second"].set_mark("another archive")
    admitted, away = house.tender.admit()
    assert set(admitted) == {"first"}
    assert "another archive" in away["second"]


def test_fault_C1_bytes_of_a_writer_that_was_killed_are_moved_aside_with_an_event(house: House) -> None:
    [named] = house.keep(b"named")
    orphan = house.tender.stores["first"].put(io.BytesIO(b"of nobody")).digest
    young = house.tender.stores["first"].put(io.BytesIO(b"just now")).digest
    for digest in (named, orphan):
        os.utime(house.path("first", digest), (time.time() - 8 * 86_400,) * 2)
    assert house.tender.set_unused_aside("first") == 1
    assert house.tender.set_unused_aside("first") == 0
    assert read(house.tender.stores["first"], named) == b"named"
    assert read(house.tender.stores["first"], young) == b"just now"
    assert house.tender.stores["first"].size_bytes(orphan) is None
    [aside] = (house.folder / "first" / "aside").glob("*")
    assert aside.read_bytes() == b"of nobody"
    [event] = house.events(EventType.UNUSED_SET_ASIDE)
    assert str(orphan) in event.body
    assert aside.name in event.body


def test_fault_C1_bytes_that_are_put_again_are_not_moved_aside_under_the_writers_hands(house: House) -> None:
    store = house.tender.stores["first"]
    assert isinstance(store, LocalBlobs)
    digest = store.put(io.BytesIO(b"wanted again")).digest
    os.utime(house.path("first", digest), (time.time() - 8 * 86_400,) * 2)
    assert list(store.unused(7 * 86_400)) == [digest]
    store.put(io.BytesIO(b"wanted again"))
    # The sweeper has seen the old time, and moves now.
    assert store.set_aside_unused(digest, 7 * 86_400) is None
    assert read(store, digest) == b"wanted again"


def test_two_keepers_do_not_look_after_the_same_stores_at_once(house: House) -> None:
    with house.tender.alone() as first, house.tender.alone() as second:
        assert (first, second) == (True, False)
    with house.tender.alone() as again:
        assert again


def test_reading_keeps_to_its_pace() -> None:
    slept: list[float] = []
    pace = Pace(1000, slept.append)
    for _ in range(10):
        pace.passed(1000)
    assert sum(slept) >= 9.0


@pytest.fixture
def bucket_house(engine: Engine, tmp_path: Path, seaweedfs: ObjectStore) -> House:
    bucket = Bucket(Bucket.at(seaweedfs.place("ready")).client, "ready")
    with transaction(engine) as session:
        name = copies.archive_name(session)
    second = S3Blobs(bucket, f"tending/{tmp_path.name}", tmp_path / "scratch", lambda: name)
    return House(engine, tmp_path, tender_of(engine, {"first": LocalBlobs(tmp_path / "first"), "second": second}))


def test_fault_C3_a_copy_in_a_bucket_that_was_replaced_or_deleted_is_mended(
    bucket_house: House, seaweedfs: ObjectStore
) -> None:
    house = bucket_house
    changed, gone = house.keep(b"will be changed", b"will be gone")
    house.round()
    second = house.tender.stores["second"]
    assert isinstance(second, S3Blobs)
    seaweedfs.client.put_object(Bucket="ready", Key=second._key(changed), Body=b"something else")
    seaweedfs.client.delete_object(Bucket="ready", Key=second._key(gone))
    house.round()
    assert read(second, changed) == b"will be changed"
    assert read(second, gone) == b"will be gone"
    assert len(house.events(EventType.REPAIR)) == 2
    listed = seaweedfs.client.list_objects_v2(Bucket="ready", Prefix=f"{second._prefix}aside/")["Contents"]
    [aside] = [seaweedfs.client.get_object(Bucket="ready", Key=one["Key"])["Body"].read() for one in listed]
    assert aside == b"something else"


def test_fault_C9_a_bucket_heals_the_first_store(bucket_house: House) -> None:
    [digest] = bucket_house.keep(b"needed again")
    bucket_house.round()
    flip(bucket_house.path("first", digest), bucket_house.path("first", digest))
    bucket_house.round()
    assert read(bucket_house.tender.stores["first"], digest) == b"needed again"


def test_immutability_is_tried_and_what_became_of_it_is_kept(
    engine: Engine, tmp_path: Path, seaweedfs: ObjectStore, rclone: ObjectStore
) -> None:
    locked = seaweedfs.new_bucket("locked", locked=True)
    places = {
        "enforcing": seaweedfs.place(locked, retention_days=1),
        "no lock asked for": seaweedfs.place("ready"),
        "no lock there": seaweedfs.place("ready", retention_days=1),
        "lock means nothing": rclone.place("ready", retention_days=1),
    }
    stores: dict[str, TendedStore] = {
        name: S3Blobs(Bucket.at(place), "canary", tmp_path / "scratch", lambda: "this archive")
        for name, place in places.items()
    }
    tender = tender_of(engine, stores | {"folder": LocalBlobs(tmp_path / "folder")})
    found = tender.try_immutability(tender.stores)
    assert {name: one.state for name, one in found.items()} == {
        "enforcing": Enforcement.ENFORCING,
        "no lock asked for": Enforcement.NOT_ENFORCING,
        "no lock there": Enforcement.NOT_ENFORCING,
        "lock means nothing": Enforcement.NOT_ENFORCING,
        "folder": Enforcement.NOT_APPLICABLE,
    }
    with transaction(engine) as session:
        row = installation.examination(session, installation.IMMUTABILITY)
        assert row is not None
        assert row.body["stores"]["enforcing"]["state"] == "enforcing"


def test_fault_C10_a_file_put_under_retention_outlives_its_own_credentials(
    tmp_path: Path, seaweedfs: ObjectStore
) -> None:
    name = seaweedfs.new_bucket("retained", locked=True)
    store = S3Blobs(Bucket.at(seaweedfs.place(name, retention_days=1)), "", tmp_path / "scratch", lambda: "this one")
    digest = store.put(io.BytesIO(b"under retention")).digest
    [version] = seaweedfs.client.list_object_versions(Bucket=name, Prefix=store._key(digest))["Versions"]
    with pytest.raises(Exception, match="AccessDenied"):
        seaweedfs.client.delete_object(Bucket=name, Key=store._key(digest), VersionId=version["VersionId"])
    assert read(store, digest) == b"under retention"


def test_fault_C5_fault_C6_the_store_itself_refuses_a_second_put_and_a_wrong_checksum(
    tmp_path: Path, seaweedfs: ObjectStore
) -> None:
    bucket = Bucket.at(seaweedfs.place("ready"))
    key, content = f"conditions/{tmp_path.name}", b"first"
    assert bucket.put(key, io.BytesIO(content), 5, Digest.of(content).raw)
    assert not bucket.put(key, io.BytesIO(b"other"), 5, Digest.of(b"other").raw)
    assert bucket.read(key).read() == content
    with pytest.raises(Unavailable, match="BadDigest"):
        bucket.put(f"{key}/wrong", io.BytesIO(b"sent"), 4, Digest.of(b"meant").raw)
    assert bucket.size_bytes(f"{key}/wrong") is None


def test_a_store_that_loses_or_changes_what_it_took_is_not_believed(tmp_path: Path, rclone: ObjectStore) -> None:
    class Lying(Bucket):
        def put(self, key: str, file: Any, size_bytes: int, sha256: bytes) -> bool:
            if size_bytes == 4:
                return True
            self.client.put_object(Bucket=self.name, Key=key, Body=b"something")
            return True

    bucket = Lying(Bucket.at(rclone.place("ready")).client, "ready")
    store = S3Blobs(bucket, f"lying/{tmp_path.name}", tmp_path / "scratch", lambda: "this archive")
    with pytest.raises(Unavailable, match="does not have it"):
        store.put(io.BytesIO(b"lost"))
    with pytest.raises(Altered):
        store.put(io.BytesIO(b"changed"))


def test_fault_C4_a_bit_flipped_in_the_files_of_an_s3_server_is_found(tmp_path: Path, rclone: ObjectStore) -> None:
    store = S3Blobs(Bucket.at(rclone.place("ready")), f"bits/{tmp_path.name}", tmp_path / "scratch", lambda: "this one")
    digest = store.put(io.BytesIO(b"testimony" * 1000)).digest
    path = rclone.folder / "data" / "ready" / store._key(digest)
    flip(path, path)
    assert read_again(store, digest, FREELY).state is CopyState.ALTERED
    with pytest.raises(Altered):
        store.local_copy(digest, tmp_path / "job")
    assert list((tmp_path / "job").iterdir()) == []


def test_fault_C4_a_file_that_the_store_cannot_read_any_more_is_mended_like_an_altered_one(house: House) -> None:
    """As a server does that finds its own checksum wrong: it answers, but not with this file."""
    [digest] = house.keep(b"unreadable soon")
    house.round()

    class Worn(LocalBlobs):
        def open(self, digest: Digest) -> Any:
            if self.size_bytes(digest) and self._path(digest).stat().st_ino == worn:
                raise OSError(5, "Input/output error")
            return super().open(digest)

    worn = house.path("second", digest).stat().st_ino
    ill = tender_of(house.engine, house.tender.stores | {"second": Worn(house.folder / "second")})
    house.forget_readings()
    ill.check("second", ill.admit()[0])
    assert read(ill.stores["second"], digest) == b"unreadable soon"
    assert len(house.events(EventType.REPAIR)) == 1


def test_fault_C7_a_store_killed_after_it_took_files_keeps_them(tmp_path: Path) -> None:
    """With a server of its own: it is killed, and starts again."""
    server = seaweedfs_of(tmp_path)
    server.start()
    try:
        store = S3Blobs(Bucket.at(server.place("ready")), "", tmp_path / "scratch", lambda: "this archive")
        kept = [store.put(io.BytesIO(os.urandom(3000 + 50 * number))).digest for number in range(40)]
        server.kill()
        server.start()
        assert [read_again(store, digest, FREELY).state for digest in kept] == [CopyState.WHOLE] * 40
    finally:
        server.kill()
