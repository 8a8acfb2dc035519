"""The tags a file carries: what its container, its streams, its EXIF or its XMP say of when, where and with what."""

import contextlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition, Stream

from storage.domain.credentials import HEADERS, LINE_CHARACTERS, TAGS, TagPart
from storage.errors import Rejected
from workers.analysis import xmp
from workers.analysis.container import MAX_PIXELS, open_media, still_type_of
from workers.analysis.isomedia import HeaderTimes, header_times

_COVER_BYTES = 32 << 20
# Control characters, and those that turn the direction of what stands after them.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
# The first of these that is there; names as FFmpeg tells them or as XMP has them, without the case.
_TOLD = {
    "created": (
        "com.apple.quicktime.creationdate",
        "datetimeoriginal",
        "exif:datetimeoriginal",
        "creation_time",
        "datetime",
        "xmp:createdate",
        "date",
    ),
    "make": ("com.apple.quicktime.make", "com.android.manufacturer", "make", "tiff:make"),
    "model": ("com.apple.quicktime.model", "com.android.model", "model", "tiff:model"),
    "software": ("com.apple.quicktime.software", "software", "xmp:creatortool", "encoder"),
    "location": ("com.apple.quicktime.location.iso6709", "location", "location-eng"),
}
_PLACES = (
    ("gpslatituderef", "gpslatitude", "gpslongituderef", "gpslongitude"),
    ("exif:gpslatitude", "exif:gpslongitude"),
)
_ASKED = frozenset(name for names in (*_TOLD.values(), *_PLACES) for name in names)
_PIPES = {"image/jpeg": "jpeg_pipe", "image/png": "png_pipe", "image/webp": "webp_pipe"}
_Found = tuple[str, str, str]
"""Where a tag is, its name and its value."""


def line(value: Any) -> str | None:
    """A word of a file, fit to be kept: one line, of bounded length; None for no word at all."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return _CONTROL.sub(" ", str(value)[: 2 * LINE_CHARACTERS]).strip()[:LINE_CHARACTERS] or None


def tags_of(path: Path, form: str | None) -> Iterator[dict[str, Any]]:
    """The tags of the file, and the few that a person asks for first, as `domain.credentials.Tags` is written.

    First without any, then anew after each part that was read; `unread` names those that are not read yet. Any may take
    for ever: FFmpeg looks through all tags for each that comes, and spells out an EXIF's values however often one is
    pointed at.
    Of more tags than are kept the few stay. A file that cannot be opened has none: whether it can be read at all is
    for the probe to say.
    """
    is_still = form in _PIPES
    # As they are told. The quickest is read first: it is the smallest, and read by us.
    found: dict[TagPart, list[_Found]] = {}
    parts = [TagPart.EXIF, TagPart.XMP] if is_still else [TagPart.CONTAINER, TagPart.COVER, TagPart.XMP]
    headers = [_header(one) for one in header_times(path)[:HEADERS]] if form in ("video/mp4", "image/heic") else []

    def told() -> dict[str, Any]:
        read = [one for part in parts for one in found.get(part, ())]
        return _as_told(read) | {"unread": [part for part in parts if part not in found], "headers": headers}

    yield told()
    found[TagPart.XMP] = _read(_of_xmp(path, form))
    yield told()
    for part, tags in _still_file(path, form) if is_still else _moving(path):
        found[part] = tags
        yield told()
    # What cannot be opened is read as far as can be.
    found = {part: found.get(part, []) for part in parts}
    yield told()


def _as_told(found: Sequence[_Found]) -> dict[str, Any]:
    kept = [{"where": where, "name": name, "value": value} for where, name, value in found]
    if len(kept) > TAGS:
        kept.sort(key=lambda tag: tag["name"].lower() not in _ASKED)
    by_name = {name.lower(): value for _, name, value in reversed(found)}
    first = {told: next((by_name[name] for name in names if name in by_name), None) for told, names in _TOLD.items()}
    for names in _PLACES:
        if first["location"] is None and by_name.keys() >= {name for name in names if not name.endswith("ref")}:
            first["location"] = line(" ".join(by_name.get(name, "") for name in names))
    return first | {"all": kept[:TAGS], "left": max(0, len(kept) - TAGS)}


def _read(tags: Iterator[_Found]) -> list[_Found]:
    """Those that say something, up to where the file cannot be read on."""
    told = []
    with _as_far_as_it_goes():
        for where, name, value in tags:
            if (name_line := line(name)) and (value_line := line(value)):
                told.append((where, name_line, value_line))
    return told


@contextlib.contextmanager
def _as_far_as_it_goes() -> Iterator[None]:
    """What a file breaks off ends here; what takes all memory was not read at all. Raises: MemoryError."""
    try:
        yield
    except MemoryError:
        raise
    except (Rejected, av.error.FFmpegError, ValueError):
        return


def _moving(path: Path) -> Iterator[tuple[TagPart, list[_Found]]]:
    with _as_far_as_it_goes(), open_media(path) as container:
        yield TagPart.CONTAINER, _read(_declared(container))
        yield TagPart.COVER, _read(_covers(container))


def _declared(container: InputContainer) -> Iterator[_Found]:
    yield from _named("container", container.metadata.items())
    for stream in container.streams:
        yield from _named(f"stream {stream.index}", stream.metadata.items())


def _covers(container: InputContainer) -> Iterator[_Found]:
    for stream in container.streams:
        if stream.disposition & Disposition.attached_pic:
            yield from _cover(container, stream)


def _cover(container: InputContainer, stream: Stream) -> Iterator[_Found]:
    """What a picture that came along in the file says: it may have been a photograph of its own once."""
    packet = next((one for one in container.demux(stream) if one.size), None)
    if packet is None or packet.size > _COVER_BYTES:
        return
    content = bytes(packet)
    if form := still_type_of(content[:16]):
        yield from _still(io.BytesIO(content), form, "cover ")
        yield from _named("cover XMP", xmp.properties(io.BytesIO(content), form))


def _still_file(path: Path, form: str | None) -> Iterator[tuple[TagPart, list[_Found]]]:
    with path.open("rb") as stream:
        yield TagPart.EXIF, _read(_still(stream, form or ""))


def _still(stream: BinaryIO, form: str, of: str = "") -> Iterator[_Found]:
    """FFmpeg hands out the EXIF of a picture with its first frame only."""
    options = {"format_whitelist": _PIPES[form], "max_pixels": str(MAX_PIXELS)}
    with av.open(stream, "r", format=_PIPES[form], options=options, metadata_errors="replace") as picture:
        for shown in picture.decode(video=0):
            yield from _named(f"{of}EXIF", shown.metadata.items())
            return


def _of_xmp(path: Path, form: str | None) -> Iterator[_Found]:
    with path.open("rb") as stream:
        yield from _named("XMP", xmp.properties(stream, form))


def _named(where: str, tags: Iterable[tuple[str, str]]) -> Iterator[_Found]:
    return ((where, name, value) for name, value in tags)


def _header(times: HeaderTimes) -> dict[str, Any]:
    told = asdict(times)
    created, modified = told.pop("created_at"), told.pop("modified_at")
    return told | {
        "created": created and created.isoformat().replace("+00:00", "Z"),
        "modified": modified and modified.isoformat().replace("+00:00", "Z"),
    }
