"""What a media file says of itself before anything is decoded: streams, sizes, orientation, every presentation time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.audio.codeccontext import AudioCodecContext
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.codeccontext import VideoCodecContext

from storage.errors import Rejected
from workers.analysis.container import MAX_PIXELS, MAX_SIDE, MAX_STREAMS, open_media
from workers.analysis.isomedia import declared_duration_s
from workers.analysis.orientation import Orientation, orientation_of
from workers.analysis.timeline import PacketTimes, Timeline, timeline_of
from workers.analysis.wholeness import torn

MAX_DURATION_S = 31 * 86_400
_BARE_STREAMS = frozenset({"h264", "hevc", "m4v", "mpegvideo", "yuv4mpegpipe"})
_TELLING = frozenset({"mov", "matroska"})
_FIRST_PICTURE_PACKETS = 64
_READ_FAILURES = 8
_NOT_MOVING = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """One stream as its header declares it; `width` and `height` are as stored, before rotation.

    `reorder_depth`: how many pictures its decoder waits for, to bring them into the order of their times.
    """

    index: int
    kind: str
    codec: str | None
    time_base: Fraction
    declared_duration_s: float | None
    is_attached_picture: bool
    is_default: bool
    width: int = 0
    height: int = 0
    pixel_format: str | None = None
    sample_aspect: Fraction = Fraction(1)
    declared_rate: Fraction | None = None
    declared_frames: int = 0
    reorder_depth: int = 0
    sample_rate: int = 0
    channels: int = 0


@dataclass(frozen=True, slots=True)
class Probe:
    """Everything known of a file without decoding more than its first picture.

    `torn` says why the file is not whole by its own structure, or is empty.
    """

    path: Path
    container: str
    streams: tuple[StreamFacts, ...]
    declared_duration_s: float | None
    measured_end_s: float
    orientation: Orientation
    video: StreamFacts | None
    audio: StreamFacts | None
    timeline: Timeline | None
    read_errors: int
    torn: str

    @property
    def is_enough_to_reopen(self) -> bool:
        """Whether the file can be opened again without decoding what tells of its streams: FFmpeg decodes up to twenty
        pictures of H.264 for that, and of others one. Elsewhere than in these containers the header tells too little.
        """
        return self.container in _TELLING and self.video is not None and self.video.codec == "h264"

    @property
    def displayed_size(self) -> tuple[int, int]:
        """(width, height) in stored points after rotation; (0, 0) without a picture."""
        if self.video is None:
            return 0, 0
        size = self.video.width, self.video.height
        return (size[1], size[0]) if self.orientation.rotation_deg % 180 else size


def probe(path: Path) -> Probe:
    """Read headers and walk all packets of `path` once; only the first picture is decoded, for its orientation.

    Raises: Rejected, code `not_media`, `too_large` (before anything is decoded) or `unreadable`.
    """
    with open_media(path) as container:
        streams = tuple(_facts(stream) for stream in container.streams)
        _refuse_too_large(path, container, streams)
        video = next((s for s in streams if s.kind == "video" and s.codec and not s.is_attached_picture), None)
        audio = next((s for s in streams if s.kind == "audio" and s.codec), None)
        if video is None and audio is None:
            raise Rejected("There is neither a video nor a sound stream we can read in this file.", code="not_media")
        walk = _Walk(container, container.streams[video.index] if video else None)
        walk.run()
        declared_s = _seconds(container.duration, Fraction(1, av.time_base))
        timeline = _timeline(walk.times, video, declared_s, container.format.name) if video else None
        if timeline is None and audio is None:
            raise Rejected("The file has a header, but not one packet of video can be read.", code="unreadable")
        return Probe(
            path=path,
            container=container.format.name,
            streams=streams,
            declared_duration_s=declared_s,
            measured_end_s=walk.end_s,
            orientation=walk.orientation,
            video=video if timeline else None,
            audio=audio,
            timeline=timeline,
            read_errors=walk.read_errors,
            torn=torn(path, container.format.name),
        )


def _timeline(times: PacketTimes, video: StreamFacts, declared_s: float | None, demuxer: str) -> Timeline | None:
    is_bare = demuxer in _BARE_STREAMS
    return timeline_of(times, video.time_base, video.declared_rate, is_bare=is_bare, declared_s=declared_s)


def packets_of(container: InputContainer, streams: Iterable[Stream]) -> Iterator["Packet[Any] | av.error.FFmpegError"]:
    """All packets of `streams` in file order, and in their place the errors met; a damaged file goes on after one.

    The empty packets by which PyAV ends a stream come too: decoding them brings out the last pictures.
    """
    chosen, failures, surprises = tuple(streams), 0, 0
    packets = container.demux(chosen)
    while failures < _READ_FAILURES and surprises <= MAX_STREAMS:
        try:
            yield next(packets)
        except StopIteration:
            return
        except av.error.FFmpegError as error:
            failures += 1
            yield error
            packets = container.demux(chosen)
        except IndexError:
            # A packet of a stream that no header named: PyAV does not know it, and must be told to count again.
            surprises += 1
            packets = container.demux(chosen)


@dataclass(slots=True)
class _Walk:
    """One pass over the packets of a file."""

    container: InputContainer
    video: Stream | None
    times: PacketTimes = field(default_factory=PacketTimes)
    orientation: Orientation = field(default_factory=Orientation)
    read_errors: int = 0
    _ends: dict[int, int] = field(default_factory=dict)
    _unseen: int = _FIRST_PICTURE_PACKETS

    @property
    def end_s(self) -> float:
        """Where the last packet of any stream ends, in seconds; 0 where nothing tells."""
        bases = {stream: self.container.streams[stream].time_base for stream in self._ends}
        return max((float(end * base) for stream, end in self._ends.items() if (base := bases[stream])), default=0.0)

    def run(self) -> None:
        for packet in packets_of(self.container, self.container.streams):
            if isinstance(packet, av.error.FFmpegError):
                self.read_errors += 1
                continue
            if self.video is not None and packet.stream_index == self.video.index:
                self._video_packet(packet)
            if packet.pts is not None:
                stream, end = packet.stream_index, packet.pts + (packet.duration or 0)
                self._ends[stream] = max(self._ends.get(stream, 0), end)

    def _video_packet(self, packet: "Packet[Any]") -> None:
        if self._unseen > 0:
            self._look(packet)
        if not packet.size or packet.is_discard:
            return
        self.times.add(packet.pts, packet.dts, packet.duration, is_key=packet.is_keyframe)

    def _look(self, packet: "Packet[Any]") -> None:
        """Decode until there is one picture: FFmpeg hands out the display matrix with pictures only."""
        self._unseen -= 1
        try:
            pictures = packet.decode()
        except av.error.FFmpegError:
            return
        if pictures:
            self.orientation, self._unseen = orientation_of(pictures[0]), 0


def _facts(stream: Stream) -> StreamFacts:
    coder = stream.codec_context
    time_base = stream.time_base or Fraction(1, av.time_base)
    facts = StreamFacts(
        index=stream.index,
        kind=stream.type,
        codec=coder.codec.canonical_name if coder else None,
        time_base=time_base,
        declared_duration_s=_seconds(stream.duration, time_base),
        is_attached_picture=bool(stream.disposition & _NOT_MOVING),
        is_default=bool(stream.disposition & Disposition.default),
        declared_frames=stream.frames,
    )
    if isinstance(coder, VideoCodecContext):
        return replace(
            facts,
            width=coder.width,
            height=coder.height,
            pixel_format=coder.pix_fmt,
            sample_aspect=coder.sample_aspect_ratio or Fraction(1),
            declared_rate=stream.guessed_rate or stream.average_rate,
            reorder_depth=coder.reorder_depth,
        )
    if isinstance(coder, AudioCodecContext):
        return replace(facts, sample_rate=coder.sample_rate or 0, channels=coder.channels or 0)
    return facts


def _seconds(ticks: int | None, time_base: Fraction) -> float | None:
    return None if ticks is None else float(ticks * time_base)


def _refuse_too_large(path: Path, container: InputContainer, streams: tuple[StreamFacts, ...]) -> None:
    if len(streams) > MAX_STREAMS:
        raise Rejected(f"The file has {len(streams)} streams; at most {MAX_STREAMS} are taken.", code="too_large")
    for stream in streams:
        if stream.width * stream.height > MAX_PIXELS or max(stream.width, stream.height) >= MAX_SIDE:
            sentence = f"The file declares a picture of {stream.width}x{stream.height} points, more than we take on."
            raise Rejected(sentence, code="too_large")
    durations = [_seconds(container.duration, Fraction(1, av.time_base)), *(s.declared_duration_s for s in streams)]
    durations.append(declared_duration_s(path))
    longest = max((seconds for seconds in durations if seconds is not None), default=0.0)
    if longest > MAX_DURATION_S:
        sentence = (
            f"The file declares to last {longest / 86_400:.0f} days; at most {MAX_DURATION_S // 86_400} are taken."
        )
        raise Rejected(sentence, code="too_large")
