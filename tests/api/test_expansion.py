"""Channels: what one lists is shown to whoever submitted it, and only what they pick is taken."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from storage import queue
from storage.archive import Archive
from storage.db.session import transaction
from storage.db.tables import Event, Submission
from storage.domain import clock
from storage.domain.kept import Attempt
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import ErrorClass, EventType, Outcome
from storage.errors import Rejected
from tests.api.house import API, House


def _entry(url: str, number: int) -> dict[str, Any]:
    return {"url": f"{url}/{number}", "title": f"Post {number}", "published_at": "2023-02-25", "duration_s": 61}


def _looked_at(house: House, client: httpx.Client, many: int = 12) -> tuple[str, str]:
    """A submitted channel after its capture ended: its receipt's address, and its own."""
    url = house.url()
    receipt = client.post(f"{API}/submissions", json={"url": url}).json()["submission"]
    with transaction(house.engine) as session:
        capture = session.get_one(Submission, receipt).capture_id
    held = house.claimed(capture)
    now = clock.now()
    listing = {
        "title": "A channel",
        "count": 400,
        "more": True,
        "entries": [_entry(url, n) for n in range(1, many + 1)],
    }
    attempt = Attempt(Outcome.UNSUPPORTED, "A channel.", now, now, collection={"listing": listing})
    with transaction(house.engine) as session:
        verdict = queue.Verdict(ErrorClass.PERMANENT, final=True, pause_s=0.0)
        error = Rejected("A channel.", code=Outcome.UNSUPPORTED.value)
        Archive(session, SYSTEM).fail_step(held, error, verdict, attempt, "1")
    return f"{API}/submissions/{receipt}", url


def test_a_channel_is_shown_with_what_is_known_and_nothing_is_taken_by_itself(house: House) -> None:
    submitter = house.visitor("submitter")
    house.visitor("operator").post(f"{API}/submissions", json={"url": "https://example.org/elsewhere"})
    receipt, url = _looked_at(house, submitter)
    assert submitter.get(receipt).json()["lists"] == 12
    mine = submitter.post(f"{API}/submissions", json={"url": f"{url}/2"}).json()["submission"]
    told = submitter.get(f"{receipt}/listing").json()
    assert (told["origin"], told["title"], told["count"], told["more"]) == (url, "A channel", 400, True)
    assert told["entries"][0] == _entry(url, 1) | {"number": 1, "known": False, "mine": None}
    assert (told["entries"][1]["known"], told["entries"][1]["mine"]) == (True, mine)
    assert submitter.get(f"{API}/submissions").json()["data"][0]["submission"] == mine
    needs = house.visitor("reviewer").get(f"{API}/needs").json()["needs"]
    assert url not in {one["url"] for need in needs for one in need["items"]}


def test_what_is_picked_becomes_a_list_that_names_the_channel(house: House) -> None:
    submitter = house.visitor("submitter")
    receipt, url = _looked_at(house, submitter)
    key = {"Idempotency-Key": house.url()}
    picks = {"numbers": [9, 3, 3], "note": "the appeals", "sensitivity": "public"}
    taken = submitter.post(f"{receipt}/listing/batch", json=picks, headers=key)
    assert (taken.status_code, taken.json()["taken"]) == (202, 2)
    assert submitter.post(f"{receipt}/listing/batch", json=picks, headers=key).json() == taken.json()
    batch = submitter.get(taken.headers["location"]).json()
    assert batch["origin"] == url
    assert [(line["line"], line["receipt"]["url"]) for line in batch["lines"]] == [(3, f"{url}/3"), (9, f"{url}/9")]
    with transaction(house.engine) as session:
        told = session.scalars(select(Event.body).where(Event.type == EventType.SUBMISSION).order_by(Event.seq)).all()
    assert f'"origin":"{url}"' in told[-1]


@pytest.mark.parametrize("numbers", [[], [0], [13], [-1], list(range(1, 52))])
def test_what_is_not_listed_or_too_much_at_once_is_refused(house: House, numbers: list[int]) -> None:
    submitter = house.visitor("submitter")
    receipt, _ = _looked_at(house, submitter)
    assert submitter.post(f"{receipt}/listing/batch", json={"numbers": numbers}).status_code == 422


def test_nobody_else_sees_or_picks(house: House) -> None:
    receipt, _ = _looked_at(house, house.visitor("submitter"))
    for role in ("reviewer", "lead", "operator"):
        assert house.visitor(role).get(f"{receipt}/listing").status_code == 404
        assert house.visitor(role).post(f"{receipt}/listing/batch", json={"numbers": [1]}).status_code == 404
