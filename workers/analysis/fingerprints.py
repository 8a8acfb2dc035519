"""Fingerprints of the pictures of a video, twice a second, as the decode pass brings them by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.integrity.digest import Digest
from workers.analysis import hashing
from workers.analysis.decode import Frame
from workers.analysis.hashing import EVERY_S, STRETCH, Records, header_of, prints_of, records_of
from workers.analysis.orientation import Orientation
from workers.analysis.probe import Probe
from workers.analysis.sink import About, Need
from workers.analysis.timeline import Timeline
from workers.copies.prints import LARGEST_EXACT, Prints

MOST_FRAMES = 200_000
"""As many frames as are hashed: more than a day of video."""


@dataclass(slots=True)
class Fingerprints:
    """A sink. It keeps some thirty seconds of small pictures, and of what is past 48 bytes a hash."""

    probe: Probe
    timeline: Timeline
    _waiting: list[tuple[int, NDArray[np.uint8]]] = field(default_factory=list)
    _records: list[Records] = field(default_factory=list)
    _frames: int = 0
    _dropped: int = 0
    _ends: list[int] = field(default_factory=list)

    need = Need(384, 0, every=EVERY_S)

    @property
    def about(self) -> About:
        return hashing.about()

    def feed(self, frame: Frame, planes: NDArray[np.uint8]) -> None:
        if self._frames + self._dropped + len(self._waiting) >= MOST_FRAMES:
            return
        if abs(frame.time.pts) >= LARGEST_EXACT or (self._ends and frame.time.pts <= self._ends[-1]):
            return  # a damaged time; the next one is right again
        self._ends = [*self._ends[:1], frame.time.pts]
        small = _upright(planes[0], self.probe.orientation)
        if self._waiting and (len(self._waiting) >= STRETCH or self._waiting[0][1].shape != small.shape):
            self._hash()
        self._waiting.append((frame.time.pts, small))

    def finish(self) -> Mapping[str, Any]:
        self._hash()
        return {"fingerprints": self._frames}

    def prints(self, digest: Digest) -> Prints:
        """All of them, once the pass is over; `digest` is that of the file."""
        start = max(-LARGEST_EXACT, min([self.timeline.start.pts, *self._ends]))
        end = min(LARGEST_EXACT, max([self.timeline.end.pts, *(tick + 1 for tick in self._ends)]))
        clock = str(self.timeline.time_base), start, end
        counts = self._frames, self._dropped
        return prints_of(header_of(digest, self.probe.displayed_size, counts, clock), self._records)

    def _hash(self) -> None:
        """Hash what waits, and let it go."""
        if not self._waiting:
            return
        found = records_of([tick for tick, _ in self._waiting], np.stack([small for _, small in self._waiting]))
        self._waiting.clear()
        self._records.append(found)
        self._frames += found.frames
        self._dropped += found.dropped


def _upright(luma: NDArray[np.uint8], orientation: Orientation) -> NDArray[np.uint8]:
    return orientation.upright(luma).copy()
