"""Shots and keyframes of an item: where its pictures change, and one picture of each."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import DoorsDep, ItemPath, SessionDep, visible_item
from api.lines import content_address
from api.listing import AskedPage, Listed
from api.queue import Reviewer
from api.strict import StrictRoute
from storage.blobs.base import BlobStore
from storage.db import holdings, pages
from storage.db.tables import Holding, Item
from storage.integrity.digest import Digest

router = APIRouter(route_class=StrictRoute, tags=["items"])


class Shot(BaseModel):
    """One shot of an original, by presentation time; the end is not included.

    Seconds are for people; `*_pts`, in units of `time_base` seconds, are exact.
    """

    original: str
    shot: int
    start_s: float
    end_s: float
    start_pts: int
    end_pts: int
    time_base: str = Field(examples=["1/15360"])
    transition: str
    transition_start_s: float | None = None
    transition_end_s: float | None = None


_SHOT_FIELDS = frozenset(Shot.model_fields) - {"original", "shot"}


class Keyframe(BaseModel):
    """One picture that stands for a shot; `pts` is in units of `time_base` seconds."""

    original: str
    time_s: float
    pts: int
    time_base: str = Field(examples=["1/15360"])
    shot: int
    sha256: str
    content: str


@router.get("/items/{item}/shots")
def list_shots(item: ItemPath, asked: AskedPage, doors: DoorsDep, session: SessionDep, actor: Reviewer) -> Listed[Shot]:
    """The shots of every original of an item, in order, as its newest analysis found them."""
    row = visible_item(session, actor, item)
    shots = list(_shots(doors.blobs, holdings.of_kind(session, row.id, "shots")))
    rest = [shot for shot in shots if asked.after is None or _key(shot) > asked.after]
    return asked.listed(rest[: asked.rows], key=_key, show=lambda shot: shot, count=len(shots))


@router.get("/items/{item}/keyframes")
def list_keyframes(item: ItemPath, asked: AskedPage, session: SessionDep, actor: Reviewer) -> Listed[Keyframe]:
    """The keyframes of every original of an item that its newest analysis chose, in the order they were made."""
    row = visible_item(session, actor, item)
    newest = pages.newest_analyses(session, row.id)
    rows = pages.keyframes(session, row.id, newest, after=asked.after_number, limit=asked.rows)
    count = pages.count_of_keyframes(session, row.id, newest)
    return asked.listed(rows, key=lambda one: str(one.id), show=lambda one: _keyframe(row, one), count=count)


def _key(shot: Shot) -> str:
    return f"{shot.original}.{shot.shot:09}"


def _newest(rows: Sequence[Holding]) -> dict[str, Holding]:
    return {row.payload["original"]: row for row in rows if row.payload.get("original")}


def _shots(blobs: BlobStore, rows: Sequence[Holding]) -> Iterator[Shot]:
    """The newest analysis of each original; sound alone has none."""
    newest = _newest(rows)
    for original in sorted(newest):
        for number, shot in enumerate(told_of(blobs, newest[original])):
            yield Shot(original=original, shot=number, **{name: shot[name] for name in _SHOT_FIELDS if name in shot})


def told_of(blobs: BlobStore, row: Holding, name: str = "shots") -> Sequence[dict[str, Any]]:
    """The shots of one analysis, or another list of it: from its row where that repeats it, else from the document."""
    if name in row.payload:
        told: list[dict[str, Any]] = row.payload[name]
        return told
    if row.sha256 is None:
        return ()
    with blobs.open(Digest.parse(row.sha256)) as document:
        kept: list[dict[str, Any]] = json.load(document).get(name, [])
        return kept


def _keyframe(item: Item, row: Holding) -> Keyframe:
    told = row.payload
    sha256 = row.sha256 or ""
    return Keyframe(
        original=told["original"],
        time_s=told["time_s"],
        pts=told["pts"],
        time_base=told["time_base"],
        shot=told["shot"],
        sha256=sha256,
        content=content_address(item, sha256),
    )
