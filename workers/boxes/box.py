"""The box itself: the arguments for bubblewrap that leave a program nothing but what it was given."""

import functools
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import storage
import workers

FOLDER = "/box"
"""Where the one writable folder appears inside, and where the program starts."""

EGRESS = "/egress.sock"
PROXY_PORT = 3128
_TEMPORARY_BYTES = 128 << 20
_SHARED_MEMORY_BYTES = 64 << 20

_SYSTEM_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
# What programs of the system need from /etc; never a whole folder that may hold keys.
_SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/ca-certificates",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
)
# What a procfs shows of the kernel; a worker that is root owns these files, and capabilities do not guard them all.
_PROC_HIDDEN = (
    *("acpi", "asound", "bus", "irq", "scsi", "sysvipc", "driver", "fs"),
    *("kcore", "keys", "key-users", "kmsg", "kallsyms", "latency_stats", "mtrr", "sched_debug", "timer_list"),
    *("kpagecgroup", "kpagecount", "kpageflags", "slabinfo", "vmallocinfo", "sysrq-trigger", "config.gz"),
)


@dataclass(frozen=True, slots=True)
class Walls:
    """What this machine lets a box have: a procfs, a kernel bound of no user namespaces, a system call filter."""

    proc: bool = True
    no_namespaces: bool = True
    filter: bool = True


@dataclass(frozen=True, slots=True)
class Descriptors:
    """The descriptors through which bubblewrap tells who runs, waits to be let go, and gets its filter."""

    told: int
    gate: int
    filter: int


def arguments(
    walls: Walls, *, folder: Path, read: Sequence[Path], egress: Path | None, descriptors: Descriptors
) -> list[str]:
    """What bubblewrap is told so that the program that follows sees a read-only runtime, `read`, and `folder`.

    Source: bwrap(1). No network but an empty loopback, no process but its own, no capability, no way to new user
    namespaces; dies with the thread that called it. Landlock is left out: in an empty root it has nothing to add.
    """
    call = outer_walls(walls)
    for path in runtime():
        call += ["--ro-bind", str(path), str(path)]
    for path in read:
        call += ["--ro-bind", str(path), str(path)]
    if egress is not None:
        call += ["--ro-bind", str(egress), EGRESS]
    call += ["--bind", str(folder), FOLDER, "--chdir", FOLDER]
    call += ["--remount-ro", "/dev", "--remount-ro", "/"]
    call += ["--info-fd", str(descriptors.told), "--block-fd", str(descriptors.gate)]
    if walls.filter:
        call += ["--seccomp", str(descriptors.filter)]
    return [*call, "--"]


def outer_walls(walls: Walls) -> list[str]:
    """The part that is the same for every program: namespaces, a root of nothing but the system, no capabilities."""
    call = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"]
    call += ["--disable-userns"] if walls.no_namespaces else []
    call += ["--cap-drop", "ALL", "--uid", "1000", "--gid", "1000", "--hostname", "box", "--clearenv"]
    call += ["--dev", "/dev", "--size", str(_SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm"]  # noqa: S108 - inside
    call += ["--size", str(_TEMPORARY_BYTES), "--tmpfs", "/tmp"]  # noqa: S108 - inside
    if walls.proc:
        call += ["--proc", "/proc", *_proc_covers()]
    call += ["--ro-bind", "/usr", "/usr"]
    for name in _SYSTEM_FOLDERS:
        path = Path("/", name)
        if path.is_symlink():
            call += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            call += ["--ro-bind", str(path), str(path)]
    for file in _SYSTEM_FILES:
        call += ["--ro-bind-try", file, file]
    return call


def _proc_covers() -> Iterator[str]:
    # bubblewrap covers the folders of /proc it finds writable, but /proc/sys is not: only the files in it are, and
    # for a worker that is root one of them names the program the kernel runs for a core dump, outside the box.
    yield from ("--ro-bind", "/proc/sys", "/proc/sys")
    for name in _PROC_HIDDEN:
        path = Path("/proc", name)
        if path.is_dir():
            yield from ("--size", "4096", "--tmpfs", str(path), "--remount-ro", str(path))
        elif path.exists():
            yield from ("--ro-bind", "/dev/null", str(path))


@functools.cache
def runtime() -> tuple[Path, ...]:
    """The folders a Python program of ours needs beside /usr: its interpreter, its packages, and ours."""
    prefixes = [Path(sys.prefix), Path(sys.base_prefix), Path(os.path.realpath(sys.base_prefix))]
    interpreter = Path(sys.executable)
    while interpreter.is_symlink():  # every link of the chain must lead somewhere inside as well
        interpreter = interpreter.parent / interpreter.readlink()
        prefixes.append(Path(os.path.normpath(interpreter)).parent.parent)
    ours = [Path(str(package.__file__)).parent for package in (storage, workers)]
    never = {Path("/"), Path.home(), *Path.home().parents}
    found: list[Path] = []
    for path in sorted({*prefixes, *ours} - never):  # a folder sorts before what is in it
        if not any(path.is_relative_to(wider) for wider in [Path("/usr"), *found]) and path.exists():
            found.append(path)
    return tuple(found)


def environment() -> dict[str, str]:
    """All the variables a program starts with, beside those that lead to the egress proxy."""
    return {
        "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",  # noqa: S108 - inside
        "TMPDIR": "/tmp",  # noqa: S108 - inside
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "OPENBLAS_NUM_THREADS": "1",  # a file has one processor; files are worked on side by side
        # A picture of a megabyte may decode to gigabytes; OpenCV's own default allows a billion pixels.
        "OPENCV_IO_MAX_IMAGE_PIXELS": str(1 << 26),
    }


def interpreter() -> str:
    """The Python that the first program inside runs with, free of links."""
    return os.path.realpath(sys.executable)
