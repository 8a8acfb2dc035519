"""Searching by a picture or a short clip: which items show it. What is asked with is kept until it is answered."""

import io
from datetime import datetime
from itertools import zip_longest
from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.arriving import Body, check_length
from api.deps import Doors, DoorsDep, SessionDep, only, still
from api.idempotency import Once, keyed_digest, was_answered
from api.lines import StillShown
from api.listing import Count
from api.relatives import Relative, relatives_of
from api.shelf import Shelf
from api.strict import StrictRoute
from storage.archive import Archive
from storage.db import items, picture_searches
from storage.db.session import transaction
from storage.domain.matches import Relation, Span, Transform
from storage.domain.permissions import Actor, may_review, may_see_item
from storage.domain.picture_search import LIMIT_BYTES, Answer, Hit, SearchState
from storage.domain.vocab import Sensitivity
from storage.errors import NotFound, TooLarge

router = APIRouter(route_class=StrictRoute, tags=["items"])
Asker = Annotated[Actor, Depends(only(may_review, "search by a picture"))]
SearchPath = Annotated[str, Path(pattern=r"^pse_[0-9a-z]{26}$")]
_NOT_WHOLE = "What to search by did not arrive whole, or not fast enough, so it was forgotten."


class SearchLink(BaseModel):
    """Where the answer will be."""

    self: str


class SearchBegun(BaseModel):
    """A search that was begun."""

    search: str
    links: SearchLink


class Moment(Span):
    """A stretch that shows what was asked with; `b_frame` is where it begins, as a player counts frames."""

    b_frame: int | None


class PictureHit(BaseModel):
    """An item that shows what was asked with: A is what was asked with, B an original of the item.

    Computed, and never a verdict. `same_scene`: the same place, and no copy. `picture` is the keyframe nearest to the
    first moment, shielded as all of them.
    """

    other: Relative
    original: str
    relation: Relation
    transform: Transform
    moments: list[Moment]
    samples: int | None = Field(description="votes: so many sampled pictures agree")
    picture: StillShown | None


class SearchFailure(BaseModel):
    """Why nothing could be looked for."""

    code: str
    sentence: str


class PictureSearchShown(BaseModel):
    """A search as it stands, there for an hour. What was asked with is kept until it is answered, at most an hour.

    Within minutes the keeper then wipes it from the database's files, unless a longer transaction is open; blocks of a
    disk may keep it until they are written over.

    Items that are sealed are never searched. `without_fingerprints` items hold a file and could not be compared: they
    were not looked through yet, or have no picture. `not_compared` originals, the least likely of all, may
    show it too and were not reached in the 150 s of one search: with a shorter clip they are, or once it is handed in.
    """

    search: str
    state: SearchState
    progress: float
    asked_at: datetime
    kind: Literal["picture", "clip"] | None
    duration_s: float | None
    searched: Count | None
    without_fingerprints: Count | None
    not_compared: Count | None
    hits: list[PictureHit]
    is_cut_short: bool
    failure: SearchFailure | None


