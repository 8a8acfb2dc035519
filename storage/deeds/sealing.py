"""What the hands bring: ended attempts, products of steps, and failures, each sealed with its event."""

from collections.abc import Mapping, Sequence
from typing import Any

from storage import queue
from storage.db import holdings, items
from storage.db.tables import Capture, Holding, Job, StepRun
from storage.deeds.base import Deed
from storage.deeds.intake import CAPTURE_STEP, owe_capture
from storage.domain import clock, urls
from storage.domain.kept import Attempt, Kept, StepKey
from storage.domain.vocab import ErrorClass, EventType, Outcome
from storage.errors import InvalidUrl
from storage.queue import Held, Verdict

FOLLOW_UPS_S = (900.0, 3600.0, 14400.0)
LARGEST_PAYLOAD_BYTES = 256 << 10
_WITH_MEDIA = frozenset({Outcome.CAPTURED, Outcome.PARTIAL})


class Sealing(Deed):
    """Keeping what was brought; every method gives up the job it was brought for."""

    __slots__ = ()

    def seal_capture(self, held: Held, attempt: Attempt, step: StepKey, kept: Sequence[Kept]) -> None:
        """Seal one ended attempt with what it brought. Raises: LeaseLost when another worker holds the job."""
        queue.finish(self.session, held)
        self._write_capture(held, attempt, step, kept)

    def seal_products(self, held: Held, step: StepKey, kept: Sequence[Kept]) -> None:
        """Seal what a step made. Raises: LeaseLost when another worker holds the job."""
        queue.finish(self.session, held)
        if holdings.step_has_run(self.session, held.job.item_id, step.key):
            return
        self._hold(held, step, kept)
        self._ledger.record(
            EventType.CREATION,
            item_id=held.job.item_id,
            detail={
                "capture": held.job.capture_id,
                "step": step.step,
                "version": step.version,
                "key": step.key,
                "inputs": list(step.inputs),
                "products": [_statement_of(one) for one in kept],
            },
            objects=_digests(kept),
        )

    def fail_step(self, held: Held, error: BaseException, verdict: Verdict, attempt: Attempt | None) -> None:
        """Write a failed try into the ledger; with `attempt`, the try was a capture's last and is kept as one.

        Raises: LeaseLost when another worker holds the job.
        """
        queue.fail(self.session, held, error, verdict)
        job = held.job
        self._ledger.record(
            EventType.STEP_FAILED,
            item_id=job.item_id,
            detail={
                "capture": job.capture_id,
                "step": job.step,
                "version": job.step_version,
                "attempt": job.attempt,
                "class": verdict.error_class.value,
                "final": verdict.final,
                "sentence": str(error)[:2000] or type(error).__name__,
            },
            success=False,
        )
        if attempt is not None:
            self._write_capture(held, attempt, StepKey(job.step, job.step_version, "", ()), ())
            self._follow_up(held, attempt)

    def return_lost(self, lost: Sequence[Job]) -> int:
        """Give jobs back whose holders are gone; what was lost too often is quarantined, and that is kept. How many."""
        for job in lost:
            again = queue.return_lost(self.session, job)
            self._ledger.record(
                EventType.STEP_FAILED,
                item_id=job.item_id,
                detail={
                    "capture": job.capture_id,
                    "step": job.step,
                    "version": job.step_version,
                    "attempt": job.attempt,
                    "class": ErrorClass.FAULT.value,
                    "final": not again,
                    "sentence": queue.LOST,
                },
                success=False,
            )
            if not again and job.step == CAPTURE_STEP:
                attempt = Attempt(Outcome.TOOL_FAILED, queue.LOST, job.created_at, clock.now())
                self._write_capture(Held(job), attempt, StepKey(job.step, job.step_version, "", ()), ())
        return len(lost)

    def _write_capture(self, held: Held, attempt: Attempt, step: StepKey, kept: Sequence[Kept]) -> None:
        job = held.job
        item = items.item(self.session, job.item_id)
        source_id = item.source_id if item else None
        self.session.add(
            Capture(
                id=job.capture_id,
                item_id=job.item_id,
                source_id=source_id,
                outcome=attempt.outcome.value,
                sentence=attempt.sentence,
                tool=attempt.tool,
                tool_version=attempt.tool_version,
                started_at=attempt.started_at,
                ended_at=attempt.ended_at,
                identity=dict(attempt.identity),
                collection=dict(attempt.collection),
            )
        )
        self.session.flush()
        if kept:
            self._hold(held, step, kept)
        supplied = "upload" in job.request
        self._ledger.record(
            EventType.INGESTION if supplied else EventType.CAPTURE,
            item_id=job.item_id,
            detail={
                "capture": job.capture_id,
                "source": source_id,
                "outcome": attempt.outcome.value,
                "sentence": attempt.sentence,
                "tool": attempt.tool,
                "tool_version": attempt.tool_version,
                "started_at": clock.rfc3339(attempt.started_at),
                "ended_at": clock.rfc3339(attempt.ended_at),
                "identity": dict(attempt.identity),
                "collection": dict(attempt.collection),
                "step": {"version": step.version, "key": step.key, "inputs": list(step.inputs)},
                "products": [_statement_of(one) for one in kept],
            },
            objects=_digests(kept),
            success=attempt.outcome in _WITH_MEDIA,
        )
        if source_id is not None and attempt.identity:
            self._learn_source(job.item_id, source_id, attempt.identity)

    def _learn_source(self, item_id: str, source_id: str, identity: Mapping[str, Any]) -> None:
        """Remember what else leads to this source, so that the same post under another address joins its item."""
        platform, post_id = identity.get("platform"), identity.get("post_id")
        if platform and post_id:
            account = identity.get("account")
            items.name_source(self.session, source_id, platform=platform, post_id=post_id, account=account)
        for url in identity.get("addresses", ()):
            try:
                canonical = urls.canonical(urls.check(url))
            except InvalidUrl:
                continue
            owner = items.learn_address(self.session, canonical, source_id)
            if owner != source_id:
                detail = {"url": canonical, "source": source_id, "known_source": owner}
                self._ledger.record(EventType.SAME_SOURCE, item_id=item_id, detail=detail)

    def _hold(self, held: Held, step: StepKey, kept: Sequence[Kept]) -> None:
        job = held.job
        if step.key:
            self.session.add(
                StepRun(
                    item_id=job.item_id,
                    key=step.key,
                    capture_id=job.capture_id,
                    step=step.step,
                    version=step.version,
                    inputs=list(step.inputs),
                )
            )
        for one in kept:
            if one.sha256 is not None and one.sha512 is not None:
                holdings.add_file(self.session, sha256=one.sha256, sha512=one.sha512, size_bytes=one.size_bytes)
            self.session.add(
                Holding(
                    item_id=job.item_id,
                    capture_id=job.capture_id,
                    step=step.step,
                    step_key=step.key,
                    role=one.role.value,
                    kind=one.kind,
                    media_type=one.media_type,
                    sha256=one.sha256,
                    payload=dict(one.payload),
                    sealed=one.sealed,
                )
            )
        self.session.flush()

    def _follow_up(self, held: Held, attempt: Attempt) -> None:
        """A source that did not answer is asked again later, as a new capture, before it is left alone."""
        job = held.job
        done = int(job.request.get("follow_up", 0))
        item = items.item(self.session, job.item_id)
        if attempt.outcome is not Outcome.UNREACHABLE or done >= len(FOLLOW_UPS_S) or item is None:
            return
        pause_s = FOLLOW_UPS_S[done]
        request = {**job.request, "follow_up": done + 1}
        capture_id = owe_capture(self, item, request, site=job.site, pause_s=pause_s)
        self._ledger.record(
            EventType.RETRY,
            item_id=item.id,
            detail={"capture": capture_id, "after": job.capture_id, "pause_s": pause_s, "reason": "no answer"},
        )


def _statement_of(one: Kept) -> dict[str, Any]:
    """A holding as its event tells it: enough to write the row again."""
    return {
        "kind": one.kind,
        "role": one.role.value,
        "media_type": one.media_type,
        "sha256": one.sha256,
        "sha512": one.sha512,
        "size_bytes": one.size_bytes,
        "payload": dict(one.payload),
        "sealed": one.sealed,
    }


def _digests(kept: Sequence[Kept]) -> list[str]:
    return [f"sha256:{one.sha256}" for one in kept if one.sha256 is not None]
