"""Rows of copies: what is owed to a store, what is due to be read again, and what was found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from storage.db.cipher_tables import Enciphered
from storage.db.copy_tables import ArchiveName, FileCopy
from storage.db.tables import File, Holding
from storage.domain.copies import BAD, CopyState

_BAD = sorted(state.value for state in BAD)


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """How one store stands: copies by state, the bytes that are owed to it, and when its oldest reading was."""

    states: dict[str, int]
    owed_bytes: int
    oldest_checked_at: datetime | None
    newest_checked_at: datetime | None
    unchecked: int


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that is whole on no store, its size, how it is on each, and the items that hold it."""

    sha256: str
    size_bytes: int
    states: dict[str, str]
    items: Sequence[str]


def archive_name(session: Session) -> str:
    """The name by which stores know this archive."""
    return session.scalars(select(ArchiveName.name)).one()


def note_new(session: Session, store: str, state: CopyState) -> int:
    """Begin to look after files that nobody looks after on this store yet; how many."""
    known = select(FileCopy).where(FileCopy.store == store, FileCopy.sha256 == File.sha256)
    fresh = select(literal(store), File.sha256, literal(state.value), literal(None)).where(~known.exists())
    noted = upsert(FileCopy).from_select(["store", "sha256", "state", "checked_at"], fresh).on_conflict_do_nothing()
    return len(session.execute(noted.returning(FileCopy.sha256)).all())


def note_kept(session: Session, store: str, digests: Collection[str]) -> None:
    """Begin to look after these files on a store that keeps them, where nobody looks after them there yet."""
    rows = [
        {"store": store, "sha256": sha256, "state": CopyState.WHOLE.value, "checked_at": None} for sha256 in digests
    ]
    session.execute(upsert(FileCopy).values(rows).on_conflict_do_nothing())


def owed(session: Session, store: str, after: str, limit: int) -> Sequence[File]:
    """Files to be brought to a store and whole on another, with digests above `after`, in the order of digests."""
    other = FileCopy.__table__.alias("other")
    whole = select(other.c.sha256).where(other.c.sha256 == FileCopy.sha256, other.c.state == CopyState.WHOLE.value)
    wanted = (
        select(File)
        .join(FileCopy, FileCopy.sha256 == File.sha256)
        .where(FileCopy.store == store, FileCopy.state == CopyState.OWED.value, FileCopy.sha256 > after, whole.exists())
        .order_by(FileCopy.sha256)
        .limit(limit)
    )
    return session.scalars(wanted).all()


def due(session: Session, store: str, *, before: datetime, bad_before: datetime, limit: int) -> Sequence[File]:
    """Files last read before `before` on a store, or found bad before `bad_before`; whoever waits longest first."""
    is_due = or_(
        and_(
            FileCopy.state == CopyState.WHOLE.value,
            or_(FileCopy.checked_at.is_(None), FileCopy.checked_at < before),
        ),
        and_(FileCopy.state.in_(_BAD), FileCopy.checked_at < bad_before),
    )
    wanted = (
        select(File)
        .join(FileCopy, FileCopy.sha256 == File.sha256)
        .where(FileCopy.store == store, is_due)
        .order_by(FileCopy.checked_at.asc().nulls_first(), FileCopy.sha256)
        .limit(limit)
    )
    return session.scalars(wanted).all()


def set_state(session: Session, store: str, digests: Collection[str], state: CopyState, at: datetime | None) -> None:
    """What was found of these files on a store, and when; `at` None leaves the time of the last reading."""
    known = {row.sha256 for row in session.execute(select(File.sha256).where(File.sha256.in_(list(digests))))}
    if not known:
        return
    rows = [{"store": store, "sha256": sha256, "state": state.value, "checked_at": at} for sha256 in sorted(known)]
    found = {"state": state.value, **({"checked_at": at} if at is not None else {})}
    kept = upsert(FileCopy).values(rows)
    session.execute(kept.on_conflict_do_update(index_elements=["store", "sha256"], set_=found))


def note_put_again(session: Session, store: str, sha256: str, *, is_sealed: bool) -> None:
    """Plain bytes of a file that lies as ciphertext were put once more, for an item that is sealed or one that is not.

    For a sealed one they are to be destroyed again. For an open one they are to be put yet again: the keeper may be
    destroying them this moment, and sees what is `enciphered` and needed.
    """
    sealed = exists().where(Enciphered.sha256 == FileCopy.sha256)
    state = CopyState.WHOLE if is_sealed else CopyState.ENCIPHERED
    changed = update(FileCopy).where(FileCopy.sha256 == sha256, FileCopy.store == store, sealed)
    session.execute(changed.values(state=state.value, checked_at=None))


def ask_to_check(session: Session, sha256: str) -> None:
    """Have the copies of a file that are believed whole read before all others."""
    believed = (FileCopy.sha256 == sha256, FileCopy.state == CopyState.WHOLE.value)
    session.execute(update(FileCopy).where(*believed).values(checked_at=None))


