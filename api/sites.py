"""Sites that are asked: which rest and why, what waits for them, and how each has answered in the last hours."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.orm import Session

from api.deps import DoorsDep, SessionDep, only
from api.strict import StrictRoute
from storage.db import sites
from storage.db.positions import Job
from storage.domain import clock
from storage.domain.permissions import Actor, may_watch_work, visible_to_submitters, watched_items
from storage.domain.sites import Condition, Sign, name_of
from storage.domain.vocab import JobState, Sensitivity

router = APIRouter(route_class=StrictRoute, tags=["installation"])
_HOURS_SHOWN = 24


class SiteNotice(BaseModel):
    """A site that does not answer as it should: jobs for it wait, and lose no try by waiting."""

    name: str = Field(examples=["YouTube"])
    cause: Sign
    since: AwareDatetime
    until: AwareDatetime | None = Field(description="when it is asked again, by one job; the others follow")


class SiteShare(BaseModel):
    """A site that was asked as often as it may be within an hour: jobs for it wait for the next."""

    name: str = Field(examples=["YouTube"])
    an_hour: int = Field(description="how often the archive asks it within any hour")
    next_at: AwareDatetime = Field(description="when it may be asked again, by the job that has waited longest")


class SiteHour(BaseModel):
    """Tries of one hour that have ended, by how; `fault` and the like are failures of our own."""

    hour: AwareDatetime
    outcomes: dict[str, int]


class SiteLine(BaseModel):
    """One site; `notice` while it rests or is being probed. `budget` is how often it may be asked within an hour.

    How it stands between is not told, nor that it rests for what only sealed items have met.
    """

    site: str
    name: str
    notice: SiteNotice | None
    waiting: int
    asked_this_hour: int
    budget: int | None
    hours: list[SiteHour]


class Sites(BaseModel):
    """Every site the archive has asked, those that rest first."""

    sites: list[SiteLine]


@router.get("/sites")
def list_sites(
    doors: DoorsDep, session: SessionDep, actor: Annotated[Actor, Depends(only(may_watch_work, "look at sites"))]
) -> Sites:
    """How the sites are; one that only sealed items were asked from is shown to stewards alone."""
    visible = _values(watched_items(actor))
    known = sites.known(session, visible)
    stand, waiting, spent = (
        sites.conditions(session, known),
        sites.waiting(session, visible),
        sites.spent(session, known, visible),
    )
    since = clock.now() - timedelta(hours=_HOURS_SHOWN)
    met = sites.met(session, stand, visible)
    hours: dict[str, list[SiteHour]] = {}
    for one in sites.hours(session, known, visible, since=since):
        hours.setdefault(one.site, []).append(SiteHour(hour=one.hour, outcomes=dict(one.outcomes)))
    lines = [
        SiteLine(
            site=site,
            name=name_of(site),
            notice=_notice(site, stand[site], met[site]) if site in met else None,
            waiting=waiting.get(site, 0),
            asked_this_hour=spent.get(site, 0),
            budget=sites.most_of(doors.site_budgets, site),
            hours=hours.get(site, []),
        )
        for site in known
    ]
    return Sites(sites=sorted(lines, key=lambda line: (line.notice is None, -line.waiting, line.name.casefold())))


def notice_for(session: Session, actor: Actor, site: str | None) -> SiteNotice | None:
    """What somebody who submits may know of a site: that it rests, unless only sealed items have met why."""
    if site is None:
        return None
    met = _met(session, actor, [site]).get(site)
    return _notice(site, sites.condition(session, site), met) if met else None


def share_for(session: Session, actor: Actor, site: str | None, budgets: Mapping[str, int]) -> SiteShare | None:
    """What somebody who submits may know of a site's budget: that items for their eyes have spent it."""
    most = sites.most_of(budgets, site) if site else None
    if site is None or most is None:
        return None
    next_at = sites.spent_until(session, site, most, _values(visible_to_submitters(actor)))
    return SiteShare(name=name_of(site), an_hour=most, next_at=next_at) if next_at else None


def waited_for(session: Session, actor: Actor, owed: Iterable[Job], budgets: Mapping[str, int]) -> Mapping[str, str]:
    """The names, by host, of the sites for which these jobs wait, as far as somebody who submits may know of it."""
    asked = {job.site for job in owed if job.site is not None and job.state == JobState.READY}
    resting = _met(session, actor, asked)
    return {site: name_of(site) for site in asked if site in resting or share_for(session, actor, site, budgets)}


def _met(session: Session, actor: Actor, asked: Collection[str]) -> Mapping[str, datetime]:
    """Those of these sites that rest for what somebody who submits may know of, and since when that is."""
    stand = {site: one for site, one in sites.conditions(session, asked).items() if one.is_degraded}
    return sites.met(session, stand, _values(visible_to_submitters(actor)))


def _notice(site: str, condition: Condition, met: datetime) -> SiteNotice | None:
    """That a site rests, since no earlier than the asker's items have `met` why."""
    if not condition.is_degraded or condition.cause is None or condition.since is None:
        return None
    since = max(condition.since, met)
    return SiteNotice(name=name_of(site), cause=condition.cause, since=since, until=condition.until)


def _values(sensitivities: Collection[Sensitivity]) -> list[str]:
    return [sensitivity.value for sensitivity in sensitivities]
