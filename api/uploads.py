"""Supplying a file: one streamed body that is kept while it arrives, and said to be supplied, never captured."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import unquote

import anyio.from_thread
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BeforeValidator
from starlette.requests import ClientDisconnect

from api.deps import DoorsDep, only
from api.idempotency import Once
from api.strict import StrictRoute
from api.submissions import ProjectName, Receipt, receipt
from storage.archive import Archive
from storage.db import items
from storage.db.session import transaction
from storage.domain.assertions import Line, Paragraph
from storage.domain.permissions import Actor, may_submit
from storage.domain.vocab import Sensitivity
from storage.errors import ArchiveError, InvalidValue, TooLarge

# The application's limit is for documents; here the bytes themselves are counted while they are kept.
router = APIRouter(route_class=StrictRoute, tags=["submissions"])
_SILENCE_S = 60.0
# A note may be told in confidence: in the address it would end up in every log on the way.
_HeaderText = Annotated[Paragraph, BeforeValidator(unquote)]


class Abandoned(ArchiveError):
    """Whoever sent the body went away before its end, or fell silent."""

    code = "abandoned"
    status = 408


class NotTheFile(ArchiveError):
    """The body is a form around the file, not the file."""

    code = "unsupported_media_type"
    status = 415


@router.post(
    "/uploads",
    status_code=202,
    response_model=Receipt,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def upload(
    request: Request,
    doors: DoorsDep,
    actor: Annotated[Actor, Depends(only(may_submit, "upload"))],
    name: Annotated[Line, Query(description="the file's name where it came from")] = "unnamed",
    sensitivity: Sensitivity = Sensitivity.RESTRICTED,
    project: Annotated[ProjectName, Query()] = "main",
    x_note: Annotated[_HeaderText | None, Header(description="to the reviewers, percent-encoded UTF-8")] = None,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")] = None,
) -> Response:
    """Supply a file. No transaction is open while it arrives: 1. look, 2. keep the bytes, 3. write them down."""
    _check_length(request, doors.upload_limit_bytes)
    with transaction(doors.engine) as session:
        if items.project(session, project) is None:
            raise InvalidValue(f"There is no project called {project}.")
    body = _Body(request)
    blob = doors.blobs.put(io.BufferedReader(body, 1 << 20), limit_bytes=doors.upload_limit_bytes)
    told = f"{request.method} {request.url.path} {name} {sensitivity} {project} {x_note} {blob.digest}"
    with transaction(doors.engine) as session:
        once = Once(session, actor.id, idempotency_key, hashlib.sha256(told.encode()).hexdigest())
        if answer := once.earlier():
            return answer
        entry = Archive(session, actor).submit_upload(
            blob, name=name, note=x_note or None, sensitivity=sensitivity, project=project
        )
        return once.keep(202, receipt(session, actor, entry.submission, entry.item), exclude_none=True)


def _check_length(request: Request, limit_bytes: int) -> None:
    """Turn away early what says itself that it is too much, or what is a form and not the file."""
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise NotTheFile("Send the file itself as the body, not a form that holds it.")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > limit_bytes):
        raise TooLarge(f"The file is larger than the {limit_bytes:,} bytes that are taken.")


class _Body(io.RawIOBase):
    """The request's body as a file to read from, for code in a worker thread; the loop goes on meanwhile."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._chunks: AsyncIterator[bytes] = aiter(request.stream())
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            chunk = anyio.from_thread.run(self._next)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    async def _next(self) -> bytes | None:
        try:
            return await asyncio.wait_for(anext(self._chunks), _SILENCE_S)
        except StopAsyncIteration:
            return None
        except (ClientDisconnect, TimeoutError) as gone:
            raise Abandoned("The file did not arrive whole, so nothing of it was kept.") from gone
