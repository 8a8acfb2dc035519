"""Which walls hold on this machine: a box is made, and from inside it every way out is tried against a live target."""

import contextlib
import functools
import json
import os
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.errors import SandboxMissing
from workers.boxes import box, bubblewrap, cgroup
from workers.boxes.bubblewrap import Engine
from workers.sandbox import Ending, Limits, Sandbox

_PROBE = Path(__file__).with_name("probe.py")
_LIMITS = Limits(wall_s=20, memory_bytes=1 << 30, processes=32, file_bytes=1 << 20, folder_bytes=1 << 20)

_SENTENCES = {
    "loopback": "services on this machine's own addresses are out of reach",
    "unix_socket": "sockets of other programs are out of reach, the database's among them",
    "abstract_socket": "sockets without a file are out of reach",
    "read_file": "files that were not handed in cannot be read",
    "write_file": "files that were not handed in cannot be written",
    "write_runtime": "the programs that run inside cannot be changed",
    "processes": "other programs can be neither seen nor signalled",
    "kernel_settings": "kernel settings cannot be changed",
    "unshare": "no new user namespaces",
    "clone": "no new user namespaces by the raw call either",
    "capabilities": "no capabilities",
    "unfiltered_calls": "a filter on system calls is in force",
}
# A machine whose call numbers we do not know has no filter; bubblewrap's own bound on namespaces then stands alone.
_BONUS = frozenset({"unfiltered_calls"})


@dataclass(frozen=True, slots=True)
class Wall:
    """One wall: whether it held when it was tried, and what it keeps."""

    name: str
    holds: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Layers:
    """What stands between a fetched file and this machine; `reason` says why there is no box where there is none."""

    engine: Path | None
    version: str | None
    walls: tuple[Wall, ...]
    processes_bounded_by: str
    memory_bounded_by: str
    reason: str = ""

    @property
    def fallen(self) -> tuple[str, ...]:
        """The names of the walls that did not hold and must."""
        return tuple(wall.name for wall in self.walls if not wall.holds and wall.name not in _BONUS)

    @property
    def safe(self) -> bool:
        """Whether a box was made, every wall was tried, and those that must hold did."""
        return bool(self.walls) and not self.fallen


@functools.cache
def layers() -> Layers:
    """Try every wall once; the answer is kept for the life of the process."""
    engine, reason = bubblewrap.find()
    return examine(engine, reason)


def require_walls(*, unsafe: bool) -> Layers:
    """The walls of this machine; raises SandboxMissing where one that must hold does not, unless `unsafe`."""
    found = layers()
    if not found.safe and not unsafe:
        missing = found.reason or f"these walls do not hold: {', '.join(found.fallen)}"
        raise SandboxMissing(f"This machine cannot put programs in a safe box: {missing}")
    return found


def examine(engine: Engine | None, reason: str = "") -> Layers:
    """Try the walls that this engine builds."""
    if engine is None:
        return Layers(None, None, (), "looks from outside", "looks from outside", reason)
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        targets = json.dumps(ends.enter_context(_targets(folder)))
        call = [box.interpreter(), "-I", "-S", str(_PROBE), targets]
        outside = json.loads(subprocess.run(call, capture_output=True, check=True, timeout=20).stdout)
        (folder / "box").mkdir()
        try:
            ended = Sandbox(_LIMITS, engine=engine).run(call, folder=folder / "box")
        except SandboxMissing as error:
            return Layers(engine.path, engine.version, (), "", "", error.sentence)
    if ended.ending is not Ending.EXITED or ended.returncode != 0:
        return Layers(engine.path, engine.version, (), "", "", f"the probe failed: {ended.stderr.strip()}")
    unreachable = [name for name in ("loopback", "unix_socket", "abstract_socket", "read_file") if not outside[name]]
    if unreachable:
        reason = f"cannot tell: not reached even from outside: {', '.join(unreachable)}"
    inside = json.loads(ended.stdout)
    walls = tuple(Wall(name, not inside[name] and name not in unreachable, text) for name, text in _SENTENCES.items())
    return Layers(engine.path, engine.version, walls, *_bounds(), reason)


@contextlib.contextmanager
def _targets(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Something alive behind each wall: a wall before nothing would pass for the wrong reason."""
    abstract = secrets.token_hex(16)
    (folder / "secret").write_text("secret")
    with (
        socket.create_server(("127.0.0.1", 0)) as loopback,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as by_path,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as by_name,
    ):
        by_path.bind(str(folder / "socket"))
        by_name.bind("\0" + abstract)
        for listener in (by_path, by_name):
            listener.listen()
        yield {
            "port": loopback.getsockname()[1],
            "unix_socket": str(folder / "socket"),
            "abstract_socket": abstract,
            "file": str(folder / "secret"),
            "pid_namespace": Path("/proc/self/ns/pid").stat().st_ino,
        }


def _bounds() -> tuple[str, str]:
    group = cgroup.make(processes=_LIMITS.processes, memory_bytes=_LIMITS.memory_bytes)
    bounds = group.bounds if group else frozenset()
    if group:
        group.remove()
    watched = "looks from outside"
    by_user = f"RLIMIT_NPROC, {watched}" if os.geteuid() else watched
    return (
        f"control group, {watched}" if "processes" in bounds else by_user,
        f"RLIMIT_DATA, control group, {watched}" if "memory" in bounds else f"RLIMIT_DATA, {watched}",
    )
