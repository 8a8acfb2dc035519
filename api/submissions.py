"""Handing something in: an address goes in, a receipt comes out, and only its submitter may look at that again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.deps import ArchiveDep, DoorsDep, KnownActor, SessionDep, SubmissionPath, only
from api.idempotency import OnceDep
from api.listing import AskedPage, Listed
from api.receipts import Receipt, ReceiptLine, receipt, receipt_lines
from api.strict import StrictRoute
from storage.db import items
from storage.db.tables import Submission
from storage.domain.fields import Paragraph
from storage.domain.permissions import Actor, may_review, may_see_submission, may_submit
from storage.domain.vocab import Sensitivity
from storage.errors import NotAllowed, NotFound

router = APIRouter(route_class=StrictRoute, tags=["submissions"])
_MOST_COUNTED = 10_000

ItemName = Annotated[str, Field(pattern=r"^itm_[0-9a-z]{26}$")]
ProjectName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class NewSubmission(BaseModel):
    """An address, and what the submitter wants to say about it to the reviewers."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(examples=["https://example.org/video"])
    note: Paragraph | None = None
    sensitivity: Sensitivity = Sensitivity.RESTRICTED
    project: ProjectName = "main"
    again: bool = Field(False, strict=True, description="capture a known address once more; for reviewers")


@router.post("/submissions", status_code=202, response_model=Receipt, response_model_exclude_none=True)
def submit(
    said: NewSubmission,
    doors: DoorsDep,
    once: OnceDep,
    archive: ArchiveDep,
    _actor: Annotated[Actor, Depends(only(may_submit, "submit"))],
) -> Response:
    """Hand in an address. One that is known joins its item; capture goes on after the answer.

    A sealed item takes in stewards' submissions only; for everybody else its address is a new one.
    """
    if answer := once.earlier():
        return answer
    if said.again and not may_review(archive.actor):
        raise NotAllowed("Capturing again is for reviewers.")
    entry = archive.submit(
        said.url, note=said.note or None, sensitivity=said.sensitivity, project=said.project, again=said.again
    )
    shown = receipt(archive.session, archive.actor, entry.submission, entry.item, doors.site_budgets)
    return once.keep(202, shown, exclude_none=True)


@router.get("/submissions")
def list_receipts(asked: AskedPage, session: SessionDep, actor: KnownActor) -> Listed[ReceiptLine]:
    """The asker's own submissions and what became of them, newest first; never anybody else's."""
    rows = items.own_submissions(session, actor.id, before=asked.after, limit=asked.rows)
    return asked.listed_together(
        rows,
        key=lambda row: row.id,
        show=lambda page: receipt_lines(session, actor, page),
        count=items.count_own_submissions(session, actor.id, most=_MOST_COUNTED),
        counted_up_to=_MOST_COUNTED,
    )


@router.get("/submissions/{submission}", response_model_exclude_none=True)
def read_receipt(submission: SubmissionPath, doors: DoorsDep, session: SessionDep, actor: KnownActor) -> Receipt:
    """The receipt, for the one who submitted."""
    row = own_submission(session, actor, submission)
    item = items.item(session, row.item_id)
    if item is None:
        raise NotFound("There is no such submission.")
    return receipt(session, actor, row, item, doors.site_budgets)


def own_submission(session: Session, actor: Actor, submission_id: str) -> Submission:
    """One of the actor's own submissions. Raises: NotFound for anybody else's."""
    row = items.submission(session, submission_id)
    if row is None or not may_see_submission(actor, row.submitter_id):
        raise NotFound("There is no such submission.")
    return row
