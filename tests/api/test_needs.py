"""What only a person can solve waits on one list, is tried again at once, or gets a file that says who brought it."""

from typing import Any

import pytest

from storage.archive import Archive
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import Outcome, Sensitivity
from tests.api.house import API, PICTURE, House, next_number


def walled(house: House, host: str, outcome: Outcome = Outcome.LOGIN_REQUIRED, sensitivity: str = "restricted") -> str:
    """An item whose capture ended at a wall of `host`; its id."""
    with transaction(house.engine) as session:
        url = f"https://{host}/post/{next_number()}"
        entry = Archive(session, OPERATOR).submit(url, note=None, sensitivity=Sensitivity(sensitivity))
        item, capture = entry.item.id, entry.submission.capture_id
    house.fail(capture, outcome, "The site wants a log-in.")
    return item


def needs(house: House, host: str, role: str = "reviewer") -> dict[str, dict[str, Any]]:
    told = house.visitor(role).get(f"{API}/needs").json()["needs"]
    return {need["cause"]: need for need in told if need["site"] == host}


def resume(house: House, role: str, **wanted: Any) -> int:
    answer = house.visitor(role).post(f"{API}/needs/resumptions", json=wanted)
    assert answer.status_code == 202, answer.text
    return int(answer.json()["captures"])


def test_what_met_a_wall_is_listed_by_site_and_cause_and_what_is_gone_is_not(house: House) -> None:
    host = "list.example"
    first, second = walled(house, host), walled(house, host)
    geo = walled(house, host, Outcome.GEO_BLOCKED)
    walled(house, host, Outcome.REMOVED)
    found = needs(house, host)
    assert set(found) == {"login_required", "geo_blocked"}
    assert [one["item"] for one in found["login_required"]["items"]] == [first, second]
    assert [one["item"] for one in found["geo_blocked"]["items"]] == [geo]
    assert found["login_required"]["count"] == 2


def test_one_action_resumes_everything_that_waits_and_asking_twice_owes_it_once(house: House) -> None:
    host = "resume.example"
    items = [walled(house, host) for _ in range(3)]
    walled(house, host, Outcome.GEO_BLOCKED)
    assert resume(house, "reviewer", site=host, cause="login_required") == 3
    assert resume(house, "reviewer", site=host, cause="login_required") == 0
    assert set(needs(house, host)) == {"geo_blocked"}
    assert resume(house, "lead", site=host) == 1
    assert needs(house, host) == {}
    events = house.visitor("lead").get(f"{API}/items/{items[0]}/events").json()["data"]
    assert events[-1]["event"]["type"] == "local:retry"
    assert events[-1]["event"]["detail"]["reason"] == "a person has seen to it"


def test_sealed_items_wait_unseen_and_are_not_resumed_by_those_who_may_not_know_of_them(house: House) -> None:
    host = "sealed.example"
    item = walled(house, host, sensitivity="sealed")
    assert needs(house, host) == {}
    assert [one["item"] for one in needs(house, host, "steward")["login_required"]["items"]] == [item]
    assert resume(house, "reviewer", site=host) == 0
    assert resume(house, "operator", site=host) == 1


def test_a_file_put_to_a_waiting_item_is_said_to_be_supplied_and_the_item_waits_no_longer(house: House) -> None:
    host = "supply.example"
    item = walled(house, host)
    sent = house.visitor("reviewer").post(
        f"{API}/uploads", params={"item": item, "name": "phone.mp4"}, content=PICTURE + host.encode()
    )
    assert (sent.status_code, sent.json()["item"]) == (202, item)
    assert needs(house, host) == {}
    events = house.visitor("lead").get(f"{API}/items/{item}/events").json()["data"]
    said = events[-1]["event"]
    assert said["type"] == "local:submission"
    assert (said["detail"]["joined"], said["detail"]["supplied"]["name"]) == (True, "phone.mp4")
    assert (said["detail"]["url"], said["detail"]["canonical_url"]) == (None, None)


@pytest.mark.parametrize(("role", "status"), [("submitter", 404), ("steward", 403)])
def test_only_reviewers_put_a_file_to_an_item_and_nothing_of_anybody_elses_is_kept(
    house: House, role: str, status: int
) -> None:
    item = walled(house, "closed.example")
    sent = house.visitor(role).post(f"{API}/uploads", params={"item": item}, content=b"x")
    assert sent.status_code in (status, 403)
    assert needs(house, "closed.example")["login_required"]["count"] >= 1


def test_a_cause_that_no_person_can_mend_is_refused(house: House) -> None:
    answer = house.visitor("reviewer").post(f"{API}/needs/resumptions", json={"site": "x.example", "cause": "removed"})
    assert answer.status_code == 422
