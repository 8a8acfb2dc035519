"""The store as everybody but its keeper sees it: plain bytes under their digest, however they lie there."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine

from storage.blobs.base import Blob, BlobStore
from storage.blobs.download import download
from storage.db import enciphered
from storage.db.session import transaction
from storage.errors import Altered, NotFound, Unavailable
from storage.integrity.cipher import deciphered, plain_size
from storage.integrity.digest import Digest
from storage.item_keys import ItemKeys


@dataclass(frozen=True, slots=True)
class Reader:
    """A store of which callers ask for plain bytes; where only ciphertext lies, it is opened with its item's key.

    Plain bytes are looked for first: whoever destroys them has seen the ciphertext whole before. What is put, is put
    plain, and the keeper enciphers what only sealed items hold.
    """

    store: BlobStore
    engine: Engine
    keys: ItemKeys

    def put(self, stream: BinaryIO, *, limit_bytes: int | None = None) -> Blob:
        return self.store.put(stream, limit_bytes=limit_bytes)

    def adopt(self, path: Path) -> Blob:
        return self.store.adopt(path)

    def free_bytes(self) -> int:
        return self.store.free_bytes()

    def open(self, digest: Digest) -> BinaryIO:
        """As every store. Raises: NotFound, Unavailable for a key that is not there, Altered, now or while reading."""
        with contextlib.suppress(NotFound):
            return self.store.open(digest)
        refused: Unavailable | Altered | None = None
        for item_id, sealed, size_bytes in self._ciphertexts(digest):
            try:
                key = self.keys.key(item_id)
                return deciphered(self.store.open(sealed), size_bytes, key, digest)
            except (Unavailable, Altered) as wrong:
                refused = wrong
        if refused is not None:
            raise refused
        raise NotFound(f"no bytes are kept under {digest}")

    def size_bytes(self, digest: Digest) -> int | None:
        """As every store. Raises: Unavailable where the key is not there: whoever asks would not get the bytes."""
        found = self.store.size_bytes(digest)
        if found is not None:
            return found
        refused: Unavailable | None = None
        for item_id, _, size_bytes in self._ciphertexts(digest):
            try:
                self.keys.key(item_id)
                return plain_size(size_bytes)
            except Unavailable as missing:
                refused = missing
            except Altered:
                continue
        if refused is not None:
            raise refused
        return None

    def local_copy(self, digest: Digest, folder: Path) -> Path:
        """As every store; what is deciphered lies under `folder`, whose owner clears it away, and nowhere else."""
        with contextlib.suppress(NotFound):
            return self.store.local_copy(digest, folder)
        with self.open(digest) as stream:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy = folder / digest.hex
            download(stream, digest, copy)
        return copy

    def _ciphertexts(self, digest: Digest) -> Iterator[tuple[str, Digest, int]]:
        """The item, the digest and the size of each ciphertext of a file that lies in the store."""
        with transaction(self.engine) as session:
            known = enciphered.of_file(session, digest.hex)
        for item_id, sha256 in known:
            sealed = Digest.parse(sha256)
            if (size_bytes := self.store.size_bytes(sealed)) is not None:
                yield item_id, sealed, size_bytes
