"""What a running lease means to everybody who would write: its holder goes on, others wait."""

from datetime import timedelta

from sqlalchemy.orm import Session

from storage.db import desk
from storage.db.positions import Lease
from storage.domain import clock, lease
from storage.domain.lease import Term
from storage.errors import Leased

# A lease that is used all the time is not written, nor told to everybody who watches, all the time.
_WORTH_WRITING = timedelta(seconds=30)


def term_of(row: Lease | None) -> Term | None:
    """A lease as the rules see it."""
    return Term(row.holder_id, row.until) if row is not None else None


def check_lease(session: Session, item_id: str, person: str) -> None:
    """Whether `person` may write about a locked item now. Raises: Leased while somebody else is editing it."""
    now = clock.now()
    row = desk.lease(session, item_id, now=now)
    if row is not None and not lease.may_write(term_of(row), person, now):
        name = desk.names(session, [row.holder_id])[row.holder_id]
        raise Leased(f"{name} is editing this item now; ask them for it, or wait", item=item_id)


def used_lease(session: Session, item_id: str, person: str) -> None:
    """Whoever has just done something keeps their lease for as long again."""
    now = clock.now()
    desk.extend_lease(session, item_id, holder=person, now=now, until=lease.until(now), slack=_WORTH_WRITING)
