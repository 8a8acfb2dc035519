"""Rows of matches: what was computed of an item and others, asked from either side, and what people decided of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from storage.db.match_tables import MatchDecided
from storage.db.tables import Holding, Item
from storage.domain import matches
from storage.domain.matches import MATCH, Match
from storage.domain.vocab import FileRole

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """How an original of one item, `original`, relates to one of another, seen from the first; and by which product."""

    holding: Holding
    original: str
    other_item: str
    other_original: str
    match: Match

    @property
    def pair(self) -> Pair:
        return matches.pair(self.original, self.other_original)


def of_item(session: Session, item_id: str, visible: Collection[str]) -> list[Found]:
    """The newest match of each pair of originals of which one is the item's, in the order they were found.

    The other item is of one of the sensitivities `visible`, and has not been erased.
    """
    named = Holding.payload["other_item"].astext
    wanted = select(Holding).where(Holding.kind == MATCH, or_(Holding.item_id == item_id, named == item_id))
    rows = session.scalars(wanted.order_by(Holding.id)).all()
    found = {one.pair: one for one in _seen_from(item_id, rows)}
    shown = set(
        session.scalars(
            select(Item.id).where(
                Item.id.in_({one.other_item for one in found.values()}),
                Item.sensitivity.in_(visible),
                Item.erased_at.is_(None),
            )
        )
    )
    return [one for one in found.values() if one.other_item in shown]


def between(session: Session, item_id: str, other_item_id: str, pair: Pair) -> Found | None:
    """The newest match of two items in these originals, seen from the first, or None."""
    named = Holding.payload["other_item"].astext
    either = or_(
        (Holding.item_id == item_id) & (named == other_item_id),
        (Holding.item_id == other_item_id) & (named == item_id),
    )
    rows = session.scalars(select(Holding).where(Holding.kind == MATCH, either).order_by(Holding.id)).all()
    found = [one for one in _seen_from(item_id, rows) if one.pair == pair]
    return found[-1] if found else None


def decisions(session: Session, pairs: Collection[Pair]) -> Mapping[Pair, MatchDecided]:
    """The newest decision on each pair of originals, where there is one."""
    named = tuple_(MatchDecided.low_sha256, MatchDecided.high_sha256)
    rows = session.scalars(select(MatchDecided).where(named.in_(list(pairs))).order_by(MatchDecided.id))
    return {(row.low_sha256, row.high_sha256): row for row in rows}


def originals(session: Session, item_id: str) -> set[str]:
    """The digests of an item's originals."""
    held = (Holding.item_id == item_id, Holding.role == FileRole.ORIGINAL.value, Holding.sha256.is_not(None))
    return {one for one in session.scalars(select(Holding.sha256).where(*held)) if one is not None}


def holders(session: Session, digests: Collection[str]) -> dict[str, list[str]]:
    """The items that hold each of these originals and are neither sealed nor erased, oldest first."""
    holding, item = aliased(Holding), aliased(Item)
    wanted = select(holding.sha256, holding.item_id).join(item, item.id == holding.item_id)
    wanted = wanted.where(
        holding.role == FileRole.ORIGINAL.value,
        holding.sha256.in_(list(digests)),
        item.sensitivity != "sealed",
        item.erased_at.is_(None),
    )
    found: dict[str, list[str]] = {}
    for sha256, item_id in session.execute(wanted.order_by(holding.id)):
        if sha256 is not None and item_id not in found.setdefault(sha256, []):
            found[sha256].append(item_id)
    return found


def _seen_from(item_id: str, rows: Sequence[Holding]) -> Iterable[Found]:
    for row in rows:
        told = row.payload
        match = matches.read(told)
        if row.item_id == item_id:
            yield Found(row, told["original"], told["other_item"], told["other_original"], match)
        else:
            yield Found(row, told["other_original"], row.item_id, told["original"], match.inverted())
