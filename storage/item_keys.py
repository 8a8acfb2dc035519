"""The keys of sealed items: one for each, wrapped by the archive's own, and in no database and on no store of files.

`keys/items.key` wraps them; `keys/items/ITEM.key` is each of them, 60 bytes. Whoever has only a database, a store or a
backup of either has ciphertext; whoever destroys an item's key has destroyed its files wherever they lie. While another
key comes to wrap them it lies beside, as `keys/items.next.key`, and each is wrapped by one or the other.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from storage import whole
from storage.errors import Altered, ArchiveError, Conflict, Unavailable
from storage.integrity.cipher import KEY_BYTES
from storage.strongbox import Strongbox

WRAPPING, NEXT, FOLDER = "items.key", "items.next.key", "items"
_LOCK = ".items.lock"
_REMEDY = "put it back from where it is kept apart"


@dataclass(frozen=True)
class ItemKeys:
    """The keys that lie in a folder, which is `keys/` in the vault."""

    folder: Path

    @cached_property
    def _box(self) -> Strongbox:
        return Strongbox(self.folder / WRAPPING, _REMEDY)

    @cached_property
    def _following(self) -> Strongbox:
        return Strongbox(self.folder / NEXT, _REMEDY)

    @property
    def wrapping(self) -> Path:
        """Where the key lies that wraps all others."""
        return self._box.path

    def key(self, item_id: str) -> bytes:
        """The key of an item. Raises: Unavailable, with what to do, where it or the key that wraps it is not there."""
        path = self.path(item_id)
        # Looked at twice: between reading the one and the other a change of the wrapping key may have come to its end.
        for _ in range(2):
            wrapped = self._wrapped(item_id)
            for box in (self._box, self._following):
                with contextlib.suppress(Conflict, Altered):
                    return box.open(wrapped, f"item {item_id}")
        try:
            return self._box.open(wrapped, f"item {item_id}")
        except Conflict as refused:
            raise Unavailable(refused.sentence) from refused
        except Altered as refused:
            raise Unavailable(
                f"{self._box.path} is not the key that sealed {path}, or one of them was altered; "
                "put both back from where they are kept apart. Nothing was destroyed"
            ) from refused

    def _wrapped(self, item_id: str) -> bytes:
        path = self.path(item_id)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise Unavailable(
                f"{path} is missing, and without it the files of {item_id} cannot be opened; "
                "put it back from where the keys are kept apart"
            ) from None

    def made(self, item_id: str) -> bytes:
        """The key of an item, made durable if it has none yet. Raises: Unavailable as `key`."""
        path = self.path(item_id)
        if not path.exists():
            whole.make_folder(path.parent, self.folder.parent)
            with self._alone():
                # Another key beside those that the lost one wraps would hide the loss.
                if not self._box.path.exists() and any(path.parent.glob("*.key")):
                    raise Unavailable(f"{self._box.path} is missing; {_REMEDY}")
                try:
                    wrapped = self._box.seal(os.urandom(KEY_BYTES), f"item {item_id}")
                    whole.sync(self.folder)
                    whole.write_once(path, wrapped, mode=0o600)
                except Conflict as refused:
                    raise Unavailable(refused.sentence) from refused
        return self.key(item_id)

    def keep(self, item_id: str, key: bytes) -> None:
        """Keep the key of an item that is known from elsewhere, durably, in place of any other that lies here."""
        whole.make_folder(self.path(item_id).parent, self.folder.parent)
        with self._alone():
            whole.replace(self.path(item_id), self._box.seal(key, f"item {item_id}"), mode=0o600)

    def destroy(self, item_id: str) -> bool:
        """Destroy the key of an item, durably; whether there was one."""
        path = self.path(item_id)
        if not path.exists():
            return False
        # Whoever wraps it anew this moment would write it again.
        with self._alone():
            path.unlink(missing_ok=True)
            whole.sync(path.parent)
        return True

    @property
    def is_changing(self) -> bool:
        """Whether a change of the wrapping key was begun and has not come to its end."""
        return self._following.path.exists()

    def change_wrapping(self, wanted: bytes | None = None, known: Mapping[str, bytes] | None = None) -> int:
        """Let another key wrap those of all items: `wanted`, or a new one, or that of a change cut short. How many.

        1. See that the key of every item can be had; of those in `known` it is. 2. Make the next wrapping key durable.
        3. Wrap each anew. 4. Read each back with the next one alone. 5. Put that in the place of the present one, which
        is gone then. Between any two either file opens each key, and whoever begins again goes on from there.
        Raises: Unavailable where a key cannot be opened: nothing is changed then.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            if wanted is not None and self.is_changing and self._following.path.read_bytes() != wanted:
                self._wrap_anew(known or {})
            keys = self._all(known or {})
            if not self.is_changing:
                fresh = os.urandom(KEY_BYTES) if wanted is None else wanted
                whole.write_once(self._following.path, fresh, mode=0o600)
            return self._wrap_anew(keys)

    def _all(self, known: Mapping[str, bytes]) -> dict[str, bytes]:
        return {item: known[item] if item in known else self.key(item) for item in self.items()}

    def _wrap_anew(self, known: Mapping[str, bytes]) -> int:
        """Steps 3 to 5; the lock is held."""
        keys = self._all(known)
        for item_id, key in keys.items():
            whole.replace(self.path(item_id), self._following.seal(key, f"item {item_id}"), mode=0o600)
        for item_id, key in keys.items():
            if self._following.open(self._wrapped(item_id), f"item {item_id}") != key:
                raise Altered(f"{self.path(item_id)} did not come back as it was written")
        self._following.path.replace(self._box.path)
        whole.sync(self.folder)
        return len(keys)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else makes, destroys or wraps a key while the block lasts."""
        with (self.folder / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

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
