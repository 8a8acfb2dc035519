"""Receipts: what a submitter is told of what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.progress import WITH_MEDIA, PlainStep, is_settled, plain_steps, plain_summary
from storage.db import jobs, pages
from storage.db.tables import Capture, Item, Job, Submission
from storage.deeds.intake import CAPTURE_STEP
from storage.domain.permissions import Actor, may_see_item
from storage.domain.vocab import Outcome, Sensitivity


class Links(BaseModel):
    """Where to go on from a receipt."""

    self: str
    live: str
    item: str | None = None


class Receipt(BaseModel):
    """What became of a submission; `item` and `capture` only for those who may see the item.

    That an address is known already is said; a sealed item takes in nobody's submission but a steward's, so no
    receipt tells of one.
    """

    submission: str
    item: str | None = None
    capture: str | None = Field(None, description="the capture this receipt stands on")
    outcome: Outcome | None = Field(None, description="how that capture ended; absent until it has")
    settled: bool = Field(description="the attempt that was asked for is over, and so is what followed from it")
    sentence: str
    steps: list[PlainStep]
    links: Links


def receipt(session: Session, actor: Actor, submission: Submission, item: Item) -> Receipt:
    """What the submitter may know of what became of it."""
    links = Links(self=f"/api/v1/submissions/{submission.id}", live=f"/api/v1/live?submission={submission.id}")
    standing = _standing(session, submission)
    told = Receipt(
        submission=submission.id,
        outcome=Outcome(standing.capture.outcome) if standing.capture else None,
        settled=standing.is_settled,
        sentence=plain_summary(standing.capture, standing.jobs, standing.next_try),
        steps=plain_steps(standing.jobs),
        links=links,
    )
    if not may_see_item(actor, Sensitivity(item.sensitivity)):
        return told
    named = links.model_copy(update={"item": f"/api/v1/items/{item.id}"})
    return told.model_copy(update={"item": item.id, "capture": standing.capture_id, "links": named})


@dataclass(frozen=True, slots=True)
class Standing:
    """The capture a submission stands on, None while none has ended, its jobs, and a further try that is owed."""

    capture_id: str
    capture: Capture | None
    jobs: Sequence[Job]
    is_settled: bool
    next_try: Job | None


def _standing(session: Session, submission: Submission) -> Standing:
    """Of the captures since the one it asked for: the newest with media, else the newest that ended, else that one."""
    asked_for = submission.capture_id
    ended = pages.captures_since(session, submission.item_id, asked_for)
    fruitful = [capture for capture in ended if capture.outcome in WITH_MEDIA]
    ranked = fruitful or ended
    newest = ranked[-1] if ranked else None
    capture_id = newest.id if newest else asked_for
    own = next((capture for capture in ended if capture.id == asked_for), None)
    own_jobs = jobs.of_capture(session, asked_for)
    owed = pages.captures_owed(session, submission.item_id, step=CAPTURE_STEP, after=capture_id)
    return Standing(
        capture_id=capture_id,
        capture=newest,
        jobs=own_jobs if capture_id == asked_for else jobs.of_capture(session, capture_id),
        is_settled=is_settled(own, own_jobs),
        next_try=owed[0] if owed else None,
    )
