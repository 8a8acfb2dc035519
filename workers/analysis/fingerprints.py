"""Fingerprints of the pictures, twice a second: the whole frame, its active area, and crops of it.

The crops are for copies that were cropped or had something laid over an edge: what is left in them is found again in a
crop of the original. What was laid around a picture is told from the picture by half a minute of samples, see `areas`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from storage.integrity.digest import Digest
from workers.analysis import pdq
from workers.analysis.areas import WHOLE, Area, active_areas
from workers.analysis.decode import Frame
from workers.analysis.orientation import Orientation
from workers.analysis.probe import Probe
from workers.analysis.sink import About, Need
from workers.analysis.timeline import Timeline
from workers.copies.prints import LARGEST_EXACT, Header, Kind, Prints

MOST_FRAMES = 200_000
"""As many frames as are hashed: more than a day of video."""

_EVERY_S = Fraction(1, 2)
_STRETCH = 64
_LEAST_QUALITY = 8
_ALGORITHM, _VERSION = "pdq-luma", "1"

CROPS = (
    Area(0.05, 0.05, 0.95, 0.95),
    *(Area(left, top, left + 0.8, top + 0.8) for left in (0.0, 0.1, 0.2) for top in (0.0, 0.1, 0.2)),
    Area(0.0, 0.0, 1.0, 0.8),
    Area(0.2, 0.2, 0.8, 0.8),
    Area(0.0, 0.0, 0.6, 1.0),
    Area(0.4, 0.0, 1.0, 1.0),
)


@dataclass(slots=True)
class Fingerprints:
    """A sink. It keeps some thirty seconds of small pictures, and of what is past 48 bytes a hash."""

    probe: Probe
    timeline: Timeline
    _waiting: list[tuple[int, NDArray[np.uint8]]] = field(default_factory=list)
    _ticks: list[NDArray[np.int64]] = field(default_factory=list)
    _kinds: list[NDArray[np.uint8]] = field(default_factory=list)
    _qualities: list[NDArray[np.uint8]] = field(default_factory=list)
    _areas: list[NDArray[np.uint8]] = field(default_factory=list)
    _places: list[NDArray[np.uint8]] = field(default_factory=list)
    _hashes: list[NDArray[np.uint8]] = field(default_factory=list)
    _frames: int = 0
    _dropped: int = 0
    _ends: list[int] = field(default_factory=list)

    need = Need(384, 0, every=_EVERY_S)

    @property
    def about(self) -> About:
        return About(
            "fingerprints",
            _VERSION,
            {
                "every_s": float(_EVERY_S),
                "stretch": _STRETCH,
                "least_quality": _LEAST_QUALITY,
                "crops": len(CROPS),
                "bits": 256,
            },
        )

    def feed(self, frame: Frame, planes: NDArray[np.uint8]) -> None:
        if self._frames + self._dropped + len(self._waiting) >= MOST_FRAMES:
            return
        if abs(frame.time.pts) >= LARGEST_EXACT or (self._ends and frame.time.pts <= self._ends[-1]):
            return  # a damaged time; the next one is right again
        self._ends = [*self._ends[:1], frame.time.pts]
        small = _upright(planes[0], self.probe.orientation)
        if self._waiting and (len(self._waiting) >= _STRETCH or self._waiting[0][1].shape != small.shape):
            self._hash()
        self._waiting.append((frame.time.pts, small))

    def finish(self) -> Mapping[str, Any]:
        self._hash()
        return {"fingerprints": self._frames}

    def prints(self, digest: Digest) -> Prints:
        """All of them, once the pass is over; `digest` is that of the file."""
        about, timeline = self.about, self.timeline
        width, height = self.probe.displayed_size
        header = Header(
            original=digest.hex,
            algorithm=_ALGORITHM,
            algorithm_version=about.version,
            parameters=dict(about.parameters),
            versions={"av": av.__version__, "opencv": cv2.__version__, "numpy": np.__version__},
            time_base=str(timeline.time_base),
            start=max(-LARGEST_EXACT, min([timeline.start.pts, *self._ends])),
            end=min(LARGEST_EXACT, max([timeline.end.pts, *(tick + 1 for tick in self._ends)])),
            width=width,
            height=height,
            frames=self._frames,
            dropped=self._dropped,
        )
        return Prints(
            header,
            np.concatenate([np.zeros(0, np.int64), *self._ticks]),
            np.concatenate([np.zeros(0, np.uint8), *self._kinds]),
            np.concatenate([np.zeros(0, np.uint8), *self._qualities]),
            np.concatenate([np.zeros((0, 4), np.uint8), *self._areas]),
            np.concatenate([np.zeros(0, np.uint8), *self._places]),
            np.concatenate([np.zeros((0, 32), np.uint8), *self._hashes]),
        )

    def _hash(self) -> None:
        """Hash what waits, and let it go."""
        if not self._waiting:
            return
        ticks = [tick for tick, _ in self._waiting]
        pictures = np.stack([small for _, small in self._waiting])
        self._waiting.clear()
        actives = active_areas(pictures)
        crops = [crop.within(actives[0] if actives else WHOLE) for crop in CROPS]
        areas = [WHOLE, *actives, *crops]
        kinds = [Kind.FULL, *(Kind.ACTIVE for _ in actives), *(Kind.CROP for _ in crops)]
        places = [0, *range(len(actives)), *range(len(crops))]
        parts = [area.sides() for area in areas]
        qualities = pdq.qualities_of(pictures, parts)
        hashes = pdq.hashes_of(pictures, parts)
        has_sight = qualities >= _LEAST_QUALITY
        has_sight[1:] &= has_sight[0]
        self._frames += int(has_sight[0].sum())
        self._dropped += int((~has_sight[0]).sum())
        numbers, frames = np.nonzero(has_sight)
        self._ticks.append(np.asarray(ticks, np.int64)[frames])
        self._kinds.append(np.asarray(kinds, np.uint8)[numbers])
        self._qualities.append(qualities[has_sight])
        self._areas.append(np.round(255 * np.asarray(parts)).astype(np.uint8)[numbers])
        self._places.append(np.asarray(places, np.uint8)[numbers])
        self._hashes.append(hashes[has_sight])


def _upright(luma: NDArray[np.uint8], orientation: Orientation) -> NDArray[np.uint8]:
    return orientation.upright(luma).copy()
