"""What a connection through the proxy takes and how it ended: counted while it lasts, logged when it ends."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from workers.outgoing.head import Request


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one connection, and one ticket in all, may take; every limit ends the connection."""

    head_s: float = 10.0
    resolve_s: float = 8.0
    connect_s: float = 10.0
    idle_s: float = 60.0
    connection_s: float = 2 * 3600.0
    up_bytes: int = 64 << 20
    down_bytes: int = 16 << 30
    ticket_up_bytes: int = 256 << 20
    ticket_down_bytes: int = 64 << 30
    ticket_connections: int = 100_000
    ticket_open: int = 64


class Failed(Exception):
    """The origin could not be reached or made no sense; the text is a short reason for the connection log."""


class Cut(Exception):
    """A limit was met while bytes flowed; the text is a short reason for the connection log."""


@dataclass(slots=True)
class Use:
    """What a ticket has used so far."""

    up: int = 0
    down: int = 0
    connections: int = 0
    open: int = 0


@dataclass(slots=True)
class Passage:
    """One connection under a ticket, as it will stand in the log."""

    use: Use
    limits: Allowance
    request: Request
    host: str
    address: str | None = None
    up: int = 0
    down: int = 0
    ended: dict[str, str] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=monotonic)
    moved: float = field(default_factory=monotonic)

    def sent(self, count: int) -> None:
        self.up += count
        self.use.up += count
        self._check(self.up, self.limits.up_bytes, self.use.up, self.limits.ticket_up_bytes)

    def received(self, count: int) -> None:
        self.down += count
        self.use.down += count
        self._check(self.down, self.limits.down_bytes, self.use.down, self.limits.ticket_down_bytes)

    def _check(self, here: int, limit: int, in_all: int, limit_in_all: int) -> None:
        self.moved = monotonic()
        if here > limit:
            raise Cut("bytes")
        if in_all > limit_in_all:
            raise Cut("ticket spent")

    def line(self) -> bytes:
        entry: dict[str, Any] = {
            "at": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "method": self.request.method,
            "host": self.host[:255],
            "port": self.request.port,
            "address": self.address,
            "bytes_up": self.up,
            "bytes_down": self.down,
            "seconds": round(monotonic() - self.began, 3),
        }
        return json.dumps(entry | self.ended).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class TicketLog:
    """An opened log of a ticket, and what the ticket has used; closed when its block ends."""

    descriptor: int
    use: Use

    def __enter__(self) -> "TicketLog":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    @contextlib.contextmanager
    def passage(self, request: Request, limits: Allowance) -> Iterator[Passage]:
        """A connection's entry, written when it ends, however it ends."""
        with contextlib.suppress(BlockingIOError):  # while it is held, Ticket.connections waits
            fcntl.flock(self.descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        self.use.open += 1
        self.use.connections += 1
        passage = Passage(self.use, limits, request, request.host)
        try:
            yield passage
        finally:
            self.use.open -= 1
            os.write(self.descriptor, passage.line())


class Book:
    """The logs of all tickets, and what each ticket has used."""

    def __init__(self) -> None:
        self._uses: dict[Path, Use] = {}

    def log(self, path: Path) -> TicketLog | None:
        """The log at this path, or None where no ticket was issued, or it was discarded."""
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        if path not in self._uses:
            self._forget_discarded()
            self._uses[path] = _use_so_far(path)
        return TicketLog(descriptor, self._uses[path])

    def _forget_discarded(self) -> None:
        for path, use in list(self._uses.items()):
            if not use.open and not path.exists():
                del self._uses[path]


def _use_so_far(path: Path) -> Use:
    """What was used before this proxy was started again stands in the log."""
    entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    up, down = (sum(entry[name] for entry in entries) for name in ("bytes_up", "bytes_down"))
    return Use(up, down, len(entries))
