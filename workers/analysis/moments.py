"""When each picture is shown, and whether a browser could find it again by that time."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.analysis.decode import Frame
from workers.analysis.similarity import HEIGHT, WIDTH
from workers.analysis.sink import About, Need

_MICROSECONDS = 1_000_000
_LARGEST_SHORT = 2**32 - 1


@dataclass(slots=True)
class Moments:
    """A sink that notes the time of every picture shown: 8 bytes each.

    A picture that came out damaged is shown and counts; one that cannot be decoded, or whose time is not past the one
    before, is not shown and does not: so the n-th time is that of the n-th picture a player can stop at.
    """

    _ticks: "array[int]" = field(default_factory=lambda: array("q"))
    _forms: set[tuple[int, int, str]] = field(default_factory=set)
    _since_key: int = 0
    farthest: int = 0
    is_damaged: bool = False
    begins_with_key: bool = False

    need = Need(WIDTH, HEIGHT)

    @property
    def about(self) -> About:
        return About("moments", "1", {})

    @property
    def ticks(self) -> NDArray[np.int64]:
        """(n,) int64, ascending, in units of the stream's time base."""
        return np.asarray(self._ticks, np.int64)

    @property
    def is_uniform(self) -> bool:
        """Whether all pictures have one size and one form."""
        return len(self._forms) == 1

    def feed(self, frame: Frame, planes: NDArray[np.uint8]) -> None:
        if self._ticks and frame.time.pts <= self._ticks[-1]:
            self.is_damaged = True
            return
        if not self._ticks:
            self.begins_with_key = frame.is_key
        self._since_key = 0 if frame.is_key else self._since_key + 1
        self.farthest = max(self.farthest, self._since_key)
        self.is_damaged |= frame.is_damaged
        self._forms.add((frame.picture.width, frame.picture.height, frame.picture.format.name))
        self._ticks.append(frame.time.pts)

    def finish(self) -> Mapping[str, Any]:
        return {}


def microseconds(ticks: NDArray[np.int64], time_base: Fraction) -> list[int]:
    """Whole microseconds since the first of `ticks`, ascending; half a microsecond is rounded to the even one.

    Computed in whole numbers: floats would be off by then where ticks are counted from 1970.
    """
    first = int(ticks[0]) if len(ticks) else 0
    return [round((tick - first) * time_base * _MICROSECONDS) for tick in ticks.tolist()]


def packed(times_us: list[int]) -> tuple[bytes, int]:
    """Times as little-endian unsigned integers, and how many bytes each takes: 4, or 8 beyond 71 minutes."""
    bytes_each = 4 if not times_us or times_us[-1] <= _LARGEST_SHORT else 8
    return np.asarray(times_us, np.dtype(f"<u{bytes_each}")).tobytes(), bytes_each
