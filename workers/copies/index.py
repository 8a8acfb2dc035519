"""An exact index of hashes in one memory-mapped file: everything within a radius is found, always.

The file, all numbers little-endian, every array on a multiple of 64 bytes:

    8 bytes   SVIDOKIX
    4 bytes   version of the format, 1
    4 bytes   number of pieces
    8 bytes   number of hashes, n
    32 bytes  SHA-256 of the rest of the file
    8 bytes   begin and width of each piece (uint32 each)
    arrays    the hashes, (n, 4) uint64; their labels, (n,) int64; and for each piece of w bits where its buckets
              begin, (2**w + 1,) uint32, and the numbers of the hashes bucket by bucket, (n,) uint32

It can be thrown away: whoever keeps the hashes builds it again. New hashes are compared one by one until it is.
"""

import hashlib
import os
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from workers.copies import layout
from workers.copies.hashes import BYTES, Hashes
from workers.copies.layout import Piece

MAGIC, VERSION = b"SVIDOKIX", 1
MOST = 2**32 - 1
_HEAD = struct.Struct("<8sIIQ32s")
_PIECE = struct.Struct("<II")
_ALIGNED = 64
_CHUNK = 1 << 22
_SCANNED_AT_ONCE = 1 << 16


class Damaged(Exception):
    """The file is no index, or not the one that was written; it is to be built again."""


