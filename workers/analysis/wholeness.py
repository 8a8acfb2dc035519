"""Whether a file reaches as far as its own structure says: what a broken download or a bad disk leaves does not."""

import string
from collections.abc import Callable, Mapping
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

from storage.domain.analysis_notes import why
from workers.analysis.isomedia import box_at

_PRINTED = frozenset(string.printable.encode()) | {0xA9}  # a copyright sign begins some of QuickTime's names
_SEGMENT = b"\x18\x53\x80\x67"
_TS_BYTES = (188, 192, 204)
_OPEN_SIZE = 0xFFFF_FFFF


def torn(path: Path, demuxer: str) -> str:
    """Why the file at `path` is not whole, in a sentence; empty where it is, or where its kind has no way to tell.

    Not checked: whether the bytes are the right ones.
    """
    check = _CHECKS.get(demuxer)
    if check is None:
        return ""
    with path.open("rb") as stream:
        return check(stream, stream.seek(0, 2))


def _boxes(stream: BinaryIO, size: int) -> str:
    at, is_fragmented = 0, False
    while at + 8 <= size:
        name, length, _ = box_at(stream, at)
        is_fragmented |= name in (b"moof", b"sidx", b"styp")
        if not _PRINTED.issuperset(name) or (length < 8 and length != 0):
            # Behind a whole film, bytes that are no box do no harm; between fragments they are where some were.
            return why("breaks", at=at, size=size) if is_fragmented else ""
        if at + length > size:
            return why("short", size=size, end=at + length)
        if length == 0:
            return ""
        at += length
    return why("in_header", size=size) if is_fragmented and at < size else ""


def _segment(stream: BinaryIO, size: int) -> str:
    """Source: RFC 8794, 4 (variable size integers); RFC 9559, 4.5 (one segment)."""
    stream.seek(0)
    head = stream.read(4096)
    at = head.find(_SEGMENT)
    if at < 0 or at + 12 > len(head) or not head[at + 4]:
        return ""
    width = 9 - head[at + 4].bit_length()
    length = int.from_bytes(head[at + 4 : at + 4 + width], "big") & ((1 << 7 * width) - 1)
    end = at + 4 + width + length
    if length == (1 << 7 * width) - 1 or end <= size:  # all ones: written as a stream, its length was not known
        return ""
    return why("short", size=size, end=end)


def _riff(stream: BinaryIO, size: int) -> str:
    stream.seek(4)
    length = int.from_bytes(stream.read(4), "little")
    if length == _OPEN_SIZE or length + 8 <= size:
        return ""
    return why("short", size=size, end=length + 8)


def _gif(stream: BinaryIO, size: int) -> str:
    """Source: GIF89a specification, 15 and 17 to 27 (blocks, and the trailer that ends them)."""
    with mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        at = 13 + _table_bytes(content[10:11])
        while at < size:
            match content[at]:
                case 0x3B:
                    return ""
                case 0x21:
                    after = at + 2
                case 0x2C:
                    after = at + 11 + _table_bytes(content[at + 9 : at + 10])
                case _:
                    return why("breaks", at=at, size=size)
            while after < size and content[after]:
                after += 1 + content[after]
            at = after + 1
    return why("unended", size=size)


def _table_bytes(packed: bytes) -> int:
    return 3 << (packed[0] & 7) + 1 if packed and packed[0] & 0x80 else 0


def _transport(_stream: BinaryIO, size: int) -> str:
    """Source: ISO/IEC 13818-1, 2.4.3.2 (packets of 188 bytes)."""
    return "" if any(size % each == 0 for each in _TS_BYTES) else why("in_packet", size=size)


_CHECKS: Mapping[str, Callable[[BinaryIO, int], str]] = {
    "mov": _boxes,
    "matroska": _segment,
    "avi": _riff,
    "wav": _riff,
    "gif": _gif,
    "mpegts": _transport,
}
