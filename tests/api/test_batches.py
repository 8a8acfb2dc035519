"""Handing in lists: looked at first, taken whole or not at all, once, and told of to their submitter alone."""

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from storage.db.session import transaction
from storage.db.tables import Submission
from storage.domain.vocab import Outcome
from tests.api.desk_house import seal
from tests.api.house import API, House

PATH = f"{API}/batches"
CSV = {"Content-Type": "text/csv"}


def _submissions(house: House) -> int:
    with transaction(house.engine) as session:
        return session.scalar(select(func.count()).select_from(Submission)) or 0


def _preview(client: httpx.Client, *lines: str) -> dict[str, Any]:
    answer = client.post(f"{PATH}/preview", content="\n".join(lines).encode(), headers=CSV)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def _submit(client: httpx.Client, *lines: str, **more: Any) -> httpx.Response:
    headers = CSV | more.pop("headers", {})
    return client.post(PATH, content="\n".join(lines).encode(), headers=headers, **more)


def test_a_preview_says_of_each_line_what_will_become_of_it_and_hands_in_nothing(house: House) -> None:
    submitter, known, new = house.visitor("submitter"), house.url(), house.url()
    house.visitor("operator").post(f"{API}/submissions", json={"url": known})
    mine = submitter.post(f"{API}/submissions", json={"url": (own := house.url())}).json()["submission"]
    before = _submissions(house)
    told = _preview(submitter, "url,note,project", known, own, f"{new},a", f"{new},a", f"{new},b", f"{new}/x,,nowhere")
    assert [
        (line["line"], line["known"], line["mine"], line["repeats"], line["left_out"]) for line in told["lines"]
    ] == [
        (2, True, None, None, False),
        (3, True, mine, None, False),
        (4, False, None, None, False),
        (5, False, None, 4, True),
        (6, False, None, 4, False),
        (7, False, None, None, False),
    ]
    assert [(one["line"], one["column"]) for one in told["wrong"]] == [(7, "project")]
    assert (told["wrong"][0]["code"], told["wrong"][0]["values"]) == ("no_such_project", {"project": "nowhere"})
    assert _submissions(house) == before


def test_a_preview_does_not_tell_of_what_is_sealed(house: House) -> None:
    url = house.url()
    house.visitor("operator").post(f"{API}/submissions", json={"url": url, "sensitivity": "sealed"})
    (line,) = _preview(house.visitor("submitter"), url)["lines"]
    assert (line["known"], line["mine"]) == (False, None)


def test_a_list_is_taken_and_its_receipt_follows_each_line(house: House) -> None:
    submitter = house.lasting(house.client(house.key("submitter")[1]))
    urls = [house.url() for _ in range(3)]
    taken = _submit(submitter, "url;note", f"{urls[2]};third", f"{urls[0]};first", f"{urls[1]};=1+1")
    assert taken.status_code == 202, taken.text
    address = taken.headers["location"]
    receipt = submitter.get(address).json()
    assert [(line["line"], line["receipt"]["url"]) for line in receipt["lines"]] == [
        (2, urls[2]), (3, urls[0]), (4, urls[1]),
    ]  # fmt: skip
    assert receipt["lines"][2]["receipt"]["note"] == "=1+1"
    assert (receipt["settled"], receipt["captured"], receipt["origin"]) == (0, 0, None)
    with transaction(house.engine) as session:
        first = session.get_one(Submission, receipt["lines"][0]["receipt"]["submission"]).capture_id
        second = session.get_one(Submission, receipt["lines"][1]["receipt"]["submission"]).capture_id
    house.fail(second, Outcome.REMOVED, "gone")
    seal(house, first, identity={"platform": "Telegram", "post_id": house.url(), "addresses": []})
    receipt = submitter.get(address).json()
    assert [line["receipt"]["outcome"] for line in receipt["lines"]] == ["captured", "removed", None]
    assert (receipt["captured"], receipt["settled"] >= 1) == (1, True)
    assert all(line["batch"] == taken.json()["batch"] for line in submitter.get(f"{API}/submissions").json()["data"])
    for role in ("submitter", "lead", "operator", "researcher"):
        assert house.visitor(role).get(address).status_code == 404


def test_a_list_with_one_wrong_line_is_refused_whole_unless_that_is_asked_for(house: House) -> None:
    submitter, good = house.visitor("submitter"), house.url()
    before = _submissions(house)
    refused = _submit(submitter, "url,sensitivity", good, "ftp://example.org/", f"{house.url()},cosmic")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_value")
    assert [(wrong["field"], wrong["code"]) for wrong in refused.json()["errors"]] == [
        ("3.url", "url_scheme"), ("4.sensitivity", "no_such_choice"),
    ]  # fmt: skip
    assert (refused.json()["reason"], refused.json()["values"]) == ("list_lines_wrong", {"lines": 2})
    assert _submissions(house) == before
    taken = _submit(submitter, "url", good, "ftp://example.org/", good, params={"leave_out_wrong": True})
    assert (taken.json()["taken"], taken.json()["left_out"]) == (1, [3, 4])
    nothing = _submit(submitter, "url", "ftp://example.org/", params={"leave_out_wrong": True})
    assert (nothing.status_code, _submissions(house)) == (422, before + 1)
    assert nothing.json()["reason"] == "list_nothing_left"


def test_a_list_sent_twice_under_one_key_is_one_list(house: House) -> None:
    submitter, key = house.visitor("submitter"), {"Idempotency-Key": house.url()}
    url = house.url()
    first, again = (_submit(submitter, url, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert _submit(submitter, house.url(), headers=key).status_code == 409


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [(b"", "text/csv", 422), (b"PK\x03\x04\0", "text/csv", 422), (b"url", "application/json", 415),
     (b"https://example.org/" + b"a" * (10 << 20), "text/csv", 413)],
)  # fmt: skip
def test_what_is_no_list_is_refused(house: House, content: bytes, kind: str, status: int) -> None:
    before = _submissions(house)
    for path in (PATH, f"{PATH}/preview"):
        answer = house.visitor("submitter").post(path, content=content, headers={"Content-Type": kind})
        assert answer.status_code == status, answer.text
    assert _submissions(house) == before


def test_a_long_list_is_taken_in_one_go(house: House) -> None:
    base = house.url()
    lines = [f"{base}/{number}" for number in range(150)]
    submitter = house.visitor("submitter")
    _preview(submitter, *lines)
    taken = _submit(submitter, *lines)
    assert taken.status_code == 202, taken.text
    assert len(submitter.get(taken.headers["location"]).json()["lines"]) == 150
