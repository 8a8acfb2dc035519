"""The exact presentation times of a video stream, and where they come from."""

from array import array
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from storage.domain.mediatime import MediaTime

_UNKNOWN_RATE = Fraction(25)
_MILLISECOND = Fraction(1, 1000)
_LATE_SHARE = 0.05
_STRAY_SHARE = 0.01
_SAME_RATE = Fraction(1, 200)


class Timestamps(StrEnum):
    """Where presentation times come from: the container, or frame index over rate because it has none to trust."""

    CONTAINER = "container"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Timeline:
    """The presentation times of the video stream: `ticks` (n,) int64, ascending, in units of `time_base` seconds.

    `step` is the median number of ticks from one frame to the next; `reason` says why times were derived.
    `is_reordered`: pictures are coded out of their order (there are B-frames), and each has its own packet and time.
    """

    ticks: NDArray[np.int64]
    time_base: Fraction
    timestamps: Timestamps
    end: MediaTime
    is_variable: bool
    rate: Fraction
    step: int
    reason: str = ""
    is_reordered: bool = False

    def at(self, position: int) -> MediaTime:
        return MediaTime(int(self.ticks[position]), self.time_base)

    @property
    def start(self) -> MediaTime:
        return self.at(0)

    @property
    def duration_s(self) -> float:
        return float(self.end.exact - self.start.exact)


@dataclass(slots=True)
class PacketTimes:
    """The times of the packets of one stream, collected in file order; flat in memory at 16 bytes a packet."""

    ticks: "array[int]" = field(default_factory=lambda: array("q"))
    durations: "array[int]" = field(default_factory=lambda: array("q"))
    without_time: int = 0
    late: int = 0
    reordered: int = 0
    leading: int = 0
    _furthest_dts: int | None = None
    _furthest_pts: int | None = None
    _first_key_pts: int | None = None

    def add(self, pts: int | None, dts: int | None, duration: int | None, *, is_key: bool) -> None:
        self.durations.append(duration or 0)
        if pts is None:
            self.without_time += 1
        else:
            self.ticks.append(pts)
            self._place(pts, is_key=is_key)
        if dts is None:
            return
        if self._furthest_dts is not None and dts < self._furthest_dts:
            self.late += 1
        else:
            self._furthest_dts = dts

    def _place(self, pts: int, *, is_key: bool) -> None:
        if self._first_key_pts is None and is_key:
            self._first_key_pts = pts
        elif self._first_key_pts is None or pts < self._first_key_pts:
            self.leading += 1  # shown before the first key frame: a decoder may drop it
        if self._furthest_pts is None or pts > self._furthest_pts:
            self._furthest_pts = pts
        else:
            self.reordered += 1


def timeline_of(
    seen: PacketTimes, time_base: Fraction, declared_rate: Fraction | None, *, is_bare: bool
) -> Timeline | None:
    """The timeline of the packets seen, or None where there was none; times that cannot be trusted are derived.

    `is_bare`: the file is a codec's bare stream, whose times would be inventions of the demuxer.
    """
    count = len(seen.durations)
    if not count:
        return None
    reason = ""
    if is_bare:
        reason = "a bare stream carries no times"
    elif seen.without_time:
        reason = f"{seen.without_time} of {count} packets carry no time"
    elif seen.late > _LATE_SHARE * count:  # a reset clock; one or two are damaged times, which cost only themselves
        reason = "the container's clock runs backwards"
    if reason:
        rate = declared_rate or _UNKNOWN_RATE
        ticks = np.arange(count, dtype=np.int64)
        return Timeline(ticks, 1 / rate, Timestamps.DERIVED, MediaTime(count, 1 / rate), False, rate, 1, reason)
    ticks = np.unique(np.asarray(seen.ticks, dtype=np.int64))
    steps = np.diff(ticks)
    step = max(1, int(np.median(steps))) if len(steps) else 1
    last = seen.durations[int(np.argmax(seen.ticks))] or step
    end = MediaTime(int(ticks[-1]) + last, time_base)
    is_variable = _is_variable(steps, time_base)
    rate = _measured_rate(ticks, time_base) or declared_rate or _UNKNOWN_RATE
    if declared_rate and not is_variable and abs(rate - declared_rate) < _SAME_RATE * declared_rate:
        rate = declared_rate  # the same, without the rounding of the times
    is_reordered = bool(seen.reordered) and not seen.leading and len(ticks) == count
    return Timeline(ticks, time_base, Timestamps.CONTAINER, end, is_variable, rate, step, is_reordered=is_reordered)


def _measured_rate(ticks: NDArray[np.int64], time_base: Fraction) -> Fraction | None:
    span = (int(ticks[-1]) - int(ticks[0])) * time_base
    return (len(ticks) - 1) / span if span else None


def _is_variable(steps: NDArray[np.int64], time_base: Fraction) -> bool:
    """Whether more than a stray few frames last longer or shorter than the rounding of a millisecond clock allows."""
    if len(steps) < 2:
        return False
    allowed = max(1.0, float(_MILLISECOND / time_base))
    strays = np.count_nonzero(np.abs(steps - np.median(steps)) > allowed)
    return bool(strays > max(1, _STRAY_SHARE * len(steps)))
