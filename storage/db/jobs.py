"""Rows of owed work: claimed one by one, leased, fenced by a token, never held inside a transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, exists, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from storage.db import sites
from storage.db.positions import CAPTURE_STEP, TURN, Job
from storage.db.tables import Item
from storage.domain.vocab import JobState

_GIVEN = (
    *("id", "key", "queue", "step", "step_version", "item_id", "capture_id", "request", "site", "is_renewal"),
    "progress",
)
_CLEARED: Mapping[str, Any] = {"lease_until": None, "worker": None}


def add(session: Session, job: Job, *, pause_s: float) -> bool:
    """Owe `job` unless work with its key is owed already; True when it is new."""
    values = {name: getattr(job, name) for name in _GIVEN}
    made = session.execute(
        insert(Job)
        .values(**values, run_after=later(pause_s))
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Job.id)
    )
    return made.scalar_one_or_none() is not None


def claim(
    session: Session,
    *,
    queue: str,
    worker: str,
    lease_s: float,
    at_most: int | None = None,
    site_limit: int | None = None,
    site_budgets: Mapping[str, int] | None = None,
) -> Job | None:
    """Take the next ready job of `queue` whose site neither rests nor was asked enough already, or None.

    A capture, and the first look at it, go before other work that came up to an hour earlier (`TURN`). What a renewal
    of the library owes goes after everything else, however long ago it was owed.

    `at_most` is how many jobs of this queue the worker may hold; claimers at the same instant may pass it by one.
    `site_limit` is how many jobs of one site may run, `site_budgets` how many may begin within an hour; a site that
    is being probed runs one. Those three hold exactly:

    1. take the next job that may run
    2. where somebody else is claiming from its site at this instant, or the limits are met by now, put it back
    3. look again, at the other sites

    SKIP LOCKED lets any number of claimers pass each other; attempt and token rise with every claim.
    """
    passed: list[str] = []
    while True:
        with session.begin_nested() as taking:
            limits = _limits(queue, worker, at_most, site_limit, site_budgets or {})
            job = _take(session, queue, worker, lease_s, [*limits, or_(Job.site.is_(None), Job.site.not_in(passed))])
            if job is None or job.site is None:
                return job
            if sites.take_turn(session, job.site) and session.scalar(select(Job.id).where(Job.id == job.id, *limits)):
                sites.begin_try(session, job)
                return job
            passed.append(job.site)
            taking.rollback()


def _limits(
    queue: str, worker: str, at_most: int | None, site_limit: int | None, site_budgets: Mapping[str, int]
) -> list[ColumnElement[bool]]:
    """What must hold of a job that is to run, and still hold once it does: it does not count itself."""
    running = aliased(Job)
    held = select(func.count()).where(running.state == "running", running.id != Job.id)
    limits = [sites.may_be_asked(site_budgets)]
    if at_most is not None:
        mine = held.where(running.worker == worker, running.queue == queue).correlate(Job).scalar_subquery()
        limits.append(mine < at_most)
    if site_limit is not None:
        asked = held.where(running.site == Job.site).correlate(Job).scalar_subquery()
        limits.append(or_(Job.site.is_(None), asked < site_limit))
    return limits


def _take(
    session: Session, queue: str, worker: str, lease_s: float, limits: Sequence[ColumnElement[bool]]
) -> Job | None:
    next_one = (
        select(Job.id)
        .where(Job.queue == queue, Job.state == "ready", Job.run_after <= func.now(), *limits)
        .order_by(Job.is_renewal, literal_column(TURN), Job.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Job)
        .scalar_subquery()
    )
    return session.execute(
        update(Job)
        .where(Job.id == next_one)
        .values(
            state="running",
            attempt=Job.attempt + 1,
            token=Job.token + 1,
            worker=worker,
            lease_until=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, lease_s),
            started_at=func.now(),
            ended_at=None,
        )
        .returning(Job)
    ).scalar_one_or_none()


def is_held(session: Session, *, job_id: str, token: int) -> bool:
    """Whether the job is still held under `token`."""
    held = exists().where(Job.id == job_id, Job.token == token, Job.state == JobState.RUNNING.value)
    return bool(session.scalar(select(held)))


def renew(session: Session, *, job_id: str, token: int, lease_s: float, progress: Mapping[str, Any] | None) -> bool:
    """Push the lease out; False when the job is no longer held under `token`."""
    values: dict[str, Any] = {"lease_until": func.now() + func.make_interval(0, 0, 0, 0, 0, 0, lease_s)}
    if progress is not None:
        values["progress"] = dict(progress)
    return _move(session, job_id, token, values)


def end(session: Session, *, job_id: str, token: int, state: str, values: Mapping[str, Any]) -> bool:
    """Let go of a held job in `state`; False when it is no longer held under `token`."""
    return _move(session, job_id, token, {"state": state, "ended_at": func.now(), **_CLEARED, **values})


def _move(session: Session, job_id: str, token: int, values: Mapping[str, Any]) -> bool:
    held = update(Job).where(Job.id == job_id, Job.token == token, Job.state == "running").values(**values)
    return session.execute(held.returning(Job.id)).scalar_one_or_none() is not None


def expired(session: Session) -> Sequence[Job]:
    """Running jobs whose lease has run out, locked; somebody else may hold the rest."""
    late = select(Job).where(Job.state == "running", Job.lease_until < func.now()).with_for_update(skip_locked=True)
    return session.scalars(late).all()


def held_by(session: Session, worker: str) -> Sequence[Job]:
    """Running jobs of one worker, locked."""
    mine = select(Job).where(Job.state == "running", Job.worker == worker).with_for_update(skip_locked=True)
    return session.scalars(mine).all()


def held_tokens(session: Session, worker: str) -> Sequence[tuple[str, int]]:
    """The jobs that a worker holds, each with its token; locks nothing."""
    mine = select(Job.id, Job.token).where(Job.state == JobState.RUNNING.value, Job.worker == worker)
    return [(job, token) for job, token in session.execute(mine)]


def later(seconds: float) -> Any:
    """The database's own clock, `seconds` from now."""
    return func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def waiting(session: Session, site_budgets: Mapping[str, int]) -> Mapping[str, int]:
    """How many jobs could start now, by queue."""
    ready = select(Job.queue, func.count()).where(Job.state == "ready", Job.run_after <= func.now())
    ready = ready.where(sites.may_be_asked(site_budgets))
    rows = session.execute(ready.group_by(Job.queue)).all()
    return {row[0]: row[1] for row in rows}


