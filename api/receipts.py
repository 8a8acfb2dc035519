"""Receipts: what a submitter is told of what became of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.progress import WITH_MEDIA, PlainStep, is_settled, plain_steps, plain_summary
from api.sites import SiteNotice, SiteShare, notice_for, share_for, waited_for
from storage.db import holdings, items, standings
from storage.db.positions import CAPTURE_STEP, Job
from storage.db.standings import Ended
from storage.db.tables import Item, Submission
from storage.domain.permissions import Actor, may_see_item, visible_items
from storage.domain.vocab import JobState, Outcome, Sensitivity


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
    supplied: bool = Field(description="it stands on a file that a person supplied, and not on an address")
    cut_short: bool = Field(description="a part of it is missing, as far as it was looked through")
    same_file: str | None = Field(None, description="an item the submitter may see that held the very same file before")
    sent_before: str | None = Field(None, description="the submitter's own first submission of the very same file")
    lists: int | None = Field(None, description="a channel or playlist: how many entries there are to choose from")
    site: SiteNotice | None = Field(None, description="said while the capture waits for a site that answers badly")
    share: SiteShare | None = Field(None, description="said while the capture waits until its site may be asked again")
    sensitivity: Sensitivity = Field(description="whom it should be for, as it was asked")
    joined: bool = Field(description="it went to an item that the archive had; only reviewers seal one of these")
    sentence: str
    steps: list[PlainStep]
    links: Links


class ReceiptLine(BaseModel):
    """A submission in its submitter's list; `item` only for those who may see it."""

    submission: str
    received_at: datetime
    url: str | None = Field(description="the address as it was handed in; null for a supplied file")
    supplied_name: str | None
    note: str | None
    batch: str | None = Field(description="the list it came with")
    item: str | None
    sensitivity: Sensitivity = Field(description="whom it should be for, as it was asked")
    outcome: Outcome | None
    settled: bool
    sentence: str


def receipt(session: Session, actor: Actor, submission: Submission, item: Item, budgets: Mapping[str, int]) -> Receipt:
    """What the submitter may know of what became of it; `budgets` are the sites' own, by host."""
    links = Links(self=f"/api/v1/submissions/{submission.id}", live=f"/api/v1/live?submission={submission.id}")
    is_seen = may_see_item(actor, Sensitivity(item.sensitivity))
    standing = _standings(session, [submission], {item.id} if is_seen else set())[submission.id]
    is_own_file = submission.url is None and standing.capture_id == submission.capture_id
    told = Receipt(
        submission=submission.id,
        outcome=standing.outcome,
        settled=standing.is_settled,
        supplied=standing.is_supplied,
        # Of a file of their own people are told also where the item is not for them.
        cut_short=(is_seen or is_own_file) and holdings.is_cut_short(session, standing.capture_id),
        lists=standing.capture.lists if standing.capture else None,
        site=notice_for(session, actor, standing.waits_for),
        share=share_for(session, actor, standing.waits_for, budgets),
        sensitivity=Sensitivity(submission.sensitivity),
        joined=submission.joined,
        sentence=standing.sentence,
        steps=plain_steps(
            standing.steps,
            waited_for(session, actor, standing.steps, budgets),
            holdings.lacking(session, item.id) if is_seen else {},
        ),
        links=links,
    )
    if submission.url is None:
        told = told.model_copy(update=_known(session, actor, submission))
    if not is_seen:
        return told
    named = links.model_copy(update={"item": f"/api/v1/items/{item.id}"})
    return told.model_copy(update={"item": item.id, "capture": standing.capture_id, "links": named})


def _known(session: Session, actor: Actor, submission: Submission) -> dict[str, str | None]:
    """Where a supplied file was before: in items that whoever asks may see, and in what they have sent themselves."""
    visible = [sensitivity.value for sensitivity in visible_items(actor)]
    return {
        "same_file": holdings.held_before(session, submission.capture_id, visible=visible),
        "sent_before": holdings.sent_before(session, submission.capture_id, submission.submitter_id),
    }


