"""Handing in: what is taken, what is refused, what the receipt tells and to whom."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import func, select

from storage.db.session import transaction
from storage.db.tables import Event, Submission
from storage.domain.vocab import Outcome
from tests.api.house import API, House


def _count(house: House, url: str) -> int:
    with transaction(house.engine) as session:
        return session.scalar(select(func.count()).select_from(Submission).where(Submission.url == url)) or 0


def test_a_submission_is_taken_and_its_receipt_can_be_read_again(house: House) -> None:
    submitter = house.visitor("operator")
    answer = submitter.post(f"{API}/submissions", json={"url": house.url(), "note": "Seen on a channel.\nTwice."})
    assert answer.status_code == 202
    receipt = answer.json()
    assert answer.headers["location"] == receipt["links"]["self"]
    assert [(step["name"], step["state"]) for step in receipt["steps"]] == [("capture", "ready")]
    assert receipt["settled"] is False
    assert submitter.get(receipt["links"]["self"]).json() == receipt


def test_a_known_address_joins_its_item_and_the_submission_is_recorded(house: House) -> None:
    url = house.url()
    operator = house.visitor("operator")
    first = operator.post(f"{API}/submissions", json={"url": url}).json()
    second = operator.post(f"{API}/submissions", json={"url": f"{url}?utm_source=x#t=3"}).json()
    assert first["item"] == second["item"]
    assert first["submission"] != second["submission"]
    kinds = [line["event"]["type"] for line in operator.get(f"{API}/items/{first['item']}/events").json()["data"]]
    assert kinds == ["local:submission", "local:submission"]


def test_only_reviewers_have_a_known_address_captured_again(house: House) -> None:
    said = {"url": house.url(), "again": True}
    assert house.visitor("submitter").post(f"{API}/submissions", json=said).status_code == 403
    assert house.visitor("reviewer").post(f"{API}/submissions", json=said).status_code == 202


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not a url",
        "example.org/video",
        "ftp://example.org/video.mp4",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://user:password@example.org/",
        "https://user@example.org/",
        "https://example.org/" + "x" * 2048,
        "https://example.org/a\nb",
        "https://example.org/a\x00b",
        "https://example.org/a\u202eb",
        "https://",
        "https://exa mple.org/",
        "https://example.org:0/",
        "https://[::1/",
    ],
)
def test_what_is_no_address_is_an_invalid_url(house: House, url: str) -> None:
    answer = house.visitor("submitter").post(f"{API}/submissions", json={"url": url})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_url"
    assert answer.json()["reason"].startswith("url_")
    assert _count(house, url.replace("\x00", "")) == 0


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/", "http://10.0.0.1/"]
)
def test_an_inside_address_is_taken_in_and_refused_by_the_egress_later(house: House, url: str) -> None:
    assert house.visitor("submitter").post(f"{API}/submissions", json={"url": url}).status_code == 202


@pytest.mark.parametrize(
    "change", [{"sensitivity": "secret"}, {"project": "Nowhere!"}, {"project": "nowhere"}, {"note": "x" * 10_001}]
)
def test_what_cannot_be_said_of_an_address_is_refused(house: House, change: dict[str, str]) -> None:
    answer = house.visitor("submitter").post(f"{API}/submissions", json={"url": house.url()} | change)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_value"


def test_a_receipt_tells_how_a_capture_ended(house: House) -> None:
    one = house.captured()
    receipt = house.visitor("operator").get(f"{API}/submissions/{one.submission}").json()
    assert (receipt["outcome"], receipt["settled"]) == ("captured", True)
    assert receipt["sentence"] == "It has been collected and kept."
    _, submission, capture = house.submitted()
    house.fail(capture, Outcome.REMOVED, "The post has been deleted.")
    receipt = house.visitor("operator").get(f"{API}/submissions/{submission}").json()
    assert (receipt["outcome"], receipt["settled"]) == ("removed", True)
    assert "The post has been deleted." in receipt["sentence"]


def test_the_same_request_with_the_same_key_is_done_once(house: House) -> None:
    submitter = house.visitor("submitter")
    said = {"url": house.url()}
    headers = {"Idempotency-Key": f"key-{said['url']}"}
    first = submitter.post(f"{API}/submissions", json=said, headers=headers)
    again = submitter.post(f"{API}/submissions", json=said, headers=headers)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert _count(house, said["url"]) == 1


def test_another_request_under_the_same_key_is_a_conflict(house: House) -> None:
    submitter = house.visitor("submitter")
    headers = {"Idempotency-Key": f"key-{house.url()}"}
    assert submitter.post(f"{API}/submissions", json={"url": house.url()}, headers=headers).status_code == 202
    answer = submitter.post(f"{API}/submissions", json={"url": house.url()}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")


def test_keys_of_two_people_never_meet(house: House) -> None:
    said, headers = {"url": house.url()}, {"Idempotency-Key": "the-same-for-both"}
    one = house.visitor("submitter").post(f"{API}/submissions", json=said, headers=headers).json()
    other = house.visitor("reviewer").post(f"{API}/submissions", json=said, headers=headers).json()
    assert one["submission"] != other["submission"]


def test_a_refused_request_may_be_mended_under_its_key(house: House) -> None:
    submitter = house.visitor("submitter")
    headers = {"Idempotency-Key": f"key-{house.url()}"}
    assert submitter.post(f"{API}/submissions", json={"url": "nothing"}, headers=headers).status_code == 422
    assert submitter.post(f"{API}/submissions", json={"url": house.url()}, headers=headers).status_code == 202


@pytest.mark.parametrize("key", ["", "x" * 201, "two words", "caf\xe9"])
def test_a_key_of_the_wrong_form_is_a_bad_query(house: House, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = house.visitor("submitter").post(f"{API}/submissions", json={"url": house.url()}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_query")


def test_eight_at_once_under_one_key_make_one_submission(house: House) -> None:
    said = {"url": house.url()}
    headers = {"Idempotency-Key": f"key-{said['url']}"}
    _, token = house.key("submitter")
    start = threading.Barrier(8)

    def post(_: int) -> tuple[int, str]:
        with house.client(token) as client:
            start.wait()
            answer = client.post(f"{API}/submissions", json=said, headers=headers)
            return answer.status_code, answer.json()["submission"]

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(post, range(8)))
    assert len(answers) == 1
    assert _count(house, said["url"]) == 1


def test_a_submission_and_its_event_stand_or_fall_together(house: House) -> None:
    said = {"url": house.url()}
    answer: httpx.Response = house.visitor("submitter").post(f"{API}/submissions", json=said)
    with transaction(house.engine) as session:
        bodies = session.scalars(select(Event.body).where(Event.body.contains(answer.json()["submission"]))).all()
    assert len(bodies) == 1
