"""What a list shows of each item beside its own row: gathered for a whole page at once, one question for each fact."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Float, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from storage.db import statements
from storage.db.tables import Assertion, Capture, Holding, Record, Submission
from storage.domain.vocab import Outcome

_WITH_MEDIA = (Outcome.CAPTURED.value, Outcome.PARTIAL.value)
_CALLED = ("title", "platform", "channel", "uploader", "account", "timestamp", "duration")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a capture ended; `supplied`: it took in a file that a person supplied."""

    outcome: str
    sentence: str
    supplied: bool


@dataclass(frozen=True, slots=True)
class Called:
    """What the platform called an item's post, as text, at its newest capture with media."""

    title: str | None
    platform: str | None
    account: str | None
    timestamp: str | None
    duration: str | None


@dataclass(frozen=True, slots=True)
class Tile:
    """Which part of a sheet of tiles is meant, counted from 0, and how many points each has."""

    column: int
    row: int
    columns: int
    rows: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Still:
    """The digests of one picture and of its shielded copies; None where there is no such copy yet.

    With a `tile` these are sheets of several pictures, and it is the one there.
    """

    clear: str
    sketch: str | None
    blur: str | None
    tile: Tile | None = None


def outcomes(session: Session, item_ids: Collection[str]) -> dict[str, Ending]:
    """How each item's newest capture ended."""
    newest = select(Capture.item_id, Capture.outcome, Capture.sentence, Capture.source_id.is_(None))
    newest = newest.where(Capture.item_id.in_(item_ids))
    newest = newest.ext(distinct_on(Capture.item_id)).order_by(Capture.item_id, Capture.id.desc())
    return {row[0]: Ending(row[1], row[2], supplied=row[3]) for row in session.execute(newest)}


def called(session: Session, item_ids: Collection[str]) -> dict[str, Called]:
    """What each item's post was called at its newest capture with media."""
    wanted = select(Capture.item_id, *(Capture.identity[name].astext for name in _CALLED))
    wanted = wanted.where(Capture.item_id.in_(item_ids), Capture.outcome.in_(_WITH_MEDIA))
    rows = session.execute(wanted.ext(distinct_on(Capture.item_id)).order_by(Capture.item_id, Capture.id.desc()))
    return {
        item: Called(title, platform, channel or uploader or account, timestamp, duration)
        for item, title, platform, channel, uploader, account, timestamp, duration in rows
    }


def supplied_names(session: Session, item_ids: Collection[str]) -> dict[str, str]:
    """The name that each supplied item's file came under."""
    wanted = select(Submission.item_id, Submission.supplied_name).where(
        Submission.item_id.in_(item_ids), Submission.supplied_name.is_not(None)
    )
    rows = session.execute(wanted.ext(distinct_on(Submission.item_id)).order_by(Submission.item_id, Submission.id))
    return {row[0]: row[1] or "" for row in rows}


def durations(session: Session, item_ids: Collection[str]) -> dict[str, float]:
    """How long the longest original of each item's newest examined capture is, in seconds, as measured."""
    told = Holding.payload["file"]["duration_s"]
    measured = (
        select(Holding.item_id, Holding.capture_id, func.max(cast(told.astext, Float)).label("duration_s"))
        .where(Holding.item_id.in_(item_ids), Holding.kind == "probe", func.jsonb_typeof(told) == "number")
        .group_by(Holding.item_id, Holding.capture_id)
        .subquery()
    )
    newest = select(measured.c.item_id, measured.c.duration_s).ext(distinct_on(measured.c.item_id))
    rows = session.execute(newest.order_by(measured.c.item_id, measured.c.capture_id.desc()))
    return {row[0]: row[1] for row in rows}


def first_captured(session: Session, item_ids: Collection[str]) -> dict[str, datetime]:
    """When each item's media was first collected."""
    with_media = (Capture.item_id.in_(item_ids), Capture.outcome.in_(_WITH_MEDIA))
    rows = session.execute(
        select(Capture.item_id, func.min(Capture.started_at)).where(*with_media).group_by(Capture.item_id)
    )
    return {row[0]: row[1] for row in rows}


