"""Lends a session of a site to a capture of it, and takes it back for the archive."""

import structlog
from sqlalchemy import Engine

from storage.db import site_sessions
from storage.db.positions import Job
from storage.db.session import transaction
from storage.domain import jar, telegram_account
from storage.domain.kept import Lent
from storage.errors import ArchiveError
from storage.strongbox import Strongbox
from workers.loan import AccountLoan, Loan

_LOG = structlog.get_logger()


def lend(engine: Engine, strongbox: Strongbox, job: Job) -> Loan | AccountLoan | None:
    """A private copy of the session of the job's site, where one is kept and can be opened."""
    if job.site is None or job.queue != "fetch":
        return None
    with transaction(engine) as session:
        kept = site_sessions.lendable(session, job.site)
    if kept is None:
        return None
    try:
        opened = strongbox.open(kept.sealed, kept.site).decode()
        if kept.site == telegram_account.SITE:
            return AccountLoan(kept.site, kept.revision, telegram_account.read(opened))
        return Loan(kept.site, kept.revision, jar.read(opened, kept.site))
    except ArchiveError as error:
        _LOG.warning("a session of a site cannot be opened; asking as a guest", error=str(error)[:1000])
        return None


def returned(strongbox: Strongbox, loan: Loan | AccountLoan, *, well: bool) -> Lent:
    """A loan as the archive takes it back: only what worked comes back changed."""
    changed = loan.returned if well else None
    return Lent(
        site=loan.site,
        revision=loan.revision,
        well=well,
        sealed=strongbox.seal(changed.text.encode(), loan.site) if changed else None,
        cookies=changed.count if changed else 0,
        expires_at=changed.expires_at if changed else None,
    )
