"""What a tree of processes and a folder take at this moment, seen from outside."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_BLOCK_BYTES = 512
_ENTRY_BYTES = 4096
UNCOUNTABLE = 1 << 62


@dataclass(frozen=True, slots=True)
class Usage:
    """`processes` counts threads as well; `unlinked_bytes` is disk held by open files that have no name any more."""

    processes: int
    memory_bytes: int
    unlinked_bytes: int


def tree(root: int) -> list[int]:
    """A process and all its descendants; empty where it has ended."""
    try:
        return [root, *(child.pid for child in psutil.Process(root).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def tree_usage(pids: Iterable[int]) -> Usage:
    """Usage of some processes together.

    Memory is what is resident and belongs to no file: private pages (counted again in each process that shares them
    after a fork), shared anonymous pages, and files in memory held open.
    """
    processes = memory = unlinked = 0
    seen: set[tuple[int, int]] = set()
    for pid in pids:
        try:
            status = dict(_status(pid))
            processes += int(status.get("Threads", 1))
            memory += (int(status.get("RssAnon", 0)) + int(status.get("RssShmem", 0))) << 10
            for in_memory, file, size in _unlinked(pid):
                if file not in seen:
                    seen.add(file)
                    memory += size if in_memory else 0
                    unlinked += 0 if in_memory else size
        except OSError:  # it ended while we looked
            continue
    return Usage(processes, memory, unlinked)


def folder_bytes(folder: Path) -> int:
    """Disk taken by a folder; an entry counts as one block at least, so that a million empty files count too."""
    total = 0
    pending = [str(folder)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    total += max(entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES, _ENTRY_BYTES)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
        except FileNotFoundError:  # the program removed it while we looked
            continue
        except OSError:  # deeper than a path can be long, or shut against us: nothing honest looks like that
            return UNCOUNTABLE
    return total


def _status(pid: int) -> Iterator[tuple[str, str]]:
    with Path(f"/proc/{pid}/status").open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if name in ("Threads", "RssAnon", "RssShmem"):
                yield name, value.split()[0]


def _unlinked(pid: int) -> Iterator[tuple[bool, tuple[int, int], int]]:
    """Open files without a name: whether they live in memory, which they are, and their size."""
    for descriptor in os.scandir(f"/proc/{pid}/fd"):
        try:
            target = str(Path(descriptor.path).readlink())
            if target.endswith(" (deleted)"):
                found = os.stat(descriptor.path)  # noqa: PTH116 - follows the kernel's link, which is no path
                in_memory = target.startswith(("/memfd:", "/dev/shm", "/SYSV", "/tmp"))  # noqa: S108
                yield in_memory, (found.st_dev, found.st_ino), found.st_blocks * _BLOCK_BYTES
        except FileNotFoundError:
            continue
