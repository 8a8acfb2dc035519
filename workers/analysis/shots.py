"""Shots: the whole video cut at its hard cuts and its gradual transitions, each boundary at an exact frame."""

from array import array
from bisect import bisect, bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.domain.mediatime import MediaTime
from workers.analysis import cuts, gradual
from workers.analysis.decode import Frame
from workers.analysis.gradual import Gradual, Transition
from workers.analysis.history import BATCH, History, Lags
from workers.analysis.settling import Doubt
from workers.analysis.similarity import HEIGHT, WIDTH
from workers.analysis.sink import About, Need
from workers.analysis.timeline import Timeline

NEAR_MISSES = 1000
"""As many boundaries that were not believed are told of as this, the likeliest of them."""

_LEAST_SHOT_S = 0.1


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames [start_frame, end_frame), counted in presentation order, and how they are joined to those before.

    A gradual transition is [transition_start, transition_end); the boundary lies in its middle. A cut's is empty.
    `chance`: how likely there is a boundary, 0 to 1; None where the video starts.
    """

    start_frame: int
    end_frame: int
    start: MediaTime
    end: MediaTime
    transition: Transition
    transition_start: MediaTime
    transition_end: MediaTime
    chance: float | None


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A boundary that was not believed: at `time`, which lies in its transition, as a shot's start would."""

    time: MediaTime
    transition: Transition
    transition_start: MediaTime
    transition_end: MediaTime
    chance: float


