"""The places of the world in a read-only reference file: found by name in any script, or by a point nearby."""

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.domain.geo import EARTH_RADIUS_M, Point, distance_m
from storage.domain.names import fold, skeleton_of
from storage.domain.spelling import distance
from storage.errors import Unavailable

FORM = 1
# Beyond every letter: `word <= name < word + _LAST` is "begins with word".
_LAST = "\U0010ffff"
_LOOKED_AT = 400
# Letters of a name that are enough to tell it from others.
_LONGEST = 40
_FARTHEST_M = 3_000_000.0
_DISPUTED = "SELECT sentence FROM disputed WHERE ? BETWEEN west AND east AND ? BETWEEN south AND north"
_ALIKE = "SELECT id FROM spelling WHERE skeleton = ? ORDER BY id LIMIT ?"
_SHARING = "SELECT rowid FROM spelling_runs WHERE spelling_runs MATCH ? ORDER BY rank LIMIT ?"
_MEETS = "id IN (SELECT id FROM place_at WHERE north >= ? AND south <= ? AND east >= ? AND west <= ?)"
_BEARERS = "SELECT folded, place, written FROM spelling JOIN bearer ON bearer.spelling = spelling.id"
_PLACES = "SELECT id, name, country, admin, lat, lon, population, timezone FROM place"


@dataclass(frozen=True, slots=True)
class WorldPlace:
    """A place of the world; `admin` is its region's name or, where that is unknown, the region's largest place."""

    geonames_id: int
    name: str
    country: str
    admin: str | None
    point: Point
    population: int
    timezone: str


@dataclass(frozen=True, slots=True)
class Found:
    """A place, and its spellings that answer the question."""

    place: WorldPlace
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The place nearest to a point, and in which country the point itself lies; `disputed` says what is disputed."""

    place: WorldPlace | None
    distance_m: float | None
    country: str | None
    disputed: str | None


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The file at `path`; it is opened for each question and never written."""

    path: Path

    def search(self, text: str, *, limit: int) -> list[Found]:
        """Places called `text`, then those whose name begins so, then those spelt much like it; the largest first.

        Raises: Unavailable when the file has not been built.
        """
        wanted = fold(text)
        if not wanted:
            return []
        with self._open() as reader:
            ranked: dict[int, tuple[int, str]] = {}
            for tier, rows in enumerate((_called(reader, wanted), _begun(reader, wanted))):
                for place, written in rows:
                    ranked.setdefault(place, (tier, written))
            if len(ranked) < limit:
                for spelling_distance, place, written in _like(reader, wanted):
                    ranked.setdefault(place, (1 + spelling_distance, written))
            return _best(reader, ranked, limit)

    def nearest(self, point: Point) -> Nearest:
        """What lies nearest to `point`. Raises: Unavailable when the file has not been built."""
        with self._open() as reader:
            place = _nearest(reader, point)
            disputed = reader.execute(_DISPUTED, (point.lon, point.lat)).fetchone()
            # Where the land is disputed, the country is the one under which the gazetteer lists what lies there.
            country = place.country if disputed and place else _country(reader, point, place)
        away = distance_m(point, place.point) if place else None
        return Nearest(place, away, country, disputed[0] if disputed else None)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connected()) as reader:
            yield reader

    def _connected(self) -> sqlite3.Connection:
        address = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            reader = sqlite3.connect(address, uri=True)
            (form,) = reader.execute("PRAGMA user_version").fetchone()
        except sqlite3.DatabaseError as error:
            raise Unavailable(_unbuilt("is not there"), code="not_built") from error
        if form != FORM:
            reader.close()
            raise Unavailable(_unbuilt(f"has form {form} instead of {FORM}"), code="not_built")
        return reader


def _unbuilt(why: str) -> str:
    return f"The gazetteer {why}: `make setup` builds it, and SVIDOK_MAP_DIR says where it lies."


def _called(reader: sqlite3.Connection, wanted: str) -> list[tuple[int, str]]:
    named = "SELECT place, written FROM spelling JOIN bearer ON bearer.spelling = spelling.id WHERE folded = ?"
    return reader.execute(named, (wanted,)).fetchall()


def _begun(reader: sqlite3.Connection, wanted: str) -> list[tuple[int, str]]:
    """The largest places with a name that begins so; one letter begins too many."""
    if len(wanted) < 2:
        return []
    begun = (
        "SELECT place.id, written FROM spelling JOIN bearer ON bearer.spelling = spelling.id"
        " JOIN place ON place.id = bearer.place WHERE folded > ? AND folded < ?"
        " ORDER BY population DESC, place.id LIMIT ?"
    )
    return reader.execute(begun, (wanted, wanted + _LAST, _LOOKED_AT)).fetchall()


