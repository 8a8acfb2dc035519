"""What is amiss with material, by kind: how much of each an analysis found, and fragments that were never served."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

SHOTS = "shots"
"""The kind of product that holds what an analysis found, and says of it how much is amiss."""

MOST_FRAGMENTS = 10_000_000


class FlawKind(StrEnum):
    """Why picture or sound is missing, or shows nothing."""

    UNDECODABLE = "undecodable"
    DAMAGED = "damaged"
    TIME_JUMP = "time_jump"
    CUT_SHORT = "cut_short"
    SOUND_MISSING = "sound_missing"
    FRAGMENTS_MISSING = "fragments_missing"
    FROZEN = "frozen"
    BLACK = "black"
    SILENT = "silent"


_OWN_LISTS = (FlawKind.FROZEN, FlawKind.BLACK, FlawKind.SILENT)


class Fragments(BaseModel):
    """Fragments of a stream that were not served: so many of so many, all after what came or nobody knows where."""

    model_config = ConfigDict(frozen=True)

    missing: int = Field(ge=1, le=MOST_FRAGMENTS)
    expected: int = Field(ge=1, le=MOST_FRAGMENTS)
    is_at_end: bool


def fragments_of(original: Mapping[str, Any]) -> Fragments | None:
    """What the payload of an original says of fragments that are missing, or None."""
    try:
        return Fragments.model_validate(original.get(FlawKind.FRAGMENTS_MISSING.value))
    except ValidationError:
        return None


def each(quality: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[FlawKind, Mapping[str, Any]]]:
    """Every span that the `quality` of an analysis document tells of, and its kind. Raises: ValueError."""
    found = [(FlawKind(gap.get("kind", "")), gap) for gap in quality.get("gaps", ())]
    return found + [(kind, span) for kind in _OWN_LISTS for span in quality.get(kind.value, ())]


def summed(
    quality: Mapping[str, Sequence[Mapping[str, Any]]], fragments: Fragments | None
) -> dict[str, dict[str, float]]:
    """By kind, how many spans there are and their seconds together; kinds that were not found are left out.

    Of fragments that are missing the number is known, and no seconds. Raises: ValueError for a kind that is none, or
    for a span without its times.
    """
    found: dict[str, dict[str, float]] = {}
    for kind, span in each(quality):
        start, end = span.get("start_s"), span.get("end_s")
        if not isinstance(start, int | float) or not isinstance(end, int | float) or end < start:
            raise ValueError(f"a span of kind {kind} without its times")
        told = found.setdefault(kind.value, {"count": 0, "seconds": 0.0})
        told["count"] += 1
        told["seconds"] = round(told["seconds"] + end - start, 3)
    if fragments is not None:
        found[FlawKind.FRAGMENTS_MISSING.value] = {"count": fragments.missing, "seconds": 0.0}
    return found
