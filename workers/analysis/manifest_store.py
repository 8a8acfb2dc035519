"""Where in a file its C2PA manifest store lies, so that its very bytes can be kept."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from workers.analysis.chunks import jpeg_segments, png_chunks, riff_chunks
from workers.analysis.isomedia import boxes

Span = tuple[int, int]
_C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_PURPOSES = (b"manifest\0", b"original\0")
_CHUNK_BYTES = 1 << 20


def spans_of(path: Path, form: str) -> list[Span]:
    """Start and length of each piece of the manifest store in `path`, in order; empty where there is none.

    `form` is the file's media type. Source: C2PA 2.x, appendix A "Embedding manifests": in JPEG in APP11 segments
    (JPEG XT, ISO/IEC 18477-3), in ISO media in a `uuid` box, in PNG in a `caBX` chunk, in RIFF in a `C2PA` chunk.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        match form:
            case "image/jpeg":
                return _of_jpeg(stream)
            case "video/mp4" | "image/heic":
                return _of_iso(stream, size)
            case "image/png":
                return _first(stream, b"caBX", png_chunks(stream, size))
            case "image/webp" | "video/avi" | "audio/wav":
                return _first(stream, b"C2PA", riff_chunks(stream, size))
            case _:
                return []


def size_of(spans: Sequence[Span]) -> int:
    """How many bytes the pieces have together."""
    return sum(length for _, length in spans)


def copy(path: Path, spans: Sequence[Span], to: Path) -> None:
    """Write the pieces of `path` one after another into `to`."""
    with path.open("rb") as stream, to.open("wb") as out:
        for start, length in spans:
            stream.seek(start)
            while length > 0 and (chunk := stream.read(min(length, _CHUNK_BYTES))):
                out.write(chunk)
                length -= len(chunk)


def _of_iso(stream: BinaryIO, size: int) -> list[Span]:
    for name, start, end in boxes(stream, 0, size):
        stream.seek(start)
        head = stream.read(16 + 4 + 9 + 8) if name == b"uuid" else b""
        for purpose in _PURPOSES:
            if head[:16] == _C2PA_BOX and head[20:].startswith(purpose):
                begin = start + 16 + 4 + len(purpose) + 8  # after them, where the Merkle boxes begin
                return [(begin, max(0, end - begin))]
    return []


def _of_jpeg(stream: BinaryIO) -> list[Span]:
    """The pieces of the first JUMBF box that speaks of C2PA, whole or broken; each but the first repeats its header."""
    found: dict[bytes, list[tuple[int, Span]]] = {}
    for marker, start, length in jpeg_segments(stream):
        stream.seek(start)
        head = stream.read(length)  # 64 KiB at most
        if marker != 0xEB or head[:2] != b"JP" or length < 16:
            continue
        pieces = found.get(head[2:4])
        if pieces is None:
            if head[12:16] == b"jumb" and b"c2pa" in head:
                found[head[2:4]] = [(int.from_bytes(head[4:8], "big"), (start + 8, length - 8))]
            continue
        repeated = 16 if head[8:12] == b"\0\0\0\1" else 8
        pieces.append((int.from_bytes(head[4:8], "big"), (start + 8 + repeated, max(0, length - 8 - repeated))))
    return [span for _, span in sorted(next(iter(found.values()), []))]


def _first(stream: BinaryIO, wanted: bytes, chunks: Iterator[tuple[bytes, int, int]]) -> list[Span]:
    return next(([(start, length)] for name, start, length in chunks if name == wanted), [])
