"""Who is let in and who is shown out, over real sockets: half a request takes nobody's place."""

import asyncio
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from pydantic import SecretStr

from api.bodies import BodyLimit
from api.main import create_app
from storage.settings import Settings
from workers.commands.serving import STREAMED, Patience, config

QUICK = Patience(head_s=0.6, idle_s=2, of_one=4, of_this_machine=8, of_all=40)
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
STREAM = b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def answering(scope: Any, receive: Any, send: Any) -> None:
    """Says one word, or for /stream one word every 100 ms for a second; reads its body first, but for /deaf."""
    while scope["path"] != "/deaf" and (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    for _ in range(10 if scope["path"] == "/stream" else 0):
        await send({"type": "http.response.body", "body": b"tick\n", "more_body": True})
        await asyncio.sleep(0.1)
    await send({"type": "http.response.body", "body": b"done\n"})


@contextmanager
def served(patience: Patience) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    server = uvicorn.Server(config(answering, patience, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with served(QUICK) as port:
        yield port
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@contextmanager
def connections(port: int, number: int, opening: bytes = b"") -> Iterator[list[socket.socket]]:
    made = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(number)]
    try:
        for one in made:
            one.sendall(opening)
        yield made
    finally:
        for one in made:
            one.close()


def until_closed(one: socket.socket) -> tuple[bytes, float]:
    """What still came, and seconds until the other side hung up."""
    began, heard = time.monotonic(), b""
    try:
        while piece := one.recv(65536):
            heard += piece
    except ConnectionResetError:
        pass
    return heard, time.monotonic() - began


def answer(one: socket.socket) -> bytes:
    heard = b""
    while not heard.endswith((b"0\r\n\r\n", b"Unavailable", b"Service Unavailable")):
        piece = one.recv(65536)
        assert piece, heard
        heard += piece
    return heard


def _is_open(one: socket.socket) -> bool:
    """Whether the other side has not hung up; waits a moment for it."""
    try:
        return one.recv(1) != b""
    except TimeoutError:
        return True
    except ConnectionResetError:
        return False


@pytest.mark.parametrize("opening", [b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\n"])
def test_a_connection_without_a_whole_request_head_is_closed(port: int, opening: bytes) -> None:
    with connections(port, 1, opening) as [one]:
        heard, seconds = until_closed(one)
    assert not heard
    assert 0.3 < seconds < 2


def test_a_head_that_drips_gets_no_more_time_than_one_that_stops(port: int) -> None:
    with connections(port, 1, GET[:10]) as [one]:
        one.settimeout(0.1)
        began = time.monotonic()
        while _is_open(one) and time.monotonic() - began < 3:
            one.sendall(b"x")
    assert time.monotonic() - began < 2


def test_half_of_a_second_request_is_cut_as_well(port: int) -> None:
    with connections(port, 1, GET) as [one]:
        assert b"200 OK" in answer(one)
        one.sendall(GET[:-2])
        heard, seconds = until_closed(one)
    assert not heard
    assert seconds < 1.8


def test_half_of_a_request_sent_right_behind_another_is_cut_as_well(port: int) -> None:
    with connections(port, 1, GET + GET[:-2]) as [one]:
        heard, seconds = until_closed(one)
    assert heard.count(b"200 OK") == 1
    assert seconds < 1.8


def test_a_client_that_keeps_its_connection_is_served_again_and_let_go_when_idle(port: int) -> None:
    with connections(port, 1) as [one]:
        for _ in range(2):
            one.sendall(GET)
            assert b"200 OK" in answer(one)
            time.sleep(1.0)  # longer than a head may take, shorter than one may be idle
        _, seconds = until_closed(one)
    assert seconds < 2.5


def test_a_live_stream_and_a_slow_body_outlive_the_time_for_a_head(port: int) -> None:
    with connections(port, 1, STREAM) as [stream], connections(port, 1) as [sender]:
        sender.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n\r\n")
        for _ in range(12):
            time.sleep(0.1)
            sender.sendall(b"x")
        assert b"200 OK" in answer(sender)
        assert answer(stream).count(b"tick") == 10


def test_whoever_has_a_request_is_served_although_its_machine_holds_many_half_ones(port: int) -> None:
    with connections(port, 3 * QUICK.of_this_machine, GET[:-2]), connections(port, 1, GET) as [one]:
        assert b"200 OK" in answer(one)


def test_bodies_that_go_on_after_their_answer_take_nobodys_place(port: int) -> None:
    opening = b"POST /deaf HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx"
    with connections(port, QUICK.of_this_machine, opening) as deaf:
        assert all(b"200 OK" in answer(one) for one in deaf)
        for one in deaf:
            one.sendall(b"x")
        time.sleep(0.1)
        with connections(port, 1, GET) as [one]:
            assert b"200 OK" in answer(one)


def test_documents_that_drip_take_nobodys_place_and_the_oldest_goes_first(port: int) -> None:
    opening = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nx"
    with connections(port, QUICK.of_this_machine, opening) as dripping:
        time.sleep(0.3)
        with connections(port, 1, GET) as [one]:
            assert b"200 OK" in answer(one)
        assert until_closed(dripping[0]) == (b"", pytest.approx(0, abs=0.5))
        for other in dripping[1:]:
            other.sendall(b"x")
            assert b"200 OK" in answer(other)


def test_who_has_sent_a_whole_document_is_shown_out_no_more(port: int) -> None:
    opening = b"POST /stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nx"
    with connections(port, QUICK.of_this_machine, opening) as senders:
        for sender in senders:
            sender.sendall(b"x")
        time.sleep(0.3)
        with connections(port, 1) as [one]:
            assert until_closed(one)[0] == b""
        assert all(answer(sender).count(b"tick") == 10 for sender in senders)


def test_uploads_that_are_under_way_keep_their_places(port: int) -> None:
    opening = b"POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nx"
    with connections(port, QUICK.of_this_machine, opening) as uploads:
        time.sleep(0.3)
        with connections(port, 1, GET) as [one]:
            assert until_closed(one)[0] == b""
        for upload in uploads:
            upload.sendall(b"x")
            assert b"200 OK" in answer(upload)


def test_what_may_take_its_time_here_may_take_its_time_in_the_application(tmp_path: Path) -> None:
    app = create_app(Settings(vault=tmp_path, database_url=SecretStr("postgresql+psycopg://nobody@localhost/nothing")))
    [limit] = [one.kwargs for one in app.user_middleware if one.cls is BodyLimit]
    assert limit["streamed"] == STREAMED


def test_a_machine_whose_connections_are_all_busy_gets_no_more_and_the_busy_ones_live_on(port: int) -> None:
    with connections(port, QUICK.of_this_machine, STREAM) as streams:
        time.sleep(0.3)
        with connections(port, 1) as [one]:
            heard, seconds = until_closed(one)
        assert (heard, seconds < 0.5) == (b"", True)
        for stream in streams:
            assert answer(stream).count(b"tick") == 10


def test_beyond_what_all_may_have_together_the_answer_is_503() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with served(Patience(of_this_machine=100, of_all=5)) as port, connections(port, 4, STREAM) as streams:
        time.sleep(0.3)
        with connections(port, 1, GET) as [one]:
            assert b" 503 " in answer(one)
        assert all(answer(stream).count(b"tick") == 10 for stream in streams)
        with connections(port, 1, GET) as [one]:
            assert b" 200 OK" in answer(one)
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_the_server_may_open_as_many_files_as_this_machine_allows(port: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == hard


@pytest.mark.parametrize("command", ["serve", "up"])
def test_nothing_listens_beyond_this_machine_without_tls(command: str, tmp_path: Path) -> None:
    told = {name: value for name, value in os.environ.items() if not name.startswith("SVIDOK_")}
    ended = subprocess.run(
        [sys.executable, "-m", "workers.cli", command, "--host", "0.0.0.0"],
        env=told | {"SVIDOK_VAULT": str(tmp_path / "vault")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert "SVIDOK_PUBLIC_URL" in ended.stderr
    assert not (tmp_path / "vault").exists()
