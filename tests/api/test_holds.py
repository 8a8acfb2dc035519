"""Legal holds by way of the doors: one places, two at their browsers let go, and the list shows what stands."""

from typing import Any

import httpx
import pytest

from tests.api.browsing import Browser, logged_in
from tests.api.house import API, House

ORDER = {"authority": "District Court, 12/26", "reason": "Evidence in a trial."}
END = {"reason": "The trial is over."}


@pytest.fixture
def item(house: House) -> str:
    return house.submitted()[0]


def _place(client: httpx.Client, item: str, **headers: str) -> httpx.Response:
    return client.post(f"{API}/items/{item}/holds", json=ORDER, headers=headers)


def _release(client: httpx.Client, placed: dict[str, Any]) -> httpx.Response:
    return client.post(f"{API}/items/{placed['item']}/holds/{placed['hold']}/releases", json=END)


@pytest.fixture
def two(house: House) -> tuple[Browser, Browser]:
    return logged_in(house, "lead"), logged_in(house, "steward")


def test_two_people_let_go_and_each_is_named(house: House, item: str, two: tuple[Browser, Browser]) -> None:
    first, second = two
    placed = _place(first.client, item)
    assert placed.status_code == 201, placed.text
    told = placed.json()
    assert (told["state"], told["placed_by"]["name"], told["yours"]) == ("standing", first.me["name"], False)
    assert first.client.get(f"{API}/items/{item}").json()["held"] is True
    asked = _release(first.client, told)
    assert (asked.status_code, asked.json()["state"], asked.json()["yours"]) == (201, "release_asked", True)
    assert first.client.get(f"{API}/items/{item}").json()["held"] is True
    ended = _release(second.client, told)
    assert (ended.status_code, ended.json()["state"]) == (201, "released")
    assert [one["person"]["name"] for one in ended.json()["releases"]] == [first.me["name"], second.me["name"]]
    assert first.client.get(f"{API}/items/{item}").json()["held"] is False
    [kept] = house.visitor("reviewer").get(f"{API}/items/{item}/holds").json()["data"]
    assert kept["state"] == "released"
    types = [line["event"]["type"] for line in first.client.get(f"{API}/items/{item}/events").json()["data"]]
    assert types[-3:] == ["local:hold placed", "local:hold release asked", "local:hold released"]


def test_fault_D15_the_first_cannot_be_the_second(item: str, two: tuple[Browser, Browser]) -> None:
    first, _ = two
    placed = _place(first.client, item).json()
    assert _release(first.client, placed).status_code == 201
    again = _release(first.client, placed)
    assert (again.status_code, again.json()["code"]) == (409, "same_person")
    assert first.client.get(f"{API}/items/{item}").json()["held"] is True


def test_the_list_shows_what_stands_to_those_who_may_know(house: House, two: tuple[Browser, Browser]) -> None:
    sealed, open_ = house.submitted("sealed")[0], house.submitted()[0]
    steward, lead = house.visitor("steward"), house.visitor("lead")
    ours = {_place(steward, one).json()["hold"] for one in (sealed, open_)}
    assert len(ours & _listed(steward)) == 2
    assert len(ours & _listed(lead)) == 1
    assert _listed(lead) == _listed(lead, limit=1)
    [mine] = [one for one in lead.get(f"{API}/holds?limit=500").json()["data"] if one["hold"] in ours]
    for browser in two:
        assert _release(browser.client, mine).status_code == 201
    assert not ours & _listed(lead)


def _listed(client: httpx.Client, limit: int = 500) -> set[str]:
    found: set[str] = set()
    address = f"{API}/holds?limit={limit}"
    while True:
        told = client.get(address).json()
        found |= {one["hold"] for one in told["data"]}
        if told["page"]["next"] is None:
            assert told["count"]["value"] == len(found)
            return found
        address = f"{API}/holds?limit={limit}&cursor={told['page']['next']}"


def test_asked_twice_under_one_key_it_is_placed_once(house: House, item: str) -> None:
    lead = house.visitor("lead")
    first, again = (_place(lead, item, **{"Idempotency-Key": "court"}) for _ in range(2))
    assert first.json() == again.json()
    assert len(lead.get(f"{API}/items/{item}/holds").json()["data"]) == 1


@pytest.mark.parametrize("wrong", [{"authority": ""}, {"reason": ""}, {"authority": "a" * 301}, {"until": "2030"}])
def test_a_hold_names_its_authority_and_its_reason(house: House, item: str, wrong: dict[str, str]) -> None:
    answer = house.visitor("lead").post(f"{API}/items/{item}/holds", json=ORDER | wrong)
    assert answer.status_code == 422


def test_a_hold_that_is_not_there_is_not_found(item: str, two: tuple[Browser, Browser]) -> None:
    assert _release(two[0].client, {"item": item, "hold": f"hld_{'0' * 26}"}).status_code == 404
