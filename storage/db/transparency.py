"""Rows of the transparency log over the ledger: leaves, the head, keys, checkpoints, who cosigned, who stamped."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import NOW, Base


class Leaf(Base):
    """An event's place in the tree, from zero; append-only. `hash` is RFC 9162's leaf hash of its entry."""

    __tablename__ = "leaf"
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("event.seq"), unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerHead(Base):
    """How far the tree has grown: one row, which only ever goes forward.

    `mark_xid`, `mark_seq`: the last event taken, in the order in which transactions began. Transaction numbers mean
    something inside one database cluster only; `cluster` says which, and `epoch_seq` is the last event that the
    clusters before it had written.
    """

    __tablename__ = "ledger_head"
    single: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"), init=False)
    size: Mapped[int] = mapped_column(BigInteger)
    peaks: Mapped[bytes] = mapped_column(LargeBinary)
    mark_xid: Mapped[int] = mapped_column(BigInteger)
    mark_seq: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[int] = mapped_column(Integer)
    epoch_seq: Mapped[int] = mapped_column(BigInteger)
    cluster: Mapped[str]
    __table_args__ = (CheckConstraint("single", name="ck_ledger_head_single"),)


class LedgerKey(Base):
    """A public key of the log and the size from which it signs; append-only.

    `succession` is the statement by which it follows the key before it, signed by both; null for the first.
    """

    __tablename__ = "ledger_key"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vkey: Mapped[str] = mapped_column(unique=True)
    first_size: Mapped[int] = mapped_column(BigInteger)
    succession: Mapped[str | None]
    made_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class SignedCheckpoint(Base):
    """The tree at one size, as the log signed it; append-only."""

    __tablename__ = "checkpoint"
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class Cosignature(Base):
    """A witness's line under a checkpoint; append-only."""

    __tablename__ = "cosignature"
    size: Mapped[int] = mapped_column(BigInteger, ForeignKey("checkpoint.size"), primary_key=True)
    witness: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str]
    witnessed_at: Mapped[datetime]


class TimeStamp(Base):
    """A proof by somebody else of when a checkpoint was there; append-only. `stamped_at` is null while it is promised.

    A proof that has grown since is a row of its own.
    """

    __tablename__ = "time_stamp"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    size: Mapped[int] = mapped_column(BigInteger, ForeignKey("checkpoint.size"), index=True)
    kind: Mapped[str]
    authority: Mapped[str]
    sha256: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    stamped_at: Mapped[datetime | None]
    made_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
    __table_args__ = (UniqueConstraint("size", "authority", "sha256"),)


APPEND_ONLY = (Leaf, LedgerKey, SignedCheckpoint, Cosignature, TimeStamp)
