"""The bytes of a file: served in parts, permission checked at each request, never as anything a browser would run."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.deps import DoorsDep, FilePath, ItemPath, SessionDep, only, visible_item
from api.ranges import AskedBytesDep
from api.strict import StrictRoute
from storage.archive import Archive
from storage.db import pages
from storage.db.tables import Holding, Item
from storage.domain.permissions import Actor, may_read_file, may_review
from storage.domain.vocab import FileRole, Sensitivity
from storage.errors import Altered, NotAllowed, NotFound
from storage.integrity.digest import Digest

router = APIRouter(route_class=StrictRoute, tags=["items"])

# What a browser may show in place; everything else is saved, under a type that nothing runs.
_SHOWN = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/webm": "webm",
    "audio/flac": "flac",
    "text/vtt": "vtt",
}


@router.head("/items/{item}/files/{file}/content", include_in_schema=False)
@router.get("/items/{item}/files/{file}/content", response_class=Response)
def read_content(
    request: Request,
    item: ItemPath,
    file: FilePath,
    asked: AskedBytesDep,
    doors: DoorsDep,
    session: SessionDep,
    actor: Annotated[Actor, Depends(only(may_review, "read files"))],
) -> Response:
    """A file's bytes, whole or in one part (RFC 9110, section 14); its ETag is its digest.

    Reading restricted material is an event of the ledger, once for each person, file and hour.
    """
    row, holding, digest = _permitted(item, file, session, actor)
    size_bytes = doors.blobs.size_bytes(digest)
    if size_bytes is None:
        raise Altered(f"the bytes of {digest} are missing from the store")
    if request.method != "HEAD":
        Archive(session, actor).record_read(row, holding)
    media_type = holding.media_type if holding.media_type in _SHOWN else "application/octet-stream"
    headers = {
        # Kept by the browser, asked for again each time: the permission may be gone by then.
        "Cache-Control": "private, no-cache",
        "Content-Disposition": _disposition(holding, digest),
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }
    return asked.answer(f'"{digest.hex}"', size_bytes, media_type, headers, lambda: doors.blobs.open(digest))


def plays_as(media_type: str) -> bool:
    """Whether a browser is given bytes of this type as such, and not as something to save."""
    return media_type in _SHOWN


def _permitted(item_id: str, file: str, session: SessionDep, actor: Actor) -> tuple[Item, Holding, Digest]:
    """The item, and the first of its holdings of these bytes that the actor may read: held sealed and open is open."""
    item = visible_item(session, actor, item_id)
    digest = Digest.parse(file)
    held = pages.holdings_with_digest(session, item.id, digest.hex)
    if not held:
        raise NotFound("This item has no such file.")
    for holding in held:
        if may_read_file(actor, Sensitivity(item.sensitivity), sealed_file=holding.sealed):
            return item, holding, digest
    raise NotAllowed("This file is sealed; stewards may read it.")


def _disposition(holding: Holding, digest: Digest) -> str:
    """Originals are evidence and are saved; products that a browser can show are shown."""
    ending = _SHOWN.get(holding.media_type, "bin")
    shown = holding.role == FileRole.PRODUCT and ending != "bin"
    return f'{"inline" if shown else "attachment"}; filename="{digest.hex[:16]}.{ending}"'
