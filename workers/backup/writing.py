"""Writes a backup: a snapshot of database and ledger that agree, the files that are new, keys and tombstones apart."""

import contextlib
import filecmp
import importlib.metadata
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from storage import whole
from storage.blobs.base import BlobStore
from storage.blobs.local import LocalBlobs
from storage.blobs.places import FIRST
from storage.db import copies, enciphered, erasures, holdings, log, rebuilding
from storage.db.migration import current_revision
from storage.db.session import transaction
from storage.domain import clock
from storage.errors import Altered, InvalidValue, NotFound
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.digest import Digest
from storage.integrity.note import Note, Signer
from storage.item_keys import ItemKeys
from storage.log.opening import open_signer
from storage.log.shelf import LogShelf
from storage.log.succeeding import lay
from storage.settings import Settings
from workers.backup import dump, item_keys, manifest
from workers.backup.apart import Apart
from workers.backup.manifest import DUMP, FILES, LEDGER, Manifest
from workers.stack.vault import write_whole

_PAGE = 1000
BLOBS, SNAPSHOTS = "blobs", "snapshots"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """A backup, how much of it was new, and a sentence on each file that could not be copied."""

    manifest: Manifest
    new_files: int
    bad: Sequence[str]


def write(
    settings: Settings, engine: Engine, store: BlobStore, target: Path, keys: Path, progress: Progress
) -> Written:
    """Write a backup into `target`, in place of the one that is there, which stays whole until the new one is.

    1. With the log's head locked, take one moment of the database and copy the ledger of that moment. 2. Dump the
    database as it was then. 3. Copy the files that are not in the backup yet, reading each back. 4. Keep the keys and
    the tombstones apart. 5. Sign and write the manifest, forget the older snapshot. 6. Destroy in the backup what was
    erased, and where all could be copied, the plain bytes of what is ciphertext by now.
    Raises: InvalidValue for places inside one another, NotFound before anything was signed or without the key that
    signs, Conflict for another key, Altered, Unavailable.
    """
    refuse_nested(target, keys, settings.vault)
    for folder in (target, target / SNAPSHOTS, keys):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{clock.now():%Y%m%dT%H%M%S%fZ}"
    snapshot = target / SNAPSHOTS / name
    snapshot.mkdir(mode=0o700)
    with _moment(settings, engine, target, snapshot) as moment:
        progress("Dumping the database", 0, 1)
        dump.dump(engine, moment.exported, snapshot / DUMP)
        new_files, bad = _copy_files(moment.session, store, LocalBlobs(target / BLOBS), snapshot, progress)
        apart = Apart(keys, moment.signer.name, settings.ledger_passphrase.get_secret_value().encode() or None)
        apart.keep(moment.session, moment.signer, moment.pem)
        bad += item_keys.keep(moment.session, settings.item_keys, ItemKeys(keys))
        told = _manifest(moment.session, snapshot)
        replaced = list(_replaced(moment.session))
        erased = list(_erased(moment.session))
    _settle(snapshot, target, keys)
    content, beside = told.model_dump_json(indent=1), manifest.signature_of(target, name)
    write_whole(beside, manifest.signed(content.encode(), moment.signer), durable=True)
    write_whole(target / manifest.NAME, content, durable=True)
    for signature in target.glob(manifest.signature_of(target, "*").name):
        if signature != beside:
            signature.unlink()
    for older in (target / SNAPSHOTS).iterdir():
        if older.name != name:
            shutil.rmtree(older)
    # What was erased after that moment belongs to this backup still, and goes at the next one.
    _destroy(target, erased)
    # Without its key, or itself not copied, ciphertext takes the place of nothing.
    if not bad:
        _destroy(target, replaced)
    return Written(told, new_files, bad)


def refuse_nested(target: Path, keys: Path, vault: Path) -> None:
    """A backup beside its original, or beside its keys, is lost or stolen with them. Raises: InvalidValue."""
    places = {"the backup": target.resolve(), "its keys": keys.resolve(), "the vault": vault.resolve()}
    for name, place in places.items():
        for other, outer in places.items():
            if name != other and place.is_relative_to(outer):
                raise InvalidValue(f"{name} ({place}) would lie in {other} ({outer}); give each a place of its own")


@dataclass(frozen=True, slots=True)
class _Moment:
    """A transaction that sees one moment, its exported name, and the key that signs then with the file it lies in."""

    session: Session
    exported: str
    signer: Signer
    pem: str = field(repr=False)


