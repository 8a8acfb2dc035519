"""Leases: one person edits at a time, by whichever key or window, and others are told by whom."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import text

from storage.db.session import transaction
from tests.api.desk_house import etag, person, run_out, second_window
from tests.api.house import API, House, content


@dataclass(frozen=True, slots=True)
class Two:
    """Two reviewers and a lead, and an item."""

    ann: str
    one: httpx.Client
    two: httpx.Client
    lead: httpx.Client
    item: str

    @property
    def lease(self) -> str:
        return f"{API}/items/{self.item}/lease"


@pytest.fixture
def two(house: House) -> Iterator[Two]:
    ann, one = person(house, "Ann", "reviewer")
    _, other = person(house, "Bohdan", "reviewer")
    _, lead = person(house, "Lesia", "lead")
    yield Two(ann, one, other, lead, house.submitted()[0])
    for client in (one, other, lead):
        client.close()


def test_whoever_takes_it_has_it_for_ten_minutes_and_is_shown_in_the_list(two: Two) -> None:
    answer = two.one.put(two.lease)
    assert answer.status_code == 200, answer.text
    lease = answer.json()
    assert lease["holder"] == {"id": two.ann, "name": "Ann"}
    assert (lease["mine"], lease["asked_by"]) == (True, None)
    assert lease["taken_at"] < lease["until"]
    seen = two.two.get(f"{API}/items?limit=1").json()["data"][0]["lease"]
    assert seen == lease | {"mine": False}
    assert two.two.get(f"{API}/items/{two.item}").json()["lease"] == seen


def test_whoever_gave_no_name_goes_by_the_same_one_everywhere(house: House, two: Two) -> None:
    user, client = person(house, "", "reviewer")
    with client:
        holder = client.put(two.lease).json()["holder"]
        said = client.post(f"{API}/items/{two.item}/assertions", json=content("Thirty men.")).json()
    named = {one["id"]: one["name"] for one in two.one.get(f"{API}/people").json()["data"]}
    assert holder == {"id": user, "name": named[user]}
    assert said["author_name"] == named[user] != user


def test_taking_it_again_renews_it_and_does_not_begin_it_anew(house: House, two: Two) -> None:
    first = two.one.put(two.lease).json()
    again = two.one.put(two.lease).json()
    assert again["taken_at"] == first["taken_at"]
    assert again["until"] > first["until"]
    with second_window(house, two.ann, "reviewer") as window:
        assert window.put(two.lease).json()["mine"] is True


@pytest.mark.parametrize("deed", ["lease", "assertions", "workflow"])
def test_others_wait_and_are_told_who_is_editing(two: Two, deed: str) -> None:
    two.one.put(two.lease)
    address = f"{API}/items/{two.item}/{deed}"
    match deed:
        case "lease":
            answer = two.two.put(address)
        case "assertions":
            answer = two.two.post(address, json=content("Thirty men."))
        case _:
            answer = two.two.put(address, json={"workflow": "triaged"}, headers=etag(two.two, two.item))
    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "leased")
    assert told["lease"]["holder"] == {"id": two.ann, "name": "Ann"}
    assert told["lease"]["mine"] is False
    assert "Ann" in told["detail"]
    assert two.two.get(f"{API}/items/{two.item}").json()["assertions"] == []


def test_nothing_is_published_while_somebody_else_is_editing(house: House, two: Two) -> None:
    held = house.captured()
    publication, lease = (f"{API}/items/{held.item}/{door}" for door in ("publication", "lease"))
    two.one.put(lease)
    refused = two.lead.post(publication, json={})
    told = refused.json()
    assert (refused.status_code, told["code"]) == (409, "leased")
    assert told["lease"]["holder"] == {"id": two.ann, "name": "Ann"}
    assert two.one.get(f"{API}/items/{held.item}").json()["workflow"] != "published"
    two.lead.put(lease, params={"take": True})
    assert two.lead.post(publication, json={}).status_code == 201


def test_reading_and_capturing_again_go_on_meanwhile(two: Two) -> None:
    two.one.put(two.lease)
    assert two.two.get(f"{API}/items/{two.item}").status_code == 200
    assert two.two.post(f"{API}/items/{two.item}/captures").status_code == 202


def test_the_holder_goes_on_and_every_deed_pushes_the_end_out(house: House, two: Two) -> None:
    two.one.put(two.lease)
    with transaction(house.engine) as session:
        session.execute(
            text("UPDATE lease SET until = now() + interval '1 minute' WHERE item_id = :i"), {"i": two.item}
        )
    before = two.one.get(f"{API}/items/{two.item}").json()["lease"]["until"]
    assert two.one.post(f"{API}/items/{two.item}/assertions", json=content("Thirty men.")).status_code == 201
    assert two.one.get(f"{API}/items/{two.item}").json()["lease"]["until"] > before


def test_a_lease_that_has_run_out_stops_nobody(house: House, two: Two) -> None:
    two.one.put(two.lease)
    run_out(house, two.item)
    assert two.two.get(f"{API}/items/{two.item}").json()["lease"] is None
    assert two.two.post(f"{API}/items/{two.item}/assertions", json=content("Thirty men.")).status_code == 201
    assert two.two.put(two.lease).json()["holder"]["name"] == "Bohdan"
    assert two.one.put(two.lease).status_code == 409


def test_giving_it_up_lets_others_in_and_nobody_gives_up_anothers(two: Two) -> None:
    two.one.put(two.lease)
    assert two.two.delete(two.lease).status_code == 204
    assert two.two.put(two.lease).status_code == 409
    assert two.one.delete(two.lease).status_code == 204
    assert two.two.put(two.lease).status_code == 200


def test_the_first_who_asks_is_shown_to_the_holder(two: Two) -> None:
    requests = f"{two.lease}/requests"
    assert two.two.post(requests).status_code == 409
    two.one.put(two.lease)
    assert two.one.post(requests).status_code == 409
    asked = two.two.post(requests)
    assert (asked.status_code, asked.json()["asked_by"]["name"]) == (202, "Bohdan")
    assert two.lead.post(requests).json()["asked_by"]["name"] == "Bohdan"
    assert two.one.put(two.lease).json()["asked_by"]["name"] == "Bohdan"


def test_only_a_lead_takes_over_and_what_the_holder_has_typed_stays_theirs(two: Two) -> None:
    draft = f"{API}/items/{two.item}/drafts/note"
    two.one.put(two.lease)
    two.one.put(draft, json={"body": {"text": "typed"}}, headers={"If-None-Match": "*"})
    two.two.post(f"{two.lease}/requests")
    assert two.two.put(f"{two.lease}?take=true").status_code == 403
    taken = two.lead.put(f"{two.lease}?take=true").json()
    assert (taken["holder"]["name"], taken["mine"], taken["asked_by"]) == ("Lesia", True, None)
    assert two.one.put(two.lease).status_code == 409
    assert two.one.get(draft).json()["body"] == {"text": "typed"}


def test_of_many_who_take_it_at_once_one_gets_it(house: House, two: Two) -> None:
    people = [person(house, f"Number {number}", "reviewer")[1] for number in range(8)]
    start = threading.Barrier(len(people))
    answers: list[int] = []

    def take(client: httpx.Client) -> None:
        start.wait()
        answers.append(client.put(two.lease).status_code)

    threads = [threading.Thread(target=take, args=(client,)) for client in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in people:
        client.close()
    assert sorted(answers) == [200, *[409] * 7]


def test_a_lease_leaves_no_line_in_the_ledger(two: Two) -> None:
    before = etag(two.one, two.item)
    two.one.put(two.lease)
    two.two.post(f"{two.lease}/requests")
    two.one.delete(two.lease)
    assert etag(two.one, two.item) == before
