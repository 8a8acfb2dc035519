"""The rows of copies: which archive this is, and what is known of each file on each store."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import Base


class ArchiveName(Base):
    """The name by which its stores know this archive, drawn when the database was made; one row, append-only."""

    __tablename__ = "archive_name"
    one: Mapped[bool] = mapped_column(primary_key=True)
    name: Mapped[str]
    __table_args__ = (CheckConstraint(text("one"), name="ck_archive_name_one"),)


class FileCopy(Base):
    """One file on one store: position, not history; the history is the ledger's.

    `checked_at` is when it was last read and digested there, none before the first time.
    """

    __tablename__ = "file_copy"
    store: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("file.sha256"), primary_key=True)
    state: Mapped[str]
    checked_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('owed', 'whole', 'altered', 'missing', 'enciphered')", name="ck_file_copy_state"),
        Index(
            "ix_file_copy_checked", "store", text("checked_at NULLS FIRST"), postgresql_where=text("state = 'whole'")
        ),
        Index("ix_file_copy_odd", "store", "state", "sha256", postgresql_where=text("state <> 'whole'")),
    )


COPY_APPEND_ONLY = (ArchiveName,)
