"""What a record is found by, and the questions that are refused."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.domain.disclosure import ItemSnapshot, SaidSnapshot, record_body
from storage.domain.geo import Point
from storage.domain.records import Span, facets, parse_span, parse_unit, parse_words
from storage.domain.vocab import AssertionKind, ReviewPolicy, Sensitivity
from storage.errors import BadQuery

LATER = "2024-01-01T00:00:00Z"
DAY = Span(datetime(2023, 2, 25, tzinfo=UTC), datetime(2023, 2, 26, tzinfo=UTC) - timedelta.resolution)
ACCEPTED = {"status": "accepted", "confidence": "low", "reasoning": "because"}


def _body(audience: Sensitivity = Sensitivity.RESEARCHER) -> dict[str, object]:
    place = {"role": "camera", "lat": 48.1, "lon": 37.7, "radius_m": 30.0, "name_as_written": "Авдіївка", **ACCEPTED}
    recorded = {"earliest": "2023-02-25T12:04:00.000000Z", "latest": "2023-02-25T12:37:00.000000Z", **ACCEPTED}
    said = (
        SaidSnapshot("ast_1", AssertionKind.PLACE, place),
        SaidSnapshot("ast_2", AssertionKind.TIME, recorded | {"about": "capture"}),
        SaidSnapshot(
            "ast_3", AssertionKind.TIME, recorded | {"about": "publication", "latest": "2024-01-01T00:00:00Z"}
        ),
        SaidSnapshot("ast_4", AssertionKind.UNIT, {"name_as_written": "9733-й полк", "role": "mentioned", **ACCEPTED}),
        SaidSnapshot("ast_5", AssertionKind.CONTENT, {"summary": "Тридцять людей", "tags": ["plea"], **ACCEPTED}),
    )
    return record_body(ItemSnapshot("itm_1", ReviewPolicy.SINGLE, said=said), audience)


def test_facets_are_drawn_from_what_was_published() -> None:
    found = facets(_body())
    assert [(place.role, place.circle.centre) for place in found.places] == [("camera", Point(48.1, 37.7))]
    assert found.units == ("9733 i polk",)
    assert found.captured_from == datetime(2023, 2, 25, 12, 4, tzinfo=UTC)
    assert found.captured_until == datetime(2023, 2, 25, 12, 37, tzinfo=UTC)
    assert {"Тридцять", "plea", "Авдіївка", "avdvk"} <= set(found.words.split())


def test_what_is_withheld_cannot_be_searched_either() -> None:
    found = facets(_body(Sensitivity.PUBLIC))
    assert found.places[0].circle.centre != Point(48.1, 37.7)
    assert "Авдіївка" not in found.words


def test_a_unit_is_asked_for_in_either_script() -> None:
    assert parse_unit("9733-й полк") == parse_unit("9733 й ПОЛК") == "9733 i polk"


@pytest.mark.parametrize("text", ["", "   ", "'", "x" * 501, "a\x00b"])
def test_a_unit_without_a_name_is_refused(text: str) -> None:
    with pytest.raises(BadQuery):
        parse_unit(text)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2023-02-25", DAY),
        ("2023-02-25T15:20:00+03:00/", Span(datetime(2023, 2, 25, 12, 20, tzinfo=UTC), None)),
        ("../2023-02-25T15:20:00Z", Span(None, datetime(2023, 2, 25, 15, 20, tzinfo=UTC))),
        ("2023-02-25/2023-02-25", DAY),
    ],
)  # fmt: skip
def test_spans_of_time_are_read(text: str, span: Span) -> None:
    assert parse_span("captured", text) == span


@pytest.mark.parametrize(
    "text",
    ["", "/", "../..", "yesterday", "2023", "2023-02-30", "2023-02-25T15:20:00", "2024-01-01/2023-01-01",
     "2023-01-01/2023-01-02/2023-01-03", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
)  # fmt: skip
def test_spans_that_name_no_time_are_refused(text: str) -> None:
    with pytest.raises(BadQuery, match=r"^captured"):
        parse_span("captured", text)


@given(st.text(max_size=60))
def test_no_text_breaks_the_readers_of_questions(text: str) -> None:
    for read in (lambda: parse_span("captured", text), lambda: parse_unit(text), lambda: parse_words("q", text)):
        with suppress(BadQuery):
            read()
