"""Rows that machine text is found by: what waits to be read, what was read, and the words of a question."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, delete, exists, func, select
from sqlalchemy.orm import Session

from storage.db.tables import Holding, Item
from storage.db.text_tables import TextLine, TextRead
from storage.domain.machine_text import OCR, TRANSCRIPT
from storage.domain.names import fold
from storage.domain.vocab import Sensitivity


@dataclass(frozen=True, slots=True)
class Waiting:
    """A product of machine text that is not read yet."""

    item_id: str
    sha256: str
    kind: str


def waiting(session: Session, *, after: int, limit: int) -> Sequence[tuple[int, Waiting]]:
    """Products not read yet, past the holding `after`, each with its holding's number; none of sealed items."""
    read = exists().where(TextRead.item_id == Holding.item_id, TextRead.sha256 == Holding.sha256)
    wanted = (
        select(Holding.id, Holding.item_id, Holding.sha256, Holding.kind)
        .join(Item, Item.id == Holding.item_id)
        .where(Holding.kind.in_((OCR, TRANSCRIPT)), Holding.sha256.is_not(None), Holding.id > after, ~read)
        .where(Item.sensitivity != Sensitivity.SEALED.value, Item.erased_at.is_(None))
        .order_by(Holding.id)
        .limit(limit)
    )
    return [(number, Waiting(item, sha256 or "", kind)) for number, item, sha256, kind in session.execute(wanted)]


def add(session: Session, item_id: str, sha256: str, lines: Sequence[tuple[float, bool, str]]) -> None:
    """Note the lines of a product, each its start in seconds, whether it is sure, and its text."""
    session.add(TextRead(item_id=item_id, sha256=sha256))
    session.add_all(
        TextLine(
            item_id=item_id, sha256=sha256, number=number, start_s=start_s, is_sure=sure, text=text, folded=fold(text)
        )
        for number, (start_s, sure, text) in enumerate(lines)
    )
    session.flush()


def is_read(session: Session, item_id: str, sha256: str) -> bool:
    """Whether the lines of a product are noted."""
    return session.get(TextRead, (item_id, sha256)) is not None


def forget(session: Session, item_id: str) -> None:
    """Take away every line of an item."""
    for table in (TextLine, TextRead):
        session.execute(delete(table).where(table.__table__.c.item_id == item_id))


def items_saying(word: str) -> Select[str] | None:
    """The ids of items in whose machine text some line has words that begin so; None for a word without a letter."""
    asked = _asked(word)
    return None if asked is None else select(TextLine.item_id).where(asked)


def _asked(word: str) -> ColumnElement[bool] | None:
    """Every folded part of the word must begin a word of the line; the parts are letters and digits alone."""
    parts = fold(word).split()
    if not parts:
        return None
    return TextLine.search.bool_op("@@")(func.to_tsquery("simple", " & ".join(f"'{part}':*" for part in parts)))
