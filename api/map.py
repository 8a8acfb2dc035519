"""The map that asks nobody outside: its files in parts, the policy of its borders, and an operator's own layers."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Header, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.deps import AnyActor, DoorsDep, KnownActor
from api.problems import problem
from api.ranges import Part, Unsatisfiable, wanted_part
from api.strict import StrictRoute
from storage.domain.layers import LayerKind, MapLayer
from storage.domain.permissions import may_see_layer
from storage.errors import NotFound

router = APIRouter(route_class=StrictRoute, tags=["map"])
# The files lie at the root: they are no part of the API's own description.
files = APIRouter(route_class=StrictRoute, include_in_schema=False)

_CHUNK_BYTES = 256 << 10
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


Parts = Annotated[str | None, Header(alias="Range", max_length=1000)]
IfRange = Annotated[str | None, Header(max_length=200)]
IfNoneMatch = Annotated[str | None, Header(max_length=2000)]


@files.head("/map/basemap.pmtiles")
@files.get("/map/basemap.pmtiles")
def read_basemap(
    request: Request,
    doors: DoorsDep,
    range_: Parts = None,
    if_range: IfRange = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The tiles of the map this archive brings along."""
    return _Asked(request, range_, if_range, if_none_match).answer(doors.map.folder / "basemap.pmtiles", _TILES)


@files.head("/map/land.json")
@files.get("/map/land.json")
def read_land(request: Request, doors: DoorsDep, if_none_match: IfNoneMatch = None) -> Response:
    """Land and borders, for browsers that draw no tiles."""
    return _Asked(request, None, None, if_none_match).answer(doors.map.folder / "land.json", "application/geo+json")


@files.head("/map/layers/{layer}.pmtiles")
@files.get("/map/layers/{layer}.pmtiles")
def read_layer(
    request: Request,
    layer: Annotated[str, PathParameter(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")],
    doors: DoorsDep,
    actor: KnownActor,
    range_: Parts = None,
    if_range: IfRange = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The tiles of an operator's own layer, for those who may see it."""
    for one in doors.map.layers:
        if one.id == layer and may_see_layer(actor, one.min_role):
            return _Asked(request, range_, if_range, if_none_match).answer(one.path, _TILES, kept=_OURS)
    raise NotFound("There is no such layer.")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which part of a file is asked for, and which the asker has (RFC 9110, sections 13 and 14)."""

    request: Request
    range_: str | None
    if_range: str | None
    if_none_match: str | None

    def answer(self, path: Path, media_type: str, *, kept: str = _PUBLIC) -> Response:
        """The file or its part; its ETag is when it was written and how long it is. Raises: NotFound."""
        try:
            stream = path.open("rb")
        except OSError:
            raise NotFound("This file of the map is not here; `make setup` builds the map.") from None
        status = os.fstat(stream.fileno())
        size_bytes = status.st_size
        etag = f'"{status.st_mtime_ns:x}-{size_bytes:x}"'
        headers = {"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": kept}
        try:
            part = wanted_part(self.range_ if self.if_range in (None, etag) else None, size_bytes)
        except Unsatisfiable:
            stream.close()
            unsatisfiable = {"Content-Range": f"bytes */{size_bytes}"}
            return problem(416, "range_not_satisfiable", f"The file has {size_bytes:,} bytes.", headers=unsatisfiable)
        if self._has(etag) or self.request.method == "HEAD":
            stream.close()
            if self._has(etag):
                return Response(status_code=304, headers=headers)
            return Response(None, 200, headers | {"Content-Length": str(size_bytes)}, media_type)
        chosen = part or Part(0, size_bytes)
        headers["Content-Length"] = str(chosen.length)
        if part is not None:
            headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size_bytes}"
        return StreamingResponse(_bytes_of(stream, chosen), 206 if part else 200, headers, media_type)

    def _has(self, etag: str) -> bool:
        tags = [tag.strip().removeprefix("W/") for tag in (self.if_none_match or "").split(",")]
        return etag in tags or tags == ["*"]


def _bytes_of(stream: BinaryIO, part: Part) -> Iterator[bytes]:
    with stream:
        stream.seek(part.start)
        left = part.length
        while left > 0 and (chunk := stream.read(min(_CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


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
