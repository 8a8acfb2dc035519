"""What a run of yt-dlp left in its folder, sorted by the fixed grammar of names we told it to use."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.domain.flaws import MOST_FRAGMENTS, Fragments
from workers.brought import is_plain_file

_NAME = re.compile(
    r"media\.(?P<entry>\d{1,3})\.(?:f(?P<format>[^/]{1,80})\.)?(?P<ext>(?!part)\w{1,12})(?P<part>\.part)?"
)
_FRAGMENT = re.compile(r"(?P<whole>media\.\d{1,3}\.[^/]{1,100})\.part-Frag(?P<number>\d{1,7})")
_WRITTEN = re.compile(r"media\.(?P<entry>\d{1,3})\.info\.json")
_WRITTEN_LIMIT_BYTES = 64 << 20
_PAGES = 12
_PAGE_LIMIT_BYTES = 8 << 20
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Stream:
    """One file of media: of which entry, in which format (None: the only one, or a merge), and whether it is whole."""

    path: Path
    entry: int
    format_id: str | None
    is_whole: bool
    fragments: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything of use in the folder; `written` is what the tool wrote about each entry."""

    originals: tuple[Stream, ...]
    merged: tuple[Stream, ...]
    written: Mapping[int, Path]
    pages: tuple[Path, ...]

    def about(self, entry: int) -> Mapping[str, Any]:
        """What the tool wrote about one entry; empty where it wrote nothing that can be read."""
        path = self.written.get(entry)
        if path is None or path.stat().st_size > _WRITTEN_LIMIT_BYTES:
            return {}
        try:
            about = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            return {}
        return about if isinstance(about, dict) else {}


def gather(folder: Path) -> Gathered:
    """Sort the files of `folder`. Only regular files count: a link in it would lead out of the box."""
    fragments: dict[str, dict[int, Path]] = {}
    files: list[Path] = []
    written: dict[int, Path] = {}
    pages: list[Path] = []
    for path in _regular(folder):
        if match := _FRAGMENT.fullmatch(path.name):
            fragments.setdefault(match["whole"], {})[int(match["number"])] = path
        elif match := _WRITTEN.fullmatch(path.name):
            written[int(match["entry"])] = path
        elif path.suffix == ".dump" and path.stat().st_size <= _PAGE_LIMIT_BYTES:
            pages.append(path)
        else:
            files.append(path)
    streams = [stream for path in files if (stream := _stream(path, fragments)) is not None]
    separate = {stream.entry for stream in streams if stream.format_id is not None}
    merged = tuple(one for one in streams if one.format_id is None and one.entry in separate)
    return Gathered(
        originals=tuple(one for one in streams if one not in merged),
        merged=tuple(one for one in merged if one.is_whole),
        written=written,
        pages=tuple(sorted(pages, key=lambda page: page.stat().st_mtime_ns)[:_PAGES]),
    )


def _regular(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if is_plain_file(path) and path.stat().st_size > 0:
            yield path


def _stream(path: Path, fragments: Mapping[str, Mapping[int, Path]]) -> Stream | None:
    match = _NAME.fullmatch(path.name)
    if match is None or match["ext"] in ("json", "temp", "ytdl"):
        return None
    pieces = fragments.get(path.name.removesuffix(".part"), {})
    ordered = tuple(pieces[number] for number in sorted(pieces))
    return Stream(path, int(match["entry"]), match["format"], not match["part"], ordered)


def missing_fragments(stream: Stream, expected: int) -> Fragments | None:
    """What of `expected` fragments did not come; the tool asks for one after the other and stops at the first lost."""
    numbers = [int(path.name.rpartition("Frag")[2]) for path in stream.fragments]
    missing = expected - len(numbers)
    if missing < 1 or not numbers or expected > MOST_FRAGMENTS:
        return None
    are_the_first = numbers[0] <= 1 and numbers[-1] - numbers[0] + 1 == len(numbers)
    return Fragments(missing=missing, expected=expected, is_at_end=are_the_first)


def fragment_list(stream: Stream) -> Mapping[str, Any]:
    """Digest and size of every fragment in order, of all of them joined, and whether that is what the file holds.

    They differ where the tool changed bytes as it joined them: it decrypts, for one. Reads everything once.
    """
    joined = hashlib.sha256()
    pieces: list[dict[str, Any]] = []
    for number, path in enumerate(stream.fragments, start=1):
        alone, size = hashlib.sha256(), 0
        for chunk in _chunks(path):
            alone.update(chunk)
            joined.update(chunk)
            size += len(chunk)
        pieces.append({"number": number, "sha256": alone.hexdigest(), "size_bytes": size})
    whole = hashlib.sha256()
    for chunk in _chunks(stream.path):
        whole.update(chunk)
    return {
        "sha256": whole.hexdigest(),
        "joined_sha256": joined.hexdigest(),
        "is_concatenation": whole.digest() == joined.digest(),
        "fragments": pieces,
    }


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk


def format_told(one: Mapping[str, Any]) -> dict[str, Any]:
    """One format in the few words that tell it from others."""
    names = (
        *("format_id", "ext", "protocol", "vcodec", "acodec", "width", "height", "fps", "tbr", "filesize"),
        *("filesize_approx", "language", "format_note", "dynamic_range", "has_drm"),
    )
    return {name: one[name] for name in names if one.get(name) not in (None, "none", "")}


def formats_told(about: Mapping[str, Any]) -> dict[str, Any]:
    """Which formats were offered and which were taken: what was left behind may matter later."""
    offered = _formats(about.get("formats"))
    taken = _formats(about.get("requested_formats")) or ([about] if about.get("format_id") else [])
    return {
        "offered": [format_told(one) for one in offered[:200]],
        "offered_count": len(offered),
        "taken": [str(one.get("format_id")) for one in taken],
    }


def _formats(listed: Any) -> Sequence[Mapping[str, Any]]:
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
