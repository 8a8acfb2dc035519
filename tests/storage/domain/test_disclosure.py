"""Disclosure: what leaves, what never leaves, and that the record says so."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.domain.disclosure import CaptureSnapshot, FileSnapshot, ItemSnapshot, SaidSnapshot, record_body
from storage.domain.geo import Circle, Point, distance_m
from storage.domain.urls import canonical
from storage.domain.vocab import AssertionKind, FileRole, ReviewPolicy, Sensitivity

CAMERA = "c" * 64
PLACE = {
    "role": "camera", "lat": 48.1234567, "lon": 37.7654321, "radius_m": 30.0, "heading_deg": 0.0, "hfov_deg": 60.0,
    "method": "landmark_match", "name_as_written": "behind the school in Vodiane", "coordinate_as_typed": "48 07 24 N",
    "reasoning": "tower at 48.1234567", "confidence": "high", "status": "accepted", "segment": None,
}  # fmt: skip
CITATIONS = ({"target": "https://maps.example/@48.1234567,37.7654321"}, {"target": f"sha256:{CAMERA}"})


def _said(number: int, kind: str, body: dict[str, Any], *, superseded: bool = False) -> SaidSnapshot:
    return SaidSnapshot(f"ast_{number}", AssertionKind(kind), body, CITATIONS, superseded=superseded)


ITEM = ItemSnapshot(
    item="itm_1",
    policy=ReviewPolicy.SINGLE,
    source_url="https://example.org/post/1",
    platform="example",
    captures=(CaptureSnapshot("cap_1", "captured", datetime(2023, 2, 25, 18, 2, tzinfo=UTC)),),
    files=(
        FileSnapshot(CAMERA, 1000, "video/mp4", FileRole.ORIGINAL),
        FileSnapshot("d" * 64, 10, "application/json", FileRole.CONTEXT, sealed=True),
        FileSnapshot("e" * 64, 10, "image/jpeg", FileRole.PRODUCT),
    ),
    said=(
        _said(1, "place", PLACE),
        _said(2, "place", PLACE | {"status": "candidate", "lat": 50.5}),
        _said(3, "place", PLACE | {"status": "rejected", "lat": 51.5}),
        _said(4, "place", PLACE | {"lat": 52.5}, superseded=True),
        _said(5, "note", {"text": "the submitter is a neighbour", "status": "accepted"}),
        _said(6, "content", {"summary": "Thirty men.", "status": "accepted", "reasoning": "seen", "confidence": None}),
    ),
)


def test_a_public_record_does_not_give_the_exact_place_away() -> None:
    text = json.dumps(record_body(ITEM, Sensitivity.PUBLIC))
    for secret in ("48.123", "37.765", "48 07 24", "Vodiane", "maps.example", "tower"):
        assert secret not in text


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://www.dropbox.com/s/abc/IMG_1.mov?rlkey=k3y", "https://www.dropbox.com/"),
        ("https://bucket.example:8443/film.mp4?X-Amz-Signature=ab", "https://bucket.example:8443/"),
        ("https://mega.example/#!id!k3y", "https://mega.example/"),
        ("https://drive.google.com/file/d/1k3y/view", "https://drive.google.com/"),
        ("https://vimeo.com/12345/0k3y", "https://vimeo.com/"),
        ("https://vimeo.com/12345", "https://vimeo.com/12345"),
        ("https://t.me/+k3y", "https://t.me/"),
        ("https://t.me/c/1234567/89", "https://t.me/"),
        ("https://www.facebook.com/share/v/k3y/", "https://www.facebook.com/"),
        ("https://www.facebook.com/watch/?v=12&k=3", "https://www.facebook.com/"),
        ("https://www.facebook.com/somebody/videos/12/", "https://www.facebook.com/somebody/videos/12/"),
        ("https://www.youtube.com/watch?v=AAAAAAAAAAA", "https://www.youtube.com/watch?v=AAAAAAAAAAA"),
        ("https://t.me/news/12?comment=3", "https://t.me/news/12?comment=3"),
        ("https://www.facebook.com/watch/?v=12", "https://www.facebook.com/watch/?v=12"),
    ],
)
def test_a_public_record_gives_no_key_to_the_file_it_speaks_of(url: str, public: str) -> None:
    item = replace(ITEM, source_url=canonical(url))
    body = record_body(item, Sensitivity.PUBLIC)
    assert body["source"]["url"] == public
    assert ("source.url" in {one["field"] for one in body["withheld"]}) is (public != url)
    assert record_body(item, Sensitivity.RESEARCHER)["source"]["url"] == url


@pytest.mark.parametrize("availability", ["unlisted", "private", "needs_auth", "subscriber_only", "some new word"])
def test_a_post_that_its_platform_shows_to_some_alone_is_not_named_to_the_public(availability: str) -> None:
    url = canonical("https://youtu.be/AAAAAAAAAAA")
    captures = (replace(ITEM.captures[0], availability="public"), replace(ITEM.captures[0], availability=availability))
    body = record_body(replace(ITEM, source_url=url, captures=captures), Sensitivity.PUBLIC)
    assert body["source"]["url"] == "https://www.youtube.com/"
    assert "source.url" in {one["field"] for one in body["withheld"]}
    assert record_body(replace(ITEM, source_url=url, captures=captures[:1]), Sensitivity.PUBLIC)["source"]["url"] == url


def test_landmarks_are_as_secret_as_the_place_they_give_away() -> None:
    landmarks = [{"lat": 48.1299991, "lon": 37.7599991, "citation": 1, "label": "water tower of Vodiane"}]
    item = replace(ITEM, said=(_said(1, "place", PLACE | {"landmarks": landmarks}),))
    body = record_body(item, Sensitivity.PUBLIC)
    assert "landmarks" not in body["places"][0]
    assert not any(secret in json.dumps(body) for secret in ("48.129", "37.759", "water tower"))
    assert "places.landmarks" in {entry["field"] for entry in body["withheld"]}
    assert record_body(item, Sensitivity.RESEARCHER)["places"][0]["landmarks"] == landmarks


def test_reviewers_own_words_for_a_method_or_a_basis_do_not_leave_for_the_public() -> None:
    words = "the school gate in Vodiane"
    common = {"reasoning": words, "confidence": "low", "status": "accepted"}
    said = (
        _said(1, "place", PLACE | {"method": words}),
        _said(2, "unit", {"name_as_written": "9733", "role": words, "basis": ["speech", words], **common}),
        _said(3, "time", {"about": "capture", "method": words, **common}),
    )
    body = record_body(replace(ITEM, said=said), Sensitivity.PUBLIC)
    assert "Vodiane" not in json.dumps(body)
    assert (body["places"][0]["method"], body["units"][0]["basis"]) == ("other", ["speech", "other"])
    assert {"places.method", "units.role", "units.basis", "times.method"} <= {w["field"] for w in body["withheld"]}
    assert "Vodiane" in json.dumps(record_body(replace(ITEM, said=said), Sensitivity.RESEARCHER))


def test_a_public_place_is_rough_and_says_so() -> None:
    body = record_body(ITEM, Sensitivity.PUBLIC)
    (place,) = body["places"]
    assert place["coarsened"] is True
    assert place.keys().isdisjoint({"heading_deg", "hfov_deg", "name_as_written", "coordinate_as_typed", "reasoning"})
    assert distance_m(Point(place["lat"], place["lon"]), Point(48.1234567, 37.7654321)) <= place["radius_m"]
    fields = {entry["field"] for entry in body["withheld"]}
    assert {"places.lat", "places.lon", "places.heading_deg", "places.name_as_written", "places.citations"} <= fields


@pytest.mark.parametrize("audience", [Sensitivity.RESEARCHER, Sensitivity.RESTRICTED, Sensitivity.SEALED])
def test_other_audiences_get_the_exact_place_with_its_reasons(audience: Sensitivity) -> None:
    (place,) = record_body(ITEM, audience)["places"]
    assert (place["lat"], place["lon"], place["radius_m"]) == (48.1234567, 37.7654321, 30.0)
    assert place["reasoning"] == "tower at 48.1234567"
    assert place["coarsened"] is False


@pytest.mark.parametrize("audience", Sensitivity)
def test_notes_sealed_files_and_unaccepted_assertions_never_leave(audience: Sensitivity) -> None:
    body = record_body(ITEM, audience)
    text = json.dumps(body)
    for secret in ("neighbour", "d" * 64, "50.5", "51.5", "52.5"):
        assert secret not in text
    assert [original["sha256"] for original in body["originals"]] == [CAMERA]
    assert {"notes", "submissions", "files"} <= {entry["field"] for entry in body["withheld"]}


def test_one_reviewer_never_publishes_high_confidence() -> None:
    single = record_body(ITEM, Sensitivity.RESEARCHER)
    assert single["places"][0]["confidence"] == "moderate"
    assert single["review"] == {"policy": "single", "reviewers": 1, "label": "one reviewer"}
    two = record_body(replace(ITEM, policy=ReviewPolicy.BLIND_TWO), Sensitivity.RESEARCHER)
    assert two["places"][0]["confidence"] == "high"


@pytest.mark.parametrize("confidence", ["low", "moderate"])
def test_lower_confidence_is_published_as_it_is(confidence: str) -> None:
    item = replace(ITEM, said=(_said(1, "place", PLACE | {"confidence": confidence}),))
    assert record_body(item, Sensitivity.PUBLIC)["places"][0]["confidence"] == confidence


@pytest.mark.parametrize("audience", Sensitivity)
def test_equal_items_give_equal_records(audience: Sensitivity) -> None:
    assert json.dumps(record_body(ITEM, audience)) == json.dumps(record_body(replace(ITEM), audience))


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0.1, 100_000))
def test_a_coarsened_place_always_covers_where_it_really_was(lat: float, lon: float, radius_m: float) -> None:
    item = replace(ITEM, said=(_said(1, "place", PLACE | {"lat": lat, "lon": lon, "radius_m": radius_m}),))
    (place,) = record_body(item, Sensitivity.PUBLIC)["places"]
    assert Circle(Point(place["lat"], place["lon"]), place["radius_m"] + 0.02).contains(Point(lat, lon))
