"""Sharp keyframes of the shots: candidates scored in the decode pass, the chosen ones decoded again in full."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av.error
import cv2
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from workers.analysis import choosing
from workers.analysis.choosing import Choice, Scored
from workers.analysis.decode import Decoding, Frame, Level, before, opened
from workers.analysis.holding import Held
from workers.analysis.jpeg import Jpeg, write_jpeg
from workers.analysis.pdq import WHOLE, Part, hashes_of, qualities_of
from workers.analysis.picture import displayable
from workers.analysis.probe import Probe
from workers.analysis.shield import Shield, narrowed, shielded
from workers.analysis.sink import About, Need
from workers.analysis.timeline import Timestamps
from workers.copies.hashes import BYTES

_LOWER: Part = (0.0, 2 / 3, 1.0, 1.0)
_EVERY_S = Fraction(1, 4)
_TOGETHER = 16
"""So many candidates are hashed together; until then their small pictures are kept."""

_JPEG_QUALITY = 92
_DARK, _BRIGHT = 20, 240
_KEY_BONUS, _FAR_COST, _FAR_FRAMES = 1.1, 0.2, 60
_DAMAGED = 0.1


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A chosen frame and its picture: a JPEG file in display orientation, and its shielded copies."""

    choice: Choice
    number: int
    picture: Jpeg
    shields: Mapping[Shield, Jpeg]


@dataclass(slots=True)
class Candidates:
    """Scores a frame every quarter of a second, and every key frame: 89 bytes each, and some pictures in `held`."""

    held: Held | None = None
    _frames: "array[int]" = field(default_factory=lambda: array("q"))
    _ticks: "array[int]" = field(default_factory=lambda: array("q"))
    _scores: "array[float]" = field(default_factory=lambda: array("d"))
    _waiting: list[NDArray[np.uint8]] = field(default_factory=list)
    _hashes: bytearray = field(default_factory=bytearray)
    _qualities: bytearray = field(default_factory=bytearray)
    _last_key: int = 0

    need = Need(320, 0, every=_EVERY_S, with_keys=True)

    @property
    def about(self) -> About:
        return About(
            "keyframes", "2", {**choosing.PARAMETERS, "every_s": float(_EVERY_S), "jpeg_quality": _JPEG_QUALITY}
        )

    def feed(self, frame: Frame, planes: NDArray[np.uint8]) -> None:
        if self.held is not None:
            self.held.offer(frame)
        if frame.is_key:
            self._last_key = frame.index
        # A key frame is coded best and is cheap to reach; one long after it costs the decoding of all in between.
        distance = min(1.0, (frame.index - self._last_key) / _FAR_FRAMES)
        favour = _KEY_BONUS if frame.is_key else 1 - _FAR_COST * distance
        if frame.is_damaged:
            favour *= _DAMAGED
        self._frames.append(frame.index)
        self._ticks.append(frame.time.pts)
        self._scores.append(score(planes[0]) * favour)
        if self._waiting and (len(self._waiting) >= _TOGETHER or self._waiting[0].shape != planes[0].shape):
            self._hash()
        self._waiting.append(planes[0])

    def finish(self) -> Mapping[str, Any]:
        self._hash()
        return {}

    def _hash(self) -> None:
        """Hash what waits, and let it go."""
        if self._waiting:
            pictures = np.stack(self._waiting)
            self._hashes += hashes_of(pictures, (WHOLE, _LOWER)).transpose(1, 0, 2).tobytes()
            self._qualities += qualities_of(pictures)[0].tobytes()
            self._waiting.clear()

    def scored(self) -> Scored:
        """All of them, to choose from, once the pass is over."""
        hashes = np.frombuffer(bytes(self._hashes), np.uint8).reshape(-1, 2, BYTES)
        return Scored(
            np.asarray(self._frames, np.int64),
            np.asarray(self._ticks, np.int64),
            np.asarray(self._scores),
            hashes[:, 0],
            hashes[:, 1],
            np.frombuffer(bytes(self._qualities), np.uint8),
        )


