"""Drafts: what somebody has typed about an item and not yet said; theirs alone, and never overwritten unseen."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.deps import ArchiveDep, ItemPath, SessionDep, only, visible_item
from api.seen import seen
from api.strict import StrictRoute
from api.telling import telling
from storage.db import desk
from storage.db.positions import Draft as DraftRow
from storage.domain.drafts import LARGEST_BYTES, NAME
from storage.domain.permissions import Actor, may_review
from storage.errors import BadQuery, NotFound, StateMissing

router = APIRouter(route_class=StrictRoute, tags=["drafts"])
Drafter = Annotated[Actor, Depends(only(may_review, "keep drafts"))]
DraftName = Annotated[str, Path(pattern=NAME)]
_REVISION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


class Draft(BaseModel):
    """Something typed and not yet said; `revision` counts its savings and is its ETag."""

    name: str
    body: dict[str, Any]
    revision: int
    saved_at: datetime


class DraftBody(BaseModel):
    """What to keep."""

    model_config = ConfigDict(extra="forbid")

    body: dict[str, Any] = Field(description=f"any JSON object of at most {LARGEST_BYTES:,} bytes")


class Drafts(BaseModel):
    """All of somebody's drafts about one item, by name."""

    data: list[Draft]


def expected_revision(
    if_match: Annotated[str | None, Header(max_length=100, description='the revision you saw, such as `"3"`')] = None,
) -> int | None:
    """The revision named by `If-Match`, None without one. Raises: BadQuery."""
    revision = seen(if_match, _REVISION, 'the revision of the draft you saw, such as "3"')
    return int(revision) if revision is not None else None


def replaced_revision(
    expected: Annotated[int | None, Depends(expected_revision)],
    if_none_match: Annotated[str | None, Header(max_length=100, description="`*` for the first")] = None,
) -> int | None:
    """The revision that is to be replaced, None for `If-None-Match: *`. Raises: BadQuery, StateMissing."""
    if if_none_match is not None and (if_none_match.strip() != "*" or expected is not None):
        raise BadQuery("If-None-Match is * for a draft that is not there yet, and never comes with If-Match.")
    if if_none_match is None and expected is None:
        raise StateMissing("Say which revision this replaces in If-Match, or If-None-Match: * for the first.")
    return expected


@router.get("/items/{item}/drafts")
def list_drafts(item: ItemPath, session: SessionDep, actor: Drafter) -> Drafts:
    """What the asker has typed about an item and not yet said; never anybody else's."""
    row = visible_item(session, actor, item)
    return Drafts(data=[_shown(one) for one in desk.drafts(session, actor.id, row.id)])


@router.get("/items/{item}/drafts/{name}")
def read_draft(item: ItemPath, name: DraftName, session: SessionDep, actor: Drafter, response: Response) -> Draft:
    """One of the asker's own drafts; its ETag is its revision."""
    row = desk.draft(session, actor.id, visible_item(session, actor, item).id, name)
    if row is None:
        raise NotFound("There is no such draft.")
    return _tagged(row, response)


@router.put("/items/{item}/drafts/{name}")
def save_draft(
    item: ItemPath,
    name: DraftName,
    typed: DraftBody,
    archive: ArchiveDep,
    actor: Drafter,
    expected: Annotated[int | None, Depends(replaced_revision)],
    response: Response,
) -> Draft:
    """Keep a draft. 412 `stale` with `current` where another window saved in between: nothing is overwritten."""
    with telling(archive.session, actor, _current(archive.session, actor, item, name)):
        return _tagged(archive.save_draft(item, name, typed.body, expected=expected), response)


@router.delete("/items/{item}/drafts/{name}", status_code=204)
def throw_draft_away(
    item: ItemPath,
    name: DraftName,
    archive: ArchiveDep,
    actor: Drafter,
    expected: Annotated[int | None, Depends(expected_revision)],
) -> None:
    """Throw a draft away; with If-Match, only the revision that was seen."""
    with telling(archive.session, actor, _current(archive.session, actor, item, name)):
        archive.throw_draft_away(item, name, expected=expected)


def _current(session: Session, actor: Actor, item_id: str, name: str) -> Callable[[], Draft | None]:
    def look() -> Draft | None:
        row = desk.draft(session, actor.id, item_id, name)
        return _shown(row) if row is not None else None

    return look


def _tagged(row: DraftRow, response: Response) -> Draft:
    response.headers["ETag"] = f'"{row.revision}"'
    return _shown(row)


def _shown(row: DraftRow) -> Draft:
    return Draft(name=row.name, body=row.body, revision=row.revision, saved_at=row.saved_at)
