"""One question to a server outside, through the egress proxy and no other way."""

import base64
import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from storage.errors import InvalidUrl, Unavailable
from workers.outgoing.ticket import Ticket

_AGENT = "svidok"


@dataclass(frozen=True, slots=True)
class WayOut:
    """Where the egress proxy listens, and where it writes down who went where.

    `timeout_s`: how long each byte is waited for; a whole answer, twice as long.
    """

    socket: Path
    log: Path
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Question:
    """A request with a body as bytes; without one it is a GET."""

    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    limit_bytes: int = 64 << 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; redirects are not followed."""

    status: int
    media_type: str
    body: bytes


def ask(way_out: WayOut, question: Question) -> Answer:
    """Ask once. Raises: InvalidUrl for an address of no use, Unavailable where no whole answer came back."""
    place = urlsplit(question.url)
    if place.scheme not in ("http", "https") or not place.hostname or place.username is not None:
        raise InvalidUrl(f"not an address to ask: {question.url[:200]!r}")
    try:
        ticket = Ticket.issue(way_out.socket, way_out.log)
    except OSError as error:
        raise Unavailable(f"the way out cannot be used: {error.strerror}") from error
    try:
        return _asked(way_out, ticket, question)
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = _why(ticket) or f"{type(error).__name__}: {error}"[:200]
        raise Unavailable(f"{place.hostname} does not answer: {why}") from error
    finally:
        ticket.discard()


def _asked(way_out: WayOut, ticket: Ticket, question: Question) -> Answer:
    place = urlsplit(question.url)
    connection = _Tunnelled(ticket, place.hostname or "", place.port or _port(place.scheme), way_out.timeout_s)
    connection.secure = place.scheme == "https"
    with contextlib.closing(connection), _ended_after(connection, 2 * way_out.timeout_s):
        target = (place.path or "/") + (f"?{place.query}" if place.query else "")
        headers = {"User-Agent": _AGENT, "Connection": "close", **question.headers}
        # Who refuses may close before the body is sent; the refusal is there to be read all the same.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request("GET" if question.body is None else "POST", target, question.body, headers)
        answer = connection.getresponse()
        body = answer.read(question.limit_bytes + 1)
        if len(body) > question.limit_bytes:
            raise Unavailable(f"{place.hostname} answers with more than {question.limit_bytes} bytes")
        return Answer(answer.status, answer.headers.get_content_type(), body)


@contextlib.contextmanager
def _ended_after(connection: "_Tunnelled", patience_s: float) -> Iterator[None]:
    """Break the connection off when its time is over: whoever drips keeps everybody else from being asked.

    Raises: TimeoutError, also where what came until then looks like an answer.
    """
    late = threading.Event()

    def cut() -> None:
        late.set()
        connection.cut()

    timer = threading.Timer(patience_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if late.is_set():
            raise TimeoutError(f"no whole answer within {patience_s:g} s")


class _Tunnelled(http.client.HTTPConnection):
    """A connection that the proxy makes for us, also where nothing is encrypted: it vets every one alike."""

    def __init__(self, ticket: Ticket, host: str, port: int, timeout_s: float) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._ticket = ticket
        self.secure = False
        self._line: socket.socket | None = None

    def cut(self) -> None:
        """End the connection under whoever waits for it, in another thread."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._line is not None:
            self._line.close()

    def connect(self) -> None:
        tunnel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        tunnel.settimeout(self.timeout)
        try:
            tunnel.connect(str(self._ticket.socket))
            # Its own handle: the other one moves into the encryption.
            self._line = tunnel.dup()
            authority = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
            pass_on = base64.b64encode(f"{self._ticket.token}:".encode()).decode()
            head = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nProxy-Authorization: Basic {pass_on}\r\n\r\n"
            tunnel.sendall(head.encode("ascii"))
            _expect_connected(tunnel)
            self.sock = _encrypted(tunnel, self.host) if self.secure else tunnel
        except BaseException:
            tunnel.close()
            raise


def _expect_connected(tunnel: socket.socket) -> None:
    """Read the proxy's own answer, byte by byte so that nothing of the server's is swallowed."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        read = tunnel.recv(1)
        if not read or len(head) > 4096:
            raise ConnectionError("the way out closed the connection")
        head += read
    status = head.split(b"\r\n", 1)[0].decode("latin-1")
    if " 200 " not in status:
        raise ConnectionError(f"the way out refused: {status[:120]}")


def _encrypted(tunnel: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(tunnel, server_hostname=host)


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _why(ticket: Ticket) -> str | None:
    """What the proxy wrote down of a connection that came to nothing."""
    with contextlib.suppress(OSError, ValueError):
        for told in ticket.connections():
            for word in ("denied", "failed", "cut"):
                if word in told:
                    return f"{word}: {told[word]}"
    return None
