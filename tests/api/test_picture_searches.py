"""Searching by a picture by way of the doors: one at a time, forgotten at its end, no way to what is sealed."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from storage.db import picture_searches
from storage.db.session import transaction
from storage.domain.picture_search import AN_HOUR, LIMIT_BYTES, WORKED_AT_MOST_S
from tests.api.house import API, House

SPAN = {"a_start_s": 0.0, "a_end_s": 0.0, "b_start_s": 1.5, "b_end_s": 3.0, "score": 0.9, "samples": 3}


@pytest.fixture
def asker(house: House) -> Iterator[httpx.Client]:
    """A reviewer who has asked nothing yet; nobody else's search waits."""
    with transaction(house.engine) as session:
        session.execute(text("DELETE FROM picture_search"))
    with house.client(house.key("reviewer")[1]) as client:
        yield client


def _ask(client: httpx.Client, content: bytes = b"a picture", **headers: str) -> httpx.Response:
    return client.post(f"{API}/picture-searches", content=content, headers=headers)


def _answered(house: House, *items: tuple[str, str], relation: str = "contained") -> None:
    """Answer the search that waits, as a worker does."""
    hits = [
        {"item": item, "original": original, "match": {"relation": relation, "spans": [SPAN]}, "frames": [37]}
        for item, original in items
    ]
    told = {"kind": "picture", "duration_s": 0.0, "hits": hits, "is_cut_short": False}
    with transaction(house.engine) as session:
        taken = picture_searches.take(session, 60)
        assert taken is not None
        assert picture_searches.answer(session, taken, told | {"searched": 7, "unprinted": 2, "version": "1.1"})


def _read(client: httpx.Client, search: str) -> dict[str, Any]:
    answer = client.get(f"{API}/picture-searches/{search}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_what_is_found_is_told_with_its_moments_and_what_was_asked_with_is_gone(
    house: House, asker: httpx.Client
) -> None:
    held = house.captured()
    begun = _ask(asker)
    assert begun.status_code == 202, begun.text
    search = begun.json()["search"]
    assert begun.headers["location"] == f"{API}/picture-searches/{search}"
    assert _read(asker, search)["state"] == "waiting"
    _answered(house, (held.item, held.original))
    found = _read(asker, search)
    assert (found["state"], found["searched"]["value"], found["without_fingerprints"]["value"]) == ("done", 7, 2)
    [hit] = found["hits"]
    assert (hit["other"]["item"], hit["relation"], hit["samples"]) == (held.item, "contained", 3)
    assert hit["moments"] == [SPAN | {"b_frame": 37}]
    assert hit["picture"]["clear"].endswith(f"{held.keyframe}/content")
    with transaction(house.engine) as session:
        assert session.scalar(text("SELECT count(*) FROM picture_search WHERE content IS NOT NULL")) == 0
        assert session.scalar(text("SELECT relpersistence FROM pg_class WHERE relname = 'picture_search'")) == "u"
        assert session.scalar(text("SELECT count(*) FROM event WHERE body LIKE '%picture%search%'")) == 0


def test_an_item_that_was_sealed_since_is_found_by_nobody_who_may_not_know_of_it(
    house: House, asker: httpx.Client
) -> None:
    open_one, closed = house.captured(), house.captured("sealed")
    search = _ask(asker).json()["search"]
    _answered(house, (open_one.item, open_one.original), (closed.item, closed.original))
    assert [hit["other"]["item"] for hit in _read(asker, search)["hits"]] == [open_one.item]
    assert closed.item not in asker.get(f"{API}/picture-searches/{search}").text
    with transaction(house.engine) as session:
        session.execute(text("UPDATE item SET sensitivity = 'sealed' WHERE id = :id"), {"id": open_one.item})
    assert _read(asker, search)["hits"] == []


def test_a_search_is_its_askers_alone_and_can_be_stopped(house: House, asker: httpx.Client) -> None:
    search = _ask(asker).json()["search"]
    other = house.visitor("lead")
    assert other.get(f"{API}/picture-searches/{search}").status_code == 404
    assert other.delete(f"{API}/picture-searches/{search}").status_code == 404
    assert asker.delete(f"{API}/picture-searches/{search}").status_code == 204
    assert asker.get(f"{API}/picture-searches/{search}").status_code == 404
    with transaction(house.engine) as session:
        assert picture_searches.take(session, 60) is None
        assert session.scalar(text("SELECT count(*) FROM picture_search WHERE content IS NOT NULL")) == 0


