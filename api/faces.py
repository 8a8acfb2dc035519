"""Where a machine found faces in an item's originals: boxes over time, for copies that hide them."""

from itertools import accumulate
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import DoorsDep, ItemPath, SessionDep, visible_item
from api.queue import Reviewer
from api.shelf import Shelf, document_of
from api.strict import StrictRoute
from storage.blobs.base import BlobStore
from storage.db.tables import Holding
from storage.domain.faces import FACES, LOOK_VERSION, REDACTED, FacesDocument, FaceTrack

router = APIRouter(route_class=StrictRoute, tags=["items"])

_MOST = 20_000


class HiddenCopy(BaseModel):
    """A copy in which these faces are behind solid boxes; nobody has looked whether all are."""

    product: str
    content: str
    sentence: str


class SeenFaces(BaseModel):
    """What one look through one original has found. That a face is not in it does not mean that it is not there."""

    original: str
    product: str | None = Field(description="SHA-256 of the whole document; null where nobody looked")
    content: str | None
    outcome: str = Field(examples=["looked", "no_model"])
    sentence: str
    versions: dict[str, str]
    parameters: dict[str, Any]
    every_s: float | None = Field(description="seconds from one look to the next")
    time_base: str | None
    tracks: list[FaceTrack]
    is_cut: bool = Field(description=f"there are more than {_MOST} spans; all are in the document")
    is_outdated: bool = Field(description="looked for in an older way that may have missed more than the present one")
    hidden_copy: HiddenCopy | None = Field(
        description="null where none was made, or not from this look, or this look is outdated"
    )


@router.get("/items/{item}/faces")
def list_faces(item: ItemPath, doors: DoorsDep, session: SessionDep, actor: Reviewer) -> list[SeenFaces]:
    """The newest look through each original. Whose faces they are nobody asked; what was erased is not told of."""
    shelf = Shelf(session, visible_item(session, actor, item), actor)
    newest = {one.payload["original"]: one for one in shelf.all(FACES)}
    return [told for _, one in sorted(newest.items()) if (told := _told(doors.blobs, shelf, one)) is not None]


def _told(blobs: BlobStore, shelf: Shelf, one: Holding) -> SeenFaces | None:
    """One look, or None where its file is gone. Raises: Altered."""
    found = document_of(blobs, one, FacesDocument) if one.sha256 else None
    if one.sha256 and found is None:
        return None
    tracks = found.tracks if found else []
    so_far = accumulate(len(track.spans) for track in tracks)
    shown = [track for track, spans in zip(tracks, so_far, strict=True) if spans <= _MOST]
    return SeenFaces(
        original=one.payload["original"],
        product=one.sha256,
        content=shelf.address(one),
        outcome=one.payload["outcome"],
        sentence=one.payload["sentence"],
        versions=one.payload.get("versions", {}),
        parameters=one.payload.get("parameters", {}),
        every_s=found.every_s if found else None,
        time_base=found.time_base if found else None,
        tracks=shown,
        is_cut=len(shown) < len(tracks),
        is_outdated=_is_outdated(one),
        hidden_copy=None if _is_outdated(one) else _copy(shelf, one),
    )


def _is_outdated(look: Holding) -> bool:
    return look.sha256 is not None and look.payload.get("algorithm") != LOOK_VERSION


def _copy(shelf: Shelf, look: Holding) -> HiddenCopy | None:
    made = shelf.newest(REDACTED, look.payload["original"])
    content = shelf.address(made)
    if made is None or made.sha256 is None or content is None or made.payload["by"] != look.sha256:
        return None
    return HiddenCopy(product=made.sha256, content=content, sentence=made.payload["sentence"])