@router.post(
    "/picture-searches",
    status_code=202,
    response_model=SearchBegun,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def search_by_picture(
    request: Request,
    doors: DoorsDep,
    actor: Asker,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")] = None,
) -> Response:
    """Ask which items show a picture (JPEG, PNG, WebP) or a clip of two minutes at most; the body is the file itself.

    One search of a person is under way at a time; 409 else, which names it in `search`. Within an hour it is 40, and
    together 15 minutes of a worker; 429 beyond says when to come back. One search takes 150 s at most; what
    was not compared by then is counted.
    """
    check_length(request, LIMIT_BYTES)
    with doors.pictures.passing(actor.id):
        return await anyio.to_thread.run_sync(
            _begun, request, doors, actor, idempotency_key, limiter=doors.upload_threads
        )


@router.get("/picture-searches/{search}")
def read_picture_search(search: SearchPath, session: SessionDep, actor: Asker) -> PictureSearchShown:
    """How far a search is, or what it found of what the asker may know now. Raises: NotFound for another's."""
    row = picture_searches.of(session, search, actor.id)
    if row is None or row.state == SearchState.STOPPED:
        raise NotFound("There is no such search. What was found is there for an hour.")
    found = Answer.model_validate(row.answer) if row.answer is not None else None
    failed = row.state == SearchState.FAILED
    return PictureSearchShown(
        search=row.id,
        state=SearchState(row.state),
        progress=row.progress,
        asked_at=row.asked_at,
        kind=found.kind if found else None,
        duration_s=found.duration_s if found else None,
        searched=Count(value=found.searched) if found else None,
        without_fingerprints=Count(value=found.unprinted) if found else None,
        not_compared=Count(value=found.not_compared) if found else None,
        hits=_hits(session, actor, found) if found else [],
        is_cut_short=found.is_cut_short if found else False,
        failure=SearchFailure(code=row.error_code or "fault", sentence=row.error_sentence or "") if failed else None,
    )


@router.delete("/picture-searches/{search}", status_code=204, response_class=Response)
def stop_picture_search(search: SearchPath, session: SessionDep, actor: Asker) -> Response:
    """Stop a search, and forget what was asked with and what was found."""
    Archive(session, actor).stop_picture_search(search)
    return Response(status_code=204)


def _begun(request: Request, doors: Doors, actor: Actor, key: str | None) -> Response:
    """No transaction is open while the bytes arrive: 1. may they, 2. the bytes, into memory, 3. may they still, 4. the
    search.

    Who repeats what was answered begins nothing, and so waits for nothing.
    """
    with transaction(doors.engine) as session:
        if not was_answered(session, actor.id, key):
            Archive(session, actor).may_ask_by_picture()
    content = _whole(Body(request, doors.pace, _NOT_WHOLE))
    actor = still(request, doors, may_review, "search by a picture")
    with transaction(doors.engine) as session:
        once = Once(session, actor.id, key, keyed_digest(request, doors, content))
        if answer := once.earlier():
            return answer
        search = Archive(session, actor).ask_by_picture(content)
        return once.keep(202, SearchBegun(search=search, links=SearchLink(self=f"/api/v1/picture-searches/{search}")))


def _whole(body: Body) -> bytes:
    content = io.BufferedReader(body).read(LIMIT_BYTES + 1)
    if len(content) > LIMIT_BYTES:
        raise TooLarge(f"This is larger than the {LIMIT_BYTES:,} bytes that are taken to search by.")
    return content


def _hits(session: Session, actor: Actor, found: Answer) -> list[PictureHit]:
    """What of it the asker may know now: an item that was sealed or erased meanwhile is left out."""
    shelves: dict[str, Shelf] = {}
    for name in {hit.item for hit in found.hits}:
        item = items.item(session, name)
        if item is not None and item.erased_at is None and may_see_item(actor, Sensitivity(item.sensitivity)):
            shelves[name] = Shelf(session, item, actor)
    named = relatives_of(session, actor, shelves)
    return [_shown(shelves[hit.item], named[hit.item], hit) for hit in found.hits if hit.item in shelves]


def _shown(shelf: Shelf, other: Relative, hit: Hit) -> PictureHit:
    spans = hit.match.spans
    counted = [span.samples for span in spans if span.samples is not None]
    return PictureHit(
        other=other,
        original=hit.original,
        relation=hit.match.relation,
        transform=hit.match.transform,
        moments=[Moment(**span.model_dump(), b_frame=frame) for span, frame in zip_longest(spans, hit.frames)],
        samples=sum(counted) if counted else None,
        picture=_nearest(shelf, hit.original, spans[0].b_start_s) if spans else None,
    )


def _nearest(shelf: Shelf, original: str, seconds: float) -> StillShown | None:
    """The newest keyframe nearest to a moment, shielded as everywhere."""
    known = [one for one in shelf.all("keyframe", original) if one.sha256]
    if not known:
        return None
    nearest = min(known, key=lambda one: (abs(float(one.payload["time_s"]) - seconds), -one.id))
    sketch, blur = (
        next((one for one in shelf.all(kind, original) if one.payload["keyframe"] == nearest.sha256), None)
        for kind in ("keyframe_sketch", "keyframe_blur")
    )
    clear = shelf.address(nearest)
    return StillShown(sketch=shelf.address(sketch), blur=shelf.address(blur), clear=clear) if clear else None
