"""The custody log to whoever wants to check it: checkpoints and tiles are everybody's, proofs their reviewers'."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from api.deps import DoorsDep, ItemPath, SessionDep, visible_item
from api.queue import Reviewer
from api.strict import StrictRoute
from storage.db import events, log
from storage.errors import NotFound
from storage.integrity.tiles import WIDTH, Tile
from storage.log.inspection import prove, trusted_keys

router = APIRouter(route_class=StrictRoute, tags=["custody"])
EventPath = Annotated[str, Path(pattern=r"^evt_[0-9a-z]{26}$")]
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_FOR_NOW = {"Cache-Control": "no-cache"}


class SigningKey(BaseModel):
    """A key the log signs with, as a `vkey` of C2SP signed-note, and the sizes it signs for."""

    key: str
    first_size: int
    last_size: int | None = Field(description="null for the key in use")
    succession: str | None = Field(
        description="the note, signed by it and the key before it, by which it followed that one"
    )


class SigningKeys(BaseModel):
    """Who signs the log. Whoever wants proof compares these with keys from somewhere else than this server."""

    origin: str | None
    keys: list[SigningKey]


@router.get("/ledger/checkpoint", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def read_checkpoint(doors: DoorsDep) -> Response:
    """The newest signed checkpoint (C2SP tlog-checkpoint)."""
    note = doors.log.checkpoint()
    if note is None:
        raise NotFound("Nothing has been signed yet.")
    return Response(note, media_type="text/plain; charset=utf-8", headers=_FOR_NOW)


@router.get(
    "/ledger/tile/{tile:path}", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}}
)
def read_tile(tile: Annotated[str, Path(max_length=60)], doors: DoorsDep) -> Response:
    """A tile of hashes or a bundle of entries (C2SP tlog-tiles). An entry is the digest of its event, and no more."""
    try:
        wanted = Tile.parse(f"tile/{tile}")
    except ValueError:
        raise NotFound("There is no such tile.") from None
    content = doors.log.read(wanted)
    headers = _FOR_EVER if wanted.width == WIDTH else _FOR_NOW
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.get("/ledger/keys")
def read_signing_keys(session: SessionDep) -> SigningKeys:
    """The keys checkpoints are signed with, the oldest first."""
    head = log.head(session)
    keys = [
        SigningKey(key=str(one.key), first_size=one.first_size, last_size=one.last_size, succession=row.succession)
        for one, row in zip(trusted_keys(session), log.keys(session), strict=True)
    ]
    return SigningKeys(origin=head.origin if head else None, keys=keys)


@router.get(
    "/items/{item}/events/{event}/proof", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
)
def read_proof(item: ItemPath, event: EventPath, doors: DoorsDep, session: SessionDep, actor: Reviewer) -> Response:
    """One file that proves, offline, that this event is in the log (C2SP tlog-proof)."""
    row = visible_item(session, actor, item)
    if not events.is_of_item(session, row.id, event):
        raise NotFound("This item has no such event.")
    content = prove(session, doors.log, event, log.newest_checkpoint(session)).written()
    disposition = {"Content-Disposition": f'attachment; filename="{event}.tlog-proof"'}
    return Response(content, media_type="text/plain; charset=utf-8", headers=_FOR_NOW | disposition)
