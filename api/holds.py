"""Legal holds on items: placed by one person, released by two, listed for those who answer for them."""

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
from storage.db import holds
from storage.db.holds import Held
from storage.domain.holds import HoldEnd, HoldOrder
from storage.domain.permissions import Actor, may_list_holds, may_review, visible_items

router = APIRouter(route_class=StrictRoute, tags=["holds"])
Reviewer = Annotated[Actor, Depends(only(may_review, "read items"))]
Lister = Annotated[Actor, Depends(only(may_list_holds, "list legal holds"))]
HoldPath = Annotated[str, Path(pattern=r"^hld_[0-9a-z]{26}$")]


class Release(BaseModel):
    """One of the two people who let go of a hold."""

    person: Somebody
    reason: str
    made_at: datetime


class HoldShown(BaseModel):
    """A legal hold. While it stands, or one person alone has let go of it, nothing of the item is erased."""

    hold: str
    item: str
    title: str | None = Field(description="what the item is called in a list")
    authority: str
    reason: str
    placed_by: Somebody
    placed_at: datetime
    state: Literal["standing", "release_asked", "released"]
    releases: list[Release]
    yours: bool = Field(description="whether whoever asks has let go of it already; another person must confirm")


class Holds(BaseModel):
    """Every hold an item has been under, oldest first."""

    data: list[HoldShown]


@router.get("/items/{item}/holds")
def list_item_holds(item: ItemPath, session: SessionDep, actor: Reviewer) -> Holds:
    """Every legal hold an item has been under, with those that were released."""
    row = visible_item(session, actor, item)
    return Holds(data=_shown(session, actor, holds.of_item(session, row.id)))


@router.post("/items/{item}/holds", status_code=201, response_model=HoldShown)
def place_hold(item: ItemPath, order: HoldOrder, once: OnceDep, archive: ArchiveDep, actor: Reviewer) -> Response:
    """Put an item under legal hold: nothing of it is erased until two people have released it."""
    if answer := once.earlier():
        return answer
    held = archive.place_hold(item, order)
    return once.keep(201, _shown(archive.session, actor, [held])[0])


@router.post("/items/{item}/holds/{hold}/releases", status_code=201, response_model=HoldShown)
def release_hold(
    item: ItemPath, hold: HoldPath, end: HoldEnd, once: OnceDep, archive: ArchiveDep, actor: Reviewer
) -> Response:
    """Let go of a hold: the first person asks, another one ends it. 409 `same_person` for the first once more,
    `not_independent` where one of the two made the other's account of late.
    """
    if answer := once.earlier():
        return answer
    held = archive.release_hold(item, hold, end)
    return once.keep(201, _shown(archive.session, actor, [held])[0])


@router.get("/holds")
def list_holds(asked: AskedPage, session: SessionDep, actor: Lister) -> Listed[HoldShown]:
    """The holds that stand, newest first, on items that whoever asks may know of."""
    visible = [sensitivity.value for sensitivity in visible_items(actor)]
    rows = holds.standing(session, visible=visible, before=asked.after, limit=asked.rows)
    return asked.listed_together(
        rows,
        key=lambda one: one.hold.id,
        show=lambda page: _shown(session, actor, page),
        count=holds.count_standing(session, visible=visible),
    )


def _shown(session: Session, actor: Actor, rows: Sequence[Held]) -> list[HoldShown]:
    known = people(session, [who for one in rows for who in (one.hold.placed_by, *(r.person_id for r in one.releases))])
    called = titles(session, {one.hold.item_id for one in rows})
    return [
        HoldShown(
            hold=one.hold.id,
            item=one.hold.item_id,
            title=called[one.hold.item_id],
            authority=one.hold.authority,
            reason=one.hold.reason,
            placed_by=known[one.hold.placed_by],
            placed_at=one.hold.placed_at,
            state=("standing", "release_asked", "released")[len(one.releases)],
            releases=[
                Release(person=known[release.person_id], reason=release.reason, made_at=release.made_at)
                for release in one.releases
            ],
            yours=any(release.person_id == actor.id for release in one.releases),
        )
        for one in rows
    ]
