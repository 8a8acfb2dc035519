"""A receipt stands on the capture that answers it, also when that came later than the one it asked for."""

import hashlib
import os
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from storage import queue
from storage.db.session import transaction
from storage.db.tables import Submission
from storage.domain.kept import Kept
from storage.domain.vocab import FileRole, Outcome
from tests.api.house import API, House, kept, next_number


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


def _owe(house: House, item: str, capture: str, step: str) -> str:
    """A step of the analysis that is owed now; its job."""
    with transaction(house.engine) as session:
        queue.owe(
            session,
            key=f"{step}:{next_number()}",
            queue="media",
            step=step,
            step_version="1",
            item_id=item,
            capture_id=capture,
        )
        return str(session.scalar(text("SELECT max(id) FROM job WHERE step = :s"), {"s": step}))


def _handed_in(house: House, sensitivity: str) -> tuple[httpx.Client, str, str, str]:
    """What somebody who only submits has handed in and was captured: they, its receipt, its item, its capture."""
    submitter = house.visitor("submitter")
    asked = {"url": house.url(), "sensitivity": sensitivity}
    receipt = submitter.post(f"{API}/submissions", json=asked).json()["links"]["self"]
    with transaction(house.engine) as session:
        named = text("SELECT item_id, capture_id FROM submission WHERE id = :id")
        item, capture = session.execute(named, {"id": receipt.rpartition("/")[2]}).one()
    house.seal(capture)
    return submitter, receipt, str(item), str(capture)


def test_what_stewards_do_with_a_sealed_item_shows_on_no_receipt(house: House) -> None:
    submitter, receipt, item, capture = _handed_in(house, "sealed")
    given_up = _owe(house, item, capture, "speech")
    with transaction(house.engine) as session:
        session.execute(text("UPDATE job SET state = 'dead', ended_at = now() WHERE id = :id"), {"id": given_up})
    _owe(house, item, capture, "analyse")
    steward = house.visitor("operator")
    told = [submitter.get(receipt).json()]
    for deed, body in (
        (f"items/{item}/analysis/cancellation", {"reason": "too much at once"}),
        (f"items/{item}/analysis/retry", None),
        (f"jobs/{given_up}/retry", None),
    ):
        assert steward.post(f"{API}/{deed}", json=body).status_code in (200, 202), deed
        told.append(submitter.get(receipt).json())
    assert told == [told[0]] * 4
    assert (told[0]["settled"], [step["name"] for step in told[0]["steps"]]) == (True, ["capture"])
    [line] = [one for one in submitter.get(f"{API}/submissions").json()["data"] if one["submission"] in receipt]
    assert (line["settled"], line["sentence"]) == (True, told[0]["sentence"])


def test_that_an_item_was_sealed_looks_like_the_end_of_its_analysis(house: House) -> None:
    receipts = []
    for sealed in (False, True):
        submitter, receipt, item, capture = _handed_in(house, "restricted")
        job = _owe(house, item, capture, "analyse")
        assert submitter.get(receipt).json()["settled"] is False
        with transaction(house.engine) as session:
            if sealed:
                session.execute(text("UPDATE item SET sensitivity = 'sealed' WHERE id = :id"), {"id": item})
            else:
                session.execute(text("UPDATE job SET state = 'done', ended_at = now() WHERE id = :id"), {"id": job})
        told = submitter.get(receipt).json()
        receipts.append({name: told[name] for name in ("settled", "sentence", "steps", "outcome")})
    for told in receipts:
        told["steps"] = [(step["name"], step["state"]) for step in told["steps"]]
    assert receipts[0] == receipts[1]
    assert receipts[0]["settled"] is True


def test_a_supplied_file_without_media_is_said_to_be_kept_and_its_item_holds_it(house: House) -> None:
    operator, content = house.visitor("operator"), os.urandom(1000)
    receipt = operator.post(f"{API}/uploads?name=letter.mp4", content=content).json()
    assert receipt["supplied"]
    house.fail(receipt["capture"], Outcome.NOT_MEDIA, "This is neither video nor sound.", "media")
    told = _receipt(house, receipt["submission"])
    assert (told["supplied"], told["outcome"]) == (True, "not_media")
    assert told["sentence"] == (
        "The file is kept as it was supplied, but was not analysed: This is neither video nor sound."
    )
    item = operator.get(f"{API}/items/{receipt['item']}").json()
    assert (item["supplied"], item["captures"][0]["supplied"]) == (True, True)
    [file] = item["files"]
    assert (file["role"], file["kind"]) == ("original", "supplied")
    assert operator.get(file["content"]).content == content


