"""What stands around a video: tracks of subtitles, by people and by machines, and what people wrote below it."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from storage.domain.vocab import FileRole, Outcome
from storage.errors import Implausible
from workers.brought import check_ours, content, is_plain_file
from workers.pages.left import shows_address
from workers.sandbox import Ended, Ending
from workers.sources.arguments import software, surrounding_arguments, told
from workers.sources.outcomes import of_messages
from workers.sources.record import plain, summary, without_query
from workers.sources.scrub import scrubbed
from workers.step import Context, Product

_PROGRAM: tuple[str, ...] = (str(Path(__file__).with_name("surround.py")),)
_WALL_S = 240.0
_MARGIN_S = 10.0
_FOLDER_BYTES = 128 << 20
_CEILINGS: Mapping[str, int | float] = {
    **{"tracks": 24, "track_bytes": 4 << 20, "tracks_bytes": 24 << 20, "tracks_s": 60.0},
    **{"comments_bytes": 16 << 20, "comments_s": 120.0},
}
_TOLD_BYTES = 1 << 20
_TYPES = {"vtt": "text/vtt", "srt": "application/x-subrip", "ttml": "application/ttml+xml"}
_KEPT = (
    *("id", "parent", "author", "author_id", "author_url", "author_is_uploader", "author_is_verified", "text"),
    *("timestamp", "_time_text", "like_count", "dislike_count", "is_pinned", "is_favorited"),
)
_FREE = ("text", "author")


class Track(BaseModel):
    """One track as the program tells it; `file` is null where it did not come, and `why` says why."""

    model_config = ConfigDict(extra="forbid", strict=True)
    file: str | None = Field(pattern=r"^track\.[0-9]{1,3}$")
    kind: Literal["human", "automatic"]
    language: str = Field(max_length=80)
    format: str = Field(max_length=20)
    name: str = Field(max_length=200)
    why: str | None = Field(max_length=400)


class Tracks(BaseModel):
    """The tracks that were offered, by kind, and what came of those that were asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)
    offered: dict[Literal["human", "automatic"], int] = Field(max_length=2)
    ceilings: list[Literal["tracks", "bytes", "seconds"]] = Field(max_length=3)
    brought: list[Track] = Field(max_length=int(_CEILINGS["tracks"]))


class Comments(BaseModel):
    """How far the comments went; `announced` is how many the site says there are."""

    model_config = ConfigDict(extra="forbid", strict=True)
    state: Literal["complete", "ceiling", "not_offered", "failed"]
    kept: int = Field(ge=0)
    announced: int | None = Field(ge=0)
    why: str | None = Field(max_length=400)


class Told(BaseModel):
    """What the program in the box says of its work; it may have been taken over, so nothing else is believed."""

    model_config = ConfigDict(extra="forbid", strict=True)
    error: str | None = Field(max_length=400)
    extractor: str | None = Field(max_length=200)
    tracks: Tracks
    comments: Comments


def surroundings(context: Context, url: str) -> list[Product]:
    """Ask the post at `url`; whatever comes of it, the answer is products, one of which tells how it went.

    Raises: LeaseLost, DiskFull, and what `Sandbox.run` raises where no box or no way out is there.
    """
    if context.ticket is None:
        raise ValueError("surroundings are fetched with a ticket to leave the machine")
    folder = context.scratch / "surroundings"
    folder.mkdir()
    argv = surrounding_arguments(url)
    if not context.comments_most:
        argv = [word for word in argv if word != "--write-comments"]
    order = {"argv": argv, "comments": context.comments_most, **_CEILINGS}
    wall_s = min(_WALL_S, context.sandbox.limits.wall_s - _MARGIN_S)
    limits = replace(context.sandbox.limits, wall_s=wall_s, folder_bytes=_FOLDER_BYTES)
    command = [sys.executable, "-I", *_PROGRAM, json.dumps(order)]
    ended = context.sandbox.run(command, folder=folder, ticket=context.ticket, limits=limits)
    check_ours(ended)
    return list(_brought(context, folder, ended, argv))


