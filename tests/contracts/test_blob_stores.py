"""What every store of bytes must do, run over every store there is."""

import io
import itertools
import os
import stat
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.blobs.base import BlobStore, TendedStore
from storage.blobs.bucket import Bucket
from storage.blobs.local import LocalBlobs
from storage.blobs.s3 import S3Blobs
from storage.domain import clock
from storage.errors import Altered, DiskFull, Implausible, NotFound, TooLarge, WrongStore
from storage.integrity.digest import Digest
from tests.object_stores import ObjectStore

STORES = ("local", "seaweedfs", "rclone")
_NUMBERS = itertools.count(1)


def in_bucket(server: ObjectStore, scratch: Path, *, part_bytes: int) -> S3Blobs:
    """An empty store, under a prefix of its own; what is larger than `part_bytes` goes in parts."""
    bucket = Bucket(Bucket.at(server.place("ready")).client, "ready", part_bytes=part_bytes)
    prefix = f"suite/{next(_NUMBERS)}"
    return S3Blobs(bucket, prefix, scratch / "scratch", lambda: "this archive", cache_limit_bytes=1 << 20)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TendedStore:
    if request.param == "local":
        return LocalBlobs(tmp_path / "blobs")
    return in_bucket(request.getfixturevalue(request.param), tmp_path, part_bytes=5 << 20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(content=st.binary(max_size=1 << 12))
def test_bytes_come_back_as_they_were_under_their_digest(store: BlobStore, content: bytes) -> None:
    blob = store.put(io.BytesIO(content))
    assert blob.digest == Digest.of(content)
    assert blob.size_bytes == store.size_bytes(blob.digest) == len(content)
    with store.open(blob.digest) as stream:
        assert stream.read() == content


def test_the_same_bytes_twice_are_kept_once(store: BlobStore) -> None:
    assert store.put(io.BytesIO(b"same")) == store.put(io.BytesIO(b"same"))


def test_an_adopted_file_is_kept_and_gone_from_where_it_was(store: BlobStore, tmp_path: Path) -> None:
    path = tmp_path / "brought"
    path.write_bytes(b"brought")
    blob = store.adopt(path)
    assert not path.exists()
    with store.open(blob.digest) as stream:
        assert stream.read() == b"brought"


def test_a_stream_beyond_the_limit_is_refused_and_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        store.put(io.BytesIO(b"x" * 101), limit_bytes=100)
    assert store.size_bytes(Digest.of(b"x" * 101)) is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_stream_that_breaks_off_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        store.put(Broken())  # type: ignore[arg-type]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_unknown_bytes_are_not_found(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        store.open(Digest.of(b"never seen"))
    with pytest.raises(NotFound):
        store.local_copy(Digest.of(b"never seen"), tmp_path)


def test_many_writers_of_the_same_bytes_agree(store: BlobStore) -> None:
    content = os.urandom(1 << 20)
    blobs = []
    threads = [threading.Thread(target=lambda: blobs.append(store.put(io.BytesIO(content)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(blobs)) == 1
    assert len(blobs) == 8


def test_bytes_that_are_gone_for_a_moment_after_they_were_put_are_put_again(
    rclone: ObjectStore, tmp_path: Path
) -> None:
    """As a store does whose put is no single step while another writer replaces the same key."""

    class Replaced(S3Blobs):
        replaced = 0

        def open(self, digest: Digest) -> BinaryIO:
            if not self.replaced:
                self.replaced += 1
                rclone.client.delete_object(Bucket="ready", Key=self._key(digest))
            return super().open(digest)

    bucket = Bucket(Bucket.at(rclone.place("ready")).client, "ready")
    store = Replaced(bucket, f"suite/{next(_NUMBERS)}", tmp_path / "scratch", lambda: "this archive")
    blob = store.put(io.BytesIO(b"put twice"))
    assert store.replaced == 1
    assert store.size_bytes(blob.digest) == blob.size_bytes


def test_fault_C2_other_bytes_at_an_address_are_noticed_and_not_overwritten(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path / "blobs")
    blob = store.put(io.BytesIO(b"the truth"))
    path = store.local_copy(blob.digest, tmp_path)
    path.chmod(0o644)
    path.write_bytes(b"something")
    with pytest.raises(Altered, match=blob.digest.hex):
        store.put(io.BytesIO(b"the truth"))
    assert path.read_bytes() == b"something"


def test_a_kept_file_is_read_only(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path / "blobs")
    path = store.local_copy(store.put(io.BytesIO(b"kept")).digest, tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_a_full_disk_pauses_and_keeps_nothing_half(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path / "blobs")

    class Full(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(DiskFull):
        store.put(Full())  # type: ignore[arg-type]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def _linked(folder: Path, target: Path) -> Path:
    link = folder / "link"
    link.symlink_to(target)
    return link


def _twice_named(folder: Path, target: Path) -> Path:
    other = folder / "other"
    os.link(target, other)
    return other


def _pipe(folder: Path, target: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


@pytest.mark.parametrize("laid", [_linked, _twice_named, _pipe])
def test_only_a_plain_file_with_one_name_is_adopted(
    store: BlobStore, tmp_path: Path, laid: Callable[[Path, Path], Path]
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    path = laid(tmp_path, secret)
    with pytest.raises(Implausible):
        store.adopt(path)
    assert secret.read_bytes() == b"secret"
    assert store.size_bytes(Digest.of(b"secret")) is None


def test_a_kept_file_cannot_be_adopted_and_so_lost(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path / "blobs")
    blob = store.put(io.BytesIO(b"evidence"))
    roundabout = tmp_path / "door"
    roundabout.symlink_to(tmp_path / "blobs")
    kept = store.local_copy(blob.digest, tmp_path)
    for path in (kept, roundabout / kept.relative_to(tmp_path / "blobs"), tmp_path / "blobs" / ".." / "blobs" / kept):
        with pytest.raises(Implausible):
            store.adopt(path)
    with store.open(blob.digest) as stream:
        assert stream.read() == b"evidence"


def test_an_adopted_file_that_is_kept_already_is_kept_once(store: BlobStore, tmp_path: Path) -> None:
    blob = store.put(io.BytesIO(b"twice"))
    path = tmp_path / "again"
    path.write_bytes(b"twice")
    assert store.adopt(path) == blob
    assert not path.exists()
    assert store.size_bytes(blob.digest) == 5


def test_staged_bytes_that_nobody_finished_are_swept_when_they_are_old(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path / "blobs")
    blob = store.put(io.BytesIO(b"kept"))
    young, old = tmp_path / "blobs/staging/young", tmp_path / "blobs/staging/old"
    for path in (young, old):
        path.write_bytes(b"half")
    long_ago = time.time() - 90_000
    os.utime(old, (long_ago, long_ago))
    assert store.sweep_staged(86_400) == 1
    assert young.exists()
    assert not old.exists()
    assert store.size_bytes(blob.digest) == 4


def test_a_kept_file_can_be_read_anywhere(store: BlobStore) -> None:
    content = bytes(range(256)) * 40_000
    digest = store.put(io.BytesIO(content)).digest
    with store.open(digest) as stream:
        assert stream.seek(0, os.SEEK_END) == len(content)
        assert stream.read(1) == b""
        for at in (9_000_000, 0, 5_000_003, 17):
            assert stream.seek(at) == at
            assert stream.read(70_000) == content[at : at + 70_000]
            assert stream.tell() == at + 70_000
        stream.seek(-5, os.SEEK_END)
        assert stream.read() == content[-5:]


def test_a_large_file_goes_and_comes_back_whole(store: BlobStore, tmp_path: Path) -> None:
    content = os.urandom(11 << 20)
    path = tmp_path / "large"
    path.write_bytes(content)
    blob = store.adopt(path)
    assert (blob.digest, blob.size_bytes) == (Digest.of(content), len(content))
    assert store.local_copy(blob.digest, tmp_path / "job").read_bytes() == content
    assert store.put(io.BytesIO(content)) == blob


def test_a_local_copy_is_a_read_only_file_of_these_bytes(store: BlobStore, tmp_path: Path) -> None:
    digest = store.put(io.BytesIO(b"to be decoded")).digest
    for job in ("one", "two"):
        copy = store.local_copy(digest, tmp_path / job)
        assert copy.read_bytes() == b"to be decoded"
        assert stat.S_IMODE(copy.stat().st_mode) == 0o444


def test_what_is_set_aside_makes_room_for_good_bytes(store: TendedStore) -> None:
    digest = store.put(io.BytesIO(b"kept")).digest
    assert store.set_aside(digest)
    assert store.size_bytes(digest) is None
    assert store.set_aside(digest) is None
    assert store.put(io.BytesIO(b"kept")).digest == digest
    with store.open(digest) as stream:
        assert stream.read() == b"kept"


def test_fault_H5_a_store_is_marked_once_for_one_archive(store: TendedStore) -> None:
    assert store.mark() in (None, "this archive")
    store.set_mark("this archive")
    store.set_mark("this archive")
    with pytest.raises(WrongStore, match="another archive"):
        store.set_mark("some other archive")
    assert store.mark() == "this archive"


def test_what_is_erased_is_gone_with_what_was_set_aside_of_it(store: TendedStore) -> None:
    bad, other = store.put(io.BytesIO(b"to be erased")).digest, store.put(io.BytesIO(b"of another item")).digest
    assert store.set_aside(bad) is not None
    store.put(io.BytesIO(b"to be erased"))
    assert store.destroy(bad, clock.now() + timedelta(minutes=1)) is True
    assert store.size_bytes(bad) is None
    assert store.destroy(bad, clock.now() + timedelta(minutes=1)) is False
    assert store.size_bytes(other) == 15


def test_what_somebody_has_put_again_meanwhile_stays(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path / "blobs")
    digest = store.put(io.BytesIO(b"wanted")).digest
    agreed_at = clock.now()
    time.sleep(0.02)
    store.put(io.BytesIO(b"wanted"))
    assert store.destroy(digest, agreed_at) is False
    with store.open(digest) as stream:
        assert stream.read() == b"wanted"


def test_a_file_is_put_when_it_is_adopted_however_long_ago_it_was_written(tmp_path: Path) -> None:
    """Else it is swept as what nobody names, before its row is written: a download may stand for a week."""
    store, path = LocalBlobs(tmp_path / "blobs"), tmp_path / "arrived"
    path.write_bytes(b"wanted")
    os.utime(path, (1, 1))
    agreed_at = clock.now() - timedelta(seconds=1)
    digest = store.adopt(path).digest
    assert list(store.unused(3600.0)) == []
    assert store.set_aside_unused(digest, 3600.0) is None
    assert store.destroy(digest, agreed_at) is False
    with store.open(digest) as stream:
        assert stream.read() == b"wanted"
