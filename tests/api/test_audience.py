"""Whom an item is for: closed and sealed from its page, opened by those who answer for it, and gone at once."""

import json
import threading

import httpx
import pytest

from tests.api.browsing import logged_in
from tests.api.house import API, House

WHY = "Its witness asks for it."


def _set(client: httpx.Client, item: str, wanted: str, seen: str | None = None, **told: str) -> httpx.Response:
    state = seen or client.get(f"{API}/items/{item}").headers.get("etag", '"1"')
    said = {"sensitivity": wanted, "reason": WHY} | told
    return client.put(f"{API}/items/{item}/sensitivity", json=said, headers={"If-Match": state})


def _changes(client: httpx.Client, item: str) -> list[dict[str, str]]:
    lines = [one["event"] for one in client.get(f"{API}/items/{item}/events").json()["data"]]
    return [one["detail"] for one in lines if one["type"] == "local:sensitivity change"]


def test_a_sealed_item_is_gone_at_once_for_whoever_is_no_steward(house: House) -> None:
    held = house.captured()
    published = house.visitor("operator").post(f"{API}/items/{held.item}/publication", json={"sensitivity": "public"})
    record = published.json()["pid"]
    reviewer, steward = logged_in(house, "reviewer"), house.visitor("steward")
    assert _set(reviewer.client, held.item, "sealed").status_code == 204
    for address in ("", "/events", "/playback", "/holds", f"/files/{held.original}/content"):
        assert reviewer.client.get(f"{API}/items/{held.item}{address}").status_code == 404
        assert steward.get(f"{API}/items/{held.item}{address}").status_code == 200
    assert _set(reviewer.client, held.item, "sealed").status_code == 404
    assert held.item not in reviewer.client.get(f"{API}/items?view=all&limit=500").text
    for somebody in ("nobody", "researcher", "reviewer"):
        assert house.visitor(somebody).get(f"{API}/records/{record}").status_code == 404
        assert record not in house.visitor(somebody).get(f"{API}/records?limit=500").text
    assert _changes(steward, held.item) == [
        {"from": "restricted", "to": "sealed", "by": reviewer.me["id"], "reason": WHY}
    ]


def test_the_same_order_once_more_writes_nothing(house: House) -> None:
    item, steward = house.submitted()[0], house.visitor("steward")
    seen = steward.get(f"{API}/items/{item}").headers["etag"]
    assert [_set(steward, item, "sealed", seen).status_code for _ in range(3)] == [204, 204, 204]
    assert len(_changes(steward, item)) == 1


def test_whoever_watches_an_item_that_is_sealed_hears_nothing_more(house: House) -> None:
    item = house.submitted()[0]
    timer = threading.Timer(0.3, _set, (house.visitor("steward"), item, "sealed"))
    with house.visitor("reviewer").stream("GET", f"{API}/live?item={item}") as answer:
        timer.start()
        told = [json.loads(line.partition(": ")[2]) for line in answer.iter_lines() if line.startswith("data: {")]
    timer.join()
    assert [one["event"]["type"] for one in told if "event" in one] == ["local:submission"]
    assert house.visitor("reviewer").get(f"{API}/live?item={item}").status_code == 404


@pytest.mark.parametrize(
    ("role", "start", "wanted", "status"),
    [
        ("reviewer", "public", "researcher", 204),
        ("reviewer", "researcher", "restricted", 204),
        ("reviewer", "restricted", "researcher", 403),
        ("reviewer", "researcher", "public", 403),
        ("lead", "restricted", "public", 204),
        ("steward", "restricted", "researcher", 204),
        ("steward", "sealed", "restricted", 409),
        ("operator", "sealed", "public", 409),
        ("lead", "sealed", "restricted", 404),
    ],
)
def test_closing_is_for_reviewers_opening_for_leads_and_stewards_and_sealed_stays_sealed(
    house: House, role: str, start: str, wanted: str, status: int
) -> None:
    item = house.submitted(start)[0]
    assert _set(house.visitor(role), item, wanted).status_code == status
    now = house.visitor("operator").get(f"{API}/items/{item}").json()["sensitivity"]
    assert now == (wanted if status == 204 else start)
    assert len(_changes(house.visitor("operator"), item)) == (status == 204)


def test_it_is_said_why_and_of_which_state(house: House) -> None:
    item, reviewer = house.submitted()[0], house.visitor("reviewer")
    address, said = f"{API}/items/{item}/sensitivity", {"sensitivity": "sealed", "reason": WHY}
    assert reviewer.put(address, json=said).status_code == 428
    assert _set(reviewer, item, "sealed", reason="").status_code == 422
    assert _set(reviewer, item, "secret").status_code == 422
    stale = _set(reviewer, item, "sealed", '"7"')
    assert (stale.status_code, stale.json()["current"]["sensitivity"]) == (412, "restricted")
    assert _changes(reviewer, item) == []


def test_an_erased_item_is_for_whom_it_was(house: House) -> None:
    item = house.captured().item
    one, other = logged_in(house, "lead"), logged_in(house, "steward")
    said = {"basis": "GDPR Art. 17", "reason": "The person asks for it."}
    asked = one.client.post(f"{API}/items/{item}/erasures", json=said).json()["erasure"]
    reply = {"agree": True, "reason": "The request is good."}
    answered = other.client.post(f"{API}/items/{item}/erasures/{asked}/answer", json=reply)
    assert answered.status_code == 201, answered.text
    assert _set(other.client, item, "sealed").status_code == 410


@pytest.mark.parametrize("wanted", ["restricted", "sealed"])
def test_a_receipt_says_whom_it_should_be_for(house: House, wanted: str) -> None:
    submitter = house.visitor("submitter")
    told = submitter.post(f"{API}/submissions", json={"url": house.url(), "sensitivity": wanted}).json()
    assert told["sensitivity"] == wanted
    assert submitter.get(f"{API}/submissions/{told['submission']}").json()["sensitivity"] == wanted
    lines = submitter.get(f"{API}/submissions?limit=500").json()["data"]
    assert [one["sensitivity"] for one in lines if one["submission"] == told["submission"]] == [wanted]


def test_a_receipt_tells_a_wish_from_what_is_done(house: House) -> None:
    url, submitter = house.url(), house.visitor("submitter")
    house.visitor("operator").post(f"{API}/submissions", json={"url": url})
    wished = submitter.post(f"{API}/submissions", json={"url": url, "sensitivity": "sealed"}).json()
    fresh = submitter.post(f"{API}/submissions", json={"url": house.url(), "sensitivity": "sealed"}).json()
    assert (wished["joined"], fresh["joined"]) == (True, False)


def test_a_list_is_for_whom_it_says_where_a_line_does_not(house: House) -> None:
    submitter, headers = house.visitor("submitter"), {"Content-Type": "text/csv"}
    table = f"url,sensitivity\n{house.url()},\n{house.url()},restricted\n".encode()
    shown = submitter.post(f"{API}/batches/preview?sensitivity=sealed", content=table, headers=headers).json()
    assert [one["sensitivity"] for one in shown["lines"]] == ["sealed", "restricted"]
    taken = submitter.post(f"{API}/batches?sensitivity=sealed", content=table, headers=headers).json()
    lines = submitter.get(f"{API}/batches/{taken['batch']}").json()["lines"]
    assert [one["receipt"]["sensitivity"] for one in lines] == ["sealed", "restricted"]
