"""What every store of bytes must do, run over every store there is."""

import io
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.blobs.base import BlobStore
from storage.blobs.local import LocalBlobs
from storage.errors import Altered, DiskFull, NotFound, TooLarge
from storage.integrity.digest import Digest

STORES: dict[str, Callable[[Path], BlobStore]] = {"local": lambda folder: LocalBlobs(folder / "blobs")}


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return STORES[request.param](tmp_path)


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
