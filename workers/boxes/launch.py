"""Starting a program through the launcher, in a box or without one, in a way that none of its tree outlives us."""

import contextlib
import json
import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from workers.boxes import box, seccomp
from workers.boxes.box import Descriptors
from workers.boxes.bubblewrap import Engine
from workers.boxes.cgroup import Cgroup

_LAUNCHER = Path(__file__).with_name("boxed.py")
_GONE_S = 5.0


@dataclass(frozen=True, slots=True)
class Child:
    """A started program: `told` is what the launcher says of it, `first` the first process inside its box."""

    process: subprocess.Popen[bytes]
    told: IO[bytes]
    first: int | None
    cgroup: Cgroup | None

    def kill(self) -> None:
        """End the whole tree and wait until it is gone; does nothing where it has ended."""
        if self.first is not None:
            # The first process of a pid namespace takes all others with it.
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.first, signal.SIGKILL)
            select.select([self.first], [], [], _GONE_S)
        else:
            self._kill_tree()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _kill_tree(self) -> None:
        """Without a box: descendants first, again until none is left, because they may fork while we count."""
        for _ in range(50):
            try:
                descendants = psutil.Process(self.process.pid).children(recursive=True)
            except psutil.NoSuchProcess:
                break
            living = [one for one in descendants if _lives(one)]
            if not living:
                break
            for one in living:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False  # it has ended between the two questions


@dataclass(frozen=True, slots=True)
class Opened:
    """What of the machine a program gets: a folder to write, paths to read, the egress proxy's socket."""

    folder: Path
    read: Sequence[Path]
    egress: Path | None


def start(
    ends: ExitStack, engine: Engine | None, opened: Opened, orders: Mapping[str, Any], cgroup: Cgroup | None
) -> Child:
    """1 start, 2 learn who runs inside, 3 count it, 4 let it go, 5 give it its orders.

    `ends` kills it and closes all that was opened. No code of ours runs between fork and exec, so this is safe from
    any thread.
    """
    orders_out, orders_in = _pipe(ends)
    told_out, told_in = _pipe(ends)
    gate_out, gate_in = _pipe(ends)
    who_out, who_in = _pipe(ends)
    filter_out, filter_in = _pipe(ends)
    call = [box.interpreter(), "-I", "-S", str(_LAUNCHER), str(orders_out.fileno()), str(told_in.fileno())]
    if engine is not None:
        descriptors = Descriptors(who_in.fileno(), gate_out.fileno(), filter_out.fileno())
        walls = box.arguments(
            engine.walls, folder=opened.folder, read=opened.read, egress=opened.egress, descriptors=descriptors
        )
        call = [str(engine.path), *walls, *call]
    theirs = (orders_out, told_in, gate_out, who_in, filter_out)
    filter_in.write(seccomp.program() or b"")
    filter_in.close()
    process = subprocess.Popen(
        call,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[end.fileno() for end in theirs],
        cwd=opened.folder,
        env={},
        start_new_session=True,
    )
    ends.enter_context(process)
    ends.callback(process.kill)
    for end in theirs:
        end.close()
    first = _first(ends, who_out.read(), cgroup) if engine is not None else None
    child = Child(process, told_out, first, cgroup)
    ends.callback(child.kill)
    if cgroup is not None:
        cgroup.add(process.pid)
    with contextlib.suppress(BrokenPipeError):  # it ended before it began; whoever watches will see
        gate_in.write(b"\n")
        orders_in.write(json.dumps(orders).encode())
    orders_in.close()
    return child


def _pipe(ends: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    out, into = os.pipe()
    return ends.enter_context(os.fdopen(out, "rb", 0)), ends.enter_context(os.fdopen(into, "wb", 0))


def _first(ends: ExitStack, said: bytes, cgroup: Cgroup | None) -> int | None:
    """A descriptor of the first process inside, which waits at the gate; None where bubblewrap made none."""
    try:
        pid = json.loads(said)["child-pid"]
        first = os.pidfd_open(pid)
    except (ValueError, ProcessLookupError):
        return None
    ends.callback(os.close, first)
    if cgroup is not None:
        cgroup.add(pid)
    return first
