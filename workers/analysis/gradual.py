"""Gradual transitions: half a second that differs much at its ends and leads steadily from one picture to the other."""

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.analysis.chances import Chances
from workers.analysis.cuts import tones_apart
from workers.analysis.history import History, is_peak, positions_of
from workers.analysis.similarity import MAX_REACH, pair_differences, relit
from workers.analysis.weights import GRADUAL

LEAST_CHANCE = 0.55
NEAR_CHANCE = 0.05
"""From here on up to LEAST_CHANCE it is a near miss: told of, and no transition."""

_LEAST = 20.0
_RATIO, _EXCESS = 1.2, 1.5
_TONES, _SUDDEN = 0.12, 0.95
_SPREAD_QUANTILE = 0.75
_LEADS, _FLAT = 0.75, 0.55
_FADES, _WIPES = 0.35, 0.7
_RELIT, _AT_ONCE = 0.6, 0.45
_LARGE_CHANGE, _FEW_POINTS = 24, 50
_START, _END, _FULL = 0.06, 0.94, 0.9

NAMES = (
    "difference",
    "over usual",
    "over usual of the calmer side",
    "outside",
    "outside, share",
    "relit",
    "relit, absolute",
    "mix grows",
    "mix, largest step",
    "mix, remainder",
    "switched grows",
    "switched, largest step",
    "neither",
    "points alike",
    "points switched",
    "flat",
    "flat, largest step",
    "contrast dips",
    "largest step",
    "activity",
    "before",
    "after",
    "middle is the mean",
    "middle is apart",
    "tones",
    "contrast",
    "length",
)
"""What is measured of a candidate, in this order."""

PARAMETERS = {
    "gradual_least": _LEAST,
    "gradual_ratio": _RATIO,
    "gradual_excess": _EXCESS,
    "gradual_chance": LEAST_CHANCE,
    "gradual_near_chance": NEAR_CHANCE,
}

_CHANCES = Chances(GRADUAL, NAMES)

Luma = NDArray[np.floating[Any]]
"""Luma of a run of small pictures: (n, HEIGHT * WIDTH)."""


class Transition(StrEnum):
    """How a shot begins."""

    START = "start"
    CUT = "cut"
    DISSOLVE = "dissolve"
    FADE = "fade"
    WIPE = "wipe"


@dataclass(frozen=True, slots=True)
class Gradual:
    """A transition over the positions [start, end), whose first half belongs to the shot before `middle`.

    It was seen, with a chance from 0 to 1, between the pictures at `seen_from` and `seen_to`.
    """

    kind: Transition
    start: int
    middle: int
    end: int
    seen_from: int
    seen_to: int
    chance: float

    def overlaps(self, other: "Gradual") -> bool:
        """Whether one was seen where the other was, or within a tenth of it."""
        room = 2 + (self.seen_to - self.seen_from) // 10
        return self.seen_from <= other.seen_to + room and other.seen_from - room <= self.seen_to

    def within(self, cuts: Sequence[int]) -> "Gradual":
        """The same, ending where a cut does."""
        start = max([self.start, *(cut for cut in cuts if cut <= self.seen_from + 2)])
        end = min([self.end, *(cut for cut in cuts if cut >= self.seen_to - 2)])
        middle = min(max(self.middle, start), end - 1)
        return replace(self, start=start, middle=middle, end=end) if start < end else self


def reach_of(history: History) -> int:
    """How many pictures on each side of a position are looked at to judge it."""
    return 3 * history.lags.full + 8


def signals_of(history: History) -> "tuple[tuple[array[float], int], ...]":
    """The differences over each lag, and the lag: a transition shows best over one about as long as it is."""
    lags = history.lags
    return (history.near, lags.quarter), (history.far, lags.half), (history.farther, lags.full)


def graduals_in(history: History, start: int, end: int) -> Iterator[Gradual]:
    """The transitions that may have ended at [start, end), near misses too: at each one at most for each lag."""
    for signal, lag in signals_of(history):
        for position in positions_of(signal, start, end, _LEAST):
            found = measured(history, signal, lag, position)
            chance = _CHANCES.of(found) if found else 0.0
            if found and chance >= NEAR_CHANCE:
                measures = dict(zip(NAMES, found, strict=True))
                if _is_exposure_step(measures):
                    continue
                yield _spanned(history, _kind(measures), position - lag, position, chance)


