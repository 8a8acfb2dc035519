"""What a viewer must know of the material: where picture or sound is missing, damaged, frozen, black or silent."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field

from api.shelf import Shelf
from storage.blobs.base import BlobStore
from storage.integrity.digest import Digest

_MOST = 1000
_STILL_KINDS = ("frozen", "black", "silent")


class Flaw(BaseModel):
    """One span [start, end) in presentation time; `*_pts`, in units of `time_base` seconds, are exact.

    Of length zero: something is missing there, and nothing tells how much.
    """

    kind: str = Field(
        description="undecodable, damaged, time_jump, cut_short, sound_missing, frozen, black or silent",
        examples=["undecodable"],
    )
    start_s: float
    end_s: float
    start_pts: int
    end_pts: int
    time_base: str = Field(examples=["1/15360"])
    frames: int = Field(0, description="how many pictures are missing or damaged, as far as is known")


class Flaws(BaseModel):
    """What one analysis found, in the order of time; `notes` say in words what was and what was not analysed."""

    spans: list[Flaw]
    count: int = Field(description=f"how many there are; `spans` holds the first {_MOST}")
    notes: list[str]
    found_by: str = Field(examples=["engine 1, libavcodec 62.11.100"])


def flaws(blobs: BlobStore, shelf: Shelf, original: str) -> Flaws | None:
    """What the newest analysis of an original found, or None where it was not analysed."""
    row = shelf.newest("shots", original)
    if row is None or row.sha256 is None:
        return None
    with blobs.open(Digest.parse(row.sha256)) as document:
        told = json.load(document)
    found = sorted(_spans(told["quality"]), key=lambda flaw: flaw.start_s)
    versions = told["versions"]
    by = ", ".join(f"{name} {versions[name]}" for name in ("engine", "libavcodec") if name in versions)
    return Flaws(spans=found[:_MOST], count=len(found), notes=told["notes"], found_by=by)


def _spans(quality: Mapping[str, Any]) -> Iterator[Flaw]:
    for gap in quality.get("gaps", ()):
        yield Flaw(**{name: gap[name] for name in Flaw.model_fields if name in gap})
    for kind in _STILL_KINDS:
        for span in quality.get(kind, ()):
            yield Flaw(kind=kind, **{name: span[name] for name in Flaw.model_fields if name in span})
