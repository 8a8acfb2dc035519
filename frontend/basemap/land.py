"""Land and borders in one small GeoJSON file, for browsers that draw no tiles.

Source: RFC 7946; coordinates are rounded to what a picture of the world can show (section 11.2).
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from atlas import Atlas, Position
from policy import Line

_DECIMALS = 2
_STEP_DEG = 0.05
# Islets below this, in square degrees, are no more than a dot at the scale this is drawn at.
_SMALLEST_DEG2 = 0.04


def write(atlas: Atlas, disputed: Sequence[Line], path: Path) -> None:
    """Write three features: all land, the borders, and the disputed ones."""
    lines: dict[bool, list[list[Position]]] = {False: [], True: []}
    for _between, is_disputed, line in atlas.borders(disputed):
        if len(rounded := _rounded(line)) > 1:
            lines[is_disputed].append(rounded)
    features = [
        _feature("land", "MultiPolygon", _land(atlas)),
        _feature("border", "MultiLineString", lines[False]),
        _feature("disputed", "MultiLineString", lines[True]),
    ]
    told = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(told, separators=(",", ":")), encoding="utf-8")


def _land(atlas: Atlas) -> list[list[list[Position]]]:
    land = []
    for polygon in atlas.land:
        rings = [ring for ring in map(_rounded, atlas.rings(polygon)) if len(ring) >= 4]
        if rings and _box_deg2(rings[0]) >= _SMALLEST_DEG2:
            land.append(rings)
    return land


def _rounded(line: Sequence[Position]) -> list[Position]:
    """The line on a coarser grid, without positions that come closer than a step to the one before."""
    rounded: list[Position] = []
    for at, (lon, lat) in enumerate(line):
        here = (round(lon, _DECIMALS), round(lat, _DECIMALS))
        is_end = at in (0, len(line) - 1)
        if not rounded or (is_end and rounded[-1] != here) or math.dist(rounded[-1], here) >= _STEP_DEG:
            rounded.append(here)
    return rounded


def _box_deg2(ring: Sequence[Position]) -> float:
    lons, lats = zip(*ring, strict=True)
    return (max(lons) - min(lons)) * (max(lats) - min(lats))


def _feature(kind: str, shape: str, coordinates: list) -> dict:
    return {"type": "Feature", "properties": {"kind": kind}, "geometry": {"type": shape, "coordinates": coordinates}}
