"""Words that a machine read or heard: the documents they are kept in. A computation, and nobody's quote.

The words lie in files alone: what a step tells beside them goes into the ledger, which forgets nothing.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from storage.domain.documents import Percent, Ratio, Seconds, Sha256, Share, Ticks, Told

OCR, TRANSCRIPT = "ocr", "transcript"
"""The kinds of the products that hold such documents."""

SURE = 0.8
"""What a machine is less sure of is kept apart and marked, and never cited as it stands."""

LINES, SIGHTINGS, SEGMENTS, WORDS = 20_000, 1000, 50_000, 500
_UNWRITTEN = re.compile(r"[\x00-\x1f\x7f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _written(text: str) -> str:
    if _UNWRITTEN.search(text):
        raise ValueError("it holds characters that are not written")
    return text


Words = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_written)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}\z")]


class Sighting(Told):
    """A line in one keyframe: the moment it shows, where in the picture as displayed, and how it was read there."""

    keyframe: Sha256
    time_s: Seconds
    pts: Ticks
    time_base: Ratio
    x: Percent
    y: Percent
    width: Percent
    height: Percent
    text: Words
    confidence: Share


class _Line(Told):
    """What every line tells, whichever machine it comes from."""

    text: Words
    language: Language | None
    confidence: Share
    is_sure: bool
    start_s: Seconds
    end_s: Seconds


class SeenLine(_Line):
    """One line of writing, seen in one keyframe or in several after each other; `text` is its surest reading.

    It was seen at `start_s` and still at `end_s`; what lies before and after was not looked at. The language is told
    by letters that only one language has, else it is null.
    """

    seen: Annotated[list[Sighting], Field(min_length=1, max_length=SIGHTINGS)]


class SeenText(Told):
    """The file of an `ocr` product."""

    format: Literal["svidok.ocr/1"] = "svidok.ocr/1"
    original: Sha256
    pictures_read: int = Field(description="keyframes that were looked at")
    pictures_left: int = Field(description="keyframes that were not: more than are read, or they cannot be decoded")
    lines: Annotated[list[SeenLine], Field(max_length=LINES)]


class HeardWord(Told):
    """One word and when it was spoken."""

    text: Words
    start_s: Seconds
    end_s: Seconds
    confidence: Share


class HeardSegment(_Line):
    """Some seconds of speech in one language."""

    words: Annotated[list[HeardWord], Field(max_length=WORDS)]


class HeardText(Told):
    """The file of a `transcript` product; `voice` are the spans with a voice in them: nothing else was listened to."""

    format: Literal["svidok.transcript/1"] = "svidok.transcript/1"
    original: Sha256
    voice: Annotated[list[tuple[Seconds, Seconds]], Field(max_length=SEGMENTS)]
    segments: Annotated[list[HeardSegment], Field(max_length=SEGMENTS)]


_ONLY = {"uk": frozenset("іїєґ"), "ru": frozenset("ыэъё")}
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN = re.compile("[a-z]")


def language_of_letters(text: str) -> str | None:
    """`uk` or `ru` by letters that the other lacks, `en` for Latin letters alone; None where they do not tell."""
    letters = text.casefold()
    told = [name for name, only in _ONLY.items() if only & set(letters)]
    if len(told) == 1:
        return told[0]
    return "en" if _LATIN.search(letters) and not _CYRILLIC.search(letters) else None


def lines_of(kind: str, document: bytes) -> list[tuple[float, bool, str]]:
    """The lines of a document of this kind: when each begins, whether it is sure, and its text.

    Raises: pydantic.ValidationError.
    """
    lines: Sequence[_Line] = (
        SeenText.model_validate_json(document).lines
        if kind == OCR
        else HeardText.model_validate_json(document).segments
    )
    return [(line.start_s, line.is_sure, line.text) for line in lines]
