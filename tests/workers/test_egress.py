"""The proxy: who may leave, where to, how much, and that one connection carries one request."""

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.workers.egress_stage import Stage, authorization, origin, read_head, stage
from workers.outgoing.passage import Allowance
from workers.outgoing.ticket import Ticket

_SITE = "site.example"


def _get(port: int, host: str = _SITE) -> str:
    return f"GET http://{host}:{port}/path?a=1 HTTP/1.1\r\nHost: {host}\r\n\r\n"


def _allowed(port: int) -> frozenset[tuple[str, int]]:
    return frozenset({(_SITE, port)})


_HERE = {_SITE: ["127.0.0.1"]}


def test_a_plain_request_is_carried_and_written_down(tmp_path: Path) -> None:
    with origin() as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port)) as proxy:
        answer = proxy.say(_get(site.port))
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b"\r\n\r\nhi")
        entry = proxy.last()
    assert site.heard[0].startswith(b"GET /path?a=1 HTTP/1.1\r\nHost: site.example:")
    assert entry["host"] == _SITE
    assert entry["port"] == site.port
    assert entry["address"] == "127.0.0.1"
    assert entry["method"] == "GET"
    assert entry["bytes_down"] == 40
    assert entry["at"].endswith("Z")
    assert not {"denied", "failed", "cut"} & set(entry)


def test_a_tunnel_carries_bytes_both_ways(tmp_path: Path) -> None:
    def echo(client: socket.socket) -> None:
        while chunk := client.recv(65536):
            client.sendall(chunk.upper())

    with origin(echo) as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port)) as proxy:
        with proxy.connect() as client:
            client.sendall(
                f"CONNECT {_SITE}:{site.port} HTTP/1.1\r\n".encode() + authorization(proxy.ticket.token) + b"\r\n"
            )
            assert read_head(client).startswith(b"HTTP/1.1 200 ")
            client.sendall(b"hello")
            assert client.recv(100) == b"HELLO"
        assert proxy.last()["method"] == "CONNECT"
        assert (proxy.last()["bytes_up"], proxy.last()["bytes_down"]) == (5, 5)


def test_its_health_can_be_asked_without_a_ticket(tmp_path: Path) -> None:
    with stage(tmp_path) as proxy:
        assert proxy.say("GET /healthz HTTP/1.1\r\nHost: egress\r\n\r\n", authorised=False).startswith(b"HTTP/1.1 200 ")
        assert proxy.say("GET /other HTTP/1.1\r\n\r\n", authorised=False).startswith(b"HTTP/1.1 404 ")
        assert proxy.say("POST /healthz HTTP/1.1\r\n\r\n", authorised=False).startswith(b"HTTP/1.1 404 ")


def test_only_its_own_user_may_open_the_socket(tmp_path: Path) -> None:
    with stage(tmp_path) as proxy:
        assert stat.S_IMODE(proxy.ticket.socket.stat().st_mode) == 0o600


def test_nobody_leaves_without_a_ticket(tmp_path: Path) -> None:
    with origin() as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port)) as proxy:
        assert proxy.say(_get(site.port)).startswith(b"HTTP/1.1 200 ")
        unknown = Ticket("0" * 32, proxy.ticket.socket, proxy.ticket.log)
        line, _, rest = _get(site.port).encode().partition(b"\r\n")
        odd = [
            b"",
            authorization(unknown.token),
            authorization("../" + proxy.ticket.token),
            b"Proxy-Authorization: Basic %%\r\n",
        ]
        odd.append(b"Proxy-Authorization: Bearer " + proxy.ticket.token.encode() + b"\r\n")
        for field in odd:
            assert proxy.say(line + b"\r\n" + field + rest, authorised=False).startswith(
                b"HTTP/1.1 407 Egress-Ticket-Required"
            )
        proxy.ticket.discard()
        assert proxy.say(_get(site.port)).startswith(b"HTTP/1.1 407 ")
    assert len(site.heard) == 1


def test_the_ticket_is_not_shown_to_the_site(tmp_path: Path) -> None:
    with origin() as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port)) as proxy:
        proxy.say(
            f"GET http://{_SITE}:{site.port}/ HTTP/1.1\r\nHost: other.example\r\nConnection: keep-alive, X-Secret\r\n"
            "X-Secret: s\r\nProxy-Connection: keep-alive\r\nUpgrade: h2c\r\nExpect: 100-continue\r\nX-Kept: k\r\n\r\n"
        )
    names = [line.partition(b":")[0].lower() for line in site.heard[0].split(b"\r\n")[1:] if line]
    assert names == [b"host", b"x-kept", b"connection"]
    assert b"other.example" not in site.heard[0]


