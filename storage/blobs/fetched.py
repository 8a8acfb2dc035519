"""Files that came from a bucket and stay on this machine for whoever needs them next."""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from storage.integrity.digest import Digest


@dataclass(frozen=True, slots=True)
class FetchedFiles:
    """A folder of plain files, each named by its digest; what was needed longest ago makes room.

    Several processes share it without a lock. It is a cache and may fail: then the bytes are fetched once more. With a
    `limit_bytes` of 0 nothing is taken from it or put there.
    """

    folder: Path
    limit_bytes: int

    @classmethod
    def under(cls, scratch: Path, limit_bytes: int = 0) -> "FetchedFiles":
        """Where a store that stages its files in `scratch` keeps those that it fetched."""
        return cls(scratch / "fetched", limit_bytes)

    def give(self, digest: Digest, copy: Path) -> bool:
        """Whether bytes fetched earlier, and digested then, could be given a name at `copy`."""
        if not self.limit_bytes:
            return False
        kept = self.folder / digest.hex
        try:
            os.utime(kept)
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy.unlink(missing_ok=True)
            copy.hardlink_to(kept)
        except OSError:
            return False
        return True

    def keep(self, digest: Digest, copy: Path) -> None:
        """Keep what was fetched to `copy`, and let go of as much as is too much now."""
        if not self.limit_bytes:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / digest.hex).hardlink_to(copy)
            self._make_room()

    def names(self) -> list[str]:
        """What lies there now."""
        try:
            with os.scandir(self.folder) as entries:
                return [one.name for one in entries]
        except FileNotFoundError:
            return []

    def drop(self, names: Iterable[str]) -> int:
        """Take names away; how many. A job that was given the bytes before has a name of its own for them.

        One that stays, because the disk refuses or it is no file, keeps no other from going.
        """
        dropped = 0
        for name in names:
            with contextlib.suppress(OSError):
                (self.folder / name).unlink()
                dropped += 1
        return dropped

    def _make_room(self) -> None:
        kept: list[tuple[float, int, str]] = []
        with os.scandir(self.folder) as entries:
            for one in entries:
                with contextlib.suppress(FileNotFoundError):
                    status = one.stat()
                    kept.append((status.st_mtime, status.st_size, one.name))
        excess = sum(size_bytes for _, size_bytes, _ in kept) - self.limit_bytes
        for _, size_bytes, name in sorted(kept):
            if excess <= 0:
                break
            self.drop([name])
            excess -= size_bytes
