"""The pictures of a review copy: coded anew at their own times, or taken over as they are coded."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av.error
import numpy as np
from av.container import OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from workers.analysis.container import open_media
from workers.analysis.decode import Decoding
from workers.analysis.moments import microseconds
from workers.analysis.picture import square_size
from workers.analysis.probe import Probe, packets_of
from workers.analysis.tones import cube_of, curve_of
from workers.analysis.veil import Veil

KEY_EVERY = 12
LONGEST_SIDE = 1280
_OPTIONS = {"preset": "veryfast", "crf": "23", "bf": "0", "sc_threshold": "0"}
_TURNS = {90: ("transpose=cclock",), -90: ("transpose=clock",), 180: ("hflip", "vflip"), -180: ("hflip", "vflip")}
_BT709, _UNSTATED, _BT601 = 1, 2, 6
_MATRICES = {1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020"}
_LIMITED = 1
_HIGH_DEFINITION_ROWS = 720
_FASTEST = 240


class Untrue(RuntimeError):
    """The copy does not show the frames of its original at their times: it must not be used."""


@dataclass(slots=True)
class Encoder:
    """Codes every picture that decodes anew into `output`; one that does not is not there, and nothing stands for it.

    Pictures are turned upright, made square and 8-bit, and what `veil` covers is painted over; their times are kept to
    the tick, counted from `zero`.
    """

    probe: Probe
    output: OutputContainer
    zero: Fraction
    scale: int
    veil: Veil | None = None
    _stream: VideoStream = field(init=False)
    _size: tuple[int, int] = field(init=False)
    _graph: Graph | None = None
    _space: int = _BT709
    _form: tuple[int, int, str, int, int, int] | None = None
    is_tone_mapped: bool = False
    _ticks: "array[int]" = field(default_factory=lambda: array("q"))

    def __post_init__(self) -> None:
        self._size = _copied_size(self.probe)
        rate = self.probe.timeline.rate if self.probe.timeline else Fraction(25)
        whole = min(max(rate, Fraction(1)), Fraction(_FASTEST)).limit_denominator(1001)
        stream = self.output.add_stream("libx264", rate=whole, options=_OPTIONS)
        if not isinstance(stream, VideoStream):
            raise TypeError("libx264 is no coder of pictures here")
        stream.width, stream.height = self._size
        stream.pix_fmt = "yuv420p"
        stream.gop_size = KEY_EVERY
        stream.codec_context.max_b_frames = 0
        stream.codec_context.time_base = stream.time_base = Fraction(1, self.scale)
        stream.codec_context.thread_count = 1
        stream.codec_context.color_range = _LIMITED
        self._stream = stream

    def packets(self) -> Iterator["Packet[Any]"]:
        """The coded pictures in the order they were taken."""
        last: int | None = None
        time_base = Fraction(1)
        for frame in Decoding(self.probe):
            if last is not None and frame.time.pts <= last:
                continue
            last, time_base = frame.time.pts, frame.time.time_base
            self._ticks.append(last)
            picture = self._shown(frame.picture)
            if self.veil is not None:
                picture = self.veil.over(picture, last)
            picture.pts = round((last * time_base - self.zero) * self.scale)
            picture.time_base = Fraction(1, self.scale)
            yield from self._timed(self._stream.encode(picture))
        yield from self._timed(self._stream.encode(None))

    def times_us(self) -> list[int]:
        """Microseconds since the first picture."""
        base = self.probe.timeline.time_base if self.probe.timeline else Fraction(1)
        return microseconds(np.asarray(self._ticks, np.int64), base)

    def _timed(self, packets: list["Packet[Any]"]) -> Iterator["Packet[Any]"]:
        """Each packet lasts as long as is usual, which counts for the last one only."""
        timeline = self.probe.timeline
        usual = round(timeline.step * timeline.time_base * self.scale) if timeline else 1
        for packet in packets:
            packet.duration = max(1, usual)
            yield packet

    def _shown(self, picture: VideoFrame) -> VideoFrame:
        form = (
            *(picture.width, picture.height, picture.format.name),
            *(int(picture.colorspace), int(picture.color_range), int(picture.color_trc)),
        )
        if self._graph is None or form != self._form:
            self._graph, self._form = self._filters(picture), form
        picture.pts, picture.time_base = 0, Fraction(1, self.scale)
        self._graph.push(picture)
        shown = self._graph.pull()
        if not isinstance(shown, VideoFrame):
            raise TypeError("a chain of picture filters gave something else")
        return shown

    def _filters(self, picture: VideoFrame) -> Graph:
        """Fit, make 8-bit, turn. Without a stated colour space it is guessed as for keyframes; the copy states it.

        High dynamic range is mapped to a screen's, as for keyframes: what browsers make of eight bits of it is a haze.
        """
        stated = int(picture.colorspace)
        if stated not in _MATRICES:
            stated = _UNSTATED
        space = stated
        if stated == _UNSTATED:
            space = _BT709 if min(picture.width, picture.height) >= _HIGH_DEFINITION_ROWS else _BT601
        curve = curve_of(picture)
        if self._graph is None:
            self._space = self._stream.codec_context.colorspace = _BT709 if curve else space
            if curve:
                self._stream.codec_context.color_primaries = self._stream.codec_context.color_trc = _BT709
        orientation = self.probe.orientation
        width, height = reversed(self._size) if orientation.rotation_deg % 180 else self._size
        fit = f"scale={width}:{height}:flags=bilinear:in_color_matrix={_MATRICES[space]}"
        colours = f"out_color_matrix={_MATRICES[self._space]}:out_range=tv"
        source = (
            f"buffer=video_size={picture.width}x{picture.height}:pix_fmt={picture.format.name}:time_base=1/{self.scale}"
            f":colorspace={stated}:range={picture.color_range:d}"
        )
        with TemporaryDirectory(dir=Path(self.output.name).parent) as scratch:
            fitted: tuple[str, ...] = (f"{fit}:{colours}",)
            if curve is not None:
                self.is_tone_mapped = True
                table = Path(scratch) / "tones.cube"
                table.write_text(cube_of(curve), encoding="ascii")
                fitted = (fit, "format=gbrp16le", f"lut3d=file={_escaped(table)}", f"scale={colours}")
            # The filters read the table as they are made.
            return _chained(
                source,
                *fitted,
                "format=yuv420p",
                *_TURNS.get(orientation.rotation_deg, ()),
                *(("hflip",) if orientation.is_mirrored else ()),
                "setsar=1",
                "buffersink",
            )


def _chained(*links: str) -> Graph:
    """A graph of filters one after the other, each written `name` or `name=options`."""
    graph = Graph()
    made = []
    for link in links:
        name, _, options = link.partition("=")
        made.append(graph.add(name, options or None))
    for before, after in pairwise(made):
        before.link_to(after)
    graph.configure()
    return graph


def _escaped(path: Path) -> str:
    """A path as a filter's option. Source: ffmpeg-utils(1), "Quoting and escaping"."""
    return "".join(f"\\{sign}" if sign in "\\':" else sign for sign in str(path))