@pytest.mark.fault("E1")
@pytest.mark.parametrize("method", ["GET http://{}/ HTTP/1.1", "CONNECT {} HTTP/1.1"])
def test_a_target_near_us_is_refused_and_never_touched(tmp_path: Path, method: str) -> None:
    with origin() as canary:
        with stage(
            tmp_path / "open", exceptions=frozenset({("127.0.0.1", canary.port)}), names={"127.0.0.1": ["127.0.0.1"]}
        ) as proxy:
            assert proxy.say(_get(canary.port, "127.0.0.1")).startswith(b"HTTP/1.1 200 ")
        with stage(
            tmp_path / "shut", names={"inside.example": ["127.0.0.1"], "mixed.example": ["93.184.215.14", "127.0.0.1"]}
        ) as proxy:
            for host in [
                "127.0.0.1",
                "[::1]",
                "[::ffff:127.0.0.1]",
                "127.1",
                "2130706433",
                "inside.example",
                "mixed.example",
            ]:
                for port in (canary.port, 80):
                    answer = proxy.say(method.format(f"{host}:{port}") + "\r\n\r\n")
                    assert answer.startswith(b"HTTP/1.1 403 Egress-Denied\r\n"), host
                    assert "denied" in proxy.last()
            assert len(proxy.ticket.refused()) == len(proxy.ticket.connections()) == 14
    assert len(canary.heard) == 1


@pytest.mark.fault("E5")
def test_a_name_is_looked_up_once_and_the_vetted_address_is_the_one_connected_to(tmp_path: Path) -> None:
    with origin() as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port)) as proxy:
        proxy.say(_get(site.port))
        assert proxy.looked_up == {_SITE: 1}
        assert proxy.last()["address"] == "127.0.0.1"


@pytest.mark.fault("E5")
def test_a_literal_address_near_us_is_refused_before_any_look_up(tmp_path: Path) -> None:
    with stage(tmp_path) as proxy:
        proxy.say(_get(80, "10.0.0.1"))
        assert not proxy.looked_up


def test_what_went_wrong_outside_is_told_apart(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        dead = reserved.getsockname()[1]
    names = {_SITE: ["127.0.0.1"], "slow.example": ["slow"]}
    limits = Allowance(resolve_s=0.2)
    with stage(tmp_path, names=names, exceptions=_allowed(dead), limits=limits) as proxy:
        for host, port, reason in [
            ("gone.example", 80, "no such name"),
            ("slow.example", 80, "name timeout"),
            (_SITE, dead, "unreachable"),
        ]:
            answer = proxy.say(_get(port, host))
            assert answer.startswith(f"HTTP/1.1 502 Egress-{reason.title().replace(' ', '-')}\r\n".encode())
            assert proxy.last()["failed"] == reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "no answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "bad answer"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "bad answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20000 + b"\r\n", "bad answer"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "switched protocols"),
    ],
)
def test_a_site_that_does_not_speak_http_is_not_passed_on(tmp_path: Path, answer: bytes, reason: str) -> None:
    with origin(answer) as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port)) as proxy:
        assert proxy.say(_get(site.port)).startswith(b"HTTP/1.1 502 Egress-")
        assert proxy.last()["failed"] == reason


def test_the_client_learns_that_the_connection_ends_and_nothing_of_interim_answers(tmp_path: Path) -> None:
    interim = b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
    last = b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=9\r\nContent-Length: 2\r\n\r\nhi"
    answer = interim + last
    with origin(answer) as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port)) as proxy:
        said = proxy.say(_get(site.port))
    assert said == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"


@pytest.mark.fault("E12")
@pytest.mark.parametrize(
    "fields",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Content-Length: 4\r\nContent-Length: 4\r\n",
        "Content-Length: 4, 4\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: 0x4\r\n",
        "Content-Length : 4\r\n",
        "Content-Length: 4\r\n folded\r\n",
        "X: a\nContent-Length: 4\r\n",
        "X: a\rContent-Length: 4\r\n",
        "X: a\0b\r\n",
        "no colon\r\n",
    ],
)
def test_a_head_that_can_be_read_in_two_ways_is_refused(tmp_path: Path, fields: str) -> None:
    with origin() as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port)) as proxy:
        head = f"POST http://{_SITE}:{site.port}/ HTTP/1.1\r\nHost: {_SITE}\r\n"
        assert proxy.say(head + "Content-Length: 4\r\n\r\nbody").startswith(b"HTTP/1.1 200 ")
        assert proxy.say(head + fields + "\r\nbody").startswith(b"HTTP/1.1 400 Egress-Bad-Request")
    assert len(site.heard) == 1
    assert site.heard[0].endswith(b"\r\n\r\nbody")


