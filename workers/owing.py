"""What stands of a capture, and what is owed next: steps follow from what they need and make."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.orm import Session

from storage import queue
from storage.db import holdings, jobs, matches
from storage.db.positions import Job
from storage.db.tables import Holding
from storage.deeds.intake import site_of
from storage.domain import urls
from storage.domain.kept import StepKey
from storage.domain.matches import MATCH
from storage.errors import InvalidUrl
from storage.integrity.digest import Digest
from workers.instruments import Instruments
from workers.step import Made, Step, key_of, order, ready
from workers.steps import STEPS
from workers.steps.capture import CAPTURE
from workers.steps.look import LOOK

# Derived from what each needs and makes, and checked, when a worker starts.
_IN_ORDER = order((CAPTURE, LOOK, *STEPS))


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of a capture, to be worked with; and of which kinds something newer is still to come, `behind`.

    `over` are the steps that have been to the site for it and do not go there again, whatever is new.
    """

    made: Sequence[Made]
    behind: frozenset[str]
    over: frozenset[str]


def standing(session: Session, item_id: str, capture_id: str, instruments: Instruments) -> Standing:
    """What a capture has brought, and of each step after it what its newest run has made.

    That may be a run for an earlier capture of the same bytes: a step whose work is known by its key contributes the
    products it had then. What earlier runs made of it stays in the item, and nothing is made of that any more.
    A kind is behind while its step, as it is now, has not run with what stands before it, or that is behind itself;
    but nothing waits for a site to be asked again.
    """
    made = [_made(one) for one in holdings.brought(session, item_id, capture_id)]
    steps, behind, over = [one for one in _IN_ORDER if one.needs], set[str](), set[str]()
    by_key = {one.key: one for one in holdings.runs(session, item_id)}
    newest = {one.step: one for one in by_key.values() if one.capture_id == capture_id}
    visited = jobs.visiting_steps(session, capture_id)
    kept = holdings.of_steps(session, item_id, [newest[step.name].key for step in steps if step.name in newest])
    for step in steps:
        needed = [one for one in made if one.kind in step.needs]
        runs = [newest[step.name]] if step.name in newest else []
        if step.needs <= {one.kind for one in needed}:
            same = by_key.get(key_of(step, needed, instruments.of_step(step.name)).key)
            runs += [same] if same is not None else []
            has_asked = step.name in visited or (same is None and step.name in newest)
            if step.queue == "fetch" and has_asked:
                over.add(step.name)
            elif instruments.allow(step.name) and (same is None or step.needs & behind):
                behind |= step.makes
        if runs:
            last = max(runs, key=lambda one: one.made_at)
            # What a run for another capture made, which is rare, is asked for alone.
            made += [_made(one) for one in kept.get(last.key) or holdings.of_step(session, item_id, last.key)]
    return Standing(made, frozenset(behind), frozenset(over))


def owe_ready(
    session: Session,
    item_id: str,
    capture_id: str,
    instruments: Instruments,
    *,
    at_once: Collection[str] = (),
    is_renewal: bool = False,
) -> None:
    """Owe every step whose needs a capture and the steps after it have made; what is owed or done already stays so.

    With other inputs or other instruments a step is other work, and owed anew; where something newer of what it needs
    is still to come, it waits for that, but for those `at_once`. What somebody has cancelled is not owed until they
    begin it again, and a site is asked for a thing once for a capture: who analyses anew does not visit it.
    """
    stands = standing(session, item_id, capture_id, instruments)
    asked, halted = _site_of(stands.made), jobs.cancelled_steps(session, capture_id)
    for step in ready(_IN_ORDER, {one.kind for one in stands.made}):
        waits = step.needs & stands.behind and step.name not in at_once
        if not instruments.allow(step.name) or waits or step.name in halted | stands.over:
            continue
        inputs = [one for one in stands.made if one.kind in step.needs]
        queue.owe(
            session,
            key=_job_key(step, capture_id, key_of(step, inputs, instruments.of_step(step.name)).key),
            queue=step.queue,
            step=step.name,
            step_version=step.version,
            item_id=item_id,
            capture_id=capture_id,
            site=asked if step.queue == "fetch" else None,
            is_renewal=is_renewal,
        )
    if MATCH not in halted:
        _owe_next_turn(session, item_id, capture_id, is_renewal=is_renewal)


def overtaken(session: Session, job: Job, step: Step, key: StepKey, instruments: Instruments) -> StepKey | None:
    """The work in the place of which `key` of a job would stand as the newest, though it is not: else None.

    While the job was worked on, the same step has run for its capture by a later version, or with what stands now.
    """
    of_step = (job.capture_id, step.name)
    runs = [one for one in holdings.runs(session, job.item_id) if (one.capture_id, one.step) == of_step]
    newest = max(runs, key=lambda one: one.made_at, default=None)
    if newest is None or newest.key == key.key or job.started_at is None or newest.made_at < job.started_at:
        return None
    made = standing(session, job.item_id, job.capture_id, instruments).made
    now = key_of(step, [one for one in made if one.kind in step.needs], instruments.of_step(step.name))
    if newest.key == now.key or int(newest.version) > int(step.version):
        return StepKey(newest.step, newest.version, newest.key, tuple(newest.inputs))
    return None


def _job_key(step: Step, capture_id: str, work: str) -> str:
    """The same for the same `work` of a step for a capture, so that it is owed once."""
    return f"{step.name}:{step.version}:{capture_id}:{work[:16]}"


def _owe_next_turn(session: Session, item_id: str, capture_id: str, *, is_renewal: bool) -> None:
    """Owe another turn of the search for copies where the last one has left some; others' work comes in between."""
    step, after = step_named(MATCH), matches.unfinished(session, item_id, capture_id)
    if after is None or after.version != step.version:
        return
    queue.owe(
        session,
        key=_job_key(step, capture_id, after.key),
        queue=step.queue,
        step=step.name,
        step_version=step.version,
        item_id=item_id,
        capture_id=capture_id,
        request={"after": after.key},
        is_renewal=is_renewal,
    )


def _site_of(made: Sequence[Made]) -> str | None:
    """The site on which the captured post stands, as its captures are counted; what is no address has none."""
    for post in (one for one in made if one.kind == "post"):
        with suppress(InvalidUrl):
            return site_of(urls.canonical(str(post.payload["url"])))
    return None


def _made(one: Holding) -> Made:
    digest = Digest.parse(one.sha256) if one.sha256 else None
    return Made(one.kind, digest, one.media_type, one.payload)


def step_named(name: str) -> Step:
    """Raises: LookupError where this worker knows none."""
    for step in _IN_ORDER:
        if step.name == name:
            return step
    raise LookupError(f"this worker knows no step called {name!r}")
