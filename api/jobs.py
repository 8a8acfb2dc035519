"""Owed work, for those who keep the installation running: what waits, runs or was given up, and trying it again."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.deps import ArchiveDep, DoorsDep, JobPath, SessionDep, only
from api.listing import AskedPage, Listed
from api.sites import waited_for
from api.strict import StrictRoute
from storage.db import jobs
from storage.db.positions import Job
from storage.domain.permissions import Actor, may_mend, may_watch_work, watched_items
from storage.domain.vocab import ErrorClass, JobState

router = APIRouter(route_class=StrictRoute, tags=["installation"])


class JobLine(BaseModel):
    """One job; the counters say how often it was begun, met trouble outside, and met a fault of ours."""

    job: str
    item: str
    step: str
    state: JobState
    attempt: int
    failures: int
    faults: int
    error_class: ErrorClass | None
    error_code: str | None
    error_sentence: str | None
    progress: dict[str, Any]
    worker: str | None
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    run_after: AwareDatetime
    waits_for: str | None = Field(None, examples=["YouTube"], description="a site that rests, or was asked enough")


@router.get("/jobs")
def list_jobs(
    asked: AskedPage,
    doors: DoorsDep,
    session: SessionDep,
    actor: Annotated[Actor, Depends(only(may_watch_work, "look at jobs"))],
    state: Annotated[JobState | None, Query(description="only jobs that stand so")] = None,
) -> Listed[JobLine]:
    """Jobs newest first; those of sealed items only for stewards."""
    visible = [sensitivity.value for sensitivity in watched_items(actor)]
    named = state.value if state else None
    rows = jobs.page(session, state=named, visible=visible, before=asked.after, limit=asked.rows)
    count = jobs.count(session, state=named, visible=visible)
    waits = waited_for(session, actor, rows, doors.site_budgets)
    return asked.listed(
        rows, key=lambda row: row.id, show=lambda row: _line(row, waits.get(row.site or "")), count=count
    )


@router.post("/jobs/{job}/retry", status_code=202)
def retry_job(
    job: JobPath, archive: ArchiveDep, _actor: Annotated[Actor, Depends(only(may_mend, "try jobs again"))]
) -> JobLine:
    """Try a job again that was given up or is paused; a capture that has ended is tried again as a new one."""
    return _line(archive.try_again(job))


def _line(row: Job, waits_for: str | None = None) -> JobLine:
    return JobLine(
        job=row.id,
        item=row.item_id,
        step=row.step,
        state=JobState(row.state),
        attempt=row.attempt,
        failures=row.failures,
        faults=row.faults,
        error_class=ErrorClass(row.error_class) if row.error_class else None,
        error_code=row.error_code,
        error_sentence=row.error_sentence,
        progress=row.progress,
        worker=row.worker,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        run_after=row.run_after,
        waits_for=waits_for if row.state == JobState.READY else None,
    )
