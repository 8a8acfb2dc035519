"""Receipts keep a secret: an address that only a sealed item knows is a new one to whoever is not cleared for it."""

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest

from storage.domain.vocab import Outcome
from tests.api.house import API, House

Past = Callable[[House, str], None]


def _never_seen(_house: House, _url: str) -> None:
    pass


def _sealed(house: House, url: str) -> None:
    said = {"url": url, "sensitivity": "sealed"}
    assert house.visitor("operator").post(f"{API}/submissions", json=said).status_code == 202


def _sealed_and_captured(house: House, url: str) -> None:
    said = {"url": url, "sensitivity": "sealed"}
    house.seal(house.visitor("operator").post(f"{API}/submissions", json=said).json()["capture"])


PASTS = (_never_seen, _sealed, _sealed_and_captured)
_NAME = re.compile(r"[a-z]{3}_[0-9a-z]{26}")


def _without_names(told: Any, url: str) -> str:
    """The whole document as text, but for the names that every new thing gets, and the address itself."""
    return _NAME.sub("NAME", str(told)).replace(url, "URL")


def _all_that_is_told(house: House, role: str, past: Past, **more: Any) -> list[str]:
    """The answer to a submission, the receipt read again, and its live stream."""
    url = house.url()
    past(house, url)
    visitor = house.visitor(role)
    answer = visitor.post(f"{API}/submissions", json={"url": url, **more})
    receipt = answer.json()
    told = [(answer.status_code, receipt)]
    if answer.status_code == 202:
        told.append(visitor.get(receipt["links"]["self"]).json())
        with visitor.stream("GET", receipt["links"]["live"]) as stream:
            told.append(list(itertools.takewhile(bool, stream.iter_lines())))
    return [_without_names(one, url) for one in told]


@pytest.mark.parametrize("role", ["submitter", "reviewer", "lead"])
@pytest.mark.parametrize(
    "more",
    [{}, {"sensitivity": "sealed"}, {"sensitivity": "public"}, {"project": "nowhere"}, {"note": "x"}],
    ids=lambda more: next(iter(more), "plain"),
)
def test_a_receipt_never_tells_what_was_there_before(house: House, role: str, more: dict[str, str]) -> None:
    told = [_all_that_is_told(house, role, past, **more) for past in PASTS]
    assert told == [told[0]] * len(PASTS)


def test_what_is_known_and_open_is_said(house: House) -> None:
    url = house.url()
    receipt = house.visitor("operator").post(f"{API}/submissions", json={"url": url}).json()
    house.fail(receipt["capture"], Outcome.REMOVED, "The post has been deleted.")
    own = house.visitor("submitter").post(f"{API}/submissions", json={"url": url}).json()
    assert (own["outcome"], own["settled"]) == ("removed", True)
    assert "item" not in own
    reviewers = house.visitor("reviewer").post(f"{API}/submissions", json={"url": url}).json()
    assert reviewers["item"] == receipt["item"]


def test_what_a_sealed_item_knows_is_captured_anew_for_others(house: House) -> None:
    url = house.url()
    hidden = house.visitor("operator").post(f"{API}/submissions", json={"url": url, "sensitivity": "sealed"}).json()
    shown = house.visitor("reviewer").post(f"{API}/submissions", json={"url": url}).json()
    assert shown["item"] != hidden["item"]
    assert shown["capture"] != hidden["capture"]
    joined = house.visitor("submitter").post(f"{API}/submissions", json={"url": url}).json()
    assert joined["submission"] != shown["submission"]


def test_another_persons_progress_is_never_a_submitters(house: House) -> None:
    receipt = house.visitor("operator").post(f"{API}/submissions", json={"url": house.url()}).json()
    house.seal(receipt["capture"])
    own = house.visitor("submitter").post(f"{API}/uploads", content=house.url().encode()).json()
    assert [(step["name"], step["state"]) for step in own["steps"]] == [("capture", "ready")]
    assert "item" not in own
    assert "capture" not in own


def test_stewards_are_told_the_item_and_the_capture(house: House) -> None:
    url = house.url()
    first = house.visitor("operator").post(f"{API}/submissions", json={"url": url, "sensitivity": "sealed"}).json()
    second = house.visitor("operator").post(f"{API}/submissions", json={"url": url}).json()
    assert first["item"] == second["item"]
    assert first["capture"] == second["capture"]
    assert second["links"]["item"] == f"{API}/items/{first['item']}"
