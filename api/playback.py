"""What the frame-exact player needs of an original: what to play, the time of every frame, small pictures of it."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api import frames
from api.deps import DoorsDep, ItemPath, SessionDep, visible_item
from api.flaws import Flaws, flaws
from api.frames import FirstLook, Frames, FrameTimes, PlayedKeyframe, PlayedShot, Sprite, Waveform
from api.media import plays_as
from api.queue import Reviewer
from api.shelf import Shelf, has_stream
from api.strict import StrictRoute
from storage.blobs.base import BlobStore
from storage.db import jobs
from storage.db.tables import Holding, Item
from storage.domain.vocab import ErrorClass, FileRole, JobState
from storage.integrity.digest import Digest

router = APIRouter(route_class=StrictRoute, tags=["items"])

_STEPS = ("capture", "probe", "analyse", "review")


def _none(code: str, sentence: str) -> dict[str, Any]:
    return {"state": "none", "code": code, "sentence": sentence}


_NO_PICTURE = _none("no_picture", "There is no picture in this file, only sound.")
_NOT_PREPARED = _none("not_prepared", "This file was looked through without being prepared for the player.")
_CANCELLED = _none("cancelled", "The analysis was cancelled before this file could be played.")
_NOTHING = _none("nothing_to_play", "There is no file to play.")
_PICTURES = _none("pictures_only", "This post has pictures and no video: there are no frames, shots or sound in it.")
_WIDEST_ASPECT = 4


class Played(BaseModel):
    """Bytes a browser plays."""

    content: str
    media_type: str
    is_original: bool = Field(description="false: a review copy, whose frame n is frame n of the original")
    is_tone_mapped: bool = Field(
        False,
        description="the original's high dynamic range was fitted to a usual screen: brightness is not as recorded",
    )


class StillPicture(BaseModel):
    """A picture that is an original itself, as it was served."""

    digest: str
    content: str
    media_type: str


class Playback(BaseModel):
    """All a player needs of one original. Times of shots and keyframes are the original's presentation times.

    `sound` is what to play where there is no picture; `pictures` are those of a post that has nothing to play.
    """

    original: str | None
    state: Literal["ready", "preparing", "none"]
    code: str | None = Field(None, description="why it cannot be played, in a stable word", examples=["no_picture"])
    sentence: str | None = None
    is_cancelled: bool = Field(False, description="somebody cancelled the analysis before it could be played")
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
    first_look: FirstLook | None = Field(None, description="null until it is there, and once the shots are known")
    sprite: Sprite | None = None
    waveform: Waveform | None = None
    shots: list[PlayedShot] = Field(default_factory=list)
    keyframes: list[PlayedKeyframe] = Field(default_factory=list)
    flaws: Flaws | None = Field(None, description="null until the file was analysed")
    pictures: list[StillPicture] = Field(default_factory=list)


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
    shelf = Shelf(session, row, actor)
    chosen = shelf.original(Digest.parse(original).hex if original else None)
    if chosen is None or chosen.sha256 is None:
        return _without_original(session, shelf)
    return _played(doors.blobs, session, shelf, chosen, chosen.sha256)


def _played(blobs: BlobStore, session: Session, shelf: Shelf, original: Holding, digest: str) -> Playback:
    probe = shelf.newest("probe", digest)
    facts = probe.payload["file"] if probe else {}
    width, height = _square(facts)
    told = Playback(
        original=digest,
        state="preparing",
        has_sound=bool(probe and has_stream(probe.payload, "audio")),
        width=width,
        height=height,
        rotation_deg=facts.get("rotation_deg", 0),
        rate=float(Fraction(facts["rate"])) if facts.get("rate") else None,
        variable_rate=facts.get("variable_rate", False),
        start_s=facts.get("start_s", 0.0),
        duration_s=facts.get("duration_s"),
        waveform=frames.waveform(shelf, digest),
    )
    if probe is not None and not has_stream(probe.payload, "video"):
        sound = Played(content=shelf.address(original) or "", media_type=original.media_type, is_original=True)
        playable = sound if plays_as(original.media_type) else None
        return told.model_copy(update={**_NO_PICTURE, "sound": playable})
    times, copy = shelf.newest("frame_times", digest), shelf.newest("review_copy", digest)
    positions = Frames.of(blobs, times)
    told = told.model_copy(
        update={
            "first_look": frames.first_look(shelf, digest),
            "sprite": frames.sprite(shelf, digest),
            "shots": frames.shots(blobs, shelf, digest, positions),
            "keyframes": frames.keyframes(blobs, shelf, digest, positions),
            "flaws": flaws(blobs, shelf, digest),
            "frames": times.payload["count"] if times else facts.get("frames", 0),
        }
    )
    # Of several files of one capture only the first with a picture is prepared.
    if times is None and any(one.capture_id == original.capture_id for one in shelf.all("shots")):
        return told.model_copy(update=_NOT_PREPARED)
    if times is None or copy is None:
        return told.model_copy(update=_waiting(session, shelf.item, original.capture_id))
    if copy.payload["is_needed"] and copy.sha256 is None:
        return told.model_copy(update={"state": "none", "sentence": copy.payload["sentence"]})
    shown = copy if copy.payload["is_needed"] else original
    video = Played(
        content=shelf.address(shown) or "",
        media_type=shown.media_type,
        is_original=shown is original,
        is_tone_mapped=shown is copy and copy.payload.get("is_tone_mapped", False),
    )
    ready = {
        "state": "ready",
        "video": video,
        "frame_times": frames.frame_times(shelf, times, copy),
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


def _waiting(session: Session, item: Item, capture: str) -> dict[str, Any]:
    """Where something is still to be done, `preparing`; where it has failed for good or was cancelled, why."""
    owed = [job for job in jobs.of_item(session, item.id) if job.step in _STEPS]
    own = [job for job in owed if job.capture_id == capture]
    if any(job.state == JobState.CANCELLED for job in own):
        return {**_CANCELLED, "is_cancelled": True}
    dead = [job for job in own if job.state == JobState.DEAD]
    if not dead:
        return {"state": "preparing", "sentence": None}
    last = dead[-1]
    told = "" if last.error_class == ErrorClass.FAULT else last.error_sentence
    return _none(last.error_code or "fault", told or "Preparing this file for the player failed on our side.")


def _without_original(session: Session, shelf: Shelf) -> Playback:
    """Nothing to play was captured: not yet, or not at all, or pictures alone."""
    if pictures := _pictures(shelf):
        return Playback(original=None, pictures=pictures, **_PICTURES)
    captures = [job for job in jobs.of_item(session, shelf.item.id) if job.step == "capture"]
    if any(job.state in (JobState.READY, JobState.RUNNING, JobState.HELD) for job in captures):
        return Playback(original=None, state="preparing")
    return Playback(original=None, **_NOTHING)


def _pictures(shelf: Shelf) -> list[StillPicture]:
    """The pictures of the newest capture that has any, in the order of the post."""
    originals = [one for one in shelf.all("photo") if one.role == FileRole.ORIGINAL and one.sha256]
    return [
        StillPicture(digest=one.sha256, content=shelf.address(one) or "", media_type=one.media_type)
        for one in originals
        if one.sha256 and one.capture_id == originals[-1].capture_id
    ]
