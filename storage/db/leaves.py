"""Rows of the ledger's tree: which events have a place in it, which wait for one, and how far it has grown."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, LargeBinary, cast, func, insert, literal, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from storage.db.tables import Event
from storage.db.transparency import Leaf, LedgerHead
from storage.integrity.merkle import HASH_BYTES, Frontier
from storage.integrity.tiles import WIDTH

# Every transaction that began before this one has ended: nothing can come in below it any more.
_SETTLED_BELOW = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_CLUSTER = "SELECT system_identifier::text FROM pg_control_system()"
_NEXT_XID = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An event that has no place in the tree yet."""

    xid: int
    seq: int
    body: str


@dataclass(frozen=True, slots=True)
class Lag:
    """How many events wait for a place, and since when the oldest of them does."""

    events: int
    since: datetime | None


def head(session: Session) -> LedgerHead:
    """How far the tree has grown."""
    return session.scalars(select(LedgerHead).execution_options(populate_existing=True)).one()


def head_locked(session: Session) -> LedgerHead:
    """The same, locked: of two sequencers, one waits."""
    return session.scalars(select(LedgerHead).with_for_update().execution_options(populate_existing=True)).one()


def frontier_of(row: LedgerHead) -> Frontier:
    """The head's frontier. Raises: ValueError when its peaks are not those of its size."""
    peaks = [row.peaks[at : at + HASH_BYTES] for at in range(0, len(row.peaks), HASH_BYTES)]
    return Frontier(row.size, peaks)


def cluster(session: Session) -> tuple[str, int]:
    """Which database cluster this is, and the transaction number it will give out next."""
    return str(session.scalar(text(_CLUSTER))), int(session.scalar(text(_NEXT_XID)) or 0)


def settled(session: Session, row: LedgerHead, *, limit: int) -> list[Unplaced]:
    """The next events past the head's mark that nothing can come before any more, in the order they were written.

    The order of transactions decides which ones, the events' own order how they stand: of one item's two events the
    later stands later, except where a limit cuts between them.
    """
    wanted = select(Event.xid, Event.seq, Event.body).where(_past(row), Event.xid < text(_SETTLED_BELOW))
    rows = session.execute(wanted.order_by(Event.xid, Event.seq).limit(limit)).all()
    return [Unplaced(xid, seq, body) for xid, seq, body in rows]


def left_over(session: Session, row: LedgerHead) -> list[Unplaced]:
    """Every event without a place, once writers are kept out: what a restored database had not placed yet."""
    session.execute(text("LOCK TABLE event IN SHARE MODE"))
    wanted = select(Event.xid, Event.seq, Event.body).outerjoin(Leaf, Leaf.seq == Event.seq).where(Leaf.seq.is_(None))
    rows = session.execute(wanted.where(Event.seq > row.epoch_seq).order_by(Event.seq)).all()
    return [Unplaced(xid, seq, body) for xid, seq, body in rows]


def newest_seq(session: Session) -> int:
    """The number of the newest event; 0 where there is none."""
    return session.scalar(select(func.max(Event.seq))) or 0


def place(session: Session, first: int, seqs: Sequence[int], hashes: Sequence[bytes]) -> None:
    """Give events their places, the first of them `first`; the database refuses a place or an event taken twice."""
    indexes = list(range(first, first + len(seqs)))
    columns = (
        func.unnest(
            cast(literal(indexes, ARRAY(BigInteger)), ARRAY(BigInteger)),
            cast(literal(list(seqs), ARRAY(BigInteger)), ARRAY(BigInteger)),
            cast(literal(list(hashes), ARRAY(LargeBinary)), ARRAY(LargeBinary)),
        )
        .table_valued("index", "seq", "hash", name="placed")
        .render_derived()
    )
    rows = select(columns.c.index, columns.c.seq, columns.c.hash)
    session.execute(insert(Leaf).from_select(["index", "seq", "hash"], rows))


def move_head(session: Session, grown: Frontier, *, xid: int, seq: int) -> None:
    """The tree has grown to `grown`; the last event taken was (`xid`, `seq`)."""
    session.execute(update(LedgerHead).values(size=grown.size, peaks=b"".join(grown.peaks), mark_xid=xid, mark_seq=seq))


def begin_epoch(session: Session, grown: Frontier, *, epoch: int, epoch_seq: int, cluster: str) -> None:
    """From here on transactions are counted anew, by another cluster."""
    session.execute(
        update(LedgerHead).values(
            size=grown.size,
            peaks=b"".join(grown.peaks),
            mark_xid=0,
            mark_seq=0,
            epoch=epoch,
            epoch_seq=epoch_seq,
            cluster=cluster,
        )
    )


def count(session: Session) -> tuple[int, int]:
    """How many leaves there are, and the number of places up to the last one: equal where there is no gap.

    Of many millions this takes longer than anybody else may take; it is asked once at each start.
    """
    session.execute(text("SET LOCAL statement_timeout = 0"))
    leaves, last = session.execute(select(func.count(), func.max(Leaf.index)).select_from(Leaf)).one()
    return leaves, 0 if last is None else last + 1


def lag(session: Session) -> Lag:
    """What waits for a place, as far as it is committed."""
    row = head(session)
    waiting = select(func.count(), func.min(Event.at)).where(_past(row))
    many, since = session.execute(waiting).one()
    return Lag(many, since)


def index_of(session: Session, seq: int) -> int | None:
    """The place of an event, or None while it waits for one."""
    return session.scalar(select(Leaf.index).where(Leaf.seq == seq))


def hashes(session: Session, first: int, until: int) -> list[bytes]:
    """The leaf hashes of the places [first, until)."""
    wanted = select(Leaf.hash).where(Leaf.index >= first, Leaf.index < until).order_by(Leaf.index)
    return list(session.scalars(wanted))


@contextmanager
def placed(session: Session, first: int, until: int) -> Iterator[Iterator[tuple[int, bytes, Event]]]:
    """Place, leaf hash and event of the places [first, until), in order, a few hundred at a time."""
    wanted = select(Leaf.index, Leaf.hash, Event).join(Event, Event.seq == Leaf.seq)
    wanted = wanted.where(Leaf.index >= first, Leaf.index < until).order_by(Leaf.index)
    with session.execute(wanted.execution_options(yield_per=WIDTH)) as rows:
        yield ((row[0], row[1], row[2]) for row in rows)


def grown_by_others(session: Session, since: int, own: Sequence[str]) -> bool:
    """Whether any event with a place past `since` is of another type than `own`."""
    wanted = select(Leaf.index).join(Event, Event.seq == Leaf.seq)
    return session.scalar(wanted.where(Leaf.index >= since, Event.type.not_in(own)).limit(1)) is not None


def _past(row: LedgerHead) -> ColumnElement[bool]:
    mark = tuple_(literal(row.mark_xid, BigInteger), literal(row.mark_seq, BigInteger))
    return (tuple_(Event.xid, Event.seq) > mark) & (Event.seq > row.epoch_seq)
