"""Rows to find machine text by: derived from files, made again from them at any time, and gone with their item."""

from typing import Any

from sqlalchemy import Computed, ForeignKey, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import Base


class TextRead(Base):
    """A product whose lines are in `text_line`; of sealed items none are."""

    __tablename__ = "text_read"
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)


class TextLine(Base):
    """One line of machine text, `number` in its product, folded as names are."""

    __tablename__ = "text_line"
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start_s: Mapped[float]
    is_sure: Mapped[bool]
    text: Mapped[str]
    folded: Mapped[str]
    search: Mapped[Any] = mapped_column(TSVECTOR, Computed("to_tsvector('simple', folded)", persisted=True), init=False)
    __table_args__ = (Index("ix_text_line_search", "search", postgresql_using="gin"),)
