"""The XMP packet of a file: where it lies, and the plain properties in it."""

import contextlib
from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from workers.analysis.chunks import jpeg_segments, png_chunks, riff_chunks
from workers.analysis.isomedia import boxes

LIMIT_BYTES = 1 << 20
_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
_PNG = b"XML:com.adobe.xmp\0"
_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_DEEPEST = 64
_NO_PROPERTY = ("xmlns", "rdf:", "x:", "xml:")


class _Stop(Exception):
    """More is not read."""


def properties(stream: BinaryIO, form: str | None) -> list[tuple[str, str]]:
    """Names and values of the XMP of a file whose media type is `form`, in their order; empty where there is none.

    Names are as written, with their prefix (`xmp:CreateDate`); of nested properties the innermost. What is not
    well formed is read as far as it is. Document types, and so entities, end the reading: no property needs one.

    Source: XMP specification, parts 1 (ISO 16684-1) and 3 (where it lies in files).
    """
    packet = _packet(stream, form, stream.seek(0, 2))
    return list(_read(packet)) if packet else []


def _packet(stream: BinaryIO, form: str | None, size: int) -> bytes:
    for start, length, mark in _places(stream, form, size):
        stream.seek(start)
        if length <= LIMIT_BYTES and (content := stream.read(length)).startswith(mark):
            return content[len(mark) :].lstrip(b"\0")  # PNG: empty flags, language and keyword follow
    return b""


def _places(stream: BinaryIO, form: str | None, size: int) -> Iterator[tuple[int, int, bytes]]:
    """Where a packet may lie, and what it then begins with."""
    match form:
        case "image/jpeg":
            yield from ((at, length, _JPEG) for marker, at, length in jpeg_segments(stream) if marker == 0xE1)
        case "image/png":
            yield from ((at, length, _PNG) for name, at, length in png_chunks(stream, size) if name == b"iTXt")
        case "image/webp":
            yield from ((at, length, b"") for name, at, length in riff_chunks(stream, size) if name == b"XMP ")
        case "video/avi" | "audio/wav":
            yield from ((at, length, b"") for name, at, length in riff_chunks(stream, size) if name == b"_PMX")
        case "video/mp4" | "image/heic":
            yield from ((at, end - at, _BOX) for name, at, end in boxes(stream, 0, size) if name == b"uuid")


def _read(packet: bytes) -> Iterator[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    names: list[str] = []
    text: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(names) == _DEEPEST:
            raise _Stop
        text.clear()
        names.append(name)
        found.extend((one, value) for one, value in attributes.items() if not one.startswith(_NO_PROPERTY))

    def end(_: str) -> None:
        value = "".join(text).strip()
        text.clear()
        if value and (name := next((one for one in reversed(names) if not one.startswith(_NO_PROPERTY)), None)):
            found.append((name, value))
        names.pop()

    def refuse(*_: object) -> None:
        raise _Stop

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = refuse
    # Also an encoding that nobody knows.
    with contextlib.suppress(_Stop, expat.ExpatError, ValueError, LookupError):
        parser.Parse(packet.rstrip(b"\0"), True)
    yield from found
