"""Countries from a TopoJSON atlas: neighbours share their arcs, so that moving an area moves its borders with it.

Source for the form: The TopoJSON Format Specification, sections 2.1.4 (arcs) and 2.1.2 (quantized positions).
"""

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policy import Box, Line, Move

Position = tuple[float, float]
Ring = list[int]
Polygon = list[Ring]


@dataclass(slots=True)
class Country:
    """One country: its ISO 3166-1 number or, without one, its name; polygons are rings of arc numbers."""

    key: str
    name: str
    polygons: list[Polygon]


@dataclass(slots=True)
class Atlas:
    """Countries over shared arcs; `~n` is arc n walked backwards."""

    arcs: list[list[Position]]
    countries: dict[str, Country]
    land: list[Polygon]

    def ring(self, arcs: Ring) -> list[Position]:
        """The positions of a closed ring; where two arcs meet their common position stands once."""
        walked: list[Position] = []
        for number in arcs:
            arc = self.arcs[number] if number >= 0 else self.arcs[~number][::-1]
            walked += arc[1:] if walked else arc
        return walked

    def rings(self, polygon: Polygon) -> list[list[Position]]:
        """The rings of a polygon, the outer one first; what quantization has made a line or a point is left out."""
        walked = (self.ring(ring) for ring in polygon)
        return [ring for ring in walked if len(ring) >= 4]

    def at(self, lon: float, lat: float) -> list[str]:
        """The countries that a point lies in."""
        return [
            country.key
            for country in self.countries.values()
            if any(is_inside(lon, lat, self.rings(polygon)) for polygon in country.polygons)
        ]

    def apply(self, move: Move) -> None:
        """Move one area to another country and join it with what it touches there.

        Raises: ValueError when not exactly one polygon of the source holds the point.
        """
        source, target = self.countries[move.source], self.countries[move.target]
        found = [polygon for polygon in source.polygons if is_inside(*move.at, self.rings(polygon))]
        if len(found) != 1:
            raise ValueError(f"{len(found)} areas of {source.name} hold {move.at}; one should")
        source.polygons.remove(found[0])
        if not source.polygons:
            del self.countries[move.source]
        target.polygons = self._joined([*target.polygons, found[0]], found[0])

    def borders(self, disputed: Sequence[Line]) -> Iterator[tuple[frozenset[str], bool, list[Position]]]:
        """Every land border: between whom, whether it is disputed there, and its positions."""
        owners: defaultdict[int, set[str]] = defaultdict(set)
        for country in self.countries.values():
            for polygon in country.polygons:
                for ring in polygon:
                    for number in ring:
                        owners[number if number >= 0 else ~number].add(country.key)
        for number, between in sorted(owners.items()):
            if len(between) > 1:
                boxes = [line.box for line in disputed if line.between <= between]
                for is_disputed, part in _parts(self.arcs[number], boxes):
                    yield frozenset(between), is_disputed, part

    def _joined(self, polygons: list[Polygon], moved: Polygon) -> list[Polygon]:
        """The polygons, with `moved` and those that share an arc with it made into one."""
        shared = {~number for number in moved[0]}
        touching = [one for one in polygons if one is not moved and any(shared & set(ring) for ring in one)]
        if not touching:
            return polygons
        walked = [number for one in (*touching, moved) for ring in one for number in ring]
        seen = set(walked)
        rings = self._stitched([number for number in walked if ~number not in seen])
        rings.sort(key=lambda ring: abs(_area(self.ring(ring))), reverse=True)
        rest = [one for one in polygons if one is not moved and one not in touching]
        return [*rest, rings]

    def _stitched(self, numbers: Iterable[int]) -> list[Ring]:
        """Rings made by going on, at each arc's end, with one that starts there."""
        starts: defaultdict[Position, list[int]] = defaultdict(list)
        for number in numbers:
            starts[self._ends(number)[0]].append(number)
        rings = []
        while starts:
            first, _ = next(iter(starts.items()))
            ring, here = [], first
            while not ring or here != first:
                ring.append(starts[here].pop())
                if not starts[here]:
                    del starts[here]
                here = self._ends(ring[-1])[1]
            rings.append(ring)
        return rings

    def _ends(self, number: int) -> tuple[Position, Position]:
        arc = self.arcs[number] if number >= 0 else self.arcs[~number][::-1]
        return arc[0], arc[-1]


def read(path: Path) -> Atlas:
    """Read an atlas of `world-atlas`."""
    told = json.loads(path.read_text(encoding="utf-8"))
    (scale_x, scale_y), (west, south) = told["transform"]["scale"], told["transform"]["translate"]
    arcs = []
    for steps in told["arcs"]:
        x = y = 0
        arc = []
        for step_x, step_y in steps:
            x, y = x + step_x, y + step_y
            arc.append((round(x * scale_x + west, 5), round(y * scale_y + south, 5)))
        arcs.append(arc)
    countries: dict[str, Country] = {}
    for shape in told["objects"]["countries"]["geometries"]:
        key, name = shape.get("id") or shape["properties"]["name"], shape["properties"]["name"]
        # A few numbers come twice (Australia and its small islands): they are one country.
        countries.setdefault(key, Country(key, name, [])).polygons.extend(_polygons(shape))
    land = [polygon for shape in told["objects"]["land"]["geometries"] for polygon in _polygons(shape)]
    return Atlas(arcs, countries, land)


def is_inside(lon: float, lat: float, rings: Sequence[Sequence[Position]]) -> bool:
    """Whether a point lies in a polygon: an odd number of edges lies west of it (Shimrat, CACM 5 (8), 1962)."""
    inside = False
    for ring in rings:
        for (x1, y1), (x2, y2) in itertools.pairwise(ring):
            if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside


def _polygons(shape: dict) -> list[Polygon]:
    match shape["type"]:
        case "Polygon":
            return [shape["arcs"]]
        case "MultiPolygon":
            return list(shape["arcs"])
    return []


def _area(ring: Sequence[Position]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in itertools.pairwise(ring)) / 2


def _parts(arc: Sequence[Position], boxes: Sequence[Box]) -> Iterator[tuple[bool, list[Position]]]:
    """An arc in pieces that lie wholly in one of the boxes or wholly outside, decided by the middle of each edge."""
    part: list[Position] = []
    was = False
    for start, end in itertools.pairwise(arc):
        lon, lat = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        now = any(west <= lon <= east and south <= lat <= north for west, south, east, north in boxes)
        if part and now != was:
            yield was, part
            part = []
        part = part or [start]
        part.append(end)
        was = now
    if part:
        yield was, part