def test_what_came_from_an_address_is_not_said_to_be_supplied(house: House) -> None:
    _, submission, capture = house.submitted()
    assert not _receipt(house, submission)["supplied"]
    house.fail(capture, Outcome.NOT_MEDIA, "There is no video there.")
    told = _receipt(house, submission)
    assert (told["supplied"], told["sentence"]) == (False, "It could not be collected: There is no video there.")


def test_whose_link_others_answered_with_a_file_is_not_told_so(house: House) -> None:
    submitter, operator = house.visitor("submitter"), house.visitor("operator")
    asked = submitter.post(f"{API}/submissions", json={"url": house.url()}).json()
    with transaction(house.engine) as session:
        row = session.scalars(select(Submission).where(Submission.id == asked["submission"])).one()
        item, capture = row.item_id, row.capture_id
    house.fail(capture, Outcome.REMOVED, "It is gone.")
    put = operator.post(f"{API}/uploads?item={item}", content=os.urandom(100)).json()
    house.fail(put["capture"], Outcome.NOT_MEDIA, "It is a letter.", "media")
    assert _receipt(house, put["submission"])["supplied"]
    assert not submitter.get(f"{API}/submissions/{asked['submission']}").json()["supplied"]


@pytest.mark.parametrize(("flaws", "cut_short"), [({"cut_short": {"count": 1, "seconds": 4.0}}, True), ({}, False)])
def test_who_supplied_a_file_that_is_not_whole_is_told_so(house: House, flaws: dict[str, Any], cut_short: bool) -> None:
    submitter = house.visitor("submitter")
    sent = submitter.post(f"{API}/uploads?name=cut.mp4", content=os.urandom(1000)).json()
    capture = _capture_of(house, sent["submission"])
    look = kept("shots", FileRole.PRODUCT, "application/json", None, {"original": "0" * 64, "flaws": flaws})
    house.seal(capture, look, name="media")
    assert submitter.get(f"{API}/submissions/{sent['submission']}").json()["cut_short"] is cut_short


def test_whose_link_leads_to_what_is_not_whole_is_told_so_where_they_may_see_it(house: House) -> None:
    _, submission, capture = house.submitted()
    flaws = {"fragments_missing": {"count": 3, "seconds": 0.0}}
    house.seal(
        capture, kept("shots", FileRole.PRODUCT, "application/json", None, {"original": "0" * 64, "flaws": flaws})
    )
    assert _receipt(house, submission)["cut_short"]


def _capture_of(house: House, submission: str) -> str:
    with transaction(house.engine) as session:
        return session.scalars(select(Submission.capture_id).where(Submission.id == submission)).one()


def _supplied(house: House, role: str, content: bytes, sensitivity: str = "restricted") -> dict[str, Any]:
    """The receipt of a file that somebody supplied, once it has been taken in."""
    visitor = house.visitor(role)
    sent = visitor.post(f"{API}/uploads?sensitivity={sensitivity}", content=content).json()
    original = Kept("original", FileRole.ORIGINAL, "video/mp4", {}, sha256=hashlib.sha256(content).hexdigest())
    house.seal(_capture_of(house, sent["submission"]), original, name="media")
    told: dict[str, Any] = visitor.get(f"{API}/submissions/{sent['submission']}").json()
    return told


def test_the_very_same_file_is_said_to_be_here_with_the_item_that_holds_it(house: House) -> None:
    content = os.urandom(1000)
    first = _supplied(house, "operator", content)
    assert "same_file" not in {name for name, told in first.items() if told is not None}
    second = _supplied(house, "reviewer", content)
    assert second["same_file"] == first["item"] != second["item"]
    assert second.get("sent_before") is None


def test_who_sent_the_very_same_file_before_is_shown_that_receipt_and_no_item(house: House) -> None:
    content = os.urandom(1000)
    first, second = (_supplied(house, "submitter", content) for _ in range(2))
    assert (second.get("sent_before"), second.get("same_file")) == (first["submission"], None)
    assert first.get("sent_before") is None


@pytest.mark.parametrize("role", ["reviewer", "submitter"])
def test_no_receipt_tells_that_an_item_that_is_not_for_its_reader_holds_the_same_file(house: House, role: str) -> None:
    content = os.urandom(1000)
    _supplied(house, "operator", content, "sealed")
    told = _supplied(house, role, content)
    assert (told.get("sent_before"), told.get("same_file")) == (None, None)