def oldest_wait_s(session: Session, queues: Sequence[str], site_budgets: Mapping[str, int]) -> float:
    """How long the longest-waiting startable job of these queues has waited, seconds; 0 when none waits."""
    longest = select(func.extract("epoch", func.now() - func.min(Job.run_after))).where(
        Job.state == "ready",
        Job.queue.in_(queues),
        Job.run_after <= func.now(),
        sites.may_be_asked(site_budgets),
    )
    return float(session.scalar(longest) or 0.0)


def running(session: Session, worker: str) -> int:
    """How many jobs `worker` holds."""
    return session.scalar(select(func.count()).where(Job.state == "running", Job.worker == worker)) or 0


def resume_held(session: Session, error_class: str) -> int:
    """Make the jobs that are held for `error_class`, and have paused long enough, ready again; how many."""
    held = update(Job).where(Job.state == "held", Job.error_class == error_class, Job.run_after <= func.now())
    return len(session.execute(held.values(state="ready", run_after=func.now()).returning(Job.id)).all())


def of_item(session: Session, item_id: str) -> Sequence[Job]:
    """Every job of an item, oldest first."""
    return session.scalars(select(Job).where(Job.item_id == item_id).order_by(Job.created_at, Job.id)).all()


def of_capture(session: Session, capture_id: str) -> Sequence[Job]:
    """Every job of one capture, oldest first."""
    return session.scalars(select(Job).where(Job.capture_id == capture_id).order_by(Job.created_at, Job.id)).all()


def one(session: Session, job_id: str) -> Job | None:
    """One job, or None."""
    return session.get(Job, job_id)


def locked(session: Session, job_id: str) -> Job | None:
    """One job, locked until the transaction ends, as it is now."""
    wanted = select(Job).where(Job.id == job_id).with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted)


def cancel_owed(session: Session, item_id: str) -> Sequence[Job]:
    """End the jobs of an item's analysis that wait, run or are paused; its captures, and what asks a site, go on.

    Whoever is sealing one holds its row, and may owe what follows: looked at again until no more of them come.
    """
    known: set[str] = set()
    while (found := _locked(session, item_id)).keys() > known:
        known = set(found)
    owed = [job for job in found.values() if job.state in (JobState.READY, JobState.RUNNING, JobState.HELD)]
    ended = update(Job).where(Job.id.in_([job.id for job in owed]))
    session.execute(ended.values(state=JobState.CANCELLED.value, ended_at=func.now(), **_CLEARED))
    for job in owed:
        session.refresh(job)
    return owed


def cancel_waiting(session: Session, capture_id: str, step: str) -> None:
    """Let a step of a capture that waits be cancelled, as it was before its job was lost."""
    waits = (Job.capture_id == capture_id, Job.step == step, Job.state == JobState.READY.value)
    session.execute(update(Job).where(*waits).values(state=JobState.CANCELLED.value, ended_at=func.now()))


def cancelled(session: Session, item_id: str) -> Sequence[Job]:
    """The jobs of an item's analysis that were cancelled, oldest first, locked until the transaction ends."""
    return [job for job in of_analysis(session, item_id) if job.state == JobState.CANCELLED]


def of_analysis(session: Session, item_id: str) -> Sequence[Job]:
    """Every job of an item's analysis, oldest first, locked until the transaction ends."""
    return list(_locked(session, item_id).values())


