"""Bytes at rest as ciphertext: authenticated chunks that can be read from anywhere, and nothing that is not whole.

A file is a header and its chunks. The header: 8 bytes of magic, the last of which is the version, and a salt of 32
bytes. A chunk: 65,536 bytes of the file, the last one fewer, under AES-256-GCM-SIV with a tag of 16 bytes; a file
without bytes has one chunk without bytes. The nonce of a chunk: 7 zero bytes, its number (4 bytes, big-endian), and 1
for the last chunk of the file, else 0. The header is authenticated with each chunk.

The key of a file is HKDF-SHA-256 of its item's key, the salt, and the digest of the plain bytes, so that no chunk opens
in another place, another file or another item. The salt is HMAC-SHA-256 of that digest under the item's key: whoever
enciphers the same file for the same item again gets the same bytes. Where a disk gives other bytes at one try than at
the next, a key and a nonce meet two plain chunks, and the first may lie about half written: SIV lets such a pair tell
whether they are equal, and no more. Version 1 was plain AES-256-GCM, under which the pair would tell how they differ
and let chunks be forged; it is opened and never written.

Source: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015, eprint 2015/189); RFC 8452; NIST SP 800-38D; RFC 5869.
"""

import hmac
import io
from collections.abc import Mapping
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.errors import Altered
from storage.integrity.digest import Digest, Digester
from storage.integrity.positioned import Positioned

KEY_BYTES = 32
CHUNK_BYTES = 1 << 16
MAGIC = b"svidok\0\x02"
_CIPHERS: Mapping[bytes, type[AESGCM | AESGCMSIV]] = {MAGIC[:-1] + b"\x01": AESGCM, MAGIC: AESGCMSIV}
_SALT_BYTES = 32
HEADER_BYTES = len(MAGIC) + _SALT_BYTES
_TAG_BYTES = 16
_SEALED_BYTES = CHUNK_BYTES + _TAG_BYTES


def sealed_size(size_bytes: int) -> int:
    """How many bytes the ciphertext of a file of this size has."""
    return HEADER_BYTES + size_bytes + _TAG_BYTES * _chunks(size_bytes)


