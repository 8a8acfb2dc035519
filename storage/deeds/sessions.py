"""Being logged in with a browser: tried, allowed, ended. It is a position, not history: no deed here is an event."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from storage.db import logins, people, sessions
from storage.db.positions import WebSession
from storage.db.tables import User
from storage.deeds.base import Deed
from storage.domain import clock, permissions, throttle
from storage.domain.ids import SessionId, new_id
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
        logins.forgive(self.session, attempt.account, attempt.address)
        return user

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
