"""Rows of searches by a picture: positions, not history, in a table that no backup and no replica ever holds."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import NOW, Base

IS_UNDER_WAY = "state IN ('waiting', 'running')"


class PictureSearch(Base):
    """One search of one person, at most one of them under way; `content` is what is asked with, until it is answered.

    `token` rises whenever a worker takes it or lets it go, so that nobody who has let it go shares one with whoever has
    it next. `tries` counts how often workers took it and did not let it go themselves.
    The table is unlogged: its bytes are in no write-ahead log, and gone after a crash. Whoever asked asks again.
    """

    __tablename__ = "picture_search"
    id: Mapped[str] = mapped_column(primary_key=True)
    asker_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    token: Mapped[int] = mapped_column(BigInteger, default=0)
    tries: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    progress: Mapped[float] = mapped_column(default=0.0)
    worked_s: Mapped[float] = mapped_column(server_default=text("0"), default=0.0)
    answer: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    error_code: Mapped[str | None] = mapped_column(default=None)
    error_sentence: Mapped[str | None] = mapped_column(default=None)
    asked_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'stopped')", name="ck_picture_search_state"),
        CheckConstraint(f"({IS_UNDER_WAY}) = (content IS NOT NULL)", name="ck_picture_search_content"),
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="ck_picture_search_lease"),
        Index("uq_picture_search_under_way", "asker_id", unique=True, postgresql_where=text(IS_UNDER_WAY)),
        {"prefixes": ["UNLOGGED"]},
    )
