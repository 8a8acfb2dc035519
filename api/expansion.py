"""What a channel or playlist lists: shown to whoever submitted it, who picks what is taken; nothing is by itself."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.batches import BatchTaken, take_batch
from api.deps import KnownActor, SessionDep, SubmissionPath, only
from api.idempotency import OnceDep
from api.strict import StrictRoute
from api.submissions import ProjectName, own_submission
from storage.db import items, lookups, standings
from storage.db.tables import Submission
from storage.domain import urls
from storage.domain.batches import Wanted
from storage.domain.fields import Paragraph
from storage.domain.permissions import Actor, may_submit, visible_to_submitters
from storage.domain.vocab import Sensitivity
from storage.errors import InvalidValue, NotFound

router = APIRouter(route_class=StrictRoute, tags=["submissions"])
MOST_PICKED = 50


class ListedEntry(BaseModel):
    """One entry of a channel, as the site told it, and what the asker may know of its address."""

    number: int
    url: str
    title: str | None
    published_at: str | None = Field(description="a moment or a day, as far as the site tells")
    duration_s: int | None
    known: bool
    mine: str | None = Field(description="the asker's own newest submission of it")


class ChannelListing(BaseModel):
    """What a channel or playlist listed when it was looked at; `count` is what the site says there is in all."""

    origin: str
    title: str | None
    count: int | None
    more: bool = Field(description="there are more than are told here")
    most_picked: int = Field(description="so many may be taken at once")
    entries: list[ListedEntry]


class Picks(BaseModel):
    """Which entries to take, by their numbers, and what is said of all of them."""

    model_config = ConfigDict(extra="forbid")

    numbers: Annotated[list[int], Field(min_length=1, max_length=MOST_PICKED)]
    note: Paragraph | None = None
    sensitivity: Sensitivity = Sensitivity.RESTRICTED
    project: ProjectName = "main"


@router.get("/submissions/{submission}/listing")
def read_listing(submission: SubmissionPath, session: SessionDep, actor: KnownActor) -> ChannelListing:
    """What the channel or playlist lists that somebody submitted, for them to choose from."""
    row = own_submission(session, actor, submission)
    listing = _listing(session, row)
    entries = [_entry(session, actor, number, one) for number, one in enumerate(listing["entries"], start=1)]
    return ChannelListing(
        origin=row.url or "",
        title=listing["title"],
        count=listing["count"],
        more=listing["more"],
        most_picked=MOST_PICKED,
        entries=entries,
    )


@router.post("/submissions/{submission}/listing/batch", status_code=202, response_model=BatchTaken)
def take_picks(
    submission: SubmissionPath,
    picks: Picks,
    once: OnceDep,
    session: SessionDep,
    actor: Annotated[Actor, Depends(only(may_submit, "submit"))],
) -> Response:
    """Hand in the entries that were picked, as one list that names the channel as its origin."""
    row = own_submission(session, actor, submission)
    if answer := once.earlier():
        return answer
    if items.project(session, picks.project) is None:
        raise InvalidValue(f"There is no project called {picks.project}.")
    entries = _listing(session, row)["entries"]
    wanted = []
    for number in sorted(set(picks.numbers)):
        if not 1 <= number <= len(entries):
            raise InvalidValue(f"There is no entry {number} in this listing; it has {len(entries)}.")
        url = str(entries[number - 1]["url"])
        wanted.append(Wanted(number, url, urls.canonical(url), picks.note or None, picks.sensitivity, picks.project))
    return take_batch(session, actor, once, wanted, origin=row.canonical_url)


def _listing(session: Session, row: Submission) -> Mapping[str, Any]:
    listing = standings.newest_listing(session, row.item_id, since=row.capture_id)
    if listing is None:
        raise NotFound("This submission is no channel or playlist whose entries are known.")
    return listing


def _entry(session: Session, actor: Actor, number: int, told: Mapping[str, Any]) -> ListedEntry:
    url = str(told["url"])
    found = lookups.of_address(session, urls.canonical(url), asker=actor.id, visible=visible_to_submitters(actor))
    return ListedEntry(
        number=number,
        url=url,
        title=told["title"],
        published_at=told["published_at"],
        duration_s=told["duration_s"],
        known=found.is_known,
        mine=found.mine.id if found.mine else None,
    )
