"""Keeping the installation going: work that was given up is tried again, and findings are kept for who asks."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from storage.db import installation, items, jobs, needs, sites
from storage.db.positions import CAPTURE_STEP, Job
from storage.db.tables import Item
from storage.deeds.base import Deed
from storage.deeds.intake import owe_capture
from storage.domain import permissions
from storage.domain.vocab import EventType, JobState, Outcome, Sensitivity
from storage.errors import Conflict, NotFound
from storage.integrity.note import Signer
from storage.integrity.succession import Succession
from storage.log.succeeding import succeed

_RESUMED_AT_ONCE = 1000


class Upkeep(Deed):
    """Trying again, and looking after the machine."""

    __slots__ = ()

    def try_again(self, job_id: str) -> Job:
        """Owe once more the work of a job that was given up or is paused; the job that will do it.

        A capture that has ended has its outcome for good: it is tried again as a new capture beside it.
        Raises: NotAllowed, NotFound, Conflict for a job that is not given up or paused, or is owed again already.
        """
        self._require(permitted=permissions.may_mend(self.actor), deed="try jobs again")
        job = jobs.locked(self.session, job_id)
        item = items.item(self.session, job.item_id) if job else None
        if job is None or item is None or not permissions.may_watch_item(self.actor, Sensitivity(item.sensitivity)):
            raise NotFound("there is no such job")
        if job.state not in (JobState.DEAD, JobState.HELD):
            raise Conflict(f"this job is {job.state}; only one that was given up or is paused can be tried again")
        detail: dict[str, Any] = {"job": job.id, "step": job.step, "capture": job.capture_id, "reason": "asked for"}
        owed = job
        if job.step == CAPTURE_STEP and job.state == JobState.DEAD:
            owed = self._new_capture(item, job)
            detail |= {"capture": owed.capture_id, "after": job.capture_id}
        else:
            jobs.revive(self.session, job)
        self._ledger.record(EventType.RETRY, item_id=item.id, detail=detail)
        return owed

    def resume(self, site: str, causes: Collection[Outcome]) -> Sequence[str]:
        """Owe a capture of everything at a site that waits for a person because of these; the captures' ids.

        A person says that the site will answer now: its rest ends, and one of them is its probe. Raises: NotAllowed.
        """
        self._require(permitted=permissions.may_resume(self.actor), deed="try again what waits for a person")
        visible = [one.value for one in permissions.visible_items(self.actor)]
        owed = []
        for cause in causes:
            rows = needs.of_group(
                self.session, site, cause.value, visible, capture_step=CAPTURE_STEP, limit=_RESUMED_AT_ONCE
            )
            for row in rows:
                # Locked and looked at again: two people who press at once owe it once.
                item = items.item_locked(self.session, row.item_id)
                if item is None or jobs.is_owed(self.session, row.item_id, step=CAPTURE_STEP):
                    continue
                capture_id = owe_capture(self, item, {"url": row.url}, site=site)
                self._ledger.record(
                    EventType.RETRY,
                    item_id=item.id,
                    detail={"capture": capture_id, "url": row.url, "reason": "a person has seen to it", "was": cause},
                )
                owed.append(capture_id)
        if owed:
            sites.let_go(self.session, site)
        return owed

    def _new_capture(self, item: Item, job: Job) -> Job:
        if jobs.newer_capture(self.session, job) is not None:
            raise Conflict("this item has been captured again since, or will be; look at the newer job")
        request = {name: value for name, value in job.request.items() if name != "follow_up"}
        capture_id = owe_capture(self, item, request, site=job.site, queue_name=job.queue)
        return jobs.of_capture(self.session, capture_id)[0]

    def note_rebuilt(self, detail: Mapping[str, Any], assigned: Mapping[str, str]) -> None:
        """Note that the database was written again from the vault, and free the items of people who did not come back.

        Raises: NotAllowed.
        """
        self._require(permitted=permissions.may_keep_examinations(self.actor), deed="note a rebuilt database")
        self._ledger.record(EventType.REBUILT, item_id=None, detail=detail)
        for item_id, person in assigned.items():
            item = self._item_of_machine(item_id)
            item.version += 1
            self._ledger.record(
                EventType.ASSIGNMENT, item_id=item.id, detail={"from": person, "to": None, "by": self.actor.id}
            )

    def note_restored(self, detail: Mapping[str, Any]) -> None:
        """Note that a backup was put back, the newest checkpoint that was known, and how many events are lost since.

        Raises: NotAllowed.
        """
        self._require(permitted=permissions.may_keep_examinations(self.actor), deed="note a restored backup")
        self._ledger.record(EventType.RESTORED, item_id=None, detail=detail)

    def change_ledger_key(self, old: Signer, new: Signer) -> Succession:
        """Let another key sign the ledger from its newest checkpoint on. Raises: NotAllowed, Conflict, Altered."""
        self._require(permitted=permissions.may_change_ledger_key(self.actor), deed="change the ledger's key")
        succession = succeed(self.session, old, new)
        detail = {"old": str(old.public), "new": str(new.public), "size": succession.last.size}
        self._ledger.record(EventType.LEDGER_KEY_CHANGED, item_id=None, detail=detail)
        return succession

    def note_item_key_changed(self) -> None:
        """Another key is to wrap those of sealed items; how many there are is not told. Raises: NotAllowed."""
        self._require(permitted=permissions.may_change_ledger_key(self.actor), deed="change the key of sealed items")
        self._ledger.record(EventType.ITEM_KEY_CHANGED, item_id=None, detail={})

    def _item_of_machine(self, item_id: str) -> Item:
        item = items.item_locked(self.session, item_id)
        if item is None:
            raise NotFound("there is no such item")
        return item

    def keep_examination(self, name: str, body: Mapping[str, Any]) -> None:
        """Keep what was found out about the installation in place of what was found before. Raises: NotAllowed."""
        self._require(permitted=permissions.may_keep_examinations(self.actor), deed="examine the installation")
        installation.keep(self.session, name, body)
