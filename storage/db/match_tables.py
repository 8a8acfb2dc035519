"""Rows of decisions on copies: what was computed is a holding of kind `match`, what people say of it stands here."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import Base


class MatchDecided(Base):
    """One reviewer's word on two originals; append-only, the newest of a pair counts.

    It belongs to `item_id`, whose chain tells of it. It is about bytes: whatever is computed anew, it stands.
    `low_sha256` < `high_sha256` name the pair, whichever of the two is the item's own.
    """

    __tablename__ = "match_decided"
    id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    other_item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    low_sha256: Mapped[str]
    high_sha256: Mapped[str]
    decision: Mapped[str]
    reason: Mapped[str]
    author_id: Mapped[str]
    made_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("low_sha256 <= high_sha256", name="ck_match_decided_pair"),
        Index("ix_match_decided_pair", "low_sha256", "high_sha256", "id"),
    )


MATCH_APPEND_ONLY = (MatchDecided,)
