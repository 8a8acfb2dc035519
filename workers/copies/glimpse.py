"""Where a single picture stands in a video: stretches of frames whose hashes lie near, by whatever way of looking.

One picture has no line of time to follow, so that each frame must agree far better than in `alignment`: what is found
shows the picture, or something that nobody would tell from it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.domain.matches import MOST_SPANS, Match, Relation, Span, Transform
from workers.copies.prints import Kind, Prints
from workers.copies.views import COARSE, IN_A_MIRROR, Seen, Views

VERSION = "1"
NEAR_BITS = 64
"""So many of 256 bits may differ; of pictures that have nothing in common, the nearest of thousands differ in 68."""

_LEAST = 1 - 2 * NEAR_BITS / 256
_LEAST_COARSE = 0.5
_TYPICAL = 0.85
_STEP_S = 1.0


@dataclass(frozen=True, slots=True)
class _Best:
    """For each frame of the video how well the picture agrees, `score` (n,), and how it was looked at, by number."""

    score: NDArray[np.float32]
    look: NDArray[np.int64]
    looks: list[Seen]


def find(picture: Prints, video: Prints, go_on: Callable[[], None] = lambda: None) -> Match:
    """What `picture` is to `video`: contained, with the stretches that show it, or none.

    `go_on` is called every moment of it; whatever it raises ends the work.

    Each frame of `picture` may be a window of it. Spans are in seconds since the first frame of each, and stand still
    in the picture.
    """
    one, other = Views.of(picture), Views.of(video)
    if not len(one.times) or not len(other.times):
        return Match(relation=Relation.NONE)
    best = _best(one, other, go_on)
    top = int(np.argmax(best.score))
    if best.score[top] < _LEAST:
        return Match(relation=Relation.NONE)
    seen = best.looks[best.look[top]]
    # Frames that agree much less than the best do only show the same place.
    rows = np.nonzero(best.score >= max(_LEAST, _TYPICAL * float(best.score[top])))[0]
    breaks = np.nonzero(np.diff(other.times[rows]) > _STEP_S)[0] + 1
    runs = sorted(np.split(rows, breaks), key=lambda run: -float(best.score[run].max()))[:MOST_SPANS]
    spans = sorted((_span(run, best, other.times) for run in runs), key=lambda span: span.b_start_s)
    return Match(
        relation=Relation.CONTAINED,
        transform=Transform(mirrored=seen.is_mirrored, cropped=seen.is_cropped),
        spans=tuple(spans),
    )


def _best(one: Views, other: Views, go_on: Callable[[], None]) -> _Best:
    plain = one.signs[Kind.FULL, 0]
    chosen = [Seen((Kind.FULL, 0), view, is_mirrored) for view in other.signs for is_mirrored in (False, True)]
    score = np.full(len(other.times), -1, np.float32)
    look = np.zeros(len(other.times), np.int64)
    for number, seen in enumerate(chosen):
        go_on()
        # What is few is turned: as well the one as the other.
        first, second = plain * IN_A_MIRROR if seen.is_mirrored else plain, other.signs[seen.second]
        own = first @ second.T / 256
        near = np.nonzero(own.max(0) >= _LEAST)[0]
        own = np.where((first * COARSE) @ second[near].T / 256 >= _LEAST_COARSE, own[:, near], -1)
        nearest = own.max(0, initial=-1)
        is_better = nearest > score[near]
        score[near[is_better]], look[near[is_better]] = nearest[is_better], number
    return _Best(score, look, chosen)


def _span(run: NDArray[np.int64], best: _Best, times: NDArray[np.float64]) -> Span:
    """A sample stands for the time until the next one."""
    last = int(run[-1])
    end_s = float(times[last + 1]) if last + 1 < len(times) else float(times[last]) + _STEP_S / 2
    return Span(
        a_start_s=0.0,
        a_end_s=0.0,
        b_start_s=round(float(times[run[0]]), 3),
        b_end_s=round(min(end_s, float(times[last]) + _STEP_S), 3),
        score=round(float(np.clip(best.score[run].max(), 0, 1)), 3),
        samples=len(run),
    )