@pytest.mark.fault("E12")
@pytest.mark.parametrize("body", ["", "body"])
def test_a_second_request_on_one_connection_never_arrives(tmp_path: Path, body: str) -> None:
    with origin() as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port)) as proxy:
        first = f"POST http://{_SITE}:{site.port}/ HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        proxy.say(first + "GET /internal HTTP/1.1\r\nHost: 10.0.0.5\r\n\r\n")
        assert proxy.last()["cut"] == "second request"
    assert all(b"internal" not in heard for heard in site.heard)


@pytest.mark.fault("E10")
@pytest.mark.parametrize(
    "target",
    [
        "http://user@{}/",
        "http://user:pass@{}/",
        "http://93.184.215.14\\@{}/",
        "http://{}\t/",
        "http:///",
        "https://{}/",
        "gopher://{}/",
        "ftp://{}/",
        "//{}/",
        "*",
    ],
)
def test_a_target_in_an_odd_form_is_refused(tmp_path: Path, target: str) -> None:
    with origin() as site, stage(tmp_path, names=_HERE, exceptions=_allowed(site.port)) as proxy:
        proxy.say(f"GET {target.format(f'{_SITE}:{site.port}')} HTTP/1.1\r\n\r\n")
        for authority in ("", ":80", "a:b:80", f"{_SITE}:99999", f"{_SITE}:-1", f"user@{_SITE}:{site.port}", _SITE):
            answer = proxy.say(f"CONNECT {authority} HTTP/1.1\r\n\r\n")
            assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 "))
    assert not site.heard


def test_the_record_waits_for_connections_that_are_still_open(tmp_path: Path) -> None:
    def late(client: socket.socket) -> None:
        read_head(client)
        time.sleep(0.4)
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with (
        origin(late) as site,
        stage(tmp_path, names=_HERE, exceptions=_allowed(site.port)) as proxy,
        proxy.connect() as client,
    ):
        client.sendall(_get(site.port).encode()[:-2] + authorization(proxy.ticket.token) + b"\r\n")
        time.sleep(0.1)
        assert len(proxy.ticket.connections()) == 1


def test_a_hundred_bad_clients_leave_the_proxy_healthy(tmp_path: Path) -> None:
    with stage(tmp_path, limits=Allowance(head_s=0.5)) as proxy:
        clients = [proxy.connect() for _ in range(100)]
        for number, client in enumerate(clients):
            client.sendall(bytes([number]) * 50)
        for client in clients[::2]:
            client.close()
        assert proxy.say("GET /healthz HTTP/1.1\r\n\r\n", authorised=False).startswith(b"HTTP/1.1 200 ")
        for client in clients:
            client.close()


def test_told_to_end_it_ends_and_writes_down_what_was_open(tmp_path: Path) -> None:
    ticket = Ticket.issue(tmp_path / "egress.sock", tmp_path / "log")

    def silence(client: socket.socket) -> None:
        client.recv(1)

    with origin(silence) as site:
        program = (
            "import pathlib, sys; from workers.egress import run;"
            f"run(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), frozenset({{('127.0.0.1', {site.port})}}))"
        )
        call = [sys.executable, "-c", program, str(ticket.socket), str(ticket.log)]
        with subprocess.Popen(call) as process:
            deadline = time.monotonic() + 20
            while not ticket.socket.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            with Stage(ticket).connect() as client:
                client.sendall(
                    f"CONNECT 127.0.0.1:{site.port} HTTP/1.1\r\n".encode() + authorization(ticket.token) + b"\r\n"
                )
                assert read_head(client).startswith(b"HTTP/1.1 200 ")
                process.send_signal(signal.SIGTERM)
                assert process.wait(10) == 0
        assert [entry["cut"] for entry in ticket.connections()] == ["proxy stopped"]
        assert json.loads(ticket.path.read_text())["port"] == site.port
