"""The API's way of listening: idle and half-spoken connections never take the place of those who have a request."""

import asyncio
import ipaddress
import itertools
import resource
import socket
from dataclasses import dataclass, field, replace
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from storage.settings import Settings

_SPARE_FILES = 256  # databases, stores, logs, files being sent
# Where bodies may take their time: under these paths; every other one is a document, which is small.
STREAMED = ("/api/v1/uploads", "/api/v1/batches", "/api/v1/picture-searches")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how many: `head_s` for a whole request head, `idle_s` between two requests; connections of one
    client address, of this machine itself (a proxy in front of us, for one), and of all together.
    """

    head_s: float = 15.0
    idle_s: int = 30
    of_one: int = 64
    of_this_machine: int = 256
    of_all: int = 2048


@dataclass(slots=True)
class _Room:
    """Who is connected. `waiting` are those without a request under way, the longest waiting first, and `sending` those
    whose document still arrives, the longest sending first: they are busy as long as nobody else needs the room.
    """

    patience: Patience
    present: dict[str, set["Door"]] = field(default_factory=dict)
    waiting: dict["Door", None] = field(default_factory=dict)
    sending: dict["Door", None] = field(default_factory=dict)
    count: int = 0

    def enter(self, door: "Door") -> bool:
        """Let one in, where it is full at the cost of one that has not asked yet; False where its client's all have."""
        company = self.present.setdefault(door.party, set())
        if len(company) >= self._most(door.party) and not self._show_out(door.party):
            return False
        if self.count >= self.patience.of_all - 1:
            self._show_out()  # where nobody waits it is told 503
        self.present.setdefault(door.party, set()).add(door)
        self.count += 1
        self.waiting[door] = None
        return True

    def leave(self, door: "Door") -> None:
        self.waiting.pop(door, None)
        self.sending.pop(door, None)
        company = self.present.get(door.party, set())
        if door in company:
            company.remove(door)
            self.count -= 1
        if not company:
            self.present.pop(door.party, None)

    def _show_out(self, party: str | None = None) -> bool:
        for door in itertools.chain(self.waiting, self.sending):
            if party is None or door.party == party:
                self.leave(door)
                door.transport.abort()
                return True
        return False

    def _most(self, party: str) -> int:
        return self.patience.of_this_machine if party == _THIS_MACHINE else self.patience.of_one


_THIS_MACHINE = "this machine"


class Door(H11Protocol):
    """One connection. A subclass with a `room` of its own serves one server."""

    room: _Room
    party: str = ""
    _hurry: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.party = _party(self.client[0] if self.client else "")
        if self.room.enter(self):
            self._wait_for_head()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        self.room.leave(self)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """After whatever came: a head that has begun must end in time, and who has a request under way is busy."""
        super().handle_events()
        if self.transport.is_closing():
            return
        if self.conn.their_state is not h11.IDLE:
            self._head_is_here()
            # Whoever goes on sending a body that has been answered already is not busy.
            if not self._is_answered():
                self.room.waiting.pop(self, None)
                self._note_body()
            return
        if self in self.room.present.get(self.party, ()):
            self.room.waiting.setdefault(self)
        if self._hurry is None and self.conn.trailing_data[0]:
            self._wait_for_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # A request that was sent right behind is under way by now.
        if self._is_answered() and self in self.room.present.get(self.party, ()):
            self.room.sending.pop(self, None)
            self.room.waiting.setdefault(self)

    def _note_body(self) -> None:
        """Whoever comes back all the time has fresh patience for a body that drips; its place is not theirs to keep."""
        if self.conn.their_state is h11.SEND_BODY and not self.scope["path"].startswith(STREAMED):
            self.room.sending.setdefault(self)
        else:
            self.room.sending.pop(self, None)

    def _is_answered(self) -> bool:
        return self.cycle is not None and self.cycle.response_complete

    def _wait_for_head(self) -> None:
        self._hurry = self.loop.call_later(self.room.patience.head_s, self.transport.abort)

    def _head_is_here(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None


def config(app: Any, patience: Patience = Patience(), **chosen: Any) -> uvicorn.Config:
    """How uvicorn serves `app`; raises this process's limit of open files to what it may be."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    room = _Room(_within(patience, most))
    return uvicorn.Config(
        app,
        http=type("RoomsDoor", (Door,), {"room": room}),
        ws="none",
        timeout_keep_alive=patience.idle_s,
        limit_concurrency=room.patience.of_all,
        server_header=False,
        proxy_headers=False,
        # Live streams stay open for ever; a stop waits for them this long.
        timeout_graceful_shutdown=5,
        **chosen,
    )


def serve(settings: Settings, listener: socket.socket | None) -> None:
    """The API and the web pages until a signal ends them, on `listener` or where the settings say.

    The application reads the same settings from the environment.
    """
    served = config(
        "api.main:create_app", factory=True, host=settings.host, port=settings.port, log_level=settings.log_level
    )
    uvicorn.Server(served).run(sockets=None if listener is None else [listener])


def _within(patience: Patience, files: int) -> Patience:
    """Never more connections than there are descriptors for."""
    if files == resource.RLIM_INFINITY:
        return patience
    room = max(16, files - _SPARE_FILES)
    return replace(patience, of_all=min(patience.of_all, room))


def _party(client: str) -> str:
    """Whom a connection counts for: a whole IPv6 network, because anybody with one address has them all."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return _THIS_MACHINE
    return str(address if address.version == 4 else ipaddress.ip_network((address, 64), strict=False))
