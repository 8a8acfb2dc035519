"""Where a package is written: a folder or a ZIP archive, whole at the end or not there at all."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from storage.errors import Conflict
from storage.integrity.digest import Digester

# ZIP keeps no earlier time; the archive's own times are in the package.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class Sink(Protocol):
    """Takes files one after the other."""

    def adding(self, name: str, chunks: Iterable[bytes]) -> Iterator[int]:
        """Write one file as far as it is asked for; yields the size of each piece that is written."""
        ...

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write one file."""
        for _ in self.adding(name, chunks):
            pass


class FolderSink(Sink):
    """A folder that nobody looks into yet."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def adding(self, name: str, chunks: Iterable[bytes]) -> Iterator[int]:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
                yield len(chunk)


class ZipSink(Sink):
    """An archive of the files as they are: video does not get smaller."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def adding(self, name: str, chunks: Iterable[bytes]) -> Iterator[int]:
        entry = zipfile.ZipInfo(name, _ZIP_TIME)
        entry.external_attr = 0o100644 << 16
        with self._archive.open(entry, "w", force_zip64=True) as file:
            for chunk in chunks:
                file.write(chunk)
                yield len(chunk)


class Bagged(Sink):
    """A sink that notes the digests of what passes, by algorithm and name."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.digests: dict[str, dict[str, str]] = {"sha256": {}, "sha512": {}}
        self.sizes: dict[str, int] = {}

    def adding(self, name: str, chunks: Iterable[bytes]) -> Iterator[int]:
        """Write one file and note its digests."""
        return self._sink.adding(name, self._noted(name, chunks))

    def _noted(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        digester = Digester()
        for chunk in chunks:
            digester.update(chunk)
            yield chunk
        self.sizes[name] = digester.size_bytes
        self.digests["sha256"][name], self.digests["sha512"][name] = digester.digest.hex, digester.sha512


class _Outflow:
    """A file that cannot be gone back in, and holds only what has not been taken from it yet."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        piece = b"".join(self._pieces)
        self._pieces.clear()
        return piece


def streamed(write: Callable[[Sink], Iterator[int]]) -> Generator[bytes]:
    """The bytes of a ZIP archive while `write` fills it; no more of it is held than one piece.

    Where `write` raises, the table of contents that would make an archive of it is never given out.
    """
    outflow = _Outflow()
    with zipfile.ZipFile(outflow, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]  # all it uses
        for _ in write(ZipSink(archive)):
            yield outflow.taken()
    yield outflow.taken()


@contextmanager
def open_sink(target: Path) -> Iterator[Sink]:
    """A folder, or a ZIP archive where the name ends so; it has its name once everything is in it and on the disk.

    Raises: Conflict where something lies there already.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise Conflict(f"{target} is there already; a package is never written over anything")
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix.lower() == ".zip":
        handle, begun = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                    yield ZipSink(archive)
                file.flush()
                os.fsync(file.fileno())
            Path(begun).rename(target)
        finally:
            Path(begun).unlink(missing_ok=True)
        return
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        yield FolderSink(folder)
        folder.chmod(0o755)
        folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