def _brought(context: Context, folder: Path, ended: Ended, argv: list[str]) -> Iterator[Product]:
    """1 what it says of itself, 2 its files, 3 what may be told of both."""
    said = _said(folder)
    record: dict[str, Any] = {
        "ended": {"how": ended.ending.value, "code": ended.returncode, "wall_s": round(ended.wall_s, 1)},
        "ceilings": {**_CEILINGS, "comments": context.comments_most},
        "argv": told(argv),
        "software": {"yt-dlp": software()["yt-dlp"]},
        "session": "guest",
        "error": without_query(said.error) if said.error else None,
        "extractor": said.extractor,
    }
    tracks: list[dict[str, Any]] = []
    for track in said.tracks.brought:
        path = folder / track.file if track.file else None
        came = path is not None and _is_usable(path, int(_CEILINGS["track_bytes"]))
        about = track.model_dump(exclude={"file"}) | {"why": without_query(track.why) if track.why else None}
        if not came and not track.why:
            about["why"] = "What came is no file that can be kept."
        tracks.append({**about, "came": came})
        if came and path is not None:
            of = {name: about[name] for name in ("language", "format", "name")} | {"made_by": track.kind}
            kind, media_type = f"subtitles_{track.kind}", _TYPES.get(track.format, "text/plain")
            yield Product(kind, media_type, path, payload=plain(of), role=FileRole.CONTEXT, sealed=shows_address(path))
    comments = said.comments.model_dump() | {"why": without_query(said.comments.why) if said.comments.why else None}
    if ended.ending is not Ending.EXITED and comments["state"] == "failed" and comments["kept"] == 0:
        comments["why"] = "It was ended by a limit before the comments had come."
    if not context.comments_most:
        comments = {"state": "not_asked", "kept": 0, "announced": said.comments.announced, "why": None}
    document = _comments(folder, context.comments_most)
    comments["kept"] = len(document)
    if document:
        file = context.scratch / "comments.json"
        whole = {"state": comments["state"], "announced": comments["announced"], "comments": document}
        file.write_text(json.dumps(whole, ensure_ascii=False))
        of = {name: comments[name] for name in ("state", "kept", "announced")}
        yield Product("comments", path=file, payload=of, role=FileRole.CONTEXT, sealed=True)
    ways = context.ticket.connections() if context.ticket else []
    record |= {
        "tracks": {"offered": said.tracks.offered, "ceilings": said.tracks.ceilings, "brought": tracks},
        "comments": comments,
        "connections": summary(ways),
        "refused": [dict(way) for way in ways if "denied" in way][:50],
    }
    record["site_answered"] = _answered(said, [track["why"] for track in tracks])
    yield Product("surroundings", payload=plain(record), role=FileRole.CONTEXT)


def _answered(said: Told, refusals: Sequence[str | None]) -> str:
    """What the site said of itself: in its error, or by asking for rest at some track or at the comments."""
    if said.error is not None or said.extractor is None:
        return (of_messages(said.error or "") or Outcome.TOOL_FAILED).value
    slows_us = any(of_messages(why) is Outcome.RATE_LIMITED for why in (*refusals, said.comments.why) if why)
    return (Outcome.RATE_LIMITED if slows_us else Outcome.CAPTURED).value


def _said(folder: Path) -> Told:
    try:
        return Told.model_validate_json(content(folder, "told.json", limit_bytes=_TOLD_BYTES))
    except (Implausible, ValueError, OSError):
        why = "The program did not come to an end that can be used."
        nothing = Comments(state="failed", kept=0, announced=None, why=why)
        return Told(error=why, extractor=None, tracks=Tracks(offered={}, ceilings=[], brought=[]), comments=nothing)


def _is_usable(path: Path, limit_bytes: int) -> bool:
    return is_plain_file(path) and 0 < path.stat().st_size <= limit_bytes


def _comments(folder: Path, most: int) -> list[dict[str, Any]]:
    """What people wrote, in the order it came, in the words the source gave; the last line may be cut and is let go."""
    try:
        lines = content(folder, "comments.jsonl", limit_bytes=int(_CEILINGS["comments_bytes"])).splitlines()
    except (Implausible, OSError):
        return []
    return [kept for line in lines[:most] if (kept := _comment(line))]


def _comment(line: bytes) -> dict[str, Any]:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(given, dict):
        return {}
    told = {name: given[name] for name in _KEPT if isinstance(given.get(name), str | int | float)}
    free = {name: plain(told.pop(name)) for name in _FREE if name in told}
    return {**scrubbed(told), **free}
