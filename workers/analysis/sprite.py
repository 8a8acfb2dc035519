"""Small pictures of the whole video in one: tiles evenly spread over its time, for the scrubber and for lists."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from storage.domain.mediatime import MediaTime
from workers.analysis.decode import Frame
from workers.analysis.picture import displayable
from workers.analysis.probe import Probe
from workers.analysis.shield import Picture, Shield, shielded
from workers.analysis.sink import About, Need
from workers.analysis.timeline import Timeline

MOST_TILES = 200
COLUMNS = 10
_WIDTH, _HIGHEST = 160, 320
_CLOSEST_S = Fraction(1, 5)


@dataclass(frozen=True, slots=True)
class Grid:
    """Tiles side by side, row by row: `picture` (rows x tile height, columns x tile width, 3) uint8 BGR."""

    picture: Picture
    columns: int
    rows: int
    tile_width: int
    tile_height: int
    times: tuple[MediaTime, ...]


@dataclass(slots=True)
class Tiles:
    """A sink that keeps at most 200 tiles of 160 points width (narrower where that would be very high), upright.

    They are a fifth of a second apart or more: 31 MB at the most, however long the video.
    """

    probe: Probe
    timeline: Timeline
    _tiles: list[Picture] = field(default_factory=list)
    _times: list[MediaTime] = field(default_factory=list)

    @property
    def every(self) -> Fraction:
        """Seconds from one tile to the next, at least."""
        span = self.timeline.end.exact - self.timeline.start.exact
        return max(_CLOSEST_S, span / (MOST_TILES - 1))

    @property
    def about(self) -> About:
        return About("sprite", "1", {"tiles": MOST_TILES, "width": _WIDTH, "closest_s": float(_CLOSEST_S)})

    @property
    def need(self) -> Need:
        # The planes are not used: a tile needs the colours of a screen, and no more than a few hundred are made.
        return Need(64, 32, every=self.every)

    def feed(self, frame: Frame, planes: NDArray[np.uint8]) -> None:
        if len(self._tiles) < MOST_TILES:
            aspect = self.probe.video.sample_aspect if self.probe.video else Fraction(1)
            self._tiles.append(displayable(frame.picture, self.probe.orientation, aspect, within=(_WIDTH, _HIGHEST)))
            self._times.append(frame.time)

    def finish(self) -> Mapping[str, Any]:
        return {}

    def grid(self, how: Shield | None = None) -> Grid | None:
        """All tiles in one picture, or each of them behind a shield; None where there is no tile.

        Tiles are shielded one by one, so that none shines into its neighbours.
        """
        if not self._tiles:
            return None
        height, width = self._tiles[0].shape[:2]
        columns = min(COLUMNS, len(self._tiles))
        rows = math.ceil(len(self._tiles) / columns)
        picture = np.zeros((rows * height, columns * width, *(() if how else (3,))), np.uint8)
        for number, tile in enumerate(self._tiles):
            # A stream may change its size on the way; its tiles do not.
            even = tile if tile.shape[:2] == (height, width) else cv2.resize(tile, (width, height))
            top, left = number // columns * height, number % columns * width
            even = np.asarray(even, dtype=np.uint8)
            picture[top : top + height, left : left + width] = shielded(even, how) if how else even
        return Grid(picture, columns, rows, width, height, tuple(self._times))
