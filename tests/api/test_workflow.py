"""Where an item stands and who has taken it on: moves by hand, with their reasons and their events."""

from collections.abc import Iterator

import httpx
import pytest

from tests.api.desk_house import etag, person
from tests.api.house import API, House, content


@pytest.fixture(scope="module")
def ann(house: House) -> Iterator[tuple[str, httpx.Client]]:
    user, client = person(house, "Ann", "reviewer")
    yield user, client
    client.close()


def _move(client: httpx.Client, item: str, to: str, reason: str = "", **headers: str) -> httpx.Response:
    seen = headers or etag(client, item)
    return client.put(f"{API}/items/{item}/workflow", json={"workflow": to, "reason": reason}, headers=seen)


def _assign(client: httpx.Client, item: str, user: str | None, **headers: str) -> httpx.Response:
    return client.put(f"{API}/items/{item}/assignee", json={"user": user}, headers=headers)


def _last_event(client: httpx.Client, item: str) -> dict[str, object]:
    event: dict[str, object] = client.get(f"{API}/items/{item}/events").json()["data"][-1]["event"]
    return event


def test_a_move_is_made_and_recorded(house: House, ann: tuple[str, httpx.Client]) -> None:
    user, client = ann
    item, _, _ = house.submitted()
    answer = _move(client, item, "triaged")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["workflow"], answer.json()["version"]) == ("triaged", 2)
    assert {"If-Match": answer.headers["etag"]} == etag(client, item)
    event = _last_event(client, item)
    assert event["type"] == "local:workflow change"
    detail = {"from": "intake", "to": "triaged", "back": None, "reason": None, "by": user}
    assert event["detail"] == detail


def test_a_weak_tag_is_no_state_that_was_seen_even_if_it_is_the_newest(
    house: House, ann: tuple[str, httpx.Client]
) -> None:
    _, client = ann
    item, _, _ = house.submitted()
    weak = f"W/{etag(client, item)['If-Match']}"
    refused = _move(client, item, "triaged", **{"If-Match": weak})
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    assert _move(client, item, "triaged").status_code == 200


def test_from_aside_an_item_comes_back_to_where_it_was(house: House, ann: tuple[str, httpx.Client]) -> None:
    _, client = ann
    item, _, _ = house.submitted()
    for state in ("triaged", "needs_help", "on_hold"):
        assert _move(client, item, state, "Who knows this town?").status_code == 200
    refused = _move(client, item, "intake")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_such_move")
    assert "triaged" in refused.json()["detail"]
    assert _move(client, item, "triaged").json()["workflow"] == "triaged"


def test_what_is_published_comes_back_published(house: House) -> None:
    held = house.captured()
    operator = house.visitor("operator")
    operator.post(f"{API}/items/{held.item}/assertions", json=content("Thirty men."))
    assert operator.post(f"{API}/items/{held.item}/publication", json={}).status_code == 201
    assert _move(operator, held.item, "duplicate", "The same as another.").status_code == 200
    assert _move(operator, held.item, "published").json()["workflow"] == "published"


def test_going_aside_needs_a_reason(house: House, ann: tuple[str, httpx.Client]) -> None:
    item, _, _ = house.submitted()
    refused = _move(ann[1], item, "needs_help", "  ")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_value")
    assert "reason" in refused.json()["detail"]


@pytest.mark.parametrize("to", ["concluded", "published", "withdrawn", "intake"])
def test_what_the_table_does_not_name_is_refused(house: House, ann: tuple[str, httpx.Client], to: str) -> None:
    assert _move(ann[1], house.submitted()[0], to, "because").json()["code"] == "no_such_move"


def test_a_move_says_which_state_it_was_made_from(house: House, ann: tuple[str, httpx.Client]) -> None:
    _, client = ann
    item, _, _ = house.submitted()
    address = f"{API}/items/{item}/workflow"
    missing = client.put(address, json={"workflow": "triaged"})
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    assert _move(client, item, "triaged", **{"If-Match": "nonsense"}).status_code == 400
    assert _move(client, item, "triaged", **{"If-Match": '"1"'}).status_code == 200


