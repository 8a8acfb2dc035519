"""Where a worker works: a seat, which is a name and a folder that no other living worker has."""

import contextlib
import fcntl
import itertools
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Seat:
    """A name, its folder, and the descriptor that keeps both ours.

    Children that are forked sit on it too: it is free when the last of them is gone. Programs they start do not.
    """

    name: str
    folder: Path
    lock: int

    def clear(self) -> None:
        """Remove what lies in the folder."""
        for path in self.folder.iterdir():
            if path.name != _LOCK:
                remove(path)

    def works(self) -> set[str]:
        """The names of what is being worked on in the folder, or was."""
        return {path.name for path in self.folder.iterdir() if path.name != _LOCK}

    def leave(self) -> None:
        """Give the seat up. Ending does the same."""
        os.close(self.lock)


def work_of(owed: str, token: int) -> str:
    """What the folder is called, on its worker's seat, of a job or a search that is held under a token."""
    return f"{owed}-{token}"


def take(scratch: Path, queues: Sequence[str], host: str) -> Seat:
    """The first free seat of those that serve `queues` on `host`: after a restart the same."""
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = (f"{'+'.join(queues)}@{host}.{index}" for index in itertools.count())
    while (lock := _lock(folder := scratch / next(names))) is None:
        continue
    os.utime(lock)
    return Seat(folder.name, folder, lock)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """A folder that several workers share, for one of them at a time; unused for long, it is swept as seats are."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while (lock := _lock(folder)) is None:
        time.sleep(0.05)
    try:
        os.utime(lock)
        yield
    finally:
        os.close(lock)


def sweep(scratch: Path, *, older_than_s: float) -> int:
    """Remove the folders of seats that nobody has sat on for `older_than_s` seconds; how many.

    What their workers held comes back when its leases run out.
    """
    swept = 0
    until = time.time() - older_than_s
    for folder in list(scratch.iterdir()) if scratch.is_dir() else []:
        try:
            if folder.is_symlink() or not folder.is_dir() or _used_at(folder) > until:
                continue
        except FileNotFoundError:  # somebody else sweeps beside us
            continue
        lock = _lock(folder)
        if lock is None:
            continue
        Seat(folder.name, folder, lock).clear()
        # The lock goes last: who waits for it makes a new one and finds the folder empty.
        (folder / _LOCK).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()
        os.close(lock)
        swept += 1
    return swept


def remove(path: Path) -> None:
    """Remove a file or a whole folder, however deep it is and whatever modes are set in it.

    What a hostile program made may be deeper than Python descends, or shut against its owner.
    """
    for call in (["rm", "-rf"], ["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
        if not os.path.lexists(path):
            return
        subprocess.run([*call, "--", str(path)], check=False, capture_output=True)


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the lock of `folder`, which is made; None where somebody else holds it."""
    path = folder / _LOCK
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError:  # swept while we looked
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Swept while we waited, it would lock a file that nobody finds.
            if os.path.samestat(os.fstat(lock), path.stat()):
                return lock
        except BlockingIOError:
            os.close(lock)
            return None
        except FileNotFoundError:
            pass
        os.close(lock)


def _used_at(folder: Path) -> float:
    """When somebody last took the seat or began or ended work on it, seconds since the epoch."""
    times = [folder.stat().st_mtime]
    with contextlib.suppress(FileNotFoundError):
        times.append((folder / _LOCK).stat().st_mtime)
    return max(times)
