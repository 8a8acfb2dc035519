"""Copies of an item's recordings: what was found, what people decided of it, and which is the earliest known."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.deps import ArchiveDep, ItemPath, SessionDep, visible_item
from api.holders import Somebody, people
from api.idempotency import OnceDep
from api.listing import AskedPage, Entry, Listed
from api.queue import Reviewer
from api.relatives import Relative, relatives_of
from api.strict import StrictRoute
from storage.db import jobs, matches
from storage.db.match_tables import MatchDecided
from storage.db.matches import Found
from storage.domain.kinship import Kin, kin_of
from storage.domain.matches import (
    MATCH,
    Compared,
    Decision,
    Heard,
    MatchDecision,
    Relation,
    Rest,
    Sound,
    Span,
    Transform,
)
from storage.domain.matches import pair as pair_of
from storage.domain.permissions import Actor, visible_items

router = APIRouter(route_class=StrictRoute, tags=["items"])


class Decided(BaseModel):
    """The newest word of a reviewer on a match; it holds for the bytes, whatever is computed anew."""

    decision: Decision
    by: Somebody
    at: datetime
    reason: str


class MatchShown(BaseModel):
    """How an original of the item, A, relates to one of another item, B: computed, and never a verdict.

    Seconds count from the first frame of each. `only_a` and `only_b` are the stretches without a counterpart.
    """

    original: str
    other_original: str
    other: Relative
    relation: Relation
    transform: Transform
    spans: list[Span]
    only_a: list[Rest]
    only_b: list[Rest]
    sound: Sound = Field(description="what the fingerprints of the sound say of the spans; a part that differs counts")
    heard: Heard | None = Field(description="for how many seconds it says so; null where nobody has listened")
    found_at: datetime
    decided: Decided | None


class PossibleMatch(BaseModel):
    """What the key frames alone say: provisional, and gone as soon as the whole of the pictures has been compared."""

    original: str
    other_original: str
    other: Relative
    relation: Relation
    transform: Transform
    found_at: datetime


class ComparedShown(Compared):
    """With how many others an item's originals were compared, and with how many not, and why.

    A comparison takes turns of one analysis's time; `is_owed` says whether another is. Where it is not, and some are
    left, the last turn was given up or cancelled: it is begun again like every step.
    """

    is_owed: bool


class FamilyMember(Relative):
    """One of the items that show the same recording."""

    is_earliest: bool = Field(description="no copy known here is older; an older one may exist elsewhere")
    is_sure: bool = Field(description="a reviewer confirmed every match that leads to it")


class Family(BaseModel):
    """Every item that matches lead to, earliest known first; same scenes and rejected matches lead nowhere."""

    data: list[FamilyMember]
    is_cut_short: bool


@router.get("/items/{item}/matches")
def list_matches(item: ItemPath, asked: AskedPage, session: SessionDep, actor: Reviewer) -> Listed[MatchShown]:
    """What was found of an item in others, in the order it was found; what nobody may know of here is left out."""
    row = visible_item(session, actor, item)
    found = matches.of_item(session, row.id, _visible(actor))
    return _listed(asked, found, lambda page: _shown(session, actor, page))


@router.get("/items/{item}/possible-matches")
def list_possible_matches(
    item: ItemPath, asked: AskedPage, session: SessionDep, actor: Reviewer
) -> Listed[PossibleMatch]:
    """What a first look at an item's key frames found in others; empty once the matches themselves are known."""
    row = visible_item(session, actor, item)
    found = matches.possible(session, row.id, _visible(actor))
    return _listed(asked, found, lambda page: _possible(session, actor, page))


@router.get("/items/{item}/matches/compared")
def read_compared(item: ItemPath, session: SessionDep, actor: Reviewer) -> ComparedShown:
    """How far the search for copies of an item has come; all noughts before it has begun."""
    row = visible_item(session, actor, item)
    is_owed = jobs.is_owed(session, row.id, step=MATCH)
    return ComparedShown(**matches.compared(session, row.id).model_dump(), is_owed=is_owed)


