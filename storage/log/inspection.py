"""Looks through the whole log: every event, every leaf, every checkpoint, in the database and in the vault."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storage.db import log, outside
from storage.db.log_tables import SignedCheckpoint
from storage.db.session import transaction
from storage.domain.vocab import StampKind
from storage.errors import ArchiveError, NotFound
from storage.integrity import merkle, tiles
from storage.integrity.checkpoint import LogKey, open_checkpoint
from storage.integrity.digest import Digest
from storage.integrity.merkle import Frontier, Grown, leaf_hash
from storage.integrity.note import NoteKey
from storage.integrity.outside import OTS, TSR
from storage.integrity.proof import LogProof
from storage.integrity.statement import stated_digest
from storage.integrity.succession import Succession, open_succession
from storage.integrity.tiles import HEIGHT, WIDTH, Tile
from storage.log.sequencer import entry_of
from storage.log.shelf import LogShelf
from storage.log.succeeding import successions

MOST_TOLD = 1000


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is not as it was written: the thing, and a sentence that names both values."""

    subject: str
    sentence: str


def trusted_keys(session: Session) -> list[LogKey]:
    """The log's keys with the sizes each signs for, by the word of the database: for looking through, not for proof."""
    rows = log.keys(session)
    ends = [*(row.first_size - 1 for row in rows[1:]), None]
    # Before the first signature there is no key, and no end.
    return [LogKey(NoteKey.parse(row.key), row.first_size, end) for row, end in zip(rows, ends, strict=False)]


