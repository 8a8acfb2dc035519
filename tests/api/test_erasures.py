"""Erasing by way of the doors: two at their browsers, never under hold, and what is left says so to everybody."""

from typing import Any

import httpx
import pytest

from tests.api.browsing import Browser, logged_in
from tests.api.house import API, House
from tests.storage.scenes import PLACE

ORDER = {"basis": "GDPR Art. 17", "reason": "The person asks for it."}
YES = {"agree": True, "reason": "The request is good."}


@pytest.fixture
def two(house: House) -> tuple[Browser, Browser]:
    return logged_in(house, "lead"), logged_in(house, "steward")


def _ask(browser: Browser, item: str) -> httpx.Response:
    return browser.client.post(f"{API}/items/{item}/erasures", json=ORDER)


def _answer(browser: Browser, asked: dict[str, Any], **words: Any) -> httpx.Response:
    address = f"{API}/items/{asked['item']}/erasures/{asked['erasure']}/answer"
    return browser.client.post(address, json=YES | words)


def test_fault_D14_two_people_erase_and_the_tombstone_is_shown(house: House, two: tuple[Browser, Browser]) -> None:
    first, second = two
    held = house.captured()
    operator, lead = house.visitor("operator"), house.visitor("lead")
    said = operator.post(f"{API}/items/{held.item}/assertions", json=PLACE)
    assert said.status_code == 201, said.text
    record = lead.post(f"{API}/items/{held.item}/publication", json={"sensitivity": "public"}).json()
    asked = _ask(first, held.item)
    assert asked.status_code == 201, asked.text
    assert (asked.json()["state"], asked.json()["yours"]) == ("asked", True)
    assert asked.json()["erasure"] in {one["erasure"] for one in _all(second)}
    content = f"{API}/items/{held.item}/files/{held.original}/content"
    assert operator.get(content).status_code == 200

    agreed = _answer(second, asked.json())
    assert (agreed.status_code, agreed.json()["state"]) == (201, "agreed"), agreed.text
    shown = operator.get(f"{API}/items/{held.item}").json()
    assert (shown["workflow"], shown["source"], shown["files"], shown["assertions"]) == ("withdrawn", None, [], [])
    assert shown["erased_at"] is not None
    [tombstone] = operator.get(f"{API}/items/{held.item}/erasures").json()["data"]
    assert (tombstone["basis"], tombstone["answer"]["person"]["name"]) == (ORDER["basis"], second.me["name"])
    assert operator.get(content).status_code == 404
    packages = [f"{API}/items/{held.item}/package{more}" for more in ("", "/holds")]
    assert {operator.get(address).status_code for address in packages} == {410}
    for address in (record["links"]["self"], record["links"]["newest"], f"{record['links']['newest']}/package"):
        gone = house.visitor("nobody").get(address)
        assert (gone.status_code, gone.json()["code"]) == (410, "erased")
        assert "withdrawn, and its item erased on" in gone.json()["detail"]
    events = [line["event"] for line in operator.get(f"{API}/items/{held.item}/events").json()["data"]]
    assert [one["type"] for one in events][-2:] == ["local:erasure asked", "deaccession"]
    assert all(one["detail"] == {} for one in events[:-2])
    refused = operator.post(f"{API}/items/{held.item}/assertions", json=PLACE)
    assert (refused.status_code, refused.json()["code"]) == (410, "erased")


def test_fault_D15_one_person_alone_erases_nothing(house: House, two: tuple[Browser, Browser]) -> None:
    first, second = two
    item = house.captured().item
    asked = _ask(first, item).json()
    again = _answer(first, asked)
    assert (again.status_code, again.json()["code"]) == (409, "same_person")
    assert _ask(second, item).status_code == 409
    taken_back = _answer(first, asked, agree=False)
    assert (taken_back.status_code, taken_back.json()["state"]) == (201, "refused")
    assert asked["erasure"] not in {one["erasure"] for one in _all(second)}
    assert house.visitor("operator").get(f"{API}/items/{item}").json()["erased_at"] is None


def test_fault_D15_a_hold_is_stronger(house: House, two: tuple[Browser, Browser]) -> None:
    first, second = two
    item = house.captured().item
    asked = _ask(first, item).json()
    order = {"authority": "District Court, 12/26", "reason": "Evidence in a trial."}
    assert first.client.post(f"{API}/items/{item}/holds", json=order).status_code == 201
    refused = _answer(second, asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "held")


def test_whoever_handed_it_in_is_told_that_it_was_erased(house: House, two: tuple[Browser, Browser]) -> None:
    item, submission = house.submitted()[:2]
    first, second = two
    assert _answer(second, _ask(first, item).json()).status_code == 201
    receipt = house.visitor("operator").get(f"{API}/submissions/{submission}")
    assert receipt.status_code == 200
    assert receipt.json()["settled"] is True
    assert "erased" in receipt.json()["sentence"]


def _all(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = browser.client.get(f"{API}/erasures?limit=500").json()["data"]
    return found
