"""Being logged in with a browser: tried, allowed, ended. That is a position; what is history is who tried in vain."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from storage.db import logins, people, sessions
from storage.db.positions import WebSession
from storage.db.tables import User
from storage.deeds.base import Deed
from storage.domain import clock, permissions, throttle
from storage.domain.ids import SessionId, new_id
from storage.domain.vocab import EventType
from storage.errors import NotFound, TooManyAttempts, WrongCredentials
from storage.integrity import secret


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try with a password: whom it is for, the hash to compare with, and under which digests it was counted."""

    user_id: str | None
    kept: str | None
    account: str
    address: str


class Sessions(Deed):
    """A log-in is three steps, so that no transaction waits for the slow comparison: attempt, compare, admit."""

    __slots__ = ()

    def attempt_log_in(self, email: str, address: str) -> Attempt:
        """Count a try, as failed until `admit` says otherwise; unknown people are counted like known ones.

        Raises: TooManyAttempts; such a try is not heard and does not count.
        """
        email = email.strip().lower()
        account, address = _subject("account", email), _subject("address", address)
        known = logins.failures(self.session, (account, address))
        wait_s = throttle.wait_s(known.get(account, throttle.NONE), known.get(address, throttle.NONE))
        if wait_s > 0:
            raise TooManyAttempts(int(wait_s) + 1)
        logins.count(self.session, (account, address))
        user = people.user_with_email(self.session, email) if email.isprintable() else None
        if user is None or not user.active:
            return Attempt(None, None, account, address)
        return Attempt(user.id, user.password_hash, account, address)

    def admit(self, attempt: Attempt) -> User:
        """The person whose password fitted. Raises: WrongCredentials when they or it have changed meanwhile.

        They are locked: a change that ends their log-ins comes before this one begins, or sees it and ends it too.
        """
        user = people.user_locked(self.session, attempt.user_id) if attempt.user_id else None
        if user is None or not user.active or user.password_hash != attempt.kept:
            raise WrongCredentials("Nobody here has this e-mail address and this password.")
        # Whoever gets in after many tries in vain is told of now, not when they are forgotten.
        self._tell(user.id, logins.untold(self.session, attempt.account))
        logins.forgive(self.session, attempt.account, attempt.address)
        return user

    def record_failed_log_in(self, attempt: Attempt) -> None:
        """Write down that a password did not fit: at most once a minute for an account, with the count since.

        Of an account nobody has, nothing is said: what was typed there is often somebody's password.
        """
        self._tell(attempt.user_id, logins.to_tell(self.session, attempt.account, attempt.address))

    def tell_failed_log_ins(self) -> None:
        """Write down, in one line, what is still untold of all accounts, before it is forgotten. Raises: NotAllowed."""
        self._require(permitted=permissions.may_keep_examinations(self.actor), deed="tell of failed log-ins")
        self._tell(None, logins.untold(self.session))

    def _tell(self, user_id: str | None, count: int) -> None:
        # Asked for in any case, so that an unknown account takes as long.
        user = people.user(self.session, user_id or "nobody")
        if count:
            mark = secret.commitment(user.email_salt, user.email.lower()) if user else None
            detail = {"user": user_id, "email_commitment": mark, "count": count}
            self._ledger.record(EventType.LOG_IN_FAILED, item_id=None, detail=detail, success=False)

    def begin_session(self, browser: str, *, former: str | None = None) -> tuple[WebSession, str]:
        """Log the actor in with a browser; the secret is told once and only its digest kept.

        `former` is the secret that the browser had before: whoever's log-in that was ends.
        """
        self._require(permitted=permissions.may_keep_account(self.actor), deed="log in")
        if former is not None:
            sessions.end_with(self.session, secret.fingerprint(former))
        token = secret.new_session()
        row = WebSession(
            id=new_id(SessionId),
            user_id=self.actor.id,
            secret_sha256=secret.fingerprint(token),
            browser=browser,
            expires_at=clock.now() + timedelta(days=sessions.LONGEST_DAYS),
        )
        self.session.add(row)
        self.session.flush()
        return row, token

    def end_session(self, session_id: str) -> None:
        """Log one of the actor's own browsers out. Raises: NotFound, also for another person's."""
        self._require(permitted=permissions.may_keep_account(self.actor), deed="end log-ins")
        if not sessions.end(self.session, self.actor.id, session_id):
            raise NotFound("There is no such log-in.")


def _subject(kind: str, told: str) -> str:
    """What is counted under: a digest, because who tried to come in from where is nobody's business an hour later."""
    return hashlib.sha256(f"{kind} {told}".encode()).hexdigest()
