"""What the frame-exact player needs of an original: what to play, the time of every frame, small pictures of it."""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.deps import DoorsDep, ItemPath, SessionDep, visible_item
from api.lines import content_address
from api.media import plays_as
from api.queue import Reviewer
from api.shots import told_of
from api.strict import StrictRoute
from storage.blobs.base import BlobStore
from storage.db import holdings, jobs
from storage.db.tables import Holding, Item
from storage.domain.permissions import Actor, may_read_file
from storage.domain.vocab import ErrorClass, JobState, Sensitivity
from storage.errors import NotFound
from storage.integrity.digest import Digest

router = APIRouter(route_class=StrictRoute, tags=["items"])

_STEPS = ("capture", "probe", "analyse", "review")
_NO_PICTURE = "There is no picture in this file, only sound."
_NOT_PREPARED = "This file was looked through without being prepared for the player."
_NOTHING = "There is no file to play."
_MICROSECONDS = 1_000_000
_WIDEST_ASPECT = 4


class Played(BaseModel):
    """Bytes a browser plays."""

    content: str
    media_type: str
    is_original: bool = Field(description="false: a review copy, whose frame n is frame n of the original")


class FrameTimes(BaseModel):
    """When each frame is shown: little-endian unsigned microseconds since the first, one for each frame shown.

    A browser's `mediaTime` of frame n of `video` is `first_us` and the n-th of these, to within a microsecond or two.
    """

    content: str
    count: int
    bytes_each: Literal[4, 8]
    first_us: int
    digest: str


class Shielded(BaseModel):
    """One picture three times: as a line drawing, blurred and grey, and as it is; null where it was not made."""

    clear: str
    sketch: str | None
    blur: str | None


class Sprite(BaseModel):
    """Small pictures in one: tile n, counted row by row, shows the moment `times_s[n]`."""

    content: Shielded
    columns: int
    rows: int
    tile_width: int
    tile_height: int
    times_s: list[float]


class Waveform(BaseModel):
    """Peaks of the sound, one byte each, spread evenly from the first frame to the end of the picture."""

    content: str
    buckets: int


class PlayedShot(BaseModel):
    """One shot; the end is not included. Frames are positions in the frame times."""

    start_s: float
    end_s: float
    start_frame: int
    end_frame: int
    transition: str


class PlayedKeyframe(BaseModel):
    """The picture that stands for a shot, and which frame it is."""

    time_s: float
    frame: int
    shot: int
    sha256: str
    content: Shielded


class Playback(BaseModel):
    """All a player needs of one original. Times of shots and keyframes are the original's presentation times.

    `sound` is what to play where there is no picture.
    """

    original: str | None
    state: Literal["ready", "preparing", "none"]
    sentence: str | None = None
    video: Played | None = None
    sound: Played | None = None
    width: int = Field(0, description="as shown, rotation applied")
    height: int = 0
    rotation_deg: int = 0
    rate: float | None = None
    variable_rate: bool = False
    frames: int = 0
    start_s: float = 0.0
    duration_s: float | None = None
    has_sound: bool = False
    frame_times: FrameTimes | None = None
    sprite: Sprite | None = None
    waveform: Waveform | None = None
    shots: list[PlayedShot] = Field(default_factory=list)
    keyframes: list[PlayedKeyframe] = Field(default_factory=list)


