"""Child programs in a box: no network but the egress socket, no file but those named, and hard limits."""

import contextlib
import json
import math
import os
import re
import signal
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Any

from storage.errors import SandboxMissing, Unavailable
from workers.boxes import box, bubblewrap, cgroup
from workers.boxes.bubblewrap import Engine
from workers.boxes.launch import Child, Opened, start
from workers.boxes.usage import folder_bytes, tree, tree_usage
from workers.boxes.watched import Seen, Watch
from workers.outgoing.ticket import Ticket

_FILES_OPEN = 1024
_LOOK_S = 0.2
_OWN_PROCESSES = 3  # bubblewrap, its first process inside, the launcher


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child tree may use; every limit ends it, none is advice.

    `file_bytes` bounds each file, `folder_bytes` the writable folder as a whole, `processes` counts threads too.
    """

    wall_s: float
    memory_bytes: int
    processes: int
    file_bytes: int
    folder_bytes: int


class Ending(StrEnum):
    """Why a child tree stopped; all but the first two are our limits or our wish."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    TIMED_OUT = "timed_out"
    FOLDER_FULL = "folder_full"
    MEMORY_FULL = "memory_full"
    TOO_MANY_PROCESSES = "too_many_processes"
    STOPPED = "stopped"
    GIVEN_UP = "given_up"


# A signal that is the kernel's way to say that one of our limits was met.
_LIMIT_SIGNALS = {signal.SIGXCPU: Ending.TIMED_OUT, signal.SIGXFSZ: Ending.FOLDER_FULL}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its ending, its exit code (negative: a signal), and the capped ends of what it printed.

    `folder` is where it could write.
    """

    ending: Ending
    returncode: int
    stdout: str
    stderr: str
    wall_s: float
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A way to run one program in a box; made once per job, so that losing the job's lease stops its children.

    What holds where. Always: no route but the egress socket, no file but those named, no capability, no new user
    namespace (bubblewrap); the limits of one process (rlimits: memory by RLIMIT_DATA, because V8 dies under
    RLIMIT_AS); the limits of the whole tree, looked at a few times a second from outside. The number of processes:
    for a worker that is not root also by RLIMIT_NPROC, which the kernel does not apply to root; for any worker also by
    a cgroup where it may make one. A burst of forks by a root worker without cgroups lives until the next look.

    `unsafe` runs without a box where there is none: limits only, and every file and network of the worker's user.
    """

    limits: Limits
    stop: threading.Event = field(default_factory=threading.Event)
    unsafe: bool = False
    engine: Engine | None = field(default_factory=lambda: bubblewrap.find()[0])
    cgroups: bool = True

    def run(
        self,
        argv: Sequence[str],
        *,
        folder: Path,
        read: Sequence[Path] = (),
        ticket: Ticket | None = None,
        limits: Limits | None = None,
        on_line: Callable[[str], None] | None = None,
        is_lost: Callable[[int], bool] | None = None,
    ) -> Ended:
        """Run `argv` in `folder`, its only writable place, until it ends or a limit ends it.

        Inside, `folder` is /box and the current directory: name files in it by relative paths. The paths in `read`
        and the Python runtime appear where they are, read-only; nothing else exists. With a `ticket` the variables
        http_proxy, https_proxy and SVIDOK_PROXY lead out; without one nothing does. Standard input is empty.
        `on_line` gets every line of standard output, on the calling thread; `is_lost` is asked there a few times a
        second, with the bytes that `folder` takes, whether to give the child up.

        Raises SandboxMissing where no box can be made, Unavailable where the egress proxy does not answer, and
        FileNotFoundError for a path in `read` that is not there.
        """
        if self.engine is None and not self.unsafe:
            raise SandboxMissing(f"This machine cannot put programs in a box: {bubblewrap.find()[1]}")
        if ticket is not None:
            _check_egress(ticket.socket)
        chosen = limits or self.limits
        orders = _orders(argv, chosen, ticket, boxed=self.engine is not None)
        with contextlib.ExitStack() as ends:
            group = self._group(chosen)
            if group is not None:
                ends.callback(group.remove)
            opened = _opened(folder, read, ticket)
            child = start(ends, self.engine, opened, orders, group)
            look = _Look(child.process.pid, opened.folder, chosen, self.stop, is_lost)
            seen = Watch(child.process, child.told, look.cause, child.kill).until_ended(on_line)
            return replace(_ended(seen, child), folder=opened.folder)

    def _group(self, limits: Limits) -> cgroup.Cgroup | None:
        if not self.cgroups:
            return None
        return cgroup.make(processes=limits.processes + _OWN_PROCESSES, memory_bytes=limits.memory_bytes)