@router.post("/items/{item}/matches/decisions", status_code=201, response_model=MatchShown)
def decide_match(
    item: ItemPath, decision: MatchDecision, once: OnceDep, archive: ArchiveDep, actor: Reviewer
) -> Response:
    """Confirm a match, reject it, or take that back. It holds from both sides, and after every new analysis."""
    if answer := once.earlier():
        return answer
    # As it stood before: one that was only told of because somebody had confirmed it is gone once that is taken back.
    session, pair = archive.session, pair_of(decision.original, decision.other_original)
    found = matches.between(session, item, decision.other_item, pair)
    archive.decide_match(item, decision)
    return once.keep(201, _shown(session, actor, [found] if found else [])[0])


@router.get("/items/{item}/family")
def read_family(item: ItemPath, session: SessionDep, actor: Reviewer) -> Family:
    """The items that show the same recording, over as many matches as lead there, the earliest known first."""
    row = visible_item(session, actor, item)
    visible = _visible(actor)

    def neighbours(asked: Collection[str]) -> dict[str, list[Kin]]:
        found = matches.of_items(session, asked, visible)
        decided = matches.decisions(session, {match.pair for each in found.values() for match in each}, visible)
        words = {pair: Decision(row.decision) for pair, row in decided.items()}
        return {
            one: [
                Kin(match.other_item, match.match.relation, words.get(match.pair, Decision.UNDECIDED)) for match in each
            ]
            for one, each in found.items()
        }

    known, is_cut_short = kin_of(row.id, neighbours)
    relatives = relatives_of(session, actor, known)
    oldest = min(one.known_at for one in relatives.values())
    members = [
        FamilyMember(**dict(one), is_earliest=one.known_at == oldest and len(relatives) > 1, is_sure=known[one.item])
        for one in sorted(relatives.values(), key=lambda one: (one.known_at, one.item))
    ]
    return Family(data=members, is_cut_short=is_cut_short)


def _listed(
    asked: AskedPage, found: Sequence[Found], show: Callable[[Sequence[Found]], Sequence[Entry]]
) -> Listed[Entry]:
    """A page of what was found, in the order it was found."""
    rest = [one for one in found if one.holding.id > asked.after_number]
    return asked.listed_together(rest[: asked.rows], key=lambda one: str(one.holding.id), show=show, count=len(found))


def _visible(actor: Actor) -> list[str]:
    return [sensitivity.value for sensitivity in visible_items(actor)]


def _shown(session: Session, actor: Actor, page: Sequence[Found]) -> list[MatchShown]:
    decided = matches.decisions(session, {one.pair for one in page}, _visible(actor))
    named = people(session, [row.author_id for row in decided.values()])
    relatives = relatives_of(session, actor, {one.other_item for one in page})

    def word(row: MatchDecided | None) -> Decided | None:
        if row is None or row.decision == Decision.UNDECIDED:
            return None
        return Decided(decision=Decision(row.decision), by=named[row.author_id], at=row.made_at, reason=row.reason)

    return [
        MatchShown(
            original=one.original,
            other_original=one.other_original,
            other=relatives[one.other_item],
            relation=one.match.relation,
            transform=one.match.transform,
            spans=list(one.match.spans),
            only_a=list(one.match.only_a),
            only_b=list(one.match.only_b),
            sound=one.match.sound,
            heard=one.match.heard,
            found_at=one.holding.made_at,
            decided=word(decided.get(one.pair)),
        )
        for one in page
    ]


def _possible(session: Session, actor: Actor, page: Sequence[Found]) -> list[PossibleMatch]:
    relatives = relatives_of(session, actor, {one.other_item for one in page})
    return [
        PossibleMatch(
            original=one.original,
            other_original=one.other_original,
            other=relatives[one.other_item],
            relation=one.match.relation,
            transform=one.match.transform,
            found_at=one.holding.made_at,
        )
        for one in page
    ]
