"""Rows of the watch over sources: who is due, what was seen, how much has gone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.db.liveness_tables import Sighting, Watch
from storage.db.tables import Capture, Item, Source
from storage.domain.liveness import Liveness, pause
from storage.domain.vocab import Outcome, Sensitivity

_WITH_MEDIA = (Outcome.CAPTURED.value, Outcome.PARTIAL.value)


@dataclass(frozen=True, slots=True)
class Due:
    """An item whose source is to be looked at now, for the `looks`-th time from 0."""

    item_id: str
    url: str
    looks: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How the sources of one host stand by the newest clear look at each."""

    site: str
    liveness: str
    count: int


def begin(session: Session, now: datetime) -> int:
    """Begin to watch the sources of which something was captured and that nobody watches; how many.

    A sealed item's source is left alone: coming back to it tells whoever watches the site that somebody cares.
    """
    fresh = select(Item.id, literal(0), literal(now + pause(0))).where(
        Item.source_id.is_not(None),
        Item.sensitivity != Sensitivity.SEALED.value,
        exists().where(Capture.item_id == Item.id, Capture.outcome.in_(_WITH_MEDIA), Capture.source_id.is_not(None)),
        ~exists().where(Watch.item_id == Item.id),
    )
    made = insert(Watch).from_select(["item_id", "looks", "due_at"], fresh).on_conflict_do_nothing()
    return len(session.execute(made.returning(Watch.item_id)).all())


def due(session: Session, now: datetime, limit: int) -> Sequence[Due]:
    """Items that are due, longest first, locked until the transaction ends; sealed ones no more."""
    wanted = (
        select(Watch.item_id, Source.canonical_url, Watch.looks)
        .join(Item, Item.id == Watch.item_id)
        .join(Source, Source.id == Item.source_id)
        .where(Watch.due_at <= now, Item.sensitivity != Sensitivity.SEALED.value)
        .order_by(Watch.due_at)
        .limit(limit)
        .with_for_update(of=Watch, skip_locked=True)
    )
    return [Due(*row) for row in session.execute(wanted)]


def looked_for(session: Session, item_id: str, now: datetime) -> None:
    """Note that a look is owed, and put the next one off: hours, then days, then weeks."""
    looks = session.scalar(select(Watch.looks).where(Watch.item_id == item_id)) or 0
    values = {"looks": looks + 1, "due_at": now + pause(looks + 1)}
    session.execute(update(Watch).where(Watch.item_id == item_id).values(**values))


def watch(session: Session, item_id: str) -> Watch | None:
    """The watch over an item's source, or None."""
    return session.get(Watch, item_id, populate_existing=True)


def newest(session: Session, item_id: str) -> Sighting | None:
    """The newest look at an item's source, or None."""
    return session.scalar(select(Sighting).where(Sighting.item_id == item_id).order_by(Sighting.id.desc()).limit(1))


def of_item(session: Session, item_id: str) -> Sequence[Sighting]:
    """Every look at an item's source, oldest first."""
    return session.scalars(select(Sighting).where(Sighting.item_id == item_id).order_by(Sighting.id)).all()


def saved_at(session: Session, item_id: str) -> datetime | None:
    """When something of an item's source was first captured."""
    first = select(func.min(Capture.ended_at)).where(Capture.item_id == item_id, Capture.outcome.in_(_WITH_MEDIA))
    return session.scalar(first.where(Capture.source_id.is_not(None)))


def standings(session: Session, visible: Collection[str]) -> Sequence[Standing]:
    """How many sources stand how, by host; of each the newest look that says something clear."""
    last = (
        select(Sighting.liveness)
        .where(Sighting.item_id == Item.id, Sighting.liveness != Liveness.UNCLEAR.value)
        .order_by(Sighting.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    host = func.lower(func.substring(Source.canonical_url, r"^https?://([^/:?#]+|\[[^\]]*\])"))
    rows = (
        select(host.label("site"), last.label("liveness"))
        .select_from(Item)
        .join(Source, Source.id == Item.source_id)
        .where(Item.sensitivity.in_(visible))
        .subquery()
    )
    counted = (
        select(rows.c.site, rows.c.liveness, func.count())
        .where(rows.c.liveness.is_not(None))
        .group_by(rows.c.site, rows.c.liveness)
        .order_by(rows.c.site, rows.c.liveness)
    )
    return [Standing(*row) for row in session.execute(counted)]
