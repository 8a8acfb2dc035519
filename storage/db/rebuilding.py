"""Rows of the ledger written again from the vault: only into a database that holds nothing yet."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from storage.db.hold_tables import Hold
from storage.db.log_tables import Leaf, LogHead, LogKey, SignedCheckpoint
from storage.db.tables import Capture, Event, File, Item, Key, PlaceVersion, Source, Submission, UnitVersion, User

# Whatever somebody could miss. What a migration lays down, such as the first project, is no loss.
_LOOKED_AT = (Event, Item, File, Submission, Source, Capture, UnitVersion, PlaceVersion, Hold, Leaf, LogHead, User, Key)


def first_table_with_rows(session: Session) -> str | None:
    """The name of a table that holds something, or None for a database that holds nothing."""
    for table in _LOOKED_AT:
        if session.scalar(select(func.count()).select_from(select(1).select_from(table).limit(1).subquery())):
            return str(table.__tablename__)
    return None


def take_time(session: Session) -> None:
    """Let the present transaction last as long as it must, with nobody beside it."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def name_archive(session: Session, name: str) -> None:
    """Give a database that holds nothing yet the name its stores know.

    The name that the migration drew has never been told to anybody. Its guard is lifted for this one row, and stands
    again in the same transaction: nobody sees the table without it.
    """
    session.execute(text("ALTER TABLE archive_name DISABLE TRIGGER keep_rows"))
    session.execute(text("UPDATE archive_name SET name = :name"), {"name": name})
    session.execute(text("ALTER TABLE archive_name ENABLE ALWAYS TRIGGER keep_rows"))


def add_event(
    session: Session,
    *,
    id: str,
    item_id: str | None,
    type: str,
    at: datetime,
    body: str,
    sha256: str,
    previous: str | None,
) -> int:
    """Write one event down again; its number."""
    row = {"id": id, "item_id": item_id, "type": type, "at": at, "body": body, "sha256": sha256, "previous": previous}
    return session.scalars(insert(Event).values(**row).returning(Event.seq)).one()


def add_log(
    session: Session,
    *,
    origin: str,
    size: int,
    peaks: bytes,
    keys: Sequence[tuple[str, int, str | None]],
    note: str,
    leaves: Sequence[tuple[int, int, bytes]],
) -> None:
    """Write the log down again: its head and newest checkpoint, each leaf as (place, number of event, hash), and each
    key with the first size it signs for and its succession.

    The head's mark stands before every event of this transaction: those without a leaf get theirs next.
    """
    if leaves:
        rows = [{"index": index, "event_seq": seq, "hash": leaf} for index, seq, leaf in leaves]
        session.execute(insert(Leaf), rows)
    xid = session.scalars(text("SELECT pg_current_xact_id()::text::bigint")).one()
    session.add(LogHead(one=True, origin=origin, size=size, peaks=peaks, after_xid=xid, after_seq=0))
    session.add_all(LogKey(key=key, first_size=first, succession=succession) for key, first, succession in keys)
    session.add(SignedCheckpoint(size=size, note=note))
    session.flush()
