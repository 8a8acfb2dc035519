"""Bodies that drip: an answer comes in time, whoever sends them, and what was sent does nothing."""

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI, Request

from api.bodies import BodyLimit
from api.pace import Pace
from api.problems import TOO_LARGE, TOO_SLOW
from tests.api.house import served

_QUICK = Pace(patience_s=0.4, bytes_per_s=1000)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = FastAPI()

    @app.post("/{path:path}")
    async def read(request: Request) -> int:
        return len(await request.body())

    app.add_middleware(
        BodyLimit,
        refusal=TOO_LARGE,
        late=TOO_SLOW,
        limit_bytes=1000,
        streamed=("/streamed",),
        pace=_QUICK,
    )
    with served(app) as address:
        yield urlsplit(address).port or 0


def _begun(port: int, path: str, framing: str) -> socket.socket:
    sender = socket.create_connection(("127.0.0.1", port), timeout=5)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"
    sender.sendall(head.encode())
    return sender


@pytest.mark.parametrize("drip", [b"", b"x"])
def test_a_body_that_stops_or_drips_is_answered_with_408(port: int, drip: bytes) -> None:
    with _begun(port, "/", "Content-Length: 900") as sender:
        began = time.monotonic()
        sender.settimeout(0.05)
        heard = b""
        # An answer may come in two pieces, its head before its body.
        while not heard.endswith(b"}") and time.monotonic() - began < 3:
            try:
                if not heard:
                    sender.sendall(drip)
                heard += sender.recv(4096)
            except TimeoutError:
                continue
    assert heard.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"abandoned"' in heard
    assert time.monotonic() - began < 2


def test_a_chunked_body_that_stops_is_answered_with_408(port: int) -> None:
    with _begun(port, "/", "Transfer-Encoding: chunked") as sender:
        sender.sendall(b"1\r\nx\r\n")
        assert sender.recv(4096).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(("path", "pause_s"), [("/", 0.05), ("/streamed", 0.3)])
def test_a_body_that_comes_steadily_is_read_however_long_it_takes(port: int, path: str, pause_s: float) -> None:
    with _begun(port, path, "Content-Length: 800") as sender:
        for _ in range(8):
            time.sleep(pause_s)
            sender.sendall(b"x" * 100)
        assert sender.recv(4096).startswith(b"HTTP/1.1 200 ")
