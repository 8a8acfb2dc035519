"""Writes the evidence package of one item: a bag of its files, its events with their proofs, and a seal over all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from sqlalchemy.orm import Session

from storage.blobs.base import BlobStore
from storage.domain import clock
from storage.domain.permissions import Actor
from storage.errors import Altered
from storage.integrity.checks.package import FILES
from storage.integrity.digest import Digest, chunks
from storage.integrity.note import Signer
from storage.log.shelf import LogShelf
from storage.package import bagging, texts
from storage.package.bagging import Proven
from storage.package.contents import Contents, contents_of
from storage.package.crate import Described, crate_of
from storage.package.report import Facts, report_of
from storage.package.sink import Bagged, Sink


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a package is made of and with."""

    blobs: BlobStore
    shelf: LogShelf
    signer: Signer


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that the database says for one package, so that no connection to it is held while files are copied."""

    contents: Contents
    proven: Proven
    made_at: datetime


def gather(session: Session, workshop: Workshop, actor: Actor, item_id: str) -> Gathered:
    """Everything of an item, as this actor may take it along, but the bytes of its files.

    Raises: NotFound, also while an event of the item has no place in the signed log yet; Altered where bytes are
    missing; Superseded.
    """
    contents = contents_of(session, actor, item_id)
    refuse_missing(workshop.blobs, contents)
    proven = bagging.prove_all(session, workshop.shelf, workshop.signer, contents.events)
    return Gathered(contents, proven, clock.now())


def refuse_missing(blobs: BlobStore, contents: Contents) -> None:
    """Look, before anything is handed out, that each file is there at its full length. Raises: Altered."""
    for sha256 in contents.paths:
        found, wanted = blobs.size_bytes(Digest.parse(sha256)), contents.sizes.get(sha256)
        if found is None or found != wanted:
            there = "is missing" if found is None else f"has {found:,} bytes, not {wanted:,}"
            raise Altered(f"the file kept as sha256:{sha256} {there}; nothing was exported")


def write(workshop: Workshop, gathered: Gathered, sink: Sink) -> Iterator[int]:
    """Write the package; yields the number of bytes copied, piece by piece, and is written once all is asked for.

    1. Copy the files, digesting them again; bytes that are not what the archive said end it all. 2. Write the events
    as they were digested, each with its proof under one checkpoint. 3. Write what people read: report, README,
    dictionary, annotations, crate. 4. Write the manifests, and the seal over them.

    Raises: Altered.
    """
    bagged = Bagged(sink)
    yield from _add_files(workshop.blobs, gathered.contents, bagged)
    bagging.add_proven(bagged, gathered.proven)
    _add_words(gathered, bagged, workshop.signer)
    bagging.close(gathered.contents.item.id, bagged, sink, workshop.signer, gathered.made_at)


def whole_bytes(contents: Contents) -> int:
    """How many bytes of files a package of these contents holds."""
    return sum(contents.sizes.get(sha256, 0) for sha256 in contents.paths)


def _add_files(blobs: BlobStore, contents: Contents, bagged: Bagged) -> Iterator[int]:
    for sha256, path in contents.paths.items():
        yield from bagged.adding(path, _kept(blobs, sha256))
        if bagged.digests["sha256"][path] != sha256:
            found = bagged.digests["sha256"][path]
            raise Altered(f"the file kept as sha256:{sha256} now has the digest {found}; nothing was exported")


def _kept(blobs: BlobStore, sha256: str) -> Iterator[bytes]:
    with blobs.open(Digest.parse(sha256)) as stream:
        yield from chunks(stream)


def _add_words(gathered: Gathered, bagged: Bagged, signer: Signer) -> None:
    contents = gathered.contents
    checkpoint = gathered.proven.checkpoint.decode()
    facts = Facts(contents, checkpoint, str(signer.public), gathered.made_at, version("svidok"))
    bagged.add(FILES, (bagging.written(contents.files()),))
    bagged.add("data/item.json", (bagging.written(facts.item()),))
    bagged.add("data/assertions.jsonld", (bagging.written(contents.annotations()),))
    bagged.add("data/report.html", (report_of(facts).encode(),))
    bagging.add_instructions(bagged, texts.readme)
    bagged.add("data/dictionary.md", (texts.DICTIONARY.encode(),))
    bagged.add("data/ro-crate-metadata.json", (bagging.written(crate_of(_described(gathered), bagged.sizes)),))


def _described(gathered: Gathered) -> Described:
    contents = gathered.contents
    return Described(
        name=f"Evidence package of {contents.item.id}",
        description="One item of an archive of video testimony: files as they were collected, custody events with "
        "proofs, and what reviewers say of it. What is said of it is no part of what is proved of the files.",
        identifier=f"urn:svidok:{contents.item.id}",
        made_at=gathered.made_at,
        types={path: one.media_type for one in contents.holdings if (path := contents.paths.get(one.sha256 or ""))},
    )
