"""Leases: who is editing an item, for how long, and who would like to be next."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.deps import ArchiveDep, ItemPath, only
from api.strict import StrictRoute
from storage.db import desk
from storage.db.tables import Lease as LeaseRow
from storage.domain import clock
from storage.domain.permissions import Actor, may_review
from storage.errors import Leased, Stale

router = APIRouter(route_class=StrictRoute, tags=["leases"])
Editor = Annotated[Actor, Depends(only(may_review, "edit items"))]


class Somebody(BaseModel):
    """Somebody, or a key nobody owns, by name."""

    id: str
    name: str


class Lease(BaseModel):
    """Somebody is editing an item, until ten minutes after the last thing they did."""

    holder: Somebody
    mine: bool = Field(description="whether the holder is whoever asks: a person, whichever key or window they use")
    until: datetime
    taken_at: datetime
    asked_by: Somebody | None = Field(description="who would like to be next")


@router.put("/items/{item}/lease")
def take_lease(
    item: ItemPath,
    archive: ArchiveDep,
    actor: Editor,
    take: Annotated[bool, Query(description="end somebody else's lease; for leads")] = False,
) -> Lease:
    """Begin to edit an item, or go on: ten minutes from now. 409 `leased` while somebody else does."""
    with telling(archive.session, actor):
        return lease_shown(archive.session, actor, archive.take_lease(item, takes_over=take))


@router.delete("/items/{item}/lease", status_code=204)
def give_up_lease(item: ItemPath, archive: ArchiveDep, _actor: Editor) -> None:
    """Stop editing an item; nothing happens where somebody else does."""
    archive.give_up_lease(item)


@router.post("/items/{item}/lease/requests", status_code=202)
def ask_for_lease(item: ItemPath, archive: ArchiveDep, actor: Editor) -> Lease:
    """Tell whoever is editing that somebody waits; whoever asks first is shown."""
    return lease_shown(archive.session, actor, archive.ask_for_lease(item))


@contextmanager
def telling(session: Session, actor: Actor, current: Callable[[], BaseModel | None] = lambda: None) -> Iterator[None]:
    """Let a refusal say what stands in the way: `lease` beside 409 `leased`, `current` beside 412 `stale`."""
    try:
        yield
    except Leased as refused:
        if refused.item is not None and (row := desk.lease(session, refused.item, now=clock.now())):
            refused.extensions["lease"] = lease_shown(session, actor, row).model_dump(mode="json")
        raise
    except Stale as refused:
        if (now := current()) is not None:
            refused.extensions["current"] = now.model_dump(mode="json", by_alias=True)
        raise


def running_lease(session: Session, actor: Actor, item_id: str) -> Lease | None:
    """The lease that runs on an item now, as `actor` sees it, or None."""
    row = desk.lease(session, item_id, now=clock.now())
    return lease_shown(session, actor, row) if row is not None else None


def lease_shown(session: Session, actor: Actor, row: LeaseRow) -> Lease:
    """A lease as `actor` sees it."""
    return lease_named(actor, row, desk.names(session, [row.holder_id, row.asked_by]))


def lease_named(actor: Actor, row: LeaseRow, names: dict[str, str]) -> Lease:
    """A lease as `actor` sees it, with the names known already."""
    return Lease(
        holder=Somebody(id=row.holder_id, name=names[row.holder_id]),
        mine=row.holder_id == actor.id,
        until=row.until,
        taken_at=row.taken_at,
        asked_by=Somebody(id=row.asked_by, name=names[row.asked_by]) if row.asked_by else None,
    )
