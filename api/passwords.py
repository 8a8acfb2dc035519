"""Comparing a password: slowly on purpose, few at once, and never inside a transaction."""

from collections.abc import AsyncIterator
from typing import Annotated

import structlog
from fastapi import Request
from pydantic import Field, SecretStr

from api.deps import Doors, DoorsDep
from storage.archive import Archive
from storage.db.session import transaction
from storage.deeds.sessions import Attempt
from storage.domain.permissions import PUBLIC
from storage.errors import WrongCredentials
from storage.integrity import secret

_LOG = structlog.get_logger()

Password = Annotated[SecretStr, Field(max_length=secret.LONGEST_PASSWORD)]


async def place_to_log_in(request: Request, doors: DoorsDep) -> AsyncIterator[None]:
    """A place among those whose password is compared. Raises: TooManyAtOnce."""
    with doors.log_ins.passing(doors.browsers.party(request)):
        yield


def checked(request: Request, doors: Doors, email: str, password: str) -> Attempt:
    """The try, counted and found right: `Archive.admit` does the rest. Takes as long for people nobody knows.

    Raises: TooManyAttempts, WrongCredentials.
    """
    with transaction(doors.engine) as session:
        attempt = Archive(session, PUBLIC).attempt_log_in(email, doors.browsers.party(request))
    if not secret.password_fits(password, attempt.kept):
        _LOG.warning("a log-in failed", account=attempt.account[:12], address=attempt.address[:12])
        with transaction(doors.engine) as session:
            Archive(session, PUBLIC).record_failed_log_in(attempt)
        raise WrongCredentials("Nobody here has this e-mail address and this password.")
    return attempt
