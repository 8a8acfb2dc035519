"""Saying something of an item over HTTP: taken whole, refused whole, superseded once."""

import threading
from typing import Any

import httpx
import pytest

from tests.api.desk_house import person
from tests.api.house import API, Held, House, content, place, recorded, unit


@pytest.fixture(scope="module")
def held(house: House) -> Held:
    return house.captured()


def _say(house: House, item: str, said: Any, **headers: str) -> httpx.Response:
    return house.visitor("reviewer").post(f"{API}/items/{item}/assertions", json=said, headers=headers)


@pytest.mark.parametrize(
    "said",
    [
        place(coordinate_as_typed="48 07 24 N 37 45 55 E"),
        recorded("2023-02-25T15:04:00+03:00", "2023-02-25T15:37:00+03:00"),
        unit("9733-й полк"),
        content("Thirty men in two rows.", "plea"),
        {"kind": "note", "body": {"text": "Ask somebody from the region."}},
    ],
    ids=lambda said: said["kind"],
)
def test_each_kind_is_taken_and_stands_in_the_list_and_the_ledger(house: House, said: dict[str, Any]) -> None:
    item, _, _ = house.submitted()
    answer = _say(house, item, said)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["kind"] == said["kind"]
    assert house.visitor("reviewer").get(f"{API}/items/{item}/assertions").json()["data"] == [made]
    assert house.visitor("reviewer").get(f"{API}/items/{item}").json()["assertions"] == [made]
    lines = house.visitor("reviewer").get(f"{API}/items/{item}/events").json()["data"]
    assert lines[-1]["event"]["detail"]["assertion"] == made["assertion"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (place(lat=91), "place.body.lat"),
        (place(radius_m=0), "place.body.radius_m"),
        (place(heading_deg=360), "place.body.heading_deg"),
        (place(colour="red"), "place.body.colour"),
        (place() | {"colour": "red"}, "place.colour"),
        (recorded("2023-02-26T00:00:00Z", "2023-02-25T00:00:00Z"), "time.body"),
        (recorded("2023-02-25", "2023-02-26"), "time.body.earliest"),
        (place() | {"citations": [{"target": "nonsense"}]}, "place.citations.0.target"),
        (place() | {"citations": [{"target": "a" * 64, "selector": "t=5,1"}]}, "place.citations.0.selector.value"),
        ({"kind": "rumour", "body": {}}, "body"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(house: House, held: Held, said: dict[str, Any], field: str) -> None:
    answer = _say(house, held.item, said)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_value")
    assert field in {wrong["field"] for wrong in answer.json()["errors"]}


def test_a_cited_file_must_be_the_items_own(house: House, held: Held) -> None:
    other = house.captured()
    selector = {"selector": "t=1.5,2&xywh=percent:10,10,20,20"}
    own = place() | {"citations": [{"target": held.original} | selector]}
    foreign = place() | {"citations": [{"target": other.original} | selector]}
    kept = _say(house, held.item, own).json()["citations"]
    assert kept[0]["target"] == f"sha256:{held.original}"
    assert kept[0]["selector"]["conformsTo"] == "http://www.w3.org/TR/media-frags/"
    assert _say(house, held.item, foreign).status_code == 422


def test_a_unit_of_the_register_is_refused_until_there_is_one(house: House, held: Held) -> None:
    said = unit("x")
    said["body"] = {name: value for name, value in said["body"].items() if name != "name_as_written"}
    said["body"]["unit"] = "unt_" + "0" * 26
    assert _say(house, held.item, said).status_code == 422


def test_what_was_said_is_superseded_once_and_stays(house: House, held: Held) -> None:
    first = _say(house, held.item, place()).json()["assertion"]
    second = _say(house, held.item, place(radius_m=10) | {"supersedes": first})
    assert second.status_code == 201
    refused = _say(house, held.item, place() | {"supersedes": first})
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    assert refused.json()["current"] == second.json()
    assert _say(house, held.item, content("x") | {"supersedes": second.json()["assertion"]}).status_code == 422
    listed = house.visitor("reviewer").get(f"{API}/items/{held.item}/assertions").json()["data"]
    by_name = {one["assertion"]: one for one in listed}
    assert by_name[first]["superseded_by"] == second.json()["assertion"]
    assert by_name[first]["body"]["radius_m"] == 30


def test_saying_it_twice_under_one_key_says_it_once(house: House) -> None:
    item, _, _ = house.submitted()
    headers = {"Idempotency-Key": f"key-{item}"}
    assert _say(house, item, place(), **headers).json() == _say(house, item, place(), **headers).json()
    assert house.visitor("reviewer").get(f"{API}/items/{item}/assertions").json()["count"]["value"] == 1


def test_the_author_is_whoever_holds_the_key(house: House, held: Held) -> None:
    me = house.visitor("reviewer").get(f"{API}/me").json()
    assert _say(house, held.item, content("Something.")).json()["author"] == me["id"]


def test_whoever_supersedes_too_late_is_shown_the_newest_of_a_long_chain(house: House, held: Held) -> None:
    chain = [_say(house, held.item, content("0 men.")).json()["assertion"]]
    for number in range(1, 5):
        made = _say(house, held.item, content(f"{number} men.") | {"supersedes": chain[-1]}).json()
        chain.append(made["assertion"])
    for late in chain[:-1]:
        refused = _say(house, held.item, content("A hundred men.") | {"supersedes": late})
        assert (refused.status_code, refused.json()["current"]["body"]["summary"]) == (412, "4 men.")


def test_of_two_who_supersede_the_same_at_once_one_is_heard(house: House, held: Held) -> None:
    first = _say(house, held.item, content("Ten men.")).json()["assertion"]
    start = threading.Barrier(4)
    answers: list[httpx.Response] = []

    def say(number: int) -> None:
        start.wait()
        answers.append(_say(house, held.item, content(f"{number} men.") | {"supersedes": first}))

    threads = [threading.Thread(target=say, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412, 412]
    (heard,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert [answer.json()["current"] for answer in answers if answer.status_code == 412] == [heard] * 3


def test_an_assertion_tells_the_name_of_its_author(house: House) -> None:
    item, _, _ = house.submitted()
    user, client = person(house, "Ann", "reviewer")
    with client:
        made = client.post(f"{API}/items/{item}/assertions", json=content("Thirty men.")).json()
    assert (made["author"], made["author_name"]) == (user, "Ann")
    (listed,) = house.visitor("reviewer").get(f"{API}/items/{item}/assertions").json()["data"]
    assert listed == made
