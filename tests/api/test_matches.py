"""Copies by way of the doors: seen from both sides, decided by reviewers, never told to who may not know of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event, select

from storage import queue
from storage.archive import Archive
from storage.db.session import transaction
from storage.db.tables import Capture, StepRun
from storage.domain.kept import StepKey
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import FileRole
from tests.api.house import API, House, kept

SPAN = {"a_start_s": 12.0, "a_end_s": 47.0, "b_start_s": 0.0, "b_end_s": 35.0, "score": 0.97, "samples": 70}


@dataclass(frozen=True)
class Two:
    """The item in which a copy was found, and the item it is a copy of; with an original of each."""

    item: str
    original: str
    other: str
    other_original: str

    def decision(self, word: str, **more: str) -> dict[str, str]:
        about = {"original": self.original, "other_item": self.other, "other_original": self.other_original}
        return about | {"decision": word} | more

    def from_the_other_side(self) -> "Two":
        return Two(self.other, self.other_original, self.item, self.original)


def matched(house: House, sensitivity: str = "restricted", kind: str = "match", **changes: Any) -> Two:
    """An item that contains another, which was there before and is of `sensitivity`."""
    other = house.captured(sensitivity)
    item, _, capture = house.submitted()
    own = f"{int(other.original[:8], 16):064x}"
    told: Mapping[str, Any] = {
        "original": own,
        "other_item": other.item,
        "other_original": other.original,
        "relation": "contains",
        "transform": {"mirrored": True, "cropped": False, "speed": 1.0},
        "spans": [SPAN],
        "only_a": [{"start_s": 0.0, "end_s": 12.0}, {"start_s": 47.0, "end_s": 60.0}],
        "sound": "agrees",
    }
    house.seal(
        capture,
        kept(kind, FileRole.PRODUCT, "application/json", None, {**told, **changes}),
    )
    return Two(item, own, other.item, other.original)


@pytest.fixture
def two(house: House) -> Two:
    return matched(house)


def _matches(client: httpx.Client, item: str) -> list[dict[str, Any]]:
    answer = client.get(f"{API}/items/{item}/matches")
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    assert answer.json()["count"] == {"value": len(data), "relation": "exact"}
    return data


def _possible(client: httpx.Client, item: str) -> list[dict[str, Any]]:
    answer = client.get(f"{API}/items/{item}/possible-matches")
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


def _decide(client: httpx.Client, two: Two, word: str, **more: str) -> httpx.Response:
    return client.post(f"{API}/items/{two.item}/matches/decisions", json=two.decision(word, **more))


def test_a_match_is_seen_from_both_sides(house: House, two: Two) -> None:
    reviewer = house.visitor("reviewer")
    [here] = _matches(reviewer, two.item)
    [there] = _matches(reviewer, two.other)
    assert (here["relation"], there["relation"]) == ("contains", "contained")
    assert (here["other"]["item"], there["other"]["item"]) == (two.other, two.item)
    assert here["spans"] == [SPAN]
    assert there["spans"][0] | {"score": 0} == {
        "a_start_s": 0.0, "a_end_s": 35.0, "b_start_s": 12.0, "b_end_s": 47.0, "score": 0, "samples": 70,
    }  # fmt: skip
    left = [{"start_s": 0.0, "end_s": 12.0}, {"start_s": 47.0, "end_s": 60.0}]
    assert (here["only_a"], here["only_b"]) == (left, [])
    assert (there["only_a"], there["only_b"]) == ([], left)
    assert (here["transform"]["mirrored"], here["sound"], here["decided"]) == (True, "agrees", None)


def test_a_decision_holds_from_both_sides_and_the_newest_counts(house: House, two: Two) -> None:
    reviewer = house.visitor("reviewer")
    answer = _decide(reviewer, two, "confirmed", reason="The same crack in the wall.")
    assert answer.status_code == 201, answer.text
    assert answer.json()["decided"]["decision"] == "confirmed"
    [there] = _matches(reviewer, two.other)
    assert (there["decided"]["decision"], there["decided"]["reason"]) == ("confirmed", "The same crack in the wall.")
    assert _decide(reviewer, two.from_the_other_side(), "rejected").status_code == 201
    assert _matches(reviewer, two.item)[0]["decided"]["decision"] == "rejected"
    assert _decide(reviewer, two, "undecided").status_code == 201
    assert _matches(reviewer, two.item)[0]["decided"] is None
    types = [line["event"]["type"] for line in reviewer.get(f"{API}/items/{two.item}/events").json()["data"]]
    assert types.count("local:match decided") == 2


def test_a_decision_stands_after_the_match_was_computed_anew(house: House, two: Two) -> None:
    reviewer = house.visitor("reviewer")
    assert _decide(reviewer, two, "confirmed").status_code == 201
    capture = reviewer.post(f"{API}/items/{two.item}/captures").json()["capture"]
    told = {"original": two.original, "other_item": two.other, "other_original": two.other_original}
    again = kept("match", FileRole.PRODUCT, "application/json", None, told | {"relation": "overlap"})
    house.seal(capture, again)
    [newest] = _matches(reviewer, two.item)
    assert (newest["relation"], newest["decided"]["decision"]) == ("overlap", "confirmed")


def _found_no_more(house: House, two: Two) -> None:
    """The same two are compared anew, and have nothing in common."""
    capture = house.visitor("reviewer").post(f"{API}/items/{two.item}/captures").json()["capture"]
    told = {"original": two.original, "other_item": two.other, "other_original": two.other_original}
    house.seal(capture, kept("match", FileRole.PRODUCT, "application/json", None, told | {"relation": "none"}))


def test_what_is_found_no_more_is_no_match_from_either_side(house: House, two: Two) -> None:
    reviewer = house.visitor("reviewer")
    _found_no_more(house, two)
    assert _matches(reviewer, two.item) == _matches(reviewer, two.other) == []
    assert _decide(reviewer, two, "confirmed").status_code == 404
    family = reviewer.get(f"{API}/items/{two.item}/family").json()["data"]
    assert [one["item"] for one in family] == [two.item]


def test_what_a_reviewer_confirmed_stands_though_it_is_found_no_more(house: House, two: Two) -> None:
    reviewer = house.visitor("reviewer")
    assert _decide(reviewer, two, "confirmed").status_code == 201
    _found_no_more(house, two)
    [still] = _matches(reviewer, two.item)
    assert (still["relation"], still["decided"]["decision"]) == ("contains", "confirmed")
    assert _decide(reviewer, two, "undecided").status_code == 201
    assert _matches(reviewer, two.item) == []


def test_nobody_decides_of_what_was_not_found(house: House, two: Two) -> None:
    reviewer = house.visitor("reviewer")
    for wrong in ({"other_original": "0" * 64}, {"other_item": house.captured().item}):
        answer = reviewer.post(f"{API}/items/{two.item}/matches/decisions", json=two.decision("confirmed") | wrong)
        assert answer.status_code == 404, answer.text


def test_a_sealed_relative_is_known_to_stewards_alone(house: House) -> None:
    two = matched(house, "sealed")
    reviewer, steward = house.visitor("reviewer"), house.lasting(house.client(house.key("reviewer", "steward")[1]))
    assert _matches(reviewer, two.item) == []
    assert _decide(reviewer, two, "confirmed").status_code == 404
    [seen] = _matches(steward, two.item)
    assert seen["other"]["item"] == two.other
    family = reviewer.get(f"{API}/items/{two.item}/family").json()["data"]
    assert [one["item"] for one in family] == [two.item]
    before = len(reviewer.get(f"{API}/items/{two.item}/events").json()["data"])
    assert _decide(steward, two, "confirmed").status_code == 201
    assert len(reviewer.get(f"{API}/items/{two.item}/events").json()["data"]) == before
    told = steward.get(f"{API}/items/{two.other}/events").json()["data"]
    assert told[-1]["event"]["type"] == "local:match decided"


def test_the_family_names_the_earliest_known_and_what_is_sure(house: House, two: Two) -> None:
    reviewer = house.visitor("reviewer")
    family = reviewer.get(f"{API}/items/{two.item}/family").json()
    assert [(one["item"], one["is_earliest"], one["is_sure"]) for one in family["data"]] == [
        (two.other, True, False),
        (two.item, False, True),
    ]
    assert _decide(reviewer, two, "confirmed").status_code == 201
    sure = reviewer.get(f"{API}/items/{two.item}/family").json()["data"]
    assert all(one["is_sure"] for one in sure)
    assert _decide(reviewer, two, "rejected").status_code == 201
    assert [one["item"] for one in reviewer.get(f"{API}/items/{two.item}/family").json()["data"]] == [two.item]


def test_the_same_scene_is_shown_and_makes_no_family(house: House) -> None:
    two = matched(house, relation="same_scene")
    reviewer = house.visitor("reviewer")
    assert _matches(reviewer, two.item)[0]["relation"] == "same_scene"
    assert len(reviewer.get(f"{API}/items/{two.item}/family").json()["data"]) == 1


def test_an_item_with_the_same_bytes_stands_in_nobodys_place(house: House, two: Two) -> None:
    """The bytes of the other item come again, once open and once sealed, and each of them finds this one."""
    reviewer = house.visitor("reviewer")
    again = {}
    for sensitivity in ("restricted", "sealed"):
        item, _, capture = house.submitted(sensitivity)
        told = {"original": two.other_original, "other_item": two.item, "other_original": two.original}
        match = kept("match", FileRole.PRODUCT, "application/json", None, told | {"relation": "contained"})
        house.seal(capture, match)
        again[sensitivity] = item
    assert [one["other"]["item"] for one in _matches(reviewer, two.item)] == [two.other, again["restricted"]]
    assert reviewer.get(f"{API}/items/{two.item}/matches", params={"limit": 1}).json()["page"]["next"]
    steward = house.lasting(house.client(house.key("reviewer", "steward")[1]))
    sealed = Two(again["sealed"], two.other_original, two.item, two.original)
    assert _decide(steward, sealed, "rejected", reason="Seen in the sealed one.").status_code == 201
    assert [one["decided"] for one in _matches(reviewer, two.item)] == [None, None]
    assert {one["decided"]["reason"] for one in _matches(steward, two.item)} == {"Seen in the sealed one."}


def test_a_large_family_takes_as_many_questions_as_a_small_one(house: House) -> None:
    """Whoever is as far away is asked of together."""

    def questions(item: str) -> int:
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("SELECT"):
                asked.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert house.visitor("reviewer").get(f"{API}/items/{item}/family").status_code == 200
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        return len(asked)

    others = [house.captured() for _ in range(20)]
    small = matched(house)
    large = matched(house)
    capture = house.visitor("reviewer").post(f"{API}/items/{large.item}/captures").json()["capture"]
    told = {"original": large.original, "relation": "contains"}
    house.seal(
        capture,
        *(
            kept(
                "match", FileRole.PRODUCT, "application/json", None,
                told | {"other_item": one.item, "other_original": one.original},
            )
            for one in others
        ),
    )  # fmt: skip
    family = house.visitor("reviewer").get(f"{API}/items/{large.item}/family").json()["data"]
    assert len(family) == 22
    assert questions(large.item) == questions(small.item) > 0


def test_a_possible_match_is_told_of_apart_until_the_match_step_has_had_its_word(house: House) -> None:
    two = matched(house, kind="possible_match")
    reviewer = house.visitor("reviewer")
    [perhaps] = _possible(reviewer, two.item)
    assert (perhaps["other"]["item"], perhaps["relation"]) == (two.other, "contains")
    assert (_matches(reviewer, two.item), _possible(reviewer, two.other)) == ([], [])
    assert _decide(reviewer, two, "confirmed").status_code == 404
    with transaction(house.engine) as session:
        [capture] = session.scalars(select(Capture.id).where(Capture.item_id == two.item))
        run = StepRun(item_id=two.item, key="key", capture_id=capture, step="match", version="1", inputs=[])
        session.add(run)
    assert _possible(reviewer, two.item) == []


COMPARED = {"compared": 60, "unreadable": 1, "given_up": 0, "left": 240}


def test_how_many_were_not_compared_is_said_and_a_first_look_stands_until_they_are(house: House) -> None:
    two = matched(house, kind="possible_match")
    reviewer = house.visitor("reviewer")

    def told() -> dict[str, Any]:
        answer: dict[str, Any] = reviewer.get(f"{API}/items/{two.item}/matches/compared").json()
        return answer

    assert told() == dict.fromkeys(COMPARED, 0) | {"is_owed": False}
    with transaction(house.engine) as session:
        [capture] = session.scalars(select(Capture.id).where(Capture.item_id == two.item))

    def seal(key: str, **counts: int) -> None:
        with transaction(house.engine) as session:
            queue.owe(
                session, key=key, queue="media", step="match", step_version="1", item_id=two.item, capture_id=capture
            )
        held = house.claimed(capture, "media")
        with transaction(house.engine) as session:
            turn = kept("comparison", FileRole.PRODUCT, "application/json", None, {"original": two.original} | counts)
            Archive(session, SYSTEM).seal_products(held, StepKey("match", "1", key, ()), [turn])

    seal("first", **COMPARED)
    assert told() == COMPARED | {"is_owed": False}
    assert len(_possible(reviewer, two.item)) == 1
    seal("second", **COMPARED | {"compared": 300, "left": 0})
    assert told() == COMPARED | {"compared": 300, "left": 0, "is_owed": False}
    assert _possible(reviewer, two.item) == []


def test_how_far_the_search_for_copies_of_a_sealed_item_came_is_told_to_nobody_else(house: House) -> None:
    sealed = house.captured("sealed")
    asked = f"{API}/items/{sealed.item}/matches/compared"
    assert house.visitor("reviewer").get(asked).status_code == 404


def test_a_sealed_item_is_nobodys_possible_match_but_to_stewards(house: House) -> None:
    two = matched(house, "sealed", kind="possible_match")
    reviewer, steward = house.visitor("reviewer"), house.lasting(house.client(house.key("reviewer", "steward")[1]))
    assert _possible(reviewer, two.item) == []
    assert [one["other"]["item"] for one in _possible(steward, two.item)] == [two.other]
