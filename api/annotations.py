"""What is said of an item as W3C Web Annotations, for programs that know nothing of this archive."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.deps import ItemPath, SessionDep, visible_item
from api.lines import content_address
from api.listing import AskedPage
from api.queue import Reviewer
from api.strict import StrictRoute
from storage.db import desk, statements
from storage.db.tables import Assertion, Item
from storage.domain.annotations import (
    CONTEXT,
    MEDIA_TYPE,
    Annotation,
    AnnotationCollection,
    AnnotationPage,
    Whereabouts,
    annotation_of,
    written,
)
from storage.domain.vocab import AssertionKind
from storage.errors import NotFound

router = APIRouter(route_class=StrictRoute, tags=["assertions"])
AssertionPath = Annotated[str, Path(pattern=r"^ast_[0-9a-z]{26}$")]

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/ld+json": {"schema": {"$ref": "#/components/schemas/AnnotationPage"}}}}
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/ld+json": {"schema": {"$ref": "#/components/schemas/Annotation"}}}}
}


@router.get("/items/{item}/annotations", responses=_ANSWERS, response_class=Response)
def list_annotations(
    item: ItemPath, asked: AskedPage, request: Request, session: SessionDep, actor: Reviewer
) -> Response:
    """What stands of an item and cites something or means a part of it, oldest first, as an AnnotationPage.

    What was superseded or rejected is left out; ids are addresses of this API and never change.
    """
    row = visible_item(session, actor, item)
    rows = statements.standing_with_target(session, row.id, after=asked.after, limit=asked.rows)
    total = statements.count_standing_with_target(session, row.id)
    shown = _annotations(session, row, rows[: asked.page.limit])
    listed = asked.listed(rows, key=lambda one: one.id, show=lambda one: one.id, count=total)
    whole = _collection(row.id)
    following = f"{whole}?limit={asked.page.limit}&cursor={listed.page.next}" if listed.page.next else None
    here = f"{whole}?{request.url.query}" if request.url.query else f"{whole}?limit={asked.page.limit}"
    page = AnnotationPage(id=here, part_of=AnnotationCollection(id=whole, total=total), next=following, items=shown)
    return _told(page)


@router.get("/items/{item}/annotations/{assertion}", responses=_ANSWER, response_class=Response)
def read_annotation(item: ItemPath, assertion: AssertionPath, session: SessionDep, actor: Reviewer) -> Response:
    """One annotation by its id, also one that has been superseded since."""
    row = visible_item(session, actor, item)
    said = statements.one(session, assertion)
    if said is None or said.item_id != row.id:
        raise NotFound("There is no such annotation.")
    (annotation,) = _annotations(session, row, [said])
    if not annotation.target:
        raise NotFound("There is no such annotation.")
    return _told(annotation.model_copy(update={"context": CONTEXT}))


def _told(document: BaseModel) -> Response:
    return JSONResponse(written(document), media_type=MEDIA_TYPE)


def _collection(item_id: str) -> str:
    return f"/api/v1/items/{item_id}/annotations"


def _annotations(session: Session, item: Item, rows: Sequence[Assertion]) -> list[Annotation]:
    names = desk.names(session, [row.author_id for row in rows])
    where = Whereabouts(
        annotation=lambda assertion: f"{_collection(item.id)}/{assertion}",
        file=lambda sha256: content_address(item, sha256),
        item=f"/api/v1/items/{item.id}",
    )
    originals = statements.originals_meant(session, item.id, rows)
    return [
        annotation_of(
            where,
            assertion=row.id,
            kind=AssertionKind(row.kind),
            author=(row.author_id, names[row.author_id]),
            made_at=row.made_at,
            said=row.body,
            original=originals.get(row.id),
        )
        for row in rows
    ]
