"""The events as the vault keeps them: read in the order of the log, held against what was signed, put in order."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.domain.vocab import ERASED, EventType
from storage.errors import Altered, NotFound
from storage.integrity.canonical import canonical
from storage.integrity.checkpoint import Checkpoint, LogKey, open_checkpoint
from storage.integrity.merkle import Frontier, leaf_hash
from storage.integrity.note import Note, NoteKey
from storage.integrity.statement import FORMAT, stated_digest
from storage.integrity.succession import Succession, extended, joined_keys, open_succession
from storage.integrity.tiles import WIDTH
from storage.log.sequencer import entry_of
from storage.log.shelf import LogShelf


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it was written down. `index` is its place in the log, None where it came after the checkpoint.

    `written_at` is when its transaction began, which is what the rows beside it say. Of one that `is_erased` only the
    stub is left, which states the digest; that it was this one is what the signed root shows.
    """

    index: int | None
    text: str
    sha256: str
    is_erased: bool
    id: str
    type: EventType
    at: datetime
    written_at: datetime
    agent: str
    item: str | None
    previous: str | None
    detail: Mapping[str, Any]
    objects: Sequence[str]


@dataclass(frozen=True, slots=True)
class History:
    """All events in an order in which they can have happened, and the checkpoint that binds them.

    `key` is the one that whoever reads has; `successions` are how the keys followed one another, read and as notes.
    """

    events: Sequence[Told]
    checkpoint: Checkpoint
    note: bytes
    key: NoteKey
    successions: Sequence[tuple[Succession, bytes]]
    frontier: Frontier

    def keys(self) -> list[tuple[str, int, str | None]]:
        """Every key of the log, the oldest first: the first size it signs for, and the note by which it followed."""
        if not self.successions:
            return [(str(self.key), 1, None)]
        following = [(str(one.new), one.last.size + 1, note.decode()) for one, note in self.successions]
        return [(str(self.successions[0][0].old), 1, None), *following]

    @property
    def unsigned(self) -> int:
        """How many events came after the checkpoint: written into the vault, and not yet signed for."""
        return len(self.events) - self.checkpoint.size


def origin_of(shelf: LogShelf) -> str:
    """What the vault's log is called. Raises: NotFound where none was ever signed, Altered."""
    note = shelf.checkpoint()
    if note is None:
        raise NotFound("this vault holds no signed ledger, so there is nothing to rebuild a database from")
    return Checkpoint.parse(Note.parse(note).text).origin


def read_history(shelf: LogShelf, key: NoteKey) -> History:
    """Every event that lies in the vault.

    1. The checkpoint is signed by `key`, or by one that successions join to it. 2. Each event is spelled as it was
    written. 3. The tree of their digests has the roots that were signed, for the checkpoint and for each change of key.
    4. Every event follows the one of its item that it names.

    Raises: NotFound, Altered with a sentence that names what is not as it was written.
    """
    note = shelf.checkpoint()
    if note is None:
        raise NotFound("this vault holds no signed ledger, so there is nothing to rebuild a database from")
    notes = shelf.successions()
    chain: tuple[Succession, ...] = ()
    for one in notes:
        chain = extended(chain, open_succession(one))
    checkpoint = open_checkpoint(note, joined_keys([LogKey(key)], chain)).checkpoint
    roots = {one.last.size: one.last.root for one in chain} | {checkpoint.size: checkpoint.root}
    frontier = Frontier()
    events: list[Told] = []
    for text in _texts(shelf):
        told = _read(text, len(events) if len(events) < checkpoint.size else None)
        if told.index is not None:
            frontier.add(leaf_hash(entry_of(told.sha256)))
            _check_root(frontier, roots)
        events.append(told)
    if frontier.size < checkpoint.size:
        raise Altered(f"the vault holds {frontier.size} events of the {checkpoint.size} that were signed for")
    return History(list(in_order(events)), checkpoint, note, key, list(zip(chain, notes, strict=True)), frontier)


def _check_root(frontier: Frontier, signed: Mapping[int, bytes]) -> None:
    expected = signed.get(frontier.size)
    if expected is not None and frontier.root() != expected:
        raise Altered(
            f"the {frontier.size} events in the vault are not the ones that were signed: "
            f"expected the root {expected.hex()}, found {frontier.root().hex()}"
        )


def in_order(events: Sequence[Told]) -> Iterator[Told]:
    """The events in the order of the log, but none before the one of its item that it names.

    The log goes by the numbers of transactions, and a transaction that began earlier may have had to wait for the item.
    Raises: Altered where an item's chain has a gap.
    """
    newest: dict[str, str] = {}
    waiting: dict[tuple[str, str | None], Told] = {}
    for event in events:
        if event.item is None:
            yield event
            continue
        if (event.item, event.previous) in waiting:
            raise Altered(f"two events of {event.item} follow the same one; the second is {event.id}")
        waiting[event.item, event.previous] = event
        while (ready := waiting.pop((event.item, newest.get(event.item)), None)) is not None:
            newest[event.item] = ready.sha256
            yield ready
    if waiting:
        lost = min(waiting.values(), key=lambda event: event.at)
        raise Altered(f"event {lost.id} of {lost.item} follows {lost.previous}, which is not in the vault")


def _texts(shelf: LogShelf) -> Iterator[str]:
    index = 0
    while True:
        try:
            texts = shelf.events(index)
        except NotFound:
            return
        yield from texts
        if len(texts) < WIDTH:
            return
        index += 1


def _read(text: str, index: int | None) -> Told:
    """Raises: Altered for what is no event of ours, spelled as we spell it."""
    try:
        body = json.loads(text)
        if body["format"] not in (FORMAT, ERASED) or canonical(body).decode() != text:
            raise ValueError("it is spelled otherwise")
        at = datetime.fromisoformat(body["at"])
        return Told(
            index=index,
            text=text,
            sha256=stated_digest(text),
            is_erased=body["format"] == ERASED,
            id=body["id"],
            type=EventType(body["type"]),
            at=at,
            # Events of earlier versions do not say it; the two are milliseconds apart.
            written_at=datetime.fromisoformat(body["written_at"]) if "written_at" in body else at,
            agent=body["agent"]["id"],
            item=body["item"],
            previous=body["previous"],
            detail=body["detail"],
            objects=body["objects"],
        )
    except (ValueError, KeyError, TypeError) as wrong:
        place = "after the checkpoint" if index is None else f"at place {index}"
        raise Altered(f"what lies {place} is no event this version knows how to read: {wrong}") from wrong
