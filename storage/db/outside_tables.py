"""Rows of what others have signed of the log; the files they signed lie in the vault, under `ledger/outside`."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import NOW, Base


class Cosignature(Base):
    """A witness's line under the checkpoint of one size; append-only. `witnessed_at` is by the witness's own word."""

    __tablename__ = "cosignature"
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    witness: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str]
    witnessed_at: Mapped[datetime]


class TimeStamp(Base):
    """Somebody else's proof of when a checkpoint was there, by its digest; append-only.

    `stamped_at` is null while it is a promise; a proof that has grown since is a row of its own.
    """

    __tablename__ = "time_stamp"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    authority: Mapped[str]
    stamped_at: Mapped[datetime | None]
    made_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
    __table_args__ = (Index("ix_time_stamp_authority", "authority", "size"),)


OUTSIDE_APPEND_ONLY = (Cosignature, TimeStamp)
