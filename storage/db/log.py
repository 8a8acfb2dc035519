"""Rows of the Merkle log: which events wait for a place in it, where one is, and what was signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from storage.db.log_tables import Leaf, LogHead, LogKey, SignedCheckpoint
from storage.db.tables import Event


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that has no place yet; every transaction that could still come before it has ended."""

    seq: int
    xid: int
    body: str
    sha256: str


# Visible rows of a transaction that this cluster's counter has not reached were written in another life of the
# database, before a dump was restored: they are as settled as any.
_WAITING = text("""
    SELECT event.seq, event.xid, event.body, event.sha256
    FROM event
    WHERE (event.xid, event.seq) > (:after_xid, :after_seq)
        AND NOT EXISTS (SELECT FROM leaf WHERE leaf.event_seq = event.seq)
        AND (event.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            OR event.xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
    ORDER BY event.xid, event.seq
    LIMIT :limit
""")
_COUNTER = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
_OLDEST_WAITING = text("""
    SELECT min(event.at) FROM event, log_head
    WHERE (event.xid, event.seq) > (log_head.after_xid, log_head.after_seq)
        AND NOT EXISTS (SELECT FROM leaf WHERE leaf.event_seq = event.seq)
""")


def head_locked(session: Session, origin: str) -> LogHead:
    """How far the log has come, locked until the transaction ends; a new log is called `origin`."""
    session.execute(upsert(LogHead).values(one=True, origin=origin, size=0, peaks=b"", after_xid=0, after_seq=0)
                    .on_conflict_do_nothing())  # fmt: skip
    head = session.scalars(select(LogHead).with_for_update()).one()
    if head.after_xid >= (session.scalar(_COUNTER) or 0):
        # A restored database counts its transactions anew: what follows would never come after the mark.
        head.after_xid = head.after_seq = 0
    return head


def head(session: Session) -> LogHead | None:
    """How far the log has come, or None before its first entry."""
    return session.scalars(select(LogHead)).one_or_none()


def waiting(session: Session, after: LogHead, limit: int) -> Sequence[Waiting]:
    """Events that can be given their place now, in the order they will have."""
    asked = {"after_xid": after.after_xid, "after_seq": after.after_seq, "limit": limit}
    return [Waiting(*row) for row in session.execute(_WAITING, asked)]


def add_leaves(session: Session, first: int, leaves: Sequence[tuple[int, bytes]]) -> None:
    """Give events, by their numbers, the places from `first` on."""
    rows = [{"index": first + at, "event_seq": seq, "hash": leaf} for at, (seq, leaf) in enumerate(leaves)]
    session.execute(insert(Leaf), rows)


def count_leaves(session: Session) -> int:
    """How many events have a place."""
    return session.scalar(select(func.count()).select_from(Leaf)) or 0


def leaf_of(session: Session, event_id: str) -> int | None:
    """The place of an event in the log, or None while it has none."""
    return session.scalar(select(Leaf.index).join(Event, Event.seq == Leaf.event_seq).where(Event.id == event_id))


def hashes(session: Session, first: int, count: int) -> Sequence[bytes]:
    """The hashes of so many leaves from `first` on."""
    wanted = select(Leaf.hash).where(Leaf.index >= first, Leaf.index < first + count).order_by(Leaf.index)
    return session.scalars(wanted).all()


def bodies(session: Session, first: int, count: int) -> Sequence[tuple[str, str]]:
    """The texts and digests of the events at so many places from `first` on."""
    wanted = select(Event.body, Event.sha256).join(Leaf, Leaf.event_seq == Event.seq)
    wanted = wanted.where(Leaf.index >= first, Leaf.index < first + count).order_by(Leaf.index)
    return [(row[0], row[1]) for row in session.execute(wanted)]


def add_checkpoint(session: Session, size: int, note: str) -> None:
    """Keep what was signed at a size."""
    session.add(SignedCheckpoint(size=size, note=note))
    session.flush()


def newest_checkpoint(session: Session) -> SignedCheckpoint | None:
    """The largest that was signed."""
    return session.scalars(select(SignedCheckpoint).order_by(SignedCheckpoint.size.desc()).limit(1)).one_or_none()


def keys(session: Session) -> Sequence[LogKey]:
    """Every key of the log, the oldest first."""
    return session.scalars(select(LogKey).order_by(LogKey.first_size, LogKey.made_at)).all()


def add_key(session: Session, key: str, first_size: int, succession: str | None = None) -> None:
    """Say that the log signs with this key from that size on, and by which succession if it is not the first."""
    session.add(LogKey(key=key, first_size=first_size, succession=succession))
    session.flush()


def oldest_waiting(session: Session) -> datetime | None:
    """When the oldest event without a place happened, or None where every one has its place."""
    oldest: datetime | None = session.scalar(_OLDEST_WAITING)
    return oldest
