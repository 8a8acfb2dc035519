"""Rows of what the log has signed: keys, checkpoints, cosignatures of witnesses, time stamps of others."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from storage.db.transparency import Cosignature, LedgerKey, SignedCheckpoint, TimeStamp


def keys(session: Session) -> Sequence[LedgerKey]:
    """The log's public keys, the first one first."""
    return session.scalars(select(LedgerKey).order_by(LedgerKey.number)).all()


def newest_key(session: Session) -> LedgerKey | None:
    """The key that signs now, or None before the first."""
    return session.scalar(select(LedgerKey).order_by(LedgerKey.number.desc()).limit(1))


def add_key(session: Session, key: LedgerKey) -> None:
    """Add a key; the database refuses a second one with its number."""
    session.add(key)
    session.flush()


def newest(session: Session) -> SignedCheckpoint | None:
    """The checkpoint of the largest tree, or None before the first."""
    return session.scalar(select(SignedCheckpoint).order_by(SignedCheckpoint.size.desc()).limit(1))


def all_of(session: Session) -> Sequence[SignedCheckpoint]:
    """Every checkpoint, the smallest tree first."""
    return session.scalars(select(SignedCheckpoint).order_by(SignedCheckpoint.size)).all()


def at_size(session: Session, size: int) -> SignedCheckpoint | None:
    """The checkpoint of the tree of exactly this size, or None."""
    return session.get(SignedCheckpoint, size)


def first_at_least(session: Session, size: int) -> SignedCheckpoint | None:
    """The earliest checkpoint that covers `size` leaves, or None."""
    wanted = select(SignedCheckpoint).where(SignedCheckpoint.size >= size).order_by(SignedCheckpoint.size).limit(1)
    return session.scalar(wanted)


def add(session: Session, *, size: int, root: bytes, note: str) -> None:
    """Keep a signed checkpoint; there is one for each size."""
    session.execute(
        insert(SignedCheckpoint).values(size=size, root=root, note=note).on_conflict_do_nothing(index_elements=["size"])
    )


def cosignatures(session: Session, size: int) -> Sequence[Cosignature]:
    """The witnesses' lines under the checkpoint of one size, by their names."""
    return session.scalars(select(Cosignature).where(Cosignature.size == size).order_by(Cosignature.witness)).all()


def add_cosignature(session: Session, row: Cosignature) -> None:
    """Keep a witness's line; a second one of the same witness under the same checkpoint is not kept."""
    told = {"size": row.size, "witness": row.witness, "line": row.line, "witnessed_at": row.witnessed_at}
    session.execute(insert(Cosignature).values(**told).on_conflict_do_nothing())


def last_witnessed(session: Session, witness: str) -> int:
    """The largest size that a witness has cosigned; 0 before the first."""
    return session.scalar(select(func.max(Cosignature.size)).where(Cosignature.witness == witness)) or 0


def newest_witnessed(session: Session) -> SignedCheckpoint | None:
    """The checkpoint of the largest tree that some witness has cosigned, or None."""
    size = session.scalar(select(func.max(Cosignature.size)))
    return None if size is None else at_size(session, size)


def stamps(session: Session, size: int) -> Sequence[TimeStamp]:
    """The time stamps of the checkpoint of one size, oldest first."""
    return session.scalars(select(TimeStamp).where(TimeStamp.size == size).order_by(TimeStamp.id)).all()


def first_stamp(session: Session, size: int, authority: str) -> TimeStamp | None:
    """The earliest finished stamp by one authority that covers `size` leaves, or None."""
    wanted = select(TimeStamp).where(
        TimeStamp.size >= size, TimeStamp.authority == authority, TimeStamp.stamped_at.is_not(None)
    )
    return session.scalar(wanted.order_by(TimeStamp.size, TimeStamp.id).limit(1))


def last_stamped(session: Session, authority: str) -> TimeStamp | None:
    """The stamp of the largest tree that one authority has given, promised ones too, or None."""
    wanted = select(TimeStamp).where(TimeStamp.authority == authority)
    return session.scalar(wanted.order_by(TimeStamp.size.desc(), TimeStamp.id.desc()).limit(1))


def newest_stamps(session: Session) -> Sequence[TimeStamp]:
    """For each authority, its finished stamp of the largest tree, else its promise."""
    finished = TimeStamp.stamped_at.is_not(None)
    wanted = select(TimeStamp).ext(distinct_on(TimeStamp.authority))
    order = (TimeStamp.authority, finished.desc(), TimeStamp.size.desc(), TimeStamp.id.desc())
    return session.scalars(wanted.order_by(*order)).all()


def promised(session: Session, kind: str) -> Sequence[TimeStamp]:
    """For each size, the newest proof of a kind, where it is still a promise."""
    newest_ids = select(func.max(TimeStamp.id)).where(TimeStamp.kind == kind).group_by(TimeStamp.size)
    wanted = select(TimeStamp).where(TimeStamp.id.in_(newest_ids), TimeStamp.stamped_at.is_(None))
    return session.scalars(wanted.order_by(TimeStamp.id)).all()


def add_stamp(session: Session, row: TimeStamp) -> bool:
    """Keep a time stamp; False where exactly this one is kept already."""
    told = {
        "size": row.size,
        "kind": row.kind,
        "authority": row.authority,
        "sha256": row.sha256,
        "body": row.body,
        "stamped_at": row.stamped_at,
    }
    kept = insert(TimeStamp).values(**told).on_conflict_do_nothing().returning(TimeStamp.id)
    return session.scalar(kept) is not None
