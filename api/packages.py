"""Packages to take along, an item's for its reviewers and a record's for its readers, sent while they are written."""

from collections.abc import AsyncIterator, Callable, Generator
from contextlib import ExitStack
from functools import partial
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from api.deps import AnyActor, Doors, DoorsDep, ItemPath, RecordPath, SessionDep
from api.queue import Reviewer
from api.records import readable_record
from api.strict import StrictRoute
from storage.archive import Archive
from storage.db.session import transaction
from storage.domain.permissions import Actor, ActorKind
from storage.errors import Forged
from storage.log.placing import wait_until_placed
from storage.package.building import Workshop, gather, refuse_missing, whole_bytes, write
from storage.package.contents import contents_of
from storage.package.record import gather_record, publication_of, write_record
from storage.package.sink import streamed

router = APIRouter(route_class=StrictRoute)
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}
Pieces = Generator[bytes]


class PackageHolds(BaseModel):
    """What an item's package would hold for whoever asks; `withheld` files are sealed and stay behind."""

    files: int
    size_bytes: int = Field(description="of the files; what is written beside them is small")
    withheld: int
    events: int
    assertions: int


@router.get("/items/{item}/package/holds", tags=["items"])
def look_at_item(item: ItemPath, doors: DoorsDep, session: SessionDep, actor: Reviewer) -> PackageHolds:
    """What a package would hold, looked at before it is taken along. Where none can be given, this says why."""
    contents = contents_of(session, actor, item)
    refuse_missing(doors.blobs, contents)
    doors.signer()
    held = {one.sha256 for one in contents.holdings if one.sha256}
    return PackageHolds(
        files=len(contents.paths),
        size_bytes=whole_bytes(contents),
        withheld=len(held - set(contents.paths)),
        events=len(contents.events),
        assertions=len(contents.assertions),
    )


@router.get("/items/{item}/package", response_class=Response, responses=_ZIP, tags=["items"])
async def take_item(request: Request, item: ItemPath, doors: DoorsDep, actor: Reviewer) -> Response:
    """All of an item as one archive that proves itself: files, events with proofs, what was said. See docs/package.md.

    Files that are sealed stay behind where whoever asks may not read them. Taking it along is an event of the item,
    and that event is in it. 503 while the ledger cannot be signed; where bytes turn out to be altered, the answer ends
    before the archive is one.
    """
    _refuse_another_site(request, "item")
    return await _given(doors, actor, item, partial(_item, doors, actor, item))


@router.get("/records/{record}/package", response_class=Response, responses=_ZIP, tags=["records"])
async def take_record(request: Request, record: RecordPath, doors: DoorsDep, actor: AnyActor) -> Response:
    """A record's newest version as one archive that proves itself: what the record discloses, and nothing else.

    The files it names are not in it. Handing it out is an event of the ledger: each time to somebody known, once an
    hour to the public.
    """
    if actor.kind is not ActorKind.PUBLIC:
        _refuse_another_site(request, "record")
    return await _given(doors, actor, record, partial(_record, doors, actor, record))


def _refuse_another_site(request: Request, what: str) -> None:
    """What is taken along stands in the ledger under somebody's name. Raises: Forged."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise Forged(f"Another site asked for this in your name. Take the package along from the {what}'s own page.")


def _item(doors: Doors, actor: Actor, item: str) -> Pieces:
    """1. See that all is there. 2. Write down that it goes. 3. Wait until the keeper has signed that.
    4. Gather, and let go of the database: copying may take long.
    """
    with transaction(doors.engine) as session:
        refuse_missing(doors.blobs, contents_of(session, actor, item))
        workshop = Workshop(doors.blobs, doors.log, doors.signer())
        event = Archive(session, actor).record_export(item)
    wait_until_placed(doors.engine, event.id)
    with transaction(doors.engine) as session:
        gathered = gather(session, workshop, actor, item)
    return streamed(partial(write, workshop, gathered))


def _record(doors: Doors, actor: Actor, pid: str) -> Pieces:
    """As with an item: what was published a moment ago is waited for. Who may read it is asked again after that."""
    with transaction(doors.engine) as session:
        newest = readable_record(session, actor, pid)
        version, published, signer = newest.version, publication_of(session, newest).id, doors.signer()
    wait_until_placed(doors.engine, published)
    with transaction(doors.engine) as session:
        row = readable_record(session, actor, pid, version)
        gathered = gather_record(session, doors.log, signer, row)
        Archive(session, actor).record_handing_out(row)
    return streamed(partial(write_record, signer, gathered))


async def _given(doors: Doors, actor: Actor, name: str, begin: Callable[[], Pieces]) -> Response:
    """The archive on its way; its place at the turnstile is free again when it has gone out, or nobody takes it."""
    with ExitStack() as held:
        held.enter_context(doors.packages.passing(actor.id))
        pieces = await anyio.to_thread.run_sync(begin, limiter=doors.package_threads)
        held.callback(pieces.close)
        return _Package(name, pieces, doors.package_threads, held.pop_all())
    raise AssertionError("unreachable")


class _Package(StreamingResponse):
    """A ZIP archive that is written as it goes out, in threads that nothing else waits for."""

    def __init__(self, name: str, pieces: Pieces, threads: anyio.CapacityLimiter, held: ExitStack) -> None:
        headers = {"Content-Disposition": f'attachment; filename="{name}.zip"', "Cache-Control": "private, no-store"}
        super().__init__(_flowing(pieces, threads), media_type="application/zip", headers=headers)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            await super().__call__(scope, receive, send)


async def _flowing(pieces: Pieces, threads: anyio.CapacityLimiter) -> AsyncIterator[bytes]:
    while (piece := await anyio.to_thread.run_sync(next, pieces, None, limiter=threads)) is not None:
        if piece:
            yield piece