@contextlib.contextmanager
def _moment(settings: Settings, engine: Engine, target: Path, snapshot: Path) -> Iterator[_Moment]:
    """One moment, with the ledger of it copied."""
    with transaction(engine) as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        with transaction(engine) as locking:
            rebuilding.take_time(locking)
            head = log.head(locking)
            if head is None or head.size == 0:
                raise NotFound("nothing has been signed in this archive yet; start it once, then back it up")
            log.head_locked(locking, head.origin)
            rebuilding.take_time(session)
            exported = str(session.scalar(text("SELECT pg_export_snapshot()")))
            signer = open_signer(engine, settings.ledger_key, settings.ledger_name, settings.ledger_passphrase)
            pem = settings.ledger_key.read_text()
            lay(locking, LogShelf(settings.ledger))
            _copy_ledger(settings.ledger, target, snapshot / LEDGER)
        yield _Moment(session, exported, signer, pem)


def _copy_ledger(ledger: Path, target: Path, copy: Path) -> None:
    """Copy the ledger; what the snapshot before has with the same bytes is the same file there."""
    older = sorted(one for one in (target / SNAPSHOTS).iterdir() if (one / LEDGER).is_dir())
    for path in sorted(one for one in ledger.rglob("*") if one.is_file() and not one.name.startswith(".")):
        name = path.relative_to(ledger)
        (copy / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = older[-1] / LEDGER / name if older else None
        if known is not None and known.is_file() and filecmp.cmp(known, path, shallow=False):
            os.link(known, copy / name)
        else:
            shutil.copyfile(path, copy / name)


def _copy_files(
    session: Session, store: BlobStore, backup: LocalBlobs, snapshot: Path, progress: Progress
) -> tuple[int, list[str]]:
    """Copy what is new and list all; how many were new, and what could not be copied: one bad file stops no other."""
    all_bytes, after, new, passed = holdings.total_bytes(session), "", 0, 0
    bad: list[str] = []
    with (snapshot / FILES).open("w") as listed:
        while page := holdings.files_after(session, after, limit=_PAGE):
            replaced = enciphered.replaced_of(session, FIRST, [row.sha256 for row in page])
            for row in page:
                if row.sha256 in replaced:
                    continue
                listed.write(f"{row.sha256}\t{row.size_bytes}\n")
                digest = Digest.parse(row.sha256)
                if backup.size_bytes(digest) != row.size_bytes:
                    try:
                        _copy(store, backup, digest)
                        new += 1
                    except (NotFound, Altered, OSError) as error:
                        bad.append(f"{digest} could not be copied: {error}")
                passed += row.size_bytes
                progress("Copying files", passed, all_bytes)
            after = page[-1].sha256
    return new, bad


def _copy(store: BlobStore, backup: LocalBlobs, digest: Digest) -> None:
    with store.open(digest) as stream:
        kept = backup.put(stream)
    if kept.digest != digest:
        raise Altered(f"its bytes have the digest {kept.digest}; `svidok audit` tells more")


def _erased(session: Session) -> Iterator[str]:
    after = ""
    while page := erasures.gone_after(session, after, _PAGE):
        yield from page
        after = page[-1]


def _replaced(session: Session) -> Iterator[str]:
    after = ""
    while page := enciphered.replaced_after(session, FIRST, after, _PAGE):
        yield from page
        after = page[-1]


def _destroy(target: Path, digests: Sequence[str]) -> None:
    """Bytes that an earlier backup copied: of what was erased, or of what this one has the ciphertext."""
    backup, now = LocalBlobs(target / BLOBS), clock.now()
    for sha256 in digests:
        backup.destroy(Digest.parse(sha256), now)


def _settle(snapshot: Path, target: Path, keys: Path) -> None:
    """Let a power cut take nothing of a snapshot any more: the one before it is about to go."""
    for path in [snapshot, *snapshot.rglob("*")]:
        whole.sync(path)
    for folder in (target / SNAPSHOTS, target, keys):
        whole.sync(folder)


def _manifest(session: Session, snapshot: Path) -> Manifest:
    note = LogShelf(snapshot / LEDGER).checkpoint()
    if note is None:
        raise NotFound("the ledger in the vault holds no checkpoint")
    signed = Checkpoint.parse(Note.parse(note).text)
    listed = list(manifest.files_in(snapshot))
    return Manifest(
        made_at=clock.now(),
        version=importlib.metadata.version("svidok"),
        revision=str(current_revision(session.connection())),
        archive=copies.archive_name(session),
        origin=signed.origin,
        size=signed.size,
        root=signed.root.hex(),
        snapshot=snapshot.name,
        pieces=manifest.pieces_of(snapshot),
        files=len(listed),
        bytes=sum(size_bytes for _, size_bytes in listed),
    )
