"""Machine text: shown as a computation, found by its words, and quoted by people alone."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from storage.archive import Archive
from storage.db.session import transaction
from storage.domain.kept import StepKey
from storage.domain.permissions import OPERATOR, SYSTEM
from storage.domain.vocab import FileRole, Sensitivity
from storage.integrity.digest import Digest
from storage.queue import Held as HeldJob
from storage.queue import claim
from tests.api.house import API, Held, House, kept, next_number
from workers.indexing import Indexer

WORDS = "Допоможіть, Авдіївка"


def line(item: Held, text: str, *, is_sure: bool = True) -> dict[str, Any]:
    place = {"x": 5.0, "y": 10.0, "width": 40.0, "height": 6.0}
    sighting = {"keyframe": item.keyframe, "time_s": 0.4, "pts": 4000, "time_base": "1/10000", **place}
    seen = [sighting | {"text": text, "confidence": 0.93}]
    told = {"text": text, "language": "uk", "confidence": 0.93, "is_sure": is_sure, "start_s": 0.4, "end_s": 0.4}
    return told | {"seen": seen}


def read_by_machine(house: House, sensitivity: str = "restricted", *texts: str) -> tuple[Held, str]:
    """An item whose pictures were read: it, and the digest of the reading."""
    item = house.captured(sensitivity)
    lines = [line(item, text) for text in texts or (WORDS,)]
    told = {"format": "svidok.ocr/1", "original": item.original, "pictures_read": 1, "pictures_left": 0, "lines": lines}
    blob = house.blobs.put(io.BytesIO(json.dumps(told).encode()))
    payload = {"original": item.original, "outcome": "read", "sentence": "Read.", "versions": {"tesseract": "5"}}
    product = kept("ocr", FileRole.PRODUCT, "application/json", blob, payload)
    with transaction(house.engine) as session:
        archive = Archive(session, SYSTEM)
        from storage import queue

        queue.owe(
            session, key=f"ocr:{next_number()}", queue="media", step="ocr", step_version="1", item_id=item.item,
            capture_id=item.capture,
        )  # fmt: skip
    job = _claimed(house, item)
    with transaction(house.engine) as session:
        archive = Archive(session, SYSTEM)
        archive.seal_products(job, StepKey("ocr", "1", f"key {next_number()}", ()), [product])
    return item, blob.digest.hex


def _claimed(house: House, item: Held) -> HeldJob:
    while True:
        with transaction(house.engine) as session:
            held = claim(session, queue="media", worker="test", lease_s=600)
        assert held is not None
        if held.job.item_id == item.item:
            return held


def quote(item: Held, product: str, text: str = WORDS, **more: Any) -> dict[str, Any]:
    body = {"text": text, "sense": "read", "language": "uk", "machine": {"product": product, "number": 0}}
    cited = {"target": f"sha256:{item.keyframe}", "selector": "xywh=percent:5,10,40,6"}
    return {"kind": "quote", "body": body, "citations": [cited], **more}


def found(house: House, q: str, role: str = "reviewer") -> set[str]:
    answer = house.visitor(role).get(f"{API}/items", params={"q": q, "limit": 500})
    assert answer.status_code == 200, answer.text
    return {one["item"] for one in answer.json()["data"]}


def index(house: House) -> None:
    while Indexer(house.engine, house.blobs).index():
        pass


def test_a_reading_is_shown_with_its_lines_and_by_what_it_was_made(house: House) -> None:
    item, product = read_by_machine(house)
    [told] = house.visitor("reviewer").get(f"{API}/items/{item.item}/text").json()
    assert (told["kind"], told["product"], told["outcome"], told["is_cut"]) == ("ocr", product, "read", False)
    assert told["seen"][0]["text"] == WORDS
    assert told["seen"][0]["seen"][0]["keyframe"] == item.keyframe
    assert told["versions"] == {"tesseract": "5"}


def test_a_person_confirms_a_reading_and_another_corrects_it_and_both_stay(house: House) -> None:
    item, product = read_by_machine(house)
    door = house.visitor("operator")
    ticked = door.post(f"{API}/items/{item.item}/assertions", json=quote(item, product))
    assert ticked.status_code == 201, ticked.text
    assert ticked.json()["body"]["status"] == "accepted"
    better = quote(item, product, "Допоможіть! Авдіївка", supersedes=ticked.json()["assertion"])
    corrected = door.post(f"{API}/items/{item.item}/assertions", json=better)
    assert corrected.status_code == 201, corrected.text
    said = {one["assertion"]: one for one in door.get(f"{API}/items/{item.item}/assertions").json()["data"]}
    assert said[ticked.json()["assertion"]]["superseded_by"] == corrected.json()["assertion"]
    again = door.post(f"{API}/items/{item.item}/assertions", json=better)
    assert (again.status_code, again.json()["code"]) == (412, "stale")
    types = [one["event"]["type"] for one in door.get(f"{API}/items/{item.item}/events").json()["data"]]
    assert types.count("local:assertion") == 2


@pytest.mark.parametrize("change", [{"citations": []}, {"machine": "original"}, {"machine": "other"}])
def test_a_quote_rests_on_a_file_of_its_item_and_on_no_other_machine(house: House, change: dict[str, Any]) -> None:
    item, product = read_by_machine(house)
    wrong = {"original": item.original, "other": read_by_machine(house)[1]}.get(change.get("machine", ""), product)
    said = quote(item, wrong) | {name: value for name, value in change.items() if name == "citations"}
    answer = house.visitor("operator").post(f"{API}/items/{item.item}/assertions", json=said)
    assert answer.status_code == 422, answer.text


def test_only_what_a_person_quotes_is_in_a_record_and_never_in_a_public_one(house: House) -> None:
    item, product = read_by_machine(house, "restricted", WORDS, "Ніхто не підтвердив")
    door = house.visitor("operator")
    assert door.post(f"{API}/items/{item.item}/assertions", json=quote(item, product)).status_code == 201
    with transaction(house.engine) as session:
        body = Archive(session, OPERATOR).publish(item.item, sensitivity=None, expected=None).body
        public = Archive(session, OPERATOR).publish(item.item, sensitivity=Sensitivity.PUBLIC, expected=None).body
    [told] = body["quotes"]
    assert (told["text"], told["machine"]["product"]) == (WORDS, product)
    assert "підтвердив" not in json.dumps(body, ensure_ascii=False)
    assert public["quotes"] == []
    assert "quotes" in {one["field"] for one in public["withheld"]}


def test_an_item_is_found_by_what_a_machine_read_in_either_spelling_and_by_what_a_person_quotes(house: House) -> None:
    item, product = read_by_machine(house, "restricted", f"Зліва {WORDS} 95383")
    index(house)
    for q in ("Авдіївка", "авдіїв", "Avdiivka 9538", "допоможить"):
        assert item.item in found(house, q), q
    assert item.item not in found(house, "Авдіївка Ужгород")
    assert item.item not in found(house, "вдіївка")
    said = quote(item, product, "Лівий берег")
    assert house.visitor("operator").post(f"{API}/items/{item.item}/assertions", json=said).status_code == 201
    assert item.item in found(house, "лівий берег")


def test_a_reading_that_cannot_be_read_holds_up_no_other_and_is_found_once_it_can_be(house: House) -> None:
    (broken, product), (whole, _) = (read_by_machine(house, "restricted", f"Зернятко{word}") for word in "аб")
    clock = [0.0]
    indexer = Indexer(house.engine, house.blobs, now=lambda: clock[0])
    kept_as = house.blobs.local_copy(Digest.parse(product), Path())
    aside = kept_as.rename(kept_as.with_name("aside"))
    kept_as.mkdir()
    while indexer.index():
        pass
    assert found(house, "Зернятко") == {whole.item}
    kept_as.rmdir()
    aside.rename(kept_as)
    assert indexer.index() == 0
    clock[0] += 61
    assert indexer.index() == 1
    assert found(house, "Зернятко") == {whole.item, broken.item}


def test_nothing_of_a_sealed_item_can_be_found_by_whoever_may_not_know_of_it(house: House) -> None:
    sealed, _ = read_by_machine(house, "sealed", "Таємниця Святогірська")
    opened, _ = read_by_machine(house, "restricted", "Таємниця Святогірська")
    index(house)
    assert found(house, "Святогірська") & {sealed.item, opened.item} == {opened.item}
    # Nor do its words lie in the database, where its files are ciphertext.
    assert found(house, "Святогірська", "steward") & {sealed.item, opened.item} == {opened.item}


def test_whoever_seals_an_item_takes_its_words_out_of_the_search_at_once(house: House) -> None:
    item, _ = read_by_machine(house, "restricted", "Кочубіївка")
    index(house)
    assert item.item in found(house, "Кочубіївка")
    url = house.visitor("operator").get(f"{API}/items/{item.item}").json()["source"]
    with transaction(house.engine) as session:
        Archive(session, OPERATOR).submit(url, note=None, sensitivity=Sensitivity.SEALED)
    assert house.visitor("operator").get(f"{API}/items/{item.item}").json()["sensitivity"] == "sealed"
    index(house)
    assert item.item not in found(house, "Кочубіївка", "steward")
