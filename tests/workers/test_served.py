"""What a browser in the box is answered in place of the web."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import kept_page
from workers.pages.kept import Answer, ranged
from workers.pages.served import Served, served

_AT = "https://site.example"
_FILM = bytes(range(256)) * 2000
_GIVEN = {
    "http://site.example/short": (302, [("Location", f"{_AT}/post")], b""),
    f"{_AT}/post": (200, [*kept_page.HTML, ("A name", "x"), ("Connection", "close")], b"<p>A post"),
    f"{_AT}/film?signed=1": (206, [*kept_page.FILM, ("Content-Range", "bytes 0-1/2")], _FILM),
    f"{_AT}/two?a": (200, kept_page.HTML, b"a"),
    f"{_AT}/two?b": (200, kept_page.HTML, b"b"),
    f"{_AT}/nothing": (204, [], b"and yet something"),
    f"{_AT}/odd": (799, [], b"no status that is"),
}
Talk = Callable[[httpx.AsyncClient], Coroutine[None, None, None]]


@pytest.fixture
def speak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Talk], Served]:
    """Let a client that knows only the proxy talk; what was counted."""
    monkeypatch.chdir(tmp_path)

    async def go(talk: Talk) -> Served:
        async with served(kept_page.archive(tmp_path / "page.wacz", _GIVEN)) as (told, way):
            async with httpx.AsyncClient(proxy=f"http://{way}", verify=False) as client:  # noqa: S501 - its own
                await talk(client)
            return told

    return lambda talk: asyncio.run(go(talk))


def test_a_page_is_answered_over_redirects_and_tls_on_connections_that_stay(speak: Callable[[Talk], Served]) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for _ in range(3):
            answer = await client.get("http://site.example/short#part", follow_redirects=True)
            assert (str(answer.url), answer.text) == (f"{_AT}/post#part", "<p>A post")
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "a name" not in answer.headers
        assert (await client.head(f"{_AT}/post")).headers["content-length"] == "9"
        assert (await client.post(f"{_AT}/post", content=b"x" * 300_000)).text == "<p>A post"

    told = speak(talk)
    assert (told.answered, told.missed) == (8, 0)


def test_what_is_not_kept_is_not_found_and_a_like_address_counts_only_where_there_is_one(
    speak: Callable[[Talk], Served],
) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        assert (await client.get(f"{_AT}/film?signed=2")).content == _FILM
        assert (await client.get("http://site.example/film")).content == _FILM
        for url in (f"{_AT}/two?c", f"{_AT}:8443/post", "https://another.example/post", f"{_AT}/odd"):
            answer = await client.get(url)
            assert (answer.status_code, answer.content) == (404, b"")
        assert (await client.get(f"{_AT}/nothing")).status_code == 204

    told = speak(talk)
    assert (told.answered, told.missed) == (3, 4)


def test_a_script_may_ask_another_site_as_it_could_when_the_page_was_captured(speak: Callable[[Talk], Served]) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
        answer = await client.options(f"{_AT}/post", headers=asks)
        assert answer.headers["access-control-allow-origin"] == "https://a.example"
        assert answer.headers["access-control-allow-methods"] == "PUT"

    assert speak(talk).answered == 0


def test_a_film_is_given_in_ranges(speak: Callable[[Talk], Served]) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        answer = await client.get(f"{_AT}/film?signed=1", headers={"Range": "bytes=100-"})
        assert (answer.status_code, answer.content) == (206, _FILM[100:])
        assert answer.headers["content-range"] == f"bytes 100-{len(_FILM) - 1}/{len(_FILM)}"

    speak(talk)


@given(body=st.binary(max_size=50), first=st.integers(0, 60), last=st.none() | st.integers(0, 60))
def test_a_range_is_a_piece_of_the_body_or_refused(body: bytes, first: int, last: int | None) -> None:
    said = ranged(Answer(200, [], body), f"bytes={first}-{'' if last is None else last}")
    wanted = body[first : None if last is None else last + 1]
    assert (said.status, said.body) == ((206, wanted) if wanted else (416, b""))


@given(wanted=st.text("bytes=-0123456789, \u0661"))
def test_whatever_stands_where_a_range_should_is_answered(wanted: str) -> None:
    said = ranged(Answer(206, [], b"body"), wanted)
    assert said.status in (200, 206, 416)
    assert said.body in b"body"
