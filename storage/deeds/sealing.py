"""What the hands bring: ended attempts, products of steps, and failures, each sealed with its event."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from storage import queue
from storage.blobs.places import FIRST
from storage.db import copies, holdings, items
from storage.db.positions import CAPTURE_STEP, Job
from storage.db.tables import Capture, Holding, StepRun
from storage.deeds.base import Deed
from storage.deeds.intake import owe_capture
from storage.domain import clock, urls
from storage.domain.flaws import SHOTS
from storage.domain.kept import Attempt, Kept, StepKey
from storage.domain.matches import NAMING_OTHERS
from storage.domain.vocab import ErrorClass, EventType, FileRole, Outcome, Sensitivity
from storage.errors import InvalidUrl, InvalidValue, NotFound
from storage.integrity.canonical import canonical
from storage.queue import Held, Verdict

FOLLOW_UPS_S = (900.0, 3600.0, 14400.0)
# What an event may carry of one product: what grows with the video belongs into a file.
LARGEST_PAYLOAD_BYTES = 64 << 10
_WITH_MEDIA = frozenset({Outcome.CAPTURED, Outcome.PARTIAL})


class Sealing(Deed):
    """Keeping what was brought; every method gives up the job it was brought for."""

    __slots__ = ()

    def seal_capture(self, held: Held, attempt: Attempt, step: StepKey, kept: Sequence[Kept]) -> None:
        """Seal one ended attempt with what it brought. Raises: LeaseLost when another worker holds the job."""
        learned = addresses_of(attempt.identity)
        for address in learned:  # before any row is locked, in one order for everybody
            items.lock_address(self.session, address)
        queue.finish(self.session, held)
        self._write_capture(held, attempt, step, self._whole(kept))
        self._learn_source(held.job.item_id, attempt.identity, learned)

    def seal_products(self, held: Held, step: StepKey, kept: Sequence[Kept], answered: Outcome | None = None) -> None:
        """Seal what a step made; the job's site `answered` so, or was not asked.

        Raises: LeaseLost when another worker holds the job.
        """
        queue.finish(self.session, held, answered.value if answered else None)
        kept = self._still_told(held.job.item_id, kept)
        if holdings.step_has_run(self.session, held.job.item_id, step.key):
            return
        kept = self._whole(kept)
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
        for one in kept:
            if one.kind == SHOTS and one.payload.get("flaws"):
                told = {"original": one.payload["original"], "flaws": one.payload["flaws"]}
                self._ledger.record(
                    EventType.FLAWS_FOUND,
                    item_id=held.job.item_id,
                    detail={"capture": held.job.capture_id, "step": step.step, "version": step.version, **told},
                    objects=_digests([one]),
                )

    def _still_told(self, item_id: str, kept: Sequence[Kept]) -> list[Kept]:
        """Lock the item, and leave out matches with what was sealed or erased while they were looked for.

        All items a match names are locked with it, in one order for everybody.
        """
        named = {str(one.payload["other_item"]) for one in kept if one.kind in NAMING_OTHERS}
        rows = {one: items.item_locked(self.session, one) for one in sorted({item_id, *named})}
        own = rows[item_id]
        open_to_all = own is None or own.sensitivity != Sensitivity.SEALED
        gone = {
            one
            for one in named
            if (row := rows[one]) is None
            or row.erased_at is not None
            or (open_to_all and row.sensitivity == Sensitivity.SEALED)
        }
        return [one for one in kept if one.kind not in NAMING_OTHERS or one.payload["other_item"] not in gone]

    def fail_step(
        self,
        held: Held,
        error: BaseException,
        verdict: Verdict,
        attempt: Attempt | None,
        version: str,
        kept: Sequence[Kept] = (),
    ) -> None:
        """Write a failed try of a step's `version` into the ledger; with `attempt`, it was a capture's last.

        `kept` is what such a capture leaves to the steps after it.

        Raises: LeaseLost when another worker holds the job.
        """
        queue.fail(self.session, held, error, verdict)
        told = {"code": queue.code_of(error), "sentence": queue.sentence_of(error)}
        self._record_failure(held.job, version, verdict.error_class, told, final=verdict.final)
        if attempt is not None:
            self._write_capture(held, attempt, StepKey(held.job.step, version, "", ()), kept)
            self._follow_up(held, attempt)

    def return_lost(self, lost: Sequence[Job]) -> int:
        """Give jobs back whose holders are gone; what was lost too often is quarantined, and that is kept. How many."""
        for job in lost:
            again = queue.return_lost(self.session, job)
            told = {"code": "lost" if again else "quarantined", "sentence": queue.LOST}
            self._record_failure(job, job.step_version, ErrorClass.FAULT, told, final=not again)
            if not again and job.step == CAPTURE_STEP:
                attempt = Attempt(Outcome.TOOL_FAILED, queue.LOST, job.created_at, clock.now())
                self._write_capture(Held(job), attempt, StepKey(job.step, job.step_version, "", ()), ())
        return len(lost)

    def _record_failure(
        self, job: Job, version: str, kind: ErrorClass, told: Mapping[str, str], *, final: bool
    ) -> None:
        detail = {
            "capture": job.capture_id,
            "step": job.step,
            "version": version,
            "attempt": job.attempt,
            "class": kind.value,
            "final": final,
            **told,
        }
        self._ledger.record(EventType.STEP_FAILED, item_id=job.item_id, detail=detail, success=False)

    def _whole(self, kept: Sequence[Kept]) -> list[Kept]:
        """What is kept already is told as fully as what is new: both digests, and the size."""
        whole = []
        for one in kept:
            if one.sha256 is not None and one.sha512 is None:
                file = holdings.file(self.session, one.sha256)
                if file is None:
                    raise NotFound(f"no file is kept under {one.sha256}")
                one = replace(one, sha512=file.sha512, size_bytes=file.size_bytes)
            whole.append(one)
        return whole

    def _write_capture(self, held: Held, attempt: Attempt, step: StepKey, kept: Sequence[Kept]) -> None:
        job = held.job
        item = items.item(self.session, job.item_id)
        supplied = "upload" in job.request
        # What somebody brought was not captured from the item's source, wherever they say it comes from.
        source_id = item.source_id if item and not supplied else None
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
        if supplied and attempt.outcome not in _WITH_MEDIA:
            kept = self._whole([_supplied(job.request["upload"]), *kept])
        if kept:
            self._hold(held, step, kept)
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

    def _learn_source(self, item_id: str, identity: Mapping[str, Any], learned: Sequence[str]) -> None:
        """Note which other sources an attempt has led to: in the ledger's own line where one is not for all eyes."""
        for address, source_id, known_id in learn_source(self.session, item_id, identity, learned):
            others = items.items_of_source(self.session, known_id)
            is_told = any(other.sensitivity != Sensitivity.SEALED for other in others)
            self._ledger.record(
                EventType.SAME_SOURCE,
                item_id=item_id if is_told else None,
                detail={"item": item_id, "url": address, "source": source_id, "known_source": known_id},
            )

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
        item = items.item(self.session, job.item_id)
        is_sealed = item is not None and item.sensitivity == Sensitivity.SEALED
        for one in kept:
            if len(canonical(one.payload)) > LARGEST_PAYLOAD_BYTES:
                raise InvalidValue(f"a product of kind {one.kind} says more than an event can carry")
            if one.sha256 is not None and one.sha512 is not None:
                holdings.add_file(self.session, sha256=one.sha256, sha512=one.sha512, size_bytes=one.size_bytes)
                copies.note_put_again(self.session, FIRST, one.sha256, is_sealed=is_sealed)
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


