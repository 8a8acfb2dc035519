"""The hunt list: items that wait for a person, by site and cause, and trying all of them again at once."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.deps import ArchiveDep, SessionDep, only
from api.queue import Reviewer
from api.strict import StrictRoute
from storage.db import needs
from storage.db.positions import CAPTURE_STEP
from storage.domain.needs import NEEDS_A_PERSON
from storage.domain.permissions import Actor, may_resume, visible_items
from storage.domain.sites import name_of
from storage.domain.vocab import Outcome
from storage.errors import InvalidValue

router = APIRouter(route_class=StrictRoute, tags=["items"])
_SHOWN = 100


class NeedyItem(BaseModel):
    """One item that waits; `sentence` is what its newest attempt met."""

    item: str
    url: str
    sentence: str
    since: AwareDatetime


class Need(BaseModel):
    """Items of one site that wait for the same; the longest waiting are named."""

    site: str
    name: str
    cause: Outcome
    count: int
    since: AwareDatetime
    items: list[NeedyItem]


class Needs(BaseModel):
    """All that waits for a person, most first."""

    needs: list[Need]


class Resumption(BaseModel):
    """Which items are to be tried again: those of a site, or only those of it that wait for one cause."""

    model_config = ConfigDict(extra="forbid")

    site: str = Field(min_length=1, max_length=253)
    cause: Outcome | None = None


class Resumed(BaseModel):
    """How many captures are owed now."""

    captures: int


@router.get("/needs")
def list_needs(session: SessionDep, actor: Reviewer) -> Needs:
    """What waits for a person: a log-in, proof of age, another country, an invitation, more room."""
    visible = [sensitivity.value for sensitivity in visible_items(actor)]
    found = []
    for group in needs.groups(session, visible, capture_step=CAPTURE_STEP):
        rows = needs.of_group(session, group.site, group.outcome, visible, capture_step=CAPTURE_STEP, limit=_SHOWN)
        items = [NeedyItem(item=row.item_id, url=row.url, sentence=row.sentence, since=row.since) for row in rows]
        found.append(
            Need(
                site=group.site,
                name=name_of(group.site),
                cause=Outcome(group.outcome),
                count=group.count,
                since=group.since,
                items=items,
            )
        )
    return Needs(needs=found)


@router.post("/needs/resumptions", status_code=202)
def resume(
    wanted: Resumption,
    archive: ArchiveDep,
    _actor: Annotated[Actor, Depends(only(may_resume, "try again what waits for a person"))],
) -> Resumed:
    """Try all again that waits at a site. What waits no longer is left alone, so that asking twice owes it once."""
    if wanted.cause is not None and wanted.cause not in NEEDS_A_PERSON:
        raise InvalidValue(f"nothing waits for a person because of {wanted.cause}")
    causes = (wanted.cause,) if wanted.cause else NEEDS_A_PERSON
    return Resumed(captures=len(archive.resume(wanted.site, causes)))
