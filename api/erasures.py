"""Erasing items: one person asks on a legal basis, another agrees, and a tombstone says so for ever."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.deps import ArchiveDep, ItemPath, SessionDep, only, visible_item
from api.holders import Somebody, people
from api.idempotency import OnceDep
from api.lines import titles
from api.listing import AskedPage, Listed
from api.strict import StrictRoute
from storage.db import erasures
from storage.db.erasures import Asked
from storage.domain.erasure import ErasureOrder, ErasureReply
from storage.domain.permissions import Actor, may_list_holds, may_review, visible_items

router = APIRouter(route_class=StrictRoute, tags=["erasures"])
Reviewer = Annotated[Actor, Depends(only(may_review, "read items"))]
Lister = Annotated[Actor, Depends(only(may_list_holds, "list erasures"))]
ErasurePath = Annotated[str, Path(pattern=r"^ers_[0-9a-z]{26}$")]


class Answer(BaseModel):
    """What another person has said to an erasure that was asked for."""

    person: Somebody
    agreed: bool
    reason: str
    made_at: datetime


class Done(BaseModel):
    """Where an erasure has been carried out: a store by its name, or `ledger`."""

    place: str
    done_at: datetime


class ErasureShown(BaseModel):
    """An erasure. Once it is agreed the item's words are gone at once, and its bytes as soon as each store answers."""

    erasure: str
    item: str
    title: str | None = Field(description="what the item is called in a list; null once it is erased")
    basis: str
    reason: str
    asked_by: Somebody
    asked_at: datetime
    state: Literal["asked", "refused", "agreed"]
    answer: Answer | None
    done: list[Done]
    yours: bool = Field(description="whether whoever looks has asked for it; another person must agree")


class Erasures(BaseModel):
    """Every erasure that was asked for of an item, oldest first."""

    data: list[ErasureShown]


@router.get("/items/{item}/erasures")
def list_item_erasures(item: ItemPath, session: SessionDep, actor: Reviewer) -> Erasures:
    """Every erasure that was asked for of an item: its tombstone, where one was agreed to."""
    row = visible_item(session, actor, item)
    return Erasures(data=_shown(session, actor, erasures.of_item(session, row.id)))


@router.post("/items/{item}/erasures", status_code=201, response_model=ErasureShown)
def ask_erasure(item: ItemPath, order: ErasureOrder, once: OnceDep, archive: ArchiveDep, actor: Reviewer) -> Response:
    """Ask that an item is erased. Nothing goes until another person agrees. 409 `held` under a legal hold."""
    if answer := once.earlier():
        return answer
    asked = archive.ask_erasure(item, order)
    return once.keep(201, _shown(archive.session, actor, [asked])[0])


@router.post("/items/{item}/erasures/{erasure}/answer", status_code=201, response_model=ErasureShown)
def answer_erasure(
    item: ItemPath, erasure: ErasurePath, reply: ErasureReply, once: OnceDep, archive: ArchiveDep, actor: Reviewer
) -> Response:
    """Agree that an item is erased, which cannot be undone, or refuse it.

    409 `same_person` where whoever asked agrees, `not_independent` where one of the two made the other's account of
    late, `held` under a legal hold, `working` while work is done on the item.
    """
    if answer := once.earlier():
        return answer
    asked = archive.answer_erasure(item, erasure, reply)
    return once.keep(201, _shown(archive.session, actor, [asked])[0])


@router.get("/erasures")
def list_erasures(asked: AskedPage, session: SessionDep, actor: Lister) -> Listed[ErasureShown]:
    """Erasures that wait for an answer or were agreed to, newest first, of items that whoever asks may know of."""
    visible = [sensitivity.value for sensitivity in visible_items(actor)]
    rows = erasures.current(session, visible=visible, before=asked.after, limit=asked.rows)
    return asked.listed_together(
        rows,
        key=lambda one: one.erasure.id,
        show=lambda page: _shown(session, actor, page),
        count=erasures.count_current(session, visible=visible),
    )


def _shown(session: Session, actor: Actor, rows: Sequence[Asked]) -> list[ErasureShown]:
    asking, answering = [one.erasure.asked_by for one in rows], [one.answer.person_id for one in rows if one.answer]
    known = people(session, [*asking, *answering])
    called = titles(session, {one.erasure.item_id for one in rows})
    return [
        ErasureShown(
            erasure=one.erasure.id,
            item=one.erasure.item_id,
            title=called[one.erasure.item_id],
            basis=one.erasure.basis,
            reason=one.erasure.reason,
            asked_by=known[one.erasure.asked_by],
            asked_at=one.erasure.asked_at,
            state="asked" if one.is_open else "agreed" if one.is_agreed else "refused",
            answer=Answer(
                person=known[one.answer.person_id],
                agreed=one.answer.agreed,
                reason=one.answer.reason,
                made_at=one.answer.made_at,
            )
            if one.answer
            else None,
            done=[Done(place=done.place, done_at=done.done_at) for done in one.done],
            yours=one.erasure.asked_by == actor.id,
        )
        for one in rows
    ]
