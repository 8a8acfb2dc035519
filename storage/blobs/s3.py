"""A bucket that keeps bytes under their digest: put once, read back before it counts, and never believed."""

import contextlib
import io
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from storage.blobs.base import Blob, Enforcement, Immutability
from storage.blobs.bucket import Bucket
from storage.blobs.download import download
from storage.blobs.fetched import FetchedFiles
from storage.blobs.plain import open_plain
from storage.blobs.ranged import RangedObject
from storage.blobs.room import room
from storage.domain import clock
from storage.errors import Altered, NotFound, TooLarge, Unavailable, WrongStore
from storage.integrity.digest import Digest, Digester, chunks

MARK = "svidok-archive"
_CANARY_DAYS = 1
_READ_ONLY = 0o444
# Some servers show nothing at a key for the moment in which another writer replaces it.
_PAUSES_S = (0.1, 0.3, 1.0, 3.0)


class S3Blobs:
    """Write-once store in a bucket, for one archive alone.

    The commit, in order (a kill between any two leaves at most parts that no key names, or bytes that no row names):
    1. stage the bytes in a nameless file here, digesting meanwhile
    2. make sure that the bucket is this archive's own
    3. put them under their digest, with their checksum, unless something lies there
    4. read back what lies there now and compare: only then are they kept
    """

    def __init__(
        self,
        bucket: Bucket,
        prefix: str,
        scratch: Path,
        archive: Callable[[], str],
        *,
        cache_limit_bytes: int = 0,
    ) -> None:
        """`archive` names the archive, and is asked before the first put; `scratch` is a folder of our own."""
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._scratch = scratch
        self._fetched = FetchedFiles.under(scratch, cache_limit_bytes)
        self._archive = archive
        self._is_ours = False

    def put(self, stream: BinaryIO, *, limit_bytes: int | None = None) -> Blob:
        with room(), self._staged() as staged:
            digester = Digester()
            for chunk in chunks(stream):
                digester.update(chunk)
                if limit_bytes is not None and digester.size_bytes > limit_bytes:
                    raise TooLarge(f"more than the {limit_bytes} bytes that are allowed")
                staged.write(chunk)
            return self._commit(staged, digester)

    def adopt(self, path: Path) -> Blob:
        with room(), open_plain(path) as stream:
            blob = self._commit(stream, Digester.of(stream))
        path.unlink()
        return blob

    def open(self, digest: Digest) -> BinaryIO:
        key = self._key(digest)
        size_bytes = self._bucket.size_bytes(key)
        if size_bytes is None:
            raise NotFound(f"no bytes are kept under {digest}")
        return io.BufferedReader(RangedObject(self._bucket, key, size_bytes), 1 << 20)

    def size_bytes(self, digest: Digest) -> int | None:
        return self._bucket.size_bytes(self._key(digest))

    def free_bytes(self) -> int:
        """A bucket does not say; what is known is how much can be staged on the way there."""
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        return shutil.disk_usage(self._scratch).free

    def local_copy(self, digest: Digest, folder: Path) -> Path:
        """As every store; and the bytes were digested on their way here. Raises: Altered for others than were kept."""
        copy = folder / digest.hex
        if self._fetched.give(digest, copy):
            return copy
        with room(), self.open(digest) as stream:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            download(stream, digest, copy)
        self._fetched.keep(digest, copy)
        return copy

    def sweep_staged(self, older_than_s: float) -> int:
        return self._bucket.abort_stale(self._prefix, older_than_s)

    def set_aside(self, digest: Digest) -> str | None:
        key = self._key(digest)
        aside: str | None = f"{self._prefix}aside/{digest.hex}-{clock.now():%Y%m%dT%H%M%S%fZ}"
        try:
            self._bucket.copy(key, str(aside))
        except NotFound:
            return None
        except Unavailable:
            # What the store itself cannot read any more cannot be copied. Whether it is away altogether, it says here:
            self.mark()
            aside = None
        self._bucket.delete(key)
        return aside

    def destroy(self, digest: Digest, put_before: datetime) -> bool:
        """As every store; but a bucket does not tell whether the same bytes were put again since `put_before`."""
        found = self._bucket.destroy(self._key(digest)) + self._bucket.destroy(f"{self._prefix}aside/{digest.hex}-")
        self._fetched.drop([digest.hex])
        return found > 0

    def mark(self) -> str | None:
        try:
            return str(self._bucket.read(self._prefix + MARK).read(200).decode("ascii", "replace"))
        except NotFound:
            return None

    def set_mark(self, mark: str) -> None:
        for pause_s in _PAUSES_S:
            with contextlib.suppress(FileExistsError):
                if self.mark() is None:
                    self._bucket.put_small(self._prefix + MARK, mark.encode(), is_new=True)
            if (found := self.mark()) is not None:
                break
            time.sleep(pause_s)
        if found != mark:
            raise WrongStore(
                f"the bucket {self._bucket.name} keeps the files of another archive ({found}; this one is {mark}); "
                "give each archive a bucket or a prefix of its own"
            )

    def try_immutability(self) -> Immutability:
        if not self._bucket.retention_days:
            return Immutability(Enforcement.NOT_ENFORCING, "files are put there without a lock: no retention is set")
        key = f"{self._prefix}canary/{secrets.token_hex(8)}"
        content = secrets.token_bytes(32)
        try:
            version = self._bucket.put_small(key, content, lock_days=_CANARY_DAYS)
        except Unavailable as refusal:
            self.mark()
            return Immutability(Enforcement.NOT_ENFORCING, f"the store takes no file under a lock: {refusal.sentence}")
        with contextlib.suppress(Unavailable, NotFound):
            self._bucket.delete(key, version)
        with contextlib.suppress(Unavailable):
            self._bucket.put_small(key, b"overwritten")
        with contextlib.suppress(Unavailable, NotFound):
            self._bucket.delete(key)
        try:
            survived = self._bucket.read(key, version=version).read() == content
        except NotFound:
            survived = False
        if survived:
            return Immutability(Enforcement.ENFORCING, "a file under the lock outlived deleting and overwriting")
        return Immutability(
            Enforcement.NOT_ENFORCING, "a file under the lock could be deleted or overwritten: the lock means nothing"
        )

    def _key(self, digest: Digest) -> str:
        return f"{self._prefix}sha256/{digest.hex[:2]}/{digest.hex[2:4]}/{digest.hex}"

    @contextlib.contextmanager
    def _staged(self) -> Iterator[BinaryIO]:
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Without a name: nothing is left of it, whenever we are killed.
        with tempfile.TemporaryFile(dir=self._scratch) as staged:
            yield staged

    def _commit(self, staged: BinaryIO, digester: Digester) -> Blob:
        blob = Blob(digester.digest, digester.sha512, digester.size_bytes)
        key = self._key(blob.digest)
        if not self._is_ours:
            self.set_mark(self._archive())
            self._is_ours = True
        for pause_s in _PAUSES_S:
            if self._bucket.size_bytes(key) is None:
                self._bucket.put(key, staged, blob.size_bytes, blob.digest.raw)
            if self._is_kept(blob):
                return blob
            time.sleep(pause_s)
        raise Unavailable(f"the store took {blob.digest} and does not have it")

    def _is_kept(self, blob: Blob) -> bool:
        """Whether the bytes are there, read back from the store. Raises: Altered when others are."""
        try:
            with self.open(blob.digest) as stream:
                digester = Digester.of(stream)
        except NotFound:
            return False
        if digester.digest != blob.digest:
            raise Altered(f"the bytes kept as {blob.digest} now have the digest {digester.digest}")
        return True
