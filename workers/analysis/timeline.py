"""The exact presentation times of a video stream, and where they come from."""

from array import array
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from storage.domain.analysis_notes import why
from storage.domain.mediatime import MediaTime

_UNKNOWN_RATE = Fraction(25)
_MILLISECOND = Fraction(1, 1000)
_LATE_SHARE = 0.05
_SHARED_SHARE = 0.05
_STRAY_SHARE = 0.01
_FEW_HOLES, _HOLE_SHARE = 5, 0.02
_LEAP_S, _LEAP_STEPS = 1.0, 10
_SAME_RATE = Fraction(1, 200)
_SLOWEST, _FASTEST = Fraction(1, 3600), Fraction(1000)


class Timestamps(StrEnum):
    """Where presentation times come from: the container, or frame index over rate because it has none to trust."""

    CONTAINER = "container"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Timeline:
    """The presentation times of the video stream: `ticks` (n,) int64, ascending, in units of `time_base` seconds.

    `step` is the median number of ticks from one frame to the next; `reason` says why times were derived. `rate` is
    that of the frames that follow one another: what is missing between them does not make it slower.
    `is_reordered`: pictures are coded out of their order (there are B-frames), and each has its own packet and time;
    `shared` counts the packets that stand at another's time.
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
    shared: int = 0

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
    seen: PacketTimes,
    time_base: Fraction,
    declared_rate: Fraction | None,
    *,
    is_bare: bool,
    declared_s: float | None = None,
) -> Timeline | None:
    """The timeline of the packets seen, or None where there was none; times that cannot be trusted are derived.

    `is_bare`: the file is a codec's bare stream, whose times would be inventions of the demuxer. `declared_s`: how
    long the container says it lasts.
    """
    count = len(seen.durations)
    if not count:
        return None
    if reason := why("bare") if is_bare else _broken_clock(seen):
        return _derived(count, declared_rate, reason)
    ticks = np.unique(np.asarray(seen.ticks, dtype=np.int64))
    steps = np.diff(ticks)
    step = max(1, int(np.median(steps))) if len(steps) else 1
    last = seen.durations[int(np.argmax(seen.ticks))] or step
    if reason := _false_leap(np.append(steps, last), time_base, declared_s):
        usual = 1 / (step * time_base) if len(steps) else None
        return _derived(count, usual or declared_rate, reason)
    end = MediaTime(int(ticks[-1]) + last, time_base)
    is_variable = _is_variable(steps, time_base)
    rate = _measured_rate(steps, time_base, is_variable=is_variable) or declared_rate or _UNKNOWN_RATE
    if declared_rate and not is_variable and abs(rate - declared_rate) < _SAME_RATE * declared_rate:
        rate = declared_rate  # the same, without the rounding of the times
    shared = count - len(ticks)
    is_reordered = bool(seen.reordered) and not seen.leading and not shared
    return Timeline(
        ticks,
        time_base,
        Timestamps.CONTAINER,
        end,
        is_variable,
        rate,
        step,
        is_reordered=is_reordered,
        shared=shared,
    )


def _derived(count: int, rate: Fraction | None, reason: str) -> Timeline:
    rate = rate if rate and _SLOWEST <= rate <= _FASTEST else _UNKNOWN_RATE
    ticks = np.arange(count, dtype=np.int64)
    return Timeline(ticks, 1 / rate, Timestamps.DERIVED, MediaTime(count, 1 / rate), False, rate, 1, reason)


def _broken_clock(seen: PacketTimes) -> str:
    """Why the times are none to go by; one or two that are damaged cost only themselves."""
    count = len(seen.durations)
    if seen.without_time:
        return why("without_time", packets=seen.without_time, all=count)
    if seen.late > _LATE_SHARE * count:
        return why("backwards")
    shared = count - len(np.unique(np.asarray(seen.ticks, dtype=np.int64)))
    if shared > _SHARED_SHARE * count:
        return why("shared", packets=shared, all=count)
    return ""


def _false_leap(steps: NDArray[np.int64], time_base: Fraction, declared_s: float | None) -> str:
    """Whether the times leap over more than half of their span, to twice what the container itself declares.

    A recording that paused declares its pause; a damaged time does not.
    """
    span_s = float(int(steps.sum()) * time_base)
    if declared_s is None or span_s <= 2 * declared_s + _LEAP_S:
        return ""
    leapt_s = float(int(steps[leaps(steps, time_base)].sum()) * time_base)
    if leapt_s <= span_s / 2:
        return ""
    return why("leap", span_s=span_s, declared_s=declared_s)


def leaps(steps: NDArray[np.int64], time_base: Fraction) -> NDArray[np.bool_]:
    """Which steps are longer than a second and ten times as long as usual: (n,) bool."""
    usual = float(np.median(steps)) if len(steps) > 1 else 0.0
    found: NDArray[np.bool_] = steps > max(float(_LEAP_S / time_base), usual * _LEAP_STEPS)
    return found


def holes(steps: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which steps of a constant rate have room for at least one frame more: (n,) bool."""
    found: NDArray[np.bool_] = steps > float(np.median(steps)) * 1.75
    return found


def _measured_rate(steps: NDArray[np.int64], time_base: Fraction, *, is_variable: bool) -> Fraction | None:
    if not len(steps):
        return None
    kept = steps[~(leaps(steps, time_base) if is_variable else holes(steps))]
    span = int(kept.sum()) * time_base
    return len(kept) / span if span else None


def _is_variable(steps: NDArray[np.int64], time_base: Fraction) -> bool:
    """Whether more than a stray few frames last longer or shorter than the rounding of a millisecond clock allows.

    Where a frame lasts just as long as several, others are missing; only where that is common is it the rate.
    """
    if len(steps) < 2:
        return False
    allowed = max(1.0, float(_MILLISECOND / time_base))
    usual = max(1.0, float(np.median(steps)))
    strays = steps[np.abs(steps - usual) > allowed]
    times = np.round(strays / usual)
    missing = np.count_nonzero((times >= 2) & (np.abs(strays - times * usual) <= allowed * times))
    odd = len(strays) - missing
    return bool(odd > max(1, _STRAY_SHARE * len(steps)) or missing > max(_FEW_HOLES, _HOLE_SHARE * len(steps)))
