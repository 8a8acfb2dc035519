"""Legal holds: one person places them, two people let go, and meanwhile nothing of the item is erased."""

from storage.db import holds
from storage.db.hold_tables import Hold, HoldRelease
from storage.db.holds import Held
from storage.deeds.base import Deed
from storage.deeds.second import require_another
from storage.domain import clock, permissions
from storage.domain.holds import HoldEnd, HoldOrder
from storage.domain.ids import HoldId, new_id
from storage.domain.vocab import EventType, Sensitivity
from storage.errors import Conflict, NotFound

# Each is looked at by somebody: nobody buries an item's true hold under thousands.
MOST_STANDING = 20


class Holds(Deed):
    """Putting items under legal hold, and letting go of them."""

    __slots__ = ()

    def place_hold(self, item_id: str, order: HoldOrder) -> Held:
        """Let nothing of an item go until two people say otherwise. It waits for no lease: a court does not either.

        Raises: NotFound, NotAllowed, Conflict for more holds than one item can sensibly be under.
        """
        item = self._item(item_id)
        sensitivity = Sensitivity(item.sensitivity)
        self._require(permitted=permissions.may_place_hold(self.actor, sensitivity), deed="place legal holds")
        if holds.count_standing_of_item(self.session, item.id) >= MOST_STANDING:
            raise Conflict(f"this item is under {MOST_STANDING} holds already; let go of one first", code="too_many")
        hold = Hold(
            id=new_id(HoldId),
            item_id=item.id,
            authority=order.authority,
            reason=order.reason,
            placed_by=self.actor.id,
            placed_at=clock.now(),
        )
        self.session.add(hold)
        self.session.flush()
        self._ledger.record(
            EventType.HOLD_PLACED,
            item_id=item.id,
            detail={
                "hold": hold.id,
                "authority": hold.authority,
                "reason": hold.reason,
                "placed_by": hold.placed_by,
                "placed_at": clock.rfc3339(hold.placed_at),
            },
        )
        return Held(hold, ())

    def release_hold(self, item_id: str, hold_id: str, end: HoldEnd) -> Held:
        """Let go of a hold: the first person asks, and the second, who must be another, ends it.

        Raises: NotFound, NotAllowed for whoever is no person, Conflict where it has ended, the first asks again
        (`same_person`), or the second is too close to them (`not_independent`).
        """
        item = self._item(item_id)
        sensitivity = Sensitivity(item.sensitivity)
        self._require(permitted=permissions.may_release_hold(self.actor, sensitivity), deed="release legal holds")
        held = holds.one(self.session, hold_id)
        if held is None or held.hold.item_id != item.id:
            raise NotFound("there is no such hold on this item")
        if not held.stands:
            raise Conflict("two people have let go of this hold already")
        for first in held.releases:
            require_another(self, first.person_id, first.made_at, asked_for="release")
        ordinal = len(held.releases) + 1
        release = HoldRelease(
            hold_id=held.hold.id,
            ordinal=ordinal,
            after=ordinal - 1 or None,
            person_id=self.actor.id,
            reason=end.reason,
            made_at=clock.now(),
        )
        self.session.add(release)
        self.session.flush()
        self._ledger.record(
            EventType.HOLD_RELEASED if ordinal == 2 else EventType.HOLD_RELEASE_ASKED,
            item_id=item.id,
            detail={
                "hold": held.hold.id,
                "ordinal": ordinal,
                "person": release.person_id,
                "reason": release.reason,
                "made_at": clock.rfc3339(release.made_at),
            },
        )
        return Held(held.hold, (*held.releases, release))
