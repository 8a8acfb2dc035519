"""What a program in a box brought out: files and words of somebody who may have been taken over."""

import errno
from pathlib import Path

from storage.blobs.plain import open_plain
from storage.errors import DiskFull, Implausible, LeaseLost
from workers.sandbox import Ended, Ending

_NO_ROOM = ("No space left on device", "Disk quota exceeded")


def check_ours(ended: Ended) -> None:
    """Raise what is nobody's fault but ours: the job was stopped (LeaseLost), or the disk is full (DiskFull)."""
    if ended.ending is Ending.STOPPED:
        raise LeaseLost("this job was stopped")
    if ended.returncode == errno.ENOSPC or any(words in ended.stderr for words in _NO_ROOM):
        raise DiskFull("there is no room on the disk to work in")


def is_plain_file(path: Path) -> bool:
    """Whether `path` is a regular file with one name: a link that was left in a box would lead out of it."""
    try:
        open_plain(path).close()
    except Implausible:
        return False
    return True


def content(folder: Path, name: str, *, limit_bytes: int) -> bytes:
    """All bytes of the file called `name` in `folder`.

    Raises: Implausible where it is no plain file of at most `limit_bytes`, or no bare name.
    """
    if Path(name).name != name:
        raise Implausible(f"{name[:80]!r} is no bare name")
    with open_plain(folder / name) as stream:
        read = stream.read(limit_bytes + 1)
    if len(read) > limit_bytes:
        raise Implausible(f"{name} has more than {limit_bytes} bytes")
    return read
