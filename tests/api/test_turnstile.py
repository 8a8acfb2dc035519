"""Slow and many visitors: they are bounded, told so, and never keep others from being answered."""

import contextlib
import dataclasses
import http.client
import os
import select
import socket
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from api.deps import Doors
from api.main import create_app
from api.pace import Pace
from api.turnstile import Turnstile
from storage.errors import Unavailable
from storage.gazetteer import Gazetteer
from storage.settings import Settings
from tests.api.house import API, House, served

PATH = f"{API}/uploads"


@contextlib.contextmanager
def _begun(address: str, token: str, many: int) -> Iterator[list[socket.socket]]:
    """So many uploads that have begun and go no further."""
    where = urlsplit(address)
    head = f"POST {PATH} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\nContent-Length: 999\r\n"
    with contextlib.ExitStack() as stack:
        wires = []
        for _ in range(many):
            wire = stack.enter_context(socket.create_connection((where.hostname or "", where.port or 0), timeout=10))
            wire.sendall(f"{head}\r\nx".encode())
            wires.append(wire)
        yield wires


def _answers(wires: list[socket.socket]) -> list[httpx.Response]:
    """The answers that have come by now."""
    time.sleep(0.2)
    answers = []
    for wire in select.select(wires, [], [], 0)[0]:
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        answers.append(httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read()))
    return answers


def _until_answered(wires: list[socket.socket], many: int) -> list[httpx.Response]:
    """So many answers and, after a while, no more."""
    deadline = time.monotonic() + 10
    while len(select.select(wires, [], [], 0)[0]) < many:
        assert time.monotonic() < deadline, "somebody is not told that there is no place"
        time.sleep(0.02)
    answers = _answers(wires)
    assert len(answers) == many
    return answers


@pytest.fixture
def app(api_settings: Settings) -> FastAPI:
    return create_app(api_settings)


def _doors(app: FastAPI) -> Doors:
    doors = app.state.doors
    assert isinstance(doors, Doors)
    return doors


def test_many_slow_uploads_leave_everybody_else_unharmed(house: House, app: FastAPI) -> None:
    with served(app) as address, contextlib.ExitStack() as stack:
        begun: list[socket.socket] = []
        for _ in range(15):
            begun += stack.enter_context(_begun(address, house.key("submitter")[1], 3))
        refused = _until_answered(begun, 45 - 8)
        for answer in refused:
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["detail"].endswith(".")
        started = time.monotonic()
        assert httpx.get(f"{address}/readyz", trust_env=False, timeout=5).status_code == 200
        assert time.monotonic() - started < 2


def test_one_person_uploads_two_files_at_once(house: House, app: FastAPI) -> None:
    _, token = house.key("submitter")
    with served(app) as address:
        with _begun(address, token, 3) as wires:
            (refused,) = _until_answered(wires, 1)
            assert (refused.status_code, refused.json()["code"]) == (503, "too_many_at_once")
            with house.client(house.key("submitter")[1]) as other:
                assert other.post(f"{address}{PATH}", content=b"another's").status_code == 202
        headers = {"Authorization": f"Bearer {token}"}
        deadline = time.monotonic() + 5
        while httpx.post(f"{address}{PATH}", content=b"x", headers=headers, trust_env=False).status_code != 202:
            assert time.monotonic() < deadline, "a place is free again once its upload has gone"


def test_an_upload_that_only_dribbles_is_ended(house: House, app: FastAPI) -> None:
    app.state.doors = dataclasses.replace(_doors(app), pace=Pace(patience_s=0.5, bytes_per_s=1000))
    with served(app) as address, _begun(address, house.key("submitter")[1], 1) as (wire,):
        started = time.monotonic()
        answers: list[httpx.Response] = []
        while not answers and time.monotonic() - started < 5:
            wire.sendall(b"x")
            answers = _answers([wire])
        assert (answers[0].status_code, answers[0].json()["code"]) == (408, "abandoned")


def test_patience_is_earned_by_bytes_and_never_saved_up() -> None:
    pace = Pace(patience_s=60, bytes_per_s=1024)
    left_s = pace.patience_s
    left_s = pace.after(left_s, waited_s=30, received_bytes=0)
    assert left_s == 30
    left_s = pace.after(left_s, waited_s=10, received_bytes=20 * 1024)
    assert left_s == 40
    assert pace.after(left_s, waited_s=1, received_bytes=1 << 30) == 60
    assert pace.after(5, waited_s=59, received_bytes=1) < 0


def test_one_watcher_watches_a_few_streams_at_once(house: House, app: FastAPI) -> None:
    app.state.doors = dataclasses.replace(_doors(app), watchers=Turnstile(3, 2, "watch"))
    item, _, _ = house.submitted()
    live = f"{API}/live?item={item}"
    with served(app) as address, contextlib.ExitStack() as stack:

        def watched(token: str) -> int:
            client = stack.enter_context(
                httpx.Client(
                    base_url=address, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=20
                )
            )
            return stack.enter_context(client.stream("GET", live)).status_code

        mine = house.key("reviewer")[1]
        assert [watched(mine) for _ in range(3)] == [200, 200, 503]
        assert [watched(house.key("reviewer")[1]) for _ in range(2)] == [200, 503]
        stack.close()
        deadline = time.monotonic() + 5
        while watched(mine) != 200:
            assert time.monotonic() < deadline, "a place is free again once its watcher has gone"


def test_one_person_searches_for_two_places_at_once(house: House, app: FastAPI, tmp_path: Path) -> None:
    """A gazetteer that never answers: whoever opens this file waits until somebody writes to it."""
    os.mkfifo(tmp_path / "gazetteer.sqlite")
    app.state.doors = dataclasses.replace(_doors(app), gazetteer=Gazetteer(tmp_path / "gazetteer.sqlite"))
    mine, others = house.key("submitter")[1], house.key("submitter")[1]
    with served(app) as address, ThreadPoolExecutor(4) as pool:

        def search(token: str) -> str:
            headers = {"Authorization": f"Bearer {token}"}
            path = f"{address}{API}/gazetteer?q=Kyiv"
            answer = httpx.get(path, headers=headers, trust_env=False, timeout=20)
            assert answer.status_code == 503
            return str(answer.json()["code"])

        asked = [pool.submit(search, token) for token in (mine, mine, mine, others)]
        try:
            refused, waiting = wait(asked, timeout=10, return_when=FIRST_COMPLETED)
            assert [one.result() for one in refused] == ["too_many_at_once"]
        finally:
            writer = os.open(tmp_path / "gazetteer.sqlite", os.O_RDWR)
        assert [one.result() for one in waiting] == ["not_built"] * 3
        os.close(writer)
        (tmp_path / "gazetteer.sqlite").unlink()
        assert search(mine) == "not_built", "a place is free again once its search has ended"


def test_a_turnstile_counts_out_whoever_leaves_however_they_leave() -> None:
    turnstile = Turnstile(2, 1, "look")
    with pytest.raises(RuntimeError), turnstile.passing("one"):
        raise RuntimeError
    with turnstile.passing("one"), turnstile.passing("two"):
        for late in ("one", "three"):
            with pytest.raises(Unavailable), turnstile.passing(late):
                pass
    with turnstile.passing("three"):
        pass
