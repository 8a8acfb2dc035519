"""What machines read and heard in an item's originals: computations, which people confirm or correct by quotes."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError

from api.deps import DoorsDep, ItemPath, SessionDep, visible_item
from api.queue import Reviewer
from api.shelf import Shelf
from api.strict import StrictRoute
from storage.blobs.base import BlobStore
from storage.db.tables import Holding
from storage.domain.documents import DOCUMENT_LIMIT_BYTES
from storage.domain.machine_text import (
    OCR,
    TRANSCRIPT,
    HeardSegment,
    HeardText,
    SeenLine,
    SeenText,
)
from storage.errors import Altered, NotFound
from storage.integrity.digest import Digest

router = APIRouter(route_class=StrictRoute, tags=["items"])

_MOST = 5000


class MachineText(BaseModel):
    """One machine's reading of one original. Its lines are counted from 0, as a quote's `machine` names them."""

    kind: Literal["ocr", "transcript"]
    original: str
    product: str | None = Field(description="SHA-256 of the whole document; null where nothing was read")
    content: str | None
    outcome: str = Field(examples=["read", "no_program", "no_model"])
    sentence: str
    versions: dict[str, str]
    parameters: dict[str, Any]
    seen: list[SeenLine]
    heard: list[HeardSegment]
    is_cut: bool = Field(description=f"there are more lines than these {_MOST}; all are in the document")


@router.get("/items/{item}/text")
def list_text(item: ItemPath, doors: DoorsDep, session: SessionDep, actor: Reviewer) -> list[MachineText]:
    """The newest reading of each kind of each original.

    Nobody vouches for it: what a person has read or heard is a quote. What was erased is not told of.
    """
    shelf = Shelf(session, visible_item(session, actor, item), actor)
    newest = {(one.payload["original"], one.kind): one for kind in (OCR, TRANSCRIPT) for one in shelf.all(kind)}
    return [told for _, one in sorted(newest.items()) if (told := _told(doors.blobs, shelf, one)) is not None]


def _told(blobs: BlobStore, shelf: Shelf, one: Holding) -> MachineText | None:
    """One reading, or None where its file is gone. Raises: Altered."""
    seen: list[SeenLine] = []
    heard: list[HeardSegment] = []
    if one.sha256 is not None:
        try:
            with blobs.open(Digest.parse(one.sha256)) as kept:
                document = kept.read(DOCUMENT_LIMIT_BYTES)
            if one.kind == OCR:
                seen = SeenText.model_validate_json(document).lines
            else:
                heard = HeardText.model_validate_json(document).segments
        except NotFound:
            return None
        except ValidationError as error:
            raise Altered(f"the reading kept as sha256:{one.sha256} is not what was written") from error
    return MachineText(
        kind="ocr" if one.kind == OCR else "transcript",
        original=one.payload["original"],
        product=one.sha256,
        content=shelf.address(one),
        outcome=one.payload["outcome"],
        sentence=one.payload["sentence"],
        versions=one.payload.get("versions", {}),
        parameters=one.payload.get("parameters", {}),
        seen=seen[:_MOST],
        heard=heard[:_MOST],
        is_cut=max(len(seen), len(heard)) > _MOST,
    )
