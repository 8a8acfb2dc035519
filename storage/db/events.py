"""Rows of the custody ledger: appended under the item's lock, read in order."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from storage.db.tables import Base, Event
from storage.domain.vocab import EventType

_GIVEN = ("id", "item_id", "type", "at", "body", "sha256", "previous")
_INSERT = insert(Base.metadata.tables["event"])
_STANDING = text("SELECT newest, began_at FROM chain_standing(:item)")


class Standing(NamedTuple):
    """The digest of an item's newest event, and when the present transaction began by the database's clock."""

    newest: str | None
    began_at: datetime


def standing(session: Session, item_id: str | None) -> Standing:
    """Where an item's chain stands; the item stays locked until the transaction ends. Of no item, only the time.

    The lock puts the item's events in one order, so that the chain cannot fork. `began_at` is the default of every
    row that this transaction writes.
    """
    session.flush()  # the item itself may be new
    newest, began_at = session.execute(_STANDING, {"item": item_id}).one()
    return Standing(newest, began_at)


def newest_digest(session: Session, item_id: str) -> str | None:
    """The digest of an item's newest event, without a lock: what a reader saw, to be compared when they write."""
    return session.scalar(select(Event.sha256).where(Event.item_id == item_id).order_by(Event.seq.desc()).limit(1))


def append(session: Session, event: Event) -> None:
    """Write one line; the database refuses a second one with the same predecessor.

    `event` only carries the values and is not taken into the session: what is never changed need not be watched, and
    every change in the archive waits for this.
    """
    session.flush()
    session.connection().execute(_INSERT, {name: getattr(event, name) for name in _GIVEN})


def of_item(session: Session, item_id: str, *, after: int = 0, limit: int = 500) -> Sequence[Event]:
    """An item's events, oldest first, past sequence number `after`."""
    chain = select(Event).where(Event.item_id == item_id, Event.seq > after).order_by(Event.seq).limit(limit)
    return session.scalars(chain).all()


def publications(session: Session, item_id: str) -> Sequence[Event]:
    """The events that published an item's records, oldest first: one for each version."""
    chain = select(Event).where(Event.item_id == item_id, Event.type == EventType.PUBLICATION.value)
    return session.scalars(chain.order_by(Event.seq)).all()


def is_of_item(session: Session, item_id: str, event_id: str) -> bool:
    """Whether an event is one of this item's."""
    return session.scalar(select(Event.seq).where(Event.id == event_id, Event.item_id == item_id)) is not None


def all_after(session: Session, seq: int, *, limit: int) -> Sequence[Event]:
    """Events of all items and of none, in the order they were written, past this number."""
    return session.scalars(select(Event).where(Event.seq > seq).order_by(Event.seq).limit(limit)).all()


def count_of_item(session: Session, item_id: str) -> int:
    """How many events an item has."""
    return session.scalar(select(func.count()).where(Event.item_id == item_id)) or 0


def tombstones(session: Session) -> Sequence[Event]:
    """The events that say of items that they were erased, oldest first."""
    erased = select(Event).where(Event.type == EventType.DEACCESSION.value).order_by(Event.seq)
    return session.scalars(erased).all()