def inspect(engine: Engine, shelf: LogShelf) -> Iterator[Flaw]:
    """Everything that is wrong with the log, the earliest first; nothing where all is as it was written.

    1. Each event's text has the digest that is kept beside it. 2. Its leaf is that digest's, and leaves follow one
    another without a gap. 3. The vault holds the same events, entries and hashes. 4. The root that comes of it at the
    size of each checkpoint is the one that was signed, by a key for that size. 5. Every time stamp lies in the vault as
    it came. 6. The vault's newest checkpoint is one of this history. 7. Each key but the first was named
    by the one before it, at a root of this history.
    """
    frontier = Frontier()
    with transaction(engine) as session:
        head = log.head(session)
        keys = trusted_keys(session)
        checkpoints = {row.size: row for row in session.scalars(select(SignedCheckpoint))}
        yield from _key_flaws(session, shelf)
        ends = {one.last.size: one for one in _openable(session)}
        leaves, size = log.count_leaves(session), head.size if head else 0
        if leaves != size:
            yield Flaw("log", f"the log has come to size {size}, and {leaves} events have a place in it")
        for index in range(-(-max(leaves, size) // WIDTH)):
            yield from _bundle_flaws(session, shelf, index, frontier, checkpoints, keys, ends)
        beyond = sorted(signed for signed in checkpoints if signed > frontier.size)
        if beyond:
            yield Flaw(f"checkpoint {beyond[-1]}", f"{frontier.size} events are left of the {beyond[-1]} signed for")
        yield from _stamp_flaws(session, shelf)
    yield from _newest_flaws(shelf, keys, checkpoints)


def _bundle_flaws(
    session: Session,
    shelf: LogShelf,
    index: int,
    frontier: Frontier,
    checkpoints: dict[int, SignedCheckpoint],
    keys: Sequence[LogKey],
    ends: Mapping[int, Succession],
) -> Iterator[Flaw]:
    first = index * WIDTH
    told = log.bodies(session, first, WIDTH)
    kept = log.hashes(session, first, WIDTH)
    texts, entries, hashes = _laid(shelf, index, len(kept))
    if len(told) != len(kept):
        yield Flaw(f"leaf {first}", f"{len(kept)} leaves and {len(told)} events from place {first} on")
    for at, ((body, sha256), leaf) in enumerate(zip(told, kept, strict=False)):
        place = first + at
        if (found := stated_digest(body)) != sha256:
            yield Flaw(f"leaf {place}", f"the event's text has the digest {found}, not {sha256}")
        if leaf_hash(entry_of(sha256)) != leaf:
            yield Flaw(f"leaf {place}", f"the leaf is not that of the event's digest {sha256}")
        if texts[at : at + 1] != [body] or entries[at : at + 1] != [entry_of(sha256)] or hashes[at : at + 1] != [leaf]:
            yield Flaw(f"leaf {place}", "the vault's copy of this event, its entry or its hash is another or missing")
        for grown in frontier.add(leaf):
            if grown.level and grown.level % HEIGHT == 0 and _laid_node(shelf, grown) != grown.hash:
                subject = f"tile of level {grown.level // HEIGHT}"
                yield Flaw(subject, f"the vault's hash of the leaves before {place + 1} is another or missing")
        signed = checkpoints.get(frontier.size)
        if signed is not None:
            yield from _checkpoint_flaws(signed, frontier, keys)
        ended = ends.get(frontier.size)
        if ended is not None and ended.last.root != frontier.root():
            found = frontier.root().hex()
            yield Flaw(
                f"key {ended.new}", f"it followed at the root {ended.last.root.hex()}, and this history has {found}"
            )


def _laid(shelf: LogShelf, index: int, count: int) -> tuple[list[str], list[bytes], list[bytes]]:
    """What the vault holds of a bundle; nothing where it cannot be read."""
    try:
        entries = tiles.entries_in(shelf.read(Tile(None, index, count)))
        hashes = tiles.hashes_in(shelf.read(Tile(0, index, count)))
        return shelf.events(index)[:count], entries, hashes
    except (ArchiveError, ValueError):
        return [], [], []


def _laid_node(shelf: LogShelf, grown: Grown) -> bytes | None:
    try:
        return shelf.node(grown.level, grown.index)
    except ArchiveError:
        return None


def _checkpoint_flaws(signed: SignedCheckpoint, frontier: Frontier, keys: Sequence[LogKey]) -> Iterator[Flaw]:
    try:
        opened = open_checkpoint(signed.note.encode(), keys)
    except ArchiveError as wrong:
        yield Flaw(f"checkpoint {signed.size}", wrong.sentence)
        return
    if (opened.checkpoint.size, opened.checkpoint.root) != (frontier.size, frontier.root()):
        root = frontier.root().hex()
        yield Flaw(f"checkpoint {signed.size}", f"it was signed for another history than the one kept (root {root})")


def _stamp_flaws(session: Session, shelf: LogShelf) -> Iterator[Flaw]:
    for row in outside.all_stamps(session):
        ending = TSR if row.kind == StampKind.RFC3161 else OTS
        subject = f"time stamp {row.sha256[:16]} of size {row.size}"
        try:
            token = shelf.outside(row.size, f"{row.sha256}{ending}")
        except NotFound:
            yield Flaw(subject, f"the token of {row.authority} is not in the vault")
            continue
        if (found := Digest.of(token).hex) != row.sha256:
            yield Flaw(subject, f"the token of {row.authority} now has the digest {found}")


def _newest_flaws(shelf: LogShelf, keys: Sequence[LogKey], checkpoints: dict[int, SignedCheckpoint]) -> Iterator[Flaw]:
    note = shelf.checkpoint()
    if note is None:
        if checkpoints:
            yield Flaw("checkpoint", "the vault holds no signed checkpoint, and the database does")
        return
    try:
        opened = open_checkpoint(note, keys)
    except ArchiveError as wrong:
        yield Flaw("checkpoint", f"in the vault: {wrong.sentence}")
        return
    known = checkpoints.get(opened.checkpoint.size)
    if known is None or known.note.encode() != note:
        yield Flaw("checkpoint", f"the vault's checkpoint of size {opened.checkpoint.size} is none of this database")


def _key_flaws(session: Session, shelf: LogShelf) -> Iterator[Flaw]:
    rows = log.keys(session)
    for before, row in pairwise(rows):
        if row.succession is None:
            yield Flaw(f"key {row.key}", f"it follows {before.key}, and no succession says that it may")
            continue
        try:
            one = open_succession(row.succession.encode())
        except ArchiveError as wrong:
            yield Flaw(f"key {row.key}", wrong.sentence)
            continue
        if (str(one.old), str(one.new), one.last.size + 1) != (before.key, row.key, row.first_size):
            yield Flaw(f"key {row.key}", "its succession is from another key, to another key or at another size")
    try:
        laid = shelf.successions()
    except ArchiveError as wrong:
        yield Flaw("keys", wrong.sentence)
        return
    if laid != successions(session):
        yield Flaw("keys", "the successions of keys in the vault are not the ones in the database")


def _openable(session: Session) -> Iterator[Succession]:
    for note in successions(session):
        with contextlib.suppress(ArchiveError):
            yield open_succession(note)


def prove(session: Session, shelf: LogShelf, event_id: str, under: SignedCheckpoint | None) -> LogProof:
    """The proof that an event is in the log of a signed checkpoint.

    Raises: NotFound while the event has no place under that checkpoint.
    """
    index = log.leaf_of(session, event_id)
    if index is None or under is None or index >= under.size:
        raise NotFound("this event has no place in the signed ledger yet; it has in a moment")
    return LogProof(index, tuple(merkle.inclusion_proof(shelf.node, index, under.size)), under.note.encode())
