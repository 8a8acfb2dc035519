"""Rows of matches: what was computed of an item and others, asked from either side, and what people decided of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from storage.db.match_tables import MatchDecided
from storage.db.tables import Holding, Item, StepRun
from storage.domain import matches
from storage.domain.matches import (
    COMPARISON,
    FINGERPRINTS,
    MATCH,
    POSSIBLE_MATCH,
    Compared,
    Decision,
    Match,
    Relation,
)
from storage.domain.vocab import Sensitivity

Pair = tuple[str, str]
_Name = tuple[str, str, Pair]


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
    """The matches of one item, as `of_items` tells them."""
    return of_items(session, [item_id], visible)[item_id]


def of_items(session: Session, item_ids: Collection[str], visible: Collection[str]) -> dict[str, list[Found]]:
    """The newest match of each item with each other in each pair of originals, in the order they were found.

    The other item is of one of the sensitivities `visible`, and has not been erased. Several items may hold the same
    original: each is told of for itself, so that none stands in the place of another. What was found once and is found
    no more is told of where a reviewer confirmed it, and else not. The number of queries does not grow with the items.
    """
    named = Holding.payload["other_item"].astext
    touching = or_(Holding.item_id.in_(list(item_ids)), named.in_(list(item_ids)))
    rows = session.scalars(select(Holding).where(Holding.kind == MATCH, touching).order_by(Holding.id)).all()
    standing = _standing(session, item_ids, rows, visible)
    shown = _known_of(session, {other for _, other, _ in standing}, visible)
    found: dict[str, list[Found]] = {item_id: [] for item_id in item_ids}
    for (item_id, other, _), one in sorted(standing.items(), key=lambda named: named[1].holding.id):
        if other in shown:
            found[item_id].append(one)
    return found


def possible(session: Session, item_id: str, visible: Collection[str]) -> list[Found]:
    """What the key frames alone said of an item's originals, until the match step of their capture has had its word.

    That is, until it has left nobody for another turn; what is a match by then is told of as that.
    The newest with each other item in each pair of originals, as `of_item`, but from the item's own side alone.
    """
    wanted = select(Holding).where(Holding.item_id == item_id, Holding.kind == POSSIBLE_MATCH).order_by(Holding.id)
    rows = session.scalars(wanted).all()
    has_word = (StepRun.item_id == item_id, StepRun.step == MATCH)
    spoken = set(session.scalars(select(StepRun.capture_id).where(*has_word))) if rows else set()
    spoken = {capture_id for capture_id in spoken if unfinished(session, item_id, capture_id) is None}
    named = (_seen_from(item_id, row) for row in rows if row.capture_id not in spoken)
    newest = {(one.other_item, one.pair): one for one in named}
    for match in of_item(session, item_id, visible) if newest else ():
        newest.pop((match.other_item, match.pair), None)
    shown = _known_of(session, {other for other, _ in newest}, visible)
    return sorted((one for (other, _), one in newest.items() if other in shown), key=lambda one: one.holding.id)


def unfinished(session: Session, item_id: str, capture_id: str) -> StepRun | None:
    """The newest turn of the search for copies of what a capture brought, where it has left some; else None."""
    turns = (StepRun.item_id == item_id, StepRun.capture_id == capture_id, StepRun.step == MATCH)
    newest = session.scalar(select(StepRun).where(*turns).order_by(StepRun.made_at.desc()).limit(1))
    if newest is None:
        return None
    left = Holding.payload["left"].as_integer() > 0
    told = (Holding.item_id == item_id, Holding.kind == COMPARISON, Holding.step_key == newest.key)
    return newest if session.scalar(select(exists().where(*told, left))) else None


def compared(session: Session, item_id: str) -> Compared:
    """How far the search for copies of an item's originals has come, by the newest word on each."""
    wanted = select(Holding.payload).where(Holding.item_id == item_id, Holding.kind == COMPARISON)
    newest = {told["original"]: told for told in session.scalars(wanted.order_by(Holding.id))}
    return Compared(**{name: sum(told[name] for told in newest.values()) for name in Compared.model_fields})


