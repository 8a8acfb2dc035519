"""What a reviewer must know of the material: where the picture is missing, black or frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from storage.domain.mediatime import MediaTime
from workers.analysis.decode import Frame, Gap, GapKind
from workers.analysis.probe import Probe
from workers.analysis.similarity import HEIGHT, WIDTH
from workers.analysis.sink import About, Need
from workers.analysis.timeline import Timeline, Timestamps, holes, leaps

_BLACK_LEVEL, _BLACK_SHARE, _BLACK_S = 32, 0.98, 0.5
_FROZEN_MOST, _FROZEN_MEAN, _FROZEN_S = 4, 0.5, 2.0
_SHORT_S = 0.5


@dataclass(slots=True)
class _Run:
    """A run of frames that may become a span."""

    least_s: float
    start: MediaTime | None = None
    spans: list[tuple[MediaTime, MediaTime]] = field(default_factory=list)

    def go_on(self, at: MediaTime, *, holds: bool, since: MediaTime | None = None) -> None:
        if holds:
            self.start = self.start or since or at
        else:
            self.end(at)

    def end(self, at: MediaTime) -> None:
        if self.start is not None and at.exact - self.start.exact >= self.least_s:
            self.spans.append((self.start, at))
        self.start = None


@dataclass(slots=True)
class Flaws:
    """A sink that finds black spans (half a second or more) and frozen ones (two seconds or more).

    Frozen: no point of the small picture strays from the first of the span by more than a trace of compression;
    black is not called frozen. Both are computed on area means of 64x32 points: a small lamp in the dark is not black.
    """

    timeline: Timeline
    _black: _Run = field(default_factory=lambda: _Run(_BLACK_S))
    _frozen: _Run = field(default_factory=lambda: _Run(_FROZEN_S))
    _anchor: NDArray[np.uint8] | None = None
    _anchor_time: MediaTime | None = None

    need = Need(WIDTH, HEIGHT)

    @property
    def about(self) -> About:
        return About(
            "quality",
            "2",
            {"black_level": _BLACK_LEVEL, "black_s": _BLACK_S, "frozen_most": _FROZEN_MOST, "frozen_s": _FROZEN_S},
        )

    def feed(self, frame: Frame, planes: NDArray[np.uint8]) -> None:
        luma = planes[0]
        bright = cv2.countNonZero(cv2.threshold(luma, _BLACK_LEVEL, 1, cv2.THRESH_BINARY)[1])
        is_black = bright <= (1 - _BLACK_SHARE) * luma.size
        self._black.go_on(frame.time, holds=is_black)
        rests = not is_black and self._anchor is not None and _is_same(luma, self._anchor)
        self._frozen.go_on(frame.time, holds=rests, since=self._anchor_time)
        if not rests:
            self._anchor, self._anchor_time = luma.copy(), frame.time

    def finish(self) -> Mapping[str, Any]:
        self._black.end(self.timeline.end)
        self._frozen.end(self.timeline.end)
        return {
            "black": [span(start, end) for start, end in self._black.spans],
            "frozen": [span(start, end) for start, end in self._frozen.spans],
        }


def _is_same(luma: NDArray[np.uint8], anchor: NDArray[np.uint8]) -> bool:
    # The largest step alone nearly always tells them apart.
    return (
        cv2.norm(luma, anchor, cv2.NORM_INF) <= _FROZEN_MOST
        and cv2.norm(luma, anchor, cv2.NORM_L1) <= _FROZEN_MEAN * luma.size
    )


def span(start: MediaTime, end: MediaTime) -> dict[str, Any]:
    """A span of time as the analysis document says it."""
    return {
        "start_s": start.seconds,
        "end_s": end.seconds,
        "start_pts": start.pts,
        "end_pts": end.pts,
        "time_base": str(start.time_base),
    }


def spoken(gap: Gap) -> dict[str, Any]:
    """A gap as the analysis document says it."""
    return span(gap.start, gap.end) | {"kind": gap.kind.value, "frames": gap.frames}


def gaps_of(probe: Probe, met: Sequence[Gap]) -> list[Gap]:
    """All gaps in order: those met while decoding, jumps in the times, and an end that comes sooner than declared.

    A file that is torn ends too soon, even where nothing tells how much is missing: then the gap has no length.

    Where the rate is constant every missing frame is a jump; where it varies, a frame that lasts more than a second and
    ten times as long as usual. Neighbouring gaps of one kind are told as one.
    """
    timeline = probe.timeline
    if timeline is None:
        return []
    gaps = [*met, *_jumps(timeline), *_cut_short(probe, timeline)]
    merged: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: (gap.start, gap.kind)):
        last = merged[-1] if merged else None
        if last and last.kind is gap.kind and gap.start.exact <= last.end.exact:
            merged[-1] = Gap(gap.kind, last.start, max(last.end, gap.end), last.frames + gap.frames)
        else:
            merged.append(gap)
    return merged


def _jumps(timeline: Timeline) -> list[Gap]:
    if timeline.timestamps is Timestamps.DERIVED or len(timeline.ticks) < 3:
        return []
    steps, usual = np.diff(timeline.ticks), timeline.step
    found = leaps(steps, timeline.time_base) if timeline.is_variable else holes(steps)
    gaps = [
        Gap(GapKind.TIME_JUMP, timeline.at(place), timeline.at(place + 1), max(0, round(int(steps[place]) / usual) - 1))
        for place in np.flatnonzero(found).tolist()
    ]
    # A frame that stands at another's time is not missing from its own.
    return gaps if sum(gap.frames for gap in gaps) > timeline.shared else []


def _cut_short(probe: Probe, timeline: Timeline) -> list[Gap]:
    video = probe.video
    lacking = video.declared_frames - len(timeline.ticks) if video and video.declared_frames else 0
    declared = probe.declared_duration_s or 0.0
    begins = timeline.start.seconds if probe.container == "mpegts" else 0.0
    missing_s = declared - (probe.measured_end_s - begins)
    if lacking > max(1, 0.02 * len(timeline.ticks)) or missing_s > _SHORT_S:
        beyond = max(missing_s, lacking * timeline.step * float(timeline.time_base), 0.0)
        end = MediaTime(timeline.end.pts + round(beyond / timeline.time_base), timeline.time_base)
        return [Gap(GapKind.CUT_SHORT, timeline.end, end, max(0, lacking))]
    if probe.torn:
        declared_end = MediaTime(timeline.end.pts + round(max(0.0, missing_s) / timeline.time_base), timeline.time_base)
        return [Gap(GapKind.CUT_SHORT, timeline.end, declared_end, 0)]
    return []
