"""Cancelling the analysis of an item: who may, what it leaves, beginning it again, and analysing it anew."""

import threading
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from storage import queue
from storage.archive import Archive
from storage.db import jobs
from storage.db.session import transaction
from storage.domain.kept import Kept, StepKey
from storage.domain.permissions import SYSTEM
from storage.domain.steps import VERSIONS
from storage.domain.vocab import FileRole
from storage.errors import LeaseLost
from tests.api.house import API, Held, House

WHY = "It is a copy of what we have."


def _owe(house: House, one: Held, *steps: str) -> None:
    with transaction(house.engine) as session:
        for step in steps:
            queue.owe(
                session, key=f"{step} of {one.item}", queue="media", step=step, step_version="1", item_id=one.item,
                capture_id=one.capture,
            )  # fmt: skip


def _cancel(client: httpx.Client, item: str) -> httpx.Response:
    return client.post(f"{API}/items/{item}/analysis/cancellation", json={"reason": WHY})


def _steps(house: House, item: str) -> dict[str, str]:
    told = house.visitor("reviewer").get(f"{API}/items/{item}").json()["steps"]
    return {one["name"]: one["outcome"] for one in told}


def _events(house: House, item: str) -> list[dict[str, Any]]:
    lines = house.visitor("reviewer").get(f"{API}/items/{item}/events").json()["data"]
    return [line["event"] for line in lines]


def test_what_waits_and_what_runs_is_cancelled_with_who_and_why(house: House) -> None:
    one = house.captured()
    _owe(house, one, "analyse", "ocr")
    held = house.claimed(one.capture, "media")
    answer = _cancel(house.visitor("reviewer"), one.item)
    assert answer.status_code == 202
    assert {step["name"]: step["outcome"] for step in answer.json()} == {"analyse": "cancelled", "ocr": "cancelled"}
    assert _steps(house, one.item) == {"capture": "done", "analyse": "cancelled", "ocr": "cancelled"}
    event = _events(house, one.item)[-1]
    assert event["type"] == "local:analysis cancelled"
    assert (event["detail"]["reason"], event["detail"]["by"]) == (WHY, event["agent"]["id"])
    assert [step["step"] for step in event["detail"]["steps"]] == ["analyse", "ocr"]
    with transaction(house.engine) as session:
        assert not queue.is_held(session, held)


def test_nothing_of_a_cancelled_step_is_kept_and_nothing_follows_it(house: House) -> None:
    one = house.captured()
    _owe(house, one, "analyse")
    held = house.claimed(one.capture, "media")
    assert _cancel(house.visitor("reviewer"), one.item).status_code == 202
    made = Kept("shots", FileRole.PRODUCT, "application/json", {"late": True})
    with pytest.raises(LeaseLost), transaction(house.engine) as session:
        Archive(session, SYSTEM).seal_products(held, StepKey("analyse", "1", "late", ()), [made])
    with transaction(house.engine) as session:
        late = text("SELECT count(*) FROM holding WHERE item_id = :item AND step = 'analyse'")
        assert session.scalar(late, {"item": one.item}) == 0


def test_one_action_begins_it_again(house: House) -> None:
    one = house.captured()
    _owe(house, one, "analyse", "ocr")
    reviewer = house.visitor("reviewer")
    _cancel(reviewer, one.item)
    begun = reviewer.post(f"{API}/items/{one.item}/analysis/retry")
    assert [(step["name"], step["state"]) for step in begun.json()] == [("analyse", "ready"), ("ocr", "ready")]
    assert [event["type"] for event in _events(house, one.item)[-2:]] == ["local:retry"] * 2
    assert house.claimed(one.capture, "media").job.step == "analyse"
    again = reviewer.post(f"{API}/items/{one.item}/analysis/retry")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_cancelled")


def test_a_capture_is_not_cancelled(house: House) -> None:
    item, _, _ = house.submitted()
    answer = _cancel(house.visitor("reviewer"), item)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_owed")
    assert _steps(house, item) == {"capture": "ready"}


def test_a_reason_is_asked_for(house: House) -> None:
    one = house.captured()
    _owe(house, one, "analyse")
    client = house.visitor("reviewer")
    assert client.post(f"{API}/items/{one.item}/analysis/cancellation", json={"reason": ""}).status_code == 422
    assert _steps(house, one.item)["analyse"] == "ready"


