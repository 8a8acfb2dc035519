"""Rows of erasures: what was asked and answered, what is left to destroy, and what is known to be gone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from storage.db.erasure_tables import ErasedFile, Erasure, ErasureAnswer, ErasureDone
from storage.db.log_tables import Leaf
from storage.db.tables import Event, File, Item
from storage.domain.vocab import ERASED, EventType


@dataclass(frozen=True, slots=True)
class Asked:
    """An erasure that was asked for, the answer if there is one, and where it has been carried out."""

    erasure: Erasure
    answer: ErasureAnswer | None
    done: Sequence[ErasureDone]

    @property
    def is_open(self) -> bool:
        return self.answer is None

    @property
    def is_agreed(self) -> bool:
        return self.answer is not None and self.answer.agreed


def one(session: Session, erasure_id: str) -> Asked | None:
    """One erasure, or None."""
    row = session.get(Erasure, erasure_id)
    return _whole(session, [row])[0] if row is not None else None


def of_item(session: Session, item_id: str) -> list[Asked]:
    """Every erasure that was asked for of an item, oldest first."""
    rows = session.scalars(select(Erasure).where(Erasure.item_id == item_id).order_by(Erasure.id)).all()
    return _whole(session, rows)


def current(session: Session, *, visible: Collection[str], before: str | None, limit: int) -> list[Asked]:
    """Erasures that wait for an answer or were agreed to, of items of the sensitivities `visible`, newest first."""
    wanted = _current(select(Erasure), visible).order_by(Erasure.id.desc()).limit(limit)
    return _whole(session, session.scalars(wanted.where(Erasure.id < before) if before else wanted).all())


def count_current(session: Session, *, visible: Collection[str]) -> int:
    """How many erasures wait for an answer or were agreed to, of items of the sensitivities `visible`."""
    return session.scalar(_current(select(func.count()).select_from(Erasure), visible)) or 0


def owed_at(session: Session, place: str, limit: int) -> list[tuple[str, datetime]]:
    """Erasures that have not been carried out at a place yet, and when this database let go of the rows; oldest first.

    That is not when two people agreed: what a backup has brought back is erased again later, by the same words.
    """
    done = exists().where(ErasureDone.erasure_id == Erasure.id, ErasureDone.place == place)
    tombstone = and_(Event.item_id == Erasure.item_id, Event.type == EventType.DEACCESSION.value)
    owed = select(Erasure.id, func.max(Event.at)).join(Event, tombstone)
    owed = owed.join(ErasureAnswer, ErasureAnswer.erasure_id == Erasure.id).where(ErasureAnswer.agreed, ~done)
    rows = session.execute(owed.group_by(Erasure.id).order_by(Erasure.id).limit(limit))
    return [(erasure, at) for erasure, at in rows]


def gone(session: Session, erasure_id: str) -> Sequence[str]:
    """The digests of one erasure that no file's row names: whatever bears them is to be destroyed."""
    unnamed = select(ErasedFile.sha256).where(ErasedFile.erasure_id == erasure_id, ~_is_kept())
    return session.scalars(unnamed.order_by(ErasedFile.sha256)).all()


def gone_after(session: Session, sha256: str, limit: int) -> Sequence[str]:
    """Digests of all erasures, past this one, in order, that no file's row names."""
    wanted = select(ErasedFile.sha256).where(ErasedFile.sha256 > sha256, ~_is_kept()).distinct()
    return session.scalars(wanted.order_by(ErasedFile.sha256).limit(limit)).all()


def owed_digests(session: Session, place: str) -> frozenset[str]:
    """The digests whose bytes are still to be destroyed at a place."""
    owed = [erasure for erasure, _ in owed_at(session, place, limit=10_000)]
    return frozenset(session.scalars(select(ErasedFile.sha256).where(ErasedFile.erasure_id.in_(owed))))


def came_back(session: Session) -> Sequence[tuple[str, str]]:
    """Digests that were erased and are kept again, each with the item that it was erased of."""
    wanted = select(ErasedFile.sha256, Erasure.item_id).join(Erasure, Erasure.id == ErasedFile.erasure_id)
    return [(row[0], row[1]) for row in session.execute(wanted.where(_is_kept()).order_by(ErasedFile.sha256))]


def bundles(session: Session, erasure_id: str, width: int) -> Sequence[int]:
    """The bundles of the log, of so many events each, that hold events an erasure has emptied."""
    emptied = select(Leaf.index).join(Event, Event.seq == Leaf.event_seq)
    emptied = emptied.join(Erasure, and_(Erasure.id == erasure_id, _belongs(Erasure.item_id)))
    return sorted({index // width for index in session.scalars(emptied)})


def _belongs(item_id: Any) -> ColumnElement[bool]:
    """Events of an item, and those of no item whose stub says that they were erased with one."""
    apart = and_(Event.item_id.is_(None), Event.body.contains(f'"format":"{ERASED}"'))
    return or_(Event.item_id == item_id, apart)


def _current(wanted: Select[Any], visible: Collection[str]) -> Select[Any]:
    refused = exists().where(ErasureAnswer.erasure_id == Erasure.id, ~ErasureAnswer.agreed)
    return wanted.join(Item, Item.id == Erasure.item_id).where(Item.sensitivity.in_(visible), ~refused)


def _is_kept() -> ColumnElement[bool]:
    return exists().where(File.sha256 == ErasedFile.sha256)


def _whole(session: Session, rows: Sequence[Erasure]) -> list[Asked]:
    ids = [row.id for row in rows]
    answers = select(ErasureAnswer).where(ErasureAnswer.erasure_id.in_(ids))
    answered = {row.erasure_id: row for row in session.scalars(answers)}
    done = session.scalars(select(ErasureDone).where(ErasureDone.erasure_id.in_(ids)).order_by(ErasureDone.done_at))
    carried = list(done)
    return [Asked(row, answered.get(row.id), [one for one in carried if one.erasure_id == row.id]) for row in rows]
