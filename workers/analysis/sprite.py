"""Small pictures of the whole video in one: tiles evenly spread over its time, for the scrubber and for lists."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from storage.domain.mediatime import MediaTime
from workers.analysis.decode import Frame
from workers.analysis.jpeg import write_jpeg
from workers.analysis.picture import displayable
from workers.analysis.probe import Probe
from workers.analysis.shield import Picture, Shield, shielded
from workers.analysis.sink import About, Need
from workers.analysis.timeline import Timeline

MOST_TILES = 200
COLUMNS = 10
_WIDTH, _HIGHEST = 160, 2
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
    """A sink that keeps at most `most` tiles of `width` points (narrower where that would be very high), upright.

    They are a fifth of a second apart or more: 31 MB at the most as it ships, however long the video.
    """

    probe: Probe
    timeline: Timeline
    most: int = MOST_TILES
    width: int = _WIDTH
    _tiles: list[Picture] = field(default_factory=list)
    _times: list[MediaTime] = field(default_factory=list)

    @property
    def every(self) -> Fraction:
        """Seconds from one tile to the next, at least."""
        span = self.timeline.end.exact - self.timeline.start.exact
        return max(_CLOSEST_S, span / (self.most - 1))

    @property
    def about(self) -> About:
        return About("sprite", "1", {"tiles": self.most, "width": self.width, "closest_s": float(_CLOSEST_S)})

    @property
    def need(self) -> Need:
        # The planes are not used: a tile needs the colours of a screen, and no more than a few hundred are made.
        return Need(64, 32, every=self.every)

    def feed(self, frame: Frame, planes: NDArray[np.uint8]) -> None:
        if len(self._tiles) < self.most:
            aspect = self.probe.video.sample_aspect if self.probe.video else Fraction(1)
            within = self.width, _HIGHEST * self.width
            self._tiles.append(displayable(frame.picture, self.probe.orientation, aspect, within=within))
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

    def written(self, out: Path) -> list[dict[str, Any]]:
        """Write the tiles into `out`, clear and behind each shield, and say these files as documents do."""
        spoken = []
        for how in (None, *Shield):
            grid = self.grid(how)
            if grid is not None:
                jpeg = write_jpeg(grid.picture, out, f"sprite-{how or 'clear'}.jpg")
                spoken.append(
                    jpeg.spoken()
                    | {
                        "shield": how.value if how else None,
                        "columns": grid.columns,
                        "rows": grid.rows,
                        "tile_width": grid.tile_width,
                        "tile_height": grid.tile_height,
                        "count": len(grid.times),
                        "every_s": float(self.every),
                        "times_s": [time.seconds for time in grid.times],
                    }
                )
        return spoken
