"""The tags a file carries: what its container, its streams or its EXIF say of when, where and with what it was made."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import av.error

from storage.domain.credentials import LINE_CHARACTERS, TAGS
from storage.errors import Rejected
from workers.analysis.container import MAX_PIXELS, open_media

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
# The first of these that is there; names as FFmpeg tells them, without the case.
_TOLD = {
    "created": ("com.apple.quicktime.creationdate", "datetimeoriginal", "creation_time", "datetime", "date"),
    "make": ("com.apple.quicktime.make", "com.android.manufacturer", "make"),
    "model": ("com.apple.quicktime.model", "com.android.model", "model"),
    "software": ("com.apple.quicktime.software", "software", "encoder"),
    "location": ("com.apple.quicktime.location.iso6709", "location", "location-eng"),
}


def line(value: Any) -> str | None:
    """A word of a file, fit to be kept: one line, of bounded length; None for no word at all."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return _CONTROL.sub(" ", str(value)[: 2 * LINE_CHARACTERS]).strip()[:LINE_CHARACTERS] or None


def tags_of(path: Path, form: str | None) -> dict[str, Any]:
    """All tags of the file, and the few that a person asks for first, as `domain.credentials.Tags` is written.

    A file that cannot be opened has none: whether it can be read at all is for the probe to say.
    """
    found = []
    with contextlib.suppress(Rejected, av.error.FFmpegError, ValueError, MemoryError):
        for where, tags in _still(path) if form == "image/jpeg" else _moving(path):
            found += [{"where": where, "name": line(name), "value": line(value)} for name, value in tags.items()]
    kept = [tag for tag in found if tag["name"] and tag["value"]][:TAGS]
    by_name = {str(tag["name"]).lower(): tag["value"] for tag in reversed(kept)}
    first = {told: next((by_name[name] for name in names if name in by_name), None) for told, names in _TOLD.items()}
    if first["location"] is None and by_name.keys() >= {"gpslatitude", "gpslongitude"}:
        parts = ("gpslatituderef", "gpslatitude", "gpslongituderef", "gpslongitude")
        first["location"] = line(" ".join(by_name.get(name) or "" for name in parts))
    return first | {"all": kept}


def _moving(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    with open_media(path) as container:
        yield "container", container.metadata
        for stream in container.streams:
            yield f"stream {stream.index}", stream.metadata


def _still(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """FFmpeg hands out the EXIF of a JPEG with its picture only."""
    options = {"protocol_whitelist": "file", "format_whitelist": "jpeg_pipe", "max_pixels": str(MAX_PIXELS)}
    with av.open(f"file:{path.absolute()}", format="jpeg_pipe", options=options, metadata_errors="replace") as picture:
        for shown in picture.decode(video=0):
            yield "EXIF", shown.metadata
            return
