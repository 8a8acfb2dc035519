"""A folder that keeps bytes under their digest: staged, digested, synced, linked into place, made read-only."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from storage.blobs.base import Blob, Enforcement, Immutability
from storage.blobs.plain import open_plain, other_names
from storage.blobs.room import room
from storage.domain import clock
from storage.errors import Altered, Implausible, NotFound, TooLarge, Unavailable, WrongStore
from storage.integrity.digest import Digest, Digester, chunks

MARK = "svidok-archive"
_READ_ONLY = 0o444


class LocalBlobs:
    """Write-once store on one file system; safe against a kill at any moment.

    The commit, in order (a kill between any two leaves at most a staged file without a name):
    1. write to a staged file on the same file system, digesting meanwhile
    2. fsync the file
    3. make it read-only
    4. link it to its content address; never overwrite; when something lies there, touch it and compare it
    5. fsync the folder
    6. remove the staged name
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._staging = root / "staging"
        is_new = not root.exists()
        self._staging.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_new:
            _sync(root.parent)

    def put(self, stream: BinaryIO, *, limit_bytes: int | None = None) -> Blob:
        with room(), self._staged() as staged:
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
        with room(), open_plain(path, most_names=2) as stream:
            status = os.fstat(stream.fileno())
            if status.st_nlink == 2:
                blob = self._adopted(path, stream)
            elif status.st_dev != self._staging.stat().st_dev:
                blob = self.put(stream)
            else:
                # Put now, however long ago it was written: what was put of late is not swept.
                os.utime(stream.fileno())
                with _syncing(stream):
                    digester = Digester.of(stream)
                blob = self._commit(stream, digester)
        path.unlink()
        return blob

    def sweep_staged(self, older_than_s: float) -> int:
        """Remove what a killed writer left staged and nobody has written to for `older_than_s` seconds; how many.

        Bytes at their address that no row names, because their writer was killed before it could commit, stay: see
        `unused` and `set_aside`.
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

    def unused(self, older_than_s: float) -> Iterator[Digest]:
        """What is kept and was neither put nor put again for so long; whether a row names it is not looked at."""
        until = time.time() - older_than_s
        for path in (self._root / "sha256").glob("*/*/*"):
            with contextlib.suppress(FileNotFoundError, ValueError):
                if path.lstat().st_mtime < until:
                    yield Digest.parse(path.name)

    def set_aside(self, digest: Digest) -> str | None:
        address = self._path(digest)
        aside = self._root / "aside" / f"{digest.hex}-{clock.now():%Y%m%dT%H%M%S%fZ}"
        self._folder(aside.parent)
        try:
            address.rename(aside)
        except FileNotFoundError:
            return None
        _sync(address.parent)
        _sync(aside.parent)
        return str(aside.relative_to(self._root))

    def set_aside_unused(self, digest: Digest, older_than_s: float) -> str | None:
        """As `set_aside`, but only what nobody has put again meanwhile; where it lies now, or None.

        Whoever puts bytes that lie there already touches them first. Before the move: we see it here and put them
        back. After it: there is nothing left to touch, and they are put anew.
        """
        aside = self.set_aside(digest)
        if aside is not None and (self._root / aside).stat().st_mtime >= time.time() - older_than_s:
            with contextlib.suppress(FileExistsError):
                os.link(self._root / aside, self._path(digest))
                _sync(self._path(digest).parent)
            (self._root / aside).unlink()
            return None
        return aside

    def destroy(self, digest: Digest, put_before: datetime) -> bool:
        moved = self.set_aside(digest)
        if moved is not None and (self._root / moved).stat().st_mtime >= put_before.timestamp():
            # Whoever puts bytes that lie there touches them: these are wanted again.
            with contextlib.suppress(FileExistsError):
                os.link(self._root / moved, self._path(digest))
                _sync(self._path(digest).parent)
            (self._root / moved).unlink()
        return self._destroy_aside(digest)

    def _destroy_aside(self, digest: Digest) -> bool:
        folder = self._root / "aside"
        found = list(folder.glob(f"{digest.hex}-*"))
        for path in found:
            path.unlink(missing_ok=True)
        if found:
            _sync(folder)
        return bool(found)

    def mark(self) -> str | None:
        try:
            return (self._root / MARK).read_text()[:200]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"the store in {self._root} cannot be read: {error.strerror}") from error

    def set_mark(self, mark: str) -> None:
        path = self._root / MARK
        with contextlib.suppress(FileExistsError), room():
            with path.open("x") as sink:
                sink.write(mark)
                sink.flush()
                os.fsync(sink.fileno())
            _sync(self._root)
        if (found := self.mark()) != mark:
            raise WrongStore(
                f"the folder {self._root} keeps the files of another archive ({found}; this one is {mark}); "
                "give each archive a folder of its own"
            )

    def try_immutability(self) -> Immutability:
        """No canary: who owns the folder may change what lies in it, and nothing we could try would show it better."""
        sentence = "a folder: files are write-once for this program, not for the machine's owner"
        return Immutability(Enforcement.NOT_APPLICABLE, sentence)

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

    def _commit(self, staged: BinaryIO, digester: Digester) -> Blob:
        """Steps 2 to 5, all through the one descriptor: what was digested is what is kept, whatever its name says."""
        blob = Blob(digester.digest, digester.sha512, digester.size_bytes)
        address = self._path(blob.digest)
        os.fsync(staged.fileno())
        os.fchmod(staged.fileno(), _READ_ONLY)
        self._folder(address.parent)
        while True:
            try:
                _link(staged, address)
                break
            except FileExistsError:
                # Gone meanwhile, if it was swept as what nobody uses: then it is linked anew.
                with contextlib.suppress(FileNotFoundError):
                    _touch(address, staged)
                    _compare(address, blob)
                    break
        _sync(address.parent)
        return blob

    def _adopted(self, path: Path, stream: BinaryIO) -> Blob:
        """A file that has its name here already: whoever adopted it was killed before the old one was taken away.

        Raises: Implausible where its other name is any but that of its digest in this store.
        """
        digester = Digester.of(stream)
        address = self._path(digester.digest)
        if not address.exists() or not os.path.samestat(address.stat(), os.fstat(stream.fileno())):
            raise other_names(path)
        os.utime(address)  # as whoever puts it again: it is wanted
        _sync(address.parent)
        return Blob(digester.digest, digester.sha512, digester.size_bytes)

    def _folder(self, folder: Path) -> None:
        """Make `folder` and make its name durable in each parent that is new."""
        missing = [p for p in (folder, *folder.parents) if p.is_relative_to(self._root) and not p.exists()]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for new in missing:
            _sync(new.parent)


@contextlib.contextmanager
def _syncing(opened: BinaryIO) -> Iterator[None]:
    """Write a file out to the disk while something else is done with it; `_commit` syncs what came after.

    Raises: OSError at the end where it could not be written. A kernel says so once, so it must be heard here.
    """
    with ThreadPoolExecutor(1) as beside:
        written = beside.submit(os.fsync, opened.fileno())
        yield
        written.result()


def _link(opened: BinaryIO, address: Path) -> None:
    """Give an open file a name; link(2) would not follow the kernel's link to it, linkat(2) does when asked to."""
    descriptors = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.link(str(opened.fileno()), address, src_dir_fd=descriptors, follow_symlinks=True)
    finally:
        os.close(descriptors)


def _touch(address: Path, staged: BinaryIO) -> None:
    """Say that what lies there is wanted again. Raises: Implausible where it is the staged file itself."""
    if os.path.samestat(address.stat(), os.fstat(staged.fileno())):
        raise Implausible(f"{address} was to be adopted as another name of itself")
    os.utime(address)


def _compare(address: Path, blob: Blob) -> None:
    with address.open("rb") as stream:
        digester = Digester.of(stream)
    if digester.digest != blob.digest:
        raise Altered(f"the file kept as {blob.digest} now has the digest {digester.digest}")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
