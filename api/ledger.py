"""The ledger for everybody: what was signed, by which keys, who watched; its tiles, and proofs of single events."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.orm import Session

from api.deps import DoorsDep, ItemPath, SessionDep, only, visible_item
from api.queue import Reviewer
from api.strict import StrictRoute
from storage.blobs.ledger import LedgerFiles
from storage.db import checkpoints, events, installation, leaves
from storage.db.transparency import SignedCheckpoint
from storage.domain.permissions import Actor, may_read_entries
from storage.errors import NotFound, Unavailable
from storage.integrity.checkpoint import Checkpoint, parse_checkpoint
from storage.integrity.merkle import HASH_BYTES, inclusion_proof
from storage.integrity.note import Malformed, VerifierKey, parse_note
from storage.integrity.proof import SUFFIX, Proof
from storage.integrity.tiles import Tile, bundle, entries_of, newest_tile, parse_path, tiled_nodes

router = APIRouter(route_class=StrictRoute, tags=["ledger"])

_TEXT = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"
# A tile that is full, or as wide as some checkpoint's, never changes.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_NOT_KEPT = {"Cache-Control": "no-store"}
_NOTHING_SIGNED = "The ledger has not signed anything yet; its keeper does so within seconds of the first event."


class Witnessed(BaseModel):
    """A witness that has cosigned the newest checkpoint."""

    witness: str
    at: datetime


class Stamped(BaseModel):
    """Somebody else's word for when a checkpoint was there; `stamped_at` is null while it is promised only."""

    kind: str
    authority: str
    size: int
    sha256: str
    stamped_at: datetime | None


class LedgerState(BaseModel):
    """How far the ledger has come, and what stands behind it besides our own signature."""

    origin: str | None
    size: int = Field(description="leaves that the newest checkpoint covers")
    root: str | None = Field(description="base64, as in the checkpoint")
    signed_at: AwareDatetime | None
    waiting: int = Field(description="events that have no place in the tree yet")
    waiting_since: AwareDatetime | None
    is_halted: bool = Field(description="nothing is added to the tree; the doctor tells an admin why")
    witnessed: list[Witnessed]
    stamped: list[Stamped] = Field(description="for each authority the stamp of the largest tree")
    sentences: list[str] = Field(description="what is missing, in plain words; empty where nothing is")


class KeyShown(BaseModel):
    """A public key of the ledger (C2SP signed-note, `name+id+key`) and the sizes at which it signs."""

    number: int
    vkey: str
    first_size: int
    last_size: int | None
    succession: str | None = Field(description="the statement by which it follows the key before it, signed by both")
    made_at: AwareDatetime


class Keys(BaseModel):
    """Every key the ledger has had."""

    origin: str | None
    keys: list[KeyShown]


@router.get("/ledger")
def read_ledger(session: SessionDep) -> LedgerState:
    """How far the ledger has come, and plainly what it lacks: witnesses, time stamps."""
    newest, waiting = checkpoints.newest(session), leaves.lag(session)
    known = installation.examination(session, installation.LEDGER)
    is_halted = bool(known and known.body.get("halted"))
    cosigned = checkpoints.cosignatures(session, newest.size) if newest else ()
    stamped = [
        Stamped(kind=row.kind, authority=row.authority, size=row.size, sha256=row.sha256, stamped_at=row.stamped_at)
        for row in checkpoints.newest_stamps(session)
    ]
    signed = _signed(newest) if newest else None
    return LedgerState(
        origin=signed.origin if signed else _origin(session),
        size=newest.size if newest else 0,
        root=newest.note.split("\n")[2] if newest else None,
        signed_at=newest.made_at if newest else None,
        waiting=waiting.events,
        waiting_since=waiting.since,
        is_halted=is_halted,
        witnessed=[Witnessed(witness=row.witness, at=row.witnessed_at) for row in cosigned],
        stamped=stamped,
        sentences=_missing(newest, is_halted=is_halted, witnessed=bool(cosigned), stamped=stamped),
    )


@router.get("/ledger/checkpoint", response_class=Response)
def read_checkpoint(session: SessionDep, doors: DoorsDep) -> Response:
    """The newest checkpoint with the cosignatures it has (C2SP tlog-checkpoint)."""
    row = _written_out(session, doors.ledger)
    return Response(_with_cosignatures(session, row), media_type=_TEXT, headers={"Cache-Control": "no-cache"})


@router.get("/ledger/keys")
def read_keys(session: SessionDep) -> Keys:
    """The ledger's public keys, the first one first. Write one of them down where this archive cannot change it."""
    rows = checkpoints.keys(session)
    ends: list[int | None] = [*(row.first_size for row in rows[1:]), None]
    shown = [
        KeyShown(
            number=row.number,
            vkey=row.vkey,
            first_size=row.first_size,
            last_size=last,
            succession=row.succession,
            made_at=row.made_at,
        )
        for row, last in zip(rows, ends, strict=False)
    ]
    return Keys(origin=_origin(session), keys=shown)


TilePath = Annotated[str, Path(max_length=60, description="as C2SP tlog-tiles spells it, such as x001/234.p/56")]