def stills(session: Session, item_ids: Collection[str]) -> dict[str, Still]:
    """The middle keyframe of each item's newest capture that has keyframes, and its shielded copies.

    Until there are any, the middle one of the first stills.
    """
    within = (Holding.item_id, Holding.capture_id)
    numbered = (
        select(
            Holding.item_id,
            Holding.capture_id,
            Holding.sha256,
            func.row_number().over(partition_by=within, order_by=Holding.id).label("number"),
            func.count().over(partition_by=within).label("many"),
        )
        .where(Holding.item_id.in_(item_ids), Holding.kind == "keyframe", Holding.sha256.is_not(None), ~Holding.sealed)
        .subquery()
    )
    middle = select(numbered.c.item_id, numbered.c.sha256).where(numbered.c.number == (numbered.c.many + 2) // 2)
    middle = middle.ext(distinct_on(numbered.c.item_id)).order_by(numbered.c.item_id, numbered.c.capture_id.desc())
    frames = {row[0]: row[1] for row in session.execute(middle)}
    shielded = _shielded(session, frames)
    known = {
        item: Still(sha256, shielded.get((item, "keyframe_sketch")), shielded.get((item, "keyframe_blur")))
        for item, sha256 in frames.items()
    }
    return _first_stills(session, set(item_ids) - frames.keys()) | known


def _first_stills(session: Session, item_ids: Collection[str]) -> dict[str, Still]:
    """The middle one of each item's newest first stills."""
    clear, sketch, blur = (f"first_stills{shield}" for shield in ("", "_sketch", "_blur"))
    kinds = Holding.kind.in_((clear, sketch, blur))
    held = (Holding.item_id.in_(item_ids), kinds, Holding.sha256.is_not(None), ~Holding.sealed)
    newest = select(Holding.item_id, Holding.kind, Holding.sha256, Holding.payload).where(*held)
    newest = newest.ext(distinct_on(Holding.item_id, Holding.kind))
    sheets: dict[str, dict[str, str]] = {}
    tiles: dict[str, Tile] = {}
    for item, kind, sha256, told in session.execute(newest.order_by(Holding.item_id, Holding.kind, Holding.id.desc())):
        sheets.setdefault(item, {})[kind] = sha256
        if kind == clear:
            row, column = divmod(told["count"] // 2, told["columns"])
            tiles[item] = Tile(column, row, told["columns"], told["rows"], told["tile_width"], told["tile_height"])
    return {
        item: Still(sheets[item][clear], sheets[item].get(sketch), sheets[item].get(blur), tile)
        for item, tile in tiles.items()
    }


def _shielded(session: Session, frames: dict[str, str]) -> dict[tuple[str, str], str]:
    """The shielded copies of one keyframe each, by item and kind."""
    copies = select(Holding.item_id, Holding.kind, Holding.payload["keyframe"].astext, Holding.sha256).where(
        Holding.item_id.in_(frames),
        Holding.kind.in_(("keyframe_sketch", "keyframe_blur")),
        Holding.payload["keyframe"].astext.in_(frames.values()),
        Holding.sha256.is_not(None),
        ~Holding.sealed,
    )
    rows = session.execute(copies.order_by(Holding.id))
    return {(item, kind): sha256 for item, kind, frame, sha256 in rows if frames[item] == frame}


def said(session: Session, item_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """How many assertions of each kind stand: neither superseded nor rejected."""
    standing = select(Assertion.item_id, Assertion.kind, func.count())
    standing = standing.where(Assertion.item_id.in_(item_ids), statements.standing())
    found: dict[str, dict[str, int]] = {}
    for item, kind, many in session.execute(standing.group_by(Assertion.item_id, Assertion.kind)):
        found.setdefault(item, {})[kind] = many
    return found


def record_pids(session: Session, item_ids: Collection[str]) -> dict[str, str]:
    """The record of each item that has been published."""
    wanted: Any = select(Record.item_id, Record.pid).where(Record.item_id.in_(item_ids))
    rows = session.execute(wanted.ext(distinct_on(Record.item_id)).order_by(Record.item_id, Record.version.desc()))
    return {row[0]: row[1] for row in rows}
