"""Runs one job: its step in a folder of its own, its products into the archive, and what is ready next."""

import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from storage import queue
from storage.archive import Archive
from storage.blobs.base import BlobStore
from storage.db import holdings, jobs, sites
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.kept import Attempt, Kept, StepKey
from storage.domain.matches import MATCH
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import FileRole, Outcome
from storage.errors import ArchiveError, LeaseLost
from storage.queue import Held
from storage.strongbox import Strongbox
from workers import answers, lending, scratch
from workers.instruments import Instruments
from workers.lease import Lease
from workers.library import Library
from workers.loan import AccountLoan, Loan
from workers.outgoing.ticket import Ticket
from workers.owing import overtaken, owe_ready, standing, step_named
from workers.sandbox import Limits, Sandbox
from workers.settling import settle
from workers.step import Context, Made, Product, Step, key_of
from workers.steps.capture import ATTEMPT, CAPTURE
from workers.steps.look import LOOK, SIGHTING
from workers.trust_list import TrustList

_LOG = structlog.get_logger()
# Of captures that failed otherwise the page is kept: it says that the post is gone, asks to log in, or is all there is.
# Who must not be asked, does not answer, or asked for rest is left alone.
_NO_PAGE = frozenset({Outcome.BLOCKED_ADDRESS, Outcome.UNREACHABLE, Outcome.RATE_LIMITED})


@dataclass(frozen=True, slots=True)
class Bench:
    """All that a worker works with: values, handed down from the settings once."""

    engine: Engine
    blobs: BlobStore
    worker: str
    queues: tuple[str, ...]
    fetches_at_most: int
    site_limit: int
    site_budgets: Mapping[str, int]
    version: str
    scratch: Path
    egress_socket: Path
    egress_log: Path
    strongbox: Strongbox
    limits: Mapping[str, Limits]
    lease_s: float
    retry_base_s: float
    unsafe: bool
    trust_list: TrustList | None = None
    comments_most: int = 500
    keeps_pages: bool = True
    instruments: Instruments = field(default_factory=Instruments)

    def claim(self, rung: str) -> Held | None:
        """Take the next job of the queue that was rung for, else of another that this worker serves, or None.

        So the next step of a job that has just ended need not wait for a ring of its own. Fetches wait for sites, so
        they never take the last hand of a worker that does both.
        """
        for name in (rung, *(name for name in self.queues if name != rung)):
            with transaction(self.engine) as session:
                held = queue.claim(
                    session,
                    queue=name,
                    worker=self.worker,
                    lease_s=self.lease_s,
                    at_most=self.fetches_at_most if name == "fetch" else None,
                    site_limit=self.site_limit,
                    site_budgets=self.site_budgets,
                )
            if held is not None:
                return held
        return None

    def archive(self, session: Session) -> Archive:
        return Archive(session, SYSTEM, self.version)


def run(bench: Bench, held: Held, stopping: threading.Event | None = None) -> None:
    """Work one held job to one of its endings, or to none when `stopping` is set: then the job is still held.

    1. gather what the step needs, and name the work
    2. work that was done before with the same inputs is not done again
    3. run the step under a lease, in a folder of its own
    4. keep the bytes it made
    5. seal products, event, and the jobs that are ready now, in one transaction
    6. or write the failure down, in one transaction
    """
    job = held.job
    log = _LOG.bind(job=job.id, step=job.step, item=job.item_id, attempt=job.attempt)
    started_at = clock.now()
    folder = bench.scratch / bench.worker / scratch.work_of(job.id, held.token)
    lease = Lease(bench.engine, held, bench.lease_s, stopping)
    loan = None
    try:
        with lease:
            step = step_named(job.step)
            inputs, key = _gather(bench, held, step)
            with transaction(bench.engine) as session:
                known = holdings.step_has_run(session, job.item_id, key.key)
            loan = lending.lend(bench.engine, bench.strongbox, job) if step is CAPTURE else None
            products = () if known else _run_step(bench, held, step, inputs, folder, lease, loan)
            if step is LOOK:
                settle(lambda: _seal_look(bench, held, products))
                log.info("step done", found=products[0].payload["outcome"])
                return
            answered = answers.of_products(products)
            answers.check(bench.engine, held.job, answered, bench.retry_base_s)
            kept = [_keep(bench.blobs, product) for product in products if product.kind != ATTEMPT]
            attempt = _attempt(products, started_at) if step is CAPTURE else None
            settle(lambda: _seal(bench, held, step, key, kept, attempt, loan, answered))
        log.info("step done", products=len(kept), known=known)
    except LeaseLost as lost:
        log.warning("work thrown away", reason=str(lost))
    except Exception as error:  # noqa: BLE001 - the one place where a step's failure becomes a row and an event
        if lease.lost.is_set():
            log.warning("work stopped: the lease was lost", error=type(error).__name__)
        else:
            log.warning("step failed", error=_loggable(error))
            _give_back(bench, held, error, started_at, loan)
    finally:
        scratch.remove(folder)


