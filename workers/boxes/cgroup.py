"""A control group for one box, where one can be had: the kernel counts what a look from outside may miss."""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

_NUMBERS = count()
_NAME = re.compile(r"svidok-box-([0-9]+)-[0-9]+")


@dataclass(frozen=True, slots=True)
class Cgroup:
    """Groups made for one box: version 2 bounds processes and memory, version 1 only processes."""

    folder: Path
    bounds: frozenset[str]

    def add(self, pid: int) -> None:
        """Move a process in; what it forks from now on is born inside."""
        with contextlib.suppress(ProcessLookupError):
            (self.folder / "cgroup.procs").write_text(str(pid))

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel killed something here because the memory was used up."""
        if "memory" not in self.bounds:
            return False
        events = dict(line.split() for line in (self.folder / "memory.events").read_text().splitlines())
        return int(events.get("oom_kill", 0)) > 0

    def remove(self) -> None:
        """Remove the group; its processes must have ended, which the kernel may take a moment to see."""
        for _ in range(50):
            try:
                self.folder.rmdir()
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.02)
            else:
                return


def make(*, processes: int, memory_bytes: int) -> Cgroup | None:
    """A new group with these bounds, or None where this machine allows no process bound to be set."""
    for parent in _parents():
        folder = parent / f"svidok-box-{os.getpid()}-{next(_NUMBERS)}"
        try:
            _sweep(parent)
            folder.mkdir()
        except OSError:
            continue
        try:
            (folder / "pids.max").write_text(str(processes))
            bounds = {"processes"}
            if (folder / "memory.max").exists():
                (folder / "memory.max").write_text(str(memory_bytes))
                bounds.add("memory")
        except OSError:
            folder.rmdir()
            continue
        return Cgroup(folder, frozenset(bounds))
    return None


def _parents() -> Iterator[Path]:
    """Groups in which one may try to make a new one: of version 2 beside ours and at the top, of version 1 in ours."""
    ours = _own_groups()
    for root, mount_point, kind, options in _mounts():
        if kind == "cgroup2" and "" in ours:
            own = _below(mount_point, root, ours[""])
            # A group of version 2 that holds processes cannot be divided, so the new one goes beside it.
            yield from dict.fromkeys((own.parent if own != mount_point else own, mount_point))
        elif kind == "cgroup" and "pids" in options.split(",") and "pids" in ours:
            yield _below(mount_point, root, ours["pids"])


def _own_groups() -> dict[str, str]:
    """Our group in each hierarchy, by controller; version 2 under the empty name. Source: cgroups(7)."""
    groups: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        groups |= dict.fromkeys(controllers.split(","), path)
    return groups


def _mounts() -> Iterator[tuple[str, Path, str, str]]:
    """Root, mount point, type and options of what is mounted here. Source: proc_pid_mountinfo(5)."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        _, _, _, root, mount_point, *_ = before.split()
        kind, _, options = after.split(maxsplit=2)
        yield root, Path(mount_point), kind, options


def _below(mount_point: Path, root: str, path: str) -> Path:
    return mount_point / path.removeprefix(root.rstrip("/")).lstrip("/")


def _sweep(parent: Path) -> None:
    """Remove what workers left that were killed themselves."""
    for folder in parent.glob("svidok-box-*"):
        match = _NAME.fullmatch(folder.name)
        if match and not Path("/proc", match[1]).exists():
            with contextlib.suppress(OSError):
                folder.rmdir()
