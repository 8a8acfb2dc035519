"""Sessions of sites, for administrators: entered as a file of cookies, never shown again; how each fares."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from api.deps import ArchiveDep, DoorsDep, SessionDep, only
from api.strict import StrictRoute
from storage.db import desk, site_sessions
from storage.db.site_tables import SiteSession
from storage.domain import clock, jar, telegram_account
from storage.domain.permissions import Actor, may_keep_site_sessions
from storage.domain.sites import host_of, name_of
from storage.errors import InvalidValue

router = APIRouter(route_class=StrictRoute, tags=["installation"])
Keeper = Annotated[Actor, Depends(only(may_keep_site_sessions, "keep sessions of sites"))]
SitePath = Annotated[str, Path(max_length=253, pattern=r"^[A-Za-z0-9.-]+$", description="a host, as www.youtube.com")]


class SessionState(StrEnum):
    """How a session is; a refused one is lent no more until it is entered anew."""

    UNTRIED = "untried"
    WELL = "well"
    FAILING = "failing"
    REFUSED = "refused"
    EXPIRED = "expired"


class Cookies(BaseModel):
    """A file of cookies in Netscape form, as browser extensions export it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    cookies: SecretStr = Field(max_length=jar.LARGEST_BYTES)


class SiteSessionShown(BaseModel):
    """A session, without anything of what is in it."""

    site: str
    name: str
    state: SessionState
    cookies: int = Field(description="0: an account of its own, as at Telegram, which has no cookies")
    added_by: str = Field(description="the name of who entered it")
    added_at: AwareDatetime
    expires_at: AwareDatetime | None
    used_at: AwareDatetime | None
    well_at: AwareDatetime | None
    failed_at: AwareDatetime | None
    failure: str | None


class SiteSessions(BaseModel):
    """Every session that is kept."""

    sessions: list[SiteSessionShown]


@router.get("/site-sessions")
def list_site_sessions(session: SessionDep, _actor: Keeper) -> SiteSessions:
    """The sessions that are kept, and how each fares."""
    rows = site_sessions.every(session)
    names = desk.names(session, [row.added_by for row in rows])
    return SiteSessions(sessions=[_shown(row, names.get(row.added_by, row.added_by)) for row in rows])


@router.put("/site-sessions/{site}", status_code=204)
def keep_site_session(site: SitePath, said: Cookies, archive: ArchiveDep, doors: DoorsDep, _actor: Keeper) -> None:
    """Keep the cookies of an account, those of this site alone, in place of what was kept before."""
    host = host_of(site)
    if host == telegram_account.SITE:
        raise InvalidValue("Telegram knows no cookies of an account. Sign in on the server with: svidok telegram login")
    read = jar.read(said.cookies.get_secret_value(), host)
    archive.keep_site_session(host, read, doors.strongbox.seal(read.text.encode(), host))


@router.delete("/site-sessions/{site}", status_code=204)
def end_site_session(site: SitePath, archive: ArchiveDep, _actor: Keeper) -> None:
    """Forget a session; captures go on as guests."""
    archive.end_site_session(host_of(site))


def _shown(row: SiteSession, added_by: str) -> SiteSessionShown:
    return SiteSessionShown(
        site=row.site,
        name=name_of(row.site),
        state=_state(row),
        cookies=row.cookies,
        added_by=added_by,
        added_at=row.added_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        well_at=row.well_at,
        failed_at=row.failed_at,
        failure=row.failure,
    )


def _state(row: SiteSession) -> SessionState:
    if row.failures >= site_sessions.GIVEN_UP_AFTER:
        return SessionState.REFUSED
    if row.expires_at is not None and row.expires_at < clock.now():
        return SessionState.EXPIRED
    if row.failures:
        return SessionState.FAILING
    return SessionState.WELL if row.well_at else SessionState.UNTRIED
