"""What is said of an item as W3C Web Annotations, for programs that know nothing of this archive."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.deps import ItemPath, SessionDep, visible_item
from api.lines import content_address
from api.listing import AskedPage
from api.queue import Reviewer
from api.strict import StrictRoute
from storage.db import desk, statements
from storage.db.tables import Assertion, Item
from storage.domain.citations import Citation, FragmentSelector, TargetKind
from storage.domain.clock import rfc3339
from storage.domain.vocab import AssertionKind
from storage.errors import NotFound

router = APIRouter(route_class=StrictRoute, tags=["assertions"])
AssertionPath = Annotated[str, Path(pattern=r"^ast_[0-9a-z]{26}$")]

CONTEXT: Literal["http://www.w3.org/ns/anno.jsonld"] = "http://www.w3.org/ns/anno.jsonld"
MEDIA_TYPE = f'application/ld+json; profile="{CONTEXT}"'
_MOTIVATIONS = {
    AssertionKind.NOTE: "commenting",
    AssertionKind.CONTENT: "describing",
    AssertionKind.PLACE: "identifying",
    AssertionKind.TIME: "identifying",
    AssertionKind.UNIT: "identifying",
}


class SpecificResource(BaseModel):
    """The part of a resource that is meant."""

    model_config = ConfigDict(populate_by_name=True)

    type: Literal["SpecificResource"] = "SpecificResource"
    source: str
    selector: FragmentSelector | None = None


class TextualBody(BaseModel):
    """What is said, as text; structured values are canonical JSON text beside it."""

    type: Literal["TextualBody"] = "TextualBody"
    value: str
    format: Literal["text/plain", "application/json"]
    purpose: str
    language: str | None = None


class Creator(BaseModel):
    """Who said it."""

    id: str = Field(examples=["urn:svidok:usr_01jd3v5x2k8m4n6p7q9r0s1t2v"])
    type: Literal["Person", "Software"]
    name: str


class Annotation(BaseModel):
    """One annotation. Source: Web Annotation Data Model, W3C Recommendation of 2017-02-23."""

    model_config = ConfigDict(populate_by_name=True)

    context: Literal["http://www.w3.org/ns/anno.jsonld"] | None = Field(None, alias="@context")
    id: str
    type: Literal["Annotation"] = "Annotation"
    motivation: Literal["commenting", "describing", "identifying"]
    creator: Creator
    created: str
    body: list[TextualBody]
    target: list[SpecificResource]


class AnnotationCollection(BaseModel):
    """Everything said of an item that has a target, as a whole."""

    id: str
    type: Literal["AnnotationCollection"] = "AnnotationCollection"
    total: int


class AnnotationPage(BaseModel):
    """One page of a collection; `next` is the address of the page after it."""

    model_config = ConfigDict(populate_by_name=True)

    context: Literal["http://www.w3.org/ns/anno.jsonld"] = Field(CONTEXT, alias="@context")
    id: str
    type: Literal["AnnotationPage"] = "AnnotationPage"
    part_of: AnnotationCollection = Field(alias="partOf")
    next: str | None = None
    items: list[Annotation]


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
    content = document.model_dump(mode="json", by_alias=True, exclude_none=True)
    return JSONResponse(content, media_type=MEDIA_TYPE)


def _collection(item_id: str) -> str:
    return f"/api/v1/items/{item_id}/annotations"


def _annotations(session: Session, item: Item, rows: Sequence[Assertion]) -> list[Annotation]:
    names = desk.names(session, [row.author_id for row in rows])
    originals = statements.originals_meant(session, item.id, rows)
    return [_annotation(item, row, names[row.author_id], originals.get(row.id)) for row in rows]


def _annotation(item: Item, row: Assertion, author: str, original: str | None) -> Annotation:
    is_person = row.author_id.startswith("usr_")
    motivation = _MOTIVATIONS[AssertionKind(row.kind)]
    return Annotation.model_validate(
        {
            "id": f"{_collection(item.id)}/{row.id}",
            "motivation": motivation,
            "creator": {
                "id": f"urn:svidok:{row.author_id}",
                "type": "Person" if is_person else "Software",
                "name": author,
            },
            "created": rfc3339(row.made_at),
            "body": _bodies(row, motivation),
            "target": _targets(item, row, original),
        }
    )


def _bodies(row: Assertion, motivation: str) -> list[TextualBody]:
    """What is said in words, and beside it the whole of it as JSON."""
    said = row.body["body"]
    words = said.get("text") or said.get("summary") or said.get("reasoning") or ""
    told = [TextualBody(value=words, format="text/plain", purpose=motivation, language=said.get("language"))]
    values = json.dumps({"kind": row.kind, **said}, ensure_ascii=False, sort_keys=True)
    return [*(told if words else []), TextualBody(value=values, format="application/json", purpose=motivation)]


def _targets(item: Item, row: Assertion, original: str | None) -> list[SpecificResource]:
    """What is cited; a segment that no citation repeats means the original there was when it was said."""
    citations = [Citation.model_validate(one) for one in row.body["citations"]]
    targets = [SpecificResource(source=_source(item, one), selector=one.selector) for one in citations]
    segment = row.body["body"].get("segment")
    if segment and not any(one.sha256 for one in citations):
        source = content_address(item, original) if original else f"/api/v1/items/{item.id}"
        targets.insert(0, SpecificResource(source=source, selector=FragmentSelector(value=segment)))
    return targets


def _source(item: Item, citation: Citation) -> str:
    match citation.kind:
        case TargetKind.FILE:
            return content_address(item, citation.sha256 or "")
        case TargetKind.REPORT:
            return f"urn:svidok:{citation.target}"
        case TargetKind.URL:
            return citation.target
