"""A folder that keeps bytes under their digest: staged, digested, synced, linked into place, made read-only."""

import contextlib
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from storage.blobs.base import Blob
from storage.blobs.plain import open_plain
from storage.errors import Altered, DiskFull, Implausible, NotFound, TooLarge
from storage.integrity.digest import Digest, Digester, chunks

_READ_ONLY = 0o444
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class LocalBlobs:
    """Write-once store on one file system; safe against a kill at any moment.

    The commit, in order (a kill between any two leaves at most a staged file without a name):
    1. write to a staged file on the same file system, digesting meanwhile
    2. fsync the file
    3. make it read-only
    4. link it to its content address; never overwrite; when something lies there, compare it
    5. fsync the folder
    6. remove the staged name
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._staging = root / "staging"
        self._staging.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, stream: BinaryIO, *, limit_bytes: int | None = None) -> Blob:
        with self._room(), self._staged() as staged:
            digester = Digester()
            with staged.open("wb") as sink:
                for chunk in chunks(stream):
                    digester.update(chunk)
                    if limit_bytes is not None and digester.size_bytes > limit_bytes:
                        raise TooLarge(f"more than the {limit_bytes} bytes that are allowed")
                    sink.write(chunk)
                sink.flush()
                return self._commit(sink, digester)

    def adopt(self, path: Path) -> Blob:
        # Linked to itself and then unlinked, a kept file would be lost.
        if path.parent.resolve().is_relative_to(self._root.resolve()):
            raise Implausible(f"{path} is a file of the store itself")
        with self._room(), open_plain(path) as stream:
            if os.fstat(stream.fileno()).st_dev != self._staging.stat().st_dev:
                blob = self.put(stream)
            else:
                digester = Digester()
                for chunk in chunks(stream):
                    digester.update(chunk)
                blob = self._commit(stream, digester)
        path.unlink()
        return blob

    def sweep_staged(self, older_than_s: float) -> int:
        """Remove what a killed writer left staged and nobody has written to for `older_than_s` seconds; how many.

        Bytes at their address that no row names, because their writer was killed before it could commit, stay: to
        remove them is a deaccession and needs its event.
        """
        swept = 0
        until = time.time() - older_than_s
        for path in self._staging.iterdir():
            # Another keeper may sweep beside us.
            with contextlib.suppress(FileNotFoundError):
                if path.lstat().st_mtime < until:
                    path.unlink()
                    swept += 1
        return swept

    def open(self, digest: Digest) -> BinaryIO:
        try:
            return self._path(digest).open("rb")
        except FileNotFoundError:
            raise NotFound(f"no bytes are kept under {digest}") from None

    def size_bytes(self, digest: Digest) -> int | None:
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def free_bytes(self) -> int:
        return shutil.disk_usage(self._staging).free

    def local_copy(self, digest: Digest, folder: Path) -> Path:
        path = self._path(digest)
        if not path.is_file():
            raise NotFound(f"no bytes are kept under {digest}")
        return path

    def _path(self, digest: Digest) -> Path:
        return self._root / "sha256" / digest.hex[:2] / digest.hex[2:4] / digest.hex

    @contextlib.contextmanager
    def _staged(self) -> Iterator[Path]:
        handle, name = tempfile.mkstemp(dir=self._staging)
        os.close(handle)
        try:
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise DiskFull("the disk that keeps the files is full; free some room and the work goes on") from error
            raise

    def _commit(self, staged: BinaryIO, digester: Digester) -> Blob:
        """Steps 2 to 5, all through the one descriptor: what was digested is what is kept, whatever its name says."""
        blob = Blob(digester.digest, digester.sha512, digester.size_bytes)
        address = self._path(blob.digest)
        os.fsync(staged.fileno())
        os.fchmod(staged.fileno(), _READ_ONLY)
        self._folder(address.parent)
        try:
            _link(staged, address)
        except FileExistsError:
            _compare(address, blob)
            if os.path.samestat(address.stat(), os.fstat(staged.fileno())):
                raise Implausible(f"{address} was to be adopted as another name of itself") from None
        _sync(address.parent)
        return blob

    def _folder(self, folder: Path) -> None:
        """Make `folder` and make its name durable in each parent that is new."""
        missing = [p for p in (folder, *folder.parents) if p.is_relative_to(self._root) and not p.exists()]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for new in missing:
            _sync(new.parent)


def _link(opened: BinaryIO, address: Path) -> None:
    """Give an open file a name; link(2) would not follow the kernel's link to it, linkat(2) does when asked to."""
    descriptors = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.link(str(opened.fileno()), address, src_dir_fd=descriptors, follow_symlinks=True)
    finally:
        os.close(descriptors)


def _compare(address: Path, blob: Blob) -> None:
    digester = Digester()
    with address.open("rb") as stream:
        for chunk in chunks(stream):
            digester.update(chunk)
    if digester.digest != blob.digest:
        raise Altered(f"the file kept as {blob.digest} now has the digest {digester.digest}")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
