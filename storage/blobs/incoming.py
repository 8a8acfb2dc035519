"""What has begun to arrive in parts: a folder that remembers over restarts how far each file has come."""

import contextlib
import fcntl
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Self

from storage.blobs.base import Blob
from storage.blobs.room import room
from storage.errors import Conflict, NotFound
from storage.integrity.digest import Digest


class Busy(Conflict):
    """Another part of the same file is on its way at this moment."""

    code = "busy"
    status = 423


@dataclass(frozen=True, slots=True)
class Declared:
    """What was said when a file was announced: whose it is, how long, and `said` in the words it came in."""

    upload: str
    owner: str
    size_bytes: int
    said: str


@dataclass(slots=True)
class Part:
    """One file that is arriving, in the hands of nobody else while its `Incoming.held` block lasts."""

    declared: Declared
    _folder: Path

    @property
    def path(self) -> Path:
        """Where the bytes lie."""
        return self._folder / f"{self.declared.upload}.part"

    @property
    def received_bytes(self) -> int:
        """How many bytes are here; all of them once they were digested."""
        if self.digested is not None:
            return self.declared.size_bytes
        return self.path.stat().st_size

    @contextlib.contextmanager
    def written(self) -> Iterator[BinaryIO]:
        """The file opened at its end; durable when the block ends, however it ends. Raises: DiskFull."""
        with room(), self.path.open("ab") as sink:
            try:
                yield sink
            finally:
                sink.flush()
                os.fsync(sink.fileno())

    def cut(self, size_bytes: int) -> None:
        """Forget what lies behind the first `size_bytes`."""
        os.truncate(self.path, size_bytes)

    @property
    def digested(self) -> Blob | None:
        """The digests of the whole file, once they were noted: from then on the store may own the bytes."""
        try:
            noted = json.loads(self._note.read_text())
        except FileNotFoundError:
            return None
        return Blob(Digest.parse(noted["sha256"]), noted["sha512"], noted["size_bytes"])

    def note(self, blob: Blob) -> None:
        """Note the digests durably before the store takes the bytes over, so that a kill between loses nothing."""
        told = {"sha256": blob.digest.hex, "sha512": blob.sha512, "size_bytes": blob.size_bytes}
        _write(self._note, json.dumps(told))

    @property
    def is_half_removed(self) -> bool:
        """Whether a kill left no more of it than its announcement."""
        return self.digested is None and not self.path.exists()

    def remove(self) -> None:
        """Forget it altogether; its announcement goes last, so that what a kill leaves is still found and swept."""
        for path in (self.path, self._note, self._folder / f"{self.declared.upload}.json"):
            path.unlink(missing_ok=True)

    @property
    def _note(self) -> Path:
        return self._folder / f"{self.declared.upload}.digests"

    @classmethod
    def read(cls, folder: Path, upload: str) -> Self | None:
        """What is known under this name, or None."""
        try:
            return cls(Declared(**json.loads((folder / f"{upload}.json").read_text())), folder)
        except FileNotFoundError:
            return None


@dataclass(frozen=True, slots=True)
class Incoming:
    """The folder. Nothing in it is evidence yet: no row and no event names it until the whole file has come."""

    root: Path

    def begin(self, declared: Declared) -> None:
        """Announce a file. Raises: DiskFull."""
        with room():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.root / f"{declared.upload}.part").touch(mode=0o600)
            _write(self.root / f"{declared.upload}.json", json.dumps(asdict(declared)))

    @contextlib.contextmanager
    def held(self, upload: str, owner: str) -> Iterator[Part]:
        """One file of `owner`, for this block alone, among all processes of this machine.

        Raises: NotFound for what is not there or is somebody else's, Busy while somebody else holds it.
        """
        gone = NotFound("There is no such upload. It may be finished, removed or out of date.")
        try:
            announcement = (self.root / f"{upload}.json").open("rb")
        except FileNotFoundError:
            raise gone from None
        with announcement:
            try:
                fcntl.flock(announcement, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sentence = "A part of this file is on its way already; please try again when that has ended."
                raise Busy(sentence) from None
            part = Part.read(self.root, upload)  # once more: it may have ended before it was ours
            if part is None or part.declared.owner != owner:
                raise gone
            if part.is_half_removed:
                part.remove()
                raise gone
            yield part

    def unfinished(self) -> Iterator[Part]:
        """Everything that has begun to arrive."""
        for path in self.root.glob("*.json"):
            part = Part.read(self.root, path.stem)
            if part is not None:
                yield part

    def missing_bytes(self, owner: str | None = None) -> int:
        """How many bytes were announced, by `owner` where one is named, and are still to come."""
        missing = 0
        for part in self.unfinished():
            if owner not in (None, part.declared.owner):
                continue
            with contextlib.suppress(FileNotFoundError):
                missing += part.declared.size_bytes - part.received_bytes
        return missing

    def touched_at(self, upload: str) -> float:
        """When the last byte came, or the announcement where none has; seconds since 1970."""
        times = [path.stat().st_mtime for path in self.root.glob(f"{upload}.*")]
        return max(times, default=0.0)

    def sweep(self, older_than_s: float) -> int:
        """Remove what has had no new byte for so long and nobody holds; how many files."""
        swept = 0
        until = time.time() - older_than_s
        for part in list(self.unfinished()):
            if self.touched_at(part.declared.upload) < until:
                with contextlib.suppress(Busy, NotFound), self.held(part.declared.upload, part.declared.owner) as ours:
                    ours.remove()
                    swept += 1
        named = {part.declared.upload for part in self.unfinished()}
        for path in self.root.glob("*"):
            # Begun, and killed before it was announced.
            with contextlib.suppress(FileNotFoundError):
                if path.name.partition(".")[0] not in named and path.stat().st_mtime < until:
                    path.unlink()
        return swept


def _write(path: Path, text: str) -> None:
    """Write a small file whole or not at all, and durably."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.stem}.", suffix=".new")
    with os.fdopen(handle, "w") as sink:
        sink.write(text)
        sink.flush()
        os.fsync(sink.fileno())
    Path(name).rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
