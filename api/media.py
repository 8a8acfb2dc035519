"""The bytes of a file: served in parts, permission checked at each request, never as anything a browser would run."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse

from api.deps import DoorsDep, FilePath, ItemPath, SessionDep, only, visible_item
from api.problems import problem
from api.ranges import Part, Unsatisfiable, wanted_part
from api.strict import StrictRoute
from storage.blobs.base import BlobStore
from storage.db import pages
from storage.db.tables import Holding
from storage.domain.permissions import Actor, may_read_file, may_review
from storage.domain.vocab import FileRole, Sensitivity
from storage.errors import Altered, NotAllowed, NotFound
from storage.integrity.digest import Digest

router = APIRouter(route_class=StrictRoute, tags=["items"])

_CHUNK_BYTES = 256 << 10
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
    doors: DoorsDep,
    session: SessionDep,
    actor: Annotated[Actor, Depends(only(may_review, "read files"))],
    range_: Annotated[str | None, Header(alias="Range", max_length=1000)] = None,
    if_range: Annotated[str | None, Header(max_length=200)] = None,
    if_none_match: Annotated[str | None, Header(max_length=2000)] = None,
) -> Response:
    """A file's bytes, whole or in one part (RFC 9110, section 14); its ETag is its digest."""
    holding, digest = _permitted(item, file, session, actor)
    etag = f'"{digest.hex}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        # Kept by the browser, asked for again each time: the permission may be gone by then.
        "Cache-Control": "private, no-cache",
        "Content-Disposition": _disposition(holding, digest),
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }
    if _names(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    size_bytes = doors.blobs.size_bytes(digest)
    if size_bytes is None:
        raise Altered(f"the bytes of {digest} are missing from the store")
    try:
        part = wanted_part(range_ if if_range in (None, etag) else None, size_bytes)
    except Unsatisfiable:
        unsatisfiable = {"Content-Range": f"bytes */{size_bytes}"}
        return problem(416, "range_not_satisfiable", f"The file has {size_bytes:,} bytes.", headers=unsatisfiable)
    chosen = part or Part(0, size_bytes)
    headers["Content-Length"] = str(chosen.length)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size_bytes}"
    media_type = holding.media_type if holding.media_type in _SHOWN else "application/octet-stream"
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(None, status, headers, media_type)
    return StreamingResponse(_bytes_of(doors.blobs, digest, chosen), status, headers, media_type)


def plays_as(media_type: str) -> bool:
    """Whether a browser is given bytes of this type as such, and not as something to save."""
    return media_type in _SHOWN


def _permitted(item_id: str, file: str, session: SessionDep, actor: Actor) -> tuple[Holding, Digest]:
    """The first of the item's holdings of these bytes that the actor may read: held both sealed and open is open."""
    item = visible_item(session, actor, item_id)
    digest = Digest.parse(file)
    held = pages.holdings_with_digest(session, item.id, digest.hex)
    if not held:
        raise NotFound("This item has no such file.")
    for holding in held:
        if may_read_file(actor, Sensitivity(item.sensitivity), sealed_file=holding.sealed):
            return holding, digest
    raise NotAllowed("This file is sealed; stewards may read it.")


def _disposition(holding: Holding, digest: Digest) -> str:
    """Originals are evidence and are saved; products that a browser can show are shown."""
    ending = _SHOWN.get(holding.media_type, "bin")
    shown = holding.role == FileRole.PRODUCT and ending != "bin"
    return f'{"inline" if shown else "attachment"}; filename="{digest.hex[:16]}.{ending}"'


def _names(header: str | None, etag: str) -> bool:
    return header is not None and (
        header.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in header.split(",")]
    )


def _bytes_of(blobs: BlobStore, digest: Digest, part: Part) -> Iterator[bytes]:
    with blobs.open(digest) as stream:
        stream.seek(part.start)
        left = part.length
        while left > 0:
            chunk = stream.read(min(_CHUNK_BYTES, left))
            if not chunk:
                raise Altered("a kept file ends before its length")
            left -= len(chunk)
            yield chunk
