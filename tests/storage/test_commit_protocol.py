"""A disk that loses what was not synced loses no file that counted as kept."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from storage.blobs.local import LocalBlobs
from storage.errors import NotFound
from storage.integrity.digest import Digest


class Disk:
    """What a power cut leaves of a folder: contents as of each file's last sync, names as of each folder's last sync.

    Model: fsync of a file makes its bytes durable, fsync of a folder the names in it, and nothing else does (POSIX
    promises no more). Everything that was not synced is dropped at once: the worst that can happen.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._contents: dict[int, bytes] = {}
        self._names: dict[Path, dict[str, int]] = {}

    def synced(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").resolve()
        status = os.fstat(descriptor)
        if path.is_dir():
            self._names[path] = {one.name: one.lstat().st_ino for one in path.iterdir()}
        else:
            with Path(f"/proc/self/fd/{descriptor}").open("rb") as stream:
                self._contents[status.st_ino] = stream.read()

    @contextmanager
    def watched(self, *, deaf_to: str = "") -> Iterator[None]:
        """Note every fsync; `deaf_to` a file or a folder, as a program that forgot it would be."""
        real = os.fsync

        def fsync(descriptor: int) -> None:
            real(descriptor)
            is_folder = Path(f"/proc/self/fd/{descriptor}").resolve().is_dir()
            if deaf_to != ("folder" if is_folder else "file"):
                self.synced(descriptor)

        with patch("os.fsync", fsync):
            yield

    def after_power_cut(self, onto: Path) -> Path:
        """The folder as it comes back."""
        self._lay(self._root.resolve(), onto)
        return onto

    def _lay(self, folder: Path, onto: Path) -> None:
        onto.mkdir(parents=True, exist_ok=True)
        for name, inode in self._names.get(folder, {}).items():
            if folder / name in self._names or (folder / name).is_dir():
                self._lay(folder / name, onto / name)
            else:
                (onto / name).write_bytes(self._contents.get(inode, b""))


def _keep(disk: Disk, root: Path, *, deaf_to: str = "") -> dict[str, bytes]:
    """Files put and adopted, some twice, into folders old and new: by digest, all that counted as kept."""
    store, kept = LocalBlobs(root), {}
    with disk.watched(deaf_to=deaf_to):
        # What stood before the first commit: the vault's own folder is made durable by whoever makes it.
        descriptor = os.open(root, os.O_RDONLY)
        disk.synced(descriptor)
        os.close(descriptor)
        for number in range(12):
            content = os.urandom(1000) + b"%d" % number
            if number % 3:
                blob = store.put(io.BytesIO(content))
            else:
                path = root.parent / f"brought-{number}"
                path.write_bytes(content)
                blob = store.adopt(path)
            kept[blob.digest.hex] = content
        for content in list(kept.values())[:3]:
            store.put(io.BytesIO(content))
    return kept


def _survivors(disk: Disk, onto: Path, kept: dict[str, bytes]) -> set[str]:
    store = LocalBlobs(disk.after_power_cut(onto))
    found = set()
    for path in (onto / "sha256").glob("*/*/*"):
        if kept.get(path.name) == path.read_bytes():
            found.add(path.name)
    assert store.free_bytes() > 0
    return found


def test_fault_C8_what_counted_as_kept_outlives_a_power_cut(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "blobs")
    kept = _keep(disk, tmp_path / "blobs")
    assert _survivors(disk, tmp_path / "after", kept) == set(kept)


def test_fault_C8_a_store_that_is_new_in_its_vault_is_there_after_a_power_cut(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "vault")
    (tmp_path / "vault").mkdir()
    with disk.watched():
        digest = LocalBlobs(tmp_path / "vault" / "blobs").put(io.BytesIO(b"kept")).digest
    after = disk.after_power_cut(tmp_path / "after")
    with LocalBlobs(after / "blobs").open(digest) as stream:
        assert stream.read() == b"kept"


@pytest.mark.parametrize("forgotten", ["file", "folder"])
def test_the_model_loses_what_a_program_forgot_to_sync(tmp_path: Path, forgotten: str) -> None:
    disk = Disk(tmp_path / "blobs")
    kept = _keep(disk, tmp_path / "blobs", deaf_to=forgotten)
    assert _survivors(disk, tmp_path / "after", kept) == set()


def test_a_file_whose_adoption_was_cut_off_between_its_two_names_is_adopted_again(tmp_path: Path) -> None:
    """The store has given it its own name and has not taken the old one away: that is no stranger's link."""
    store, content = LocalBlobs(tmp_path / "blobs"), os.urandom(5000)
    brought = tmp_path / "brought"
    brought.write_bytes(content)

    class Cut(Exception):
        pass

    with patch.object(Path, "unlink", side_effect=Cut), pytest.raises(Cut):
        store.adopt(brought)
    assert brought.stat().st_nlink == 2
    os.utime(brought, (1, 1))
    blob = store.adopt(brought)
    assert list(store.unused(60)) == []
    assert not brought.exists()
    assert blob.digest == Digest.of(content)
    with store.open(blob.digest) as stream:
        assert stream.read() == content


def test_fault_C8_what_was_never_answered_for_may_be_lost_and_is_never_half(tmp_path: Path) -> None:
    """A writer that is cut off between linking and syncing the folder: either nothing, or the whole file."""
    disk = Disk(tmp_path / "blobs")
    store = LocalBlobs(tmp_path / "blobs")

    class Cut(Exception):
        pass

    content = os.urandom(5000)
    with disk.watched(), patch("storage.blobs.local._sync", side_effect=Cut), pytest.raises(Cut):
        store.put(io.BytesIO(content))
    after = LocalBlobs(disk.after_power_cut(tmp_path / "after"))
    assert [path for path in (tmp_path / "after").rglob("*") if path.is_file() and path.stat().st_size] == []
    with pytest.raises(NotFound):
        after.open(Digest.of(content))
