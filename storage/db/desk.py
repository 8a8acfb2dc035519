"""Rows of who works on what: leases and drafts, names of people, and where an item was before it went aside.

A draft that was thrown away leaves its revision, as a negative number, and no word of what it held: the next of its
name counts on from there, so that whoever still has the old one before them cannot overwrite the new one. A day later
that is forgotten too.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.db import people
from storage.db.positions import Draft, Lease
from storage.db.tables import Event, Key, User
from storage.domain.permissions import OPERATOR, SYSTEM
from storage.domain.vocab import EventType, Workflow


def lease(session: Session, item_id: str, *, now: datetime) -> Lease | None:
    """The lease that runs on an item at `now`, or None."""
    return leases(session, [item_id], now=now).get(item_id)


def leases(session: Session, item_ids: Collection[str], *, now: datetime) -> dict[str, Lease]:
    """The leases that run at `now`, by item."""
    running = select(Lease).where(Lease.item_id.in_(item_ids), Lease.until > now)
    rows = session.scalars(running.execution_options(populate_existing=True))
    return {row.item_id: row for row in rows}


def begin_lease(session: Session, item_id: str, *, holder: str, now: datetime, until: datetime) -> None:
    """Give an item's lease to `holder`, whoever had it; the item is locked by the caller."""
    begun = {"holder_id": holder, "taken_at": now, "until": until, "asked_by": None, "asked_at": None}
    taken = insert(Lease).values(item_id=item_id, **begun)
    session.execute(taken.on_conflict_do_update(index_elements=["item_id"], set_=begun))


def extend_lease(
    session: Session, item_id: str, *, holder: str, now: datetime, until: datetime, slack: timedelta = timedelta(0)
) -> None:
    """Push out a lease that `holder` has at `now` and that would end sooner than `slack` before `until`."""
    running = update(Lease).where(Lease.item_id == item_id, Lease.holder_id == holder, Lease.until > now)
    session.execute(running.where(Lease.until < until - slack).values(until=until))


def end_lease(session: Session, item_id: str, *, holder: str) -> None:
    """Take away a lease, if it is `holder`'s."""
    session.execute(delete(Lease).where(Lease.item_id == item_id, Lease.holder_id == holder))


def ask_for_lease(session: Session, item_id: str, *, by: str, now: datetime) -> None:
    """Note who would like to be next; whoever asked first stays."""
    free = update(Lease).where(Lease.item_id == item_id, Lease.asked_by.is_(None))
    session.execute(free.values(asked_by=by, asked_at=now))


def draft(session: Session, owner_id: str, item_id: str, name: str) -> Draft | None:
    """One of somebody's drafts, as it is now, or None."""
    one = _drafts(owner_id, item_id).where(Draft.name == name).execution_options(populate_existing=True)
    return session.scalar(one)


def drafts(session: Session, owner_id: str, item_id: str) -> Sequence[Draft]:
    """Somebody's drafts about an item, by name."""
    return session.scalars(_drafts(owner_id, item_id).order_by(Draft.name)).all()


def lock_drafts(session: Session, owner_id: str) -> None:
    """Let one transaction at a time begin drafts of somebody, so that their number can be bounded."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, 3))"), {"owner": owner_id})


def count_drafts(session: Session, owner_id: str, item_id: str) -> tuple[int, int]:
    """How many drafts somebody has about an item, and about all items."""
    counts = select(func.count().filter(Draft.item_id == item_id), func.count())
    row = session.execute(counts.where(Draft.owner_id == owner_id, Draft.revision > 0)).one()
    return row[0], row[1]


def first_draft(
    session: Session, owner_id: str, item_id: str, name: str, *, body: Mapping[str, Any], now: datetime
) -> bool:
    """Keep a draft where there is none of this name; False where there is one."""
    values = {"owner_id": owner_id, "item_id": item_id, "name": name, "body": dict(body), "revision": 1}
    made = insert(Draft).values(**values, saved_at=now)
    made = made.on_conflict_do_update(
        index_elements=["owner_id", "item_id", "name"],
        set_={"body": made.excluded.body, "revision": 1 - Draft.revision, "saved_at": made.excluded.saved_at},
        where=Draft.revision < 0,
    )
    return session.scalar(made.returning(Draft.revision)) is not None


def next_draft(
    session: Session,
    owner_id: str,
    item_id: str,
    name: str,
    *,
    revision: int,
    body: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Keep a draft in place of its revision `revision`; False where that is not the newest."""
    seen = update(Draft).where(Draft.owner_id == owner_id, Draft.item_id == item_id, Draft.name == name)
    seen = seen.where(Draft.revision == revision)
    saved = seen.values(body=dict(body), revision=revision + 1, saved_at=now).returning(Draft.revision)
    return session.scalar(saved) is not None


def end_draft(session: Session, owner_id: str, item_id: str, name: str, *, revision: int | None) -> bool:
    """Throw a draft away, only at `revision` where one is given; False where nothing was thrown away."""
    ended = update(Draft).where(Draft.owner_id == owner_id, Draft.item_id == item_id, Draft.name == name)
    ended = ended.where(Draft.revision > 0 if revision is None else Draft.revision == revision)
    gone = ended.values(body={}, revision=-Draft.revision, saved_at=func.now()).returning(Draft.revision)
    return session.scalar(gone) is not None


def forget_drafts(session: Session) -> int:
    """Forget the drafts that were thrown away more than a day ago; how many."""
    old = delete(Draft).where(Draft.revision < 0, Draft.saved_at < func.now() - func.make_interval(0, 0, 0, 1))
    return len(session.execute(old.returning(Draft.name)).all())


def _drafts(owner_id: str, item_id: str) -> Select[Draft]:
    return select(Draft).where(Draft.owner_id == owner_id, Draft.item_id == item_id, Draft.revision > 0)


def names(session: Session, ids: Collection[str | None]) -> dict[str, str]:
    """What people and keys are called, by id; an id nobody has stands for itself."""
    wanted = {one for one in ids if one}
    found = {one.id: one.name for one in (OPERATOR, SYSTEM)}
    if wanted - found.keys():
        found |= {user.id: people.called(user) for user in session.scalars(select(User).where(User.id.in_(wanted)))}
        found |= {key.id: key.name for key in session.scalars(select(Key).where(Key.id.in_(wanted)))}
    return {one: found.get(one) or one for one in wanted}


def came_from(session: Session, item_id: str) -> Workflow | None:
    """Where an item was before it went into the side state it is in: the word of its newest move; else None."""
    newest = select(Event.body).where(Event.item_id == item_id, Event.type == EventType.WORKFLOW)
    body = session.scalar(newest.order_by(Event.seq.desc()).limit(1))
    back = json.loads(body)["detail"].get("back") if body else None
    return Workflow(back) if back else None
