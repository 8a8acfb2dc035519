"""Writes the signed tree out as tiles and bundles, so that the database could be lost and nothing with it."""

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storage.blobs.ledger import LedgerFiles
from storage.db import checkpoints, leaves
from storage.db.session import transaction
from storage.errors import LedgerHalted
from storage.integrity.checkpoint import Checkpoint, parse_checkpoint
from storage.integrity.merkle import HASH_BYTES, frontier_of, leaf_hash, root_of
from storage.integrity.note import parse_note
from storage.integrity.tiles import (
    WIDTH,
    Tile,
    bundle,
    entry_of,
    hashes_of,
    is_by_digest,
    newest_tile,
    tiled_nodes,
    tiles_of,
)


def written_out(files: LedgerFiles) -> Checkpoint | None:
    """The newest checkpoint that lies in the vault, its signatures not checked; None before the first."""
    note = files.checkpoint()
    return None if note is None else parse_checkpoint(parse_note(note).text)


def write_out(engine: Engine, files: LedgerFiles) -> Checkpoint | None:
    """Write everything up to the newest signed checkpoint, and then that; None where it lies there already.

    1 bundles of entries with the tile of their hashes, 2 the tiles above, 3 what is written leads to the signed root,
    4 the checkpoint, 5 partial tiles whose full one has come are dropped. A kill between any two leaves nothing but
    tiles that the next turn writes again with the same bytes, because places are given for good.
    Raises: LedgerHalted, naming the leaf, where an event no longer is what was signed.
    """
    with files.writing():
        before = written_out(files)
        old = before.size if before else 0
        with transaction(engine) as session:
            row = checkpoints.newest(session)
            if row is None or row.size <= old:
                return None
            _write_entries(session, files, old, row.size)
            made, note = parse_checkpoint(parse_note(row.note.encode()).text), row.note.encode()
        for tile in tiles_of(old, made.size):
            if tile.level:
                files.put_tile(tile, _upper_tile(files, tile, old))
        if root_of(tiled_nodes(made.size, files.tile), made.size) != made.root:
            raise LedgerHalted(f"what was written out does not lead to the root signed at size {made.size}")
        files.put_checkpoint(note)
        for tile in tiles_of(old, made.size):
            if tile.is_full:
                files.drop_partials(tile)
    return made


def _write_entries(session: Session, files: LedgerFiles, old: int, new: int) -> None:
    """The bundles from the one that was not full at `old`, and level 0 beside them."""
    entries: list[bytes] = []
    hashes: list[bytes] = []
    start = old // WIDTH * WIDTH
    with leaves.placed(session, start, new) as placed:
        for index, leaf, event in placed:
            text = event.body.encode()
            entry = entry_of(text)
            if index != start + len(hashes) or leaf_hash(entry) != leaf:
                raise LedgerHalted(f"leaf {index} (event {event.id}) is not what was placed there: its row was altered")
            if is_by_digest(entry):
                files.put_long(text)
            entries.append(entry)
            hashes.append(leaf)
            if len(entries) == WIDTH:
                _put(files, index // WIDTH, entries, hashes)
                start += WIDTH
                entries, hashes = [], []
    if entries:
        _put(files, start // WIDTH, entries, hashes)
    if start + len(hashes) != new:
        raise LedgerHalted(f"the ledger was signed at {new} leaves, and leaf {start + len(hashes)} is missing")


def _put(files: LedgerFiles, index: int, entries: list[bytes], hashes: list[bytes]) -> None:
    files.put_tile(Tile(None, index, len(entries)), bundle(entries))
    files.put_tile(Tile(0, index, len(hashes)), b"".join(hashes))


def _upper_tile(files: LedgerFiles, tile: Tile, old: int) -> bytes:
    """A tile above level 0: what it held at `old`, and the roots of the full tiles below that are new."""
    level = tile.level or 0
    before = newest_tile(level, tile.index, old)
    kept = files.tile(before)[: before.width * HASH_BYTES] if before else b""
    first = tile.index * WIDTH
    for index in range(first + (before.width if before else 0), first + tile.width):
        below = Tile(level - 1, index)
        kept += frontier_of(hashes_of(below, files.tile(below))).root()
    return kept
