"""Who is editing an item, as whoever asks may see it."""

from collections.abc import Collection
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from storage.db import desk
from storage.db.positions import Lease as LeaseRow
from storage.domain import clock
from storage.domain.permissions import Actor


class Somebody(BaseModel):
    """Somebody, or a key nobody owns, by name."""

    id: str
    name: str


def people(session: Session, ids: Collection[str | None]) -> dict[str, Somebody]:
    """Each of these people as they are shown, by their ids."""
    return {one: Somebody(id=one, name=name) for one, name in desk.names(session, ids).items()}


class Lease(BaseModel):
    """Somebody is editing an item, until ten minutes after the last thing they did."""

    holder: Somebody
    mine: bool = Field(description="whether the holder is whoever asks: a person, whichever key or window they use")
    until: datetime
    taken_at: datetime
    asked_by: Somebody | None = Field(description="who would like to be next")


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
