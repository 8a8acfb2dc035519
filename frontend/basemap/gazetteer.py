"""The reference file that places are found in by name or by point; `storage/gazetteer.py` reads it."""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from atlas import Atlas
from policy import Statement
from world import Settlement

from storage.domain.names import fold, skeleton_of
from storage.gazetteer import FORM

# GeoNames lists airports' codes among the names.
_AIRPORT = re.compile("[A-Z]{3}")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_SHAPE = f"""
PRAGMA page_size = 4096;
PRAGMA user_version = {FORM};
CREATE TABLE place (
    id INTEGER PRIMARY KEY, name TEXT, country TEXT, admin TEXT, lat REAL, lon REAL, population INTEGER, timezone TEXT
);
CREATE VIRTUAL TABLE place_at USING rtree (id, west, east, south, north);
CREATE TABLE spelling (id INTEGER PRIMARY KEY, folded TEXT UNIQUE, skeleton TEXT);
CREATE TABLE bearer (spelling INTEGER, place INTEGER, written TEXT, PRIMARY KEY (spelling, place)) WITHOUT ROWID;
CREATE VIRTUAL TABLE spelling_runs USING fts5 (folded, content = '', tokenize = 'trigram');
CREATE TABLE territory (id INTEGER PRIMARY KEY, country TEXT, rings TEXT);
CREATE VIRTUAL TABLE territory_at USING rtree (id, west, east, south, north);
CREATE TABLE disputed (sentence TEXT, west REAL, south REAL, east REAL, north REAL);
"""


def write(
    places: Sequence[Settlement], atlas: Atlas, codes: Mapping[str, str], policy: Sequence[Statement], path: Path
) -> None:
    """Write the file anew; `atlas` is the corrected one."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as writer:
        writer.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SHAPE)
        with writer:
            _places(writer, places)
            _spellings(writer, places)
            _territories(writer, atlas, codes)
            rows = [(f"{one.place}: {one.stated_as}.", *box) for one in policy for box in one.area]
            writer.executemany("INSERT INTO disputed VALUES (?, ?, ?, ?, ?)", rows)
            writer.execute("INSERT INTO spelling_runs (spelling_runs) VALUES ('optimize')")
        writer.execute("ANALYZE")


def _places(writer: sqlite3.Connection, places: Sequence[Settlement]) -> None:
    rows = ((p.geonames_id, p.name, p.country, p.region, p.lat, p.lon, p.population, p.timezone) for p in places)
    writer.executemany("INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    points = ((p.geonames_id, p.lon, p.lon, p.lat, p.lat) for p in places)
    writer.executemany("INSERT INTO place_at VALUES (?, ?, ?, ?, ?)", points)


def _spellings(writer: sqlite3.Connection, places: Sequence[Settlement]) -> None:
    """Each folded spelling once, with whom it names and how it is written: once in Cyrillic, once in other letters."""
    bearers: defaultdict[str, dict[int, dict[bool, str]]] = defaultdict(dict)
    for place in places:
        for written in (place.name, *(other for other in place.others if not _AIRPORT.fullmatch(other))):
            if folded := fold(written):
                ways = bearers[folded].setdefault(place.geonames_id, {})
                ways.setdefault(_CYRILLIC.search(written) is not None, written)
    ordered = sorted(bearers)
    spelt = ((number, folded, skeleton_of(folded)) for number, folded in enumerate(ordered))
    writer.executemany("INSERT INTO spelling VALUES (?, ?, ?)", spelt)
    writer.execute("CREATE INDEX spelling_by_skeleton ON spelling (skeleton)")
    named = (
        (number, place, "\n".join(ways.values()))
        for number, folded in enumerate(ordered)
        for place, ways in sorted(bearers[folded].items())
    )
    writer.executemany("INSERT INTO bearer VALUES (?, ?, ?)", named)
    writer.executemany("INSERT INTO spelling_runs (rowid, folded) VALUES (?, ?)", enumerate(ordered))


def _territories(writer: sqlite3.Connection, atlas: Atlas, codes: Mapping[str, str]) -> None:
    number = 0
    for country in atlas.countries.values():
        for polygon in country.polygons:
            rings = atlas.rings(polygon)
            if not rings:
                continue
            lons, lats = zip(*rings[0], strict=True)
            flat = json.dumps([[value for position in ring for value in position] for ring in rings])
            writer.execute("INSERT INTO territory VALUES (?, ?, ?)", (number, codes.get(country.key), flat))
            box = (number, min(lons), max(lons), min(lats), max(lats))
            writer.execute("INSERT INTO territory_at VALUES (?, ?, ?, ?, ?)", box)
            number += 1
