"""The map that asks nobody outside: its files in parts, the policy of its borders, and an operator's own layers."""

import json
import os
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as PathParameter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.deps import AnyActor, DoorsDep, KnownActor
from api.ranges import AskedBytes, AskedBytesDep
from api.strict import StrictRoute
from storage.domain.layers import LayerKind, MapLayer
from storage.domain.permissions import may_see_layer
from storage.errors import NotFound

router = APIRouter(route_class=StrictRoute, tags=["map"])
# The files lie at the root: they are no part of the API's own description.
files = APIRouter(route_class=StrictRoute, include_in_schema=False)

_TILES = "application/vnd.pmtiles"
_PUBLIC, _OURS = "public, max-age=86400", "private, no-cache"
_HERE = Path(__file__).parent
# Where the built map lies: in what was installed, or in a checkout.
_BUILT = (_HERE / "map_files", _HERE.parent / "frontend" / "basemap" / "build")


class Basemap(BaseModel):
    """The map this archive brings along."""

    tiles: str
    attribution: str
    max_zoom: int
    bytes: int


class BoundaryStatement(BaseModel):
    """How a disputed place is shown, and why."""

    place: str
    stated_as: str
    reason: str


class Layer(BaseModel):
    """An operator's own layer; with `outside`, its provider could learn which area is looked at."""

    id: str
    name: str
    kind: LayerKind
    tiles: str
    attribution: str
    min_zoom: int
    max_zoom: int
    outside: bool


class MapShown(BaseModel):
    """What a map can be drawn from here."""

    basemap: Basemap | None = Field(description="null when it has not been built: `make setup` builds it")
    land: str | None = Field(description="land and borders as GeoJSON, for browsers that draw no tiles")
    policy: list[BoundaryStatement]
    layers: list[Layer] = Field(description="the operator's own, for reviewers")


def folder_of(named: Path | None) -> Path:
    """The folder of the built map: the one named, else the one that was installed, else the checkout's."""
    return named or next((folder for folder in _BUILT if folder.is_dir()), _BUILT[-1])


@router.get("/map")
def read_map(doors: DoorsDep, actor: AnyActor) -> MapShown:
    """The map's files, the policy its borders follow, and the layers that whoever asks may see."""
    folder = doors.map.folder
    try:
        told = json.loads((folder / "map.json").read_text(encoding="utf-8"))
        size_bytes = (folder / "basemap.pmtiles").stat().st_size
    except FileNotFoundError:
        told = size_bytes = None
    return MapShown(
        basemap=Basemap(
            tiles="/map/basemap.pmtiles",
            attribution=told["attribution"],
            max_zoom=told["max_zoom"],
            bytes=size_bytes,
        )
        if told
        else None,
        land="/map/land.json" if told else None,
        policy=[BoundaryStatement(**row) for row in told["policy"]] if told else [],
        layers=[_layer(layer) for layer in doors.map.layers if may_see_layer(actor, layer.min_role)],
    )


@files.head("/map/basemap.pmtiles")
@files.get("/map/basemap.pmtiles")
def read_basemap(asked: AskedBytesDep, doors: DoorsDep) -> Response:
    """The tiles of the map this archive brings along."""
    return _answer(asked, doors.map.folder / "basemap.pmtiles", _TILES)


@files.head("/map/land.json")
@files.get("/map/land.json")
def read_land(asked: AskedBytesDep, doors: DoorsDep) -> Response:
    """Land and borders, for browsers that draw no tiles."""
    return _answer(asked, doors.map.folder / "land.json", "application/geo+json")


@files.head("/map/layers/{layer}.pmtiles")
@files.get("/map/layers/{layer}.pmtiles")
def read_layer(
    layer: Annotated[str, PathParameter(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")],
    asked: AskedBytesDep,
    doors: DoorsDep,
    actor: KnownActor,
) -> Response:
    """The tiles of an operator's own layer, for those who may see it."""
    for one in doors.map.layers:
        if one.id == layer and may_see_layer(actor, one.min_role):
            return _answer(asked, one.path, _TILES, kept=_OURS)
    raise NotFound("There is no such layer.")


def _answer(asked: AskedBytes, path: Path, media_type: str, *, kept: str = _PUBLIC) -> Response:
    """The file or its part; its ETag is when it was written and how long it is. Raises: NotFound."""
    try:
        stream = path.open("rb")
    except OSError:
        raise NotFound("This file of the map is not here; `make setup` builds the map.") from None
    status = os.fstat(stream.fileno())
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    answer = asked.answer(etag, status.st_size, media_type, {"Cache-Control": kept}, lambda: stream)
    if not isinstance(answer, StreamingResponse):
        stream.close()
    return answer


def _layer(layer: MapLayer) -> Layer:
    return Layer(
        id=layer.id,
        name=layer.name,
        kind=layer.kind,
        tiles=f"/map/layers/{layer.id}.pmtiles",
        attribution=layer.attribution,
        min_zoom=layer.min_zoom,
        max_zoom=layer.max_zoom,
        outside=False,
    )
