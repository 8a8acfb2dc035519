"""What a viewer must know of the material: where picture or sound is missing, damaged, frozen, black or silent."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from api.shelf import Shelf
from storage.blobs.base import BlobStore
from storage.domain.analysis_notes import Note, read_note
from storage.domain.flaws import SHOTS, FlawKind, Fragments, each, fragments_of
from storage.errors import Value
from storage.integrity.digest import Digest

_MOST = 1000


class Flaw(BaseModel):
    """One span [start, end) in presentation time; `*_pts`, in units of `time_base` seconds, are exact.

    Of length zero: something is missing there, and nothing tells how much.
    """

    kind: str = Field(
        description="undecodable, damaged, time_jump, cut_short, sound_missing, fragments_missing, frozen, black or "
        "silent",
        examples=["undecodable"],
    )
    start_s: float
    end_s: float
    start_pts: int
    end_pts: int
    time_base: str = Field(examples=["1/15360"])
    frames: int = Field(0, description="how many pictures are missing or damaged, as far as is known")


_TIMES = tuple(Flaw.model_fields.keys() - {"kind"})


class Because(BaseModel):
    """Why a remark is so: a stable code, and the values that its sentence names."""

    code: str
    values: dict[str, Value]


class Remark(BaseModel):
    """A sentence on the file as a whole; `code` is stable and null for a sentence that has none."""

    code: str | None = Field(examples=["not_whole"])
    values: dict[str, Value] = Field(description="what the sentence names")
    because: Because | None = Field(description="why, where the sentence goes on to say it")
    sentence: str


class Flaws(BaseModel):
    """What one analysis found, in the order of time; `notes` say in words what was and what was not analysed.

    `remarks` are the same sentences, each under its code.
    """

    spans: list[Flaw]
    count: int = Field(description=f"how many there are; `spans` holds the first {_MOST}")
    notes: list[str]
    remarks: list[Remark]
    fragments: Fragments | None = Field(None, description="fragments that the site did not serve")
    found_by: str = Field(examples=["engine 1, libavcodec 62.11.100"])


def flaws(blobs: BlobStore, shelf: Shelf, original: str) -> Flaws | None:
    """What the newest analysis of an original found, or None where it was not analysed."""
    row = shelf.newest(SHOTS, original)
    if row is None or row.sha256 is None:
        return None
    with blobs.open(Digest.parse(row.sha256)) as document:
        told = json.load(document)
    held = shelf.original(original)
    fragments = fragments_of(held.payload) if held else None
    found = sorted(
        (*_spans(told["quality"]), *_after(told.get("shots", ()), fragments)),
        key=lambda flaw: (flaw.start_s, flaw.kind),
    )
    versions = told["versions"]
    by = ", ".join(f"{name} {versions[name]}" for name in ("engine", "libavcodec") if name in versions)
    return Flaws(
        spans=found[:_MOST],
        count=len(found),
        notes=told["notes"],
        remarks=[_remark(read_note(sentence)) for sentence in told["notes"]],
        fragments=fragments,
        found_by=by,
    )


def _remark(note: Note) -> Remark:
    because = note.because and Because(code=note.because.code, values=dict(note.because.values))
    values = dict(note.reason.values) if note.reason else {}
    return Remark(
        code=note.reason.code if note.reason else None, values=values, because=because, sentence=note.sentence
    )


def _spans(quality: Mapping[str, Any]) -> Iterator[Flaw]:
    for kind, span in each(quality):
        yield Flaw(kind=kind.value, **{name: span[name] for name in _TIMES if name in span})


def _after(shots: Sequence[Mapping[str, Any]], fragments: Fragments | None) -> Iterator[Flaw]:
    """Behind the last picture, where the fragments that did not come would have gone on."""
    if fragments is not None and fragments.is_at_end and shots:
        end_s, end = shots[-1]["end_s"], shots[-1]["end_pts"]
        yield Flaw(
            kind=FlawKind.FRAGMENTS_MISSING.value,
            **{"start_s": end_s, "end_s": end_s, "start_pts": end, "end_pts": end},
            time_base=shots[-1]["time_base"],
        )
