"""Rows of sites: which rest, which were asked enough, how each has answered in the last hours."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from storage.db.positions import CAPTURE_STEP, Job
from storage.db.site_tables import SiteCondition, SiteTry
from storage.db.tables import Item
from storage.domain.sites import Condition, Said, Sign, after, sign_of

BUDGET_WINDOW = timedelta(hours=1)
_KEPT = timedelta(hours=72)
EVERY_OTHER = "*"
"""The name under which a budget for every site that has none of its own stands."""


@dataclass(frozen=True, slots=True)
class Hour:
    """How a site answered in one hour: tries that ended, by outcome."""

    site: str
    hour: datetime
    outcomes: Mapping[str, int]


def may_be_asked(budgets: Mapping[str, int]) -> ColumnElement[bool]:
    """The job has no site, or its site neither rests, nor is being probed, nor has spent its budget of this hour.

    A site that answers badly is probed by a capture, where one is owed within the hour: a page says less of it.
    """
    resting = select(SiteCondition.site).where(SiteCondition.until > func.now())
    degraded = select(SiteCondition.site).where(SiteCondition.trips > 0)
    other = aliased(Job)
    probed = exists().where(other.state == "running", other.site == Job.site, other.id != Job.id).correlate(Job)
    soon = other.run_after < func.now() + BUDGET_WINDOW
    better = exists().where(other.state == "ready", other.site == Job.site, other.step == CAPTURE_STEP, soon)
    may_probe = and_(~probed, or_(Job.step == CAPTURE_STEP, ~better.correlate(Job)))
    allowed = [Job.site.not_in(resting), or_(Job.site.not_in(degraded), may_probe)]
    if budgets:
        others = literal(budgets.get(EVERY_OTHER), Integer)
        named = {site: most for site, most in budgets.items() if site != EVERY_OTHER}
        most = case(named, value=SiteTry.site, else_=others) if named else others
        spent = select(SiteTry.site).where(SiteTry.began_at > func.now() - BUDGET_WINDOW).group_by(SiteTry.site)
        allowed.append(Job.site.not_in(spent.having(func.count() >= most)))
    return or_(Job.site.is_(None), and_(*allowed))


def take_turn(session: Session, site: str) -> bool:
    """Whether nobody else is claiming a job of this site at this instant; holds until the transaction ends."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended("site " + site, 0)))))


def begin_try(session: Session, job: Job) -> None:
    """Note that a site is asked for a job that was just claimed."""
    session.execute(insert(SiteTry).values(job_id=job.id, token=job.token, site=job.site, began_at=func.now()))


def withdraw_try(session: Session, job: Job) -> None:
    """Forget a try that was begun and came to nothing before the site was asked."""
    session.execute(delete(SiteTry).where(SiteTry.job_id == job.id, SiteTry.token == job.token))