def receipt_lines(session: Session, actor: Actor, rows: Sequence[Submission]) -> list[ReceiptLine]:
    """The lines of somebody's own submissions, in the same order; few questions, however many rows."""
    visible = [sensitivity.value for sensitivity in visible_items(actor)]
    seen = items.of_sensitivity(session, {row.item_id for row in rows}, visible=visible)
    found = _standings(session, rows, seen)
    return [
        ReceiptLine(
            submission=row.id,
            received_at=row.received_at,
            url=row.url,
            supplied_name=row.supplied_name,
            note=row.note,
            batch=row.batch_id,
            item=row.item_id if row.item_id in seen else None,
            sensitivity=Sensitivity(row.sensitivity),
            outcome=found[row.id].outcome,
            settled=found[row.id].is_settled,
            sentence=found[row.id].sentence,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """The capture a submission stands on, None while none has ended, its jobs, and a further try that is owed.

    `steps` are those of the jobs that are told of one by one. Where the item was erased there is nothing but when.
    """

    capture_id: str
    capture: Ended | None
    jobs: Sequence[Job]
    steps: Sequence[Job]
    is_settled: bool
    next_try: Job | None
    erased_at: datetime | None
    is_supplied: bool

    @property
    def outcome(self) -> Outcome | None:
        return Outcome(self.capture.outcome) if self.capture else None

    @property
    def waits_for(self) -> str | None:
        """The site that the capture has yet to be asked from."""
        waiting = (job.site for job in self.jobs if job.step == CAPTURE_STEP and job.state == JobState.READY)
        return next(waiting, None) if self.capture is None else None

    @property
    def sentence(self) -> str:
        if self.erased_at is not None:
            return f"It was erased on {self.erased_at:%Y-%m-%d}."
        jobs = self.steps if _is_fulfilled(self.capture) else self.jobs
        return plain_summary(self.capture, jobs, self.next_try, is_supplied=self.is_supplied)


def _standings(session: Session, submissions: Sequence[Submission], seen: Collection[str]) -> dict[str, Standing]:
    """By submission: of the captures since the one it asked for, the newest with media, else the newest that ended.

    Where none has ended, the submission stands on the one it asked for. Of items other than those `seen` nothing shows
    that came after the wish was fulfilled: there it is the oldest with media, and once it is settled its steps are
    told no more. A sealed one is settled with its capture: what is done with it then is its stewards' own, and that it
    was sealed meanwhile looks like the end of its analysis.
    """
    item_ids = {row.item_id for row in submissions}
    asked_for = {row.capture_id for row in submissions}
    ended = standings.ended(session, item_ids, since=min(asked_for, default=""))
    owed = standings.captures_owed(session, item_ids, step=CAPTURE_STEP)
    chosen = {
        row.id: _stood_on([one for one in ended if _follows(one, row)], row.item_id in seen) for row in submissions
    }
    wanted = asked_for | {capture.id for capture in chosen.values() if capture}
    jobs = standings.jobs_of_captures(session, wanted)
    erased = standings.erased(session, item_ids)
    hidden = {row.item_id for row in submissions if row.item_id not in seen and _is_fulfilled(chosen[row.id])}
    told = [job for job in owed if job.item_id not in hidden]
    sealed = items.of_sensitivity(session, item_ids.difference(seen), visible=[Sensitivity.SEALED.value])
    standing = {
        row.id: _standing(
            row,
            chosen[row.id],
            ended,
            jobs,
            told,
            erased.get(row.item_id),
            is_closed=row.item_id in sealed,
            is_seen=row.item_id in seen,
        )
        for row in submissions
    }
    over = [row.id for row in submissions if row.item_id not in seen and standing[row.id].is_settled]
    return standing | {name: replace(standing[name], steps=_collecting(standing[name].steps)) for name in over}


def _collecting(jobs: Sequence[Job]) -> Sequence[Job]:
    return [job for job in jobs if job.step == CAPTURE_STEP]


def _standing(
    row: Submission,
    stood_on: Ended | None,
    ended: Sequence[Ended],
    jobs: Mapping[str, Sequence[Job]],
    owed: Sequence[Job],
    erased_at: datetime | None,
    *,
    is_closed: bool,
    is_seen: bool,
) -> Standing:
    capture_id = stood_on.id if stood_on else row.capture_id
    own = next((capture for capture in ended if capture.id == row.capture_id), None)
    later = (job for job in owed if job.item_id == row.item_id and job.capture_id > capture_id)
    own_jobs, stood_jobs = jobs.get(row.capture_id, ()), jobs.get(capture_id, ())
    return Standing(
        capture_id=capture_id,
        capture=stood_on,
        jobs=stood_jobs,
        steps=_collecting(stood_jobs) if is_closed else stood_jobs,
        is_settled=erased_at is not None or is_settled(own, _collecting(own_jobs) if is_closed else own_jobs),
        next_try=next(later, None),
        erased_at=erased_at,
        # That others have put a file to it is told to those alone who may see it.
        is_supplied=stood_on.supplied if stood_on and is_seen else row.url is None,
    )


def _follows(capture: Ended, row: Submission) -> bool:
    return capture.item_id == row.item_id and capture.id >= row.capture_id


def _stood_on(ended: Sequence[Ended], is_seen: bool) -> Ended | None:
    fulfilled = [capture for capture in ended if _is_fulfilled(capture)]
    if fulfilled:
        return fulfilled[-1 if is_seen else 0]
    return ended[-1] if ended else None


def _is_fulfilled(capture: Ended | None) -> bool:
    return capture is not None and capture.outcome in WITH_MEDIA
