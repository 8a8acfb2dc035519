"""Whether sources are still there: every look at one, and how much has gone where."""

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from api.deps import ItemPath, SessionDep, visible_item
from api.queue import Reviewer
from api.strict import StrictRoute
from storage.db import liveness
from storage.domain.liveness import Liveness, Seen, gone
from storage.domain.permissions import visible_items
from storage.domain.sites import name_of

router = APIRouter(route_class=StrictRoute, tags=["items"])


class SightingShown(BaseModel):
    """What one look found."""

    liveness: Liveness
    sentence: str
    seen_at: AwareDatetime


class GoneSince(BaseModel):
    """The source went away between two looks; `looks` in a row have found it so."""

    liveness: Liveness
    live_at: AwareDatetime = Field(description="when it was last there")
    seen_at: AwareDatetime = Field(description="when it was first found gone")
    looks: int


class SourceWatch(BaseModel):
    """The watch over an item's source; without looks while nothing was captured, and where the item is sealed."""

    saved_at: AwareDatetime | None = Field(description="when something of it was first captured")
    next_at: AwareDatetime | None
    gone: GoneSince | None
    sightings: list[SightingShown] = Field(description="oldest first")


class SiteLiveness(BaseModel):
    """How the sources at one site stand, by the newest clear look at each."""

    site: str
    name: str
    watched: int
    by_liveness: dict[Liveness, int]


class LivenessFigures(BaseModel):
    """How much of what is kept is still at its source."""

    sites: list[SiteLiveness]


@router.get("/items/{item}/sightings")
def list_sightings(item: ItemPath, session: SessionDep, actor: Reviewer) -> SourceWatch:
    """Every look at an item's source after it was captured, and since when it is gone if it is."""
    row = visible_item(session, actor, item)
    saved_at, watch = liveness.saved_at(session, row.id), liveness.watch(session, row.id)
    seen = liveness.of_item(session, row.id)
    found = gone(saved_at, [Seen(Liveness(one.liveness), one.seen_at) for one in seen]) if saved_at else None
    return SourceWatch(
        saved_at=saved_at,
        next_at=watch.due_at if watch else None,
        gone=GoneSince(liveness=found.liveness, live_at=found.live_at, seen_at=found.seen_at, looks=found.looks)
        if found
        else None,
        sightings=[
            SightingShown(liveness=Liveness(one.liveness), sentence=one.sentence, seen_at=one.seen_at) for one in seen
        ],
    )


@router.get("/liveness")
def count_liveness(session: SessionDep, actor: Reviewer) -> LivenessFigures:
    """How much disappears, and where; of items that the asker may know of."""
    sites: dict[str, dict[Liveness, int]] = {}
    for one in liveness.standings(session, [sensitivity.value for sensitivity in visible_items(actor)]):
        sites.setdefault(one.site, {})[Liveness(one.liveness)] = one.count
    lines = [
        SiteLiveness(site=site, name=name_of(site), watched=sum(counts.values()), by_liveness=counts)
        for site, counts in sites.items()
    ]
    return LivenessFigures(sites=sorted(lines, key=lambda line: -line.watched))
