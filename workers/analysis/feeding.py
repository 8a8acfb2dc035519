"""How frames reach the sinks: each gets what it asked for, and nothing is computed twice."""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from workers.analysis.decode import Frame
from workers.analysis.planes import Planes, planes_of, shrink
from workers.analysis.sink import Sink
from workers.analysis.timeline import Timeline

PASS_SHARE = 0.9
_GREY = 128

Progress = Callable[[float], None]
"""Hears how much is done, 0 to 1."""


class Shrinking:
    """The planes of one picture, shrunk to each size once for all sinks that ask for it.

    What it gives is shared: it is read, and never written to.
    """

    def __init__(self, picture: VideoFrame) -> None:
        self._picture = picture
        self._planes: Planes | None = None
        self._made: dict[tuple[int, int], NDArray[np.uint8]] = {}

    def sized(self, width: int, height: int, *, has_colour: bool) -> NDArray[np.uint8]:
        """(3 or 1, height, width) uint8; neutral grey where the picture has no colour; `height` 0 keeps proportions."""
        planes = self._planes = self._planes or planes_of(self._picture)
        if not height:
            factor = max(1, round(planes.luma.shape[1] / width))
            width, height = planes.luma.shape[1] // factor, planes.luma.shape[0] // factor
        made = self._made.get((width, height))
        if made is None or (has_colour and len(made) == 1):
            chosen = (planes.luma, planes.blue, planes.red) if has_colour else (planes.luma,)
            made = self._made[width, height] = np.empty((len(chosen), height, width), np.uint8)
            for out, plane in zip(made, chosen, strict=True):
                out[:] = _GREY if plane is None else shrink(plane, planes.bits, width, height)
        return made if has_colour else made[:1]


class Feeder:
    """Gives one sink the frames it asked for."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._need = sink.need
        self._due: int | None = None

    def feed(self, frame: Frame, planes: Shrinking) -> None:
        need = self._need
        if need.every:
            is_due = self._due is None or frame.time.pts >= self._due
            if not is_due and not (need.with_keys and frame.is_key):
                return
            if is_due:
                self._due = frame.time.pts + math.ceil(need.every / frame.time.time_base)
        self._sink.feed(frame, planes.sized(need.width, need.height, has_colour=need.has_colour))


def feed(frames: Iterable[Frame], timeline: Timeline, sinks: Sequence[Sink], report: Progress) -> None:
    """Every frame to the sinks that want it; the pass takes the first nine tenths of what `report` hears."""
    feeders = [Feeder(sink) for sink in sinks]
    told = 0.0
    for frame in frames:
        planes = Shrinking(frame.picture)
        for feeder in feeders:
            feeder.feed(frame, planes)
        share = PASS_SHARE * min(1.0, frame.index / max(1, len(timeline.ticks)))
        if share - told >= 0.01:
            told = share
            report(share)
