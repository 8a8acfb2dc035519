"""The ledger as plain files that anyone can serve: tiles of 256 hashes, and bundles of the entries themselves."""

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest
from storage.integrity.merkle import HASH_BYTES, Nodes, node_hash
from storage.integrity.note import Malformed

WIDTH = 256
_HEIGHT = 8
_LARGEST_ENTRY = 0xFFFF
_BY_DIGEST = "svidok.entry-by-digest/1"
_PATH = re.compile(r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: `index` counts from the left of its level, `width` is how many hashes or entries it holds.

    `level` is None for a bundle of entries. Source: C2SP tlog-tiles, sections "Merkle Tree" and "Log entries".
    """

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def is_full(self) -> bool:
        return self.width == WIDTH

    def path(self) -> str:
        """Where the tile is served, below the log's prefix."""
        digits = f"{self.index:03}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        folder = "entries" if self.level is None else self.level
        place = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"tile/{folder}/{place}" + ("" if self.is_full else f".p/{self.width}")


def parse_path(path: str) -> Tile:
    """Read a tile's path in its one spelling. Raises: Malformed."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise Malformed(f"not the path of a tile: {path[:80]!r}")
    level = None if found[1] == "entries" else int(found[1])
    tile = Tile(level, int(found[2].replace("x", "").replace("/", "")), int(found[3] or WIDTH))
    if tile.path() != path or (level or 0) > 63 or tile.index >= 1 << 55:
        raise Malformed(f"not the path of a tile: {path[:80]!r}")
    return tile


def tiles_of(old_size: int, new_size: int) -> Iterator[Tile]:
    """The tiles and bundles that a log which grew from `old_size` to `new_size` has and did not have before."""
    yield from _grown(None, old_size, new_size)
    level = 0
    while new_size >> (_HEIGHT * level):
        yield from _grown(level, old_size >> (_HEIGHT * level), new_size >> (_HEIGHT * level))
        level += 1


def _grown(level: int | None, old: int, new: int) -> Iterator[Tile]:
    if old == new:
        return
    for index in range(old // WIDTH, new // WIDTH):
        yield Tile(level, index)
    if new % WIDTH:
        yield Tile(level, new // WIDTH, new % WIDTH)


def newest_tile(level: int | None, index: int, size: int) -> Tile | None:
    """The tile at this place in a log of `size` leaves, full or as far as it goes; None where there is none yet."""
    width = min(WIDTH, (size >> (_HEIGHT * (level or 0))) - index * WIDTH)
    return Tile(level, index, width) if index >= 0 and width > 0 else None


def hashes_of(tile: Tile, raw: bytes) -> list[bytes]:
    """The hashes in a tile's bytes. Raises: Malformed when there are not as many as the tile says."""
    if len(raw) != tile.width * HASH_BYTES:
        raise Malformed(f"{tile.path()} has {tile.width * HASH_BYTES} bytes, not {len(raw)}")
    return [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]


def tile_bytes(tile: Tile, nodes: Nodes) -> bytes:
    """A tile of hashes, from the tree's nodes."""
    level = _HEIGHT * (tile.level or 0)
    first = tile.index * WIDTH
    return b"".join(nodes(level, index) for index in range(first, first + tile.width))


def tiled_nodes(size: int, read: Callable[[Tile], bytes]) -> Nodes:
    """The nodes of a tree of `size` leaves, from its tiles; each tile is read once.

    A tile's place is asked for at the width it has at this size, or full. `read` may answer with a wider one: what is
    beyond is cut off. Nothing read here is believed until it leads to a signed root.
    Raises: Malformed for a tile that is too short.
    """
    kept: dict[tuple[int, int], list[bytes]] = {}

    def row(level: int, index: int) -> list[bytes]:
        if (level, index) not in kept:
            tile = newest_tile(level, index, size)
            if tile is None:
                msg = f"a tree of {size} leaves has no tile {index} at level {level}"
                raise ValueError(msg)
            kept[level, index] = hashes_of(tile, read(tile)[: tile.width * HASH_BYTES])
        return kept[level, index]

    def node(level: int, index: int) -> bytes:
        tile_level, above = divmod(level, _HEIGHT)
        first = index << above
        row_hashes = row(tile_level, first // WIDTH)
        hashes = row_hashes[first % WIDTH : first % WIDTH + (1 << above)]
        if len(hashes) != 1 << above:
            msg = f"a tree of {size} leaves has no complete subtree {index} at level {level}"
            raise ValueError(msg)
        while len(hashes) > 1:
            hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]

    return node


def entry_of(event: bytes) -> bytes:
    """What stands in the log for one event's canonical text: the text itself, or its digest where it is too long.

    A bundle carries at most 65,535 bytes an entry. A longer text is bound by its SHA-256 and size, and kept beside.
    """
    if len(event) <= _LARGEST_ENTRY:
        return event
    return canonical({"format": _BY_DIGEST, "sha256": Digest.of(event).hex, "size_bytes": len(event)})


def is_by_digest(entry: bytes) -> bool:
    """Whether an entry only names the event that it stands for. Events themselves begin with their agent."""
    return entry.startswith(b'{"format":"' + _BY_DIGEST.encode() + b'"')


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries one after the other, each behind its length. Source: C2SP tlog-tiles, section "Log entries".

    Raises: Malformed for an entry of more than 65,535 bytes, or more than 256 of them.
    """
    if not 0 < len(entries) <= WIDTH or any(len(entry) > _LARGEST_ENTRY for entry in entries):
        raise Malformed(f"a bundle holds 1 to {WIDTH} entries of at most {_LARGEST_ENTRY} bytes")
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def entries_of(tile: Tile, raw: bytes) -> list[bytes]:
    """The entries in a bundle's bytes. Raises: Malformed when they are cut short, too many or too few."""
    ends = [0]
    while ends[-1] + 2 <= len(raw) and len(ends) <= WIDTH:
        ends.append(ends[-1] + 2 + int.from_bytes(raw[ends[-1] : ends[-1] + 2]))
    if ends[-1] != len(raw) or len(ends) - 1 != tile.width:
        raise Malformed(f"{tile.path()} does not hold {tile.width} whole entries and nothing else")
    return [raw[start + 2 : end] for start, end in pairwise(ends)]
