"""Puts a backup back: verified first, never over something, never taking the ledger back in silence."""

import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from storage import whole
from storage.archive import Archive
from storage.blobs.base import TendedStore
from storage.blobs.local import LocalBlobs
from storage.db import rebuilding
from storage.db.migration import current_revision, migrate
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.permissions import SYSTEM
from storage.errors import Altered, Conflict
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.digest import Digest
from storage.integrity.note import NoteKey
from storage.item_keys import ItemKeys
from storage.settings import Settings
from workers.backup import dump, item_keys, manifest, reading
from workers.backup.apart import Apart
from workers.backup.manifest import DUMP, LEDGER, Manifest
from workers.backup.writing import BLOBS, SNAPSHOTS
from workers.stack.vault import Vault, write_whole

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What has come of it: events that a newer checkpoint tells of and that are lost, and erasures done again.

    `held` are erasures that could not be done again because the older archive has the item under legal hold.
    """

    events: int
    lost: int
    erased_again: int
    held: list[str]


@dataclass(frozen=True, slots=True)
class Examined:
    """A backup that was read: how many events it lacks of those known, and why it would not restore.

    `damaged` are the kept files that are not in it as they were, by digest, each with a sentence.
    `key` is the one that signs on from there: the private half is kept `apart`. `newest` is the newest checkpoint that
    is known from elsewhere, or the backup's own.
    """

    told: Manifest
    apart: Apart
    key: NoteKey
    newest: Checkpoint
    lost: int
    problems: list[str]
    damaged: Mapping[str, str]


def examine(settings: Settings, folder: Path, keys: Path, checkpoint: Path | None, progress: Progress) -> Examined:
    """Read all of a backup. Raises: NotFound, Altered, Conflict where its manifest or ledger cannot be believed."""
    told = manifest.read(folder)
    apart = Apart(keys, told.origin, settings.ledger_passphrase.get_secret_value().encode() or None)
    key = manifest.signer_of(folder, told, apart.trusted())
    apart.private(key)
    history = reading.history_of(folder, told, key)
    found = list(reading.problems(folder, told))
    damaged = {} if found else dict(reading.damaged(folder, told, progress))
    if (history.checkpoint.size, history.checkpoint.root.hex()) != (told.size, told.root):
        found.append(f"the ledger is of size {history.checkpoint.size}, the manifest says {told.size}")
    places = [settings.ledger / "checkpoint", *([checkpoint] if checkpoint else [])]
    known = {str(path): reading.noted(path) for path in places if path.is_file() or path == checkpoint}
    lost = [reading.lost_events(history, seen, where) for where, seen in known.items()]
    changed = reading.changed_since(history, apart.successions(), str(keys))
    seen = [*known.values(), *(one.last for one in apart.successions()), history.checkpoint]
    newest = max(seen, key=lambda one: one.size)
    return Examined(told, apart, key, newest, max([changed, *lost]), found, damaged)


def refuse_silent_rollback(settings: Settings, told: Manifest, lost: int) -> None:
    """Raises: Conflict where events are known that this backup does not hold."""
    if lost:
        raise Conflict(
            f"the ledger has come to size {told.size + lost} since this backup, which ends at {told.size}: restoring "
            f"would take {lost} events back. Where the vault's ledger is there still, `svidok rebuild --from "
            f"{settings.vault}` loses none of them. If they are truly lost, say --accept-loss; the ledger will tell it",
            code="rollback",
        )


def put_back(
    settings: Settings,
    engine: Engine,
    store: Callable[[Engine], TendedStore],
    folder: Path,
    examined: Examined,
    progress: Progress,
) -> Restored:
    """Put a backup that was examined back into an empty database and the vault; what is damaged in it is left out.

    1. The keys. 2. The database, in one transaction, brought to the form of this version. 3. The files. 4. The ledger;
    what lay there is moved aside. 5. Erase again what was erased since. 6. Write down that it was restored.
    Until all that is done, no stack starts on this vault.
    Raises: Conflict where something is there already, Unavailable.
    """
    with transaction(engine) as session:
        holds = rebuilding.first_table_with_rows(session) if current_revision(session.connection()) else None
    if holds is not None:
        raise Conflict(f"this database holds an archive already (there are rows in {holds}); restore into an empty one")
    told, lost = examined.told, examined.lost
    unfinished = Vault(settings.vault).half_restored
    unfinished.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(unfinished, f"{told.snapshot}\n", durable=True)
    _key(settings, examined.apart.private(examined.key))
    item_keys.put_back(settings.item_keys, ItemKeys(examined.apart.folder))
    snapshot = folder / SNAPSHOTS / told.snapshot
    progress("Loading the database", 0, 1)
    dump.load(engine, snapshot / DUMP)
    migrate(engine)
    _files(store(engine), folder, told, examined.damaged, progress)
    if settings.ledger.exists():
        settings.ledger.rename(settings.ledger.with_name(f"ledger.before-{told.snapshot}"))
    shutil.copytree(snapshot / LEDGER, settings.ledger)
    again, held = 0, []
    for item, detail in examined.apart.tombstones():
        with transaction(engine) as session:
            try:
                again += Archive(session, SYSTEM).erase_again(item, detail)
            except Conflict as refused:
                held.append(f"{item}: {refused.sentence}")
    known = {"size": examined.newest.size, "root": examined.newest.root.hex()}
    detail = {"made_at": clock.rfc3339(told.made_at), "size": told.size, "root": told.root}
    detail |= {"damaged": len(examined.damaged)} if examined.damaged else {}
    with transaction(engine) as session:
        Archive(session, SYSTEM).note_restored(detail | {"known": known, "lost": lost, "erased_again": again})
    unfinished.unlink()
    whole.sync(unfinished.parent)
    return Restored(told.size, lost, again, held)


def _key(settings: Settings, kept: str) -> None:
    if settings.ledger_key.exists():
        if settings.ledger_key.read_text() != kept:
            raise Conflict(f"{settings.ledger_key} is another key than the one of this backup; move it aside first")
        return
    settings.ledger_key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(settings.ledger_key, kept, durable=True)


def _files(store: TendedStore, folder: Path, told: Manifest, damaged: Collection[str], progress: Progress) -> None:
    """Put back what is not there. What lies there was digested when it was put, and the keeper reads it again."""
    store.set_mark(told.archive)
    blobs, passed = LocalBlobs(folder / BLOBS), 0
    for sha256, size_bytes in manifest.files_in(folder / SNAPSHOTS / told.snapshot):
        digest = Digest.parse(sha256)
        if sha256 not in damaged and store.size_bytes(digest) != size_bytes:
            with blobs.open(digest) as stream:
                kept = store.put(stream)
            if kept.digest != digest:
                raise Altered(f"the backup's file {sha256} has the digest {kept.digest}")
        passed += size_bytes
        progress("Putting files back", passed, told.bytes)
