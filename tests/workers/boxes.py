"""Small things the tests of the sandbox share: limits, a program as an argument list, patience."""

import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from workers.boxes import bubblewrap
from workers.sandbox import Limits

LIMITS = Limits(wall_s=20, memory_bytes=512 << 20, processes=32, file_bytes=64 << 20, folder_bytes=64 << 20)

needs_box = pytest.mark.skipif(bubblewrap.find()[0] is None, reason=f"no box on this machine: {bubblewrap.find()[1]}")


def within(**changes: float) -> Limits:
    """The usual limits, some of them changed."""
    return replace(LIMITS, **changes)  # type: ignore[arg-type]  # integers are floats here


def python(program: str, *arguments: str) -> list[str]:
    """A call that runs a short Python program."""
    return [sys.executable, "-I", "-S", "-c", textwrap.dedent(program), *arguments]


def eventually(holds: Callable[[], bool], within_s: float = 5.0) -> bool:
    """Whether something comes true soon."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return holds()
