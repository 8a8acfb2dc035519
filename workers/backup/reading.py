"""Reads a backup: says whether it would restore, and whether restoring it would take the ledger back in silence."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from storage.blobs.local import LocalBlobs
from storage.errors import ArchiveError, Conflict, NotFound
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.digest import Digest
from storage.integrity.merkle import Frontier, leaf_hash
from storage.integrity.note import Note, NoteKey
from storage.integrity.succession import Succession
from storage.log.sequencer import entry_of
from storage.log.shelf import LogShelf
from storage.rebuild.history import History, read_history
from workers.backup import dump, manifest
from workers.backup.manifest import DUMP, LEDGER, Manifest
from workers.backup.writing import BLOBS, SNAPSHOTS

Progress = Callable[[str, int, int], None]


def problems(folder: Path, told: Manifest) -> Iterator[str]:
    """Everything for which database and ledger would not come back, a sentence each: every byte of them is read."""
    snapshot = folder / SNAPSHOTS / told.snapshot
    found = manifest.pieces_of(snapshot) if snapshot.is_dir() else {}
    for name in sorted({*told.pieces, *found}):
        if found.get(name) != told.pieces.get(name):
            yield f"{name}: expected {told.pieces.get(name, 'nothing')}, found {found.get(name, 'nothing')}"
    if DUMP in found and not dump.is_readable(snapshot / DUMP):
        yield f"{DUMP} is no dump that PostgreSQL's own tool can read"


def damaged(folder: Path, told: Manifest, progress: Progress) -> Iterator[tuple[str, str]]:
    """Each kept file that would not come back, and why, a sentence: every byte of all of them is read."""
    blobs, passed = LocalBlobs(folder / BLOBS), 0
    for sha256, size_bytes in manifest.files_in(folder / SNAPSHOTS / told.snapshot):
        try:
            path = blobs.local_copy(Digest.parse(sha256), folder)
            if (digest := manifest.digest_of(path)) != sha256:
                yield sha256, f"the file {sha256} has the digest {digest}"
        except (NotFound, OSError):
            yield sha256, f"the file {sha256} is missing"
        passed += size_bytes
        progress("Reading files", passed, told.bytes)


def history_of(folder: Path, told: Manifest, key: NoteKey) -> History:
    """The events of a backup, held against what the key that signed its manifest has signed. Raises: Altered."""
    return read_history(LogShelf(folder / SNAPSHOTS / told.snapshot / LEDGER), key)


def noted(path: Path) -> Checkpoint:
    """The checkpoint in a file; it is signed by nobody that we ask: whoever names one has it from a place they trust.

    Raises: Conflict.
    """
    try:
        return Checkpoint.parse(Note.parse(path.read_bytes()).text)
    except ArchiveError as wrong:
        raise Conflict(f"the checkpoint in {path} cannot be read: {wrong.sentence}") from wrong


def changed_since(history: History, known: Sequence[Succession], where: str) -> int:
    """How many events at least a backup does not hold, by the changes of key that are known: each is an event itself.

    Raises: Conflict where one was signed at another history than the backup's.
    """
    held = {one for one, _ in history.successions}
    return max((lost_events(history, one.last, where) + (one not in held) for one in known), default=0)


def lost_events(history: History, seen: Checkpoint, where: str) -> int:
    """How many events a known checkpoint has signed for that a backup does not hold; 0 where it holds them all.

    Raises: Conflict where the checkpoint is of another log, or of another history of this one.
    """
    if seen.origin != history.checkpoint.origin:
        raise Conflict(f"{where} tells of the log {seen.origin}, and the backup of {history.checkpoint.origin}")
    if seen.size > history.checkpoint.size:
        return seen.size - history.checkpoint.size
    frontier = Frontier()
    for event in sorted((one for one in history.events if one.index is not None), key=lambda one: one.index or 0):
        if frontier.size == seen.size:
            break
        frontier.add(leaf_hash(entry_of(event.sha256)))
    if frontier.root() != seen.root:
        raise Conflict(
            f"{where} and the backup tell two histories of {seen.origin}: their first {seen.size} events differ"
        )
    return 0
