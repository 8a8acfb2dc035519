"""Where faces were found: for reviewers of an item and nobody else, and never as if nobody else were there."""

import io
import json
from typing import Any

import pytest

from storage.domain.faces import LOOK_VERSION
from storage.domain.kept import Kept
from storage.domain.vocab import FileRole
from tests.api.house import API, House, kept


def span(start: int, end: int, **changes: Any) -> dict[str, Any]:
    told = {"start_pts": start, "start_s": start / 100, "end_pts": end, "end_s": end / 100, "confidence": 0.9}
    return told | {"x": 10.0, "y": 20.0, "width": 30.0, "height": 40.0} | changes


def _looked(house: House, original: str, *tracks: list[dict[str, Any]], version: str = LOOK_VERSION) -> Kept:
    """A look through an original, kept as the step keeps it."""
    told = {"format": "svidok.faces/1", "original": original, "time_base": "1/100", "every_s": 0.125, "looks": 8}
    blob = house.blobs.put(io.BytesIO(json.dumps(told | {"tracks": [{"spans": one} for one in tracks]}).encode()))
    payload = {"original": original, "outcome": "looked", "sentence": "Looked.", "versions": {"model": "m"}}
    payload |= {"algorithm": version}
    return kept("faces", FileRole.PRODUCT, "application/json", blob, payload)


def _item(house: House, sensitivity: str, *tracks: list[dict[str, Any]], made: Kept | None = None) -> tuple[str, str]:
    item, _, capture = house.submitted(sensitivity)
    original = house.blobs.put(io.BytesIO(b"with a face " + item.encode()))
    look = made or _looked(house, original.digest.hex, *tracks)
    house.seal(capture, kept("original", FileRole.ORIGINAL, "video/mp4", original), look)
    return item, original.digest.hex


def _asked(house: House, item: str, role: str = "reviewer") -> Any:
    return house.visitor(role).get(f"{API}/items/{item}/faces")


def test_a_reviewer_reads_where_a_face_is_in_whole_ticks_and_by_which_model(house: House) -> None:
    item, original = _item(house, "restricted", [span(0, 12), span(12, 40)])
    [told] = _asked(house, item).json()
    assert (told["original"], told["outcome"], told["time_base"], told["is_cut"]) == (
        original,
        "looked",
        "1/100",
        False,
    )
    assert told["tracks"] == [{"spans": [span(0, 12), span(12, 40)]}]
    assert told["versions"] == {"model": "m"}


def test_where_nobody_looked_nothing_is_told_but_why(house: House) -> None:
    payload = {"original": "a" * 64, "outcome": "no_model", "sentence": "No model."}
    item, _ = _item(house, "restricted", made=kept("faces", FileRole.PRODUCT, "application/json", None, payload))
    [told] = _asked(house, item).json()
    assert (told["outcome"], told["product"], told["tracks"], told["every_s"]) == ("no_model", None, [], None)


def test_of_too_many_boxes_whole_faces_are_left_out_and_that_is_said(house: House) -> None:
    long = [span(n, n + 1) for n in range(15_000)]
    item, _ = _item(house, "restricted", long, long)
    [told] = _asked(house, item).json()
    assert ([len(track["spans"]) for track in told["tracks"]], told["is_cut"]) == ([15_000], True)


@pytest.mark.parametrize("sensitivity", ["public", "sealed"])
def test_boxes_are_for_those_who_work_on_the_item(house: House, sensitivity: str) -> None:
    item, _ = _item(house, sensitivity, [span(0, 12)])
    assert _asked(house, item, "researcher").status_code == 403
    assert _asked(house, item).status_code == (404 if sensitivity == "sealed" else 200)


def test_a_document_that_is_not_what_was_written_is_not_shown(house: House) -> None:
    item, _ = _item(house, "restricted", [span(0, 12, x=90.0)])
    answer = _asked(house, item)
    assert (answer.status_code, answer.json()["code"]) == (500, "altered")


def _with_copy(house: House, by: str | None, version: str = LOOK_VERSION) -> Any:
    """What is told of an item with a copy that was made by the look through it, or by the one named."""
    item, _, capture = house.submitted("restricted")
    original = house.blobs.put(io.BytesIO(b"with a face " + item.encode()))
    look = _looked(house, original.digest.hex, [span(0, 12)], version=version)
    blob = house.blobs.put(io.BytesIO(b"a copy of " + item.encode()))
    told = {"original": original.digest.hex, "outcome": "made", "sentence": "Made.", "by": by or look.sha256}
    copy = kept("redacted_copy", FileRole.PRODUCT, "video/mp4", blob, told)
    house.seal(capture, kept("original", FileRole.ORIGINAL, "video/mp4", original), look, copy)
    return item, blob.digest.hex


def test_the_copy_that_hides_what_this_look_found_is_told_and_read_by_who_works_on_the_item(house: House) -> None:
    item, digest = _with_copy(house, None)
    [told] = _asked(house, item).json()
    assert (told["hidden_copy"]["product"], told["hidden_copy"]["sentence"]) == (digest, "Made.")
    answer = house.visitor("reviewer").get(told["hidden_copy"]["content"])
    assert (answer.status_code, answer.content) == (200, b"a copy of " + item.encode())
    assert house.visitor("researcher").get(told["hidden_copy"]["content"]).status_code in (403, 404)


def test_a_copy_that_hides_what_another_look_found_is_not_told_as_if_it_hid_these(house: House) -> None:
    item, _ = _with_copy(house, "b" * 64)
    [told] = _asked(house, item).json()
    assert told["hidden_copy"] is None


def test_a_copy_after_a_look_that_missed_more_than_the_present_one_is_not_offered_and_that_is_said(
    house: House,
) -> None:
    item, _ = _with_copy(house, None, version="2")
    [told] = _asked(house, item).json()
    assert (told["is_outdated"], told["hidden_copy"]) == (True, None)
    item, _ = _with_copy(house, None)
    [told] = _asked(house, item).json()
    assert told["is_outdated"] is False
