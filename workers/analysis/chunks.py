"""The segments of a JPEG and the chunks of PNG and RIFF files, by their headers alone."""

from collections.abc import Iterator
from typing import BinaryIO

_MOST_CHUNKS = 65_536


def jpeg_segments(stream: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Marker, start and length of the content of each segment before the picture itself."""
    at = 2
    for _ in range(_MOST_CHUNKS):
        stream.seek(at)
        head = stream.read(4)
        length = int.from_bytes(head[2:4], "big")
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0xDA, 0xD9) or length < 2:
            return
        yield head[1], at + 4, length - 2
        at += 2 + length


def png_chunks(stream: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and length of the data of each whole chunk of a PNG of `size` bytes."""
    at = 8
    for _ in range(_MOST_CHUNKS):
        stream.seek(at)
        head = stream.read(8)
        length = int.from_bytes(head[:4], "big")
        if len(head) < 8 or at + 12 + length > size:
            return
        yield head[4:8], at + 8, length
        at += 12 + length


def riff_chunks(stream: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and length of the data of each whole chunk of a RIFF file of `size` bytes."""
    at = 12
    for _ in range(_MOST_CHUNKS):
        stream.seek(at)
        head = stream.read(8)
        length = int.from_bytes(head[4:8], "little")
        if len(head) < 8 or at + 8 + length > size:
            return
        yield head[:4], at + 8, length
        at += 8 + length + length % 2
