"""The last seconds of small pictures, and how each differs from those before it; flat in memory."""

from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workers.analysis.similarity import HEIGHT, SIDE, WIDTH, Small, Tints, differences, tints_of

BATCH = 64
_REACHES = (0, 2, 4)
_STEP_FLOOR, _LAG_FLOOR = 6.0, 10.0
"""Above these a difference is measured again with the next reach: below, the camera's movement does not matter."""


@dataclass(frozen=True, slots=True)
class Lags:
    """Distances in frames at which pictures are compared: a second, half of one, a quarter, and a twentieth."""

    full: int
    half: int
    quarter: int
    stride: int

    @classmethod
    def at(cls, rate: float) -> "Lags":
        """The lags of a stream of `rate` frames per second; bounded, so that a strange rate costs no memory."""
        usual = min(max(rate, 6.0), 80.0)
        return cls(
            max(6, round(usual)), max(4, round(usual * 0.5)), max(3, round(usual * 0.25)), max(1, int(usual / 20))
        )


@dataclass(slots=True)
class History:
    """Small pictures by position (0, 1, ... as decoded): the last ones, and four differences of every one.

    `step`, `near`, `far` and `farther` hold how each picture differs from the one before it, a quarter, half a second
    and a second earlier (0 where there is none): 16 bytes a frame, the pictures themselves for a window only.
    """

    lags: Lags
    keep: int = 448
    step: "array[float]" = field(default_factory=lambda: array("f"))
    near: "array[float]" = field(default_factory=lambda: array("f"))
    far: "array[float]" = field(default_factory=lambda: array("f"))
    farther: "array[float]" = field(default_factory=lambda: array("f"))
    _window: Small = field(init=False)
    _tints: Tints = field(init=False)
    _first: int = 0
    _held: int = 0

    def __post_init__(self) -> None:
        self._window = np.empty((self.keep + BATCH, 3, HEIGHT, WIDTH), np.uint8)
        self._tints = np.empty((self.keep + BATCH, 2, HEIGHT // SIDE, WIDTH // SIDE), np.uint8)

    @property
    def end(self) -> int:
        """One past the last position held."""
        return self._first + self._held

    @property
    def measured(self) -> int:
        """One past the last position whose differences are known."""
        return len(self.step)

    def append(self, small: NDArray[np.uint8]) -> None:
        """Hold one more picture, (3, HEIGHT, WIDTH); the oldest fall out."""
        if self._held == len(self._window):
            self._window[: self.keep] = self._window[-self.keep :]
            self._tints[: self.keep] = self._tints[-self.keep :]
            self._first += self._held - self.keep
            self._held = self.keep
        self._window[self._held] = small
        self._held += 1

    def at(self, position: int) -> Small:
        """The picture at `position`: (3, HEIGHT, WIDTH)."""
        small: Small = self._window[position - self._first]
        return small

    def span(self, start: int, end: int) -> Small:
        """The pictures of [start, end), as far as they exist and are still held."""
        return self._window[self._rows(start, end)]

    def _rows(self, start: int, end: int) -> slice:
        start = max(start, self._first)
        return slice(start - self._first, max(start, min(end, self.end)) - self._first)

    def held(self, position: int) -> Small:
        """The picture at `position`, or the nearest that is held: (3, HEIGHT, WIDTH)."""
        return self.at(self.clamp(position))

    def clamp(self, position: int) -> int:
        """The nearest position that is held."""
        return min(max(position, self._first), self.end - 1)

    def measure(self) -> None:
        """Bring the differences up to the last picture held."""
        start, end = self.measured, self.end
        if start == end:
            return
        self._tints[self._rows(start, end)] = tints_of(self.span(start, end))
        for signal, lag, floor in (
            (self.step, 1, _STEP_FLOOR),
            (self.near, self.lags.quarter, _LAG_FLOOR),
            (self.far, self.lags.half, _LAG_FLOOR),
            (self.farther, self.lags.full, _LAG_FLOOR),
        ):
            since = max(start, lag)
            signal.extend([0.0] * (min(since, end) - start))
            if since < end:
                rows = self._rows(since - lag, end - lag), self._rows(since, end)
                earlier, later = (self._window[one] for one in rows)
                before, after = (self._tints[one] for one in rows)
                measured = differences(earlier, later, _REACHES[0], (before, after))
                for reach in _REACHES[1:]:
                    doubtful = np.flatnonzero(measured > floor)
                    tints = before[doubtful], after[doubtful]
                    measured[doubtful] = differences(earlier[doubtful], later[doubtful], reach, tints)
                signal.extend(measured.tolist())


def is_peak(signal: "array[float]", position: int, reach: int) -> bool:
    """Whether no value within `reach` of `position` is larger."""
    return signal[position] >= max(signal[max(0, position - reach) : position + reach + 1])


def positions_of(signal: "array[float]", start: int, end: int, least: float) -> list[int]:
    """The positions of [start, end) at which a signal is not below `least`."""
    found: list[int] = (start + np.flatnonzero(np.asarray(signal[start:end]) >= least)).tolist()
    return found
