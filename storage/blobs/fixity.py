"""Reads what a store keeps and says whether it is what was kept; reading is slow on purpose."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from storage.blobs.base import TendedStore
from storage.domain.copies import CopyState
from storage.errors import NotFound, Unavailable
from storage.integrity.digest import Digest, Digester, chunks


@dataclass(slots=True)
class Pace:
    """Lets so many bytes through each second, on average."""

    bytes_per_s: int
    sleep: Callable[[float], object] = time.sleep
    _ahead_s: float = field(default=0.0, init=False)
    _at: float = field(default_factory=time.monotonic, init=False)

    def passed(self, size_bytes: int) -> None:
        """So many bytes went through: wait as long as they take at this pace, less what has gone by anyhow."""
        now = time.monotonic()
        self._ahead_s = max(0.0, self._ahead_s - (now - self._at)) + size_bytes / self.bytes_per_s
        self._at = now
        if self._ahead_s > 0.05:
            self.sleep(self._ahead_s)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found under a digest, and how many bytes were read to find it."""

    state: CopyState
    size_bytes: int


def read_again(store: TendedStore, digest: Digest, pace: Pace) -> Reading:
    """Read all that is kept under a digest, and digest it.

    A store that answers but cannot read this one file keeps it no better than one that reads it altered.
    Raises: Unavailable when the store itself is away.
    """
    digester = Digester()
    try:
        with store.open(digest) as stream:
            for chunk in chunks(stream):
                digester.update(chunk)
                pace.passed(len(chunk))
    except NotFound:
        return Reading(CopyState.MISSING, 0)
    except (Unavailable, OSError):
        # Raises where the store is away altogether.
        store.mark()
        return Reading(CopyState.ALTERED, digester.size_bytes)
    return Reading(CopyState.WHOLE if digester.digest == digest else CopyState.ALTERED, digester.size_bytes)