def test_one_search_of_a_person_is_under_way_and_so_many_within_an_hour(house: House, asker: httpx.Client) -> None:
    first = _ask(asker, **{"Idempotency-Key": "one"})
    again = _ask(asker, **{"Idempotency-Key": "one"})
    assert (again.status_code, again.json()) == (202, first.json())
    refused = _ask(asker).json()
    assert (refused["code"], refused["search"]) == ("conflict", first.json()["search"])
    for _ in range(AN_HOUR - 1):
        asker.delete(f"{API}/picture-searches/{first.json()['search']}")
        first = _ask(asker)
        assert first.status_code == 202, first.text
    asker.delete(f"{API}/picture-searches/{first.json()['search']}")
    refused = _ask(asker)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_searches")
    assert 0 < int(refused.headers["retry-after"]) <= 3601


def test_a_repeat_gets_the_answer_it_got_though_the_hour_is_full_by_now(house: House, asker: httpx.Client) -> None:
    for number in range(AN_HOUR):
        search = _ask(asker, **{"Idempotency-Key": f"{number}"}).json()["search"]
        asker.delete(f"{API}/picture-searches/{search}")
    last = {"Idempotency-Key": f"{AN_HOUR - 1}"}
    again = _ask(asker, **last)
    assert (again.status_code, again.json()["search"]) == (202, search)
    assert _ask(asker, b"another picture", **last).json()["code"] == "idempotency_conflict"
    assert _ask(asker, **{"Idempotency-Key": "new"}).json()["code"] == "too_many_searches"


def test_a_person_whose_searches_took_a_quarter_of_a_worker_waits_until_enough_of_them_are_an_hour_old(
    house: House, asker: httpx.Client
) -> None:
    for minutes, worked_s in ((50, 100.0), (30, WORKED_AT_MOST_S - 200.0), (10, 150.0)):
        search = _ask(asker).json()["search"]
        with transaction(house.engine) as session:
            taken = picture_searches.take(session, 60)
            assert taken is not None
            assert picture_searches.report(session, taken, 0.5, 60, worked_s / 2)
            assert picture_searches.report(session, taken, 0.6, 60, worked_s / 2)
        assert asker.delete(f"{API}/picture-searches/{search}").status_code == 204
        with transaction(house.engine) as session:
            aged = "UPDATE picture_search SET asked_at = now() - make_interval(mins => :minutes) WHERE id = :id"
            session.execute(text(aged), {"minutes": minutes, "id": search})
    refused = _ask(asker)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_searches")
    assert 590 < int(refused.headers["retry-after"]) <= 601
    with transaction(house.engine) as session:
        session.execute(text("UPDATE picture_search SET asked_at = asked_at - interval '10 minutes 1 second'"))
    assert _ask(asker).status_code == 202


def test_what_is_too_large_empty_or_a_form_is_turned_away(asker: httpx.Client) -> None:
    assert _ask(asker, b"").status_code == 422
    assert _ask(asker, **{"Content-Type": "multipart/form-data; boundary=x"}).status_code == 415
    assert _ask(asker, bytes(LIMIT_BYTES + 1)).status_code == 413

    def drip() -> Iterator[bytes]:
        for _ in range(LIMIT_BYTES // (1 << 20) + 1):
            yield bytes(1 << 20)

    assert asker.post(f"{API}/picture-searches", content=drip()).status_code == 413


def test_a_search_that_two_workers_died_of_is_given_up_and_old_ones_are_forgotten(
    house: House, asker: httpx.Client
) -> None:
    search = _ask(asker).json()["search"]
    for _ in range(2):
        with transaction(house.engine) as session:
            assert picture_searches.take(session, -1.0) is not None
        time.sleep(0.01)
    with transaction(house.engine) as session:
        assert picture_searches.waiting(session) == 1  # a worker is rung for, to give it up
        assert picture_searches.take(session, 60) is None
        assert picture_searches.waiting(session) == 0
    assert _read(asker, search)["failure"]["code"] == "fault"
    with transaction(house.engine) as session:
        session.execute(text("UPDATE picture_search SET asked_at = now() - interval '2 hours'"))
    assert asker.get(f"{API}/picture-searches/{search}").status_code == 404
    with transaction(house.engine) as session:
        assert picture_searches.forget_old(session) == 1
