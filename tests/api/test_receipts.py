"""A receipt stands on the capture that answers it, also when that came later than the one it asked for."""

import re
from typing import Any

from sqlalchemy import text

from storage.db.session import transaction
from storage.domain.vocab import Outcome
from tests.api.house import API, House


def _receipt(house: House, submission: str) -> dict[str, Any]:
    told: dict[str, Any] = house.visitor("operator").get(f"{API}/submissions/{submission}").json()
    return told


def _owed_now(house: House, item: str) -> str:
    """The capture that is owed for an item, its pause cut short."""
    with transaction(house.engine) as session:
        owed = text("UPDATE job SET run_after = now() WHERE item_id = :i AND state = 'ready' RETURNING capture_id")
        return str(session.execute(owed, {"i": item}).scalar_one())


def test_a_site_that_did_not_answer_is_asked_again_and_the_receipt_says_when(house: House) -> None:
    _, submission, capture = house.submitted()
    house.unanswered(capture)
    told = _receipt(house, submission)
    assert (told["settled"], told["outcome"], told["capture"]) == (True, "unreachable", capture)
    assert told["sentence"].startswith("It could not be collected: The site did not answer. ")
    assert re.search(r"It will be tried again after \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$", told["sentence"])


def test_what_a_later_try_captured_is_the_outcome_for_everybody_who_asked(house: House) -> None:
    url = house.url()
    first = house.visitor("operator").post(f"{API}/submissions", json={"url": url}).json()
    house.unanswered(first["capture"])
    later = _owed_now(house, first["item"])
    house.seal(later)
    newcomer = house.visitor("operator").post(f"{API}/submissions", json={"url": url}).json()
    for told in (_receipt(house, first["submission"]), newcomer):
        assert (told["settled"], told["outcome"], told["capture"]) == (True, "captured", later)
        assert told["sentence"] == "It has been collected and kept."
        assert [(step["name"], step["state"]) for step in told["steps"]] == [("capture", "done")]


def test_what_was_captured_is_not_lost_by_a_later_try_that_fails(house: House) -> None:
    one = house.captured()
    again = house.visitor("operator").post(f"{API}/items/{one.item}/captures").json()["capture"]
    house.fail(again, Outcome.REMOVED, "The post has been deleted.")
    told = _receipt(house, one.submission)
    assert (told["outcome"], told["capture"]) == ("captured", one.capture)


def test_an_earlier_capture_is_no_answer_to_a_later_wish(house: House) -> None:
    url = house.url()
    first = house.visitor("operator").post(f"{API}/submissions", json={"url": url}).json()
    house.seal(first["capture"])
    wish = house.visitor("operator").post(f"{API}/submissions", json={"url": url, "again": True}).json()
    assert wish["capture"] > first["capture"]
    assert "outcome" not in wish
    assert wish["settled"] is False
