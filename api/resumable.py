"""Supplying a file in parts that survive bad networks and restarts: tus 1.0 and four of its extensions.

Source: https://tus.io/protocols/resumable-upload version 1.0.0, with creation, expiration, termination and checksum.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel

from api.arriving import Body
from api.deps import Doors, DoorsDep, only, still
from api.idempotency import Once, keyed_digest
from api.parts import (
    CHECKSUMS,
    PART_TYPE,
    VERSION,
    ChecksumMismatch,
    NotAPart,
    append,
    check_offset,
    check_version,
    checksum_in,
    declared_length,
    said_in,
)
from api.strict import StrictRoute
from storage.archive import Archive
from storage.blobs.base import Blob
from storage.blobs.incoming import Declared, Part
from storage.db import answers, items
from storage.db.session import transaction
from storage.domain.ids import UploadId, new_id
from storage.domain.permissions import Actor, may_submit
from storage.errors import BadQuery, Conflict, InvalidValue, NotFound
from storage.integrity.digest import Digester, chunks

router = APIRouter(route_class=StrictRoute, tags=["submissions"])
_LOST = "The connection broke off or became too slow. What has arrived is kept: ask how much, and send the rest."
# Whoever has begun so many files has room promised for all of them.
_UNFINISHED_EACH = 16
# And for so many times the largest file: one who only announces must not keep the disk from all others.
_PROMISED_EACH = 3

UploadPath = Annotated[str, Path(pattern=r"^upl_[0-9a-z]{26}$")]
Uploader = Annotated[Actor, Depends(only(may_submit, "upload"))]


class TooManyUnfinished(Conflict):
    """Somebody has begun many files and finished none."""

    code = "too_many_unfinished"


class PartsLink(BaseModel):
    """Where the parts go."""

    self: str


class Begun(BaseModel):
    """A file that was announced."""

    upload: str
    links: PartsLink


class UnfinishedUpload(BaseModel):
    """A file that has not come whole; no new byte until `expires_at`, and it is forgotten."""

    upload: str
    name: str
    size_bytes: int
    received_bytes: int
    expires_at: datetime


class UnfinishedUploads(BaseModel):
    """What somebody has begun and not finished, the longest untouched first."""

    data: list[UnfinishedUpload]


class Arrived(BaseModel):
    """What became of a file that is here whole."""

    submission: str
    sha256: str
    size_bytes: int


def begin(request: Request, doors: Doors, actor: Actor, key: str | None) -> Response:
    """Announce a file: 1. what is said, 2. whether it may, 3. room for all of it, 4. the folder remembers it."""
    check_version(request)
    if request.query_params:
        raise BadQuery("What is said beside a resumable upload goes into Upload-Metadata, not into the address.")
    metadata = request.headers.get("upload-metadata", "")
    said = said_in(metadata)
    size_bytes = declared_length(request, doors.upload_limit_bytes)
    with transaction(doors.engine) as session:
        if items.project(session, said.project) is None:
            raise InvalidValue(f"There is no project called {said.project}.")
        if said.item is not None:
            Archive(session, actor).item_to_supply(said.item)
        once = Once(session, actor.id, key, keyed_digest(request, doors, f"{size_bytes} {metadata}".encode()))
        answer = once.earlier()
        if answer is None:
            upload = _announced(doors, actor, size_bytes, metadata)
            answer = once.keep(201, Begun(upload=upload, links=PartsLink(self=f"/api/v1/uploads/{upload}")))
    answer.headers["Tus-Resumable"] = VERSION
    return answer


@router.get("/uploads")
def list_unfinished(doors: DoorsDep, actor: Uploader) -> UnfinishedUploads:
    """The files that you have begun to send and not finished, wherever you did: go on with them, or remove them."""
    mine = [part for part in doors.incoming.unfinished() if part.declared.owner == actor.id]
    told = [one for part in mine if (one := _unfinished(doors, part)) is not None]
    return UnfinishedUploads(data=sorted(told, key=lambda one: one.expires_at))


@router.options("/uploads", status_code=204, response_class=Response)
def tell_protocol(doors: DoorsDep) -> Response:
    """Which resumable uploads are taken here (tus 1.0)."""
    told = {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Max-Size": str(doors.upload_limit_bytes),
        "Tus-Extension": "creation,expiration,termination,checksum",
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }
    return Response(status_code=204, headers=told)


@router.head("/uploads/{upload}", response_class=Response)
def tell_offset(upload: UploadPath, request: Request, doors: DoorsDep, actor: Uploader) -> Response:
    """How much of a file has arrived, `Upload-Offset`; a whole one names its receipt in `Upload-Receipt`."""
    check_version(request)
    return _standing(200, upload, doors, actor)


@router.patch(
    "/uploads/{upload}",
    status_code=204,
    response_class=Response,
    openapi_extra={
        "requestBody": {"required": True, "content": {PART_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def take_part(upload: UploadPath, request: Request, doors: DoorsDep, actor: Uploader) -> Response:
    """The next part of a file, from `Upload-Offset` on; the last one hands the file in, as `Upload-Receipt` says."""
    check_version(request)
    if request.headers.get("content-type", "").lower() != PART_TYPE:
        raise NotAPart(f"A part of a file is sent as {PART_TYPE}.")
    with doors.uploads.passing(actor.id):
        return await anyio.to_thread.run_sync(
            partial(_take, upload, request, doors, actor), limiter=doors.upload_threads
        )


@router.delete("/uploads/{upload}", status_code=204, response_class=Response)
def remove(upload: UploadPath, request: Request, doors: DoorsDep, actor: Uploader) -> Response:
    """Forget a file that has not arrived whole; what has is kept, as everything that was handed in."""
    check_version(request)
    with doors.incoming.held(upload, actor.id) as part:
        part.remove()
    return Response(status_code=204, headers={"Tus-Resumable": VERSION})


def _unfinished(doors: Doors, part: Part) -> UnfinishedUpload | None:
    """None where it has ended meanwhile."""
    declared = part.declared
    try:
        received_bytes = part.received_bytes
    except FileNotFoundError:
        return None
    return UnfinishedUpload(
        upload=declared.upload,
        name=said_in(declared.said).filename,
        size_bytes=declared.size_bytes,
        received_bytes=received_bytes,
        expires_at=_expires_at(doors, declared.upload),
    )


def _expires_at(doors: Doors, upload: str) -> datetime:
    return datetime.fromtimestamp(doors.incoming.touched_at(upload) + doors.upload_patience_s, UTC)


def _announced(doors: Doors, actor: Actor, size_bytes: int, metadata: str) -> str:
    mine = sum(1 for part in doors.incoming.unfinished() if part.declared.owner == actor.id)
    if mine >= _UNFINISHED_EACH:
        raise TooManyUnfinished(f"You have begun {mine} files and finished none of them; finish or remove one first.")
    to_come = size_bytes + doors.incoming.missing_bytes(actor.id)
    if to_come > _PROMISED_EACH * doors.upload_limit_bytes:
        raise TooManyUnfinished(
            f"With this one {to_come:,} bytes of your files would be still to come, and room is kept for "
            f"{_PROMISED_EACH * doors.upload_limit_bytes:,}; finish or remove one first."
        )
    upload = new_id(UploadId)
    with doors.room.promised(size_bytes):
        doors.incoming.begin(Declared(upload, actor.id, size_bytes, metadata))
    return upload


def _take(upload: str, request: Request, doors: Doors, actor: Actor) -> Response:
    if _arrived(doors, actor, upload) is None:
        with doors.incoming.held(upload, actor.id) as part:
            check_offset(request, part.received_bytes)
            append(part, Body(request, doors.pace, _LOST), checksum_in(request))
        actor = still(request, doors, may_submit, "upload")
    return _standing(204, upload, doors, actor)


def _standing(status: int, upload: str, doors: Doors, actor: Actor) -> Response:
    """How far a file has come. One that is whole and was not handed in, because we were stopped, is handed in now."""
    headers = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
    arrived = _arrived(doors, actor, upload)
    if arrived is None:
        with doors.incoming.held(upload, actor.id) as part:
            size_bytes, received_bytes = part.declared.size_bytes, part.received_bytes
            headers |= {"Upload-Metadata": part.declared.said} if part.declared.said else {}
            if received_bytes == size_bytes:
                arrived = _hand_in(doors, actor, part)
            else:
                headers["Upload-Expires"] = format_datetime(_expires_at(doors, upload), usegmt=True)
    if arrived is not None:
        size_bytes = received_bytes = arrived.size_bytes
        headers |= {
            "Upload-Receipt": f"/api/v1/submissions/{arrived.submission}",
            "Upload-Digest": f"sha256:{arrived.sha256}",
        }
    headers |= {"Upload-Offset": str(received_bytes), "Upload-Length": str(size_bytes)}
    return Response(status_code=status, headers=headers)


def _hand_in(doors: Doors, actor: Actor, part: Part) -> Arrived:
    """Once, whatever happens between: 1. digest, 2. compare, 3. note, 4. the store keeps it, 5. rows, 6. forget it.

    A kill after 3 leaves the note, and the bytes here or in the store: whoever asks next goes on from there.
    """
    said = said_in(part.declared.said)
    blob = part.digested
    if blob is None:
        blob = _digests(part)
        if said.sha256 not in (None, blob.digest.hex):
            part.remove()
            sentence = (
                f"The file arrived with the SHA-256 {blob.digest.hex}, not {said.sha256}; nothing of it was kept."
            )
            raise ChecksumMismatch(sentence)
        part.note(blob)
    if part.path.exists():
        blob = doors.blobs.adopt(part.path)
    elif doors.blobs.size_bytes(blob.digest) is None:
        part.remove()
        raise NotFound("This file was lost on its way into the store. Please send it once more.")
    with transaction(doors.engine) as session:
        entry = Archive(session, actor).submit_upload(
            blob,
            name=said.filename,
            note=said.note,
            sensitivity=said.sensitivity,
            project=said.project,
            item_id=said.item,
        )
        arrived = Arrived(submission=entry.submission.id, sha256=blob.digest.hex, size_bytes=blob.size_bytes)
        # Remembered like any other answer, under a key that no client can send.
        key, told = _key(part.declared.upload), arrived.model_dump()
        answers.keep(session, actor.id, key, request_sha256=blob.digest.hex, status=204, body=told)
    part.remove()
    return arrived


def _arrived(doors: Doors, actor: Actor, upload: str) -> Arrived | None:
    """What became of a file that was handed in within the last week."""
    with transaction(doors.engine) as session:
        known = answers.given(session, actor.id, _key(upload))
        return Arrived.model_validate(known.body) if known else None


def _key(upload: str) -> str:
    return f"upload {upload}"


def _digests(part: Part) -> Blob:
    digester = Digester()
    with part.path.open("rb") as stream:
        for chunk in chunks(stream):
            digester.update(chunk)
    return Blob(digester.digest, digester.sha512, digester.size_bytes)
