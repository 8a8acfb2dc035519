"""Short passages of a video, decoded where they are and made small, every picture at its own time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from workers.analysis.decode import Decoding, Level, before, opened
from workers.analysis.probe import Probe, packets_of
from workers.analysis.timeline import Timeline, Timestamps

Smaller = Callable[[VideoFrame], NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Span:
    """The pictures from the tick `first` to the tick `last` of the stream's time base, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Passage:
    """What could be decoded of a span: `ticks` (n,) int64, ascending; `pictures` (n, height, width, 3) uint8."""

    span: Span
    ticks: NDArray[np.int64]
    pictures: NDArray[np.uint8]


def merged(spans: Sequence[Span]) -> list[Span]:
    """The same pictures in as few spans, in the order of time, none of which meets another."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: one.first):
        if found and span.first <= found[-1].last:
            found[-1] = Span(found[-1].first, max(found[-1].last, span.last))
        else:
            found.append(span)
    return found


def passages(probe: Probe, timeline: Timeline, spans: Sequence[Span], smaller: Smaller) -> Iterator[Passage]:
    """Each of `spans`, which are in order and apart: by seeking where the container has times, else by decoding all.

    Pictures that are lost are missing; one that nothing of can be decoded of has no pictures.
    """
    missing = list(spans)
    if timeline.timestamps is Timestamps.CONTAINER:
        for passage in _sought(probe, timeline, spans, smaller):
            missing.remove(passage.span)
            yield passage
    if missing:
        yield from _met(probe, missing, smaller)


def _sought(probe: Probe, timeline: Timeline, spans: Sequence[Span], smaller: Smaller) -> Iterator[Passage]:
    if probe.video is None:
        return
    with opened(probe, probe.video, Level.FULL) as (container, stream):
        for span in spans:
            for _ in before(container, stream, span.first, timeline.time_base):
                found = _reached(_pictures(container, stream), span, smaller)
                if found is not None:
                    yield found
                    break


def _reached(pictures: Iterator[VideoFrame], span: Span, smaller: Smaller) -> Passage | None:
    """The passage, or None where the decoder set in after its beginning."""
    ticks: list[int] = []
    small: list[NDArray[np.uint8]] = []
    has_begun = False
    for picture in pictures:
        if picture.pts is None:
            continue
        if not has_begun and picture.pts > span.first:
            return None
        has_begun = True
        if picture.pts > span.last:
            break
        if picture.pts >= span.first and (not ticks or picture.pts > ticks[-1]):
            ticks.append(picture.pts)
            small.append(smaller(picture))
    return _passage(span, ticks, small) if has_begun else None


def _pictures(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """What can be decoded from here on: an error costs its own pictures."""
    for packet in packets_of(container, [stream]):
        with suppress(av.error.FFmpegError):
            if not isinstance(packet, av.error.FFmpegError):
                yield from (one for one in packet.decode() if isinstance(one, VideoFrame))


def _met(probe: Probe, spans: Sequence[Span], smaller: Smaller) -> Iterator[Passage]:
    left = list(spans)
    ticks: list[int] = []
    small: list[NDArray[np.uint8]] = []
    for frame in Decoding(probe):
        while left and frame.time.pts > left[0].last:
            yield _passage(left.pop(0), ticks, small)
            ticks, small = [], []
        if not left:
            return
        if frame.time.pts >= left[0].first:
            ticks.append(frame.time.pts)
            small.append(smaller(frame.picture))
    for span in left:
        yield _passage(span, ticks, small)
        ticks, small = [], []


def _passage(span: Span, ticks: Sequence[int], small: Sequence[NDArray[np.uint8]]) -> Passage:
    pictures = np.stack(small) if small else np.zeros((0, 1, 1, 3), np.uint8)
    return Passage(span, np.asarray(ticks, np.int64), pictures)
