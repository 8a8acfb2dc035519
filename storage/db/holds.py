"""Rows of legal holds: which stand, who has let go of them, and what is held at all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from storage.db.hold_tables import Hold, HoldRelease
from storage.db.tables import Item


@dataclass(frozen=True, slots=True)
class Held:
    """A hold with those who have let go of it, in their order: none, one, or the two that ended it."""

    hold: Hold
    releases: Sequence[HoldRelease]

    @property
    def stands(self) -> bool:
        return len(self.releases) < 2


def one(session: Session, hold_id: str) -> Held | None:
    """One hold, or None."""
    row = session.get(Hold, hold_id)
    return _with_releases(session, [row])[0] if row is not None else None


def of_item(session: Session, item_id: str) -> list[Held]:
    """Every hold an item has been under, oldest first."""
    rows = session.scalars(select(Hold).where(Hold.item_id == item_id).order_by(Hold.id)).all()
    return _with_releases(session, rows)


def count_standing_of_item(session: Session, item_id: str) -> int:
    """How many holds stand on an item."""
    standing = select(func.count()).select_from(Hold).where(Hold.item_id == item_id, _stands())
    return session.scalar(standing) or 0


def held_items(session: Session, item_ids: Collection[str]) -> frozenset[str]:
    """Those of the items that are under a hold."""
    return frozenset(session.scalars(select(Hold.item_id).where(Hold.item_id.in_(item_ids), _stands())))


def standing(session: Session, *, visible: Collection[str], before: str | None, limit: int) -> list[Held]:
    """The holds that stand on items of the sensitivities `visible`, newest first, past the id `before`."""
    wanted = _standing(select(Hold), visible).order_by(Hold.id.desc()).limit(limit)
    return _with_releases(session, session.scalars(wanted.where(Hold.id < before) if before else wanted).all())


def count_standing(session: Session, *, visible: Collection[str]) -> int:
    """How many holds stand on items of the sensitivities `visible`."""
    return session.scalar(_standing(select(func.count()).select_from(Hold), visible)) or 0


def _standing(wanted: Select[Any], visible: Collection[str]) -> Select[Any]:
    return wanted.join(Item, Item.id == Hold.item_id).where(Item.sensitivity.in_(visible), _stands())


def _stands() -> ColumnElement[bool]:
    return ~exists().where(HoldRelease.hold_id == Hold.id, HoldRelease.ordinal == 2)


def _with_releases(session: Session, rows: Sequence[Hold]) -> list[Held]:
    found = select(HoldRelease).where(HoldRelease.hold_id.in_([row.id for row in rows]))
    releases = session.scalars(found.order_by(HoldRelease.hold_id, HoldRelease.ordinal)).all() if rows else []
    return [Held(row, [release for release in releases if release.hold_id == row.id]) for row in rows]