def learn_source(
    session: Session, item_id: str, identity: Mapping[str, Any], learned: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Remember what else leads to an item's source, so that the same post under another address joins its item.

    Only a platform's own word makes two addresses one, and only within its own site: a page that merely leads
    somewhere does not own what lies there. Returns the addresses that have a source of their own: address, the item's
    source, the other one.
    """
    item = items.item(session, item_id)
    source = items.source(session, item.source_id) if item and item.source_id else None
    platform, post_id = identity.get("platform"), identity.get("post_id")
    if source is None:
        return []
    if platform and post_id and any(_host(address) == _host(source.canonical_url) for address in learned):
        items.name_source(session, source.id, platform=platform, post_id=post_id, account=identity.get("account"))
    related = []
    for address in learned:
        known = items.source_at(session, address)
        if known is None and platform and post_id and _host(address) == _host(source.canonical_url):
            items.learn_address(session, address, source.id)
        elif known is not None and known.id != source.id:
            related.append((address, source.id, known.id))
    return related


def _supplied(upload: Mapping[str, Any]) -> Kept:
    """What a person supplied, where its capture found no media in it or failed: an original that no step works on."""
    payload = {"declared_name": upload.get("name"), "as_served": False}
    media_type = "application/octet-stream"
    return Kept("supplied", FileRole.ORIGINAL, media_type, payload, sha256=str(upload["sha256"]))


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


def addresses_of(identity: Mapping[str, Any]) -> list[str]:
    """The canonical addresses an attempt went through, sorted; what is no address is left out."""
    found = set()
    for url in identity.get("addresses", ()):
        try:
            found.add(urls.canonical(urls.check(str(url))))
        except InvalidUrl:
            continue
    return sorted(found)


def _host(url: str) -> str | None:
    return urlsplit(url).hostname
