"""What every store of bytes must do: keep each sequence once, under its digest, and never change it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from storage.integrity.digest import Digest


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that are kept: both digests were computed by us from the bytes themselves."""

    digest: Digest
    sha512: str
    size_bytes: int


class Enforcement(StrEnum):
    """Whether a store itself refuses to change what it keeps."""

    ENFORCING = "enforcing"
    NOT_ENFORCING = "not enforcing"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Immutability:
    """What became of the canary, and a sentence on it."""

    state: Enforcement
    sentence: str


class BlobStore(Protocol):
    """A content-addressed, write-once store; the shared suite in `tests/contracts` is its definition."""

    def put(self, stream: BinaryIO, *, limit_bytes: int | None = None) -> Blob:
        """Keep the bytes of `stream`; when this returns they are durable.

        Raises: TooLarge past `limit_bytes`, DiskFull without room, Altered when other bytes lie at the address.
        """
        ...

    def adopt(self, path: Path) -> Blob:
        """Keep the file at `path`, which nobody may have open for writing; afterwards the store owns it.

        Raises: as `put`, and Implausible for a link, for what is no regular file, for a file with other names beside
        this one, and for a file of the store itself. What a kill left half adopted is adopted to its end.
        """
        ...

    def open(self, digest: Digest) -> BinaryIO:
        """The kept bytes, seekable. Raises: NotFound."""
        ...

    def size_bytes(self, digest: Digest) -> int | None:
        """How many bytes are kept under `digest`, or None when none are. Does not re-read them."""
        ...

    def free_bytes(self) -> int:
        """How many more bytes there is room for."""
        ...

    def local_copy(self, digest: Digest, folder: Path) -> Path:
        """A read-only file with these bytes: the kept one itself, or a copy made under `folder`. Raises: NotFound."""
        ...


class TendedStore(BlobStore, Protocol):
    """What the keeper needs besides, to look after a store."""

    def sweep_staged(self, older_than_s: float) -> int:
        """Remove what a killed writer left half done and nobody has touched for so long; how many."""
        ...

    def set_aside(self, digest: Digest) -> str | None:
        """Move what lies at an address out of the way of good bytes, never destroying it.

        Where it lies now, or None where nothing lay there, or nothing that could be read.
        """
        ...

    def destroy(self, digest: Digest, put_before: datetime) -> bool:
        """Destroy what lies under a digest, was set aside of it, or is an older version of it; whether there was any.

        For what was erased alone: no row may name it any more. What somebody has put again since `put_before` stays,
        where the store can tell. Raises: Unavailable where the store is away, or a lock still keeps the bytes.
        """
        ...

    def mark(self) -> str | None:
        """The name of the archive whose store this is, or None while nobody has marked it. Raises: Unavailable."""
        ...

    def set_mark(self, mark: str) -> None:
        """Say whose store this is. Raises: WrongStore when it is marked otherwise."""
        ...

    def try_immutability(self) -> Immutability:
        """Put a canary under the lock that files are put under, then try to delete it and to overwrite it."""
        ...