def _is_exposure_step(measures: Mapping[str, float]) -> bool:
    """Whether about half of the way is made at once, by light alone, without ever going flat: while a camera pans."""
    return (
        measures["flat"] > _FLAT
        and measures["relit"] < _RELIT
        and min(measures["largest step"], measures["mix, largest step"]) > _AT_ONCE
    )


def _kind(measures: Mapping[str, float]) -> Transition:
    if measures["flat"] < _FADES:
        return Transition.FADE
    return Transition.WIPE if measures["points switched"] > _WIPES else Transition.DISSOLVE


def measured(history: History, signal: "array[float]", lag: int, position: int) -> list[float] | None:
    """What speaks for and against a transition from `position` - `lag` to `position`; None where it is no candidate.

    1. The difference over the lag (`signal`) is large, a peak, and stands out from its surroundings; it is not that
       of a single step, and the tones on either side are not the same.
    2. Inside, the picture goes flat (fade), or is a mix of both ends that shifts from one to the other (dissolve), or
       more and more points belong to the later picture (wipe): a candidate does one of these at least roughly.
    3. Pictures just outside differ as well, however the camera moved, and not by their light alone.
    4. How calm it is on either side, how sudden inside, and whether the middle is the mean of the ends.
    """
    value, start = signal[position], position - lag
    if start < 0 or value < _LEAST or not is_peak(signal, position, max(2, lag // 2)):
        return None
    usual = _usual(signal, lag, position)
    if value < _RATIO * max(usual) + _EXCESS:
        return None
    at, away = history.held, max(2, lag // 4)
    before, middle, after = at(start - 2), at(start + lag // 2), at(position + 2)
    inside = np.asarray(history.step[max(1, start - 1) : position + 2])
    tones = tones_apart(before, after)
    if tones < _TONES or float(inside.max()) > _SUDDEN * (value + 0.5):
        return None
    luma = _luma(history, start - 2, position + 3)
    first, last = luma[0], luma[-1]
    share, remainder = _mixed(luma, first, last)
    to_first, to_last = np.abs(luma - first), np.abs(luma - last)
    mix, mix_step = _steadiness(share)
    switched, switched_step = _steadiness((to_last < to_first).mean(1))
    margin = max(2, lag // 2)
    flat, flat_step = _flatness(_luma(history, start - margin, position + margin + 1), margin)
    if max(mix, switched) < _LEADS and flat > _FLAT:
        return None
    apart = float(np.abs(first - last).mean()) + 1
    pairs = [
        (before, after),
        (before, relit(after, before)),
        (after, relit(before, after)),
        (at(start - 2 - margin), before),
        (after, at(position + 2 + margin)),
        (before, middle),
        (middle, after),
        (before, at(position + 2 + away)),
        (at(start - 2 - away), after),
        (at(start - 2 - away), at(position + 2 + away)),
    ]
    direct, lit, unlit, still_before, still_after, leaves, arrives, *others = pair_differences(pairs, MAX_REACH)
    outside, lit = min(direct, *others), min(lit, unlit)
    mean = ((before.astype(np.uint16) + after) // 2).astype(np.uint8)
    off_mean = pair_differences([(mean, middle)], 2)[0]
    alike, binary = _points(luma)
    contrast = luma.var(1)
    centre = len(contrast) // 2
    around = [*history.step[max(1, start - lag) : max(1, start - 1)], *history.step[position + 2 : position + lag]]
    return [
        np.log1p(value),
        np.log((value + 1) / (max(usual) + 1)),
        np.log((value + 1) / (min(usual) + 1)),
        np.log1p(outside),
        outside / (value + 0.5),
        lit / (direct + 0.5),
        np.log1p(lit),
        mix,
        mix_step,
        float(np.median(remainder)),
        switched,
        switched_step,
        float(np.minimum(to_first, to_last).mean(1).max()) / apart,
        alike,
        binary,
        min(flat, 2.0),
        flat_step,
        min(3.0, float(contrast[centre - 1 : centre + 2].mean() / ((contrast[0] + contrast[-1]) / 2 + 10))),
        float(inside.max()) / (value + 0.5),
        np.log((float(inside.mean()) + 0.5) / ((float(np.mean(around)) if around else 0.0) + 0.5)),
        still_before / (value + 0.5),
        still_after / (value + 0.5),
        off_mean / (min(leaves, arrives) + 1),
        min(leaves, arrives) / (outside + 1),
        tones,
        float(min(contrast[0], contrast[-1])) ** 0.5 / 20,
        np.log(lag / (2 * history.lags.half)),
    ]


def _usual(signal: "array[float]", lag: int, position: int) -> tuple[float, ...]:
    """The usual difference over the lag before the transition and after it, as far as there is any."""
    start, found = position - lag, []
    for around in (
        signal[max(lag, start - 2 * lag) : max(lag, start)],
        signal[position + lag + 1 : position + 3 * lag],
    ):
        if len(around) > 3:
            found.append(median(around))
    return tuple(found) or (0.0,)


def _points(luma: Luma) -> tuple[float, float]:
    """Of the points that change much: how unlike one another they have gone their way, and how many stand at an end."""
    first, last = luma[0], luma[-1]
    large = np.abs(last - first) > _LARGE_CHANGE
    if large.sum() <= _FEW_POINTS:
        return 1.0, 0.5
    way = np.clip((luma[1:-1, large] - first[large]) / (last - first)[large], -0.5, 1.5)
    return float(way.std(1).mean()), float(((way < 0.2) | (way > 0.8)).mean())


def _flatness(luma: Luma, margin: int) -> tuple[float, float]:
    """What is left of the picture where least of it is, over its ends; and the largest step on the way."""
    spread = _spread(luma)
    inner = spread[margin:-margin] if len(spread) > 2 * margin + 2 else spread
    least = float(inner.min())
    step = float(np.abs(np.diff(spread)).max()) if len(spread) > 1 else 0.0
    return (least + 1) / (min(float(spread[0]), float(spread[-1])) + 2), step / (float(spread.max()) - least + 1)


def _luma(history: History, start: int, end: int) -> Luma:
    small = history.span(start, end)
    return small[:, 0].reshape(len(small), -1).astype(np.float32)


def _spread(luma: Luma) -> Luma:
    """How much of a picture there is: (n,), 0 when flat; by a quantile, for a logo or a caption stays during a fade."""
    # Sorting is many times as quick as NumPy's median and quantile, which select.
    middle = np.sort(luma, axis=1)[:, luma.shape[1] // 2, None]
    away = np.sort(np.abs(luma - middle), axis=1)
    return np.asarray(away[:, int(_SPREAD_QUANTILE * luma.shape[1])])


def _mixed(luma: Luma, first: Luma, last: Luma) -> tuple[Luma, Luma]:
    """How far each picture has gone from `first` to `last` (0 to 1), and what share of it is neither: (n,) each."""
    change = last - first
    size = float(change @ change) + 1e-6
    share = (luma - first) @ change / size
    rest = luma - first - share[:, None] * change
    return share, np.sqrt((rest * rest).sum(1) / size)


def _steadiness(values: Luma) -> tuple[float, float]:
    """How steadily `values` grow, as their correlation with time, and what share of the way is made in one step."""
    way = float(values.max() - values.min())
    if way < 1e-6:
        return 0.0, 1.0
    off, time = values - values.mean(), np.arange(len(values)) - (len(values) - 1) / 2
    steadiness = float(off @ time) / math.sqrt(float(off @ off) * float(time @ time))
    return steadiness, float(np.abs(np.diff(values)).max()) / way


def _spanned(history: History, kind: Transition, start: int, end: int, chance: float) -> Gradual:
    """The transition with its own ends: from the first picture that is mixed to the first that is clean."""
    lag = end - start
    margin = lag if kind is Transition.FADE else max(2, lag // 2)
    early, late = history.clamp(start - margin), history.clamp(end + margin)
    luma = _luma(history, early, late + 1)
    if kind is Transition.FADE:
        spread = _spread(luma)
        middle = int(spread.argmin())
        left, right = spread[: middle + 1], spread[middle:]
        begins = _last(left > _FULL * left.max()) + 1
        ends = middle + _first(right > _FULL * right.max())
    else:
        if kind is Transition.WIPE:
            share = (np.abs(luma - luma[-1]) < np.abs(luma - luma[0])).mean(1)
        else:
            share, _ = _mixed(luma, luma[0], luma[-1])
        begins, ends = _last(share < _START) + 1, _first(share > _END)
        if not begins < ends:
            begins, ends = start - early, end - early
        middle = int(begins + np.argmin(np.abs(share[begins:ends] - 0.5)))
    return Gradual(kind, early + begins, early + middle, early + max(ends, middle + 1), start, end, chance)


def _first(which: NDArray[np.bool_]) -> int:
    return int(np.argmax(which)) if which.any() else len(which) - 1


def _last(which: NDArray[np.bool_]) -> int:
    return len(which) - 1 - int(np.argmax(which[::-1])) if which.any() else 0