def plain_size(size_bytes: int) -> int:
    """How many bytes a ciphertext of this size holds. Raises: Altered where none has this size."""
    count = max(1, -(-(size_bytes - HEADER_BYTES) // _SEALED_BYTES))
    plain = size_bytes - HEADER_BYTES - count * _TAG_BYTES
    if plain < 0 or sealed_size(plain) != size_bytes:
        raise Altered(f"no ciphertext has {size_bytes} bytes: it was cut, or something was added")
    return plain


def enciphered(stream: BinaryIO, key: bytes, digest: Digest) -> BinaryIO:
    """The ciphertext of what `stream` holds, to be read once from the front; the caller closes `stream`.

    Its last chunk is let out only when the bytes had the `digest`. Raises: Altered, at the end, where they had another.
    """
    return io.BufferedReader(_Enciphering(stream, key, digest), _SEALED_BYTES)


def deciphered(sealed: BinaryIO, size_bytes: int, key: bytes, digest: Digest) -> BinaryIO:
    """The plain bytes of a ciphertext of `size_bytes`, seekable; closing it closes `sealed`, as a refusal does.

    The header and the last chunk are opened at once, so that a ciphertext that was cut is refused before anything is
    read; every other chunk when it is needed. Raises: Altered, now or while reading, for a wrong key or other bytes.
    """
    try:
        return io.BufferedReader(_Deciphering(sealed, size_bytes, key, digest), CHUNK_BYTES)
    except BaseException:
        sealed.close()
        raise


class _Chunker:
    """Seals and opens the chunks of one file."""

    def __init__(self, key: bytes, digest: Digest, header: bytes) -> None:
        if len(key) != KEY_BYTES:
            msg = f"the key of an item has {KEY_BYTES} bytes, not {len(key)}"
            raise ValueError(msg)
        magic, salt = header[: len(MAGIC)], header[len(MAGIC) :]
        derived = HKDF(hashes.SHA256(), KEY_BYTES, salt, b"svidok file %d" % magic[-1] + digest.raw).derive(key)
        self._cipher, self._header = _CIPHERS[magic](derived), header

    def seal(self, number: int, chunk: bytes, *, is_last: bool) -> bytes:
        return self._cipher.encrypt(_nonce(number, is_last=is_last), chunk, self._header)

    def open(self, number: int, chunk: bytes, *, is_last: bool) -> bytes:
        """Raises: InvalidTag."""
        return self._cipher.decrypt(_nonce(number, is_last=is_last), chunk, self._header)


class _Enciphering(io.RawIOBase):
    def __init__(self, stream: BinaryIO, key: bytes, digest: Digest) -> None:
        super().__init__()
        header = MAGIC + hmac.digest(key, b"svidok salt 2" + digest.raw, "sha256")
        self._chunker, self._stream, self._digest = _Chunker(key, digest, header), stream, digest
        self._digester = Digester()
        self._number = 0
        self._ready = header
        self._next: bytes | None = self._chunk()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._ready and self._next is not None:
            self._ready = self._seal(self._next)
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _seal(self, chunk: bytes) -> bytes:
        following = self._chunk()
        if not following and self._digester.digest != self._digest:
            raise Altered(f"the bytes kept as {self._digest} now have the digest {self._digester.digest}")
        sealed = self._chunker.seal(self._number, chunk, is_last=not following)
        self._number += 1
        self._next = following or None
        return sealed

    def _chunk(self) -> bytes:
        chunk = _read_up_to(self._stream, CHUNK_BYTES)
        self._digester.update(chunk)
        return chunk


class _Deciphering(Positioned):
    def __init__(self, sealed: BinaryIO, size_bytes: int, key: bytes, digest: Digest) -> None:
        super().__init__(plain_size(size_bytes))
        self._sealed, self._digest = sealed, digest
        self._last = _chunks(self._size_bytes) - 1
        sealed.seek(0)
        header = _read_up_to(sealed, HEADER_BYTES)
        if header[: len(MAGIC)] not in _CIPHERS or len(header) != HEADER_BYTES:
            raise Altered(f"what is kept for {digest} does not begin as a ciphertext that this version can open")
        self._chunker = _Chunker(key, digest, header)
        self._opened = self._open(self._last, 1)
        self._opened_first = self._last

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._size_bytes - self._at)
        if wanted <= 0:
            return 0
        begin = self._opened_first * CHUNK_BYTES
        if not begin <= self._at < begin + len(self._opened):
            first, last = self._at // CHUNK_BYTES, (self._at + wanted - 1) // CHUNK_BYTES
            self._opened, self._opened_first = self._open(first, last - first + 1), first
            begin = first * CHUNK_BYTES
        piece = self._opened[self._at - begin : self._at - begin + wanted]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._sealed.close()
        super().close()

    def _open(self, first: int, count: int) -> bytes:
        """The plain bytes of so many chunks; all of them, or none. Raises: Altered."""
        self._sealed.seek(HEADER_BYTES + first * _SEALED_BYTES)
        read = _read_up_to(self._sealed, count * _SEALED_BYTES)
        opened = []
        try:
            for number in range(first, first + count):
                at = (number - first) * _SEALED_BYTES
                opened.append(self._chunker.open(number, read[at : at + _SEALED_BYTES], is_last=number == self._last))
        except InvalidTag:
            raise Altered(
                f"the ciphertext of {self._digest} was sealed with another key, or was altered since; nothing of it "
                "was let out"
            ) from None
        return b"".join(opened)


def _chunks(size_bytes: int) -> int:
    return max(1, -(-size_bytes // CHUNK_BYTES))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4, "big") + bytes([is_last])


def _read_up_to(stream: BinaryIO, size_bytes: int) -> bytes:
    """So many bytes, fewer only at the end: a stream from afar may give less at a time."""
    pieces = []
    while size_bytes and (piece := stream.read(size_bytes)):
        pieces.append(piece)
        size_bytes -= len(piece)
    return b"".join(pieces)