def owe_all(session: Session, store: str) -> int:
    """Owe every file to a store once more; how many are known there."""
    again = update(FileCopy).where(FileCopy.store == store, FileCopy.state != CopyState.ENCIPHERED.value)
    again = again.values(state=CopyState.OWED.value, checked_at=None)
    return len(session.execute(again.returning(FileCopy.sha256)).all())


def any_kept(session: Session, store: str) -> bool:
    """Whether a store has ever been given a file, as far as we know."""
    kept = select(FileCopy.sha256).where(FileCopy.store == store, FileCopy.state != CopyState.OWED.value).limit(1)
    return session.scalar(kept) is not None


def states_of(session: Session, sha256: str) -> dict[str, CopyState]:
    """What is known of one file, by store."""
    rows = session.execute(select(FileCopy.store, FileCopy.state).where(FileCopy.sha256 == sha256))
    return {store: CopyState(state) for store, state in rows}


def state_on(session: Session, store: str, sha256: str) -> CopyState | None:
    """What is known of one file on one store, or None before anybody has looked after it there."""
    row = session.get(FileCopy, (store, sha256))
    return CopyState(row.state) if row else None


def kept_of(session: Session, store: str, digests: Collection[str]) -> set[str]:
    """Of these files, those that a store was given."""
    nowhere = (CopyState.OWED.value, CopyState.ENCIPHERED.value)
    kept = (FileCopy.store == store, FileCopy.state.not_in(nowhere), FileCopy.sha256.in_(list(digests)))
    return set(session.scalars(select(FileCopy.sha256).where(*kept)))


def figures(session: Session, store: str) -> StoreFigures:
    """How a store stands."""
    counted = (
        select(FileCopy.state, func.count().label("files")).where(FileCopy.store == store).group_by(FileCopy.state)
    )
    whole = (FileCopy.store == store, FileCopy.state == CopyState.WHOLE.value)
    oldest, newest, unchecked = session.execute(
        select(
            func.min(FileCopy.checked_at),
            func.max(FileCopy.checked_at),
            func.count().filter(FileCopy.checked_at.is_(None)),
        ).where(*whole)
    ).one()
    owed_bytes = session.scalar(
        select(func.coalesce(func.sum(File.size_bytes), 0))
        .join(FileCopy, FileCopy.sha256 == File.sha256)
        .where(FileCopy.store == store, FileCopy.state == CopyState.OWED.value)
    )
    states = {row.state: row.files for row in session.execute(counted)}
    return StoreFigures(states, int(owed_bytes or 0), oldest, newest, unchecked)


def damaged(session: Session, limit: int) -> Sequence[Damaged]:
    """Files that were found bad on some store and are whole on none."""
    found = []
    for sha256 in sorted(lost(session, session.scalars(_bad().limit(limit)).all())):
        row = session.get_one(File, sha256)
        states = {store: state.value for store, state in states_of(session, sha256).items()}
        found.append(Damaged(sha256, row.size_bytes, states, sorted(items_holding(session, sha256))))
    return found


def lost(session: Session, digests: Collection[str]) -> set[str]:
    """Of these files, those found bad on some store that are whole on none, neither plain nor as ciphertext."""
    of_file = Enciphered.sha256 == File.sha256
    is_bad = Enciphered.sealed_sha256.in_(_bad())
    is_whole = exists().where(FileCopy.sha256 == File.sha256, FileCopy.state == CopyState.WHOLE.value)
    wanted = select(File.sha256).where(
        File.sha256.in_(list(digests)),
        or_(File.sha256.in_(_bad()), exists().where(of_file, is_bad)),
        ~is_whole,
        ~exists().where(of_file, ~is_bad),
    )
    return set(session.scalars(wanted))


def _bad() -> Select[str]:
    """Digests whose bytes, as they lie, were found bad on some store and are whole on none."""
    other = FileCopy.__table__.alias("other")
    whole = select(other.c.sha256).where(other.c.sha256 == FileCopy.sha256, other.c.state == CopyState.WHOLE.value)
    return select(FileCopy.sha256).where(FileCopy.state.in_(_BAD), ~whole.exists()).distinct()


def items_holding(session: Session, sha256: str) -> dict[str, str]:
    """The items that hold a file, in order, each with its plain digest: the file may be a ciphertext of theirs."""
    held = select(Holding.item_id, Holding.sha256).where(Holding.sha256 == sha256).distinct()
    sealed = select(Enciphered.item_id, Enciphered.sha256).where(Enciphered.sealed_sha256 == sha256)
    return {row.item_id: row.sha256 for row in sorted({*session.execute(held), *session.execute(sealed)})}


def unnamed(session: Session, digests: Collection[str]) -> set[str]:
    """Of these digests, those that no file's row names."""
    return set(digests) - set(session.scalars(select(File.sha256).where(File.sha256.in_(list(digests)))))
