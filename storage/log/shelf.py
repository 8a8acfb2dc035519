"""The log in the vault: tiles, entries and the events themselves as files, so that it outlives the database."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from storage import whole
from storage.errors import Altered, NotFound
from storage.integrity import tiles
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.merkle import node_hash
from storage.integrity.note import Note
from storage.integrity.statement import is_stub, stated_digest
from storage.integrity.tiles import HEIGHT, WIDTH, Tile

CHECKPOINT = "checkpoint"
KEYS = "keys"


class LogShelf:
    """A folder in the layout of C2SP tlog-tiles, beside it `events/…` with the text of each event, a line each, and
    `keys/…` with the successions of keys.

    What is full never changes; what is not yet full lies under the same name with `.part` and is replaced as a whole.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, tile: Tile, content: bytes) -> None:
        """Keep a tile or a bundle with its first `tile.width` members. Raises: Altered where a full one has others."""
        self._keep(Tile(tile.level, tile.index).path, content, is_full=tile.width == WIDTH)

    def read(self, tile: Tile) -> bytes:
        """A tile or bundle, cut to its first `tile.width` members. Raises: NotFound, Altered."""
        kept = self._read(Tile(tile.level, tile.index).path)
        members = tiles.entries_in(kept) if tile.level is None else tiles.hashes_in(kept)
        if len(members) < tile.width:
            raise NotFound("the log has not come that far")
        chosen = members[: tile.width]
        return tiles.bundle(chosen) if tile.level is None else b"".join(chosen)

    def keep_events(self, index: int, texts: Sequence[str]) -> None:
        """Keep the events of the `index`-th bundle. Raises: Altered.

        What is full never changes, but for texts that were erased: a stub takes the place of the text it names.
        """
        whole = "".join(f"{text}\n" for text in texts).encode()
        if len(texts) == WIDTH and self._is_erased_since(index, texts):
            self._replace(self._root / _events_path(index), whole, mode=0o444)
        self._keep(_events_path(index), whole, is_full=len(texts) == WIDTH)

    def events(self, index: int) -> list[str]:
        """The texts of the events of the `index`-th bundle, as far as it has come. Raises: NotFound, Altered."""
        *texts, rest = self._read(_events_path(index)).decode(errors="replace").split("\n")
        if rest or not 0 < len(texts) <= WIDTH:
            raise Altered(f"the file of events {_events_path(index)} is cut short or holds too many")
        return texts

    def _is_erased_since(self, index: int, texts: Sequence[str]) -> bool:
        """Whether a full file of events differs from these texts by nothing but stubs of its own texts."""
        try:
            kept = self.events(index)
        except NotFound:
            return False
        changed = [(old, new) for old, new in zip(kept, texts, strict=False) if old != new]
        is_full = (self._root / _events_path(index)).exists() and len(kept) == len(texts)
        stubs = all(is_stub(new) and stated_digest(old) == stated_digest(new) for old, new in changed)
        return is_full and bool(changed) and stubs

    def keep_checkpoint(self, note: bytes) -> None:
        """Replace the newest signed checkpoint."""
        self._replace(self._root / CHECKPOINT, note)

    def checkpoint(self) -> bytes | None:
        """The newest signed checkpoint, or None where none was ever signed."""
        try:
            return (self._root / CHECKPOINT).read_bytes()
        except FileNotFoundError:
            return None

    def keep_outside(self, size: int, name: str, content: bytes) -> None:
        """Keep what somebody else has signed of the checkpoint of one size; `checkpoint` is replaced, the rest not.

        Raises: Altered where other bytes lie there under this name.
        """
        path = self._root / "outside" / str(size) / name
        if name != CHECKPOINT and path.exists():
            if path.read_bytes() != content:
                raise Altered(f"what others signed of the log says otherwise than its file {name} in the vault")
            return
        self._replace(path, content)

    def outside(self, size: int, name: str) -> bytes:
        """What somebody else has signed of the checkpoint of one size. Raises: NotFound."""
        try:
            return (self._root / "outside" / str(size) / name).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"there is no {name} of the checkpoint of size {size} in the vault") from None

    def keep_succession(self, ordinal: int, note: bytes) -> None:
        """Keep how the log came to its `ordinal`-th next key. Raises: Altered where another is kept."""
        self._keep(_succession_path(ordinal), note, is_full=True)

    def successions(self) -> list[bytes]:
        """Every succession of keys, the oldest first. Raises: Altered where one is missing between others."""
        kept = sorted(path.name for path in (self._root / KEYS).glob("[0-9]*"))
        paths = [_succession_path(ordinal) for ordinal in range(1, len(kept) + 1)]
        if [f"{KEYS}/{name}" for name in kept] != paths:
            raise Altered(f"of the successions of keys in the vault one is missing: found {', '.join(kept)}")
        return [self._read(path) for path in paths]

    def refuse_older(self, origin: str, size: int) -> None:
        """A database that was put back to an older day must not sign another history over the newer one.

        Raises: Altered where the vault holds a checkpoint of another log than the database's, or of a larger size.
        """
        known = self.checkpoint()
        if known is None:
            return
        seen = Checkpoint.parse(Note.parse(known).text)
        if seen.origin != origin or seen.size > size:
            raise Altered(
                f"the vault holds a checkpoint of {seen.origin} of size {seen.size}, and the database has come to "
                f"size {size} of {origin}: an older database was put back; `svidok restore` knows what to do"
            )

    def node(self, level: int, index: int) -> bytes:
        """The hash of a full subtree, from the tile that holds it. Raises: NotFound, Altered."""
        row, above = divmod(level, HEIGHT)
        first, count = index << above, 1 << above
        tile = Tile(row, first >> HEIGHT, (first & (WIDTH - 1)) + count)
        hashes = tiles.hashes_in(self.read(tile))[-count:]
        while len(hashes) > 1:
            hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]

    def _keep(self, name: str, content: bytes, *, is_full: bool) -> None:
        path = self._root / name
        part = path.with_name(f"{path.name}.part")
        if not is_full:
            self._replace(part, content)
            return
        if path.exists():
            if path.read_bytes() != content:
                raise Altered(f"the log says otherwise than its file {name} in the vault")
        else:
            self._replace(path, content, mode=0o444)
        part.unlink(missing_ok=True)

    def _read(self, name: str) -> bytes:
        path = self._root / name
        for candidate in (path, path.with_name(f"{path.name}.part"), path):
            with contextlib.suppress(FileNotFoundError):
                return candidate.read_bytes()
        raise NotFound("the log has not come that far")

    def _replace(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        """A reader finds the old or the new, never a part; and what was answered for is on the disk."""
        whole.make_folder(path.parent, self._root.parent)
        whole.replace(path, content, mode=mode)


def _succession_path(ordinal: int) -> str:
    return f"{KEYS}/{ordinal:04}"


def _events_path(index: int) -> str:
    return Tile(None, index).path.replace("tile/entries/", "events/", 1) + ".jsonl"
