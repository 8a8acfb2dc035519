"""The frames of an original as a player counts them: their times, its shots, and small pictures of it."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pydantic import BaseModel

from api.shelf import Shelf
from api.shots import told_of
from storage.blobs.base import BlobStore
from storage.db.tables import Holding
from storage.frame_times import MICROSECONDS, times_of


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


class FirstLook(BaseModel):
    """What the key frames alone showed, seconds after the file came; gone once the whole has been looked through.

    `damaged` key frames are left out of the stills.
    """

    looked: Literal["seen", "no_key_frames", "no_times"]
    key_frames: int
    damaged: int
    stills: Sprite | None


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
    """A picture that stands for a shot or a part of it, and which frame it is.

    `same_as_s`: its moment shows the same as an earlier keyframe, at this time, whose picture it is.
    """

    time_s: float
    frame: int
    shot: int
    sha256: str
    content: Shielded
    same_as_s: float | None = None


@dataclass(frozen=True, slots=True)
class Frames:
    """Turns the engine's frame numbers, which count lost frames too, into positions in the frame times."""

    times_us: "array[int] | None"
    first_pts: int = 0
    time_base: Fraction = Fraction(1)

    @classmethod
    def of(cls, blobs: BlobStore, times: Holding | None) -> "Frames":
        """Without lost frames both are the same, and the times need not be read."""
        if times is None or times.sha256 is None or not times.payload["lost"]:
            return cls(None)
        return cls(times_of(blobs, times), times.payload["first_pts"], Fraction(times.payload["time_base"]))

    def before(self, frame: int, pts: int) -> int:
        """How many frames are shown before `pts`: the position of the one shown then, or of the next."""
        if self.times_us is None:
            return frame
        return bisect_left(self.times_us, round((pts - self.first_pts) * self.time_base * MICROSECONDS))


def frame_times(shelf: Shelf, times: Holding, copy: Holding) -> FrameTimes:
    """Where the times of the frames are, and the moment that what is played gives the first."""
    return FrameTimes(
        content=shelf.address(times) or "",
        count=times.payload["count"],
        bytes_each=times.payload["bytes_each"],
        first_us=copy.payload["first_us"],
        digest=f"sha256:{times.sha256}",
    )


def shots(blobs: BlobStore, shelf: Shelf, original: str, frames: Frames) -> list[PlayedShot]:
    """The shots of the newest analysis, in order."""
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


def keyframes(blobs: BlobStore, shelf: Shelf, original: str, frames: Frames) -> list[PlayedKeyframe]:
    """The keyframes of the newest analysis in the order of time; those of an earlier one may show other shots."""
    analysed = shelf.newest("shots", original)
    if analysed is None:
        return []
    sketches, blurs = (
        {one.payload["keyframe"]: one for one in shelf.all(kind, original)}
        for kind in ("keyframe_sketch", "keyframe_blur")
    )
    pictured = {
        one.payload["pts"]: PlayedKeyframe(
            time_s=one.payload["time_s"],
            frame=frames.before(one.payload.get("frame", 0), one.payload["pts"]),
            shot=one.payload["shot"],
            sha256=one.sha256,
            content=_shielded(shelf, one, sketches.get(one.sha256), blurs.get(one.sha256)),
        )
        for one in shelf.all("keyframe", original)
        if one.sha256 and one.step_key == analysed.step_key
    }
    repeated = {
        one["pts"]: pictured[one["same_as"]["pts"]].model_copy(
            update={
                **{name: one[name] for name in ("time_s", "shot")},
                "frame": frames.before(one["frame"], one["pts"]),
                "same_as_s": one["same_as"]["time_s"],
            }
        )
        for one in told_of(blobs, analysed, "keyframes")
        if one.get("same_as", {}).get("pts") in pictured
    }
    return [one for _, one in sorted({**repeated, **pictured}.items())]


def first_look(shelf: Shelf, original: str) -> FirstLook | None:
    """The newest first look at an original, or None: not yet, or no longer, since its shots are known."""
    row = shelf.newest("arrival", original)
    if row is None or shelf.newest("shots", original) is not None:
        return None
    told = {name: row.payload[name] for name in ("looked", "key_frames", "damaged")}
    return FirstLook(stills=sprite(shelf, original, "first_stills") if told["looked"] == "seen" else None, **told)


def sprite(shelf: Shelf, original: str, kind: str = "sprite") -> Sprite | None:
    """The newest small pictures of a kind, or None where none were made."""
    row = shelf.newest(kind, original)
    if row is None or row.sha256 is None:
        return None
    sketch, blur = (shelf.newest(f"{kind}_{shield}", original) for shield in ("sketch", "blur"))
    return Sprite(
        content=_shielded(shelf, row, sketch, blur),
        **{name: row.payload[name] for name in ("columns", "rows", "tile_width", "tile_height", "times_s")},
    )


def waveform(shelf: Shelf, original: str) -> Waveform | None:
    """The newest peaks of the sound, or None where there are none."""
    row = shelf.newest("waveform", original)
    address = shelf.address(row)
    return Waveform(content=address, buckets=row.payload["buckets"]) if row and address else None


def _shielded(shelf: Shelf, clear: Holding, sketch: Holding | None, blur: Holding | None) -> Shielded:
    return Shielded(clear=shelf.address(clear) or "", sketch=shelf.address(sketch), blur=shelf.address(blur))