@router.get("/items/{item}/playback")
def read_playback(
    item: ItemPath,
    doors: DoorsDep,
    session: SessionDep,
    actor: Reviewer,
    original: Annotated[
        str | None,
        Query(pattern=r"^(sha256:)?[0-9a-f]{64}$", description="which original; without it the newest with a picture"),
    ] = None,
) -> Playback:
    """What to play of an item's original, and where its frames, shots and small pictures are."""
    row = visible_item(session, actor, item)
    shelf = _Shelf(session, row, actor)
    chosen = shelf.original(Digest.parse(original).hex if original else None)
    if chosen is None or chosen.sha256 is None:
        return _without_original(session, row)
    return _played(doors.blobs, session, shelf, chosen, chosen.sha256)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What an item holds, as far as the actor may read it."""

    session: Session
    item: Item
    actor: Actor

    def all(self, kind: str, original: str | None = None) -> list[Holding]:
        """Everything of one kind in the order it was made, or only what was made of one original."""
        return [
            one
            for one in holdings.of_kind(self.session, self.item.id, kind)
            if may_read_file(self.actor, Sensitivity(self.item.sensitivity), sealed_file=one.sealed)
            and (original is None or one.payload.get("original") == original)
        ]

    def newest(self, kind: str, original: str) -> Holding | None:
        made = self.all(kind, original)
        return made[-1] if made else None

    def original(self, wanted: str | None) -> Holding | None:
        """The original that is asked for, else the newest that was looked through, has a picture, or is there at all.

        Raises: NotFound where the one asked for is none of the item's.
        """
        originals = {one.sha256: one for one in self.all("original") if one.sha256}
        if wanted is not None:
            if wanted not in originals:
                raise NotFound("This item has no such original.")
            return originals[wanted]
        looked = [one.payload.get("original") for one in self.all("shots")]
        pictured = [one.payload.get("original") for one in self.all("probe") if _has(one.payload, "video")]
        known = [*originals, *pictured, *looked]
        return next((originals[digest] for digest in reversed(known) if digest in originals), None)

    def address(self, one: Holding | None) -> str | None:
        return content_address(self.item, one.sha256) if one is not None and one.sha256 else None

    def shielded(self, clear: str, sketch: Holding | None, blur: Holding | None) -> Shielded:
        address = content_address(self.item, clear)
        return Shielded(clear=address, sketch=self.address(sketch), blur=self.address(blur))


def _has(probe: Mapping[str, Any], kind: str) -> bool:
    """Whether a file has a stream of a kind; a cover picture is no picture."""
    return any(one["kind"] == kind and not one.get("is_attached_picture") for one in probe.get("streams", ()))


def _played(blobs: BlobStore, session: Session, shelf: _Shelf, original: Holding, digest: str) -> Playback:
    probe = shelf.newest("probe", digest)
    facts = probe.payload["file"] if probe else {}
    width, height = _square(facts)
    told = Playback(
        original=digest,
        state="preparing",
        has_sound=bool(probe and _has(probe.payload, "audio")),
        width=width,
        height=height,
        rotation_deg=facts.get("rotation_deg", 0),
        rate=float(Fraction(facts["rate"])) if facts.get("rate") else None,
        variable_rate=facts.get("variable_rate", False),
        start_s=facts.get("start_s", 0.0),
        duration_s=facts.get("duration_s"),
        waveform=_waveform(shelf, digest),
    )
    if probe is not None and not _has(probe.payload, "video"):
        sound = Played(content=shelf.address(original) or "", media_type=original.media_type, is_original=True)
        playable = sound if plays_as(original.media_type) else None
        return told.model_copy(update={"state": "none", "sentence": _NO_PICTURE, "sound": playable})
    times, copy = shelf.newest("frame_times", digest), shelf.newest("review_copy", digest)
    frames = _Frames.of(blobs, times)
    told = told.model_copy(
        update={
            "sprite": _sprite(shelf, digest),
            "shots": _shots(blobs, shelf, digest, frames),
            "keyframes": _keyframes(shelf, digest, frames),
            "frames": times.payload["count"] if times else facts.get("frames", 0),
        }
    )
    if times is None and shelf.newest("shots", digest) is not None:
        return told.model_copy(update={"state": "none", "sentence": _NOT_PREPARED})
    if times is None or copy is None:
        return told.model_copy(update=_waiting(session, shelf.item, original.capture_id))
    if copy.payload["is_needed"] and copy.sha256 is None:
        return told.model_copy(update={"state": "none", "sentence": copy.payload["sentence"]})
    shown = copy if copy.payload["is_needed"] else original
    video = Played(content=shelf.address(shown) or "", media_type=shown.media_type, is_original=shown is original)
    ready = {
        "state": "ready",
        "video": video,
        "frame_times": _frame_times(shelf, times, copy),
        "has_sound": copy.payload["has_sound"],
    }
    return told.model_copy(update=ready)


def _square(facts: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height in square points, as keyframes and browsers show them; the facts are in points as stored."""
    width, height = facts.get("width", 0), facts.get("height", 0)
    aspect = Fraction(facts.get("sample_aspect") or 1)
    if not 1 / _WIDEST_ASPECT <= aspect <= _WIDEST_ASPECT:
        return width, height
    return (width, round(height * aspect)) if facts.get("rotation_deg", 0) % 180 else (round(width * aspect), height)


