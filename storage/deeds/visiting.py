"""Visiting sites as somebody: who entered and ended them, and which capture used one; never what is in them."""

from storage.db import site_sessions
from storage.deeds.base import Deed
from storage.domain import clock, permissions
from storage.domain.jar import Jar
from storage.domain.kept import Lent
from storage.domain.telegram_account import TelegramAccount
from storage.domain.vocab import EventType, Outcome
from storage.errors import NotFound
from storage.queue import Held

_REFUSALS = frozenset({Outcome.LOGIN_REQUIRED.value, Outcome.AGE_RESTRICTED.value})


class Visiting(Deed):
    """Keeping sessions, and noting their use."""

    __slots__ = ()

    def keep_site_session(self, site: str, kept: Jar | TelegramAccount, sealed: bytes) -> None:
        """Keep a session, sealed already, in place of the one before. Raises: NotAllowed."""
        self._require(permitted=permissions.may_keep_site_sessions(self.actor), deed="enter sessions of sites")
        expires_at = kept.expires_at
        revision = site_sessions.keep(
            self.session,
            site,
            sealed,
            cookies=kept.count,
            expires_at=expires_at,
            added_by=self.actor.id,
        )
        ends = clock.rfc3339(expires_at) if expires_at else None
        self._ledger.record(
            EventType.SITE_SESSION_KEPT,
            item_id=None,
            detail={"site": site, "revision": revision, "cookies": kept.count, "expires_at": ends},
        )

    def end_site_session(self, site: str) -> None:
        """Forget a session. Raises: NotAllowed, NotFound."""
        self._require(permitted=permissions.may_keep_site_sessions(self.actor), deed="end sessions of sites")
        if not site_sessions.end(self.session, site):
            raise NotFound("there is no session of this site")
        self._ledger.record(EventType.SITE_SESSION_ENDED, item_id=None, detail={"site": site})

    def note_site_session(self, held: Held, lent: Lent, outcome: str) -> None:
        """Note that a capture used a session, and what came of it; a session that worked comes back as it is now."""
        if lent.well:
            site_sessions.worked(
                self.session, lent.site, lent.revision, lent.sealed, cookies=lent.cookies, expires_at=lent.expires_at
            )
        else:
            site_sessions.failed(self.session, lent.site, lent.revision, outcome, refused=outcome in _REFUSALS)
        self._ledger.record(
            EventType.SITE_SESSION_USED,
            item_id=held.job.item_id,
            detail={
                "site": lent.site,
                "revision": lent.revision,
                "capture": held.job.capture_id,
                "outcome": outcome,
            },
            success=lent.well,
        )
