"""Looks through the whole ledger for what is no longer what was signed, and names the leaf."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storage.blobs.ledger import LedgerFiles
from storage.db import checkpoints, leaves
from storage.db.session import transaction
from storage.db.transparency import SignedCheckpoint
from storage.errors import ArchiveError
from storage.integrity.checkpoint import Checkpoint, Trust, open_checkpoint
from storage.integrity.merkle import HASH_BYTES, Frontier, leaf_hash
from storage.integrity.note import VerifierKey
from storage.integrity.statement import digest_of_text
from storage.integrity.succession import trust_of
from storage.integrity.tiles import WIDTH, Tile, entry_of, newest_tile
from workers.ledger.writing import written_out


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that is not what it was: `leaf` is its place in the tree, where it has one."""

    leaf: int | None
    sentence: str


def examine_ledger(
    engine: Engine, files: LedgerFiles, *, held: Sequence[Checkpoint] = (), trust: Trust | None = None
) -> Iterator[Discrepancy]:
    """Everything about the ledger that does not fit together.

    1 every event is what its leaf says, 2 every leaf is what the vault's tiles say, 3 places have no gap, 4 every
    checkpoint is signed by a key at its time and is the root of what is there, 5 so is every checkpoint in `held`,
    which somebody kept elsewhere: the only one of the five that finds a history rewritten with the key itself.
    `trust` names the key to believe; without one, the database's own word is taken for it.
    """
    with transaction(engine) as session:
        signed = {row.size: row for row in checkpoints.all_of(session)}
        known = {one.size: one for one in held}
        yield from _signatures(session, signed, trust)
        grown = Frontier()
        written = _WrittenLeaves(files)
        with leaves.placed(session, 0, leaves.head(session).size) as placed:
            for index, leaf, event in placed:
                if index != grown.size:
                    yield Discrepancy(grown.size, f"leaf {grown.size} is missing; the next one here is leaf {index}")
                    return
                yield from _compared(index, leaf, event.id, event.body, event.sha256, written)
                grown.append(leaf)
                yield from _rooted(grown, signed.get(grown.size), known.pop(grown.size, None))
        for size in sorted(known):
            if size > grown.size:
                yield Discrepancy(
                    grown.size,
                    f"a checkpoint of {size} leaves was kept elsewhere, and leaf {grown.size} is missing here",
                )
        missing = [size for size in signed if size > grown.size]
        if missing:
            yield Discrepancy(
                grown.size, f"a tree of {max(missing)} leaves was signed, and leaf {grown.size} is missing here"
            )
        yield from _head(session, grown)


class _WrittenLeaves:
    """The leaf hashes that lie in the vault, a tile at a time."""

    def __init__(self, files: LedgerFiles) -> None:
        self._files = files
        newest = written_out(files)
        self._size = newest.size if newest else 0
        self._tile: tuple[int, bytes] = (-1, b"")

    def at(self, index: int) -> bytes | None:
        """The hash of one place, or None where the vault does not reach."""
        if index >= self._size:
            return None
        number, at = divmod(index, WIDTH)
        if self._tile[0] != number:
            self._tile = (number, self._files.tile(newest_tile(0, number, self._size) or Tile(0, number)))
        return self._tile[1][at * HASH_BYTES : (at + 1) * HASH_BYTES]


def _compared(
    index: int, leaf: bytes, name: str, body: str, sha256: str, written: _WrittenLeaves
) -> Iterator[Discrepancy]:
    own = leaf_hash(entry_of(body.encode()))
    if own != leaf:
        yield Discrepancy(index, f"leaf {index}: event {name} says something else than when it was given its place")
    if digest_of_text(body) != sha256:
        yield Discrepancy(index, f"leaf {index}: event {name} has another digest than the one kept beside it")
    try:
        kept = written.at(index)
    except ArchiveError as error:
        yield Discrepancy(index, f"leaf {index}: the vault's copy cannot be read: {error.sentence}")
        return
    if kept is not None and kept != leaf:
        yield Discrepancy(index, f"leaf {index}: event {name} is not the one that the vault has in this place")


def _rooted(grown: Frontier, row: SignedCheckpoint | None, held: Checkpoint | None) -> Iterator[Discrepancy]:
    root = grown.root() if row or held else b""
    if row is not None and row.root != root:
        yield Discrepancy(None, f"the checkpoint of {grown.size} leaves is not the root of the leaves that are here")
    if held is not None and held.root != root:
        yield Discrepancy(
            None,
            f"a checkpoint of {grown.size} leaves that was kept elsewhere is not the root of the leaves that are here: "
            f"one of the leaves 0 to {grown.size - 1} was rewritten, moved or taken out",
        )


def _signatures(session: Session, signed: dict[int, SignedCheckpoint], trust: Trust | None) -> Iterator[Discrepancy]:
    rows = checkpoints.keys(session)
    if not rows:
        return
    try:
        successions = [row.succession.encode() for row in rows if row.succession]
        believed = trust or trust_of(VerifierKey.parse(rows[0].vkey), successions=successions)
    except ValueError as error:
        yield Discrepancy(None, f"the ledger's keys do not follow one another: {error}")
        return
    for size, row in sorted(signed.items()):
        try:
            told = open_checkpoint(row.note.encode(), believed).checkpoint
        except ValueError as error:
            yield Discrepancy(None, f"the checkpoint of {size} leaves: {error}")
            continue
        if (told.size, told.root) != (row.size, row.root):
            yield Discrepancy(None, f"the checkpoint of {size} leaves says something else than the row it stands in")


def _head(session: Session, grown: Frontier) -> Iterator[Discrepancy]:
    try:
        head = leaves.frontier_of(leaves.head(session))
    except ValueError as error:
        yield Discrepancy(None, f"the ledger's head cannot be: {error}")
        return
    if head != grown:
        yield Discrepancy(None, f"the ledger's head is of {head.size} leaves, and does not fit the {grown.size} here")
    if leaves.count(session) != (grown.size, grown.size):
        yield Discrepancy(None, "there are more leaves than the ledger's head knows")