def between(session: Session, item_id: str, other_item_id: str, pair: Pair) -> Found | None:
    """The newest match of two items in these originals, seen from the first, as `of_item` tells of it, or None."""
    named = Holding.payload["other_item"].astext
    either = or_(
        (Holding.item_id == item_id) & (named == other_item_id),
        (Holding.item_id == other_item_id) & (named == item_id),
    )
    rows = session.scalars(select(Holding).where(Holding.kind == MATCH, either).order_by(Holding.id)).all()
    return _standing(session, [item_id], rows, list(Sensitivity)).get((item_id, other_item_id, pair))


@dataclass(frozen=True, slots=True)
class Printed:
    """An original whose pictures were fingerprinted, and where the fingerprints are kept; `holding` numbers them."""

    holding: int
    item_id: str
    original: str
    sha256: str


def printed(session: Session) -> list[Printed]:
    """The newest fingerprints of every original, by the items that hold it and are neither sealed nor erased."""
    original = Holding.payload["original"].astext
    wanted = (
        select(Holding.id, Holding.item_id, original, Holding.sha256)
        .join(Item, Item.id == Holding.item_id)
        .where(
            Holding.kind == FINGERPRINTS,
            Holding.sha256.is_not(None),
            Item.sensitivity != Sensitivity.SEALED.value,
            Item.erased_at.is_(None),
        )
    )
    newest = wanted.ext(distinct_on(Holding.item_id, original)).order_by(Holding.item_id, original, Holding.id.desc())
    return [Printed(*row) for row in session.execute(newest)]


def decisions(session: Session, pairs: Collection[Pair], visible: Collection[str]) -> Mapping[Pair, MatchDecided]:
    """The newest decision on each pair of originals among those about items of the sensitivities `visible`."""
    named = tuple_(MatchDecided.low_sha256, MatchDecided.high_sha256)
    rows = session.scalars(select(MatchDecided).where(named.in_(list(pairs))).order_by(MatchDecided.id)).all()
    shown = _known_of(session, {one for row in rows for one in (row.item_id, row.other_item_id)}, visible)
    return {(row.low_sha256, row.high_sha256): row for row in rows if {row.item_id, row.other_item_id} <= shown}


def _standing(
    session: Session, item_ids: Collection[str], rows: Sequence[Holding], visible: Collection[str]
) -> dict[_Name, Found]:
    """What stands of the matches in `rows`, by the item it is seen from, the other, and the originals."""
    standing: dict[_Name, Found] = {}
    gone: set[_Name] = set()
    for row in rows:
        for item_id in {row.item_id, row.payload["other_item"]}.intersection(item_ids):
            one = _seen_from(item_id, row)
            name = (item_id, one.other_item, one.pair)
            if one.match.relation is Relation.NONE:
                gone.add(name)
            else:
                gone.discard(name)
                standing[name] = one
    words = decisions(session, {pair for *_, pair in gone}, visible) if gone else {}
    confirmed = {pair for pair, row in words.items() if row.decision == Decision.CONFIRMED}
    return {name: one for name, one in standing.items() if name not in gone or name[2] in confirmed}


def _known_of(session: Session, item_ids: Collection[str], visible: Collection[str]) -> set[str]:
    wanted = (Item.id.in_(list(item_ids)), Item.sensitivity.in_(visible), Item.erased_at.is_(None))
    return set(session.scalars(select(Item.id).where(*wanted)))


def _seen_from(item_id: str, row: Holding) -> Found:
    told = row.payload
    match = matches.read(told)
    if row.item_id == item_id:
        return Found(row, told["original"], told["other_item"], told["other_original"], match)
    return Found(row, told["other_original"], row.item_id, told["original"], match.inverted())
