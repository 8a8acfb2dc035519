"""Following a running child: what it prints, kept within bounds, and whether it is time to end it."""

import os
import selectors
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import IO, Generic, TypeVar

HEAD_BYTES = 128 << 10
TAIL_BYTES = 128 << 10
_LINE_BYTES = 64 << 10
_LINES_BYTES = 64 << 20
_TICK_S = 0.1
_DRAIN_S = 5.0

Cause = TypeVar("Cause")


class Printed:
    """The head and the tail of what a program prints, and how much lay between them."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0

    def add(self, chunk: bytes) -> None:
        room = HEAD_BYTES - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        surplus = len(self._tail) - TAIL_BYTES
        if surplus > 0:
            del self._tail[:surplus]
            self._left_out += surplus

    def text(self) -> str:
        between = f"\n[... {self._left_out} bytes left out ...]\n".encode() if self._left_out else b""
        return (self._head + between + self._tail).decode("utf-8", errors="replace")


class Lines:
    """Cuts a stream into lines for `on_line`; ends that work after so many bytes that nobody reads them any more."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._rest = b""
        self._seen = 0

    def add(self, chunk: bytes) -> None:
        self._seen += len(chunk)
        if self._seen > _LINES_BYTES:
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._say(line)
        if len(self._rest) > _LINE_BYTES:
            self._say(self._rest)
            self._rest = b""

    def end(self) -> None:
        if self._rest and self._seen <= _LINES_BYTES:
            self._say(self._rest)

    def _say(self, line: bytes) -> None:
        self._on_line(line[:_LINE_BYTES].decode("utf-8", errors="replace").removesuffix("\r"))


@dataclass(frozen=True, slots=True)
class Seen(Generic[Cause]):
    """What was seen of a child: the cause for which we ended it, if any, its output, and what its launcher told."""

    cause: Cause | None
    stdout: str
    stderr: str
    told: bytes
    wall_s: float


@dataclass(frozen=True, slots=True)
class Watch(Generic[Cause]):
    """Follows one child to its end on the calling thread.

    `due` is asked several times a second and says why the child must end now, if it must; `kill` ends its whole tree.
    """

    process: subprocess.Popen[bytes]
    told: IO[bytes]
    due: Callable[[], Cause | None]
    kill: Callable[[], None]

    def until_ended(self, on_line: Callable[[str], None] | None) -> Seen[Cause]:
        """Read what the child prints until nothing of it is left."""
        began = monotonic()
        out, err, told = Printed(), Printed(), bytearray()
        lines = Lines(on_line) if on_line else None

        def take_out(chunk: bytes) -> None:
            out.add(chunk)
            if lines:
                lines.add(chunk)

        with selectors.DefaultSelector() as selector:
            selector.register(_fd(self.process.stdout), selectors.EVENT_READ, take_out)
            selector.register(_fd(self.process.stderr), selectors.EVENT_READ, err.add)
            selector.register(self.told.fileno(), selectors.EVENT_READ, told.extend)
            cause = self._follow(selector)
        if lines:
            lines.end()
        return Seen(cause, out.text(), err.text(), bytes(told), monotonic() - began)

    def _follow(self, selector: selectors.BaseSelector) -> Cause | None:
        cause: Cause | None = None
        drain_until: float | None = None
        while selector.get_map() and (drain_until is None or monotonic() < drain_until):
            for key, _ in selector.select(_TICK_S):
                chunk = os.read(key.fd, 1 << 16)
                if chunk:
                    key.data(chunk)
                else:
                    selector.unregister(key.fd)
            if drain_until is not None:
                continue
            cause = self.due()
            if cause is not None or self.process.poll() is not None:
                # Whatever the program left behind ends with it, and lets go of its output.
                self.kill()
                drain_until = monotonic() + _DRAIN_S
        return cause


def _fd(stream: IO[bytes] | None) -> int:
    if stream is None:
        raise ValueError("a watched child has pipes")
    return stream.fileno()
