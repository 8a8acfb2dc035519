"""The rows of legal holds: who ordered that an item stays whole, and which two people let go of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import Base


class Hold(Base):
    """An order that nothing of an item may go; append-only. An item may be under several, each by its own authority."""

    __tablename__ = "hold"
    id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    authority: Mapped[str]
    reason: Mapped[str]
    placed_by: Mapped[str]
    placed_at: Mapped[datetime]


class HoldRelease(Base):
    """One of the two people who let go of a hold; append-only. The second row, by another person, ends the hold.

    `after` is 1 in the second row: the database knows no second without a first.
    """

    __tablename__ = "hold_release"
    hold_id: Mapped[str] = mapped_column(ForeignKey("hold.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    after: Mapped[int | None]
    person_id: Mapped[str]
    reason: Mapped[str]
    made_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("hold_id", "person_id", name="uq_hold_release_person"),
        ForeignKeyConstraint(
            ["hold_id", "after"], ["hold_release.hold_id", "hold_release.ordinal"], name="fk_hold_release_after"
        ),
        CheckConstraint(
            text("(ordinal = 1 AND after IS NULL) OR (ordinal = 2 AND after IS NOT NULL AND after = 1)"),
            name="ck_hold_release_ordinal",
        ),
    )


HOLD_APPEND_ONLY = (Hold, HoldRelease)

HELD_TABLES = (
    "item",
    "submission",
    "capture",
    "holding",
    "file",
    "step_run",
    "assertion",
    "record",
    "record_place",
    "record_unit",
    "event",
)
"""What a hold keeps from being deleted, whatever else would let it go."""
