"""Writes the evidence package of one item: a bag of its files, its events with their proofs, and a seal over all."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy.orm import Session

from storage.blobs.base import BlobStore
from storage.db import log
from storage.domain import clock
from storage.domain.permissions import Actor
from storage.errors import Altered
from storage.integrity import bag
from storage.integrity.checkpoint import LogKey
from storage.integrity.digest import Digest, chunks
from storage.integrity.note import Signer
from storage.integrity.verify import CHECKPOINT, CLAIMED_KEYS, EVENTS, FILES, PROOFS
from storage.log.inspection import prove, trusted_keys
from storage.log.shelf import LogShelf
from storage.package import texts
from storage.package.contents import Contents, contents_of
from storage.package.crate import crate_of
from storage.package.report import Facts, report_of
from storage.package.sink import Bagged, Sink
from storage.package.verifier import NAME as VERIFIER
from storage.package.verifier import verifier


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a package is made of and with."""

    blobs: BlobStore
    shelf: LogShelf
    signer: Signer


def build(
    session: Session,
    workshop: Workshop,
    actor: Actor,
    item_id: str,
    sink: Sink,
    progress: Callable[[int, int], None] = lambda _done, _whole: None,
) -> Mapping[str, str]:
    """Write the package of an item as this actor may take it along; the digests of its tag manifests.

    1. Gather the rows. 2. Copy the files, digesting them again; bytes that are not what the archive said end it all.
    3. Write the events as they were digested, each with its proof under one checkpoint. 4. Write what people read:
    report, README, dictionary, annotations, crate. 5. Write the manifests, and the seal over them.

    `progress` is told how many bytes are copied of how many. Raises: NotFound, also while an event of the item has no
    place in the signed log yet; Altered.
    """
    now = clock.now()
    contents = contents_of(session, actor, item_id)
    bagged = Bagged(sink)
    _add_files(workshop.blobs, contents, bagged, progress)
    checkpoint = _add_events(session, workshop.shelf, contents, bagged)
    _add_words(session, contents, bagged, checkpoint, workshop.signer, now)
    return _close(contents, bagged, sink, workshop.signer, now)


def whole_bytes(contents: Contents) -> int:
    """How many bytes of files a package of these contents holds."""
    return sum(contents.sizes.get(sha256, 0) for sha256 in contents.paths)


def _add_files(blobs: BlobStore, contents: Contents, bagged: Bagged, progress: Callable[[int, int], None]) -> None:
    whole, done = whole_bytes(contents), 0
    for sha256, path in contents.paths.items():
        bagged.add(path, _kept(blobs, sha256))
        if bagged.digests["sha256"][path] != sha256:
            found = bagged.digests["sha256"][path]
            raise Altered(f"the file kept as sha256:{sha256} now has the digest {found}; nothing was exported")
        done += bagged.sizes[path]
        progress(done, whole)


def _kept(blobs: BlobStore, sha256: str) -> Iterator[bytes]:
    with blobs.open(Digest.parse(sha256)) as stream:
        yield from chunks(stream)


def _add_events(session: Session, shelf: LogShelf, contents: Contents, bagged: Bagged) -> bytes:
    """The events, and a proof for each under one checkpoint: the newest, whatever comes about meanwhile."""
    newest = log.newest_checkpoint(session)
    checkpoint = newest.note.encode() if newest else b""
    bagged.add(EVENTS, ("".join(f"{event.body}\n" for event in contents.events).encode(),))
    for event in contents.events:
        bagged.add(f"{PROOFS}{event.id}.tlog-proof", (prove(session, shelf, event.id, newest).written(),))
    bagged.add(CHECKPOINT, (checkpoint,))
    keys = [_key_line(one) for one in trusted_keys(session)]
    bagged.add(CLAIMED_KEYS, ((texts.KEYS + "\n".join(keys) + "\n").encode(),))
    return checkpoint


def _key_line(one: LogKey) -> str:
    return f"{one.key} {one.first_size}" + (f" {one.last_size}" if one.last_size is not None else "")


def _add_words(
    session: Session, contents: Contents, bagged: Bagged, checkpoint: bytes, signer: Signer, now: datetime
) -> None:
    facts = Facts(contents, checkpoint.decode(), str(signer.public), now, version("svidok"))
    bagged.add(FILES, (_json(contents.files()),))
    bagged.add("data/item.json", (_json(facts.item()),))
    bagged.add("data/assertions.jsonld", (_json(contents.annotations()),))
    bagged.add("data/report.html", (report_of(facts).encode(),))
    shipped = verifier()
    if shipped is not None:
        bagged.add(f"data/{VERIFIER}", (shipped.page,))
    bagged.add("data/README.md", (texts.readme(shipped.digest.hex if shipped else None).encode(),))
    bagged.add("data/dictionary.md", (texts.DICTIONARY.encode(),))
    bagged.add("data/ro-crate-metadata.json", (_json(crate_of(facts, bagged.sizes)),))


def _close(contents: Contents, bagged: Bagged, sink: Sink, signer: Signer, now: datetime) -> Mapping[str, str]:
    payload = dict(bagged.sizes)
    bagged.add(bag.DECLARATION, (bag.DECLARED,))
    info = {
        "Bag-Software-Agent": f"svidok {version('svidok')}",
        "Bagging-Date": now.date().isoformat(),
        "External-Identifier": contents.item.id,
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
    sink.add(bag.SEAL, (bag.Seal(signer.name, contents.item.id, sealed).signed(signer),))
    return sealed


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
