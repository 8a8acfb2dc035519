"""Rows that tell what became of submissions: captures that have ended, without all they brought, and their jobs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from storage.db.positions import Job
from storage.db.tables import Capture, Item


@dataclass(frozen=True, slots=True)
class Ended:
    """A capture that has ended, as briefly as a receipt needs it."""

    id: str
    item_id: str
    outcome: str
    sentence: str
    lists: int | None
    """How many entries of a channel it told of."""
    supplied: bool = False
    """It took in a file that a person supplied: such a capture has no source."""


def ended(session: Session, item_ids: Collection[str], *, since: str) -> Sequence[Ended]:
    """The captures of these items that are `since` or were asked for later, oldest first."""
    entries = Capture.collection["listing"]["entries"]
    lists = case((func.jsonb_typeof(entries) == "array", func.jsonb_array_length(entries)))
    wanted = select(Capture.id, Capture.item_id, Capture.outcome, Capture.sentence, lists, Capture.source_id.is_(None))
    wanted = wanted.where(Capture.item_id.in_(item_ids), Capture.id >= since).order_by(Capture.id)
    return [Ended(*row) for row in session.execute(wanted)]


def erased(session: Session, item_ids: Collection[str]) -> dict[str, datetime]:
    """When each of these items was erased; those that were not are left out."""
    gone = select(Item.id, Item.erased_at).where(Item.id.in_(item_ids), Item.erased_at.is_not(None))
    return {item: at for item, at in session.execute(gone) if at is not None}


def newest_listing(session: Session, item_id: str, *, since: str) -> Mapping[str, Any] | None:
    """What the newest capture that is `since` or was asked for later told of a channel's entries, or None."""
    listing = Capture.collection["listing"]
    told = select(listing).where(Capture.item_id == item_id, Capture.id >= since, listing.is_not(None))
    found: Mapping[str, Any] | None = session.scalar(told.order_by(Capture.id.desc()).limit(1))
    return found


def captures_owed(session: Session, item_ids: Collection[str], *, step: str) -> Sequence[Job]:
    """The jobs of these items' captures that have not ended, soonest first."""
    wanted = select(Job).where(Job.item_id.in_(item_ids), Job.step == step)
    return session.scalars(wanted.where(Job.state.in_(("ready", "running", "held"))).order_by(Job.run_after)).all()


def jobs_of_captures(session: Session, capture_ids: Collection[str]) -> dict[str, list[Job]]:
    """Every job of these captures, oldest first, by capture."""
    found: dict[str, list[Job]] = {}
    wanted = select(Job).where(Job.capture_id.in_(capture_ids)).order_by(Job.created_at, Job.id)
    for job in session.scalars(wanted):
        found.setdefault(job.capture_id, []).append(job)
    return found
