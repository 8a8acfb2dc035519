"""One decode pass: pictures in presentation order at their exact times, and the gaps met on the way."""

import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

import av.error
from av.codec.context import ThreadType
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from storage.domain.mediatime import MediaTime
from workers.analysis.container import MAX_PIXELS, open_media
from workers.analysis.probe import Probe, StreamFacts, packets_of
from workers.analysis.timeline import Timeline, Timestamps

_SEEK_BACK_S = (Fraction(0), Fraction(2), Fraction(10))
_FAULTS_KEPT = 200
_KEYS_APART_S = Fraction(1, 2)
# A packet of these is one picture, in containers that keep them so; elsewhere some packets are meant to show none.
_ONE_EACH = frozenset({("mov", "h264"), ("mov", "hevc"), ("matroska", "h264"), ("matroska", "hevc")})


class Level(StrEnum):
    """How much of a stream is decoded; only FULL gives every frame, and pictures fit for evidence."""

    FULL = "full"
    REFERENCES = "references"
    KEYS = "keys"


class Doubtful(Exception):
    """Frames were left out, and now neither their numbers nor the damage between them can be told: decode them all."""


_SKIPPABLE = frozenset({"h264", "hevc"})
"""Codecs of which every packet gives one picture, and FFmpeg leaves out those that no other is built upon."""


def quick_level(probe: Probe) -> Level:
    """REFERENCES where that saves work and every frame keeps its number; FULL for everything else."""
    if probe.video is None or probe.timeline is None or probe.read_errors or probe.torn:
        return Level.FULL
    is_fit = probe.video.codec in _SKIPPABLE and probe.timeline.is_reordered
    return Level.REFERENCES if is_fit else Level.FULL


class GapKind(StrEnum):
    """Why the picture, or the sound, is not whole over a span."""

    UNDECODABLE = "undecodable"
    DAMAGED = "damaged"
    TIME_JUMP = "time_jump"
    CUT_SHORT = "cut_short"
    SOUND_MISSING = "sound_missing"


@dataclass(frozen=True, slots=True)
class Gap:
    """A span [start, end) whose pictures or sound are missing or damaged; `frames`: how many, as far as is known."""

    kind: GapKind
    start: MediaTime
    end: MediaTime
    frames: int


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of a reader or a decoder, in its own words, met after what is shown or heard at `after`."""

    stream: str
    after: MediaTime | None
    what: str


@dataclass(slots=True)
class Faults:
    """The errors met in one file: all are counted, and the first of them kept in their own words."""

    count: int = 0
    first: list[Fault] = field(default_factory=list)

    def add(self, stream: str, after: MediaTime | None, error: av.error.FFmpegError) -> None:
        self.count += 1
        if len(self.first) < _FAULTS_KEPT:
            self.first.append(Fault(stream, after, error.strerror or type(error).__name__))


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded picture at its place: `index` counts in presentation order from 0, lost frames included.

    `is_damaged`: there was an error in it, or in one it may be built upon since the last key frame.
    `coded_height`: how many lines were decoded for it, of which the picture may show few.
    """

    index: int
    time: MediaTime
    is_key: bool
    is_damaged: bool
    picture: VideoFrame
    coded_height: int


