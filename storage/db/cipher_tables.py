"""The rows of ciphertext: which file lies enciphered for which item, and as what."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import Base


class Enciphered(Base):
    """A file as ciphertext under an item's key; append-only. The ciphertext is a file too, under its own digest."""

    __tablename__ = "enciphered"
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    sealed_sha256: Mapped[str] = mapped_column(ForeignKey("file.sha256"), unique=True)
    __table_args__ = (Index("ix_enciphered_sha256", "sha256"),)


CIPHER_APPEND_ONLY = (Enciphered,)
