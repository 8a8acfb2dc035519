"""Whether a browser can stop at every frame of a file as it is, exactly and soon; what stands in the way if not.

Every rule stands for something that was tried in Chromium: `tests/e2e/test_frame_truth.py` tries it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from workers.analysis.decode import Gap, GapKind
from workers.analysis.isomedia import structure
from workers.analysis.moments import Moments
from workers.analysis.probe import Probe
from workers.analysis.timeline import Timeline, Timestamps

_HEAD_BYTES = 4096
_PICTURES = {"mp4": frozenset({"h264", "vp9", "av1"}), "webm": frozenset({"vp8", "vp9", "av1"})}
_SOUNDS = {"mp4": frozenset({"aac", "mp3", "opus", "flac"}), "webm": frozenset({"opus", "vorbis"})}
_TURNING = frozenset({"mp4", "quicktime"})
_EIGHT_BIT = frozenset({"yuv420p", "yuvj420p"})
_LONGEST_SIDE = 1920
_REACH_POINTS, _REACH_FRAMES = 125_000_000, 300
_MISSING = frozenset({GapKind.UNDECODABLE, GapKind.DAMAGED, GapKind.CUT_SHORT})


class Obstacle(StrEnum):
    """Why a browser cannot be given a file as it is."""

    CONTAINER = "container"
    FRAGMENTS = "fragments"
    SOUND = "sound"
    STREAMS = "streams"
    EDITS = "edits"
    CODEC = "codec"
    POINTS = "points"
    TIMES = "times"
    SPARSE_KEYS = "sparse_keys"
    SIZE = "size"
    TURNED = "turned"
    DAMAGE = "damage"
    CHANGES = "changes"


_WRAPPING = frozenset({Obstacle.CONTAINER, Obstacle.FRAGMENTS, Obstacle.SOUND, Obstacle.STREAMS})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the decision rests on.

    `container` is `mp4`, `webm`, or any other name. `farthest` counts the frames from a key frame to the farthest that
    needs it. `is_whole`: not one packet or picture is lost or damaged, and each packet gave one picture.
    """

    container: str
    is_fragmented: bool
    edits: int
    pictures: int
    codec: str | None
    pixel_format: str | None
    sounds: frozenset[str]
    has_own_times: bool
    starts_before_zero: bool
    farthest: int
    width: int
    height: int
    is_turned: bool
    is_whole: bool
    is_uniform: bool


def obstacles(facts: Facts) -> tuple[Obstacle, ...]:
    """What keeps a browser from stepping the file exactly; none: it is played as it is.

    Exactly: the n-th stop of the player is the n-th picture our decoder gives, at the same microsecond. Chromium was
    exact for every MP4 and WebM with times of its own, also with B-frames, sparse key frames, a late start, variable
    rate, rotation in the MP4 display matrix and oblong points. It was one frame off at the fragments of a fragmented
    MP4 with B-frames. Rotation in WebM, several edits and QuickTime are left out because browsers differ there.
    Soon: to reach a frame, a browser decodes all since the key frame before; so many points are allowed on the way.
    """
    found = {
        Obstacle.CONTAINER: facts.container not in _PICTURES,
        Obstacle.FRAGMENTS: facts.is_fragmented,
        Obstacle.SOUND: not facts.sounds <= _SOUNDS.get(facts.container, _SOUNDS["mp4"]),
        Obstacle.STREAMS: facts.pictures != 1,
        Obstacle.EDITS: facts.edits > 1,
        Obstacle.CODEC: facts.codec not in _PICTURES.get(facts.container, _PICTURES["mp4"]),
        Obstacle.POINTS: facts.pixel_format not in _EIGHT_BIT,
        Obstacle.TIMES: not facts.has_own_times or facts.starts_before_zero,
        Obstacle.SPARSE_KEYS: facts.farthest > _REACH_FRAMES
        or facts.farthest * facts.width * facts.height > _REACH_POINTS,
        Obstacle.SIZE: max(facts.width, facts.height) > _LONGEST_SIDE,
        Obstacle.TURNED: facts.is_turned and facts.container not in _TURNING,
        Obstacle.DAMAGE: not facts.is_whole,
        Obstacle.CHANGES: not facts.is_uniform,
    }
    return tuple(obstacle for obstacle, stands in found.items() if stands)


def is_steppable(facts: Facts) -> bool:
    """Whether a browser can stop at every frame of the file as it is."""
    return not obstacles(facts)


def can_be_rewrapped(found: Sequence[Obstacle]) -> bool:
    """Whether the coded pictures will do, and only what is around them must change."""
    return set(found) <= _WRAPPING


def facts_of(probe: Probe, timeline: Timeline, moments: Moments, gaps: Sequence[Gap]) -> Facts:
    """The facts of a file that was decoded once."""
    video = probe.video
    layout = structure(probe.path) if _family(probe) == "mov" else None
    shown = len(moments.ticks)
    missing = any(gap.kind in _MISSING for gap in gaps) or probe.read_errors or moments.is_damaged
    return Facts(
        container=_container(probe),
        is_fragmented=layout is not None and layout.is_fragmented,
        edits=layout.edits if layout else 0,
        pictures=sum(one.kind == "video" and not one.is_attached_picture for one in probe.streams),
        codec=video.codec if video else None,
        pixel_format=video.pixel_format if video else None,
        sounds=frozenset(one.codec or "" for one in probe.streams if one.kind == "audio"),
        has_own_times=timeline.timestamps is Timestamps.CONTAINER,
        starts_before_zero=timeline.start.pts < 0,
        farthest=moments.farthest,
        width=video.width if video else 0,
        height=video.height if video else 0,
        is_turned=bool(probe.orientation.rotation_deg or probe.orientation.is_mirrored),
        is_whole=not missing and moments.begins_with_key and shown == len(timeline.ticks),
        is_uniform=moments.is_uniform,
    )


def _container(probe: Probe) -> str:
    """MP4 or WebM by the file's own mark, else FFmpeg's name: QuickTime and Matroska play in some browsers only."""
    with probe.path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if _family(probe) == "mov":
        return "quicktime" if head[4:8] != b"ftyp" or head[8:12] == b"qt  " else "mp4"
    if _family(probe) == "matroska":
        return "webm" if b"webm" in head[:64] else "matroska"
    return probe.container


def _family(probe: Probe) -> str:
    """FFmpeg names a demuxer by all the containers it reads; the first stands for them."""
    return probe.container.split(",")[0]
