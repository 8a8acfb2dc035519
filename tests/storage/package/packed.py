"""A package of an item with something of everything, small enough to flip every bit of."""

import io
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from storage import queue
from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.assertions import parse_assertion
from storage.domain.kept import Attempt, Kept, StepKey
from storage.domain.permissions import OPERATOR, SYSTEM, Actor
from storage.domain.vocab import FileRole, Outcome, Sensitivity
from storage.integrity.note import Signer
from storage.log.keys import log_signer
from storage.log.sequencer import Sequencer
from storage.log.shelf import LogShelf
from storage.package.building import Workshop, gather, write
from storage.package.record import gather_record, write_record
from storage.package.sink import open_sink

NAME = "archive.example/custody"
ORIGINAL = bytes(range(256)) * 12
TITLE = "<script>alert(1)</script> & Звернення"


@dataclass(frozen=True)
class Packed:
    """A package in a folder, who signed it, and whose keys came before; `item` is the item or the record it is of."""

    folder: Path
    signer: Signer
    item: str
    workshop: Workshop
    earlier: tuple[Signer, ...] = ()


def pack(engine: Engine, place: Path, target: str = "package") -> Packed:
    """Take an item in, say something of it, let the log grow, and write its package."""
    blobs, shelf = LocalBlobs(place / "blobs"), LogShelf(place / "ledger")
    signer = log_signer(place / "keys" / "ledger.pem", NAME, None)
    with transaction(engine) as session:
        submitted = Archive(session, OPERATOR).submit(
            "https://example.org/watch/1", note="seen on a channel", sensitivity=Sensitivity.RESTRICTED
        )
        item = submitted.item.id
    with transaction(engine) as session:
        held = queue.claim(session, queue="fetch", worker="test", lease_s=60)
        assert held is not None
        attempt = Attempt(
            Outcome.CAPTURED, "Captured.", clock.now(), clock.now(), "yt-dlp", "2026.8.19", {"title": TITLE}, {}
        )
        kept = [_kept(blobs, ORIGINAL, FileRole.ORIGINAL, "original", "video/mp4")]
        kept.append(_kept(blobs, b'{"title": "x"}', FileRole.CONTEXT, "info", "application/json", sealed=True))
        Archive(session, SYSTEM).seal_capture(held, attempt, StepKey("capture", "1", "k", ()), kept)
    with transaction(engine) as session:
        said = {
            "kind": "content",
            "body": {"summary": TITLE, "language": "uk", "tags": ["plea"]},
            "citations": [{"target": f"sha256:{kept[0].sha256}", "selector": "t=0,1&xywh=percent:1,2,3,4"}],
        }
        Archive(session, OPERATOR).say(item, parse_assertion(said))
        Archive(session, OPERATOR).record_export(item)
    return _written(engine, Workshop(blobs, shelf, signer), item, place / target)


def copied(packed: Packed, folder: Path) -> Packed:
    """A copy of a package that a test may change; it was written by the same workshop."""
    shutil.copytree(packed.folder, folder)
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
    return replace(packed, folder=folder)


def pack_again(engine: Engine, packed: Packed, *, changes: int = 2) -> Packed:
    """Change the ledger's key so many times, and write another package of the same item beside the first."""
    signers, shelf, place = [packed.signer], packed.workshop.shelf, packed.folder.parent
    for number in range(changes):
        signers.append(log_signer(place / "keys" / f"ledger.{number}.pem", NAME, None))
        with transaction(engine) as session:
            Archive(session, OPERATOR).change_ledger_key(*signers[-2:])
        _sequence(engine, shelf, signers[-1])
    with transaction(engine) as session:
        Archive(session, OPERATOR).record_export(packed.item)
    workshop = Workshop(packed.workshop.blobs, shelf, signers[-1])
    return _written(engine, workshop, packed.item, place / "again", tuple(signers[:-1]))


def _written(engine: Engine, workshop: Workshop, item: str, folder: Path, earlier: tuple[Signer, ...] = ()) -> Packed:
    _sequence(engine, workshop.shelf, workshop.signer)
    build(engine, workshop, OPERATOR, item, folder)
    return Packed(folder, workshop.signer, item, workshop, earlier)


def _sequence(engine: Engine, shelf: LogShelf, signer: Signer) -> None:
    while Sequencer(shelf, signer).advance(engine):
        pass


def again(engine: Engine, packed: Packed, target: Path) -> Packed:
    """Take the same item along once more, with whatever has come about since."""
    with transaction(engine) as session:
        Archive(session, OPERATOR).record_export(packed.item)
    while Sequencer(packed.workshop.shelf, packed.signer).advance(engine):
        pass
    build(engine, packed.workshop, OPERATOR, packed.item, target)
    return Packed(target, packed.signer, packed.item, packed.workshop)


def pack_record(engine: Engine, packed: Packed, target: Path) -> Packed:
    """Publish the packed item, and write the package of its record."""
    with transaction(engine) as session:
        record = Archive(session, OPERATOR).publish(packed.item, sensitivity=Sensitivity.PUBLIC, expected=None)
    _sequence(engine, packed.workshop.shelf, packed.signer)
    with open_sink(target) as sink:
        with transaction(engine) as session:
            gathered = gather_record(session, packed.workshop.shelf, packed.signer, record)
        for _ in write_record(packed.signer, gathered, sink):
            pass
    return Packed(target, packed.signer, record.pid, packed.workshop)


def build(engine: Engine, workshop: Workshop, actor: Actor, item: str, target: Path) -> None:
    """Write a package of the item as this actor may take it along."""
    with open_sink(target) as sink:
        with transaction(engine) as session:
            gathered = gather(session, workshop, actor, item)
        for _ in write(workshop, gathered, sink):
            pass


def _kept(blobs: LocalBlobs, content: bytes, role: FileRole, kind: str, media: str, *, sealed: bool = False) -> Kept:
    blob = blobs.put(io.BytesIO(content))
    return Kept(kind, role, media, {}, sealed, blob.digest.hex, blob.sha512, blob.size_bytes)