def _like(reader: sqlite3.Connection, wanted: str) -> list[tuple[int, int, str]]:
    """Names with the same consonants, or with many of the same runs of three letters, few slips of the pen away."""
    slips = 1 if len(wanted) < 6 else 2
    alike = [row[0] for row in reader.execute(_ALIKE, (skeleton_of(wanted), _LOOKED_AT))]
    runs = sorted({wanted[start : start + 3] for start in range(min(len(wanted), _LONGEST) - 2)})
    if runs:
        asked = " OR ".join('"' + run.replace('"', '""') + '"' for run in runs)
        alike += [row[0] for row in reader.execute(_SHARING, (asked, _LOOKED_AT))]
    near = []
    of_these = f"{_BEARERS} WHERE spelling.id IN ({','.join('?' * len(alike))})"
    for folded, place, written in reader.execute(of_these, alike):
        # A word of the name may be what was meant: `Fashir` is in `El Fashir`.
        slipped = min(distance(wanted, part, most=slips) for part in {folded, *folded.split()})
        if slipped <= slips:
            near.append((slipped + 1, place, written))
    return sorted(near, key=lambda row: row[0])


def _best(reader: sqlite3.Connection, ranked: dict[int, tuple[int, str]], limit: int) -> list[Found]:
    marks = ",".join("?" * len(ranked))
    wanted = f"{_PLACES} WHERE id IN ({marks})"
    found = [(_place(row), *ranked[row[0]]) for row in reader.execute(wanted, list(ranked))]
    found.sort(key=lambda one: (one[1], -one[0].population, one[0].geonames_id))
    return [Found(place, tuple(written.splitlines())) for place, _tier, written in found[:limit]]


def _place(row: Sequence[object]) -> WorldPlace:
    geonames_id, name, country, admin, lat, lon, population, timezone = row
    return WorldPlace(
        int(str(geonames_id)),
        str(name),
        str(country),
        str(admin) if admin else None,
        Point(float(str(lat)), float(str(lon))),
        int(str(population)),
        str(timezone),
    )


def _nearest(reader: sqlite3.Connection, point: Point) -> WorldPlace | None:
    """The nearest place within 3,000 km: look in a box around the point, and in one twice as wide if need be."""
    reach_m = 25_000.0
    while reach_m <= _FARTHEST_M:
        found = [_place(row) for row in _within(reader, point, reach_m)]
        near = min(found, key=lambda place: (distance_m(point, place.point), place.geonames_id), default=None)
        # A place in a corner of the box may be farther than one beyond its side.
        if near is not None and distance_m(point, near.point) <= reach_m:
            return near
        reach_m *= 2
    return None


def _within(reader: sqlite3.Connection, point: Point, reach_m: float) -> Iterator[Sequence[object]]:
    half_lat = math.degrees(reach_m / EARTH_RADIUS_M)
    south, north = point.lat - half_lat, point.lat + half_lat
    # The parallels shrink towards the poles; past them every longitude is near.
    narrowest = math.cos(math.radians(min(89.9, max(abs(south), abs(north)))))
    half_lon = min(180.0, half_lat / narrowest)
    boxed = f"{_PLACES} WHERE {_MEETS}"
    for turn in (-360.0, 0.0, 360.0):
        west, east = point.lon - half_lon + turn, point.lon + half_lon + turn
        if east >= -180 and west <= 180:
            yield from reader.execute(boxed, (south, north, west, east))


def _country(reader: sqlite3.Connection, point: Point, near: WorldPlace | None) -> str | None:
    """The country whose land the point lies on; on a coast that is drawn too coarsely, that of a place within 5 km."""
    close = near is not None and distance_m(point, near.point) <= 5_000
    boxed = (
        "SELECT country, rings FROM territory WHERE id IN (SELECT id FROM territory_at WHERE west <= ? AND east >= ?"
    )
    for country, rings in reader.execute(
        f"{boxed} AND south <= ? AND north >= ?)", (point.lon, point.lon, point.lat, point.lat)
    ):
        if _holds(json.loads(rings), point):
            return str(country) if country else near.country if near else None
    return near.country if near and close else None


def _holds(rings: Sequence[Sequence[float]], point: Point) -> bool:
    """Whether a point lies in a polygon of rings `lon, lat, lon, lat…`: an odd number of edges lies east of it."""
    inside = False
    for ring in rings:
        for at in range(0, len(ring) - 2, 2):
            x1, y1, x2, y2 = ring[at : at + 4]
            if (y1 > point.lat) != (y2 > point.lat) and point.lon < (x2 - x1) * (point.lat - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside
