"""Takes an item's rows away once its erasure is agreed: what says something is deleted or emptied, the rest stays."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from storage.db import answers
from storage.db.cipher_tables import Enciphered
from storage.db.copy_tables import FileCopy
from storage.db.erasure_tables import ErasedFile
from storage.db.liveness_tables import Sighting, Watch
from storage.db.match_tables import MatchDecided
from storage.db.positions import Draft, Job, Lease, Reading
from storage.db.tables import (
    Assertion,
    Base,
    Capture,
    Event,
    File,
    Holding,
    Item,
    Record,
    RecordPlace,
    RecordUnit,
    Source,
    SourceAddress,
    StepRun,
    Submission,
)
from storage.db.text_tables import TextLine, TextRead
from storage.domain.erasure import tombstone
from storage.domain.vocab import EventType, JobState, Workflow
from storage.integrity.statement import is_stub, stub_of

KEPT_EVENTS = (
    *(EventType.HOLD_PLACED, EventType.HOLD_RELEASE_ASKED, EventType.HOLD_RELEASED),
    *(EventType.ERASURE_ASKED, EventType.ERASURE_REFUSED, EventType.DEACCESSION, EventType.DELETION),
)
"""Events that say why an item was kept and why it is gone: they stay as they were written."""

_POSITIONS: tuple[type[Base], ...] = (Job, Draft, Lease, Reading, Watch)
_DELETED: tuple[type[Base], ...] = (
    *(Assertion, MatchDecided, TextLine, TextRead, Holding, StepRun, Capture, Sighting, Enciphered),
)

_OF_LISTS = ("batch_id", "batch_line")


@dataclass(frozen=True, slots=True)
class Emptied:
    """What is left of an item after its rows are gone, and enough to write that down again.

    `files` are digests nobody else holds, `shared` those that other items hold and that stay for them; `elsewhere`
    are events of no item that told of this one.
    """

    files: Sequence[str]
    shared: Sequence[str]
    records: Sequence[Mapping[str, Any]]
    submissions: Sequence[Mapping[str, Any]]
    elsewhere: Sequence[str]


def is_worked_on(session: Session, item_id: str) -> bool:
    """Whether some worker holds a job of an item."""
    running = select(Job.id).where(Job.item_id == item_id, Job.state == JobState.RUNNING.value).limit(1)
    return session.scalar(running) is not None


def erase_rows(
    session: Session, item: Item, erasure: str, at: datetime, told_at: str, known: Sequence[str] = ()
) -> Emptied:
    """Delete and empty every row that says something of an item whose erasure two people have agreed to.

    1. Find what it holds and nobody else does. 2. Forget where people and work stood. 3. Empty the records it was
    published as. 4. Delete what was collected, made and said. 5. Empty its submissions. 6. Forget its source, unless
    another item has it too. 7. Empty its events: digests stay, and so chain and log.
    `known` are digests that a tombstone says it held, where nothing else tells of them any more.
    The database refuses each of them while the item is under legal hold, or without the agreement.
    """
    session.flush()
    files, shared = _files(session, item.id, known)
    session.add_all(ErasedFile(erasure_id=erasure, sha256=one) for one in files)
    session.flush()
    for table in _POSITIONS:
        session.execute(delete(table).where(table.__table__.c.item_id == item.id))
    answers.forget_of(session, item.id)
    records = _empty_records(session, item.id, tombstone(erasure, told_at))
    for table in _DELETED:
        session.execute(delete(table).where(table.__table__.c.item_id == item.id))
    session.execute(delete(FileCopy).where(FileCopy.sha256.in_(files)))
    session.execute(delete(File).where(File.sha256.in_(files)))
    submissions = _empty_submissions(session, item.id)
    _forget_source(session, item, at)
    elsewhere = _empty_events(session, item.id, erasure)
    session.expire_all()
    return Emptied(files, shared, records, submissions, elsewhere)


def _files(session: Session, item_id: str, known: Sequence[str]) -> tuple[list[str], list[str]]:
    """The digests of an item that no other item holds or is about to, and those that another does."""
    held: set[str | None] = set(session.scalars(select(Holding.sha256).where(Holding.item_id == item_id)))
    handed_in = select(Event.body).where(Event.item_id == item_id, Event.type == EventType.SUBMISSION.value)
    held |= set(known)
    for body in session.scalars(handed_in):
        supplied = json.loads(body)["detail"].get("supplied")
        held |= {supplied["sha256"]} if supplied else set()
    others = select(Holding.sha256).where(Holding.sha256.in_(held), Holding.item_id != item_id)
    coming = Job.request["upload"]["sha256"].astext
    owed = select(coming).where(Job.item_id != item_id, coming.in_(held))
    shared = {*session.scalars(others), *session.scalars(owed)}
    # Ciphertext is its item's alone, under a key that nobody else has.
    sealed = set(session.scalars(select(Enciphered.sealed_sha256).where(Enciphered.item_id == item_id)))
    return sorted(one for one in held - shared | sealed if one), sorted(one for one in shared if one)


def _empty_records(session: Session, item_id: str, left: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = session.scalars(select(Record).where(Record.item_id == item_id).order_by(Record.pid, Record.version)).all()
    told: list[Mapping[str, Any]] = [
        {
            "record": row.pid,
            "version": row.version,
            "sensitivity": row.sensitivity,
            "sha256": row.sha256,
            "published_at": row.published_at,
            "published_by": row.published_by,
        }
        for row in rows
    ]
    for found_by in (RecordPlace, RecordUnit):
        session.execute(delete(found_by).where(found_by.pid.in_({row.pid for row in rows})))
    emptied = update(Record).where(Record.item_id == item_id)
    session.execute(emptied.values(body=dict(left), words="", captured_from=None, captured_until=None))
    return told


def _empty_submissions(session: Session, item_id: str) -> list[Mapping[str, Any]]:
    rows = session.scalars(select(Submission).where(Submission.item_id == item_id).order_by(Submission.id)).all()
    names = ("id", "capture_id", "submitter_id", "sensitivity", "project_id", "joined", "received_at", *_OF_LISTS)
    told: list[Mapping[str, Any]] = [{name: getattr(row, name) for name in names} for row in rows]
    nothing = dict.fromkeys(("url", "canonical_url", "supplied_name", "note", "note_salt", "batch_origin"))
    session.execute(update(Submission).where(Submission.item_id == item_id).values(**nothing))
    return told


def _forget_source(session: Session, item: Item, at: datetime) -> None:
    source = item.source_id
    session.execute(
        update(Item)
        .where(Item.id == item.id)
        .values(
            source_id=None,
            assignee_id=None,
            workflow=Workflow.WITHDRAWN.value,
            erased_at=at,
            version=Item.version + 1,
        )
    )
    if source is None:
        return
    is_used = or_(exists().where(Item.source_id == source), exists().where(Capture.source_id == source))
    if not session.scalar(select(is_used)):
        session.execute(delete(SourceAddress).where(SourceAddress.source_id == source))
        session.execute(delete(Source).where(Source.id == source))


def _empty_events(session: Session, item_id: str, erasure: str) -> list[str]:
    """Leave a stub of each event; the ids of those that are of no item and told of this one."""
    kept = [one.value for one in KEPT_EVENTS]
    own = select(Event.seq, Event.id, Event.body).where(Event.item_id == item_id, Event.type.not_in(kept))
    # Written down apart so as not to tell of a sealed item; few, and found by the id in their text.
    apart = select(Event.seq, Event.id, Event.body).where(
        Event.item_id.is_(None),
        Event.type.in_((EventType.SAME_SOURCE.value, EventType.SIGHTING.value)),
        func.strpos(Event.body, literal(f'"item":"{item_id}"')) > 0,
    )
    elsewhere = []
    for wanted in (own, apart):
        for seq, event, body in session.execute(wanted).all():
            if not is_stub(body):
                session.execute(update(Event).where(Event.seq == seq).values(body=stub_of(body, erasure)))
                elsewhere += [event] if wanted is apart else []
    return elsewhere