def end_try(session: Session, job: Job, outcome: str, sign: Sign, asked_s: float = 0.0) -> Condition:
    """Note how a try ended, and what that makes of its site."""
    site = str(job.site)
    session.execute(update(SiteTry).where(SiteTry.job_id == job.id, SiteTry.token == job.token).values(outcome=outcome))
    session.execute(insert(SiteCondition).values(site=site, failures=0, trips=0, items=[]).on_conflict_do_nothing())
    row = session.scalar(
        select(SiteCondition)
        .where(SiteCondition.site == site)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    # The transaction's own clock, as for everything that is compared with `now()` in the database.
    at = session.scalar(select(func.clock_timestamp()))
    if row is None or at is None:
        raise LookupError(f"the condition of {site} went away while it was locked")
    then = after(_condition(row), Said(sign, job.item_id, job.started_at or at, at, asked_s))
    values: dict[str, Any] = asdict(then) | {"cause": then.cause.value if then.cause else None}
    session.execute(
        update(SiteCondition).where(SiteCondition.site == site).values({**values, "items": list(then.items)})
    )
    return then


def conditions(session: Session, sites: Collection[str] | None = None) -> dict[str, Condition]:
    """How these sites stand, or all of which something is known."""
    wanted = select(SiteCondition)
    wanted = wanted if sites is None else wanted.where(SiteCondition.site.in_(sites))
    rows = session.scalars(wanted.execution_options(populate_existing=True))
    return {row.site: _condition(row) for row in rows}


def condition(session: Session, site: str | None) -> Condition:
    """How one site stands."""
    return conditions(session, [site]).get(site, Condition()) if site else Condition()


def met(session: Session, stand: Mapping[str, Condition], visible: Collection[str]) -> dict[str, datetime]:
    """When items of these sensitivities first met what each of these sites rests for; no site for which none has."""
    since_well = or_(SiteCondition.well_at.is_(None), SiteTry.began_at > SiteCondition.well_at)
    wanted = (
        select(SiteTry.site, SiteTry.outcome, func.min(SiteTry.began_at))
        .join(SiteCondition, SiteCondition.site == SiteTry.site)
        .join(Job, Job.id == SiteTry.job_id)
        .join(Item, Item.id == Job.item_id)
        .where(SiteTry.site.in_(stand), since_well, SiteTry.outcome.is_not(None))
        .where(Item.sensitivity.in_(visible))
        .group_by(SiteTry.site, SiteTry.outcome)
    )
    # Several outcomes never have one and the same sign but `well`, and nothing rests for that.
    return {site: at for site, outcome, at in session.execute(wanted) if sign_of(str(outcome)) is stand[site].cause}


def let_go(session: Session, site: str) -> None:
    """End the rest of a site: it is probed at once. What is known of its failures stays until the probe answers."""
    session.execute(
        update(SiteCondition)
        .where(SiteCondition.site == site, SiteCondition.until > func.now())
        .values(until=func.now())
    )


def known(session: Session, visible: Collection[str]) -> Sequence[str]:
    """The sites that items of these sensitivities were asked from, of which something is still on the books."""
    of_items = select(Job.site).join(Item, Item.id == Job.item_id).where(Item.sensitivity.in_(visible))
    rows = session.scalars(of_items.where(Job.site.is_not(None)).distinct().order_by(Job.site))
    return [str(site) for site in rows]


def waiting(session: Session, visible: Collection[str]) -> dict[str, int]:
    """How many jobs of items of these sensitivities are ready or will be, by site."""
    wanted = (
        select(Job.site, func.count())
        .join(Item, Item.id == Job.item_id)
        .where(Job.site.is_not(None), Job.state == "ready", Item.sensitivity.in_(visible))
        .group_by(Job.site)
    )
    return {str(site): count for site, count in session.execute(wanted)}


def spent(session: Session, sites: Collection[str], visible: Collection[str]) -> dict[str, int]:
    """How often each of these sites was asked within the budget's hour, for items of these sensitivities."""
    wanted = (
        select(SiteTry.site, func.count())
        .join(Job, Job.id == SiteTry.job_id)
        .join(Item, Item.id == Job.item_id)
        .where(SiteTry.site.in_(sites), SiteTry.began_at > func.now() - BUDGET_WINDOW)
        .where(Item.sensitivity.in_(visible))
    )
    return {row[0]: row[1] for row in session.execute(wanted.group_by(SiteTry.site))}


def most_of(budgets: Mapping[str, int], site: str) -> int | None:
    """How often a site may be asked within the budget's hour; None where nothing limits it."""
    return budgets.get(site, budgets.get(EVERY_OTHER))


def spent_until(session: Session, site: str, most: int, visible: Collection[str]) -> datetime | None:
    """When a site that was asked `most` times within the budget's hour may be asked again; None while it may be.

    As far as items of these sensitivities go: others may have asked it as well.
    """
    oldest_counted = (
        select(SiteTry.began_at)
        .join(Job, Job.id == SiteTry.job_id)
        .join(Item, Item.id == Job.item_id)
        .where(SiteTry.site == site, SiteTry.began_at > func.now() - BUDGET_WINDOW, Item.sensitivity.in_(visible))
        .order_by(SiteTry.began_at.desc())
        .offset(most - 1)
        .limit(1)
    )
    began_at = session.scalar(oldest_counted)
    return None if began_at is None else began_at + BUDGET_WINDOW


def hours(session: Session, sites: Collection[str], visible: Collection[str], *, since: datetime) -> Sequence[Hour]:
    """How these sites answered, hour by hour, oldest first; only tries for items of these sensitivities."""
    hour = func.date_trunc("hour", SiteTry.began_at)
    wanted = (
        select(SiteTry.site, hour, SiteTry.outcome, func.count())
        .join(Job, Job.id == SiteTry.job_id)
        .join(Item, Item.id == Job.item_id)
        .where(SiteTry.site.in_(sites), SiteTry.began_at >= since, SiteTry.outcome.is_not(None))
        .where(Item.sensitivity.in_(visible))
        .group_by(SiteTry.site, hour, SiteTry.outcome)
        .order_by(hour)
    )
    found: dict[tuple[str, datetime], dict[str, int]] = {}
    for site, at, outcome, count in session.execute(wanted):
        found.setdefault((site, at), {})[str(outcome)] = count
    return [Hour(site, at, outcomes) for (site, at), outcomes in found.items()]


def forget_old(session: Session) -> int:
    """Drop tries that no picture shows any more; how many."""
    old = delete(SiteTry).where(SiteTry.began_at < func.now() - _KEPT)
    return len(session.execute(old.returning(SiteTry.job_id)).all())


def _condition(row: SiteCondition) -> Condition:
    return Condition(
        failures=row.failures,
        trips=row.trips,
        cause=Sign(row.cause) if row.cause else None,
        items=tuple(row.items),
        since=row.since,
        opened_at=row.opened_at,
        until=row.until,
        well_at=row.well_at,
    )
