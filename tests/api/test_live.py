"""Live streams: what happens is told in order, once, and only while one may know it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.api.desk_house import person
from tests.api.house import API, House, place


@dataclass
class Told:
    """One server-sent event."""

    event: str = ""
    id: str = ""
    data: Any = field(default_factory=dict)


def _events(answer: httpx.Response) -> Iterator[Told]:
    told = Told()
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if not line and told.event:
            yield told
            told = Told()
        elif name == "data":
            told.data = json.loads(value)
        elif name in ("event", "id"):
            setattr(told, name, value)


def _events_with(answer: httpx.Response, deed: Callable[[], object]) -> Iterator[Told]:
    """What is told of something that is done as soon as the first of it has come."""
    told = _events(answer)
    yield next(told)
    deed()
    yield from told


def test_a_receipt_is_told_until_nothing_more_will_happen(house: House) -> None:
    _, submission, capture = house.submitted()
    with house.visitor("operator").stream("GET", f"{API}/live?submission={submission}") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = list(_events_with(answer, lambda: house.seal(capture)))
    assert [one.event for one in told] == [*["receipt"] * (len(told) - 1), "end"]
    assert told[0].data["settled"] is False
    assert (told[-2].data["settled"], told[-2].data["outcome"]) == (True, "captured")


def test_ledger_and_steps_are_told_as_they_come(house: House) -> None:
    item, _, capture = house.submitted()
    met: list[Told] = []
    with house.visitor("reviewer").stream("GET", f"{API}/live?item={item}") as answer:
        for one in _events_with(answer, lambda: house.seal(capture)):
            met.append(one)
            if one.event == "steps" and one.data[0]["outcome"] == "done":
                break
    ledger = [one for one in met if one.event == "ledger"]
    assert [one.data["event"]["type"] for one in ledger] == ["local:submission", "capture"]
    assert [one.id for one in ledger] == [str(one.data["seq"]) for one in ledger]


def test_a_stream_goes_on_after_the_last_event_seen(house: House) -> None:
    item, _, _ = house.submitted()
    reviewer = house.visitor("reviewer")
    first = reviewer.get(f"{API}/items/{item}/events").json()["data"][0]["seq"]
    reviewer.post(f"{API}/items/{item}/assertions", json=place())
    with reviewer.stream("GET", f"{API}/live?item={item}", headers={"Last-Event-ID": str(first)}) as answer:
        told = next(_events(answer))
    assert told.data["event"]["type"] == "local:assertion"


def test_a_stream_ends_when_its_key_is_revoked(house: House) -> None:
    item, _, _ = house.submitted()
    key, token = house.key("reviewer")
    operator = house.visitor("operator")
    with house.client(token) as client, client.stream("GET", f"{API}/live?item={item}") as answer:
        told = _events_with(answer, lambda: operator.delete(f"{API}/keys/{key}"))
        assert {one.event for one in told} == {"ledger", "steps", "lease"}


@pytest.mark.parametrize("question", ["", "?item=itm_1", "?submission=x", "?item={item}&submission={submission}"])
def test_watching_nothing_or_two_things_is_a_bad_query(house: House, question: str) -> None:
    item, submission, _ = house.submitted()
    question = question.format(item=item, submission=submission)
    assert house.visitor("operator").get(f"{API}/live{question}").status_code == 400


@pytest.mark.parametrize("last", ["-1", "x", "9" * 19])
def test_a_last_event_that_is_no_number_is_a_bad_query(house: House, last: str) -> None:
    item, _, _ = house.submitted()
    answer = house.visitor("operator").get(f"{API}/live?item={item}", headers={"Last-Event-ID": last})
    assert answer.status_code == 400


def test_a_lease_is_told_whenever_it_changes(house: House) -> None:
    item, _, _ = house.submitted()
    user, one = person(house, "Ann", "reviewer")
    _, other = person(house, "Bohdan", "reviewer")
    address = f"{API}/items/{item}/lease"
    deeds = iter((lambda: one.put(address), lambda: other.post(f"{address}/requests"), lambda: one.delete(address)))
    met: list[Any] = []
    with one, other, one.stream("GET", f"{API}/live?item={item}") as answer:
        for told in _events(answer):
            if told.event == "lease":
                met.append(told.data)
                deed = next(deeds, None)
                if deed is None:
                    break
                deed()
    assert (met[0], met[3]) == (None, None)
    assert [(lease["holder"]["id"], lease["mine"]) for lease in met[1:3]] == [(user, True)] * 2
    assert [lease["asked_by"] and lease["asked_by"]["name"] for lease in met[1:3]] == [None, "Bohdan"]
