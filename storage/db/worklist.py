"""Rows of the reviewers' queue: items by view, filter and order, a page at a time, and how many there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.selectable import LateralFromClause

from storage.db import text_lines
from storage.db.positions import Lease
from storage.db.tables import Assertion, Capture, Event, Item, Source, Submission
from storage.domain.vocab import AssertionKind, Outcome, Workflow
from storage.domain.workflow import CLOSED
from storage.domain.worklist import Order, QueueQuery, View

_WITH_MEDIA = (Outcome.CAPTURED.value, Outcome.PARTIAL.value)
_QUOTE = AssertionKind.QUOTE.value
_NAMES = ("title", "account", "uploader", "channel")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose queue it is: what they may know of, and the moment they look."""

    id: str
    visible: Collection[str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Queued:
    """An item in the queue, with the number and the time of its newest event."""

    item: Item
    seq: int
    changed_at: datetime


def page(session: Session, query: QueueQuery, viewer: Viewer, *, after: str | None, limit: int) -> Sequence[Queued]:
    """Items in the asked order past `after`: an id, or for `changed` the number of the item's newest event.

    What changes while somebody walks through `changed` moves to the front: to be met on the next walk.
    """
    newest = _newest_event()
    wanted = select(Item, newest.c.seq, newest.c.at).join(newest, true()).where(*_conditions(query, viewer))
    match query.order:
        case Order.NEWEST:
            wanted = wanted.order_by(Item.id.desc())
            wanted = wanted.where(Item.id < after) if after else wanted
        case Order.OLDEST:
            wanted = wanted.order_by(Item.id)
            wanted = wanted.where(Item.id > after) if after else wanted
        case Order.CHANGED:
            wanted = wanted.order_by(newest.c.seq.desc())
            wanted = wanted.where(newest.c.seq < int(after)) if after else wanted
    return [Queued(item, seq, at) for item, seq, at in session.execute(wanted.limit(limit))]


def of(session: Session, item_ids: Collection[str]) -> Sequence[Queued]:
    """These items as they stand in the queue."""
    newest = _newest_event()
    wanted = select(Item, newest.c.seq, newest.c.at).join(newest, true()).where(Item.id.in_(list(item_ids)))
    return [Queued(item, seq, at) for item, seq, at in session.execute(wanted.order_by(Item.id))]


def _newest_event() -> LateralFromClause:
    """Number and time of each item's newest event."""
    newest = select(Event.seq, Event.at).where(Event.item_id == Item.id).order_by(Event.seq.desc()).limit(1)
    return newest.lateral("newest")


def count(session: Session, query: QueueQuery, viewer: Viewer, *, most: int) -> int:
    """How many items there are, counted up to one more than `most`."""
    return session.scalar(select(_counted(query, viewer, most))) or 0


def counts(session: Session, viewer: Viewer, *, most: int) -> dict[View, int]:
    """How many items each view holds, counted up to one more than `most`, in one question."""
    views = [_counted(QueueQuery(view=view), viewer, most).label(view.value) for view in View]
    row = session.execute(select(*views)).one()
    return {view: int(found) for view, found in zip(View, row, strict=True)}


def _counted(query: QueueQuery, viewer: Viewer, most: int) -> Any:
    some: Select[Any] = select(Item.id).where(*_conditions(query, viewer)).limit(most + 1)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _conditions(query: QueueQuery, viewer: Viewer) -> list[ColumnElement[bool]]:
    """What an item must be; the first condition is what the viewer may know of, before anything else."""
    wanted: list[ColumnElement[bool]] = [Item.sensitivity.in_(viewer.visible), _in_view(query.view, viewer)]
    if query.workflow is not None:
        wanted.append(Item.workflow == query.workflow.value)
    if query.sensitivity is not None:
        wanted.append(Item.sensitivity == query.sensitivity.value)
    if query.platform is not None:
        named = func.lower(Capture.identity["platform"].astext) == query.platform.lower()
        wanted.append(exists().where(Capture.item_id == Item.id, named))
    wanted.extend(_says(word) for word in query.words)
    return wanted


def _in_view(view: View, viewer: Viewer) -> ColumnElement[bool]:
    match view:
        case View.ALL:
            return true()
        case View.MINE:
            running = (Lease.item_id == Item.id, Lease.holder_id == viewer.id, Lease.until > viewer.now)
            return or_(Item.assignee_id == viewer.id, exists().where(*running))
        case View.UNCLAIMED:
            return and_(Item.assignee_id.is_(None), Item.workflow.not_in([state.value for state in CLOSED]))
        case View.HELP:
            return Item.workflow == Workflow.NEEDS_HELP.value
        case View.FAILED:
            newest = select(Capture.outcome).where(Capture.item_id == Item.id).order_by(Capture.id.desc()).limit(1)
            return func.coalesce(newest.scalar_subquery().not_in(_WITH_MEDIA), false())


def _says(word: str) -> ColumnElement[bool]:
    """Whether an item was ever called so, by its title, its account, its address, or the name it was supplied under;
    or whether somebody quotes it so, or a machine has read or heard it there.
    """
    titles = [Capture.identity[name].astext for name in _NAMES]
    said = text_lines.items_saying(word)
    quoted = Assertion.body["body"]["text"].astext
    return or_(
        *([] if said is None else [Item.id.in_(said)]),
        Item.id.in_(select(Assertion.item_id).where(Assertion.kind == _QUOTE, _holds(quoted, word))),
        exists().where(Source.id == Item.source_id, _holds(Source.canonical_url, word)),
        exists().where(Submission.item_id == Item.id, _holds(Submission.supplied_name, word)),
        exists().where(Capture.item_id == Item.id, or_(*(_holds(title, word) for title in titles))),
    )


def _holds(text: ColumnElement[str] | InstrumentedAttribute[Any], word: str) -> ColumnElement[bool]:
    # The collation knows the capitals of every script, whatever the database was made with.
    lowered = func.lower(text.collate("pg_c_utf8"))
    return lowered.contains(word.lower(), autoescape=True)
