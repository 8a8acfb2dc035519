"""Rows of what people say about items."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.db.tables import Assertion


def add(session: Session, assertion: Assertion) -> None:
    """Add one; the database refuses a second successor of the same assertion."""
    session.add(assertion)
    session.flush()


def one(session: Session, assertion_id: str) -> Assertion | None:
    """One assertion, or None."""
    return session.get(Assertion, assertion_id)


def of_item(session: Session, item_id: str) -> Sequence[Assertion]:
    """Everything said of an item, oldest first, with what has been superseded."""
    return session.scalars(select(Assertion).where(Assertion.item_id == item_id).order_by(Assertion.id)).all()


def successor(session: Session, assertion_id: str) -> Assertion | None:
    """The assertion that supersedes this one, or None."""
    return session.scalar(select(Assertion).where(Assertion.supersedes == assertion_id))
