"""Writes an empty database again from a vault's history, in one transaction: all of it, or nothing."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storage import queue
from storage.db import rebuilding
from storage.db.positions import CAPTURE_STEP
from storage.db.session import transaction
from storage.domain.vocab import EventType
from storage.errors import Conflict
from storage.integrity.merkle import leaf_hash
from storage.log.sequencer import entry_of
from storage.rebuild.history import History, Told
from storage.rebuild.rows import Rows
from storage.rebuild.writers import write

# What is written is forgotten by the session now and then, else all of an archive would have to fit into memory.
_FORGET_EVERY = 500

NOT_REBUILT = (
    *("user_account", "user_role", "api_key", "setup_token", "web_session", "login_failure", "preference"),
    *(
        "lease",
        "draft",
        "job",
        "site_condition",
        "site_try",
        "site_session",
        "watch",
        "idempotent_answer",
        "examination",
        "reading",
        "telling",
        "file_copy",
        "cosignature",
        "picture_search",
        "text_read",
        "text_line",
    ),
)
"""Tables that the ledger does not tell of: who may come in, where people and work stood, what was known of copies.

Witnesses are asked again, and say what they remember; machine text is read again out of its files.
"""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What has come of it; `assigned` are the items that somebody had taken on who is not here any more.

    `cancelled`: the steps that stay cancelled, each by its capture and its name.
    """

    events: int
    unsigned: int
    captures_owed: int
    assigned: Mapping[str, str]
    cancelled: Set[tuple[str, str]]


def rebuild(
    engine: Engine, history: History, name: str | None, progress: Callable[[int], None] = lambda _: None
) -> Rebuilt:
    """Write every row that the events tell of into a database that is migrated and empty.

    1. See that nothing is there, and take the `name` by which the stores know the archive. 2. Write each event down,
    and the rows it tells of, in the order they happened. 3. Write the log down as far as it was signed. 4. Owe the
    captures that were asked for and have not ended.
    `progress` is told of each event. Raises: Conflict where the database holds something, Altered.
    """
    with transaction(engine) as session:
        rebuilding.take_time(session)
        found = rebuilding.first_table_with_rows(session)
        if found is not None:
            raise Conflict(
                f"this database holds an archive already (there are rows in {found}); a database is rebuilt into an "
                "empty one: move the old one aside, and keep it until you have seen the new one"
            )
        if name is not None:
            rebuilding.name_archive(session, name)
        rows = Rows(session, erased=erased_in(history.events))
        leaves = _write_events(session, history, rows, progress)
        rebuilding.add_log(
            session,
            origin=history.checkpoint.origin,
            size=history.checkpoint.size,
            peaks=b"".join(history.frontier.peaks),
            keys=history.keys(),
            note=history.note.decode(),
            leaves=leaves,
        )
        _owe(session, rows)
        return Rebuilt(len(history.events), history.unsigned, len(rows.owed), rows.assigned, rows.cancelled)


def erased_in(events: Sequence[Told]) -> dict[str, Told]:
    """The event that says so, of each item that was erased."""
    return {event.item: event for event in events if event.item and event.type is EventType.DEACCESSION}


def _write_events(
    session: Session, history: History, rows: Rows, progress: Callable[[int], None]
) -> list[tuple[int, int, bytes]]:
    """The leaf of each event that has one: its place, the event's number, its hash."""
    leaves = []
    for number, event in enumerate(history.events, 1):
        write(rows, event)
        session.flush()
        seq = rebuilding.add_event(
            session,
            id=event.id,
            item_id=event.item,
            type=event.type.value,
            at=event.at,
            body=event.text,
            sha256=event.sha256,
            previous=event.previous,
        )
        if event.index is not None:
            leaves.append((event.index, seq, leaf_hash(entry_of(event.sha256))))
        if number % _FORGET_EVERY == 0:
            session.expunge_all()
        progress(1)
    return sorted(leaves)


def _owe(session: Session, rows: Rows) -> None:
    for capture, owed in rows.owed.items():
        queue.owe(
            session,
            key=f"{CAPTURE_STEP}:{capture}",
            queue=owed.queue,
            step=CAPTURE_STEP,
            step_version="",
            item_id=owed.item_id,
            capture_id=capture,
            request=owed.request,
            site=owed.site,
        )
