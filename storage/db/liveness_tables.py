"""Rows of the watch over sources: what each look found, and when the next one is due."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import Base


class Sighting(Base):
    """What one look at an item's source found; append-only. It holds nothing of what was seen but that."""

    __tablename__ = "sighting"
    id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str]
    liveness: Mapped[str]
    sentence: Mapped[str]
    seen_at: Mapped[datetime]
    __table_args__ = (Index("ix_sighting_item", "item_id", "id"),)


class Watch(Base):
    """An item whose source is looked at: how often it was, and when it is next; position, not history."""

    __tablename__ = "watch"
    item_id: Mapped[str] = mapped_column(primary_key=True)
    looks: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(index=True)


LIVENESS_APPEND_ONLY = (Sighting,)
