"""The keys of sealed items: one for each, wrapped by the archive's own, and in no database and on no store of files.

`keys/items.key` wraps them; `keys/items/ITEM.key` is each of them, 60 bytes. Whoever has only a database, a store or a
backup of either has ciphertext; whoever destroys an item's key has destroyed its files wherever they lie.
"""

from dataclasses import dataclass
from functools import cached_property
from os import urandom
from pathlib import Path

from storage import whole
from storage.errors import Altered, ArchiveError, Conflict, Unavailable
from storage.integrity.cipher import KEY_BYTES
from storage.strongbox import Strongbox

WRAPPING, FOLDER = "items.key", "items"


@dataclass(frozen=True)
class ItemKeys:
    """The keys that lie in a folder, which is `keys/` in the vault."""

    folder: Path

    @cached_property
    def _box(self) -> Strongbox:
        return Strongbox(self.folder / WRAPPING, "put it back from where it is kept apart")

    @property
    def wrapping(self) -> Path:
        """Where the key lies that wraps all others."""
        return self._box.path

    def key(self, item_id: str) -> bytes:
        """The key of an item. Raises: Unavailable, with what to do, where it or the key that wraps it is not there."""
        path = self.path(item_id)
        try:
            wrapped = path.read_bytes()
        except FileNotFoundError:
            raise Unavailable(
                f"{path} is missing, and without it the files of {item_id} cannot be opened; "
                "put it back from where the keys are kept apart"
            ) from None
        try:
            return self._box.open(wrapped, f"item {item_id}")
        except Conflict as refused:
            raise Unavailable(refused.sentence) from refused
        except Altered as refused:
            raise Unavailable(
                f"{self._box.path} is not the key that sealed {path}, or one of them was altered; "
                "put both back from where they are kept apart. Nothing was destroyed"
            ) from refused

    def made(self, item_id: str) -> bytes:
        """The key of an item, made durable if it has none yet. Raises: Unavailable as `key`."""
        path = self.path(item_id)
        if not path.exists():
            whole.make_folder(path.parent, self.folder.parent)
            # Another key beside those that the lost one wraps would hide the loss.
            if not self._box.path.exists() and any(path.parent.glob("*.key")):
                raise Unavailable(f"{self._box.path} is missing; put it back from where it is kept apart")
            try:
                wrapped = self._box.seal(urandom(KEY_BYTES), f"item {item_id}")
                whole.sync(self.folder)
                whole.write_once(path, wrapped, mode=0o600)
            except Conflict as refused:
                raise Unavailable(refused.sentence) from refused
        return self.key(item_id)

    def destroy(self, item_id: str) -> bool:
        """Destroy the key of an item, durably; whether there was one."""
        path = self.path(item_id)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        whole.sync(path.parent)
        return True

    def items(self) -> list[str]:
        """The items that have a key here."""
        return sorted(path.stem for path in (self.folder / FOLDER).glob("*.key"))

    def problem(self) -> str | None:
        """The first key that cannot be opened, as a sentence, or None."""
        for item_id in self.items():
            try:
                self.key(item_id)
            except ArchiveError as refused:
                return refused.sentence
        return None

    def path(self, item_id: str) -> Path:
        """Where the wrapped key of an item lies."""
        if not item_id.replace("_", "").isalnum():
            msg = f"not the id of an item: {item_id[:80]!r}"
            raise ValueError(msg)
        return self.folder / FOLDER / f"{item_id}.key"
