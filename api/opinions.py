"""What a second detector makes of the shot boundaries that an item's analyses doubt: beside them, and changing none."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import DoorsDep, ItemPath, SessionDep, visible_item
from api.queue import Reviewer
from api.shelf import Shelf, document_of
from api.strict import StrictRoute
from storage.blobs.base import BlobStore
from storage.db.tables import Holding
from storage.domain.flaws import SHOTS
from storage.domain.opinions import OPINION, Opinion, OpinionsDocument

router = APIRouter(route_class=StrictRoute, tags=["items"])


class SecondOpinion(BaseModel):
    """What a second detector says of the newest shots of one original, where ours doubts them."""

    original: str
    product: str = Field(description="SHA-256 of the whole document")
    content: str | None
    sentence: str
    versions: dict[str, str]
    parameters: dict[str, Any]
    time_base: str = Field(examples=["1/15360"])
    opinions: list[Opinion]
    not_asked: int = Field(description="boundaries that were doubted less and not asked about")


@router.get("/items/{item}/shot-opinions")
def list_shot_opinions(item: ItemPath, doors: DoorsDep, session: SessionDep, actor: Reviewer) -> list[SecondOpinion]:
    """The opinions on the newest shots of each original; none where no second detector was asked about these."""
    shelf = Shelf(session, visible_item(session, actor, item), actor)
    analysed = {one.payload["original"]: one.sha256 for one in shelf.all(SHOTS)}
    newest = {one.payload["original"]: one for one in shelf.all(OPINION) if one.sha256}
    ours = [one for original, one in sorted(newest.items()) if one.payload["shots"] == analysed.get(original)]
    return [told for one in ours if (told := _told(doors.blobs, shelf, one)) is not None]


def _told(blobs: BlobStore, shelf: Shelf, one: Holding) -> SecondOpinion | None:
    """The opinions in one document, or None where its file is gone. Raises: Altered."""
    found = document_of(blobs, one, OpinionsDocument)
    if found is None or one.sha256 is None:
        return None
    return SecondOpinion(
        original=found.original,
        product=one.sha256,
        content=shelf.address(one),
        sentence=one.payload["sentence"],
        versions=one.payload["versions"],
        parameters=one.payload["parameters"],
        time_base=found.time_base,
        opinions=found.opinions,
        not_asked=found.not_asked,
    )
