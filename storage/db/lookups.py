"""Rows that tell whether an address is known, to somebody who may not know of everything."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from storage.db import items
from storage.db.tables import Capture, Item, Submission
from storage.domain.vocab import Outcome

_WITH_MEDIA = (Outcome.CAPTURED.value, Outcome.PARTIAL.value)


@dataclass(frozen=True, slots=True)
class Found:
    """What may be told of an address; `mine` is the asker's own newest submission of it."""

    is_known: bool
    platform: str | None = None
    mine: Submission | None = None
    ended_at: datetime | None = None
    outcome: str | None = None


def of_address(session: Session, canonical_url: str, *, asker: str, visible: Collection[str]) -> Found:
    """What is known of an address in items of the sensitivities `visible`, and in the asker's own submissions.

    What the asker has handed in stays known to them whatever became of it: that it was sealed since does not show, nor
    then does any capture that came after one had brought what they asked for.
    """
    source = items.source_at(session, canonical_url)
    of_source = select(Item.id).where(Item.source_id == source.id) if source else None
    same = Submission.canonical_url == canonical_url
    if of_source is not None:
        same = or_(same, Submission.item_id.in_(of_source))
    own = select(Submission).where(Submission.submitter_id == asker, same).order_by(Submission.id.desc()).limit(1)
    mine = session.scalar(own)
    shown = set()
    if of_source is not None:
        shown = set(session.scalars(of_source.where(Item.sensitivity.in_(visible))))
    if mine is None and not shown:
        return Found(is_known=False)
    told: ColumnElement[bool] = Capture.item_id.in_(shown)
    if mine is not None and mine.item_id not in shown:
        theirs = select(Capture.id).where(Capture.item_id == mine.item_id, Capture.id >= mine.capture_id)
        told = or_(told, Capture.id.in_(theirs.order_by(Capture.outcome.in_(_WITH_MEDIA).desc(), Capture.id).limit(1)))
    newest = (
        select(Capture.ended_at, Capture.outcome, Capture.identity["platform"].astext)
        .where(told)
        .order_by(Capture.outcome.in_(_WITH_MEDIA).desc(), Capture.id.desc())
        .limit(1)
    )
    row = session.execute(newest).first()
    return Found(
        is_known=True,
        # The source's own row may have its name from a capture that the asker may not know of.
        platform=row[2] if row else None,
        mine=mine,
        ended_at=row[0] if row else None,
        outcome=row[1] if row else None,
    )
