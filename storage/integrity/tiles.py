"""The tree in pieces that never change once they are full: 256 hashes to a tile, 256 entries to a bundle."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from storage.errors import Altered
from storage.integrity.merkle import HASH_BYTES

HEIGHT = 8
WIDTH = 1 << HEIGHT
HIGHEST_LEVEL = 63
_PATH = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_ENTRY_PREFIX_BYTES = 2
LARGEST_ENTRY_BYTES = 0xFFFF


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: of level `level` (None: a bundle of entries), the `index`-th, holding its first `width` members.

    Its path is that of C2SP tlog-tiles, "Merkle Tree" and "Log entries".
    """

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not 0 <= self.index < 10**18 or not 1 <= self.width <= WIDTH or not 0 <= (self.level or 0) <= HIGHEST_LEVEL:
            raise ValueError("there is no such tile")

    @property
    def path(self) -> str:
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        *groups, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
        kind = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{kind}/{''.join(f'x{group}/' for group in groups)}{last}{partial}"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path, which has one spelling. Raises: ValueError."""
        found = _PATH.fullmatch(path)
        if not found:
            raise ValueError("no path of a tile")
        kind, groups, width = found.groups()
        level = None if kind == "entries" else int(kind)
        index = int(groups.replace("x", "").replace("/", ""))
        tile = cls(level, index, int(width) if width else WIDTH)
        if tile.path != path:
            raise ValueError("no path of a tile in its one spelling")
        return tile


def tiles_of(size: int) -> list[Tile]:
    """Every tile and bundle of a tree of `size` entries, the rightmost ones as partial as they are."""
    tiles: list[Tile] = []
    level, count = 0, size
    while count:
        for members in [0, None] if level == 0 else [level]:
            tiles += [Tile(members, index) for index in range(count >> HEIGHT)]
            if count % WIDTH:
                tiles.append(Tile(members, count >> HEIGHT, count % WIDTH))
        level, count = level + 1, count >> HEIGHT
    return tiles


def hashes_in(tile: bytes) -> list[bytes]:
    """The hashes of a tile. Raises: Altered for what is no tile."""
    if not tile or len(tile) % HASH_BYTES or len(tile) > WIDTH * HASH_BYTES:
        raise Altered(f"a tile holds 1 to {WIDTH} hashes of {HASH_BYTES} bytes; these are {len(tile)} bytes")
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as a bundle: each behind its length. Raises: ValueError for an entry too long to be written."""
    if any(len(entry) > LARGEST_ENTRY_BYTES for entry in entries):
        raise ValueError(f"an entry has at most {LARGEST_ENTRY_BYTES} bytes")
    return b"".join(len(entry).to_bytes(_ENTRY_PREFIX_BYTES, "big") + entry for entry in entries)


def entries_in(bundled: bytes) -> list[bytes]:
    """The entries of a bundle. Raises: Altered for what is no bundle of at most 256 entries."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundled):
        start = at + _ENTRY_PREFIX_BYTES
        at = start + int.from_bytes(bundled[at:start], "big")
        entries.append(bundled[start:at])
        if at > len(bundled) or start > len(bundled) or len(entries) > WIDTH:
            raise Altered("a bundle of entries is cut short or holds too many")
    return entries
