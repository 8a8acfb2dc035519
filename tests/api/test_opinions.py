"""What a second detector says of shots: for reviewers of an item, of its newest shots alone, changing none of them."""

import io
import json
from typing import Any

import pytest

from storage.domain.kept import Kept
from storage.domain.vocab import FileRole
from tests.api.house import API, House, kept

SEEN = {
    **{"is_boundary": False, "transition": "cut", "pts": 50, "time_s": 2.0, "chance": 0.4},
    **{"figure": 0.97, "verdict": "disagrees", "seen_pts": 51, "seen_s": 2.04},
}
UNSEEN = {
    **{"is_boundary": True, "transition": "wipe", "pts": 90, "time_s": 3.6, "chance": 0.7},
    **{"figure": 0.01, "verdict": "disagrees", "seen_pts": None, "seen_s": None},
}


def _shots(house: House, original: str, number: int = 0) -> Kept:
    told = {"shots": [], "near_misses": [], "number": number}
    blob = house.blobs.put(io.BytesIO(json.dumps(told).encode()))
    return kept("shots", FileRole.PRODUCT, "application/json", blob, {"original": original, "shot_count": 1})


def _opinion(house: House, original: str, shots: Kept, *opinions: dict[str, Any]) -> Kept:
    told = {"format": "svidok.opinion/1", "original": original, "shots": shots.sha256, "time_base": "1/25"}
    told |= {"opinions": opinions, "not_asked": 3}
    blob = house.blobs.put(io.BytesIO(json.dumps(told).encode()))
    payload = {"original": original, "outcome": "asked", "sentence": "Asked.", "shots": shots.sha256}
    payload |= {"versions": {"model": "m"}, "parameters": {"seen_from": 0.5}}
    return kept("shot_opinion", FileRole.PRODUCT, "application/json", blob, payload)


def _item(house: House, sensitivity: str, *opinions: dict[str, Any]) -> tuple[str, str]:
    item, _, capture = house.submitted(sensitivity)
    original = house.blobs.put(io.BytesIO(b"doubted " + item.encode()))
    shots = _shots(house, original.digest.hex)
    opinion = _opinion(house, original.digest.hex, shots, *opinions)
    house.seal(capture, kept("original", FileRole.ORIGINAL, "video/mp4", original), shots, opinion)
    return item, original.digest.hex


def _asked(house: House, item: str, role: str = "reviewer") -> Any:
    return house.visitor(role).get(f"{API}/items/{item}/shot-opinions")


def test_a_reviewer_reads_where_another_detector_sees_it_otherwise_and_how_surely(house: House) -> None:
    item, original = _item(house, "restricted", SEEN, UNSEEN)
    [told] = _asked(house, item).json()
    assert (told["original"], told["time_base"], told["not_asked"]) == (original, "1/25", 3)
    assert told["opinions"] == [SEEN, UNSEEN]
    assert (told["versions"], told["parameters"]) == ({"model": "m"}, {"seen_from": 0.5})


def test_an_opinion_on_shots_of_an_earlier_analysis_is_not_told_beside_newer_ones(house: House) -> None:
    item, _, capture = house.submitted("restricted")
    original = house.blobs.put(io.BytesIO(b"analysed twice " + item.encode()))
    shots, newer = (_shots(house, original.digest.hex, number) for number in range(2))
    opinion = _opinion(house, original.digest.hex, shots, SEEN)
    house.seal(capture, kept("original", FileRole.ORIGINAL, "video/mp4", original), shots, opinion, newer)
    assert _asked(house, item).json() == []


def test_where_no_second_detector_was_asked_nothing_is_told(house: House) -> None:
    item, _, capture = house.submitted("restricted")
    original = house.blobs.put(io.BytesIO(b"not asked " + item.encode()))
    payload = {"original": original.digest.hex, "outcome": "no_model", "sentence": "No model."}
    unasked = kept("shot_opinion", FileRole.PRODUCT, "application/json", None, payload)
    shots = _shots(house, original.digest.hex)
    house.seal(capture, kept("original", FileRole.ORIGINAL, "video/mp4", original), shots, unasked)
    assert _asked(house, item).json() == []


@pytest.mark.parametrize("sensitivity", ["public", "sealed"])
def test_opinions_are_for_those_who_work_on_the_item(house: House, sensitivity: str) -> None:
    item, _ = _item(house, sensitivity, SEEN)
    assert _asked(house, item, "researcher").status_code == 403
    assert _asked(house, item).status_code == (404 if sensitivity == "sealed" else 200)


@pytest.mark.parametrize(
    "lie", [SEEN | {"verdict": "agrees"}, SEEN | {"seen_pts": None}, UNSEEN | {"figure": 2.0}, UNSEEN | {"more": 1}]
)
def test_a_document_that_is_not_what_was_written_is_not_shown(lie: dict[str, Any], house: House) -> None:
    item, _ = _item(house, "restricted", lie)
    answer = _asked(house, item)
    assert (answer.status_code, answer.json()["code"]) == (500, "altered")
