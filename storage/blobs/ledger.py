"""The ledger as files beside the blobs: all that is needed to rebuild the database, and to prove what it said."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from storage.blobs import whole
from storage.errors import Altered, NotFound
from storage.integrity.digest import Digest
from storage.integrity.tiles import Tile, newest_tile

_CHECKPOINT = "checkpoint"


class LedgerFiles:
    """A folder in the form of C2SP tlog-tiles, with what that has no place for beside it.

    `checkpoint`, `tile/…` as there; `long/` texts of events too long for a bundle, by digest; `checkpoints/` those
    that somebody else has signed too; `stamps/` their time stamps; `keys/` how one key followed another.
    A full tile is never written twice. A partial one is as wide as some checkpoint's, and goes once the full one is.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def checkpoint(self) -> bytes | None:
        """The newest checkpoint that was written out, or None before the first."""
        with contextlib.suppress(FileNotFoundError):
            return (self.root / _CHECKPOINT).read_bytes()
        return None

    def put_checkpoint(self, note: bytes) -> None:
        """Make a checkpoint the newest one; everything below it must lie here already."""
        self._folder(self.root)
        whole.replace(self.root / _CHECKPOINT, note)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Let nobody else on this machine write meanwhile, so that the newest checkpoint stays the newest."""
        self._folder(self.root)
        descriptor = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def put_tile(self, tile: Tile, content: bytes) -> None:
        """Keep a tile or bundle. Raises: Altered when other bytes lie in its place."""
        path = self.root / tile.path()
        self._folder(path.parent)
        whole.write_once(path, content)

    def tile(self, tile: Tile) -> bytes:
        """A tile or bundle, or the full one in its place. Raises: NotFound."""
        with contextlib.suppress(FileNotFoundError):
            return (self.root / tile.path()).read_bytes()
        with contextlib.suppress(FileNotFoundError):
            return (self.root / Tile(tile.level, tile.index).path()).read_bytes()
        raise NotFound(f"there is no {tile.path()}")

    def drop_partials(self, tile: Tile) -> int:
        """Remove the partial tiles in the place of a full one; how many. Raises: Altered where it is not full here."""
        full = self.root / Tile(tile.level, tile.index).path()
        folder = full.with_name(f"{full.name}.p")
        if not full.exists():
            raise Altered(f"{full} is not there; its parts are kept")
        dropped = 0
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            path.unlink(missing_ok=True)
            dropped += 1
        with contextlib.suppress(OSError):
            folder.rmdir()
        return dropped

    def put_long(self, text: bytes) -> None:
        """Keep the text of an event that is too long for a bundle, under its digest."""
        path = self._long(Digest.of(text))
        self._folder(path.parent)
        whole.write_once(path, text)

    def long(self, digest: Digest) -> bytes:
        """The text of a long event. Raises: NotFound, Altered."""
        try:
            text = self._long(digest).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"the text of the event {digest} is not here") from None
        if Digest.of(text) != digest:
            raise Altered(f"the text of the event {digest} now has the digest {Digest.of(text)}")
        return text

    def put_witnessed(self, size: int, note: bytes) -> None:
        """Keep a checkpoint that somebody else has signed too, with all that is known of it."""
        path = self.root / "checkpoints" / str(size)
        self._folder(path.parent)
        whole.replace(path, note)

    def put_stamp(self, size: int, name: str, content: bytes) -> None:
        """Keep a time stamp of a checkpoint, named by its own digest."""
        path = self.root / "stamps" / str(size) / name
        self._folder(path.parent)
        whole.write_once(path, content)

    def put_succession(self, number: int, note: bytes) -> None:
        """Keep the statement by which key `number` followed the one before it; for the first key, the key itself."""
        path = self.root / "keys" / f"{number:04}"
        self._folder(path.parent)
        whole.write_once(path, note)

    def newest_tile(self, tile: Tile, size: int) -> bytes:
        """What a tree of `size` leaves has in a tile's place. Raises: NotFound."""
        wanted = newest_tile(tile.level, tile.index, size)
        if wanted is None:
            raise NotFound(f"a ledger of {size} leaves has no {tile.path()}")
        return self.tile(wanted)

    def _long(self, digest: Digest) -> Path:
        return self.root / "long" / digest.hex[:2] / f"{digest.hex}.json"

    def _folder(self, folder: Path) -> None:
        whole.make_folder(folder, self.root.parent)