@dataclass(frozen=True, slots=True)
class Found:
    """What lies within the radius, nearest first: `labels` (m,) int64, `distances` (m,) int64."""

    labels: NDArray[np.int64]
    distances: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Index:
    """The hashes of a file, and since then added ones, `tail`: `words` (n, 4) uint64, `labels` (n,) int64."""

    words: NDArray[np.uint64]
    labels: NDArray[np.int64]
    pieces: tuple[Piece, ...]
    starts: tuple[NDArray[np.uint32], ...]
    order: tuple[NDArray[np.uint32], ...]
    tail_words: NDArray[np.uint64]
    tail_labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels) + len(self.tail_labels)

    def with_tail(self, hashes: Hashes, labels: NDArray[np.int64]) -> "Index":
        """The same with `hashes` (n, 32) and their `labels` (n,) as its tail, in place of the tail it had."""
        return Index(
            self.words, self.labels, self.pieces, self.starts, self.order, _words(hashes), np.asarray(labels, np.int64)
        )

    def search(self, one: NDArray[np.uint8], radius: int = layout.RADIUS) -> Found:
        """Everything that differs from `one` (32,) in at most `radius` bits, without exception."""
        own = _words(one[None])[0]
        numbers, apart = self._near(own, radius)
        in_tail, tail_apart = _scanned(self.tail_words, own, radius)
        labels = np.concatenate([self.labels[numbers], self.tail_labels[in_tail]])
        distances = np.concatenate([apart, tail_apart])
        order = np.lexsort((labels, distances))
        return Found(labels[order], distances[order])

    def _near(self, own: NDArray[np.uint64], radius: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        count = len(self.labels)
        flips = layout.flips_for(self.pieces, radius, count) if radius < 128 else ()
        if not flips or layout.cost(self.pieces, flips, count) > count:
            return _scanned(self.words, own, radius)
        near = [
            order[_ranges(starts, layout.values(own[None], piece)[0] ^ layout.masks(piece.width, most))]
            for piece, most, starts, order in zip(self.pieces, flips, self.starts, self.order, strict=True)
            if most >= 0
        ]
        candidates = np.concatenate(near)
        apart = _apart(self.words[candidates], own)
        is_near = apart <= radius
        numbers, first = np.unique(candidates[is_near], return_index=True)
        return numbers.astype(np.int64), apart[is_near][first].astype(np.int64)


def build(path: Path, hashes: Hashes, labels: NDArray[np.int64]) -> None:
    """Write the index of `hashes` (n, 32) and their `labels` (n,) to `path`, at once or not at all.

    Raises: ValueError for more hashes than 32 bits can count.
    """
    words = _words(hashes)
    if len(words) != len(labels) or len(words) > MOST:
        raise ValueError(f"{len(words)} hashes and {len(labels)} labels make no index")
    pieces = layout.pieces_for(len(words))
    running = hashlib.sha256()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(bytes(_HEAD.size))
            _put(file, running, b"".join(_PIECE.pack(piece.begin, piece.width) for piece in pieces))
            _put(file, running, words)
            _put(file, running, np.asarray(labels, "<i8"))
            for piece in pieces:
                values = layout.values(words, piece)
                starts = np.zeros((1 << piece.width) + 1, "<u4")
                np.cumsum(np.bincount(values, minlength=1 << piece.width), out=starts[1:])
                _put(file, running, starts)
                _put(file, running, np.argsort(values, kind="stable").astype("<u4"))
            file.seek(0)
            file.write(_HEAD.pack(MAGIC, VERSION, len(pieces), len(words), running.digest()))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def opened(path: Path) -> Index:
    """The index in the file at `path`, read through once and compared with its digest.

    Raises: Damaged, FileNotFoundError.
    """
    if path.stat().st_size < _HEAD.size:
        raise Damaged(f"{path.name} is too short to be an index")
    content = np.memmap(path, np.uint8, mode="r")
    magic, version, number, count, digest = _HEAD.unpack(content[: _HEAD.size].tobytes())
    if (magic, version) != (MAGIC, VERSION):
        raise Damaged(f"{path.name} is no index of this version")
    running = hashlib.sha256()
    for begin in range(_HEAD.size, len(content), _CHUNK):
        running.update(content[begin : begin + _CHUNK].data)
    if running.digest() != digest:
        raise Damaged(f"{path.name} is not what was written")
    reading = _Reading(content, _HEAD.size)
    told = reading.take(np.dtype("<u4"), 2 * number)
    pieces = tuple(Piece(int(begin), int(width)) for begin, width in told.reshape(-1, 2))
    words, labels = reading.take(np.dtype("<u8"), 4 * count).reshape(-1, 4), reading.take(np.dtype("<i8"), count)
    tables = [
        (reading.take(np.dtype("<u4"), (1 << piece.width) + 1), reading.take(np.dtype("<u4"), count))
        for piece in pieces
    ]
    starts, order = tuple(one for one, _ in tables), tuple(other for _, other in tables)
    return Index(words, labels, pieces, starts, order, np.zeros((0, 4), np.uint64), np.zeros(0, np.int64))


def opened_or_built(path: Path, kept: Callable[[], tuple[Hashes, NDArray[np.int64]]]) -> Index:
    """The index at `path`; where there is none or it is damaged, it is built from what is `kept` elsewhere."""
    try:
        return opened(path)
    except (Damaged, FileNotFoundError):
        build(path, *kept())
        return opened(path)


@dataclass(slots=True)
class _Reading:
    content: NDArray[np.uint8]
    at: int

    def take(self, kind: "np.dtype[Any]", count: int) -> NDArray[Any]:
        self.at = -(-self.at // _ALIGNED) * _ALIGNED
        begin, self.at = self.at, self.at + count * kind.itemsize
        if self.at > len(self.content):
            raise Damaged("the index ends in the middle")
        return self.content[begin : self.at].view(np.ndarray).view(kind)


def _put(file: BinaryIO, running: Any, array: NDArray[Any] | bytes) -> None:
    content = array if isinstance(array, bytes) else np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
    padding = bytes(-file.tell() % _ALIGNED)
    for part in (padding, content):
        running.update(part)
        file.write(part)


def _ranges(starts: NDArray[np.uint32], keys: NDArray[np.uint32]) -> NDArray[np.int64]:
    """All places in the buckets of `keys`."""
    begin = starts[keys].astype(np.int64)
    lengths = starts[keys + 1] - begin
    before = np.cumsum(lengths) - lengths
    return np.repeat(begin - before, lengths) + np.arange(int(lengths.sum()))


def _scanned(
    words: NDArray[np.uint64], own: NDArray[np.uint64], radius: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    numbers, distances = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for begin in range(0, len(words), _SCANNED_AT_ONCE):
        apart = _apart(words[begin : begin + _SCANNED_AT_ONCE], own)
        near = np.flatnonzero(apart <= radius)
        numbers.append(near + begin)
        distances.append(apart[near].astype(np.int64))
    return np.concatenate(numbers), np.concatenate(distances)


def _apart(words: NDArray[np.uint64], own: NDArray[np.uint64]) -> NDArray[np.uint16]:
    counts = np.bitwise_count(words ^ own)
    return np.asarray(counts.sum(1, dtype=np.uint16))


def _words(hashes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    whole = np.ascontiguousarray(hashes, np.uint8).reshape(-1, BYTES)
    return whole.view("<u8")