def test_a_sealed_item_is_not_there_to_be_cancelled_for_whoever_is_no_steward(house: House) -> None:
    one = house.captured("sealed")
    _owe(house, one, "analyse")
    assert _cancel(house.visitor("reviewer"), one.item).status_code == 404
    assert _cancel(house.visitor("steward"), one.item).status_code == 403
    assert _cancel(house.visitor("operator"), one.item).status_code == 202


def test_what_follows_a_step_that_was_sealed_meanwhile_is_cancelled_too(house: House) -> None:
    one = house.captured()
    _owe(house, one, "analyse")
    held = house.claimed(one.capture, "media")
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(_cancel(house.visitor("reviewer"), one.item)))
    with transaction(house.engine) as session:
        Archive(session, SYSTEM).seal_products(held, StepKey("analyse", "1", f"key of {one.item}", ()), [])
        asking.start()
        asking.join(1.0)
        assert asking.is_alive()
        queue.owe(
            session, key=f"ocr of {one.item}", queue="media", step="ocr", step_version="1", item_id=one.item,
            capture_id=one.capture,
        )  # fmt: skip
    asking.join(10.0)
    assert [step["name"] for step in answers[0].json()] == ["ocr"]
    assert _steps(house, one.item) == {"capture": "done", "analyse": "done", "ocr": "cancelled"}


def _done(house: House, one: Held, step: str, version: str) -> None:
    with transaction(house.engine) as session:
        queue.owe(
            session, key=f"{step} {version} of {one.item}", queue="media", step=step, step_version=version,
            item_id=one.item, capture_id=one.capture,
        )  # fmt: skip
    held = house.claimed(one.capture, "media")
    with transaction(house.engine) as session:
        Archive(session, SYSTEM).seal_products(held, StepKey(step, version, f"{step} {version} {one.item}", ()), [])


def _older(house: House, item: str) -> set[str]:
    told = house.visitor("reviewer").get(f"{API}/items/{item}").json()["steps"]
    return {one["name"] for one in told if one["is_older"]}


def _renew(client: httpx.Client, item: str) -> httpx.Response:
    return client.post(f"{API}/items/{item}/analysis/renewal")


def test_what_an_older_version_did_says_so_until_the_one_that_is_here_is_owed(house: House) -> None:
    one = house.captured()
    _done(house, one, "probe", VERSIONS["probe"])
    _done(house, one, "analyse", "1")
    _done(house, one, "ocr", VERSIONS["ocr"])
    assert _older(house, one.item) == {"analyse"}
    _done(house, one, "analyse", VERSIONS["analyse"])
    assert _older(house, one.item) == set()


def test_an_analysis_is_begun_anew_with_its_first_step_once_and_by_whom_is_told(house: House) -> None:
    one = house.captured()
    _done(house, one, "probe", VERSIONS["probe"])
    _done(house, one, "analyse", "1")
    lead = house.visitor("lead")
    for _ in range(2):
        answer = _renew(lead, one.item)
        assert answer.status_code == 202
        assert [(step["name"], step["state"]) for step in answer.json()] == [("probe", "ready")]
    [event] = [event for event in _events(house, one.item) if event["type"] == "local:retry"]
    assert (event["detail"]["step"], event["detail"]["reason"]) == ("probe", "analysed anew")
    assert event["agent"]["id"] == lead.get(f"{API}/me").json()["id"]


def test_what_brought_nothing_cannot_be_analysed_anew(house: House) -> None:
    item, _, _ = house.submitted()
    answer = _renew(house.visitor("lead"), item)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_collected")


def test_the_operator_is_told_which_items_an_older_version_has_analysed(house: House) -> None:
    old, new = house.captured(), house.captured()
    for one, version in ((old, "1"), (new, VERSIONS["analyse"])):
        _done(house, one, "analyse", version)
    with transaction(house.engine) as session:
        found = jobs.analysed_items(session, VERSIONS, after="", limit=1000)
        assert {old.item, new.item} & set(found) == {old.item}
        assert old.item not in jobs.analysed_items(session, VERSIONS, after=old.item, limit=1000)
