"""Assertion bodies: what is taken, what is refused, and in which words it is kept."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from storage.domain.assertions import PlaceMethod, parse_assertion

DIGEST = "b" * 64
COMMON = {"reasoning": "The water tower matches.", "confidence": "moderate"}
PLACE = {"role": "camera", "lat": 48.1, "lon": 37.7, "radius_m": 30, "method": "landmark_match", **COMMON}
TIME = {
    "about": "capture", "earliest": "2023-02-25T15:04:00+03:00", "latest": "2023-02-25T15:37:00+03:00",
    "method": "shadow", **COMMON,
}  # fmt: skip
UNIT = {"name_as_written": "9733 полк", "role": "speakers_belong_to", "basis": ["speech"], **COMMON}
CONTENT = {"summary": "Thirty men in two rows; one reads from a sheet."}
NOTE = {"text": "Ask somebody who knows the region."}
BODIES = {"place": PLACE, "time": TIME, "unit": UNIT, "content": CONTENT, "note": NOTE}


def _said(kind: str, **changes: Any) -> dict[str, Any]:
    body = {name: value for name, value in (BODIES[kind] | changes).items() if value is not ...}
    return {"kind": kind, "body": body, "citations": [{"target": DIGEST}]}


@pytest.mark.parametrize("kind", BODIES)
def test_every_kind_is_accepted_with_a_citation_and_a_candidate_without_one(kind: str) -> None:
    assertion = parse_assertion(_said(kind))
    assert (assertion.kind, assertion.body.status) == (kind, "accepted")
    assert parse_assertion(_said(kind) | {"citations": []}).body.status == "candidate"
    assert parse_assertion(_said(kind, status="candidate")).body.status == "candidate"


@pytest.mark.parametrize("kind", BODIES)
def test_what_is_kept_reads_back_as_itself(kind: str) -> None:
    kept = parse_assertion(_said(kind)).model_dump(mode="json", by_alias=True)
    assert parse_assertion(kept).model_dump(mode="json", by_alias=True) == kept


@pytest.mark.parametrize("kind", BODIES)
def test_unknown_fields_are_refused_in_the_body_and_beside_it(kind: str) -> None:
    with pytest.raises(ValidationError):
        parse_assertion(_said(kind, colour="red"))
    with pytest.raises(ValidationError):
        parse_assertion(_said(kind) | {"colour": "red"})


def test_a_landmark_is_shown_by_a_citation_of_the_same_assertion() -> None:
    pair = {"lat": 48.11, "lon": 37.71, "citation": 0, "label": "water tower"}
    kept = parse_assertion(_said("place", landmarks=[pair, {"lat": 48.12, "lon": 37.7}]))
    assert kept.model_dump(mode="json")["body"]["landmarks"] == [
        pair, {"lat": 48.12, "lon": 37.7, "citation": None, "label": None}
    ]  # fmt: skip
    with pytest.raises(ValidationError, match="landmark 2 is shown by citation 1, but there are 1"):
        parse_assertion(_said("place", landmarks=[pair, pair | {"citation": 1}]))
    for wrong in ({"lat": 91}, {"lon": "37.7"}, {"citation": -1}, {"colour": "red"}):
        with pytest.raises(ValidationError):
            parse_assertion(_said("place", landmarks=[pair | wrong]))


def test_a_note_may_close_a_question_with_its_reason() -> None:
    kept = parse_assertion(_said("note", not_determinable="place"))
    assert kept.model_dump(mode="json")["body"]["not_determinable"] == "place"
    with pytest.raises(ValidationError):
        parse_assertion(_said("note", not_determinable="verdict"))


def test_common_fields_may_stand_beside_the_body_but_not_in_both_places() -> None:
    beside = _said("place", confidence=...) | {"confidence": "low"}
    assert parse_assertion(beside).body.confidence == "low"
    with pytest.raises(ValidationError, match="beside the body and in it"):
        parse_assertion(_said("place") | {"confidence": "low"})


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("place", {"lat": 90.1}),
        ("place", {"lat": -91}),
        ("place", {"lon": 180.5}),
        ("place", {"lat": float("nan")}),
        ("place", {"lon": float("inf")}),
        ("place", {"lat": "48.1"}),
        ("place", {"lat": True}),
        ("place", {"lat": 10**400}),
        ("place", {"lat": ...}),
        ("place", {"radius_m": 0}),
        ("place", {"radius_m": -1}),
        ("place", {"radius_m": 2_000_001}),
        ("place", {"radius_m": ...}),
        ("place", {"heading_deg": 360}),
        ("place", {"heading_deg": -0.1}),
        ("place", {"hfov_deg": 0}),
        ("place", {"hfov_deg": 360}),
        ("place", {"heading_err_deg": 5}),
        ("place", {"hfov_err_deg": 5}),
        ("place", {"role": "witness"}),
        ("place", {"method": "a\x00feeling"}),
        ("place", {"method": "source_statement", "radius_m": 10}),
        ("place", {"method": ""}),
        ("place", {"method": "x" * 301}),
        ("unit", {"basis": [""]}),
        ("place", {"reasoning": ...}),
        ("place", {"reasoning": "   "}),
        ("place", {"reasoning": "x" * 10_001}),
        ("place", {"confidence": ...}),
        ("place", {"confidence": "certain"}),
        ("place", {"name_as_written": "a\x00b"}),
        ("place", {"name_as_written": "a\ud800b"}),
        ("place", {"likelihood": [0.9, 0.2]}),
        ("place", {"likelihood": [-0.1, 0.2]}),
        ("place", {"likelihood": [0.1, 1.2]}),
        ("place", {"likelihood": [0.1]}),
        ("place", {"segment": "t=5,2"}),
        ("place", {"status": "published"}),
        ("time", {"earliest": "2023-02-25T15:40:00+03:00"}),
        ("time", {"earliest": "2023-02-25T15:04:00"}),
        ("time", {"earliest": "2023-02-25"}),
        ("time", {"earliest": 1677326640}),
        ("time", {"earliest": "2023-02-30T00:00:00Z"}),
        ("time", {"earliest": "0001-01-01T00:00:00+14:00"}),
        ("time", {"latest": ...}),
        ("time", {"method": ""}),
        ("time", {"tz": "../../etc/passwd"}),
        ("unit", {"unit": "unt_01jd00000000000000000000ab"}),
        ("unit", {"name_as_written": ...}),
        ("unit", {"basis": []}),
        ("unit", {"basis": ["speech", "speech"]}),
        ("unit", {"role": ""}),
        ("content", {"summary": ""}),
        ("content", {"language": "Ukrainian, mostly"}),
        ("content", {"tags": ["plea", "plea"]}),
        ("note", {"text": " \n "}),
        ("note", {"status": "rejected"}),
    ],
)
def test_a_body_that_cannot_be_true_is_refused(kind: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        parse_assertion(_said(kind, **changes))


def test_the_refusal_names_the_field() -> None:
    with pytest.raises(ValidationError) as refusal:
        parse_assertion(_said("place", lat=99, radius_m=0))
    assert {error["loc"][-1] for error in refusal.value.errors()} == {"lat", "radius_m"}


@pytest.mark.parametrize("kind", ["place", "time", "unit"])
def test_nothing_is_accepted_that_rests_on_nothing(kind: str) -> None:
    with pytest.raises(ValidationError, match="cites at least one"):
        parse_assertion(_said(kind, status="accepted") | {"citations": []})
    assert parse_assertion(_said(kind, status="accepted")).body.status == "accepted"


def test_a_method_may_be_one_of_ours_or_one_in_words() -> None:
    ours = parse_assertion(_said("place")).model_dump()["body"]["method"]
    words = parse_assertion(_said("place", method="compared two drone videos")).model_dump()["body"]["method"]
    assert ours is PlaceMethod.LANDMARK_MATCH
    assert words == "compared two drone videos"


def test_times_are_kept_in_utc_and_the_zone_beside_them() -> None:
    kept = parse_assertion(_said("time", tz="Europe/Kyiv")).model_dump(mode="json")["body"]
    assert kept["earliest"] == "2023-02-25T12:04:00.000000Z"
    assert kept["tz"] == "Europe/Kyiv"


def test_what_was_typed_is_kept_beside_what_it_means() -> None:
    typed = "48°06′N 37°42′E"
    assert (
        parse_assertion(_said("place", coordinate_as_typed=typed)).model_dump()["body"]["coordinate_as_typed"] == typed
    )


@pytest.mark.parametrize(
    "said", [None, [], "place", {}, {"kind": "place"}, {"kind": "rumour", "body": {}}, {"body": NOTE}]
)
def test_what_is_no_assertion_at_all_is_refused(said: object) -> None:
    with pytest.raises(ValidationError):
        parse_assertion(said)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(BODIES)), st.data())
def test_no_value_in_any_field_does_anything_but_pass_or_be_refused(kind: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(BODIES[kind])))
    try:
        kept = parse_assertion(_said(kind, **{field: data.draw(json_values)})).model_dump_json()
    except ValidationError:
        return
    assert "NaN" not in kept.replace('"NaN"', "")
