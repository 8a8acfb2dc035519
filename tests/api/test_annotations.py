"""What is said of an item as W3C Web Annotations: in the standard's own words, with addresses that lead somewhere."""

import json
from typing import Any

import httpx
import pytest

from storage.db.session import transaction
from storage.db.tables import Holding
from tests.api.house import API, Held, House, content, place

NOTE = {"kind": "note", "body": {"text": "Ask somebody from the region.", "segment": "t=1.5,2"}}


@pytest.fixture
def held(house: House) -> Held:
    return house.captured()


def _say(house: House, item: str, said: dict[str, Any]) -> str:
    answer = house.visitor("reviewer").post(f"{API}/items/{item}/assertions", json=said)
    assert answer.status_code == 201, answer.text
    assertion: str = answer.json()["assertion"]
    return assertion


def _page(house: House, item: str, question: str = "") -> httpx.Response:
    return house.visitor("reviewer").get(f"{API}/items/{item}/annotations{question}")


def _cited(held: Held, selector: str | None) -> dict[str, Any]:
    citation = {"target": held.original} | ({"selector": selector} if selector else {})
    return place() | {"citations": [citation, {"target": "https://example.org/map"}]}


def test_a_citation_becomes_a_target_with_a_fragment_selector(house: House, held: Held) -> None:
    assertion = _say(house, held.item, _cited(held, "t=1.5,2&xywh=percent:10,10,20,20"))
    answer = _page(house, held.item)
    assert answer.headers["content-type"] == 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'
    page = answer.json()
    collection = f"{API}/items/{held.item}/annotations"
    assert page["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert (page["type"], page["partOf"]) == (
        "AnnotationPage",
        {"id": collection, "type": "AnnotationCollection", "total": 1},
    )
    (annotation,) = page["items"]
    assert (annotation["id"], annotation["type"]) == (f"{collection}/{assertion}", "Annotation")
    assert annotation["motivation"] == "identifying"
    assert annotation["target"] == [
        {
            "type": "SpecificResource",
            "source": f"{API}/items/{held.item}/files/{held.original}/content",
            "selector": {
                "type": "FragmentSelector",
                "conformsTo": "http://www.w3.org/TR/media-frags/",
                "value": "t=1.5,2&xywh=percent:10,10,20,20",
            },
        },
        {"type": "SpecificResource", "source": "https://example.org/map"},
    ]
    assert annotation["created"].endswith("Z")
    assert set(annotation["creator"]) == {"id", "type", "name"}
    words, values = annotation["body"]
    assert words == {
        "type": "TextualBody",
        "value": "The water tower matches.",
        "format": "text/plain",
        "purpose": "identifying",
    }
    assert json.loads(values["value"])["lat"] == 48.1234567
    assert house.visitor("reviewer").get(annotation["target"][0]["source"]).status_code == 200


def test_a_segment_alone_means_the_original(house: House, held: Held) -> None:
    _say(house, held.item, NOTE)
    (annotation,) = _page(house, held.item).json()["items"]
    assert annotation["motivation"] == "commenting"
    assert annotation["body"][0]["value"] == "Ask somebody from the region."
    (target,) = annotation["target"]
    assert target["source"].endswith(f"/files/{held.original}/content")
    assert target["selector"]["value"] == "t=1.5,2"


def test_a_segment_alone_still_means_the_same_original_after_another_capture(house: House, held: Held) -> None:
    _say(house, held.item, NOTE)
    (before,) = _page(house, held.item).json()["items"]
    other = house.captured()
    again = house.visitor("reviewer").post(f"{API}/items/{held.item}/captures").json()["capture"]
    assert again > held.capture
    with transaction(house.engine) as session:
        newer = {"step": "capture", "step_key": f"key of {again}", "role": "original", "kind": "original"}
        kept = {"media_type": "video/mp4", "sha256": other.original, "payload": {}, "sealed": False}
        session.add(Holding(item_id=held.item, capture_id=again, **newer, **kept))
    (after,) = _page(house, held.item).json()["items"]
    assert after == before
    assert after["target"][0]["source"].endswith(f"/files/{held.original}/content")


def test_only_what_stands_and_means_something_is_listed(house: House, held: Held) -> None:
    _say(house, held.item, content("Thirty men."))
    first = _say(house, held.item, NOTE)
    second = _say(house, held.item, NOTE | {"supersedes": first})
    withdrawn = {"kind": "note", "body": NOTE["body"] | {"status": "rejected", "reasoning": "wrong"}}  # type: ignore[operator]
    third = _say(house, held.item, NOTE)
    _say(house, held.item, withdrawn | {"supersedes": third})
    page = _page(house, held.item).json()
    assert [one["id"].rpartition("/")[2] for one in page["items"]] == [second]
    assert page["partOf"]["total"] == 1


def test_an_id_leads_to_its_annotation_also_when_it_was_superseded(house: House, held: Held) -> None:
    first = _say(house, held.item, NOTE)
    (annotation,) = _page(house, held.item).json()["items"]
    _say(house, held.item, NOTE | {"supersedes": first})
    answer = house.visitor("reviewer").get(annotation["id"])
    assert answer.json() == {"@context": "http://www.w3.org/ns/anno.jsonld"} | annotation
    other = house.captured().item
    plain = _say(house, held.item, content("Thirty men."))
    for path in (f"{other}/annotations/{first}", f"{held.item}/annotations/{plain}", f"{held.item}/annotations/x"):
        assert house.visitor("reviewer").get(f"{API}/items/{path}").status_code == 404


def test_pages_lead_to_each_other_and_make_up_the_whole(house: House, held: Held) -> None:
    said = [_say(house, held.item, NOTE) for _ in range(5)]
    met: list[str] = []
    address: str | None = f"{API}/items/{held.item}/annotations?limit=2"
    while address:
        page = house.visitor("reviewer").get(address).json()
        assert page["id"] == address
        assert page["partOf"]["total"] == 5
        met += [one["id"].rpartition("/")[2] for one in page["items"]]
        address = page.get("next")
    assert met == said


def test_an_item_of_which_nothing_is_said_has_an_empty_page(house: House, held: Held) -> None:
    assert _page(house, held.item).json()["items"] == []
