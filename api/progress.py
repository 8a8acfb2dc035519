"""How far work has come, told twice: in plain words to who submitted, in the archive's words to reviewers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from storage.db.tables import Capture, Job
from storage.domain.vocab import ErrorClass, JobState, Outcome

WITH_MEDIA = frozenset({Outcome.CAPTURED.value, Outcome.PARTIAL.value})

_DEEDS = {
    "capture": "Collecting the page and its video",
    "probe": "Reading what kind of file it is",
    "analyse": "Looking through the pictures",
}
_STATES = {
    JobState.READY: "waiting its turn",
    JobState.RUNNING: "going on now",
    JobState.DONE: "done",
    JobState.DEAD: "could not be done",
    JobState.HELD: "paused until there is room on the disk",
}


class PlainStep(BaseModel):
    """One step as the submitter sees it."""

    name: str
    state: JobState
    sentence: str = Field(examples=["Collecting the page and its video: going on now."])


class Step(BaseModel):
    """One step as reviewers see it; `seconds` is how long its last try took, `outcome` how it stands."""

    name: str
    version: str
    capture: str
    outcome: JobState
    tries: int
    seconds: float | None
    error_class: ErrorClass | None = None
    error_code: str | None = None
    sentence: str | None = None
    progress: dict[str, Any]


def plain_steps(jobs: Sequence[Job]) -> list[PlainStep]:
    """The steps of one capture in plain words, without anything of the archive's inside."""
    return [_plain(job) for job in jobs]


def steps(jobs: Sequence[Job]) -> list[Step]:
    """The steps of an item as reviewers see them."""
    return [
        Step(
            name=job.step,
            version=job.step_version,
            capture=job.capture_id,
            outcome=JobState(job.state),
            tries=job.attempt,
            seconds=_seconds(job.started_at, job.ended_at),
            error_class=ErrorClass(job.error_class) if job.error_class else None,
            error_code=job.error_code,
            # A fault's words are those of the program that broke: they belong in the log.
            sentence=None if job.error_class == ErrorClass.FAULT else job.error_sentence,
            progress=job.progress,
        )
        for job in jobs
    ]


def plain_summary(capture: Capture | None, jobs: Sequence[Job], next_try: Job | None) -> str:
    """How a submission stands, in a sentence, or two where another try is owed."""
    if capture is None:
        return "It has been received, and we are collecting it."
    if capture.outcome not in WITH_MEDIA:
        told = f"It could not be collected: {_finished(capture.sentence)}"
        return f"{told} {_again(next_try)}" if next_try else told
    if is_settled(capture, jobs):
        return "It has been collected and kept."
    return "It has been collected, and we are looking through it."


def is_settled(capture: Capture | None, jobs: Sequence[Job]) -> bool:
    """Whether nothing more will happen to a capture by itself."""
    ended = {JobState.DONE.value, JobState.DEAD.value}
    return capture is not None and all(job.state in ended for job in jobs)


def _again(job: Job) -> str:
    match JobState(job.state):
        case JobState.RUNNING:
            return "It is being tried again now."
        case JobState.HELD:
            return "It will be tried again when there is room on the disk."
        case _:
            return f"It will be tried again after {job.run_after.astimezone(UTC):%Y-%m-%d %H:%M} UTC."


def _finished(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence or 'nobody said why'}."


def _plain(job: Job) -> PlainStep:
    state = JobState(job.state)
    deed = _DEEDS.get(job.step, f"The step called {job.step}")
    again = " for another try" if state is JobState.READY and job.attempt > 0 else ""
    return PlainStep(name=job.step, state=state, sentence=f"{deed}: {_STATES[state]}{again}.")


def _seconds(started_at: datetime | None, ended_at: datetime | None) -> float | None:
    if started_at is None or ended_at is None:
        return None
    return round(max(0.0, (ended_at - started_at).total_seconds()), 3)
