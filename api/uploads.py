"""Supplying a file: one streamed body that is kept while it arrives, and said to be supplied, never captured."""

import io
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

import anyio.to_thread
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BeforeValidator

from api import resumable
from api.arriving import Body, check_length, length_of
from api.deps import Doors, DoorsDep, only, still
from api.idempotency import Once, keyed_digest
from api.receipts import Receipt, receipt
from api.strict import StrictRoute
from api.submissions import ItemName, ProjectName
from storage.archive import Archive
from storage.db import items
from storage.db.session import transaction
from storage.domain.fields import Line, Paragraph
from storage.domain.permissions import Actor, may_submit
from storage.domain.vocab import Sensitivity
from storage.errors import InvalidValue

# The application's limit is for documents; here the bytes themselves are counted while they are kept.
router = APIRouter(route_class=StrictRoute, tags=["submissions"])
_NOT_WHOLE = "The file did not arrive whole, or not fast enough, so nothing of it was kept."
# A note may be told in confidence: in the address it would end up in every log on the way.
_HeaderText = Annotated[Paragraph, BeforeValidator(unquote)]


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
async def upload(
    request: Request,
    doors: DoorsDep,
    actor: Annotated[Actor, Depends(only(may_submit, "upload"))],
    name: Annotated[Line, Query(description="the file's name where it came from")] = "unnamed",
    sensitivity: Sensitivity = Sensitivity.RESTRICTED,
    project: Annotated[ProjectName, Query()] = "main",
    item: Annotated[ItemName | None, Query(description="put the file to this item; for reviewers")] = None,
    x_note: Annotated[_HeaderText | None, Header(description="to the reviewers, percent-encoded UTF-8")] = None,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")] = None,
) -> Response:
    """Supply a file. Few arrive at once, 503 turns the others away; what arrives too slowly is ended with 408.

    With `Tus-Resumable: 1.0.0`, `Upload-Length` and `Upload-Metadata` (filename, note, sensitivity, project, item,
    sha256) and without a body it announces a file that comes in parts: 201, and `Location` takes them by PATCH.
    """
    if "tus-resumable" in request.headers:
        return await anyio.to_thread.run_sync(resumable.begin, request, doors, actor, idempotency_key)
    check_length(request, doors.upload_limit_bytes)
    said = Said(name, x_note or None, sensitivity, project, item, idempotency_key)
    with doors.uploads.passing(actor.id):
        return await anyio.to_thread.run_sync(_take_in, request, doors, actor, said, limiter=doors.upload_threads)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said beside a file."""

    name: str
    note: str | None
    sensitivity: Sensitivity
    project: str
    item: str | None
    key: str | None


def _take_in(request: Request, doors: Doors, actor: Actor, said: Said) -> Response:
    """No transaction is open while the file arrives: 1. look, 2. keep the bytes, 3. look again, 4. write them down."""
    # What would fill the disk is not begun: the database needs room too, to write down what has been kept.
    if "content-length" in request.headers and "transfer-encoding" not in request.headers:
        with doors.room.promised(length_of(request)):
            return _kept(Body(request, doors.pace, _NOT_WHOLE), request, doors, actor, said)
    with doors.room.growing() as arrived:
        return _kept(Body(request, doors.pace, _NOT_WHOLE, arrived), request, doors, actor, said)


def _kept(body: Body, request: Request, doors: Doors, actor: Actor, said: Said) -> Response:
    with transaction(doors.engine) as session:
        if items.project(session, said.project) is None:
            raise InvalidValue(f"There is no project called {said.project}.")
        if said.item is not None:
            Archive(session, actor).item_to_supply(said.item)
    blob = doors.blobs.put(io.BufferedReader(body, 1 << 20), limit_bytes=doors.upload_limit_bytes)
    actor = still(request, doors, may_submit, "upload")
    told = f"{said.name} {said.sensitivity} {said.project} {said.item} {said.note} {blob.digest}"
    with transaction(doors.engine) as session:
        once = Once(session, actor.id, said.key, keyed_digest(request, doors, told.encode()))
        if answer := once.earlier():
            return answer
        entry = Archive(session, actor).submit_upload(
            blob,
            name=said.name,
            note=said.note,
            sensitivity=said.sensitivity,
            project=said.project,
            item_id=said.item,
        )
        return once.keep(
            202, receipt(session, actor, entry.submission, entry.item, doors.site_budgets), exclude_none=True
        )
