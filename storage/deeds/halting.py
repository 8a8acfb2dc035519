"""Ending the analysis of an item before its time, and beginning it again or anew: the machine obeys people at once."""

from collections.abc import Sequence

from storage.db import items, jobs
from storage.db.positions import Job
from storage.db.tables import Item
from storage.deeds.base import Deed
from storage.domain import permissions
from storage.domain.cancelling import CancelOrder
from storage.domain.steps import FIRST
from storage.domain.vocab import EventType, JobState, Sensitivity
from storage.errors import Conflict, NotFound


class Halting(Deed):
    """Cancelling what is owed of an analysis, and owing it anew.

    A capture is never cancelled: what it collects may be gone tomorrow.
    """

    __slots__ = ()

    def cancel_analysis(self, item_id: str, order: CancelOrder) -> Sequence[Job]:
        """End every step of an item's analysis that waits, runs or is paused; the jobs that were ended.

        Who works on one hears of it at the next beat of its lease; what it has made by then is not kept. Steps that
        would have followed are not owed.
        Raises: NotFound, NotAllowed, Erased, Conflict where nothing is owed (`nothing_owed`).
        """
        self._may_halt(item_id)
        # Jobs are locked before their item, as by whoever seals.
        ended = jobs.cancel_owed(self.session, item_id)
        item = self._item(item_id)
        if not ended:
            raise Conflict("nothing of this item's analysis is owed; there is nothing to cancel", code="nothing_owed")
        self._ledger.record(
            EventType.CANCELLED,
            item_id=item.id,
            detail={
                "steps": [
                    {"job": job.id, "capture": job.capture_id, "step": job.step, "version": job.step_version}
                    for job in ended
                ],
                "reason": order.reason,
                "by": self.actor.id,
            },
        )
        return ended

    def begin_analysis_again(self, item_id: str) -> Sequence[Job]:
        """Owe every step again that was cancelled; the jobs that will do it.

        Raises: NotFound, NotAllowed, Erased, Conflict where none was cancelled (`nothing_cancelled`).
        """
        self._may_halt(item_id)
        cancelled = jobs.cancelled(self.session, item_id)
        item = self._item(item_id)
        if not cancelled:
            raise Conflict("no step of this item was cancelled", code="nothing_cancelled")
        for job in cancelled:
            jobs.revive(self.session, job)
            detail = {"job": job.id, "step": job.step, "capture": job.capture_id, "reason": "asked for"}
            self._ledger.record(EventType.RETRY, item_id=item.id, detail=detail)
        return cancelled

    def analyse_anew(self, item_id: str, *, is_renewal: bool = False) -> Sequence[Job]:
        """Owe the analysis of all that an item holds anew; the jobs that it begins with, one for each capture.

        Nothing is collected again. What was made by the versions, models and programs that are here now is known by
        its key and ends at once; what follows from it is owed as after a capture, in the worker that does the first.
        As part of a renewal of the library all of it waits for everything else, until somebody asks for this item.
        Raises: NotFound, NotAllowed, Erased, Conflict where nothing is there to be analysed (`nothing_collected`).
        """
        sensitivity = self._sensitivity(item_id)
        permitted = permissions.may_analyse_anew(self.actor, sensitivity)
        self._require(permitted=permitted, deed="analyse this item anew")
        newest = {job.capture_id: job for job in jobs.of_analysis(self.session, item_id) if job.step == FIRST}
        item = self._item(item_id)
        if not newest:
            raise Conflict("nothing was collected for this item that could be analysed", code="nothing_collected")
        for job in newest.values():
            if job.state not in (JobState.READY, JobState.RUNNING, JobState.HELD):
                jobs.revive(self.session, job, is_renewal=is_renewal)
                detail = {"job": job.id, "step": job.step, "capture": job.capture_id, "reason": "analysed anew"}
                self._ledger.record(EventType.RETRY, item_id=item.id, detail=detail)
        if not is_renewal:
            jobs.hasten(self.session, item.id)
        return list(newest.values())

    def _may_halt(self, item_id: str) -> None:
        permitted = permissions.may_cancel_analysis(self.actor, self._sensitivity(item_id))
        self._require(permitted=permitted, deed="cancel the analysis of this item, or begin it again")

    def _sensitivity(self, item_id: str) -> Sensitivity:
        item: Item | None = items.item(self.session, item_id)
        if item is None or not permissions.may_see_item(self.actor, Sensitivity(item.sensitivity)):
            raise NotFound("there is no such item")
        return Sensitivity(item.sensitivity)
