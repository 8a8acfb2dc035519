"""The rows of the Merkle log over the events: leaves, keys and checkpoints are history; the head is position."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import NOW, Base


class Leaf(Base):
    """The place of one event in the log; append-only. `hash` is that of its entry, as the tree counts it."""

    __tablename__ = "leaf"
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("event.seq"), unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class LogKey(Base):
    """A key the log signs with, from checkpoints of `first_size` on; append-only. `key` is its public half.

    `succession` is the note by which it followed the key before it; the first one has none.
    """

    __tablename__ = "log_key"
    key: Mapped[str] = mapped_column(primary_key=True)
    first_size: Mapped[int] = mapped_column(BigInteger)
    succession: Mapped[str | None] = mapped_column(default=None)
    made_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class SignedCheckpoint(Base):
    """What was signed at one size; append-only. `note` is the signed note, with our signature alone."""

    __tablename__ = "checkpoint"
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    note: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class LogHead(Base):
    """How far the log has come: one row. `peaks` are the frontier's hashes, one after the other.

    Events up to (`after_xid`, `after_seq`) in this order have their leaves.
    """

    __tablename__ = "log_head"
    one: Mapped[bool] = mapped_column(primary_key=True)
    origin: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    peaks: Mapped[bytes] = mapped_column(LargeBinary)
    after_xid: Mapped[int] = mapped_column(BigInteger)
    after_seq: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (CheckConstraint(text("one"), name="ck_log_head_one"),)


LOG_APPEND_ONLY = (Leaf, LogKey, SignedCheckpoint)