def analysed_items(session: Session, versions: Mapping[str, str], *, after: str, limit: int) -> Sequence[str]:
    """Items past the id `after`, in order, of which some step of `versions` has only been owed in an older version."""
    newest = func.max(cast(Job.step_version, Integer))
    each = select(Job.item_id, Job.step, newest.label("version")).where(Job.step.in_(versions), Job.item_id > after)
    owed = each.group_by(Job.item_id, Job.capture_id, Job.step).subquery()
    older = or_(*(and_(owed.c.step == step, owed.c.version < int(version)) for step, version in versions.items()))
    wanted = select(owed.c.item_id).distinct().join(Item, Item.id == owed.c.item_id).where(older)
    return session.scalars(wanted.where(Item.erased_at.is_(None)).order_by(owed.c.item_id).limit(limit)).all()


def cancelled_steps(session: Session, capture_id: str) -> set[str]:
    """The steps of a capture that stand cancelled."""
    stopped = (Job.capture_id == capture_id, Job.state == JobState.CANCELLED.value)
    return set(session.scalars(select(Job.step).where(*stopped)))


def visiting_steps(session: Session, capture_id: str) -> set[str]:
    """The steps that were owed for a capture and go to its site."""
    return set(session.scalars(select(Job.step).where(Job.capture_id == capture_id, Job.queue == "fetch")))


def is_of_analysis(job: Job) -> bool:
    """Whether a job computes from what is kept, and so may be cancelled and done later all the same."""
    return job.queue == "media" and job.step != CAPTURE_STEP


def _locked(session: Session, item_id: str) -> dict[str, Job]:
    """Every job of an item's analysis by its id, oldest first, locked in this order by everybody, as it is now."""
    own = (Job.item_id == item_id, Job.queue == "media", Job.step != CAPTURE_STEP)
    wanted = select(Job).where(*own).order_by(Job.id).with_for_update()
    return {job.id: job for job in session.scalars(wanted.execution_options(populate_existing=True))}


def revive(session: Session, job: Job, *, is_renewal: bool = False) -> None:
    """Make a job that has ended or is paused ready now, with every try it had at first."""
    counters = dict.fromkeys(("failures", "faults", "losses", "throttles", "pauses"), 0)
    begun: dict[str, Any] = {"state": "ready", "run_after": func.now(), "ended_at": None, "progress": {}}
    session.execute(update(Job).where(Job.id == job.id).values(**begun, **counters, is_renewal=is_renewal))
    session.refresh(job)


def hasten(session: Session, item_id: str) -> None:
    """Let what a renewal of the library owes of an item's analysis wait no longer for everything else."""
    behind = (Job.item_id == item_id, Job.queue == "media", Job.is_renewal)
    session.execute(update(Job).where(*behind).values(is_renewal=False))


def is_renewal(session: Session, job_id: str) -> bool:
    """Whether a job, as it is now, is owed by a renewal of the library."""
    return bool(session.scalar(select(Job.is_renewal).where(Job.id == job_id)))


def is_owed(session: Session, item_id: str, *, step: str) -> bool:
    """Whether a step of an item is owed and has not ended."""
    owed = exists().where(Job.item_id == item_id, Job.step == step, Job.state.in_(("ready", "running", "held")))
    return bool(session.scalar(select(owed)))


def newer_capture(session: Session, job: Job) -> Job | None:
    """A capture of the job's item that was owed after the job's own, or None."""
    wanted = select(Job).where(Job.item_id == job.item_id, Job.step == job.step, Job.capture_id > job.capture_id)
    return session.scalar(wanted.limit(1))


def page(
    session: Session, *, state: str | None, visible: Collection[str], before: str | None, limit: int
) -> Sequence[Job]:
    """Jobs newest first, in `state` if one is named, of items of the sensitivities `visible`, past the id `before`."""
    wanted = _of_items(select(Job), state, visible).order_by(Job.id.desc()).limit(limit)
    return session.scalars(wanted.where(Job.id < before) if before else wanted).all()


def count(session: Session, *, state: str | None, visible: Collection[str]) -> int:
    """How many jobs there are, in `state` if one is named, of items of the sensitivities `visible`."""
    return session.scalar(_of_items(select(func.count()).select_from(Job), state, visible)) or 0


def _of_items(wanted: Select[Any], state: str | None, visible: Collection[str]) -> Select[Any]:
    wanted = wanted.join(Item, Item.id == Job.item_id).where(Item.sensitivity.in_(visible))
    return wanted.where(Job.state == state) if state else wanted


def is_running_since(session: Session, at: datetime) -> bool:
    """Whether some worker holds a job, by a lease that has not run out, that it took at this time or before."""
    held = select(Job.id).where(Job.state == JobState.RUNNING.value, Job.lease_until > func.now(), Job.started_at <= at)
    return session.scalar(held.limit(1)) is not None
