"""Records: what has been published, found by words, place, unit and time, and frozen version by version."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from api.deps import AnyActor, ArchiveDep, ExpectedState, ItemPath, RecordPath, SessionDep, only
from api.formats import geojson
from api.idempotency import OnceDep
from api.listing import AskedPage, Listed
from api.negotiation import Form, chosen_form
from api.strict import StrictRoute
from api.telling import telling
from storage.db import records
from storage.db.tables import Record
from storage.domain.geo import parse_bbox, parse_near
from storage.domain.permissions import Actor, may_publish, readable_records
from storage.domain.records import RecordQuery, parse_span, parse_unit, parse_words
from storage.domain.vocab import Sensitivity
from storage.errors import Erased, NotFound

router = APIRouter(route_class=StrictRoute, tags=["records"])

# Beyond this, how many there are is of no use to a reader and of some cost to everybody.
MOST_COUNTED = 10_000


class NewPublication(BaseModel):
    """For whom the record is; without it, for those the item is for."""

    model_config = ConfigDict(extra="forbid")

    sensitivity: Sensitivity | None = None


class Withheld(BaseModel):
    """Something left out of a record, and why."""

    field: str
    reason: str


class Review(BaseModel):
    """Under which policy the record was reviewed; `label` is shown wherever the record is."""

    policy: str
    reviewers: int
    label: str


class RecordLinks(BaseModel):
    """A record's newest version, and this one, which never changes."""

    self: str
    newest: str


class RecordShown(BaseModel):
    """One frozen version of a published item; `sha256` is the digest of its canonical body."""

    model_config = ConfigDict(extra="allow")

    pid: str
    version: int
    published_at: datetime
    sensitivity: Sensitivity
    sha256: str
    item: str
    contents: list[dict[str, Any]]
    places: list[dict[str, Any]]
    times: list[dict[str, Any]]
    units: list[dict[str, Any]]
    captures: list[dict[str, Any]]
    originals: list[dict[str, Any]]
    source: dict[str, Any]
    review: Review
    withheld: list[Withheld]
    links: RecordLinks


def read_question(
    q: Annotated[str | None, Query(description="words")] = None,
    bbox: Annotated[str | None, Query(description="minlon,minlat,maxlon,maxlat")] = None,
    near: Annotated[str | None, Query(description="lat,lon,radius_m")] = None,
    unit: Annotated[str | None, Query(description="a unit's name, in either script, or its id")] = None,
    captured: Annotated[str | None, Query(description="when it was recorded: a day, or from/to; .. is open")] = None,
) -> RecordQuery:
    """The reader's question. A place or time known roughly answers where it possibly fits. Raises: BadQuery."""
    return RecordQuery(
        words=None if q is None else parse_words("q", q),
        bbox=None if bbox is None else parse_bbox(bbox),
        near=None if near is None else parse_near(near),
        unit=None if unit is None else parse_unit(unit),
        captured=None if captured is None else parse_span("captured", captured),
    )


def read_form(
    format: Annotated[Literal["json", "geojson"] | None, Query(description="instead of Accept")] = None,
    accept: Annotated[str | None, Header(max_length=1000)] = None,
) -> Form:
    """The form the answer takes."""
    return chosen_form(format, accept)


Question = Annotated[RecordQuery, Depends(read_question)]
WantedForm = Annotated[Form, Depends(read_form)]


@router.post("/items/{item}/publication", status_code=201, response_model=RecordShown)
def publish(
    item: ItemPath,
    once: OnceDep,
    archive: ArchiveDep,
    expected: ExpectedState,
    actor: Annotated[Actor, Depends(only(lambda actor: may_publish(actor, Sensitivity.PUBLIC), "publish"))],
    wish: NewPublication | None = None,
) -> Response:
    """Freeze what may be disclosed of an item into its next record version. 409 `leased` while somebody else edits."""
    if answer := once.earlier():
        return answer
    sensitivity = wish.sensitivity if wish else None
    with telling(archive.session, actor):
        return once.keep(201, _shown(archive.publish(item, sensitivity=sensitivity, expected=expected)))


@router.get("/records", response_model=Listed[RecordShown])
def find_records(
    asked: AskedPage, question: Question, form: WantedForm, session: SessionDep, actor: AnyActor
) -> Listed[RecordShown] | Response:
    """Records the reader may read, those published last first coming first; a new version keeps its record's place."""
    readable = readable_records(actor)
    rows = records.page(session, question, readable=readable, before=asked.after, limit=asked.rows)
    count = records.count(session, question, readable=readable, most=MOST_COUNTED)
    found = asked.listed(rows, key=lambda row: row.pid, show=_shown, count=count, counted_up_to=MOST_COUNTED)
    return found if form is Form.JSON else _geojson([one.model_dump(mode="json") for one in found.data], found)


@router.get("/records/{record}", response_model=RecordShown)
def read_record(record: RecordPath, form: WantedForm, session: SessionDep, actor: AnyActor) -> RecordShown | Response:
    """A record's newest version."""
    return _in_form(readable_record(session, actor, record), form)


@router.get("/records/{record}/v/{version}", response_model=RecordShown)
def read_version(
    record: RecordPath,
    version: Annotated[int, Path(ge=1, le=999_999)],
    form: WantedForm,
    session: SessionDep,
    actor: AnyActor,
) -> RecordShown | Response:
    """One version of a record, which never changes; readable while the newest one is."""
    return _in_form(readable_record(session, actor, record, version), form)


def readable_record(session: Session, actor: Actor, pid: str, version: int | None = None) -> Record:
    """One version, the newest when none is named, if the actor may read it and the newest one. Raises: NotFound."""
    row = records.one(session, pid, version, readable=readable_records(actor))
    if row is None:
        raise NotFound("There is no such record.")
    if "erased" in row.body:
        raise Erased(f"This record was withdrawn, and its item erased on {row.body['erased']['at'][:10]}.")
    return row


def _in_form(row: Record, form: Form) -> RecordShown | Response:
    shown = _shown(row)
    return shown if form is Form.JSON else _geojson([shown.model_dump(mode="json")], None)


def _shown(row: Record) -> RecordShown:
    address = f"/api/v1/records/{row.pid}"
    links = RecordLinks(self=f"{address}/v/{row.version}", newest=address)
    return RecordShown.model_validate(
        {**row.body, "sensitivity": row.sensitivity, "sha256": row.sha256, "links": links.model_dump()}
    )


def _geojson(shown: Sequence[dict[str, Any]], page: Listed[RecordShown] | None) -> Response:
    paging = {"page": page.page.model_dump(), "count": page.count.model_dump()} if page else {}
    return JSONResponse(geojson.features(shown) | paging, media_type=geojson.MEDIA_TYPE)
