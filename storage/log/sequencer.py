"""Gives every event its place in the Merkle log, signs what has come about, and lays it all into the vault."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storage.db import log
from storage.db.log import Waiting
from storage.db.log_tables import LogHead
from storage.db.session import transaction
from storage.errors import Superseded
from storage.integrity import tiles
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.merkle import HASH_BYTES, Frontier, leaf_hash
from storage.integrity.note import Signer, joined
from storage.integrity.tiles import HEIGHT, WIDTH, Tile
from storage.log.shelf import LogShelf
from storage.log.succeeding import lay, present_key

BATCH = 4096


def entry_of(sha256: str) -> bytes:
    """What the log holds of an event: the digest of its canonical text, as `sha256:hex`.

    A statement may be longer than an entry of a bundle can be, and a log that everybody may read must not say what
    restricted testimony says; the digest binds the one and hides the other.
    """
    return f"sha256:{sha256.removeprefix('sha256:')}".encode()


@dataclass(frozen=True, slots=True)
class Sequencer:
    """One who lets the log grow; two at once are one after the other."""

    shelf: LogShelf
    signer: Signer

    def advance(self, engine: Engine, limit: int = BATCH) -> int:
        """Give so many waiting events their places; how many got one.

        1. Lock the head of the log, and see that vault and database tell of one log.
        2. Take the events whose turn cannot be overtaken any more: every transaction before theirs has ended.
        3. Grow the tree; lay its tiles, bundles and the events' texts into the vault. What a kill leaves there is
           what the next try lays there again.
        4. Insert the leaves, move the head and sign the checkpoint in one transaction.
        5. Lay the signed checkpoint into the vault.

        Raises: Altered when the log's size, its leaves and the newest checkpoint in the vault do not agree; Superseded
        when another key than this signer's is the log's by now.
        """
        with transaction(engine) as session:
            head = log.head_locked(session, self.signer.name)
            self.shelf.refuse_older(head.origin, head.size)
            events = log.waiting(session, head, limit)
            if not events:
                newest = log.newest_checkpoint(session)
                note = newest.note.encode() if newest else None
            else:
                note = self._grow(session, head, events)
        if note and note != self.shelf.checkpoint():
            self.shelf.keep_checkpoint(note)
        return len(events)

    def _check_key(self, session: Session, first_size: int) -> None:
        """The signer's key is the log's own, and how it came to be so lies in the vault before it signs anything."""
        present = present_key(session)
        if present is None:
            log.add_key(session, str(self.signer.public), first_size)
        elif present != self.signer.public:
            raise Superseded(
                f"the ledger is signed with the key {present.id.hex()} now, and not with {self.signer.public.id.hex()}"
            )
        lay(session, self.shelf)

    def _grow(self, session: Session, head: LogHead, events: Sequence[Waiting]) -> bytes:
        first = head.size
        self._check_key(session, first + 1)
        frontier = Frontier(first, [head.peaks[at : at + HASH_BYTES] for at in range(0, len(head.peaks), HASH_BYTES)])
        leaves = [leaf_hash(entry_of(event.sha256)) for event in events]
        completed: dict[int, list[bytes]] = {}
        for leaf in leaves:
            for grown in frontier.add(leaf):
                if grown.level % HEIGHT == 0:
                    completed.setdefault(grown.level // HEIGHT, []).append(grown.hash)
        self._lay_events(session, first, events)
        for level, hashes in completed.items():
            self._lay_hashes(level, first >> (HEIGHT * level), hashes)
        log.add_leaves(session, first, [(event.seq, leaf) for event, leaf in zip(events, leaves, strict=True)])
        head.size, head.peaks = frontier.size, b"".join(frontier.peaks)
        head.after_xid, head.after_seq = events[-1].xid, events[-1].seq
        text = Checkpoint(head.origin, head.size, frontier.root()).text()
        note = joined(text, [self.signer.sign(text)])
        log.add_checkpoint(session, head.size, note.decode())
        return note

    def _lay_events(self, session: Session, first: int, events: Sequence[Waiting]) -> None:
        begun = first % WIDTH
        before = log.bodies(session, first - begun, begun)
        told = [*before, *((event.body, event.sha256) for event in events)]
        for at in range(0, len(told), WIDTH):
            part = told[at : at + WIDTH]
            index = (first - begun + at) // WIDTH
            self.shelf.keep_events(index, [body for body, _ in part])
            self.shelf.keep(Tile(None, index, len(part)), tiles.bundle([entry_of(sha256) for _, sha256 in part]))

    def _lay_hashes(self, level: int, first: int, hashes: Sequence[bytes]) -> None:
        """Lay the hashes of a level from number `first` on, behind those of the tile that was begun."""
        begun = first % WIDTH
        before = tiles.hashes_in(self.shelf.read(Tile(level, first // WIDTH, begun))) if begun else []
        whole = [*before, *hashes]
        for at in range(0, len(whole), WIDTH):
            part = whole[at : at + WIDTH]
            self.shelf.keep(Tile(level, (first - begun + at) // WIDTH, len(part)), b"".join(part))
