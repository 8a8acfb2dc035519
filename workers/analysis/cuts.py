"""Hard cuts: one picture differs from the one before it, and what follows stays different from what was."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from workers.analysis.chances import Chances
from workers.analysis.history import History, is_peak, positions_of
from workers.analysis.similarity import MAX_REACH, Small, pair_differences, relit
from workers.analysis.weights import CUT

LEAST_CHANCE = 0.5
NEAR_CHANCE = 0.05
"""From here on up to LEAST_CHANCE it is a near miss: told of, and no cut."""

_LEAST = 9.0
_RATIO, _EXCESS = 1.2, 0.8
"""How far above the usual a candidate must stand. Low: a calm shot that is cut to a shaken one does not stand out from
what follows, and what was learned tells the two apart."""

PARAMETERS = {
    "cut_least": _LEAST,
    "cut_ratio": _RATIO,
    "cut_excess": _EXCESS,
    "cut_chance": LEAST_CHANCE,
    "cut_near_chance": NEAR_CHANCE,
}

NAMES = (
    "difference",
    "over usual",
    "over median",
    "stays",
    "stays, absolute",
    "relit",
    "relit, absolute",
    "relit, far",
    "tones",
    "next",
    "nearby",
    "before",
    "after",
    "wide",
    "contrast",
)
"""What is measured of a candidate, in this order."""

_CHANCES = Chances(CUT, NAMES)


def reach_of(history: History) -> int:
    """How many pictures on each side of a position are looked at to judge it."""
    return max(_breadth(history), history.lags.half // 2, 3 + 3 * history.lags.stride) + 1


def _breadth(history: History) -> int:
    return max(4, history.lags.half * 2 // 3)


def cuts_in(history: History, start: int, end: int) -> Iterator[tuple[int, float]]:
    """The positions of [start, end) where a shot may begin, near misses too, and how likely each is: 0 to 1."""
    for position in positions_of(history.step, start, end, _LEAST):
        found = measured(history, position)
        chance = _CHANCES.of(found) if found else 0.0
        if chance >= NEAR_CHANCE:
            yield position, chance


def measured(history: History, position: int) -> list[float] | None:
    """What speaks for and against a cut before the picture at `position`, as NAMES; None where it is no candidate.

    A candidate differs from the picture before it by more than its neighbours do: no neighbour within two frames
    differs more, and by far not all of those around as much. Measured are that difference, alone and beside those
    around; whether the pictures after it stay different from those before (a flash, a glitch, a repeated frame do
    not), also when they are given their light (a lamp, an exposure step); the share of tones that changed; and how
    much the picture moves on either side.
    """
    step, value, end = history.step, history.step[position], history.measured
    if value < _LEAST or not is_peak(step, position, 2):
        return None
    breadth = _breadth(history)
    around = np.sort(
        [*step[max(1, position - breadth) : max(1, position - 1)], *step[position + 2 : position + breadth + 1]]
    )
    usual = float(around[-1 - min(len(around) - 1, max(1, len(around) // 6))]) if len(around) > 1 else 0.0
    if value < _RATIO * usual + _EXCESS:
        return None
    median = float(np.median(around)) if len(around) else 0.0
    stride, pause = history.lags.stride, max(1, history.lags.half // 2)
    earlier = [x for x in (position - 1, position - 2 - stride, position - 3 - 2 * stride) if x >= 0]
    later = [y for y in (position, position + 1, position + 1 + stride, position + 3 + 3 * stride) if y < end]
    at = history.held
    before, after = at(position - 1), at(position)
    far_before, far_after = at(position - 3 - 2 * stride), at(position + 3 + 3 * stride)
    pairs = [
        (before, after),
        (before, relit(after, before)),
        (after, relit(before, after)),
        (far_before, far_after),
        (far_before, relit(far_after, far_before)),
        (at(position - 1 - pause), before),
        (after, at(position + pause)),
        *((at(x), at(y)) for x in earlier for y in later),
    ]
    wide, lit, unlit, far, far_lit, still_before, still_after, *resemblance = pair_differences(pairs, MAX_REACH)
    least, lit = min(resemblance), min(lit, unlit)
    next_to = max(*step[max(0, position - 1) : position], *step[position + 1 : position + 2], 0.0)
    nearby = max(*step[max(0, position - 3) : position], *step[position + 1 : position + 4], 0.0)
    some = value + 0.5
    return [
        np.log1p(value),
        np.log((value + 1) / (usual + 1)),
        np.log((value + 1) / (median + 1)),
        least / some,
        np.log1p(least),
        lit / (wide + 0.5),
        np.log1p(lit),
        far_lit / (far + 0.5),
        tones_apart(before, after),
        next_to / some,
        nearby / some,
        still_before / some,
        still_after / some,
        np.log1p(wide),
        min(float(before[0].std()), float(after[0].std())) / 20,
    ]


def tones_apart(before: Small, after: Small) -> float:
    """How much of the two pictures' tones, light and colour, is not shared: 0 to 1; where they are does not matter."""
    return float(np.abs(_tones(before) - _tones(after)).mean() * 8)


def _tones(small: Small) -> NDArray[np.float64]:
    """The share of points at each of sixteen levels: (3, 16)."""
    return np.stack([np.bincount(plane.ravel() >> 4, minlength=16) / plane.size for plane in small])
