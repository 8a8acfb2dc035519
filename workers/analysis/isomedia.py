"""The duration an ISO media file (MP4, MOV) declares in its own header, which FFmpeg recomputes and does not tell."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_MOST_BOXES = 4096
_UNKNOWN = (0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF)


def declared_duration_s(path: Path) -> float | None:
    """Seconds by the movie header of `path`, or None where there is none or it says unknown.

    Source: ISO/IEC 14496-12, 8.2.2 (movie header box).
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        for name, start, end in _boxes(stream, 0, size):
            if name != b"moov":
                continue
            for inner, begin, _ in _boxes(stream, start, end):
                if inner == b"mvhd":
                    stream.seek(begin)
                    return _duration_s(stream.read(32))
    return None


def _duration_s(header: bytes) -> float | None:
    wide = header[:1] == b"\x01"
    scale_at, length = (20, 8) if wide else (12, 4)
    scale = int.from_bytes(header[scale_at : scale_at + 4], "big")
    duration = int.from_bytes(header[scale_at + 4 : scale_at + 4 + length], "big")
    return None if not scale or duration in _UNKNOWN else duration / scale


def _boxes(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the content of each box between `start` and `end`; stops where sizes make no sense."""
    for _ in range(_MOST_BOXES):
        if start + 8 > end:
            return
        stream.seek(start)
        head = stream.read(16)
        size, content = int.from_bytes(head[:4], "big"), start + 8
        if size == 1:
            size, content = int.from_bytes(head[8:16], "big"), start + 16
        stop = end if size == 0 else start + size
        if stop < content or stop > end:
            return
        yield head[4:8], content, stop
        start = stop
