"""Hard cuts: one picture differs from the one before it, and what follows stays different from what was."""

import numpy as np

from workers.analysis.history import History, between
from workers.analysis.similarity import MAX_REACH, SAME_WHEN_RELIT, is_only_relit

LEAST = 9.0
_RATIO, _EXCESS = 1.9, 3.0
_STAYS, _STAYS_LEAST = 0.6, 0.7

PARAMETERS = {
    "cut_least": LEAST,
    "cut_ratio": _RATIO,
    "cut_excess": _EXCESS,
    "cut_stays": _STAYS,
    "cut_relit": SAME_WHEN_RELIT,
}


def reach_of(history: History) -> int:
    """How many pictures on each side of a position are looked at to judge it."""
    return max(_breadth(history) + 1, 3 + 3 * history.lags.stride)


def _breadth(history: History) -> int:
    return max(4, history.lags.half * 2 // 3)


def is_cut(history: History, position: int) -> bool:
    """Whether the picture at `position` is the first of a new shot.

    1. It differs from the one before by enough, and by more than its neighbours do (a sixth of them may be as wild).
    2. No neighbour within two frames differs more.
    3. The pictures after it, with the light of those before, are not the same again: a lamp, an exposure step.
    4. No picture shortly after resembles one shortly before: a flash, a glitch, a repeated frame.
    """
    step, value = history.step, history.step[position]
    if value < LEAST:
        return False
    breadth = _breadth(history)
    around = [*step[max(1, position - breadth) : max(1, position - 1)], *step[position + 2 : position + breadth + 1]]
    around.sort(reverse=True)
    usual = around[min(len(around) - 1, max(1, len(around) // 6))] if around else 0.0
    if value < _RATIO * usual + _EXCESS:
        return False
    if value < max(step[max(0, position - 2) : position + 3]):
        return False
    if is_only_relit(history.at(position - 1), history.at(position), value):
        return False
    return _stays(history, position)


def _stays(history: History, position: int) -> bool:
    stride, value, end = history.lags.stride, history.step[position], history.measured
    earlier = [x for x in (position - 1, position - 2, position - 2 - stride, position - 3 - 2 * stride) if x >= 0]
    later = [position + offset for offset in (0, 1, 1 + stride, 2 + 2 * stride, 3 + 3 * stride)]
    resemblance = between(history, earlier, [y for y in later if y < end], MAX_REACH)
    return bool(np.min(resemblance) >= max(LEAST * _STAYS_LEAST, _STAYS * value))
