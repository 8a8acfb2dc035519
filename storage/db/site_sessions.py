"""Rows of the sessions that an operator has entered for sites: sealed, with what is known of their health."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.db.site_tables import SiteSession

GIVEN_UP_AFTER = 3
"""A session that was refused so often in a row is lent no more: asking on endangers the account."""


def keep(
    session: Session, site: str, sealed: bytes, *, cookies: int, expires_at: datetime | None, added_by: str
) -> int:
    """Keep a session in place of the one before; its revision."""
    values = {
        "sealed": sealed,
        "cookies": cookies,
        "expires_at": expires_at,
        "added_by": added_by,
        "added_at": func.now(),
        "used_at": None,
        "well_at": None,
        "failed_at": None,
        "failure": None,
        "failures": 0,
    }
    kept = insert(SiteSession).values(site=site, revision=1, **values)
    replaced = kept.on_conflict_do_update(
        index_elements=["site"], set_={**values, "revision": SiteSession.revision + 1}
    )
    return int(session.execute(replaced.returning(SiteSession.revision)).scalar_one())


def one(session: Session, site: str) -> SiteSession | None:
    """The session of a site, or None."""
    return session.get(SiteSession, site, populate_existing=True)


def every(session: Session) -> Sequence[SiteSession]:
    """All of them, by site."""
    return session.scalars(select(SiteSession).order_by(SiteSession.site)).all()


def lendable(session: Session, site: str) -> SiteSession | None:
    """The session of a site, unless it was refused too often."""
    found = one(session, site)
    return found if found is not None and found.failures < GIVEN_UP_AFTER else None


def worked(
    session: Session, site: str, revision: int, sealed: bytes | None, *, cookies: int, expires_at: datetime | None
) -> None:
    """A session has brought something; `sealed` is what the site made of it. One that was replaced since stays."""
    values = {"used_at": func.now(), "well_at": func.now(), "failures": 0, "failure": None}
    rotated = {"sealed": sealed, "cookies": cookies, "expires_at": expires_at} if sealed else {}
    of_it = (SiteSession.site == site, SiteSession.revision == revision)
    session.execute(update(SiteSession).where(*of_it).values(**values, **rotated))


def failed(session: Session, site: str, revision: int, outcome: str, *, refused: bool) -> None:
    """A session has brought nothing; `refused` where that was because of it."""
    values = {"used_at": func.now(), "failed_at": func.now(), "failure": outcome}
    counted = {"failures": SiteSession.failures + 1} if refused else {}
    of_it = (SiteSession.site == site, SiteSession.revision == revision)
    session.execute(update(SiteSession).where(*of_it).values(**values, **counted))


def end(session: Session, site: str) -> bool:
    """Forget a session; False when there was none."""
    found = one(session, site)
    if found is None:
        return False
    session.delete(found)
    session.flush()
    return True
