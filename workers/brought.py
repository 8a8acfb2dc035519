"""What a program in a box brought out: files and words of somebody who may have been taken over."""

import errno
import os
import shutil
import tempfile
from pathlib import Path

from storage.blobs.plain import open_plain
from storage.errors import DiskFull, Implausible, LeaseLost
from workers.sandbox import Ended, Ending

_ROOMY_BYTES, _PROBE_BYTES = 1 << 30, 16 << 20
_NO_ROOM = ("No space left on device", "Disk quota exceeded")


def check_ours(ended: Ended) -> None:
    """Raise what is nobody's fault but ours: the job was stopped (LeaseLost), or the disk is full (DiskFull).

    Tools repeat what sites tell them: the disk itself is asked before words hold a job until there is room.
    """
    if ended.ending is Ending.STOPPED:
        raise LeaseLost("this job was stopped")
    is_said = ended.returncode == errno.ENOSPC or any(words in ended.stderr for words in _NO_ROOM)
    if is_said and not _has_room(ended.folder):
        raise DiskFull("there is no room on the disk to work in")


def _has_room(folder: Path | None) -> bool:
    """Whether the disk has much room, and gives us some of it as far as quotas go; no where nobody can look."""
    if folder is None:
        return False
    try:
        if shutil.disk_usage(folder).free < _ROOMY_BYTES:
            return False
        with tempfile.TemporaryFile(dir=folder) as probe:
            os.posix_fallocate(probe.fileno(), 0, _PROBE_BYTES)
    except OSError:
        return False
    return True


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
