"""How far work has come, told twice: in plain words to who submitted, in the archive's words to reviewers."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Annotated, Any

from pydantic import BaseModel, Field

from storage.db.jobs import is_of_analysis
from storage.db.positions import Job
from storage.db.standings import Ended
from storage.domain.steps import is_older
from storage.domain.vocab import ErrorClass, JobState, Lack, Outcome

Lacking = Mapping[tuple[str, str], Lack]
"""What steps that ended were in want of, by their capture and name."""

Share = Annotated[float, Field(ge=0, le=1, description="how much is done, where that is known")]
WITH_MEDIA = frozenset({Outcome.CAPTURED.value, Outcome.PARTIAL.value})

_ENDED = frozenset({JobState.DONE.value, JobState.DEAD.value, JobState.CANCELLED.value})

_DEEDS = {
    "capture": "Taking in the video",
    "probe": "Reading what kind of file it is",
    "arrival": "Taking a first look",
    "credentials": "Reading what the file says of its origin",
    "analyse": "Looking through the pictures",
    "match": "Looking for copies",
    "review": "Making it ready for the player",
    "ocr": "Reading the text in the pictures",
    "speech": "Writing down what is said",
    "faces": "Looking where faces are",
    "opinion": "Asking a second detector about shots",
    "redact": "Making a copy that hides faces",
    "page": "Keeping the page it stands on",
    "presence": "Looking whether the kept page shows it",
    "surroundings": "Asking for subtitles and comments",
}
_STATES = {
    JobState.READY: "waiting its turn",
    JobState.RUNNING: "going on now",
    JobState.DONE: "done",
    JobState.DEAD: "could not be done",
    JobState.HELD: "paused until there is room on the disk",
    JobState.CANCELLED: "cancelled",
}


class PlainStep(BaseModel):
    """One step as the submitter sees it."""

    name: str
    state: JobState
    seconds: float | None = Field(None, description="how long its last try took")
    progress: Share | None = None
    lacks: Lack | None = Field(None, description="it ended without having looked: what for was not installed")
    waits_for: str | None = Field(None, examples=["YouTube"], description="a site that rests, or was asked enough")
    sentence: str = Field(examples=["Taking in the video: going on now."])


class Step(BaseModel):
    """One step as reviewers see it; `seconds` is how long its last try took, `progress` the share done."""

    name: str
    version: str
    capture: str
    state: JobState
    outcome: JobState = Field(description="the same as `state`")
    lacks: Lack | None = Field(None, description="it ended without having looked: what for was not installed")
    tries: int
    seconds: float | None
    error_class: ErrorClass | None = None
    error_code: str | None = None
    sentence: str | None = None
    progress: Share | None
    is_cancellable: bool = Field(description="it is owed, and part of the analysis that a person may cancel")
    is_older: bool = Field(
        description="this capture's last try of it was of an older version than the one that is here"
    )


def plain_steps(jobs: Sequence[Job], waits: Mapping[str, str], lacking: Lacking) -> list[PlainStep]:
    """The steps of one capture in plain words, without anything of the archive's inside.

    `waits` are the names of the sites that are waited for, by host; `lacking` what steps were in want of.
    """
    return [
        _plain(job, waits.get(job.site or "") if job.state == JobState.READY else None, _lack(job, lacking))
        for job in jobs
    ]


def steps(jobs: Sequence[Job], lacking: Lacking) -> list[Step]:
    """The steps of an item as reviewers see them; `lacking` is what some of them were in want of."""
    current = {(job.capture_id, job.step) for job in jobs if not is_older(job.step, job.step_version)}
    return [
        Step(
            name=job.step,
            version=job.step_version,
            capture=job.capture_id,
            state=JobState(job.state),
            outcome=JobState(job.state),
            lacks=_lack(job, lacking),
            tries=job.attempt,
            seconds=_seconds(job),
            error_class=ErrorClass(job.error_class) if job.error_class else None,
            error_code=job.error_code,
            # A fault's words are those of the program that broke: they belong in the log.
            sentence=None if job.error_class == ErrorClass.FAULT else job.error_sentence,
            progress=_share(job),
            is_cancellable=job.state not in _ENDED and is_of_analysis(job),
            is_older=(job.capture_id, job.step) not in current,
        )
        for job in jobs
    ]


def plain_summary(capture: Ended | None, jobs: Sequence[Job], next_try: Job | None, *, is_supplied: bool) -> str:
    """How a submission stands, in a sentence, or two where another try is owed."""
    if capture is None:
        return "It has been received, and we are collecting it."
    if is_supplied and capture.outcome != Outcome.CAPTURED:
        return f"The file is kept as it was supplied, but was not analysed: {_finished(capture.sentence)}"
    if capture.outcome not in WITH_MEDIA:
        told = [f"It could not be collected: {_finished(capture.sentence)}", _page(jobs), next_try and _again(next_try)]
        return " ".join(part for part in told if part)
    if is_settled(capture, jobs):
        return "It has been collected and kept."
    return "It has been collected, and we are looking through it."


def is_settled(capture: Ended | None, jobs: Sequence[Job]) -> bool:
    """Whether nothing more will happen to a capture by itself."""
    return capture is not None and all(job.state in _ENDED for job in jobs)


def _page(jobs: Sequence[Job]) -> str:
    """What became of the page of a post that could not be collected; only a page that is kept is looked at again."""
    if any(job.step == "presence" for job in jobs):
        return "The page itself has been kept."
    if any(job.step == "page" and job.state not in _ENDED for job in jobs):
        return "The page itself is being kept."
    return ""


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


def _lack(job: Job, lacking: Lacking) -> Lack | None:
    """What a step that ended was in want of."""
    return lacking.get((job.capture_id, job.step)) if job.state == JobState.DONE else None


def _plain(job: Job, waits_for: str | None, lacks: Lack | None) -> PlainStep:
    state = JobState(job.state)
    deed = _DEEDS.get(job.step, f"The step called {job.step}")
    again = " for another try" if state is JobState.READY and job.attempt > 0 else ""
    standing = f"waiting for {waits_for}" if waits_for else f"{_STATES[state]}{again}"
    standing = f"not done, for want of a {lacks}" if lacks else standing
    return PlainStep(
        name=job.step,
        state=state,
        lacks=lacks,
        seconds=_seconds(job),
        progress=_share(job),
        waits_for=waits_for,
        sentence=f"{deed}: {standing}.",
    )


def _seconds(job: Job) -> float | None:
    if job.started_at is None or job.ended_at is None:
        return None
    return round(max(0.0, (job.ended_at - job.started_at).total_seconds()), 3)


def _share(job: Job) -> float | None:
    """How much of a job is done, 0 to 1, where that is known: from a share, or from bytes received and expected."""
    if job.state == JobState.DONE:
        return 1.0
    told = job.progress
    expected = _number(told.get("expected_bytes")) or _number(told.get("estimated_bytes"))
    received = _number(told.get("received_bytes"))
    share = _number(told.get("progress"))
    if share is None and expected and received is not None:
        share = received / expected
    return round(min(1.0, max(0.0, share)), 4) if share is not None else None


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None
