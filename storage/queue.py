"""How work is owed, held, given back and given up: the database is the truth, the broker only rings.

Source for the shape: Enberg, "SKIP LOCKED" queues, and Kleppmann's fencing tokens ("How to do distributed locking").
"""

import errno
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session

from storage.db import jobs, sites
from storage.db.positions import Job
from storage.domain import clock
from storage.domain.ids import JobId, new_id
from storage.domain.sites import FIRST_PAUSE_S, Condition, Sign, sign_of
from storage.domain.vocab import ErrorClass, JobState, Outcome
from storage.errors import ArchiveError, DiskFull, LeaseLost, Rejected, Throttled, Unavailable

QUEUES = ("fetch", "media")

FAULTS_ALLOWED = 3
LOSSES_ALLOWED = 12
LONGEST_PAUSE_S = 3600.0
THROTTLE_PAUSE_S = 30.0
DISK_PAUSE_S = 15.0
LOST = "the worker that held this job went away"


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a kind of failure may happen before the work is given up."""

    failures: int


# The other side's silence is kept as an outcome soon, and asked again later as a new capture;
# our own surroundings get the patience of hours.
_TRIES = {ErrorClass.TRANSIENT: Tries(12), ErrorClass.UNREACHABLE: Tries(4), ErrorClass.THROTTLED: Tries(12)}


@dataclass(frozen=True, slots=True)
class Held:
    """A job in somebody's hands: every write of its result must carry this token."""

    job: Job

    @property
    def token(self) -> int:
        return self.job.token


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a failure means for its job: `final` when no further try is made; whether it cost one of its tries."""

    error_class: ErrorClass
    final: bool
    pause_s: float
    burns_try: bool = True


def owe(
    session: Session,
    *,
    key: str,
    queue: str,
    step: str,
    step_version: str,
    item_id: str,
    capture_id: str,
    request: Mapping[str, Any] | None = None,
    site: str | None = None,
    is_renewal: bool = False,
    pause_s: float = 0.0,
) -> bool:
    """Owe one piece of work, in the transaction of whatever calls for it; False when it is owed already.

    It starts no sooner than `pause_s` seconds from now, and as part of a renewal of the library after all other work.
    """
    job = Job(
        id=new_id(JobId),
        key=key,
        queue=queue,
        step=step,
        step_version=step_version,
        item_id=item_id,
        capture_id=capture_id,
        request=dict(request or {}),
        site=site,
        is_renewal=is_renewal,
    )
    return jobs.add(session, job, pause_s=pause_s)


def claim(
    session: Session,
    *,
    queue: str,
    worker: str,
    lease_s: float,
    at_most: int | None = None,
    site_limit: int | None = None,
    site_budgets: Mapping[str, int] | None = None,
) -> Held | None:
    """Take the next job of `queue` for `lease_s` seconds, or None. Commit at once; never hold the row while working.

    At most `at_most` jobs of the queue in one worker's hands, at most `site_limit` jobs of one site in anybody's, and
    of a site no more within an hour than `site_budgets` says.
    """
    job = jobs.claim(
        session,
        queue=queue,
        worker=worker,
        lease_s=lease_s,
        at_most=at_most,
        site_limit=site_limit,
        site_budgets=site_budgets,
    )
    return Held(job) if job else None


def renew(session: Session, held: Held, *, lease_s: float, progress: Mapping[str, Any] | None = None) -> None:
    """Say that work goes on. Raises: LeaseLost."""
    if not jobs.renew(session, job_id=held.job.id, token=held.token, lease_s=lease_s, progress=progress):
        raise LeaseLost(f"job {held.job.id} is no longer held under token {held.token}")


def is_held(session: Session, held: Held) -> bool:
    """Whether the job is still ours: nobody else has it, and nobody has cancelled it."""
    return jobs.is_held(session, job_id=held.job.id, token=held.token)


def finish(session: Session, held: Held, outcome: str | None = Outcome.CAPTURED.value) -> None:
    """The work is done; call it in the transaction that writes the result. Its site said `outcome`; None: nothing.

    Raises: LeaseLost.
    """
    _end(session, held, JobState.DONE, {"error_class": None, "error_code": None, "error_sentence": None})
    if outcome is not None:
        _note_site(session, held.job, outcome)
    elif held.job.site:
        sites.withdraw_try(session, held.job)


def rest(session: Session, held: Held, asked_s: float) -> None:
    """The site of a job that has ended well asked to be left alone for so many seconds."""
    _note_site(session, held.job, Outcome.RATE_LIMITED.value, asked_s)


def judge(job: Job, error: BaseException, *, retry_base_s: float, site: Condition | None = None) -> Verdict:
    """Which of the five endings a failure is, and whether another try is made.

    permanent: never again · transient: full-jitter pause doubling up to an hour · throttled: its site rests, no try
    is burnt · disk full: held until there is room, longer each time · fault: anything else, three strikes.

    `site` is how the job's site stood before: a probe that meets what the site rests for has learned nothing of its
    own job, which waits on.
    """
    kind = classify(error)
    if site is not None and site.is_degraded and not site.is_down(clock.now()) and _sign_of(error) is site.cause:
        waits = ErrorClass.THROTTLED if kind is ErrorClass.PERMANENT else kind
        return Verdict(waits, final=False, pause_s=FIRST_PAUSE_S, burns_try=False)
    match kind:
        case ErrorClass.PERMANENT:
            return Verdict(kind, True, 0.0)
        case ErrorClass.DISK_FULL:
            return Verdict(kind, False, min(LONGEST_PAUSE_S, DISK_PAUSE_S * 2**job.pauses))
        case ErrorClass.THROTTLED:
            asked_s = error.detail.get("retry_after_s") if isinstance(error, ArchiveError) else None
            pause = min(LONGEST_PAUSE_S, max(THROTTLE_PAUSE_S * 2**job.throttles, asked_s or 0.0))
            return Verdict(kind, job.throttles + 1 >= _TRIES[kind].failures, pause)
        case ErrorClass.FAULT:
            return Verdict(kind, job.faults + 1 >= FAULTS_ALLOWED, _jitter(retry_base_s, job.faults + 1))
        case ErrorClass.TRANSIENT | ErrorClass.UNREACHABLE:
            return Verdict(kind, job.failures + 1 >= _TRIES[kind].failures, _jitter(retry_base_s, job.failures + 1))


def fail(session: Session, held: Held, error: BaseException, verdict: Verdict) -> None:
    """Write a failure down: try again later, pause, or give up. Raises: LeaseLost."""
    job, kind = held.job, verdict.error_class
    values: dict[str, Any] = {
        "error_class": kind.value,
        "error_code": code_of(error),
        "error_sentence": sentence_of(error),
        "pauses": job.pauses + (kind is ErrorClass.DISK_FULL),
        "failures": job.failures + (verdict.burns_try and kind in {ErrorClass.TRANSIENT, ErrorClass.UNREACHABLE}),
        "throttles": job.throttles + (verdict.burns_try and kind is ErrorClass.THROTTLED),
        "faults": job.faults + (kind is ErrorClass.FAULT),
    }
    if verdict.final:
        _end(session, held, JobState.DEAD, values)
    elif kind is ErrorClass.DISK_FULL:
        _end(session, held, JobState.HELD, {**values, "run_after": jobs.later(verdict.pause_s)})
    else:
        _end(session, held, JobState.READY, {**values, "run_after": jobs.later(verdict.pause_s)})
    asked_s = error.detail.get("retry_after_s") if isinstance(error, ArchiveError) else None
    _note_site(session, job, values["error_code"], asked_s or 0.0)


def return_lost(session: Session, lost: Job) -> bool:
    """Give a job back whose holder is gone; False when it was lost too often and is now quarantined."""
    held = Held(lost)
    values = {"losses": lost.losses + 1, "error_class": ErrorClass.FAULT.value, "error_sentence": LOST}
    if lost.losses + 1 >= LOSSES_ALLOWED:
        _end(session, held, JobState.DEAD, {**values, "error_code": "quarantined"})
        return False
    _end(session, held, JobState.READY, {**values, "error_code": "lost", "run_after": jobs.later(0)})
    return True


def expired(session: Session) -> Sequence[Job]:
    """The jobs whose lease has run out, for `return_lost`."""
    return jobs.expired(session)


def left_by(session: Session, worker: str) -> Sequence[Job]:
    """The jobs of a worker that has just been born again under the same name, for `return_lost`."""
    return jobs.held_by(session, worker)


def _end(session: Session, held: Held, state: JobState, values: Mapping[str, Any]) -> None:
    if not jobs.end(session, job_id=held.job.id, token=held.token, state=state.value, values=values):
        raise LeaseLost(f"job {held.job.id} is no longer held under token {held.token}")


def _note_site(session: Session, job: Job, code: str, asked_s: float = 0.0) -> None:
    if job.site:
        sites.end_try(session, job, code, sign_of(code), asked_s)


def _sign_of(error: BaseException) -> Sign:
    return sign_of(error.code) if isinstance(error, ArchiveError) else Sign.MUTE


def classify(error: BaseException) -> ErrorClass:
    """Which of the endings a failure leads to."""
    match error:
        case DiskFull():
            return ErrorClass.DISK_FULL
        case Throttled():
            return ErrorClass.THROTTLED
        case Unavailable(code=Outcome.UNREACHABLE.value):
            return ErrorClass.UNREACHABLE
        case Unavailable():
            return ErrorClass.TRANSIENT
        case Rejected():
            return ErrorClass.PERMANENT
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return ErrorClass.DISK_FULL
        case OperationalError() | InterfaceError() | TimeoutError():
            # The database is away or out of reach: our surroundings, not the job.
            return ErrorClass.TRANSIENT
        case _:
            return ErrorClass.FAULT


def code_of(error: BaseException) -> str:
    """The stable code of what went wrong; whatever we did not raise on purpose is a fault of ours."""
    return error.code if isinstance(error, ArchiveError) else "fault"


def sentence_of(error: BaseException) -> str:
    """What a job and its event may say of a failure.

    An error of ours speaks for itself; of any other only its name is kept, because its words may hold anything.
    """
    said = str(error) if isinstance(error, ArchiveError) else type(error).__name__
    return said[:2000].replace("\0", "\ufffd").encode("utf-8", errors="replace").decode()


def _jitter(base_s: float, failures: int) -> float:
    """Full jitter (Brooker, "Exponential Backoff and Jitter"): uniform in (0, base·2^n), at most an hour."""
    longest = min(LONGEST_PAUSE_S, base_s * float(2 ** (failures - 1)))
    return random.uniform(0.0, longest)  # noqa: S311 - spreads load, keeps no secret
