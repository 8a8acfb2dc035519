"""The map's files in parts, to anybody; an operator's own layers, to reviewers alone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from api.main import create_app
from storage.settings import Settings
from tests.api.house import API, House, served
from tests.builtmap import built_map

TILES = bytes(range(256)) * 8


@pytest.fixture(scope="module")
def folder() -> Path:
    return built_map()


def test_anybody_is_told_of_the_map_and_its_policy(house: House, folder: Path) -> None:
    told = house.visitor("nobody").get(f"{API}/map").json()
    assert told["basemap"]["tiles"] == "/map/basemap.pmtiles"
    assert told["basemap"]["bytes"] == (folder / "basemap.pmtiles").stat().st_size
    assert "GeoNames" in told["basemap"]["attribution"]
    assert any("68/262" in one["reason"] for one in told["policy"])
    assert told["layers"] == []


def test_the_tiles_are_served_in_parts_and_kept_by_browsers(house: House, folder: Path) -> None:
    client, whole = house.visitor("nobody"), (folder / "basemap.pmtiles").read_bytes()
    part = client.get("/map/basemap.pmtiles", headers={"Range": "bytes=0-126"})
    assert (part.status_code, part.content) == (206, whole[:127])
    assert part.content.startswith(b"PMTiles\x03")
    assert part.headers["Content-Range"] == f"bytes 0-126/{len(whole)}"
    assert re.fullmatch('"[0-9a-f-]+"', part.headers["ETag"])
    assert part.headers["Cache-Control"].startswith("public, max-age=")
    assert client.get("/map/basemap.pmtiles").content == whole
    etag = part.headers["ETag"]
    assert client.get("/map/basemap.pmtiles", headers={"If-None-Match": etag}).status_code == 304
    late = client.get("/map/basemap.pmtiles", headers={"Range": "bytes=0-1", "If-Range": '"older"'})
    assert late.status_code == 200
    beyond = client.get("/map/basemap.pmtiles", headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")
    head = client.head("/map/basemap.pmtiles")
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(whole)), b"")


def test_the_fallback_is_geojson(house: House, folder: Path) -> None:
    land = house.visitor("nobody").get("/map/land.json")
    assert land.headers["Content-Type"].startswith("application/geo+json")
    assert {one["properties"]["kind"] for one in land.json()["features"]} == {"land", "border", "disputed"}


def test_nothing_else_of_the_folder_is_served(house: House, folder: Path) -> None:
    client = house.visitor("operator")
    for path in ("gazetteer.sqlite", "map.json", "stamp", "../basemap.pmtiles", "%2e%2e/build.py", "layers/x.pmtiles"):
        assert client.get(f"/map/{path}").status_code == 404, path


@pytest.fixture
def layered(api_settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The archive with two layers of the operator's, served without its own map."""
    (tmp_path / "roads.pmtiles").write_bytes(TILES)
    layers = [
        {"id": "roads", "name": "Roads", "path": str(tmp_path / "roads.pmtiles"), "attribution": "us", "max_zoom": 12},
        {
            "id": "graves", "name": "Graves", "path": str(tmp_path / "roads.pmtiles"), "attribution": "us",
            "min_role": "lead",
        },
        {"id": "gone", "name": "Gone", "path": str(tmp_path / "gone.pmtiles"), "attribution": "us"},
    ]  # fmt: skip
    wanted = api_settings.model_dump(include={"vault", "database_url", "broker_url"})
    settings = Settings(**wanted, map_dir=tmp_path / "nothing", map_layers=layers)
    with served(create_app(settings)) as address:
        yield address


def _asked(house: House, address: str, role: str, path: str, **headers: str) -> httpx.Response:
    known = {name: value for name, value in house.visitor(role).headers.items() if name == "authorization"}
    return httpx.get(f"{address}{path}", headers=known | headers, trust_env=False)


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("nobody", []), ("submitter", []), ("researcher", []), ("admin", []), ("reviewer", ["roads", "gone"]),
        ("steward", ["roads", "gone"]), ("lead", ["roads", "graves", "gone"]),
    ],
)  # fmt: skip
def test_layers_are_told_to_and_served_to_those_they_are_for(
    house: House, layered: str, role: str, seen: list[str]
) -> None:
    told = _asked(house, layered, role, f"{API}/map").json()
    assert [one["id"] for one in told["layers"]] == seen
    assert (told["basemap"], told["land"], told["policy"]) == (None, None, [])
    for layer in ("roads", "graves"):
        answer = _asked(house, layered, role, f"/map/layers/{layer}.pmtiles", range="bytes=16-31")
        expected = 206 if layer in seen else 401 if role == "nobody" else 404
        assert answer.status_code == expected
        if layer in seen:
            assert answer.content == TILES[16:32]
            assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_map_and_a_layer_that_are_not_there_are_not_found(house: House, layered: str) -> None:
    for path in ("/map/layers/gone.pmtiles", "/map/basemap.pmtiles", "/map/land.json"):
        answer = _asked(house, layered, "reviewer", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"kind": "raster"}, "asks nobody"), ({"path": "roads.pmtiles"}, "from the root"), ({"id": "../x"}, "pattern"),
        ({"min_zoom": 9, "max_zoom": 3}, "ends before"), ({"max_zoom": 99}, "less than"), ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_a_layer_that_cannot_be_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, layer: dict[str, object], said: str
) -> None:
    whole = {"id": "roads", "name": "Roads", "path": "/srv/roads.pmtiles", "attribution": "us"}
    monkeypatch.setenv("SVIDOK_MAP_LAYERS", json.dumps([whole]))
    assert Settings().map_layers[0].path == Path("/srv/roads.pmtiles")
    monkeypatch.setenv("SVIDOK_MAP_LAYERS", json.dumps([whole | layer]))
    with pytest.raises(ValidationError, match=said):
        Settings()
    monkeypatch.setenv("SVIDOK_MAP_LAYERS", json.dumps([whole, whole]))
    with pytest.raises(ValidationError, match="same id"):
        Settings()
    monkeypatch.setenv("SVIDOK_MAP_LAYERS", "[{")
    with pytest.raises(ValidationError, match="written as JSON"):
        Settings()
    monkeypatch.setenv("SVIDOK_MAP_LAYERS", "")
    assert Settings().map_layers == ()
