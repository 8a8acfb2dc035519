"""Which of the scored frames stand for the shots: the best of each, more where it changes, and none shown before."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.domain.mediatime import MediaTime
from workers.analysis.shots import Shot
from workers.copies.hashes import Hashes, distances

MARGIN_S = Fraction(1, 5)
APART_S = Fraction(3)
"""Two keyframes of a shot are so far apart at least."""

OTHER_BITS, SAME_BITS = 60, 31
"""Pictures of a shot that differ in more bits of their PDQ hash show something else; any in no more, the same.

The hash hardly sees what is written below a speaker, and that is worth a picture: the lower third must agree as well.
"""

TOLD_QUALITY = 50
"""Below this there is too little to see for a hash to say what is alike."""

MOST_OF_SHOT, MOST = 8, 20_000
PARAMETERS = {
    **{"margin_s": float(MARGIN_S), "apart_s": float(APART_S), "other_bits": OTHER_BITS, "same_bits": SAME_BITS},
    **{"told_quality": TOLD_QUALITY, "most_of_shot": MOST_OF_SHOT},
}

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Choice:
    """A frame chosen for a shot. `same_as`: the earlier choice that shows the same, whose picture stands for both."""

    shot: int
    frame: int
    time: MediaTime
    same_as: "Choice | None" = None


@dataclass(frozen=True, slots=True)
class Scored:
    """Frames that may be chosen, each a row: `frames`, `ticks`, `scores`, `qualities` (n,), and PDQ hashes (n, 32).

    `hashes` are of the whole picture, `lower` of its lower third.
    """

    frames: NDArray[np.int64]
    ticks: NDArray[np.int64]
    scores: NDArray[np.float64]
    hashes: Hashes
    lower: Hashes
    qualities: NDArray[np.uint8]

    def choose(self, shots: Sequence[Shot]) -> list[Choice]:
        """The stills of every shot in the order of time, away from its boundaries where there is room.

        1. The best of the shot; its first frame where none was scored. 2. Of a long shot also the best of those that
        show something else than every one chosen, so many at most. 3. What shows the same as an earlier choice is
        linked to it.
        """
        chosen: list[Choice] = []
        pictured: list[tuple[Choice, int]] = []
        for number, shot in enumerate(shots):
            base = shot.start.time_base
            following = shots[number + 1].transition_start.pts if number + 1 < len(shots) else shot.end.pts
            inside = self._inside(shot, following)
            if not len(inside):
                chosen.append(Choice(number, shot.start_frame, shot.start))
            most = min(MOST_OF_SHOT, 1 + max(0, MOST - len(chosen) - (len(shots) - number)))
            for row in self._stills(inside, int(APART_S / base), most):
                earlier = self._earlier(row, pictured)
                choice = Choice(number, int(self.frames[row]), MediaTime(int(self.ticks[row]), base), earlier)
                chosen.append(choice)
                if earlier is None:
                    pictured.append((choice, row))
        return chosen

    def _inside(self, shot: Shot, following: int) -> Rows:
        """The rows of a shot without its transitions and margins; else all of the shot."""
        margin = int(MARGIN_S / shot.start.time_base)
        begin, end = max(shot.start.pts, shot.transition_end.pts), min(shot.end.pts, following)
        for low, high in ((begin + margin, end - margin), (shot.start.pts, shot.end.pts)):
            inside = np.flatnonzero((self.ticks >= low) & (self.ticks < high))
            if len(inside):
                break
        return inside

    def _stills(self, inside: Rows, apart: int, most: int) -> list[int]:
        stills: list[int] = []
        free = inside
        while len(free) and len(stills) < most:
            best = int(free[np.argmax(self.scores[free])])
            stills.append(best)
            far = np.abs(self.ticks[free] - self.ticks[best]) >= apart
            other = distances(self.hashes[free], self.hashes[best : best + 1])[:, 0] > OTHER_BITS
            free = free[far & other & (self.qualities[free] >= TOLD_QUALITY)]
        return sorted(stills)

    def _earlier(self, row: int, pictured: Sequence[tuple[Choice, int]]) -> Choice | None:
        """The earlier choice that shows the same as a row most closely, or None."""
        if not pictured or self.qualities[row] < TOLD_QUALITY:
            return None
        rows = np.array([one for _, one in pictured])
        whole, lower = (distances(one[row : row + 1], one[rows])[0] for one in (self.hashes, self.lower))
        apart = np.maximum(whole, lower)
        nearest = int(np.argmin(apart))
        is_same = apart[nearest] <= SAME_BITS and self.qualities[rows[nearest]] >= TOLD_QUALITY
        return pictured[nearest][0] if is_same else None


def spoken(choice: Choice) -> dict[str, Any]:
    """A choice as the analysis document says it; a linked one with the moment whose picture shows the same."""
    told: dict[str, Any] = {
        "time_s": choice.time.seconds,
        "pts": choice.time.pts,
        "time_base": str(choice.time.time_base),
        "frame": choice.frame,
        "shot": choice.shot,
    }
    if choice.same_as is not None:
        told["same_as"] = {name: spoken(choice.same_as)[name] for name in ("time_s", "pts", "frame", "shot")}
    return told
