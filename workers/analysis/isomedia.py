"""What an ISO media file (MP4, MOV) declares in its own boxes, and FFmpeg recomputes or does not tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

_MOST_BOXES = 4096
_MOST_TRACKS = 64
_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_UNKNOWN = (0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF)


def declared_duration_s(path: Path) -> float | None:
    """Seconds by the movie header of `path`, or None where there is none or it says unknown.

    Source: ISO/IEC 14496-12, 8.2.2 (movie header box).
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        for name, start, end in boxes(stream, 0, size):
            if name != b"moov":
                continue
            for inner, begin, _ in boxes(stream, start, end):
                if inner == b"mvhd":
                    stream.seek(begin)
                    return _duration_s(stream.read(32))
    return None


@dataclass(frozen=True, slots=True)
class Structure:
    """How the samples of a file are laid out: in fragments, or not; and the most edits one track has."""

    is_fragmented: bool
    edits: int


def structure(path: Path) -> Structure:
    """The layout of the ISO media file at `path`; an empty edit, which only delays a track, is not counted.

    Source: ISO/IEC 14496-12, 8.8 (movie fragments) and 8.6.6 (edit list box).
    """
    is_fragmented, edits = False, 0
    with path.open("rb") as stream:
        for name, start, end in boxes(stream, 0, stream.seek(0, 2)):
            is_fragmented |= name == b"moof"
            for inner, begin, stop in boxes(stream, start, end) if name == b"moov" else ():
                is_fragmented |= inner == b"mvex"
                if inner == b"trak":
                    edits = max(edits, _edits(stream, begin, stop))
    return Structure(is_fragmented, edits)


@dataclass(frozen=True, slots=True)
class HeaderTimes:
    """When a header says that its part was made and last changed; `track` counts from 1, and is None for the whole.

    Aware times of day; None for a field that is 0, which writers leave for "not set", or beyond any calendar.
    """

    box: str
    track: int | None
    created_at: datetime | None
    modified_at: datetime | None


def header_times(path: Path) -> list[HeaderTimes]:
    """What the headers of the movie, of its first tracks and of their media say, in the order of the file.

    Source: ISO/IEC 14496-12, 8.2.2 (`mvhd`), 8.3.2 (`tkhd`) and 8.4.2 (`mdhd`): seconds since 1904, in UTC by the
    standard; devices are known to write their local time.
    """
    told = []
    with path.open("rb") as stream:
        for name, start, end in boxes(stream, 0, stream.seek(0, 2)):
            track = 0
            for inner, begin, stop in boxes(stream, start, end) if name == b"moov" else ():
                if inner == b"mvhd":
                    told.append(_times(stream, inner, None, begin))
                elif inner == b"trak" and track < _MOST_TRACKS:
                    track += 1
                    told += _of_track(stream, track, begin, stop)
            if name == b"moov":
                break
    return told


def _of_track(stream: BinaryIO, track: int, start: int, end: int) -> Iterator[HeaderTimes]:
    for name, begin, stop in boxes(stream, start, end):
        if name == b"tkhd":
            yield _times(stream, name, track, begin)
        elif name == b"mdia":
            yield from (_times(stream, one, track, at) for one, at, _ in boxes(stream, begin, stop) if one == b"mdhd")


def _times(stream: BinaryIO, name: bytes, track: int | None, start: int) -> HeaderTimes:
    """All three headers begin alike: version and flags, when made, when changed."""
    stream.seek(start)
    header = stream.read(20)
    length = 8 if header[:1] == b"\x01" else 4
    created, modified = (header[at : at + length] for at in (4, 4 + length))
    return HeaderTimes(name.decode(), track, _since_1904(created), _since_1904(modified))


def _since_1904(field: bytes) -> datetime | None:
    seconds = int.from_bytes(field, "big")
    try:
        return _EPOCH + timedelta(seconds=seconds) if seconds else None
    except OverflowError:
        return None


def _edits(stream: BinaryIO, start: int, end: int) -> int:
    for name, begin, stop in boxes(stream, start, end):
        if name == b"edts":
            for inner, first, last in boxes(stream, begin, stop):
                if inner == b"elst":
                    return _shown_edits(stream, first, last)
    return 0


def _shown_edits(stream: BinaryIO, start: int, end: int) -> int:
    stream.seek(start)
    head = stream.read(8)
    wide, count = head[:1] == b"\x01", int.from_bytes(head[4:8], "big")
    size, time_at = (20, 8) if wide else (12, 4)
    shown = 0
    for _ in range(min(count, _MOST_BOXES, max(0, end - start - 8) // size)):
        entry = stream.read(size)
        shown += int.from_bytes(entry[time_at : 2 * time_at], "big", signed=True) != -1
    return shown


def _duration_s(header: bytes) -> float | None:
    wide = header[:1] == b"\x01"
    scale_at, length = (20, 8) if wide else (12, 4)
    scale = int.from_bytes(header[scale_at : scale_at + 4], "big")
    duration = int.from_bytes(header[scale_at + 4 : scale_at + 4 + length], "big")
    return None if not scale or duration in _UNKNOWN else duration / scale


def boxes(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the content of each box between `start` and `end`; stops where sizes make no sense."""
    for _ in range(_MOST_BOXES):
        if start + 8 > end:
            return
        name, size, content = box_at(stream, start)
        stop = end if size == 0 else start + size
        if stop < content or stop > end:
            return
        yield name, content, stop
        start = stop


def box_at(stream: BinaryIO, start: int) -> tuple[bytes, int, int]:
    """Name and declared size of the box at `start`, 0 for all the rest of the file, and where its content begins.

    Source: ISO/IEC 14496-12, 4.2 (boxes).
    """
    stream.seek(start)
    head = stream.read(16)
    size = int.from_bytes(head[:4], "big")
    if size == 1:
        return head[4:8], int.from_bytes(head[8:16], "big"), start + 16
    return head[4:8], size, start + 8
