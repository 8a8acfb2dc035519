"""A real egress proxy on a real unix socket, with the name service of the outside web played by a table."""

import asyncio
import base64
import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workers.egress import Proxy, serving
from workers.outgoing.address import Exceptions
from workers.outgoing.passage import Allowance
from workers.outgoing.ticket import Ticket

Names = Mapping[str, Sequence[str]]


@dataclass
class Stage:
    """A proxy that serves, a ticket for it, and how often each name was looked up."""

    ticket: Ticket
    looked_up: Counter[str] = field(default_factory=Counter)

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(10)
        client.connect(str(self.ticket.socket))
        return client

    def say(self, text: str | bytes, *, authorised: bool = True) -> bytes:
        """Send a request, with the ticket put in after its first line, and read all that comes back."""
        raw = text.encode() if isinstance(text, str) else text
        if authorised:
            line, _, rest = raw.partition(b"\r\n")
            raw = line + b"\r\n" + authorization(self.ticket.token) + rest
        with self.connect() as client:
            with contextlib.suppress(BrokenPipeError):
                client.sendall(raw)
            return read_all(client)

    def last(self) -> Mapping[str, Any]:
        return self.ticket.connections()[-1]


@contextlib.contextmanager
def stage(
    folder: Path,
    *,
    names: Names | None = None,
    exceptions: Exceptions = frozenset(),
    limits: Allowance = Allowance(),
) -> Iterator[Stage]:
    """Serve on a thread of its own until the block ends."""
    set_up = Stage(Ticket.issue(folder / "egress.sock", folder / "log"))

    async def resolve(host: str, port: int) -> Sequence[str]:
        set_up.looked_up[host] += 1
        answers = (names or {}).get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        if answers == ["slow"]:
            await asyncio.sleep(30)
        return answers

    with serving_on_thread(set_up.ticket, lambda: Proxy(set_up.ticket.log, exceptions, limits, resolve)):
        yield set_up


@contextlib.contextmanager
def serving_on_thread(ticket: Ticket, make: Callable[[], Proxy]) -> Iterator[None]:
    ready = threading.Event()
    stop: list[Callable[[], None]] = []

    async def serve() -> None:
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        async with serving(ticket.socket, make()):
            stop.append(lambda: loop.call_soon_threadsafe(told.set))
            ready.set()
            await told.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        yield
    finally:
        stop[0]()
        thread.join(10)


@dataclass
class Origin:
    """A listener on loopback that keeps what it reads and answers each connection with the same bytes."""

    port: int
    heard: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def origin(
    answer: Callable[[socket.socket], None] | bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
) -> Iterator[Origin]:
    """Listen until the block ends; `answer` may be a function that plays one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = Origin(listener.getsockname()[1])
        threads: list[threading.Thread] = []

        def play(client: socket.socket) -> None:
            with client:
                client.settimeout(10)
                with contextlib.suppress(OSError):
                    if callable(answer):
                        answer(client)
                        return
                    place.heard.append(read_head(client))
                    client.sendall(answer)
                    client.settimeout(0.3)
                    while chunk := client.recv(65536):
                        place.heard[-1] += chunk

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                threads.append(threading.Thread(target=play, args=(client,)))
                threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield place
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for thread in (accepting, *threads):
                thread.join(10)


def authorization(token: str) -> bytes:
    return b"Proxy-Authorization: Basic " + base64.b64encode(f"{token}:x".encode()) + b"\r\n"


def read_head(client: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        chunk = client.recv(65536)
        if not chunk:
            return head
        head += chunk
    return head


def read_all(client: socket.socket) -> bytes:
    said = b""
    with contextlib.suppress(ConnectionError):
        while chunk := client.recv(65536):
            said += chunk
    return said
