"""Gradual transitions: half a second that differs much at its ends and leads steadily from one picture to the other."""

from array import array
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.analysis.history import History, between
from workers.analysis.similarity import MAX_REACH, is_only_relit

_LEAST = 16.0
_RATIO, _EXCESS = 1.6, 3.0
_ENDS_SHARE, _FADE_ENDS_SHARE = 0.85, 0.4
_STEADY = 0.9
_SPREAD_QUANTILE = 0.75
_RESIDUE = 0.35
_FLAT_SHARE, _FLAT_EXCESS = 0.3, 2.0
_WIPE_STEADY, _WIPE_UNCLEAR = 0.93, 9.0
_SUDDEN = 0.5
_START, _END, _FULL = 0.06, 0.94, 0.9

PARAMETERS = {
    "gradual_least": _LEAST,
    "gradual_ratio": _RATIO,
    "gradual_ends": _ENDS_SHARE,
    "gradual_steady": _STEADY,
    "gradual_residue": _RESIDUE,
}

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
    """A transition over the positions [start, end), whose first half belongs to the shot before `middle`."""

    kind: Transition
    start: int
    middle: int
    end: int


def reach_of(history: History) -> int:
    """How many pictures on each side of a position are looked at to judge it."""
    return 3 * history.lags.half + 8


def gradual_at(history: History, position: int) -> Gradual | None:
    """The transition that ends about `position`, where the difference over a lag peaks there.

    1. The difference over half (or a quarter) of a second is large, a peak, and stands out from its surroundings.
    2. Pictures just outside differ as well (by as much, unless it fades), however the camera moved, and not by their
       light alone.
    3. Inside, little by little, the picture goes flat (fade), or is a mix of both ends that shifts from one to the
       other (dissolve), or more and more points belong to the later picture and few to neither (wipe).
    """
    for signal, lag in ((history.far, history.lags.half), (history.near, history.lags.quarter)):
        start = position - lag
        if start < 0 or not _is_peak(signal, position, lag):
            continue
        outside = between(history, [start - 3, start - 6], [position + 3, position + 6], MAX_REACH)
        kind = _kind(_luma(history, start, position + 1), history, start, position)
        share = _FADE_ENDS_SHARE if kind is Transition.FADE else _ENDS_SHARE
        if kind is None or np.min(outside) < max(_LEAST, share * signal[position]):
            continue
        before, after = history.at(history.clamp(start - 3)), history.at(history.clamp(position + 3))
        if not is_only_relit(before, after, float(np.min(outside))):
            return _spanned(history, kind, start, position)
    return None


def _is_peak(signal: "array[float]", position: int, lag: int) -> bool:
    value = signal[position]
    if value <= _LEAST or value < max(signal[max(0, position - lag // 2) : position + lag // 2 + 1]):
        return False
    start = position - lag
    usual = 0.0
    for around in (
        signal[max(lag, start - 2 * lag) : max(lag, start)],
        signal[position + lag + 1 : position + 3 * lag],
    ):
        if len(around) > 3:
            usual = max(usual, float(np.median(np.asarray(around))))
    return bool(value >= _RATIO * usual + _EXCESS)


def _luma(history: History, start: int, end: int) -> Luma:
    small = history.span(start, end)
    return small[:, 0].reshape(len(small), -1).astype(np.float32)


def _kind(luma: Luma, history: History, start: int, end: int) -> Transition | None:
    first, last = luma[0], luma[-1]
    half = history.lags.half
    spread = _spread(_luma(history, start - half, end + half + 1))
    flattest = float(spread[half // 2 : -half // 2].min())
    if flattest < _FLAT_SHARE * min(spread[0], spread[-1]) + _FLAT_EXCESS:
        is_sudden = np.abs(np.diff(spread)).max() > _SUDDEN * (spread.max() - flattest)  # a flash, a cut to black
        return None if is_sudden else Transition.FADE
    share, residue = _mixed(luma, first, last)
    if _steadiness(share) > _STEADY and float(np.median(residue)) < _RESIDUE:
        return Transition.DISSOLVE
    to_first, to_last = np.abs(luma - first), np.abs(luma - last)
    switched = (to_last < to_first).mean(1)
    unclear = float(np.minimum(to_first, to_last).mean(1).max())
    if _steadiness(switched) > _WIPE_STEADY and unclear < _WIPE_UNCLEAR:
        return Transition.WIPE
    return None


def _spread(luma: Luma) -> Luma:
    """How much of a picture there is: (n,), 0 when flat; by a quantile, for a logo or a caption stays during a fade."""
    away = np.abs(luma - np.median(luma, axis=1, keepdims=True))
    return np.asarray(np.quantile(away, _SPREAD_QUANTILE, axis=1))


def _mixed(luma: Luma, first: Luma, last: Luma) -> tuple[Luma, Luma]:
    """How far each picture has gone from `first` to `last` (0 to 1), and what share of it is neither: (n,) each."""
    change = last - first
    size = float(change @ change) + 1e-6
    share = (luma - first) @ change / size
    rest = luma - first - share[:, None] * change
    return share, np.sqrt((rest * rest).sum(1) / size)


def _steadiness(values: Luma) -> float:
    """How steadily `values` grow: correlation with time, or 0 where half of the way is made in a single step."""
    way = float(values.max() - values.min())
    if way < 1e-6 or float(np.abs(np.diff(values)).max()) > _SUDDEN * way:
        return 0.0
    return float(np.corrcoef(values, np.arange(len(values)))[0, 1])


def _spanned(history: History, kind: Transition, start: int, end: int) -> Gradual:
    """The transition with its own ends: from the first picture that is mixed to the first that is clean."""
    margin = history.lags.half if kind is Transition.FADE else history.lags.half // 2
    early, late = history.clamp(start - margin), history.clamp(end + margin)
    luma = _luma(history, early, late + 1)
    if kind is Transition.FADE:
        spread = _spread(luma)
        darkest = int(spread.argmin())
        left, right = spread[: darkest + 1], spread[darkest:]
        begins = _last(left > _FULL * left.max()) + 1
        ends = darkest + _first(right > _FULL * right.max())
        return Gradual(kind, early + begins, early + darkest, early + ends)
    if kind is Transition.WIPE:
        share = (np.abs(luma - luma[-1]) < np.abs(luma - luma[0])).mean(1)
    else:
        share, _ = _mixed(luma, luma[0], luma[-1])
    begins, ends = _last(share < _START) + 1, _first(share > _END)
    if not begins < ends:
        begins, ends = start - early, end - early
    middle = int(begins + np.argmin(np.abs(share[begins:ends] - 0.5)))
    return Gradual(kind, early + begins, early + middle, early + ends)


def _first(which: NDArray[np.bool_]) -> int:
    return int(np.argmax(which)) if which.any() else len(which) - 1


def _last(which: NDArray[np.bool_]) -> int:
    return len(which) - 1 - int(np.argmax(which[::-1])) if which.any() else 0