def score(luma: NDArray[np.uint8]) -> float:
    """How well a picture shows what there is: sharp, full of tones, neither burnt out nor black.

    log(1 + variance of the Laplacian) x entropy of the histogram in bits x share of points that are not clipped.
    Source: Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy" (variance of the Laplacian).
    """
    sharpness = float(cv2.meanStdDev(cv2.Laplacian(luma, cv2.CV_16S))[1][0, 0]) ** 2
    tones = cv2.calcHist([luma], [0], None, [64], [0, 256]).ravel() / luma.size
    present = tones[tones > 0]
    entropy = float(-(present * np.log2(present)).sum())
    clipped = float(tones[: _DARK // 4].sum() + tones[_BRIGHT // 4 :].sum())
    return float(np.log1p(sharpness)) * entropy * (1 - clipped)


def written(
    probe: Probe,
    choices: Sequence[Choice],
    out: Path,
    on_each: Callable[[int], None] = lambda count: None,
    *,
    level: Level = Level.FULL,
    held: Mapping[int, VideoFrame] = MappingProxyType({}),
    shields: Sequence[Shield] = (),
) -> list[Keyframe]:
    """Write every chosen frame in full quality as `keyframe-NNNN.jpg` (NNNN: its number) into `out`.

    Those not `held`, by the number of the frame, are decoded again.
    What shows the same as an earlier one is not written again.
    `level`: that at which they were decoded when they were chosen; what could be left out then is left out again on the
    way to them, which no picture shows.
    `shields`: a small shielded copy of each kind is written beside it, as `keyframe-NNNN-KIND.jpg`.
    Only a picture with exactly the chosen time is written: a frame that cannot be reached again has no keyframe.
    """
    keyframes = []
    own = [choice for choice in choices if choice.same_as is None]
    numbers = {choice.frame: number for number, choice in enumerate(own)}
    at_hand = [(choice, held[choice.frame]) for choice in own if choice.frame in held]
    others = [choice for choice in own if choice.frame not in held]
    for choice, picture in chain(at_hand, _visited(probe, others, level)):
        number = numbers[choice.frame]
        aspect = probe.video.sample_aspect if probe.video else Fraction(1)
        shown = displayable(picture, probe.orientation, aspect)
        name = f"keyframe-{number:04d}"
        small = narrowed(shown) if shields else shown
        copies = {how: write_jpeg(shielded(small, how), out, f"{name}-{how}.jpg") for how in shields}
        keyframes.append(Keyframe(choice, number, write_jpeg(shown, out, f"{name}.jpg", _JPEG_QUALITY), copies))
        on_each(len(keyframes))
    return sorted(keyframes, key=lambda keyframe: keyframe.number)


def _visited(probe: Probe, choices: Sequence[Choice], level: Level) -> Iterator[tuple[Choice, VideoFrame]]:
    """The pictures of the choices: by seeking where the container has times; those not found so, by counting frames."""
    missing = {choice.frame: choice for choice in choices}
    if missing and probe.timeline and probe.timeline.timestamps is Timestamps.CONTAINER:
        for choice, picture in _sought(probe, choices, level):
            del missing[choice.frame]
            yield choice, picture
    if missing:
        last = max(missing)
        for frame in Decoding(probe):
            if frame.index in missing:
                yield missing[frame.index], frame.picture
            if frame.index >= last:
                break


def _sought(probe: Probe, choices: Sequence[Choice], level: Level) -> Iterator[tuple[Choice, VideoFrame]]:
    if probe.video is None:
        return
    with opened(probe, probe.video, Level.FULL) as (container, stream):
        for choice in choices:
            for _ in before(container, stream, choice.time.pts, choice.time.time_base):
                picture = _exactly(_towards(container, stream, choice.time.pts, level), choice.time.pts)
                if picture is not None:
                    yield choice, picture
                    break


def _towards(container: InputContainer, stream: VideoStream, pts: int, level: Level) -> Iterator[VideoFrame]:
    """The pictures from where the container stands: those that any other is built upon until `pts` is met, then all."""
    is_met = level is not Level.REFERENCES
    for packet in container.demux(stream):
        if level is Level.REFERENCES:
            is_met = is_met or packet.pts == pts
            stream.codec_context.skip_frame = "DEFAULT" if is_met else "NONREF"
        yield from (picture for picture in packet.decode() if isinstance(picture, VideoFrame))


def _exactly(pictures: Iterator[VideoFrame], pts: int) -> VideoFrame | None:
    try:
        for picture in pictures:
            if picture.pts is None or picture.pts > pts:
                return None
            if picture.pts == pts:
                return picture
    except av.error.FFmpegError:
        return None
    return None