def _gather(bench: Bench, held: Held, step: Step) -> tuple[list[Made], StepKey]:
    job = held.job
    if not step.needs:
        return [], key_of(step, (), {"capture": job.capture_id})
    with transaction(bench.engine) as session:
        made = standing(session, job.item_id, job.capture_id, bench.instruments).made
    inputs = [one for one in made if one.kind in step.needs]
    among = _library(bench, held).identity() if MATCH in step.makes else {}
    return inputs, key_of(step, inputs, {**bench.instruments.of_step(step.name), **among})


def _library(bench: Bench, held: Held, go_on: Callable[[], None] = lambda: None) -> Library:
    folder, after = bench.scratch / "library", held.job.request.get("after")
    return Library(bench.engine, bench.blobs, folder, held.job.item_id, after, go_on)


def _run_step(
    bench: Bench,
    held: Held,
    step: Step,
    inputs: Sequence[Made],
    folder: Path,
    lease: Lease,
    loan: Loan | AccountLoan | None,
) -> Sequence[Product]:
    folder.mkdir(mode=0o700, parents=True)
    ticket = Ticket.issue(bench.egress_socket, bench.egress_log) if held.job.queue == "fetch" else None
    context = Context(
        inputs=inputs,
        scratch=folder,
        sandbox=Sandbox(bench.limits[held.job.queue], lease.lost, unsafe=bench.unsafe),
        open_local=lambda digest: bench.blobs.local_copy(digest, folder),
        report=lease.report,
        request=held.job.request,
        ticket=ticket,
        trust_list=bench.trust_list,
        loan=loan if isinstance(loan, Loan) else None,
        account=loan if isinstance(loan, AccountLoan) else None,
        comments_most=bench.comments_most,
        keeps_pages=bench.keeps_pages,
        relatives=_library(bench, held, lease.check).relatives,
        instruments=bench.instruments,
    )
    try:
        return step.run(context)
    finally:
        if ticket is not None:
            ticket.discard()


def _keep(blobs: BlobStore, product: Product) -> Kept:
    """Hand a product's bytes to the store; after this they are durable, and nobody's until the row says so."""
    blob = blobs.adopt(product.path) if product.path is not None else None
    return Kept(
        kind=product.kind,
        role=product.role,
        media_type=product.media_type,
        payload=product.payload,
        sealed=product.sealed,
        sha256=blob.digest.hex if blob else product.digest.hex if product.digest else None,
        sha512=blob.sha512 if blob else None,
        size_bytes=blob.size_bytes if blob else 0,
    )


def _seal_look(bench: Bench, held: Held, products: Sequence[Product]) -> None:
    [found] = [product.payload for product in products if product.kind == SIGHTING]
    with transaction(bench.engine) as session:
        bench.archive(session).seal_sighting(held, found["outcome"], found["sentence"])


