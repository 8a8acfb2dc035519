"""Rows of items that wait for a person: their newest capture met a wall, none has brought media, none is owed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select, true
from sqlalchemy.orm import Session, aliased

from storage.db.positions import Job
from storage.db.tables import Capture, Item, Source
from storage.domain.needs import NEEDS_A_PERSON
from storage.domain.vocab import JobState, Outcome
from storage.domain.workflow import CLOSED

_WITH_MEDIA = (Outcome.CAPTURED.value, Outcome.PARTIAL.value)
_OWED = (JobState.READY.value, JobState.RUNNING.value, JobState.HELD.value)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item that waits for a person, since when, at which site and why."""

    item_id: str
    url: str
    site: str
    outcome: str
    sentence: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """How many items of one site wait for the same, and since when the first of them."""

    site: str
    outcome: str
    count: int
    since: datetime


def groups(session: Session, visible: Collection[str], *, capture_step: str) -> Sequence[Group]:
    """What waits, by site and cause, most first."""
    rows = _waiting(visible, capture_step).subquery()
    counted = (
        select(rows.c.site, rows.c.outcome, func.count(), func.min(rows.c.since))
        .group_by(rows.c.site, rows.c.outcome)
        .order_by(func.count().desc(), rows.c.site, rows.c.outcome)
    )
    return [Group(*row) for row in session.execute(counted)]


def of_group(
    session: Session, site: str, outcome: str, visible: Collection[str], *, capture_step: str, limit: int
) -> Sequence[Waiting]:
    """Items of one group, longest waiting first."""
    rows = _waiting(visible, capture_step).subquery()
    wanted = select(rows).where(rows.c.site == site, rows.c.outcome == outcome).order_by(rows.c.since).limit(limit)
    return [Waiting(*row) for row in session.execute(wanted)]


def _waiting(visible: Collection[str], capture_step: str) -> Select[Any]:
    job, media = aliased(Job), aliased(Capture)
    newest = (
        select(Capture.outcome, Capture.sentence, Capture.ended_at, Capture.id, Capture.collection)
        .where(Capture.item_id == Item.id)
        .order_by(Capture.id.desc())
        .limit(1)
        .lateral("newest")
    )
    host = func.lower(func.substring(Source.canonical_url, r"^https?://([^/:?#]+|\[[^\]]*\])"))
    return (
        select(
            Item.id.label("item_id"),
            Source.canonical_url.label("url"),
            host.label("site"),
            newest.c.outcome.label("outcome"),
            newest.c.sentence.label("sentence"),
            newest.c.ended_at.label("since"),
        )
        .select_from(Item)
        .join(newest, true())
        .join(Source, Source.id == Item.source_id)
        .where(
            Item.sensitivity.in_(visible),
            Item.workflow.not_in([state.value for state in CLOSED]),
            newest.c.outcome.in_([outcome.value for outcome in NEEDS_A_PERSON]),
            # A channel waits for nobody: whoever submitted it chooses from what it lists.
            newest.c.collection["listing"]["entries"].is_(None),
            ~exists().where(media.item_id == Item.id, media.outcome.in_(_WITH_MEDIA)),
            ~exists().where(job.item_id == Item.id, job.step == capture_step, job.state.in_(_OWED)),
        )
    )
