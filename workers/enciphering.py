"""Enciphers what only sealed items hold, and destroys the plain copies once the ciphertext was seen whole.

The order for each file, safe against a kill between any two moves, since each is looked for again from the rows:
1. make the item's key durable; 2. put the ciphertext into the first store, which is the same bytes each time;
3. read it back through the key and compare the digest; 4. write it down; 5. bring it to the other stores, as any file;
6. on each store that was read to keep it whole, destroy the plain copy; 7. write that down.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storage.archive import Archive
from storage.blobs.base import Blob, TendedStore
from storage.blobs.places import FIRST
from storage.db import copies, enciphered
from storage.db.enciphered import Wanted
from storage.db.session import transaction
from storage.deeds.copies import MOST_IN_AN_EVENT
from storage.domain import clock
from storage.domain.permissions import SYSTEM
from storage.errors import Altered, NotFound, Unavailable
from storage.integrity.cipher import deciphered
from storage.integrity.cipher import enciphered as sealing
from storage.integrity.digest import Digest, Digester
from storage.item_keys import ItemKeys
from storage.reader import Reader

_LOG = structlog.get_logger()
_BATCH_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Encipherer:
    """Whoever enciphers for one archive; runs where the tender does, never beside another of its kind."""

    engine: Engine
    keys: ItemKeys
    version: str | None = None

    def encipher(self, name: str, stores: Mapping[str, TendedStore]) -> int:
        """Put ciphertext beside plain bytes that only sealed items hold; how many files. It begins at the first store.

        Raises: Unavailable where the store is away, or a key is missing: nothing was destroyed then.
        """
        if name != FIRST:
            return 0
        done = 0
        for item_id, batch in itertools.groupby(self._wanted(), key=lambda one: one.item_id):
            key = self.keys.made(item_id)
            for part in _parts(batch):
                sealed = {
                    digest: blob
                    for digest, blob in ((Digest.parse(one.sha256), self._sealed(one, key, stores)) for one in part)
                    if blob is not None
                }
                if sealed:
                    with transaction(self.engine) as session:
                        counts = self._archive(session).note_enciphered(item_id, sealed)
                    done += len(sealed) if counts else 0
            if done >= MOST_IN_AN_EVENT:
                break
        return done

    def destroy_plain(self, name: str, stores: Mapping[str, TendedStore]) -> int:
        """Destroy on a store the plain copies whose ciphertexts were read whole there; of how many files.

        One that a lock keeps stays and is tried again. Raises: Unavailable where the store is away.
        """
        store, after, gone = stores[name], "", list[Digest]()
        while len(gone) < MOST_IN_AN_EVENT:
            at = clock.now()
            with transaction(self.engine) as session:
                page = enciphered.replaceable(session, name, after, 50)
            for sha256 in page:
                after, digest = sha256, Digest.parse(sha256)
                if not self._is_kept_sealed(store, sha256):
                    continue
                try:
                    store.destroy(digest, at)
                    is_left = store.size_bytes(digest) is not None
                except Unavailable as refused:
                    store.mark()  # raises where the store is away altogether
                    _LOG.warning("a plain copy cannot be destroyed yet", store=name, error=refused.sentence)
                    continue
                # Left where somebody has put the same bytes meanwhile: they are looked at again.
                if not is_left:
                    gone.append(digest)
            if len(page) < 50:
                break
        if gone:
            with transaction(self.engine) as session:
                self._archive(session).note_plain_destroyed(name, gone)
        return len(gone)

    def decipher(self, name: str, stores: Mapping[str, TendedStore]) -> int:
        """Put plain bytes back that an open item holds too; of how many files. Raises: Unavailable."""
        if name != FIRST:
            return 0
        with transaction(self.engine) as session:
            needed = enciphered.needed_plain(session, FIRST, MOST_IN_AN_EVENT)
        reader = Reader(stores[FIRST], self.engine, self.keys)
        done = 0
        for digest in map(Digest.parse, needed):
            try:
                with reader.open(digest) as stream:
                    kept = stores[FIRST].put(stream)
            except (Altered, NotFound) as wrong:
                _LOG.error("a file could not be deciphered", file=str(digest), error=wrong.sentence)
                continue
            if kept.digest != digest:
                raise Altered(f"the ciphertext of {digest} holds bytes with the digest {kept.digest}")
            with transaction(self.engine) as session:
                self._archive(session).note_deciphered(digest, [one for one in stores if one != FIRST])
            done += 1
        return done

    def look_again(self, name: str, stores: Mapping[str, TendedStore]) -> int:
        """Find plain bytes that lie where only ciphertext should, as after a kill or when an old disk was put back.

        How many; the next round destroys them.
        """
        after, found = "", 0
        while True:
            with transaction(self.engine) as session:
                page = enciphered.replaced_after(session, name, after, 1000)
            for sha256 in page:
                if stores[name].size_bytes(Digest.parse(sha256)) is not None:
                    found += 1
                    with transaction(self.engine) as session:
                        copies.note_put_again(session, name, sha256, is_sealed=True)
            if len(page) < 1000:
                return found
            after = page[-1]

    def _wanted(self) -> Iterator[Wanted]:
        after = ("", "")
        while True:
            with transaction(self.engine) as session:
                page = enciphered.wanted(session, after, 200)
            yield from page
            if len(page) < 200:
                return
            after = (page[-1].item_id, page[-1].sha256)

    def _sealed(self, file: Wanted, key: bytes, stores: Mapping[str, TendedStore]) -> Blob | None:
        """The ciphertext of a file, put into the first store and read back, or None where no good copy is there."""
        digest = Digest.parse(file.sha256)
        for name, store in stores.items():
            reader = Reader(store, self.engine, self.keys)
            try:
                with reader.open(digest) as plain:
                    blob = stores[FIRST].put(sealing(plain, key, digest))
                _read_back(stores[FIRST], blob, key, digest)
            except (Altered, NotFound) as wrong:
                _LOG.warning("a file could not be enciphered", store=name, file=str(digest), error=wrong.sentence)
            else:
                return blob
        return None

    def _is_kept_sealed(self, store: TendedStore, sha256: str) -> bool:
        """Whether every ciphertext of a file lies on this store and its key can be had: else the plain copy stays."""
        with transaction(self.engine) as session:
            known = enciphered.of_file(session, sha256)
        for item_id, sealed in known:
            self.keys.key(item_id)
            if store.size_bytes(Digest.parse(sealed)) is None:
                return False
        return bool(known)

    def _archive(self, session: Session) -> Archive:
        return Archive(session, SYSTEM, self.version)


def _read_back(store: TendedStore, blob: Blob, key: bytes, digest: Digest) -> None:
    """Raises: Altered."""
    with deciphered(store.open(blob.digest), blob.size_bytes, key, digest) as stream:
        digester = Digester.of(stream)
    if digester.digest != digest:
        raise Altered(f"the ciphertext of {digest} holds bytes with the digest {digester.digest}")


def _parts(files: Iterator[Wanted]) -> Iterator[Sequence[Wanted]]:
    """The files of an item in parts that are not long in coming."""
    part: list[Wanted] = []
    for one in files:
        part.append(one)
        if len(part) >= 50 or sum(file.size_bytes for file in part) >= _BATCH_BYTES:
            yield part
            part = []
    if part:
        yield part