@router.get("/ledger/tile/entries/{path:path}", response_class=Response)
def read_entries(
    path: TilePath,
    doors: DoorsDep,
    session: SessionDep,
    _actor: Annotated[Actor, Depends(only(may_read_entries, "read the ledger's entries"))],
) -> Response:
    """A bundle of the events themselves, sealed items' too: for stewards and admins (C2SP tlog-tiles)."""
    return Response(_tile(session, doors.ledger, f"tile/entries/{path}"), media_type=_BYTES, headers=_NOT_KEPT)


@router.get("/ledger/tile/{level}/{path:path}", response_class=Response)
def read_tile(
    level: Annotated[str, Path(pattern=r"^\d{1,2}$")], path: TilePath, doors: DoorsDep, session: SessionDep
) -> Response:
    """A tile of hashes, for everybody: they tell how much was written, and nothing of what (C2SP tlog-tiles)."""
    return Response(_tile(session, doors.ledger, f"tile/{level}/{path}"), media_type=_BYTES, headers=_FOR_EVER)


EventPath = Annotated[str, Path(pattern=r"^(evt_[0-9a-z]{26}|\d{1,18})$", description="an event's id, or its `seq`")]


@router.get("/items/{item}/events/{event}/proof", response_class=Response)
def read_proof(item: ItemPath, event: EventPath, session: SessionDep, doors: DoorsDep, actor: Reviewer) -> Response:
    """A file that shows without asking anybody that this event stands in the ledger (C2SP tlog-proof).

    Under the newest checkpoint that a witness has cosigned, where one covers it, else under the newest one.
    Raises: NotFound, Unavailable for an event so new that no checkpoint covers it.
    """
    row = visible_item(session, actor, item)
    line = events.one_of_item(session, row.id, event)
    if line is None:
        raise NotFound("This item has no such event.")
    index = leaves.index_of(session, line.seq)
    signed = _covering(session, doors.ledger, index)
    if index is None or signed is None:
        raise Unavailable("No checkpoint covers this event yet; ask again in a few seconds.", code="not_yet_signed")
    hashes = inclusion_proof(tiled_nodes(signed.size, doors.ledger.tile), index, signed.size)
    proof = Proof(index, tuple(hashes), _with_cosignatures(session, signed)).text()
    name = f'attachment; filename="{line.id}{SUFFIX}"'
    return Response(proof, media_type=_TEXT, headers={"Content-Disposition": name, **_NOT_KEPT})


def _tile(session: Session, files: LedgerFiles, path: str) -> bytes:
    """A tile as far as the newest checkpoint reaches; one that is narrower than what is there is cut from that."""
    size = _written_out(session, files).size
    try:
        tile = parse_path(path)
    except Malformed:
        raise NotFound("There is no such tile.") from None
    there = newest_tile(tile.level, tile.index, size)
    if there is None or there.width < tile.width:
        raise NotFound("There is no such tile in a ledger of this size.")
    content = files.tile(there)
    if tile.level is not None:
        return content[: tile.width * HASH_BYTES]
    return bundle(_entries(there, content)[: tile.width])


def _entries(tile: Tile, content: bytes) -> list[bytes]:
    """The entries of a bundle, or of the full one that has just taken its place."""
    try:
        return entries_of(tile, content)
    except Malformed:
        return entries_of(Tile(None, tile.index), content)


def _written_out(session: Session, files: LedgerFiles) -> SignedCheckpoint:
    """The newest checkpoint whose tiles lie in the vault."""
    note = files.checkpoint()
    signed = parse_checkpoint(parse_note(note).text) if note else None
    row = checkpoints.at_size(session, signed.size) if signed else None
    if row is None:
        raise NotFound(_NOTHING_SIGNED)
    return row


def _covering(session: Session, files: LedgerFiles, index: int | None) -> SignedCheckpoint | None:
    if index is None or files.checkpoint() is None:
        return None
    newest = _written_out(session, files)
    witnessed = checkpoints.newest_witnessed(session)
    for row in (witnessed, newest):
        if row is not None and index < row.size <= newest.size:
            return row
    return None


def _with_cosignatures(session: Session, row: SignedCheckpoint) -> str:
    return row.note + "".join(line.line for line in checkpoints.cosignatures(session, row.size))


def _signed(row: SignedCheckpoint) -> Checkpoint:
    return parse_checkpoint(parse_note(row.note.encode()).text)


def _origin(session: Session) -> str | None:
    row = checkpoints.newest_key(session)
    return VerifierKey.parse(row.vkey).name if row else None


def _missing(newest: SignedCheckpoint | None, *, is_halted: bool, witnessed: bool, stamped: list[Stamped]) -> list[str]:
    told = ["Halted: nothing is added until whoever runs this archive has found out why."] if is_halted else []
    if newest is None:
        return [*told, _NOTHING_SIGNED]
    if not witnessed:
        told.append("Unwitnessed: nobody but this archive vouches that its ledger was not rewritten.")
    if not any(one.stamped_at for one in stamped):
        told.append("Unstamped: nobody but this archive says when these events were written.")
    return told
