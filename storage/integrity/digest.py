"""Digests of bytes, computed while they pass, always with the name of the algorithm."""

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, Self

_HEX = re.compile(r"[0-9a-f]{64}")
CHUNK_BYTES = 1 << 20
_WORTH_A_THREAD_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Digest:
    """A SHA-256 digest (FIPS 180-4), 32 bytes; prints as `sha256:hex`."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            msg = f"a SHA-256 digest has 32 bytes, not {len(self.raw)}"
            raise ValueError(msg)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The digest of bytes at hand."""
        return cls(hashlib.sha256(content).digest())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 64 lower-case hex digits, with or without `sha256:` before them.

        Raises: ValueError for anything else.
        """
        digits = text.removeprefix("sha256:")
        if not _HEX.fullmatch(digits):
            msg = f"not a SHA-256 digest: {text[:80]!r}"
            raise ValueError(msg)
        return cls(bytes.fromhex(digits))

    @property
    def hex(self) -> str:
        return self.raw.hex()

    def __str__(self) -> str:
        return f"sha256:{self.hex}"


class Digester:
    """Counts and digests bytes as they pass: SHA-256 and SHA-512 side by side, on two processors where it pays."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._sha512 = hashlib.sha512()
        self._beside: Executor | None = None
        self.size_bytes = 0

    @classmethod
    def of(cls, stream: BinaryIO) -> "Digester":
        """Of all that is left of a stream."""
        digester = cls()
        for chunk in chunks(stream):
            digester.update(chunk)
        return digester

    def update(self, chunk: bytes) -> None:
        if len(chunk) < _WORTH_A_THREAD_BYTES:
            self._sha512.update(chunk)
            self._sha256.update(chunk)
        else:
            self._beside = self._beside or ThreadPoolExecutor(1)
            other = self._beside.submit(self._sha512.update, chunk)
            self._sha256.update(chunk)
            other.result()
        self.size_bytes += len(chunk)

    @property
    def digest(self) -> Digest:
        return Digest(self._sha256.digest())

    @property
    def sha512(self) -> str:
        return self._sha512.hexdigest()


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of `stream` in pieces of at most one MiB."""
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk
