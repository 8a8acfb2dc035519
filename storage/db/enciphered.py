"""Rows of ciphertext: what is still to be enciphered or deciphered, and which plain copies may go."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, aliased

from storage.db.cipher_tables import Enciphered
from storage.db.copy_tables import FileCopy
from storage.db.erasure_tables import ErasureAnswer
from storage.db.positions import Job
from storage.db.tables import File, Holding, Item
from storage.domain.copies import CopyState
from storage.domain.vocab import Sensitivity

_SEALED = Sensitivity.SEALED.value


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that an item holds and that is to lie as ciphertext for it."""

    item_id: str
    sha256: str
    size_bytes: int


def add(session: Session, item_id: str, sha256: str, sealed_sha256: str) -> None:
    """A file lies enciphered for an item."""
    session.add(Enciphered(item_id=item_id, sha256=sha256, sealed_sha256=sealed_sha256))
    session.flush()


def wanted(session: Session, after: tuple[str, str], limit: int) -> Sequence[Wanted]:
    """Files that only sealed items hold and that lack their ciphertext, past this item and digest, in that order."""
    done = exists().where(Enciphered.item_id == Holding.item_id, Enciphered.sha256 == Holding.sha256)
    past = or_(Holding.item_id > after[0], and_(Holding.item_id == after[0], Holding.sha256 > after[1]))
    found = (
        select(Holding.item_id, File.sha256, File.size_bytes)
        .join(Item, Item.id == Holding.item_id)
        .join(File, File.sha256 == Holding.sha256)
        .where(Item.sensitivity == _SEALED, Item.erased_at.is_(None), past, ~done, ~_is_open(Holding.sha256))
        .distinct()
        .order_by(Holding.item_id, File.sha256)
        .limit(limit)
    )
    return [Wanted(*row) for row in session.execute(found)]


def replaceable(session: Session, store: str, after: str, limit: int) -> Sequence[str]:
    """Digests past this one whose plain copy on a store may go.

    Only sealed items hold them, and for each of these the ciphertext was read whole on that very store.
    """
    sealed = aliased(FileCopy)
    whole = exists().where(
        Enciphered.item_id == Holding.item_id,
        Enciphered.sha256 == Holding.sha256,
        sealed.sha256 == Enciphered.sealed_sha256,
        sealed.store == store,
        sealed.state == CopyState.WHOLE.value,
        sealed.checked_at.is_not(None),
    )
    lacking = exists().where(Holding.sha256 == FileCopy.sha256, ~whole)
    found = (
        select(FileCopy.sha256)
        .join(Enciphered, Enciphered.sha256 == FileCopy.sha256)
        .where(
            FileCopy.store == store,
            FileCopy.state != CopyState.ENCIPHERED.value,
            FileCopy.sha256 > after,
            ~_is_open(FileCopy.sha256),
            ~lacking,
        )
        .distinct()
        .order_by(FileCopy.sha256)
        .limit(limit)
    )
    return session.scalars(found).all()


def needed_plain(session: Session, store: str, limit: int) -> Sequence[str]:
    """Digests whose plain bytes were destroyed on a store and that an open item holds, or is about to."""
    found = (
        select(FileCopy.sha256)
        .where(FileCopy.store == store, FileCopy.state == CopyState.ENCIPHERED.value, _is_open(FileCopy.sha256))
        .order_by(FileCopy.sha256)
        .limit(limit)
    )
    return session.scalars(found).all()


def replaced_after(session: Session, store: str, after: str, limit: int) -> Sequence[str]:
    """Digests past this one, in order, whose plain bytes were destroyed on a store."""
    replaced = (FileCopy.store == store, FileCopy.state == CopyState.ENCIPHERED.value, FileCopy.sha256 > after)
    return session.scalars(select(FileCopy.sha256).where(*replaced).order_by(FileCopy.sha256).limit(limit)).all()


def replaced_of(session: Session, store: str, digests: Collection[str]) -> set[str]:
    """Of these files, those whose plain bytes were destroyed on a store."""
    replaced = (FileCopy.store == store, FileCopy.state == CopyState.ENCIPHERED.value)
    return set(session.scalars(select(FileCopy.sha256).where(*replaced, FileCopy.sha256.in_(list(digests)))))


def only_sealed(session: Session, digests: Collection[str]) -> set[str]:
    """Of these files, those that lie as ciphertext, and on no store in the clear."""
    plain = exists().where(FileCopy.sha256 == Enciphered.sha256, FileCopy.state != CopyState.ENCIPHERED.value)
    found = select(Enciphered.sha256).where(Enciphered.sha256.in_(list(digests)), ~plain)
    return set(session.scalars(found))


def held_open(session: Session, digests: Collection[str]) -> set[str]:
    """Of these digests, those of files that an item holds which is not sealed: nothing else need lie plain anywhere."""
    is_open = exists().where(Holding.sha256 == File.sha256, Item.id == Holding.item_id, Item.sensitivity != _SEALED)
    return set(session.scalars(select(File.sha256).where(File.sha256.in_(list(digests)), is_open)))


def change_of_openness(session: Session) -> str:
    """Another word whenever an item was erased or sealed, or is sealed no longer: until then `held_open` says the same.

    But for files that are new.
    """
    sealed = func.string_agg(Item.id, aggregate_order_by(literal(","), Item.id))
    erased = select(func.count()).select_from(ErasureAnswer).scalar_subquery()
    told = select(erased, func.md5(sealed)).select_from(Item).where(Item.sensitivity == _SEALED)
    answers, ids = session.execute(told).one()
    return f"{answers} {ids}"


def of_file(session: Session, sha256: str) -> Sequence[tuple[str, str]]:
    """The ciphertexts of a file: whose each is, and its digest."""
    found = select(Enciphered.item_id, Enciphered.sealed_sha256).where(Enciphered.sha256 == sha256)
    return [(item, sealed) for item, sealed in session.execute(found.order_by(Enciphered.item_id))]


def sealed_items(session: Session, digests: Collection[str]) -> dict[str, list[str]]:
    """The items that files lie enciphered for, each with those of the files."""
    found: dict[str, list[str]] = {}
    rows = select(Enciphered.item_id, Enciphered.sha256).where(Enciphered.sha256.in_(list(digests)))
    for item, sha256 in session.execute(rows.order_by(Enciphered.item_id, Enciphered.sha256)):
        found.setdefault(item, []).append(sha256)
    return found


def needed_by_others(session: Session, store: str, item_id: str) -> bool:
    """Whether another item holds, or is about to, what may lie on a store under the key of this item alone.

    Where all are sealed each is given a ciphertext of its own within a few rounds; for an open one plain bytes are put
    back.
    """
    theirs = aliased(Enciphered)
    is_replaced = FileCopy.state == CopyState.ENCIPHERED.value
    is_sealed_only = ~_is_open(Enciphered.sha256)
    held = exists().where(
        Holding.sha256 == Enciphered.sha256,
        Holding.item_id != item_id,
        or_(is_replaced, is_sealed_only),
        ~exists().where(theirs.item_id == Holding.item_id, theirs.sha256 == Enciphered.sha256),
    )
    coming = exists().where(
        Job.request["upload"]["sha256"].astext == Enciphered.sha256,
        Job.item_id != item_id,
        or_(is_replaced, is_sealed_only),
        ~exists().where(theirs.item_id == Job.item_id, theirs.sha256 == Enciphered.sha256),
    )
    found = (
        select(literal(1))
        .select_from(Enciphered)
        .join(FileCopy, FileCopy.sha256 == Enciphered.sha256)
        .where(Enciphered.item_id == item_id, FileCopy.store == store, or_(held, coming))
        .limit(1)
    )
    return session.scalar(found) is not None


def note_replaced(session: Session, store: str) -> int:
    """Begin to look after files of a rebuilt database of which only ciphertext is to be on a store; how many."""
    known = exists().where(FileCopy.store == store, FileCopy.sha256 == File.sha256)
    sealed = exists().where(Enciphered.sha256 == File.sha256)
    fresh = select(literal(store), File.sha256, literal(CopyState.ENCIPHERED.value), literal(None))
    fresh = fresh.where(~known, sealed, ~_is_open(File.sha256))
    noted = upsert(FileCopy).from_select(["store", "sha256", "state", "checked_at"], fresh).on_conflict_do_nothing()
    return len(session.execute(noted.returning(FileCopy.sha256)).all())


def page_after(session: Session, after: tuple[str, str], limit: int) -> Sequence[tuple[str, str, str]]:
    """Every ciphertext past this item and digest, in order: item, file, ciphertext."""
    past = or_(Enciphered.item_id > after[0], and_(Enciphered.item_id == after[0], Enciphered.sha256 > after[1]))
    found = select(Enciphered.item_id, Enciphered.sha256, Enciphered.sealed_sha256).where(past)
    rows = session.execute(found.order_by(Enciphered.item_id, Enciphered.sha256).limit(limit))
    return [(item, sha256, sealed) for item, sha256, sealed in rows]


def _is_open(sha256: ColumnElement[str] | object) -> ColumnElement[bool]:
    """Whether an item that is not sealed holds a file, or is about to."""
    holding, holder, job, owner = aliased(Holding), aliased(Item), aliased(Job), aliased(Item)
    held = exists().where(holding.sha256 == sha256, holder.id == holding.item_id, holder.sensitivity != _SEALED)
    coming = exists().where(
        job.request["upload"]["sha256"].astext == sha256, owner.id == job.item_id, owner.sensitivity != _SEALED
    )
    return or_(held, coming)
