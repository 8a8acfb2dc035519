"""What every package has around its words: proofs that its events are in the log, manifests of all, and the seal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy.orm import Session

from storage.db import log
from storage.db import outside as outside_rows
from storage.db.tables import Event
from storage.domain.vocab import StampKind
from storage.errors import Superseded
from storage.integrity import bag, merkle, outside
from storage.integrity.checkpoint import LogKey
from storage.integrity.checks.package import CHECKPOINT, CLAIMED_KEYS, EVENTS, PROOFS, SUCCESSIONS
from storage.integrity.note import Note, Signer
from storage.log.inspection import prove, trusted_keys
from storage.log.shelf import LogShelf
from storage.log.succeeding import successions
from storage.package import texts
from storage.package.sink import Bagged, Sink
from storage.package.verifier import NAME as VERIFIER
from storage.package.verifier import verifier


@dataclass(frozen=True, slots=True)
class Proven:
    """Events as they were digested, each with its proof, by id, under one checkpoint; and the log's keys."""

    events: Sequence[Event]
    proofs: Mapping[str, bytes]
    checkpoint: bytes
    keys: Sequence[LogKey]
    outside: Mapping[str, bytes]
    successions: Sequence[bytes]


def prove_all(session: Session, shelf: LogShelf, signer: Signer, events: Sequence[Event]) -> Proven:
    """Prove events under the newest checkpoint, whatever comes about meanwhile; it is by the `signer` of the package.

    Raises: NotFound while one has no place in the signed log; Superseded where the checkpoint is by another key.
    """
    newest = log.newest_checkpoint(session)
    proofs = {event.id: prove(session, shelf, event.id, newest).written() for event in events}
    size, note = (newest.size, newest.note.encode()) if newest else (0, b"")
    if Note.parse(note).signed_by(signer.public) is None:
        raise Superseded("the ledger is getting another key just now; export again in a moment")
    told = _outside(session, shelf, [event.id for event in events], size)
    return Proven(events, proofs, note, trusted_keys(session), told, successions(session))


def _outside(session: Session, shelf: LogShelf, events: Sequence[str], size: int) -> dict[str, bytes]:
    """What others have signed of checkpoints up to a size, by name: the earliest that saw the first of the events, and
    the newest.
    """
    places = [place for one in events if (place := log.leaf_of(session, one)) is not None]
    stamps = [stamp for stamp in outside_rows.newest_stamps(session) if stamp.size <= size]
    first = [outside_rows.first_stamp(session, min(places, default=0) + 1, one.authority) for one in stamps]
    cosigned = {row.size for row in outside_rows.newest_cosignatures(session)}
    sizes = {row.size for row in (*stamps, *first) if row is not None} | cosigned
    told: dict[str, bytes] = {}
    for chosen in sorted(one for one in sizes if one <= size):
        signed = outside_rows.checkpoint_at(session, chosen)
        if signed is None:  # rebuilt since: the vault holds what was signed
            continue
        folder = f"{outside.FOLDER}{chosen}/"
        told[f"{folder}{outside.CHECKPOINT}"] = outside_rows.with_cosignatures(session, signed)
        proof = merkle.consistency_proof(shelf.node, chosen, size)
        told[f"{folder}{outside.CONSISTENCY}"] = outside.consistency_text(proof)
        for stamp in outside_rows.stamps(session, chosen):
            name = stamp.sha256 + (outside.TSR if stamp.kind == StampKind.RFC3161 else outside.OTS)
            told[f"{folder}{name}"] = shelf.outside(chosen, name)
    return told


def add_proven(bagged: Bagged, proven: Proven) -> None:
    """Write the events, their proofs, the checkpoint, the keys that the archive names, and their successions."""
    bagged.add(EVENTS, ("".join(f"{event.body}\n" for event in proven.events).encode(),))
    for event_id, proof in proven.proofs.items():
        bagged.add(f"{PROOFS}{event_id}.tlog-proof", (proof,))
    bagged.add(CHECKPOINT, (proven.checkpoint,))
    for name, content in proven.outside.items():
        bagged.add(name, (content,))
    bagged.add(CLAIMED_KEYS, ((texts.KEYS + key_lines(proven.keys)).encode(),))
    for ordinal, note in enumerate(proven.successions, 1):
        bagged.add(f"{SUCCESSIONS}{ordinal:04}", (note,))


def add_instructions(bagged: Bagged, readme: texts.Readme) -> None:
    """Write how to check the package, beside the page that does it where this installation ships one."""
    shipped = verifier()
    if shipped is not None:
        bagged.add(f"data/{VERIFIER}", (shipped.page,))
    bagged.add("data/README.md", (readme(shipped.digest.hex if shipped else None).encode(),))


def close(subject: str, bagged: Bagged, sink: Sink, signer: Signer, now: datetime) -> None:
    """Write the manifests of all that was bagged, and the seal over them; `subject` is an item or a record."""
    payload = dict(bagged.sizes)
    bagged.add(bag.DECLARATION, (bag.DECLARED,))
    info = {
        "Bag-Software-Agent": f"svidok {version('svidok')}",
        "Bagging-Date": now.date().isoformat(),
        "External-Identifier": subject,
        "Source-Organization": signer.name,
        "Payload-Oxum": f"{sum(payload.values())}.{len(payload)}",
    }
    bagged.add(bag.INFO, ("".join(f"{name}: {value}\n" for name, value in info.items()).encode(),))
    for algorithm, name in zip(bag.ALGORITHMS, bag.MANIFESTS, strict=True):
        digests = bagged.digests[algorithm]
        bagged.add(name, (bag.manifest({one: digests[one] for one in payload}),))
    tags = Bagged(sink)
    for algorithm, name in zip(bag.ALGORITHMS, bag.TAG_MANIFESTS, strict=True):
        digests = bagged.digests[algorithm]
        tags.add(name, (bag.manifest({one: digests[one] for one in digests if one not in payload}),))
    sealed = {
        algorithm: tags.digests[algorithm][name]
        for algorithm, name in zip(bag.ALGORITHMS, bag.TAG_MANIFESTS, strict=True)
    }
    sink.add(bag.SEAL, (bag.Seal(signer.name, subject, sealed).signed(signer),))


def written(document: Mapping[str, Any]) -> bytes:
    """A document for people and programs, as JSON."""
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def key_lines(keys: Sequence[LogKey]) -> str:
    """Keys as a key file has them: one a line, the first size it signs for, the last one if it has ended."""
    lasts = ("" if one.last_size is None else f" {one.last_size}" for one in keys)
    return "".join(f"{one.key} {one.first_size}{last}\n" for one, last in zip(keys, lasts, strict=True))
