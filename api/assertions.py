"""What people say about an item: added, superseded, never edited."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.deps import ArchiveDep, ItemPath, SessionDep, only, visible_item
from api.idempotency import OnceDep
from api.listing import AskedPage, Listed
from api.strict import StrictRoute
from api.telling import telling
from storage.db import desk, pages, statements
from storage.db.tables import Assertion
from storage.domain.assertions import NewAssertion
from storage.domain.permissions import Actor, may_review
from storage.domain.vocab import AssertionKind

router = APIRouter(route_class=StrictRoute, tags=["assertions"])
Reviewer = Annotated[Actor, Depends(only(may_review, "read or make assertions"))]


class StatedAssertion(BaseModel):
    """An assertion as it stands; `superseded_by` names the one that took its place."""

    assertion: str
    item: str
    kind: AssertionKind
    author: str
    author_name: str
    body: dict[str, Any]
    citations: list[dict[str, Any]]
    supersedes: str | None
    superseded_by: str | None
    made_at: datetime = Field(description="when it was said here, not when it happened")


@router.post("/items/{item}/assertions", status_code=201, response_model=StatedAssertion)
def say(item: ItemPath, said: NewAssertion, once: OnceDep, archive: ArchiveDep, actor: Reviewer) -> Response:
    """Say something about an item. What was said before is named by `supersedes` and stays.

    412 `stale` with `current` where something else was said in its place since; 409 `leased` while somebody else edits.
    """
    if answer := once.earlier():
        return answer
    with telling(archive.session, actor, lambda: _in_place_of(archive.session, said.root.supersedes)):
        assertion = archive.say(item, said.root)
    return once.keep(201, _stated(archive.session, assertion))


@router.get("/items/{item}/assertions")
def list_assertions(item: ItemPath, asked: AskedPage, session: SessionDep, actor: Reviewer) -> Listed[StatedAssertion]:
    """Everything said of an item, oldest first, with what has been superseded."""
    row = visible_item(session, actor, item)
    rows = pages.assertions(session, row.id, after=asked.after, limit=asked.rows)
    successors = pages.successors(session, [one.id for one in rows])
    names = desk.names(session, [one.author_id for one in rows])
    count = pages.count_assertions(session, row.id)
    return asked.listed(rows, key=lambda one: one.id, show=lambda one: stated(one, successors, names), count=count)


def stated(row: Assertion, successors: Mapping[str, str], names: Mapping[str, str]) -> StatedAssertion:
    """An assertion as it stands, given which assertion superseded which, and what the authors are called."""
    return StatedAssertion(
        assertion=row.id,
        item=row.item_id,
        kind=AssertionKind(row.kind),
        author=row.author_id,
        author_name=names[row.author_id],
        body=row.body["body"],
        citations=row.body["citations"],
        supersedes=row.supersedes,
        superseded_by=successors.get(row.id),
        made_at=row.made_at,
    )


def _in_place_of(session: Session, superseded: str | None) -> StatedAssertion | None:
    """What stands where somebody would have superseded something else."""
    newest = statements.newest_of_chain(session, superseded) if superseded else None
    return _stated(session, newest) if newest is not None else None


def _stated(session: Session, row: Assertion) -> StatedAssertion:
    """An assertion that nothing has superseded."""
    return stated(row, {}, desk.names(session, [row.author_id]))