def _frame_times(shelf: _Shelf, times: Holding, copy: Holding) -> FrameTimes:
    return FrameTimes(
        content=shelf.address(times) or "",
        count=times.payload["count"],
        bytes_each=times.payload["bytes_each"],
        first_us=copy.payload["first_us"],
        digest=f"sha256:{times.sha256}",
    )


def _waiting(session: Session, item: Item, capture: str) -> dict[str, Any]:
    """Where something is still to be done, `preparing`; where it has failed for good, why."""
    owed = [job for job in jobs.of_item(session, item.id) if job.step in _STEPS]
    own = [job for job in owed if job.capture_id == capture]
    dead = [job for job in own if job.state == JobState.DEAD]
    if not dead:
        return {"state": "preparing", "sentence": None}
    told = "" if dead[-1].error_class == ErrorClass.FAULT else dead[-1].error_sentence
    return {"state": "none", "sentence": told or "Preparing this file for the player failed on our side."}


def _without_original(session: Session, item: Item) -> Playback:
    """Nothing was captured: not yet, or not at all."""
    captures = [job for job in jobs.of_item(session, item.id) if job.step == "capture"]
    if any(job.state in (JobState.READY, JobState.RUNNING, JobState.HELD) for job in captures):
        return Playback(original=None, state="preparing")
    return Playback(original=None, state="none", sentence=_NOTHING)


@dataclass(frozen=True, slots=True)
class _Frames:
    """Turns the engine's frame numbers, which count lost frames too, into positions in the frame times."""

    times_us: "array[int] | None"
    first_pts: int = 0
    time_base: Fraction = Fraction(1)

    @classmethod
    def of(cls, blobs: BlobStore, times: Holding | None) -> "_Frames":
        """Without lost frames both are the same, and the times need not be read."""
        if times is None or times.sha256 is None or not times.payload["lost"]:
            return cls(None)
        with blobs.open(Digest.parse(times.sha256)) as stream:
            read = array("I" if times.payload["bytes_each"] == 4 else "Q", stream.read())
        if sys.byteorder == "big":
            read.byteswap()
        return cls(read, times.payload["first_pts"], Fraction(times.payload["time_base"]))

    def before(self, frame: int, pts: int) -> int:
        """How many frames are shown before `pts`: the position of the one shown then, or of the next."""
        if self.times_us is None:
            return frame
        return bisect_left(self.times_us, round((pts - self.first_pts) * self.time_base * _MICROSECONDS))


def _shots(blobs: BlobStore, shelf: _Shelf, original: str, frames: _Frames) -> list[PlayedShot]:
    row = shelf.newest("shots", original)
    return [
        PlayedShot(
            start_s=shot["start_s"],
            end_s=shot["end_s"],
            start_frame=frames.before(shot.get("start_frame", 0), shot["start_pts"]),
            end_frame=frames.before(shot.get("end_frame", 0), shot["end_pts"]),
            transition=shot["transition"],
        )
        for shot in (told_of(blobs, row) if row else ())
    ]


def _keyframes(shelf: _Shelf, original: str, frames: _Frames) -> list[PlayedKeyframe]:
    """The keyframes of the newest analysis, one for each shot."""
    newest = {one.payload["shot"]: one for one in shelf.all("keyframe", original) if one.sha256}
    sketches, blurs = (
        {one.payload["keyframe"]: one for one in shelf.all(kind, original)}
        for kind in ("keyframe_sketch", "keyframe_blur")
    )
    return [
        PlayedKeyframe(
            time_s=one.payload["time_s"],
            frame=frames.before(one.payload.get("frame", 0), one.payload["pts"]),
            shot=shot,
            sha256=one.sha256 or "",
            content=shelf.shielded(one.sha256 or "", sketches.get(one.sha256), blurs.get(one.sha256)),
        )
        for shot, one in sorted(newest.items())
    ]


def _sprite(shelf: _Shelf, original: str) -> Sprite | None:
    row = shelf.newest("sprite", original)
    if row is None or row.sha256 is None:
        return None
    return Sprite(
        content=shelf.shielded(
            row.sha256, shelf.newest("sprite_sketch", original), shelf.newest("sprite_blur", original)
        ),
        **{name: row.payload[name] for name in ("columns", "rows", "tile_width", "tile_height", "times_s")},
    )


def _waveform(shelf: _Shelf, original: str) -> Waveform | None:
    row = shelf.newest("waveform", original)
    address = shelf.address(row)
    return Waveform(content=address, buckets=row.payload["buckets"]) if row and address else None
