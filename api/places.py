"""The register of places: what reviewers have found before, so that the next clip is compared with it."""

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session

from api.deps import ArchiveDep, PlacePath, SessionDep
from api.idempotency import OnceDep
from api.listing import AskedPage, Listed
from api.registers import Describer, Reader, SeenVersion, Words, described
from api.strict import StrictRoute
from api.telling import telling
from storage.db import registers
from storage.db.tables import PlaceVersion
from storage.domain.places import PlaceDescription
from storage.errors import NotFound

router = APIRouter(route_class=StrictRoute, tags=["registers"])


class Place(PlaceDescription):
    """A place as it is, or was, described: `version` counts, `author` is who described it so."""

    place: str
    version: int
    author: str
    made_at: AwareDatetime


class PlaceShown(Place):
    """A place with its descriptions over time."""

    versions: list[Place] = Field(description=f"newest first, at most {registers.VERSIONS_TOLD}")


@router.get("/places")
def list_places(words: Words, asked: AskedPage, session: SessionDep, _actor: Reader) -> Listed[Place]:
    """Places newest first; with `q`, those that have a name with every word of it."""
    rows = registers.place_page(session, words=words, before=asked.after, limit=asked.rows)
    count = registers.count_places(session, words=words)
    return asked.listed(rows, key=lambda row: row.place_id, show=_place, count=count)


@router.post("/places", status_code=201, response_model=Place)
def add_place(said: PlaceDescription, once: OnceDep, archive: ArchiveDep, _actor: Describer) -> Response:
    """Enter a place into the register."""
    return once.earlier() or once.keep(201, _place(archive.add_place(said)))


@router.get("/places/{place}")
def read_place(place: PlacePath, session: SessionDep, _actor: Reader, response: Response) -> PlaceShown:
    """One place; its ETag is its version, for the `If-Match` of a change."""
    versions = [_place(row) for row in registers.place_versions(session, place)]
    if not versions:
        raise NotFound("There is no such place.")
    response.headers["ETag"] = f'"{versions[0].version}"'
    return PlaceShown(**dict(versions[0]), versions=versions)


@router.put("/places/{place}")
def describe_place(
    place: PlacePath, said: PlaceDescription, seen: SeenVersion, archive: ArchiveDep, actor: Describer
) -> Place:
    """Describe a place anew. Who wrote against an older version gets 412 with the newest as `current`."""
    with telling(archive.session, actor, lambda: _current(archive.session, place)):
        return _place(archive.describe_place(place, said, expected=seen))


def _current(session: Session, place_id: str) -> Place | None:
    row = registers.place(session, place_id)
    return _place(row) if row is not None else None


def _place(row: PlaceVersion) -> Place:
    return Place.model_validate({"place": row.place_id, **described(row)})
