"""Leases: who is editing an item, for how long, and who would like to be next."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import ArchiveDep, ItemPath, only
from api.holders import Lease, lease_shown
from api.strict import StrictRoute
from api.telling import telling
from storage.domain.permissions import Actor, may_review

router = APIRouter(route_class=StrictRoute, tags=["leases"])
Editor = Annotated[Actor, Depends(only(may_review, "edit items"))]


@router.put("/items/{item}/lease")
def take_lease(
    item: ItemPath,
    archive: ArchiveDep,
    actor: Editor,
    take: Annotated[bool, Query(description="end somebody else's lease; for leads")] = False,
) -> Lease:
    """Begin to edit an item, or go on: ten minutes from now. 409 `leased` while somebody else does."""
    with telling(archive.session, actor):
        return lease_shown(archive.session, actor, archive.take_lease(item, takes_over=take))


@router.delete("/items/{item}/lease", status_code=204)
def give_up_lease(item: ItemPath, archive: ArchiveDep, _actor: Editor) -> None:
    """Stop editing an item; nothing happens where somebody else does."""
    archive.give_up_lease(item)


@router.post("/items/{item}/lease/requests", status_code=202)
def ask_for_lease(item: ItemPath, archive: ArchiveDep, actor: Editor) -> Lease:
    """Tell whoever is editing that somebody waits; whoever asks first is shown."""
    return lease_shown(archive.session, actor, archive.ask_for_lease(item))