@dataclass(slots=True)
class Decoding:
    """The pictures of a probed file, once through; `gaps`, `frames` and `seconds` are complete when it is exhausted.

    Packets are decoded one by one, so that an error costs its own pictures only, and stands in `faults`. A packet that
    yields no picture where nothing was damaged (a hidden reference frame, say) is not counted; one that was lost is,
    and leaves a gap.
    Only one picture is held at a time.

    At the level KEYS packets of other pictures do not reach the decoder, for some (VP9) would decode them all the same;
    of key frames within half a second the first is decoded alone, for in some codecs every picture is one.

    Raises: Doubtful, where frames are left out, as soon as a time is met that no packet has; at REFERENCES also damage.
    """

    probe: Probe
    level: Level = Level.FULL
    faults: Faults = field(default_factory=Faults)
    gaps: list[Gap] = field(default_factory=list)
    frames: int = 0
    decoded: int = 0
    seconds: float = 0.0
    _position: int = -1
    _hurt: bool = False
    _smeared: bool = False
    _last_key: Fraction | None = None

    def counted(self, kind: GapKind) -> int:
        """How many pictures are in gaps of a kind."""
        return sum(gap.frames for gap in self.gaps if gap.kind is kind)

    def __iter__(self) -> Iterator[Frame]:
        timeline = self.probe.timeline
        if self.probe.video is None or timeline is None:
            return
        with opened(self.probe, self.probe.video, self.level) as (container, stream):
            pictures = self._pictures(container, stream)
            ticks = timeline.ticks.data  # its items are Python's own numbers: quicker asked one by one
            while True:
                started = time.perf_counter()
                picture = next(pictures, None)
                self.seconds += time.perf_counter() - started
                if picture is None:
                    break
                yield self._placed(picture, timeline, ticks, stream.codec_context.coded_height)
        self._finish(timeline)

    def _pictures(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        for packet in packets_of(container, [stream]):
            if isinstance(packet, av.error.FFmpegError):
                self._meet(packet)
                continue
            if self.level is Level.KEYS and packet.size and not self._is_wanted(packet):
                continue
            try:
                pictures = packet.decode()
            except av.error.EOFError:
                continue
            except av.error.FFmpegError as error:
                self._meet(error)
                continue
            yield from (picture for picture in pictures if isinstance(picture, VideoFrame))
        if self._hurt:
            yield from _flushed(stream)

    def _is_wanted(self, packet: "Packet[Any]") -> bool:
        """Whether a packet is a key frame, and far enough from the last that was decoded."""
        if not packet.is_keyframe:
            return False
        at = packet.pts * packet.time_base if packet.pts is not None and packet.time_base else None
        if at is not None and self._last_key is not None and 0 <= at - self._last_key < _KEYS_APART_S:
            return False
        self._last_key = at
        return True

    def _meet(self, error: av.error.FFmpegError) -> None:
        self._hurt = True
        timeline, position = self.probe.timeline, self._position
        after = timeline.at(min(position, len(timeline.ticks) - 1)) if timeline and position >= 0 else None
        self.faults.add("video", after, error)

    @property
    def _is_lossy(self) -> bool:
        """Whether packets without a picture are lost pictures: after damage, and where each packet is one."""
        codec = self.probe.video.codec if self.probe.video else None
        return self._hurt or (self.probe.container, codec) in _ONE_EACH

    def _placed(self, picture: VideoFrame, timeline: Timeline, ticks: "memoryview[int]", coded_height: int) -> Frame:
        position = self._position + 1
        if timeline.timestamps is Timestamps.CONTAINER and picture.pts is not None:
            position = max(position, bisect_left(ticks, picture.pts, min(position, len(ticks))))
        skipped = position - self._position - 1
        at = self._time(picture, timeline, position)
        if skipped and self.level is not Level.FULL:
            self.frames += skipped
        elif skipped and self._is_lossy:
            self.frames += skipped
            self.gaps.append(Gap(GapKind.UNDECODABLE, timeline.at(self._position + 1), at, skipped))
        if picture.key_frame:
            self._hurt = self._smeared = False
        if picture.is_corrupt:
            self._smeared = True
            self.gaps.append(Gap(GapKind.DAMAGED, at, MediaTime(at.pts + timeline.step, at.time_base), 1))
        self._position = position
        is_damaged = self._smeared or self._hurt
        is_known = position < len(ticks) and ticks[position] == picture.pts
        if self.level is not Level.FULL and not is_known:
            raise Doubtful
        if self.level is Level.REFERENCES and is_damaged:
            raise Doubtful
        frame = Frame(self.frames, at, bool(picture.key_frame), is_damaged, picture, coded_height)
        self.frames += 1
        self.decoded += 1
        return frame

    @staticmethod
    def _time(picture: VideoFrame, timeline: Timeline, position: int) -> MediaTime:
        if timeline.timestamps is Timestamps.DERIVED:
            return MediaTime(position, timeline.time_base)
        if picture.pts is not None:
            return MediaTime(picture.pts, timeline.time_base)
        return timeline.at(min(position, len(timeline.ticks) - 1))

    def _finish(self, timeline: Timeline) -> None:
        lost = len(timeline.ticks) - 1 - self._position
        if self.level is Level.REFERENCES and self._hurt:
            raise Doubtful
        if self.level is not Level.FULL:
            self.frames += max(0, lost)
        elif lost > 0 and self._is_lossy:
            self.gaps.append(Gap(GapKind.UNDECODABLE, timeline.at(self._position + 1), timeline.end, lost))
            self.frames += lost


@contextmanager
def opened(probe: Probe, video: StreamFacts, level: Level) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The file of `probe` opened again, and its stream `video` made ready to be decoded at `level`."""
    with open_media(probe.path, is_probed=probe.is_enough_to_reopen) as container:
        stream = container.streams[video.index]
        if not isinstance(stream, VideoStream):
            msg = (
                f"stream {video.index} of {probe.path} was of pictures when it was probed, and is of {stream.type} now"
            )
            raise TypeError(msg)
        if probe.is_enough_to_reopen:
            stream.codec_context.reorder_depth = video.reorder_depth
        _configure(stream, level)
        yield container, stream


def _configure(stream: VideoStream, level: Level) -> None:
    """One thread (files are worked on side by side instead) and the level's share of the work.

    Source: FFmpeg `skip_frame`, `skip_loop_filter`; a decoder that knows neither decodes in full.
    """
    stream.thread_type = ThreadType.NONE
    stream.thread_count = 1
    options = {"max_pixels": str(MAX_PIXELS)}
    if level is not Level.FULL:
        stream.codec_context.skip_frame = "NONREF" if level is Level.REFERENCES else "NONKEY"
        options["skip_loop_filter"] = "all"
    stream.codec_context.options = options


def before(container: InputContainer, stream: VideoStream, pts: int, time_base: Fraction) -> Iterator[None]:
    """Seek to the key frame before `pts`, in ticks of `time_base`, farther back at each turn; ends where none can be.

    The nearest is not always enough: an index may name a key frame from which the picture asked for is not reached.
    """
    for back_s in _SEEK_BACK_S:
        try:
            container.seek(pts - int(back_s / time_base), stream=stream)
        except av.error.FFmpegError:
            return
        yield


def _flushed(stream: VideoStream) -> list[VideoFrame]:
    """The pictures still waiting in the decoder when a damaged file ended without its end mark."""
    try:
        return stream.codec_context.decode(None)
    except av.error.FFmpegError:
        return []
