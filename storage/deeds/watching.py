"""The watch over sources: owing looks when they are due, and keeping what each has found."""

from storage import queue
from storage.db import liveness
from storage.db.liveness_tables import Sighting
from storage.deeds.base import Deed
from storage.deeds.intake import site_of
from storage.domain import clock, permissions
from storage.domain.ids import SightingId, new_id
from storage.domain.liveness import Liveness, liveness_of
from storage.domain.vocab import EventType
from storage.queue import Held

LOOK_STEP = "look"
_OWED_AT_ONCE = 50


class Watching(Deed):
    """Looking at sources again."""

    __slots__ = ()

    def owe_looks(self) -> int:
        """Owe a look at every source that is due; how many. A look is a job like any other: it waits for its site.

        Raises: NotAllowed.
        """
        self._require(permitted=permissions.may_keep_examinations(self.actor), deed="look at sources again")
        now = clock.now()
        liveness.begin(self.session, now)
        due = liveness.due(self.session, now, _OWED_AT_ONCE)
        for one in due:
            sighting = new_id(SightingId)
            queue.owe(
                self.session,
                key=f"{LOOK_STEP}:{one.item_id}:{one.looks}",
                queue="fetch",
                step=LOOK_STEP,
                step_version="1",
                item_id=one.item_id,
                capture_id=sighting,
                request={"url": one.url},
                site=site_of(one.url),
            )
            liveness.looked_for(self.session, one.item_id, now)
        return len(due)

    def seal_sighting(self, held: Held, outcome: str, sentence: str) -> None:
        """Keep what a look has found: the outcome a capture would have had.

        Raises: LeaseLost when another worker holds the job.

        What is as it was goes on the ledger's own line: looking changes nothing about the item, and must not make
        stale what somebody is editing. What has changed is the item's.
        """
        queue.finish(self.session, held, outcome)
        found = liveness_of(outcome)
        before = liveness.newest(self.session, held.job.item_id)
        seen = Sighting(
            id=held.job.capture_id,
            item_id=held.job.item_id,
            liveness=found.value,
            sentence=sentence,
            seen_at=clock.now(),
        )
        self.session.add(seen)
        self.session.flush()
        is_news = found.value != (before.liveness if before else Liveness.LIVE.value)
        self._ledger.record(
            EventType.SIGHTING,
            item_id=held.job.item_id if is_news else None,
            detail={
                "sighting": seen.id,
                "item": seen.item_id,
                "liveness": seen.liveness,
                "sentence": seen.sentence,
                "seen_at": clock.rfc3339(seen.seen_at),
            },
        )