def _copied_size(probe: Probe) -> tuple[int, int]:
    """Width and height of the copy: upright, square points, in proportion, even, at most 1280 on the longer side."""
    if probe.video is None:
        raise ValueError("there is no picture to be copied")
    size = square_size((probe.video.width, probe.video.height), probe.video.sample_aspect, (LONGEST_SIDE, LONGEST_SIDE))
    width, height = (max(2, side // 2 * 2) for side in size)
    return (height, width) if probe.orientation.rotation_deg % 180 else (width, height)


def rewrapped(probe: Probe, output: OutputContainer, zero: Fraction, scale: int) -> Iterator["Packet[Any]"]:
    """The coded pictures as they are, at their own times counted from `zero`.

    Raises: Untrue where a packet is damaged, is not to be shown, or has no time.
    """
    if probe.video is None:
        return
    with open_media(probe.path) as container:
        stream = container.streams[probe.video.index]
        target = output.add_stream_from_template(stream, opaque=True)
        target.time_base = Fraction(1, scale)
        for packet in _whole(packets_of(container, [stream])):
            own = packet.time_base or stream.time_base or Fraction(1)
            packet.duration = max(1, round((packet.duration or 0) * own * scale))
            packet.pts = round(((packet.pts or 0) * own - zero) * scale)
            packet.dts = round(((packet.dts or 0) * own - zero) * scale)
            packet.time_base = Fraction(1, scale)
            packet.stream = target
            yield packet


def _whole(packets: Iterator["Packet[Any] | av.error.FFmpegError"]) -> Iterator["Packet[Any]"]:
    for packet in packets:
        if isinstance(packet, av.error.FFmpegError):
            raise Untrue("the file is damaged") from packet
        if not packet.size:
            continue
        if packet.is_discard or packet.is_corrupt or packet.pts is None or packet.dts is None:
            raise Untrue("a packet is damaged, without time, or not to be shown")
        yield packet
