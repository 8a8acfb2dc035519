"""Who has taken an item on, and where it stands in review."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ArchiveDep, ItemPath, only
from api.lines import ItemLine, item_line
from api.seen import seen
from api.strict import StrictRoute
from api.telling import telling
from storage.archive import Archive
from storage.db import events, items
from storage.db.tables import Item
from storage.domain.audience import AudienceOrder
from storage.domain.fields import Paragraph
from storage.domain.permissions import Actor, may_review
from storage.domain.vocab import Workflow
from storage.errors import StateMissing

router = APIRouter(route_class=StrictRoute, tags=["items"])
Reviewer = Annotated[Actor, Depends(only(may_review, "work on items"))]
_STATE = re.compile(r"sha256:[0-9a-f]{64}|[1-9][0-9]{0,8}", re.ASCII)


class Assignment(BaseModel):
    """Who takes an item on; null gives it back."""

    model_config = ConfigDict(extra="forbid")

    user: Annotated[str, Field(pattern=r"^usr_[0-9a-z]{26}$")] | None


class Move(BaseModel):
    """Where an item goes in review; a side state needs its reason."""

    model_config = ConfigDict(extra="forbid")

    workflow: Workflow
    reason: Paragraph = ""


def seen_state(
    if_match: Annotated[
        str | None,
        Header(max_length=100, description='what you saw: the ETag of the item, or its `version` such as `"3"`'),
    ] = None,
) -> str | None:
    """The state named by `If-Match`, None without one. Raises: BadQuery for what is neither ETag nor version."""
    return seen(if_match, _STATE, 'the ETag of an item, such as "sha256:…", or its version, such as "3"')


SeenState = Annotated[str | None, Depends(seen_state)]


@router.put("/items/{item}/assignee")
def assign(
    item: ItemPath, wish: Assignment, archive: ArchiveDep, actor: Reviewer, expected: SeenState, response: Response
) -> ItemLine:
    """Take an item on, or give it back; leads let others take it on."""
    with telling(archive.session, actor, lambda: _line(archive, item)):
        return _tagged(archive, archive.assign(item, wish.user, expected=expected), response)


@router.put("/items/{item}/workflow")
def move(
    item: ItemPath, wish: Move, archive: ArchiveDep, actor: Reviewer, expected: SeenState, response: Response
) -> ItemLine:
    """Put an item into another state of review. 409 `no_such_move`, 409 `leased`, 412 `stale` with `current`."""
    if expected is None:
        raise StateMissing("Say in If-Match which state of the item you saw: its ETag, or its version.")
    with telling(archive.session, actor, lambda: _line(archive, item)):
        return _tagged(archive, archive.move(item, wish.workflow, reason=wish.reason, expected=expected), response)


@router.put("/items/{item}/sensitivity", status_code=204)
def set_sensitivity(
    item: ItemPath, order: AudienceOrder, archive: ArchiveDep, actor: Reviewer, expected: SeenState
) -> None:
    """Let an item be for others from now on; sealed, it is gone at once for whoever is no steward.

    Closing it further is for whoever may see it, opening it for leads and stewards. 409 `sealed`: what is sealed stays
    sealed. 412 `stale` with `current`.
    """
    if expected is None:
        raise StateMissing("Say in If-Match which state of the item you saw: its ETag, or its version.")
    with telling(archive.session, actor, lambda: _line(archive, item)):
        archive.set_sensitivity(item, order, expected=expected)


def _line(archive: Archive, item_id: str) -> ItemLine | None:
    row = items.item(archive.session, item_id)
    return item_line(archive.session, archive.actor, row) if row is not None else None


def _tagged(archive: Archive, row: Item, response: Response) -> ItemLine:
    response.headers["ETag"] = f'"{events.newest_digest(archive.session, row.id)}"'
    return item_line(archive.session, archive.actor, row)
