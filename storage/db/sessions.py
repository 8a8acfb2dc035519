"""Rows of browsers somebody is logged in with: good for 12 hours after the last sign of life, and 7 days at most."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from storage.db.positions import WebSession

IDLE_HOURS = 12
LONGEST_DAYS = 7


def usable(session: Session, secret_sha256: str) -> WebSession | None:
    """The log-in that is good now with this secret, or None."""
    return session.scalar(select(WebSession).where(WebSession.secret_sha256 == secret_sha256, _is_good()))


def of_user(session: Session, user_id: str, *, before: str | None, limit: int) -> Sequence[WebSession]:
    """A person's log-ins that are good now, newest first, past the id `before`."""
    wanted = select(WebSession).where(WebSession.user_id == user_id, _is_good()).order_by(WebSession.id.desc())
    return session.scalars((wanted.where(WebSession.id < before) if before else wanted).limit(limit)).all()


def count(session: Session, user_id: str) -> int:
    """How many browsers a person is logged in with."""
    return session.scalar(select(func.count()).where(WebSession.user_id == user_id, _is_good())) or 0


def touch(session: Session, session_id: str) -> None:
    """Note a sign of life, at most once a minute."""
    stale = WebSession.seen_at < func.now() - func.make_interval(0, 0, 0, 0, 0, 1)
    session.execute(update(WebSession).where(WebSession.id == session_id, stale).values(seen_at=func.now()))


def end(session: Session, user_id: str, session_id: str) -> bool:
    """End one log-in of a person; whether there was one."""
    mine = delete(WebSession).where(WebSession.id == session_id, WebSession.user_id == user_id)
    return session.scalar(mine.returning(WebSession.id)) is not None


def end_with(session: Session, secret_sha256: str) -> None:
    """End the log-in that has this secret, whoever's it is."""
    session.execute(delete(WebSession).where(WebSession.secret_sha256 == secret_sha256))


def end_all(session: Session, user_id: str, *, but: str | None = None) -> None:
    """End every log-in of a person, perhaps all but one."""
    session.execute(delete(WebSession).where(WebSession.user_id == user_id, WebSession.id.is_distinct_from(but)))


def forget_old(session: Session) -> int:
    """Remove the log-ins that are good no more; how many."""
    return len(session.execute(delete(WebSession).where(~_is_good()).returning(WebSession.id)).all())


def _is_good() -> ColumnElement[bool]:
    idle = func.make_interval(0, 0, 0, 0, IDLE_HOURS)
    return (WebSession.expires_at > func.now()) & (WebSession.seen_at > func.now() - idle)
