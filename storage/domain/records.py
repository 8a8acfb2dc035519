"""What a frozen record can be found by, and the questions a reader may ask of records."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from storage.domain.geo import Box, Circle, Point
from storage.domain.names import fold, skeleton
from storage.errors import BadQuery

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_OPEN = ("", "..")
LONGEST_QUERY = 500


@dataclass(frozen=True, slots=True)
class PlaceFacet:
    """A place a record may be found by; it may be anywhere in its circle."""

    role: str
    circle: Circle


@dataclass(frozen=True, slots=True)
class Facets:
    """What a record may be found by, drawn from its body alone: what is withheld there cannot be searched either.

    `captured_from` and `captured_until` bound the moment of recording, None where nothing accepted bounds it.
    """

    places: tuple[PlaceFacet, ...]
    units: tuple[str, ...]
    captured_from: datetime | None
    captured_until: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, both ends included; None is open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """What a reader asks for; every part given must hold."""

    words: str | None = None
    bbox: Box | None = None
    near: Circle | None = None
    unit: str | None = None
    captured: Span | None = None


def facets(body: Mapping[str, Any]) -> Facets:
    """The facets of a record body as `disclosure.record_body` makes it."""
    places = tuple(
        PlaceFacet(place["role"], Circle(Point(place["lat"], place["lon"]), place["radius_m"]))
        for place in body["places"]
    )
    ids = [unit["unit"] for unit in body["units"] if unit.get("unit")]
    captures = [time for time in body["times"] if time["about"] == "capture"]
    return Facets(
        places=places,
        units=tuple(dict.fromkeys(folded for name in (*_unit_names(body), *ids) if (folded := fold(name)))),
        captured_from=min((datetime.fromisoformat(time["earliest"]) for time in captures), default=None),
        captured_until=max((datetime.fromisoformat(time["latest"]) for time in captures), default=None),
        words=_words(body),
    )


def parse_span(name: str, text: str) -> Span:
    """Read `from/to`, or one day or moment; either end may be empty or `..`; a day means all of it, UTC.

    Raises: BadQuery.
    """
    start_text, slash, end_text = text.partition("/")
    if not slash:
        end_text = start_text
    if start_text in _OPEN and end_text in _OPEN:
        raise BadQuery(f"{name} names a day, a moment or a span of two joined by /, found {text[:80]!r}.")
    start, end = _edge(name, start_text, last=False), _edge(name, end_text, last=True)
    if start is not None and end is not None and start > end:
        raise BadQuery(f"{name} starts after it ends: {text[:80]!r}.")
    return Span(start, end)


def parse_words(name: str, text: str) -> str:
    """A reader's words, trimmed. Raises: BadQuery for none, too many, or characters that are not text."""
    trimmed = " ".join(text.split())
    if not trimmed or len(trimmed) > LONGEST_QUERY or not trimmed.isprintable():
        raise BadQuery(f"{name} holds 1 to {LONGEST_QUERY} printable characters.")
    return trimmed


def parse_unit(text: str) -> str:
    """The folded name asked for. Raises: BadQuery when nothing is left of it to compare."""
    folded = fold(parse_words("unit", text))
    if not folded:
        raise BadQuery(f"unit names a unit with at least one letter or digit, found {text[:80]!r}.")
    return folded


def _unit_names(body: Mapping[str, Any]) -> list[str]:
    """Units as somebody wrote them, and those of the register by every name they go by."""
    names = []
    for unit in body["units"]:
        names += [name for name in (unit.get("name_as_written"), unit.get("name")) if name]
        names += unit.get("names", ())
    return names


def _words(body: Mapping[str, Any]) -> str:
    """Everything a reader may search by words: as written, and as skeletons so that either script finds the other."""
    written = [content["summary"] for content in body["contents"]]
    written += [tag for content in body["contents"] for tag in content.get("tags", ())]
    written += _unit_names(body)
    written += [place["name_as_written"] for place in body["places"] if place.get("name_as_written")]
    return "\n".join([*written, *(skeleton(text) for text in written)])


def _edge(name: str, text: str, *, last: bool) -> datetime | None:
    if text in _OPEN:
        return None
    try:
        if _DAY.fullmatch(text):
            first = datetime.combine(date.fromisoformat(text), time(), UTC)
            return first + timedelta(days=1, microseconds=-1) if last else first
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise BadQuery(f"{name} names a time that does not exist: {text[:80]!r}.") from wrong
    raise BadQuery(f"{name} is written as 2023-02-25 or 2023-02-25T15:20:00Z, found {text[:80]!r}.")
