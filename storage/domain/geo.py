"""Places on the Earth: distances, boxes and circles, with what the web may ask of them."""

import math
import re
from dataclasses import dataclass
from typing import Self

from storage.errors import BadQuery

EARTH_RADIUS_M = 6_371_008.8
FARTHEST_M = 20_100_000.0
_NUMBER = re.compile(r"[+-]?(?:\d{1,12}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE][+-]?\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Point:
    """A point in WGS 84 degrees: -90 <= lat <= 90, -180 <= lon <= 180.

    Raises: ValueError outside of that, or for numbers that are not finite.
    """

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not -90 <= self.lat <= 90:
            raise ValueError(f"a latitude lies between -90 and 90 degrees, not {self.lat}")
        if not -180 <= self.lon <= 180:
            raise ValueError(f"a longitude lies between -180 and 180 degrees, not {self.lon}")


def distance_m(one: Point, other: Point) -> float:
    """The way along the ground in metres, on a sphere of the mean Earth radius (IUGG R1).

    The ellipsoid is not modelled: the answer differs from the WGS 84 geodesic by at most 0.56 %.
    Source: R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (2), 1984.
    """
    lat_1, lat_2 = math.radians(one.lat), math.radians(other.lat)
    half_lat = math.sin((lat_2 - lat_1) / 2)
    half_lon = math.sin(math.radians(other.lon - one.lon) / 2)
    chord = half_lat * half_lat + math.cos(lat_1) * math.cos(lat_2) * half_lon * half_lon
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in degrees; `west` > `east` means that it crosses the antimeridian.

    Source: RFC 7946, sections 5.2 and 5.3.
    """

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        Point(self.south, self.west), Point(self.north, self.east)
        if self.south > self.north:
            raise ValueError(f"the southern edge {self.south} lies north of the northern edge {self.north}")

    def parts(self) -> tuple[Self, ...]:
        """The same area as one or two boxes that do not cross the antimeridian."""
        if self.west <= self.east:
            return (self,)
        make = type(self)
        return make(self.west, self.south, 180.0, self.north), make(-180.0, self.south, self.east, self.north)

    def contains(self, point: Point) -> bool:
        """Whether `point` lies in the box or on its edge; at a pole and at the antimeridian both spellings count."""
        if not self.south <= point.lat <= self.north:
            return False
        if abs(point.lat) == 90:
            return True
        spellings = (point.lon, -point.lon) if abs(point.lon) == 180 else (point.lon,)
        return any(part.west <= lon <= part.east for part in self.parts() for lon in spellings)

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share at least a point."""
        if self.south > other.north or other.south > self.north:
            return False
        ours, theirs = self._spans(), other._spans()
        return any(
            west <= their_east and their_west <= east for west, east in ours for their_west, their_east in theirs
        )

    def _spans(self) -> list[tuple[float, float]]:
        spans = [(part.west, part.east) for part in self.parts()]
        # The two meridians ±180 are one line on the ground.
        if any(east == 180 for _, east in spans):
            spans.append((-180.0, -180.0))
        if any(west == -180 for west, _ in spans):
            spans.append((180.0, 180.0))
        return spans


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything within `radius_m` metres of a centre."""

    centre: Point
    radius_m: float

    def contains(self, point: Point) -> bool:
        return distance_m(self.centre, point) <= self.radius_m

    def overlaps(self, other: "Circle") -> bool:
        """Whether something may lie in both; a place known to within a radius is *possibly* here."""
        return distance_m(self.centre, other.centre) <= self.radius_m + other.radius_m

    def box(self) -> Box:
        """The smallest box around the circle; all longitudes when it holds a pole.

        Source: J. P. Matuschek, "Finding Points Within a Distance of a Latitude/Longitude".
        """
        angle = math.degrees(self.radius_m / EARTH_RADIUS_M)
        # A hair wider than the circle, so that rounding never cuts a point off.
        angle = angle * (1 + 1e-9) + 1e-9
        south, north = self.centre.lat - angle, self.centre.lat + angle
        if south <= -90 or north >= 90:
            return Box(-180.0, max(south, -90.0), 180.0, min(north, 90.0))
        ratio = math.sin(math.radians(angle)) / math.cos(math.radians(self.centre.lat))
        half_width = math.degrees(math.asin(min(1.0, ratio))) * (1 + 1e-9) + 1e-9
        return Box(_wrapped(self.centre.lon - half_width), south, _wrapped(self.centre.lon + half_width), north)


def coarsened(circle: Circle, cell_deg: float) -> Circle:
    """Move a place to the middle of its cell of a fixed grid, with the radius enlarged to cover the old circle.

    The answer depends on the cell alone as to its centre, so asking again narrows nothing.
    """
    lat = min(max((math.floor(circle.centre.lat / cell_deg) + 0.5) * cell_deg, -90.0), 90.0)
    lon = min(max((math.floor(circle.centre.lon / cell_deg) + 0.5) * cell_deg, -180.0), 180.0)
    centre = Point(round(lat, 7), round(lon, 7))
    # The half diagonal of a cell at the equator bounds every move; using it everywhere tells nothing about the move.
    farthest_move = distance_m(Point(0.0, 0.0), Point(cell_deg / 2, cell_deg / 2))
    return Circle(centre, float(math.ceil((circle.radius_m + farthest_move) / 100) * 100))


def parse_bbox(text: str) -> Box:
    """Read `minlon,minlat,maxlon,maxlat` in degrees. Raises: BadQuery."""
    west, south, east, north = _numbers("bbox", text, "minlon,minlat,maxlon,maxlat")
    try:
        return Box(west, south, east, north)
    except ValueError as wrong:
        raise BadQuery(f"bbox: {wrong}.") from wrong


def parse_near(text: str) -> Circle:
    """Read `lat,lon,radius_m`: degrees, degrees, metres above zero. Raises: BadQuery."""
    lat, lon, radius_m = _numbers("near", text, "lat,lon,radius_m")
    if not 0 < radius_m <= FARTHEST_M:
        raise BadQuery(f"near: the radius lies above 0 and at or below {FARTHEST_M:.0f} m, not {radius_m}.")
    try:
        return Circle(Point(lat, lon), radius_m)
    except ValueError as wrong:
        raise BadQuery(f"near: {wrong}.") from wrong


def _numbers(name: str, text: str, form: str) -> list[float]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != form.count(",") + 1 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise BadQuery(f"{name} has the form {form} in decimal numbers, found {text[:80]!r}.")
    return [float(part) for part in parts]


def _wrapped(lon: float) -> float:
    return (lon + 180) % 360 - 180 if not -180 <= lon <= 180 else lon
