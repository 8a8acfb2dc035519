"""Rows of the custody ledger: appended under the item's lock, read in order."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.db.tables import Event, Item


def last_digest(session: Session, item_id: str) -> str | None:
    """The digest of an item's newest event; the item stays locked until the transaction ends.

    The lock puts the item's events in one order, so that the chain cannot fork.
    """
    session.execute(select(Item.id).where(Item.id == item_id).with_for_update())
    return newest_digest(session, item_id)


def newest_digest(session: Session, item_id: str) -> str | None:
    """The digest of an item's newest event, without a lock: what a reader saw, to be compared when they write."""
    return session.scalar(select(Event.sha256).where(Event.item_id == item_id).order_by(Event.seq.desc()).limit(1))


def append(session: Session, event: Event) -> None:
    """Add one line; the database refuses a second one with the same predecessor."""
    session.add(event)
    session.flush()


def of_item(session: Session, item_id: str, *, after: int = 0, limit: int = 500) -> Sequence[Event]:
    """An item's events, oldest first, past sequence number `after`."""
    chain = select(Event).where(Event.item_id == item_id, Event.seq > after).order_by(Event.seq).limit(limit)
    return session.scalars(chain).all()


def one_of_item(session: Session, item_id: str, name: str) -> Event | None:
    """An item's event by its id or by its sequence number, or None."""
    named = Event.seq == int(name) if name.isdigit() else Event.id == name
    return session.scalar(select(Event).where(Event.item_id == item_id, named))


def count_of_item(session: Session, item_id: str) -> int:
    """How many events an item has."""
    return session.scalar(select(func.count()).where(Event.item_id == item_id)) or 0