def _seal(
    bench: Bench,
    held: Held,
    step: Step,
    key: StepKey,
    kept: Sequence[Kept],
    attempt: Attempt | None,
    loan: Loan | AccountLoan | None,
    answered: Outcome | None,
) -> None:
    job = held.job
    with transaction(bench.engine) as session:
        archive = bench.archive(session)
        if attempt is not None:
            archive.seal_capture(held, attempt, key, kept)
            if loan is not None and loan.used:
                lent = lending.returned(bench.strongbox, loan, well=loan.failure is None)
                archive.note_site_session(held, lent, loan.failure or attempt.outcome.value)
            if isinstance(loan, AccountLoan) and loan.failure == Outcome.RATE_LIMITED:
                queue.rest(session, held, loan.wait_s)
        elif (newer := overtaken(session, job, step, key, bench.instruments)) is not None:
            archive.seal_products(held, newer, (), answered)
        else:
            archive.seal_products(held, key, kept, answered)
        # As the job is now: somebody may have asked for this item while it ran.
        is_renewal = jobs.is_renewal(session, job.id)
        owe_ready(session, job.item_id, job.capture_id, bench.instruments, is_renewal=is_renewal)


def _give_back(
    bench: Bench, held: Held, error: Exception, started_at: datetime, loan: Loan | AccountLoan | None
) -> None:
    with transaction(bench.engine) as session:
        site = sites.condition(session, held.job.site)
    verdict = queue.judge(held.job, error, retry_base_s=bench.retry_base_s, site=site)
    attempt = None
    if verdict.final and held.job.step == CAPTURE.name:
        code = error.code if isinstance(error, ArchiveError) else ""
        detail: Mapping[str, Any] = error.detail if isinstance(error, ArchiveError) else {}
        attempt = Attempt(
            outcome=Outcome(code) if code in set(Outcome) else Outcome.TOOL_FAILED,
            sentence=str(error) if isinstance(error, ArchiveError) else "the capture failed on our side",
            started_at=started_at,
            ended_at=clock.now(),
            tool=detail.get("tool"),
            tool_version=detail.get("tool_version"),
            identity=detail.get("identity", {}),
            collection=detail.get("collection", {}),
        )

    def write() -> None:
        with transaction(bench.engine) as session:
            archive = bench.archive(session)
            archive.fail_step(held, error, verdict, attempt, _version_of(held), _left_of(held, attempt))
            if attempt is not None:
                owe_ready(session, held.job.item_id, held.job.capture_id, bench.instruments)
            if loan is not None and loan.used:
                code = error.code if isinstance(error, ArchiveError) else "fault"
                archive.note_site_session(held, lending.returned(bench.strongbox, loan, well=False), code)

    try:
        settle(write)
    except LeaseLost as lost:
        _LOG.warning("failure thrown away", job=held.job.id, reason=str(lost))


def _attempt(products: Sequence[Product], started_at: datetime) -> Attempt:
    """The collection record that the capture step hands over beside what it brought."""
    [told] = [product.payload for product in products if product.kind == ATTEMPT]
    return Attempt(
        outcome=Outcome(told["outcome"]),
        sentence=told["sentence"],
        started_at=started_at,
        ended_at=clock.now(),
        tool=told["tool"],
        tool_version=told["tool_version"],
        identity=told["identity"],
        collection=told["collection"],
    )


def _left_of(held: Held, attempt: Attempt | None) -> Sequence[Kept]:
    """Where nothing was collected, the post's address: the page there may be the only evidence left."""
    if attempt is None or attempt.outcome in _NO_PAGE or "url" not in held.job.request:
        return ()
    return [Kept("post", FileRole.CONTEXT, "application/json", {"url": held.job.request["url"]})]


def _version_of(held: Held) -> str:
    """The version of the step that failed; a capture's is known only to whoever captures."""
    return held.job.step_version or (CAPTURE.version if held.job.step == CAPTURE.name else "")


def _loggable(error: Exception) -> str:
    """A failure for the log: where it happened, and its words unless they may quote what people gave us."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    words = "" if isinstance(error, SQLAlchemyError) else f": {error}"[:1000]
    return f"{type(error).__name__}{place}{words}"
