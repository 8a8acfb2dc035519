"""Rows of what others have signed of the log: witnesses' cosignatures, and time stamps."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from storage.db.log_tables import Leaf, SignedCheckpoint
from storage.db.outside_tables import Cosignature, TimeStamp
from storage.db.tables import Event


def cosigned(session: Session, size: int) -> Sequence[Cosignature]:
    """The witnesses' lines under the checkpoint of one size, by their names."""
    return session.scalars(select(Cosignature).where(Cosignature.size == size).order_by(Cosignature.witness)).all()


def add_cosignature(session: Session, row: Cosignature) -> None:
    """Keep a witness's line; a second one of the same witness under the same checkpoint is not kept."""
    told = {"size": row.size, "witness": row.witness, "line": row.line, "witnessed_at": row.witnessed_at}
    session.execute(insert(Cosignature).values(**told).on_conflict_do_nothing())


def newest_cosignatures(session: Session) -> Sequence[Cosignature]:
    """For each witness, its line under the largest tree it has cosigned."""
    wanted = select(Cosignature).ext(distinct_on(Cosignature.witness))
    return session.scalars(wanted.order_by(Cosignature.witness, Cosignature.size.desc())).all()


def last_witnessed(session: Session, witness: str) -> int:
    """The largest size that a witness has cosigned; 0 before the first."""
    return session.scalar(select(func.max(Cosignature.size)).where(Cosignature.witness == witness)) or 0


def stamps(session: Session, size: int) -> Sequence[TimeStamp]:
    """The time stamps of the checkpoint of one size, oldest first."""
    return session.scalars(select(TimeStamp).where(TimeStamp.size == size).order_by(TimeStamp.made_at)).all()


def all_stamps(session: Session) -> Sequence[TimeStamp]:
    """Every time stamp, of the smallest tree first."""
    return session.scalars(select(TimeStamp).order_by(TimeStamp.size, TimeStamp.made_at)).all()


def first_stamp(session: Session, size: int, authority: str) -> TimeStamp | None:
    """The earliest finished stamp by one authority that covers `size` leaves, or None."""
    wanted = select(TimeStamp).where(
        TimeStamp.size >= size, TimeStamp.authority == authority, TimeStamp.stamped_at.is_not(None)
    )
    return session.scalar(wanted.order_by(TimeStamp.size, TimeStamp.made_at).limit(1))


def last_stamped(session: Session, authority: str) -> TimeStamp | None:
    """The stamp of the largest tree that one authority has given, promised ones too, or None."""
    wanted = select(TimeStamp).where(TimeStamp.authority == authority)
    return session.scalar(wanted.order_by(TimeStamp.size.desc(), TimeStamp.made_at.desc()).limit(1))


def newest_stamps(session: Session) -> Sequence[TimeStamp]:
    """For each authority, its finished stamp of the largest tree, else its promise."""
    finished = TimeStamp.stamped_at.is_not(None)
    wanted = select(TimeStamp).ext(distinct_on(TimeStamp.authority))
    order = (TimeStamp.authority, finished.desc(), TimeStamp.size.desc(), TimeStamp.made_at.desc())
    return session.scalars(wanted.order_by(*order)).all()


def promised(session: Session, kind: str) -> Sequence[TimeStamp]:
    """Proofs of a kind that are still promises, where none of their size has been kept yet."""
    kept = select(TimeStamp.size).where(TimeStamp.kind == kind, TimeStamp.stamped_at.is_not(None))
    wanted = select(TimeStamp).where(
        TimeStamp.kind == kind, TimeStamp.stamped_at.is_(None), TimeStamp.size.not_in(kept)
    )
    return session.scalars(wanted.order_by(TimeStamp.size)).all()


def add_stamp(session: Session, row: TimeStamp) -> bool:
    """Keep a time stamp; False where exactly this one is kept already."""
    told = {
        "sha256": row.sha256,
        "size": row.size,
        "kind": row.kind,
        "authority": row.authority,
        "stamped_at": row.stamped_at,
    }
    kept = insert(TimeStamp).values(**told).on_conflict_do_nothing().returning(TimeStamp.sha256)
    return session.scalar(kept) is not None


def checkpoint_at(session: Session, size: int) -> SignedCheckpoint | None:
    """What was signed at exactly this size, or None."""
    return session.get(SignedCheckpoint, size)


def first_signed(session: Session) -> SignedCheckpoint | None:
    """The first checkpoint that was ever signed, or None."""
    return session.scalar(select(SignedCheckpoint).order_by(SignedCheckpoint.size).limit(1))


def with_cosignatures(session: Session, row: SignedCheckpoint) -> bytes:
    """A checkpoint with our signature and every witness's line under it."""
    return (row.note + "".join(one.line for one in cosigned(session, row.size))).encode()


def grown_by_others(session: Session, since: int, own: Sequence[str]) -> bool:
    """Whether any event with a place past `since` is of another type than `own`."""
    wanted = select(Leaf.index).join(Event, Event.seq == Leaf.event_seq)
    return session.scalar(wanted.where(Leaf.index >= since, Event.type.not_in(own)).limit(1)) is not None