@dataclass(slots=True)
class Shots:
    """The shot detector, a sink: fed every frame, it decides each boundary a few seconds later; flat in memory."""

    timeline: Timeline
    shots: tuple[Shot, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    _history: History = field(init=False)
    _indices: "array[int]" = field(default_factory=lambda: array("q"))
    _ticks: "array[int]" = field(default_factory=lambda: array("q"))
    _cuts: dict[int, float] = field(default_factory=dict)
    _graduals: list[Gradual] = field(default_factory=list)
    _unlikely: list[Gradual] = field(default_factory=list)
    _judged_cuts: int = 1
    _judged_graduals: int = 1
    _settled: dict[int, MediaTime] = field(default_factory=dict)
    _frames: int = 0

    need = Need(WIDTH, HEIGHT, has_colour=True)

    def __post_init__(self) -> None:
        self._history = History(Lags.at(float(self.timeline.rate)))

    @property
    def about(self) -> About:
        return About("shots", "4", {**cuts.PARAMETERS, **gradual.PARAMETERS})

    def feed(self, frame: Frame, planes: NDArray[np.uint8]) -> None:
        self._history.append(planes)
        self._indices.append(frame.index)
        self._ticks.append(frame.time.pts)
        if self._history.end - self._history.measured == BATCH:
            self._measure()
            self._judge(self._history.measured, is_last=False)

    def doubts(self) -> list[Doubt]:
        """The cuts before which frames were left out, once the last frame was fed: `settle` wants their times."""
        self._measure()
        self._judge(self._history.measured, is_last=True)
        at = self._indices
        return [Doubt(cut, self._time(cut - 1), self._time(cut)) for cut in self._hard() if at[cut] - at[cut - 1] > 1]

    def settle(self, times: Mapping[int, MediaTime], frames: int) -> None:
        """Put cuts on other frames than those they were seen at; `frames` counts those left out too."""
        self._settled.update(times)
        self._frames = frames

    def _measure(self) -> None:
        if not self._history.measured and len(self._ticks) > 1:
            # Where frames are left out, those that come are fewer in a second than the stream has.
            span = float((self._ticks[-1] - self._ticks[0]) * self.timeline.time_base)
            self._history.lags = Lags.at((len(self._ticks) - 1) / span if span > 0 else float(self.timeline.rate))
        self._history.measure()

    def finish(self) -> Mapping[str, Any]:
        self.doubts()
        hard = self._hard()
        soft = self._soft(hard)
        self.shots = tuple(self._joined(hard, soft))
        self.near_misses = tuple(self._missed(hard, soft))
        return {
            "shots": [spoken(shot) for shot in self.shots],
            "near_misses": [spoken_near(one) for one in self.near_misses],
        }

    def _judge(self, end: int, *, is_last: bool) -> None:
        until = end if is_last else end - cuts.reach_of(self._history)
        for position, chance in cuts.cuts_in(self._history, self._judged_cuts, until):
            if chance >= cuts.LEAST_CHANCE:
                self._cuts[position] = chance
            else:
                self._unlikely.append(_sharp(position, chance))
        self._judged_cuts = max(self._judged_cuts, until)
        until = end if is_last else end - gradual.reach_of(self._history)
        for found in gradual.graduals_in(self._history, self._judged_graduals, until):
            (self._graduals if found.chance >= gradual.LEAST_CHANCE else self._unlikely).append(found)
        self._judged_graduals = max(self._judged_graduals, until)

    def _hard(self) -> list[int]:
        """The cuts: of those within a tenth of a second of each other, the likeliest alone."""
        nearest = max(3, int(float(self.timeline.rate) * _LEAST_SHOT_S))
        kept: list[int] = []
        for position in sorted(self._cuts, key=lambda one: (-self._cuts[one], one)):
            at = bisect(kept, position)
            if all(abs(position - other) >= nearest for other in kept[max(0, at - 1) : at + 1]):
                kept.insert(at, position)
        return kept

    def _soft(self, hard: Sequence[int]) -> list[Gradual]:
        """The gradual transitions with no cut in them: of those that overlap, the likeliest alone."""
        kept: list[Gradual] = []
        for found in sorted(self._graduals, key=lambda one: (-one.chance, one.start)):
            at = bisect(kept, found.seen_from, key=lambda one: one.seen_from)
            has_cut = bisect_left(hard, found.seen_from - 1) < bisect(hard, found.seen_to + 2)
            if not has_cut and not any(found.overlaps(other) for other in kept[max(0, at - 2) : at + 2]):
                kept.insert(at, found)
        return [found.within(hard) for found in kept]

    def _missed(self, hard: Sequence[int], soft: Sequence[Gradual]) -> list[NearMiss]:
        """What was not believed and lies at no boundary: of those that overlap, the likeliest alone."""
        taken = sorted([*(_sharp(cut) for cut in hard), *soft], key=lambda one: one.seen_from)
        kept: list[Gradual] = []
        for found in sorted(self._unlikely, key=lambda one: (-one.chance, one.start)):
            at = bisect(taken, found.seen_from, key=lambda one: one.seen_from)
            if len(kept) < NEAR_MISSES and not any(found.overlaps(one) for one in taken[max(0, at - 2) : at + 2]):
                taken.insert(at, found)
                kept.append(found)
        return [
            NearMiss(
                self._time(found.middle),
                found.kind,
                self._time(found.start),
                self._time(found.end),
                found.chance,
            )
            for found in sorted(kept, key=lambda one: one.middle)
        ]

    def _joined(self, hard: Sequence[int], soft: Sequence[Gradual]) -> list[Shot]:
        total = len(self._indices)
        if not total:
            return []
        found = sorted([*(_sharp(cut, self._cuts[cut]) for cut in hard), *soft], key=lambda one: one.middle)
        begins = [
            (0, Transition.START, 0, 0, None),
            *((one.middle, one.kind, one.start, one.end, one.chance) for one in found),
        ]
        ends = [*(begin[0] for begin in begins[1:]), total]
        return [
            Shot(
                self._index(start),
                self._index(end) if end < total else max(self._frames, self._indices[-1] + 1),
                self._time(start),
                self._time(end),
                kind,
                self._time(first),
                self._time(last),
                chance,
            )
            for (start, kind, first, last, chance), end in zip(begins, ends, strict=True)
        ]

    def _index(self, position: int) -> int:
        found = self._settled.get(position)
        return self._indices[position] if found is None else int(np.searchsorted(self.timeline.ticks, found.pts))

    def _time(self, position: int) -> MediaTime:
        if position in self._settled:
            return self._settled[position]
        if position >= len(self._ticks):
            return max(self.timeline.end, MediaTime(self._ticks[-1] + 1, self.timeline.time_base))
        return MediaTime(self._ticks[position], self.timeline.time_base)


def _sharp(cut: int, chance: float = 1.0) -> Gradual:
    """A cut as a transition without any length."""
    return Gradual(Transition.CUT, cut, cut, cut, cut - 1, cut, chance)


def spoken(shot: Shot) -> dict[str, Any]:
    """A shot as the analysis document says it: seconds for people, ticks and time base for exactness."""
    return {
        "start_s": shot.start.seconds,
        "end_s": shot.end.seconds,
        "start_pts": shot.start.pts,
        "end_pts": shot.end.pts,
        "time_base": str(shot.start.time_base),
        "start_frame": shot.start_frame,
        "end_frame": shot.end_frame,
        **_joint(shot),
    }


def spoken_near(one: NearMiss) -> dict[str, Any]:
    """A near miss as the analysis document says it."""
    return {"time_s": one.time.seconds, "pts": one.time.pts, "time_base": str(one.time.time_base), **_joint(one)}


def _joint(one: Shot | NearMiss) -> dict[str, Any]:
    return {
        "transition": one.transition.value,
        "transition_start_s": one.transition_start.seconds,
        "transition_end_s": one.transition_end.seconds,
        "transition_start_pts": one.transition_start.pts,
        "transition_end_pts": one.transition_end.pts,
        "chance": None if one.chance is None else round(one.chance, 4),
    }
