"""What people decide of copies that were found: a match is computed, and only a person confirms or rejects it."""

from storage.db import matches
from storage.db.match_tables import MatchDecided
from storage.db.tables import Item
from storage.deeds.base import Deed
from storage.domain import clock, permissions
from storage.domain.ids import MatchDecisionId, new_id
from storage.domain.matches import MatchDecision, pair
from storage.domain.vocab import EventType, Sensitivity
from storage.errors import NotFound


class Matching(Deed):
    """Deciding of matches."""

    __slots__ = ()

    def decide_match(self, item_id: str, decision: MatchDecision) -> MatchDecided:
        """Confirm a match, reject it, or take an earlier decision back; the newest word on two originals counts.

        Raises: NotFound for an item or match that is not there or may not be known of, NotAllowed, Erased.
        """
        here, there = self._both(item_id, decision.other_item)
        for item in (here, there):
            allowed = permissions.may_assert(self.actor, Sensitivity(item.sensitivity))
            self._require(permitted=allowed, deed="decide of this match")
        low, high = pair(decision.original, decision.other_original)
        if matches.between(self.session, here.id, there.id, (low, high)) is None:
            raise NotFound("no match of these two originals was found")
        # What names a sealed item is told in that item's own chain.
        if there.sensitivity == Sensitivity.SEALED and here.sensitivity != Sensitivity.SEALED:
            here, there = there, here
        row = MatchDecided(
            id=new_id(MatchDecisionId),
            item_id=here.id,
            other_item_id=there.id,
            low_sha256=low,
            high_sha256=high,
            decision=decision.decision.value,
            reason=decision.reason,
            author_id=self.actor.id,
            made_at=clock.now(),
        )
        self.session.add(row)
        self.session.flush()
        self._ledger.record(
            EventType.MATCH_DECIDED,
            item_id=row.item_id,
            detail={
                "decided": row.id,
                "other_item": row.other_item_id,
                "pair": [low, high],
                "decision": row.decision,
                "reason": row.reason,
                "author": row.author_id,
                "made_at": clock.rfc3339(row.made_at),
            },
        )
        return row

    def _both(self, item_id: str, other_id: str) -> tuple[Item, Item]:
        """Two items, locked in one order for everybody."""
        locked = {one: self._item(one) for one in sorted({item_id, other_id})}
        return locked[item_id], locked[other_id]
