"""Rows of who has read which file in which hour, so that a reader is written down once and not at every part."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.db.positions import Reading
from storage.domain import clock


def is_first(session: Session, reader_id: str, item_id: str, sha256: str) -> bool:
    """Whether they have not read this in the present hour before; of two at once, one is the first."""
    told = {"reader_id": reader_id, "item_id": item_id, "sha256": sha256, "hour": _hour(clock.now())}
    # A look first: a video is asked for in hundreds of parts, and a row that is there needs no lock.
    if session.get(Reading, told) is not None:
        return False
    added = insert(Reading).values(**told).on_conflict_do_nothing().returning(Reading.hour)
    return session.scalar(added) is not None


def forget_old(session: Session) -> int:
    """Forget hours that are over; how many rows."""
    over = _hour(clock.now() - timedelta(hours=1))
    return len(session.scalars(delete(Reading).where(Reading.hour < over).returning(Reading.hour)).all())


def _hour(moment: datetime) -> str:
    return clock.rfc3339(moment)[: len("2026-01-01T00")]
