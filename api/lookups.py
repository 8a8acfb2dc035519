"""Look-ups: is this address known already, before somebody hands it in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.deps import SessionDep, only
from api.sites import SiteNotice, notice_for
from api.strict import StrictRoute
from storage.db import lookups
from storage.deeds.intake import site_of
from storage.domain import urls
from storage.domain.labels import label
from storage.domain.permissions import Actor, may_submit, visible_to_submitters
from storage.domain.vocab import Outcome

router = APIRouter(route_class=StrictRoute, tags=["submissions"])


class Address(BaseModel):
    """An address as somebody has it."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(examples=["https://example.org/video"])


class OwnSubmission(BaseModel):
    """The asker's newest submission of the same address."""

    submission: str
    received_at: datetime


class Lookup(BaseModel):
    """What the asker may know of an address; a sealed item's address looks as if nobody had ever handed it in."""

    canonical_url: str
    platform: str | None
    known: bool
    mine: OwnSubmission | None
    last_captured_at: datetime | None = Field(description="when the newest capture ended, one with media before others")
    outcome: Outcome | None
    site: SiteNotice | None = Field(description="said where the address's site answers badly now")


@router.post("/lookups")
def look_up(
    asked: Address, session: SessionDep, actor: Annotated[Actor, Depends(only(may_submit, "look addresses up"))]
) -> Lookup:
    """Say what is known of an address; nothing is handed in. Raises: InvalidUrl."""
    canonical = urls.canonical(urls.check(asked.url))
    found = lookups.of_address(session, canonical, asker=actor.id, visible=visible_to_submitters(actor))
    mine = found.mine
    return Lookup(
        canonical_url=canonical,
        platform=label(found.platform, 80),
        known=found.is_known,
        mine=OwnSubmission(submission=mine.id, received_at=mine.received_at) if mine else None,
        last_captured_at=found.ended_at,
        outcome=Outcome(found.outcome) if found.outcome else None,
        site=notice_for(session, actor, site_of(canonical)),
    )
