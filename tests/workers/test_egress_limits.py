"""The proxy's limits: size and time of heads, silence, bytes each way, and what a whole ticket may take."""

import socket
import time
from pathlib import Path

import pytest

from tests.workers.egress_stage import Stage, origin, read_all, read_head, serving_on_thread, stage
from workers.egress import Proxy
from workers.outgoing.passage import Allowance
from workers.outgoing.resolver import system_resolver
from workers.outgoing.ticket import Ticket

_SITE = "site.example"
_HERE = {_SITE: ["127.0.0.1"]}


def _get(port: int, host: str = _SITE) -> str:
    return f"GET http://{host}:{port}/path?a=1 HTTP/1.1\r\nHost: {host}\r\n\r\n"


def _allowed(port: int) -> frozenset[tuple[str, int]]:
    return frozenset({(_SITE, port)})


@pytest.mark.fault("E12")
def test_heads_are_bounded_in_size_and_time(tmp_path: Path) -> None:
    with stage(tmp_path, limits=Allowance(head_s=0.3)) as proxy:
        huge = "GET http://site.example/ HTTP/1.1\r\n" + "X: " + "x" * 40_000 + "\r\n\r\n"
        assert proxy.say(huge).startswith(b"HTTP/1.1 431 Egress-Head-Too-Large")
        assert proxy.say("GET http://site.example/" + "a" * 40_000).startswith(b"HTTP/1.1 431 ")
        began = time.monotonic()
        with proxy.connect() as client:
            for byte in b"GET http":
                client.sendall(bytes([byte]))
                time.sleep(0.01)
            assert read_all(client).startswith(b"HTTP/1.1 408 Egress-Head-Too-Slow")
        assert time.monotonic() - began < 5


@pytest.mark.fault("E12")
def test_a_silent_connection_is_cut_but_a_one_way_download_is_not(tmp_path: Path) -> None:
    def drip(client: socket.socket) -> None:
        read_head(client)
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(12):
            client.sendall(b"x")
            time.sleep(0.1)

    def silence(client: socket.socket) -> None:
        client.recv(1)

    limits = Allowance(idle_s=0.4)
    with (
        origin(drip) as site,
        stage(tmp_path / "a", names=_HERE, exceptions=_allowed(site.port), limits=limits) as proxy,
    ):
        assert proxy.say(_get(site.port)).endswith(b"x" * 12)
        assert "cut" not in proxy.last()
    with (
        origin(silence) as site,
        stage(tmp_path / "b", names=_HERE, exceptions=_allowed(site.port), limits=limits) as proxy,
    ):
        assert proxy.say(f"CONNECT {_SITE}:{site.port} HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        assert proxy.last()["cut"] == "idle"
        assert proxy.last()["seconds"] < 2


def test_a_connection_has_an_end_even_while_bytes_flow(tmp_path: Path) -> None:
    def drip(client: socket.socket) -> None:
        read_head(client)
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            client.sendall(b"x")
            time.sleep(0.05)

    limits = Allowance(idle_s=0.8, connection_s=0.5)
    with origin(drip) as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port), limits=limits) as proxy:
        proxy.say(_get(site.port))
        assert proxy.last()["cut"] == "time"


@pytest.mark.fault("E13")
def test_an_endless_body_is_cut_at_the_limit(tmp_path: Path) -> None:
    def endless(client: socket.socket) -> None:
        read_head(client)
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            client.sendall(bytes(65536))

    limits = Allowance(down_bytes=1 << 20)
    with origin(endless) as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port), limits=limits) as proxy:
        assert len(proxy.say(_get(site.port))) <= 1 << 20
        assert proxy.last()["cut"] == "bytes"


def test_what_goes_out_is_bounded_too_its_heads_included(tmp_path: Path) -> None:
    limits = Allowance(up_bytes=10_000)
    with origin() as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port), limits=limits) as proxy:
        proxy.say(f"POST http://{_SITE}:{site.port}/ HTTP/1.1\r\nContent-Length: 20000\r\n\r\n" + "x" * 20000)
        assert proxy.last()["cut"] == "bytes"
        proxy.say(f"GET http://{_SITE}:{site.port}/{'x' * 12000} HTTP/1.1\r\n\r\n")
        assert proxy.last()["cut"] == "bytes"


def test_a_ticket_has_a_total_that_outlives_the_proxy(tmp_path: Path) -> None:
    limits = Allowance(ticket_down_bytes=100)
    with origin() as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port), limits=limits) as proxy:
        assert proxy.say(_get(site.port)).endswith(b"hi")
        assert proxy.say(_get(site.port)).endswith(b"hi")
        assert not proxy.say(_get(site.port)).endswith(b"hi")
        assert proxy.last()["cut"] == "ticket spent"
        other = Stage(Ticket.issue(proxy.ticket.socket, proxy.ticket.log))
        assert other.say(_get(site.port)).endswith(b"hi")
        again = Ticket(proxy.ticket.token, tmp_path / "again.sock", proxy.ticket.log)
        with serving_on_thread(
            again, lambda: Proxy(again.log, frozenset({("127.0.0.1", site.port)}), limits, system_resolver())
        ):
            assert not Stage(again).say(_get(site.port, "127.0.0.1")).endswith(b"hi")
            assert again.connections()[-1]["cut"] == "ticket spent"


def test_a_ticket_has_so_many_connections(tmp_path: Path) -> None:
    limits = Allowance(ticket_connections=2)
    with origin() as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port), limits=limits) as proxy:
        for _ in range(2):
            assert proxy.say(_get(site.port)).startswith(b"HTTP/1.1 200 ")
        assert proxy.say(_get(site.port)).startswith(b"HTTP/1.1 429 Egress-Ticket-Spent")
        assert len(proxy.ticket.connections()) == 2