class _Look:
    """Looks at the clock and the wish to stop, at the tree a few times a second, at the folder as its size allows."""

    def __init__(
        self,
        root: int,
        folder: Path,
        limits: Limits,
        stop: threading.Event,
        is_lost: Callable[[int], bool] | None,
    ) -> None:
        self._root = root
        self._folder = folder
        self._limits = limits
        self._stop = stop
        self._is_lost = is_lost
        self._deadline = monotonic() + limits.wall_s
        self._unlinked = 0
        self._next_tree = self._next_folder = monotonic() + _LOOK_S / 4

    def cause(self) -> Ending | None:
        """Why the child must end now, if it must."""
        if self._stop.is_set():
            return Ending.STOPPED
        now = monotonic()
        if now > self._deadline:
            return Ending.TIMED_OUT
        return self._tree_cause(now) or self._folder_cause(now)

    def _tree_cause(self, now: float) -> Ending | None:
        if now < self._next_tree:
            return None
        most = self._limits.processes + _OWN_PROCESSES
        pids = tree(self._root)
        if len(pids) > most:  # before each is looked at: a bomb grows faster than that
            return Ending.TOO_MANY_PROCESSES
        usage = tree_usage(pids)
        self._unlinked = usage.unlinked_bytes
        self._next_tree = now + max(_LOOK_S, 5 * (monotonic() - now))
        if usage.processes > most:
            return Ending.TOO_MANY_PROCESSES
        return Ending.MEMORY_FULL if usage.memory_bytes > self._limits.memory_bytes else None

    def _folder_cause(self, now: float) -> Ending | None:
        if now >= self._next_folder:
            size = folder_bytes(self._folder)
            self._next_folder = monotonic() + max(_LOOK_S, 10 * (monotonic() - now))
            if size + self._unlinked > self._limits.folder_bytes:
                return Ending.FOLDER_FULL
            if self._is_lost is not None and self._is_lost(size):
                return Ending.GIVEN_UP
        return None


def _opened(folder: Path, read: Sequence[Path], ticket: Ticket | None) -> Opened:
    for path in read:
        if not path.exists():
            raise FileNotFoundError(f"{path} was to be read in a box and is not there")
    return Opened(folder.absolute(), [path.absolute() for path in read], ticket.socket.absolute() if ticket else None)


def _check_egress(address: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(address))
        except OSError as error:
            raise Unavailable(f"The egress proxy at {address} does not answer: {error.strerror}") from error


def _orders(argv: Sequence[str], limits: Limits, ticket: Ticket | None, *, boxed: bool) -> Mapping[str, Any]:
    """What the launcher is to do; the token goes this way so that no list of processes shows it."""
    egress = None if ticket is None else box.EGRESS if boxed else str(ticket.socket.absolute())
    return {
        "argv": list(argv),
        "environment": box.environment(),
        "egress": egress,
        "token": ticket.token if ticket else None,
        "proxy_port": box.PROXY_PORT if boxed else 0,
        "parent": None if boxed else os.getpid(),
        "limits": {
            "RLIMIT_DATA": limits.memory_bytes,
            "RLIMIT_CPU": math.ceil(limits.wall_s * (os.cpu_count() or 1)) + 1,
            "RLIMIT_FSIZE": limits.file_bytes,
            "RLIMIT_NOFILE": _FILES_OPEN,
            "RLIMIT_CORE": 0,
            # All of ours but bubblewrap itself, which stays outside, is counted.
            **({"RLIMIT_NPROC": limits.processes + _OWN_PROCESSES - 1} if boxed and _counts_apart() else {}),
        },
    }


def _counts_apart() -> bool:
    """Whether RLIMIT_NPROC counts a user namespace by itself; before Linux 5.14 all that the user runs anywhere."""
    numbers = re.findall(r"\d+", os.uname().release)
    return (int(numbers[0]), int(numbers[1])) >= (5, 14)


def _ended(seen: Seen[Ending], child: Child) -> Ended:
    words: dict[str, Any] = {}
    for line in seen.told.splitlines():
        words |= json.loads(line)
    if not words.get("started") and seen.cause is None:
        raise SandboxMissing(f"The box did not start: {seen.stderr.strip() or child.process.returncode}")
    stderr = seen.stderr + words.get("error", "")
    if "exit" in words:
        return Ended(seen.cause or Ending.EXITED, int(words["exit"]), seen.stdout, stderr, seen.wall_s)
    number = signal.Signals(words.get("signal", signal.SIGKILL))  # without a word the launcher itself was killed
    starved = child.cgroup is not None and child.cgroup.ran_out_of_memory()
    limit = Ending.MEMORY_FULL if starved else _LIMIT_SIGNALS.get(number, Ending.SIGNALLED)
    ending = seen.cause or limit
    return Ended(ending, -number, seen.stdout, stderr, seen.wall_s)
