"""Finding a place of the world by name or by point, from a reference file on this machine: nobody else is asked."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from api.deps import DoorsDep, KnownActor
from api.strict import StrictRoute
from storage.domain.geo import Point
from storage.domain.records import parse_words
from storage.gazetteer import Found, Nearest

router = APIRouter(route_class=StrictRoute, tags=["map"])
MOST = 50


class GazetteerPlace(BaseModel):
    """A place of the world as GeoNames lists it; `country` follows this archive's boundary policy."""

    geonames_id: int
    name: str
    names: list[str] = Field(description="the spellings that answer the question, best first")
    country: str
    admin: str | None = Field(description="its region, else the region's largest place")
    lat: float
    lon: float
    population: int
    timezone: str
    feature: str | None


class GazetteerAnswer(BaseModel):
    """The places that answer, best first."""

    data: list[GazetteerPlace]


class NearestPlace(BaseModel):
    """What lies nearest to a point, and where the point itself lies."""

    place: GazetteerPlace | None = Field(description="null in the middle of an ocean")
    distance_m: float | None
    country: str | None = Field(description="of the point itself, by the boundary policy; null at sea")
    timezone: str | None
    disputed: str | None = Field(description="what the boundary policy says, where the point's country is disputed")


async def seat_to_search(doors: DoorsDep, actor: KnownActor) -> AsyncIterator[None]:
    """A seat among those who search, until the answer is found. Raises: TooManyAtOnce."""
    with doors.searches.passing(actor.id):
        yield


@router.get("/gazetteer")
def search_gazetteer(
    q: Annotated[str, Query(min_length=1, max_length=200, description="a name, its beginning, or nearly so")],
    doors: DoorsDep,
    _seat: Annotated[None, Depends(seat_to_search, scope="function")],
    limit: Annotated[int, Query(ge=1, le=MOST)] = 10,
) -> GazetteerAnswer:
    """Places by name in any script, also former and misspelt names; where several share one, the largest first."""
    found = doors.gazetteer.search(parse_words("q", q), limit=limit)
    return GazetteerAnswer(data=[_place(one) for one in found])


@router.get("/gazetteer/nearest")
def read_nearest(
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    doors: DoorsDep,
    _seat: Annotated[None, Depends(seat_to_search, scope="function")],
) -> NearestPlace:
    """The place nearest to a point, with the country the point lies in and the time kept there."""
    return _nearest(doors.gazetteer.nearest(Point(lat, lon)))


def _place(found: Found) -> GazetteerPlace:
    place = found.place
    return GazetteerPlace(
        geonames_id=place.geonames_id,
        name=place.name,
        names=list(found.names),
        country=place.country,
        admin=place.admin,
        lat=place.point.lat,
        lon=place.point.lon,
        population=place.population,
        timezone=place.timezone,
        feature=None,
    )


def _nearest(answer: Nearest) -> NearestPlace:
    return NearestPlace(
        place=_place(Found(answer.place, ())) if answer.place else None,
        distance_m=answer.distance_m,
        country=answer.country,
        timezone=answer.place.timezone if answer.place else None,
        disputed=answer.disputed,
    )