@pytest.mark.parametrize("by", ["etag", "version"])
def test_of_two_who_move_from_the_same_state_the_second_is_shown_the_first(
    house: House, ann: tuple[str, httpx.Client], by: str
) -> None:
    _, client = ann
    item, _, _ = house.submitted()
    seen = etag(client, item)["If-Match"] if by == "etag" else '"1"'
    assert _move(house.visitor("lead"), item, "triaged", **{"If-Match": seen}).status_code == 200
    refused = _move(client, item, "needs_help", "Who knows this town?", **{"If-Match": seen})
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    current = refused.json()["current"]
    assert (current["item"], current["workflow"], current["version"]) == (item, "triaged", 2)


def test_somebody_takes_an_item_on_and_gives_it_back(house: House, ann: tuple[str, httpx.Client]) -> None:
    user, client = ann
    item, _, _ = house.submitted()
    taken = _assign(client, item, user)
    assert taken.status_code == 200, taken.text
    assert taken.json()["assignee"] == {"id": user, "name": "Ann"}
    event = _last_event(client, item)
    assert (event["type"], event["detail"]) == ("local:assignment", {"from": None, "to": user, "by": user})
    again = etag(client, item)
    assert _assign(client, item, user).status_code == 200
    assert etag(client, item) == again
    assert _assign(client, item, None).json()["assignee"] is None


def test_an_assignment_is_a_change_that_the_next_must_have_seen(house: House, ann: tuple[str, httpx.Client]) -> None:
    user, client = ann
    item, _, _ = house.submitted()
    assert _assign(house.visitor("lead"), item, user, **{"If-Match": '"1"'}).json()["version"] == 2
    for late in (
        _move(client, item, "triaged", **{"If-Match": '"1"'}),
        _assign(client, item, None, **{"If-Match": "1"}),
    ):
        assert (late.status_code, late.json()["code"]) == (412, "stale")
        assert late.json()["current"]["assignee"] == {"id": user, "name": "Ann"}
    assert _move(client, item, "triaged", **{"If-Match": '"2"'}).json()["version"] == 3


def test_reviewers_decide_for_themselves_and_leads_for_everybody(house: House, ann: tuple[str, httpx.Client]) -> None:
    user, client = ann
    other, second = person(house, "Bohdan", "reviewer")
    _, lead = person(house, "Lesia", "lead")
    item, _, _ = house.submitted()
    assert _assign(client, item, other).status_code == 403
    assert _assign(lead, item, other).json()["assignee"]["name"] == "Bohdan"
    assert _assign(client, item, user).status_code == 403
    assert _assign(client, item, None).status_code == 403
    assert _assign(second, item, None).status_code == 200
    assert _assign(client, item, user).status_code == 200
    second.close()
    lead.close()


def test_only_those_who_could_work_on_it_take_an_item_on(house: House) -> None:
    operator = house.visitor("operator")
    cleared, _ = person(house, "Stepan", "reviewer", "steward")
    reviewer, _ = person(house, "Ann", "reviewer")
    submitter, _ = person(house, "Sam", "submitter")
    ended, _ = person(house, "Gone", "reviewer")
    assert operator.delete(f"{API}/users/{ended}").status_code == 200
    usual, sealed = house.submitted()[0], house.submitted("sealed")[0]
    for user, item, status in (
        (submitter, usual, 422),
        (ended, usual, 422),
        ("usr_" + "0" * 26, usual, 422),
        (reviewer, sealed, 422),
        (reviewer, usual, 200),
        (cleared, sealed, 200),
    ):
        assert _assign(operator, item, user).status_code == status


def test_taking_on_what_has_changed_since_is_refused_where_asked(house: House, ann: tuple[str, httpx.Client]) -> None:
    user, client = ann
    item, _, _ = house.submitted()
    seen = etag(client, item)
    _move(client, item, "triaged")
    refused = _assign(client, item, user, **seen)
    assert (refused.status_code, refused.json()["current"]["workflow"]) == (412, "triaged")
