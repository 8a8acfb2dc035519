"""Logging in and out with a browser, and seeing where else one is logged in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.browsers import described
from api.deps import ArchiveDep, Doors, DoorsDep, SessionDep, SessionPath, only, person
from api.listing import AskedPage, Listed
from api.me import Me, told_of
from api.passwords import Password, checked, place_to_log_in
from api.strict import StrictRoute
from storage.archive import Archive
from storage.db import sessions
from storage.db.positions import WebSession
from storage.db.session import transaction
from storage.db.tables import User
from storage.domain.permissions import PUBLIC, Actor, may_keep_account
from storage.errors import Forged, NotAllowed, NotFound

router = APIRouter(route_class=StrictRoute, tags=["people"])


class Credentials(BaseModel):
    """Who somebody says they are, and what only they know."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(max_length=254)]
    password: Password


class LogIn(BaseModel):
    """A browser somebody is logged in with."""

    session: str
    browser: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


@router.post("/sessions", status_code=201)
def log_in(
    request: Request,
    response: Response,
    said: Credentials,
    doors: DoorsDep,
    _place: Annotated[None, Depends(place_to_log_in)],
) -> Me:
    """Log in with this browser; the cookie is new each time, and the session this browser had before ends."""
    refuse_other_pages(request, doors)
    attempt = checked(request, doors, said.email, said.password.get_secret_value())
    with transaction(doors.engine) as session:
        user = Archive(session, PUBLIC).admit(attempt)
        return told_of(session, *begin(request, doors, session, user, response))


@router.get("/sessions")
def list_sessions(
    asked: AskedPage,
    session: SessionDep,
    actor: Annotated[Actor, Depends(only(may_keep_account, "look at log-ins"))],
) -> Listed[LogIn]:
    """Where one is logged in, newest first."""
    rows = sessions.of_user(session, actor.id, before=asked.after, limit=asked.rows)
    count = sessions.count(session, actor.id)

    def show(row: WebSession) -> LogIn:
        return LogIn(
            session=row.id,
            browser=row.browser,
            created_at=row.created_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
            current=row.id == actor.session,
        )

    return asked.listed(rows, key=lambda row: row.id, show=show, count=count)


@router.delete("/sessions/{session}", status_code=204)
def log_out(
    session: SessionPath,
    doors: DoorsDep,
    archive: ArchiveDep,
    actor: Annotated[Actor, Depends(only(may_keep_account, "end log-ins"))],
) -> Response:
    """Log a browser of one's own out, at once; `current` is the one that asks."""
    ended = actor.session if session == "current" else session
    if ended is None:
        raise NotFound("There is no such log-in.")
    archive.end_session(ended)
    response = Response(status_code=204)
    if ended == actor.session:
        doors.browsers.take_back(response)
    return response


def refuse_other_pages(request: Request, doors: Doors) -> None:
    """Nobody is logged in by another site's page, and nobody where the cookie would cross a network in the clear.

    Raises: NotAllowed, Forged.
    """
    if doors.browsers.origin_for(request) is None:
        raise NotAllowed("Log-ins need https here: open the archive at the address its operator gave it.")
    if not doors.browsers.is_from_our_page(request):
        raise Forged("A log-in comes from our own page.")


def begin(request: Request, doors: Doors, session: Session, user: User, response: Response) -> tuple[Actor, str]:
    """Give the browser that asks a new session of `user`; the one it had before ends. The actor, and the secret."""
    browser = described(request.headers.get("user-agent", ""))
    former = doors.browsers.secret_of(request)
    row, token = Archive(session, person(session, user)).begin_session(browser, former=former)
    doors.browsers.give(response, token)
    return person(session, user, log_in=row.id), token
