"""The rows of erasures: who asked, who answered, what is gone, and where it has been destroyed."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import Base


class Erasure(Base):
    """Somebody asks that an item is erased, on a legal basis; append-only. It does nothing until another one agrees."""

    __tablename__ = "erasure"
    id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    basis: Mapped[str]
    reason: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("id", "asked_by", name="uq_erasure_asked_by"),)


class ErasureAnswer(Base):
    """What came of an erasure that was asked for; append-only, one for each.

    `asked_by` repeats who asked, held to it by a foreign key: the database knows no agreement of one person.
    """

    __tablename__ = "erasure_answer"
    erasure_id: Mapped[str] = mapped_column(primary_key=True)
    asked_by: Mapped[str]
    person_id: Mapped[str]
    agreed: Mapped[bool]
    reason: Mapped[str]
    made_at: Mapped[datetime]
    __table_args__ = (
        ForeignKeyConstraint(
            ["erasure_id", "asked_by"], ["erasure.id", "erasure.asked_by"], name="fk_erasure_answer_asked"
        ),
        CheckConstraint(text("NOT agreed OR person_id <> asked_by"), name="ck_erasure_answer_two"),
    )


class ErasedFile(Base):
    """A digest whose bytes an erasure takes from every store; append-only: it is known if they return."""

    __tablename__ = "erased_file"
    erasure_id: Mapped[str] = mapped_column(ForeignKey("erasure.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (Index("ix_erased_file_sha256", "sha256"),)


class ErasureDone(Base):
    """Where an erasure has been carried out: a store, or the ledger's texts in the vault; append-only."""

    __tablename__ = "erasure_done"
    erasure_id: Mapped[str] = mapped_column(ForeignKey("erasure.id"), primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    destroyed: Mapped[int] = mapped_column(BigInteger)
    done_at: Mapped[datetime]


ERASURE_APPEND_ONLY = (Erasure, ErasureAnswer, ErasedFile, ErasureDone)

DELETED_TABLES = ("record_place", "record_unit", "assertion", "holding", "step_run", "capture", "file")
"""Whose rows an erasure deletes, in this order."""
EMPTIED_TABLES = ("submission", "record", "event")
"""Whose rows an erasure empties: that they were there stays."""
