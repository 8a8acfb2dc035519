"""Who has taken an item on and where it stands in review: each move with its event."""

from storage.db import desk, people
from storage.db.tables import Item
from storage.deeds.base import Deed
from storage.deeds.editing import check_lease, used_lease
from storage.domain import permissions, workflow
from storage.domain.vocab import EventType, Role, Sensitivity, Workflow
from storage.errors import Conflict, InvalidValue


class Desk(Deed):
    """Assigning items and moving them along."""

    __slots__ = ()

    def assign(self, item_id: str, person: str | None, *, expected: str | None = None) -> Item:
        """Let `person` have taken an item on; None gives it back.

        Raises: NotFound, NotAllowed, Stale, InvalidValue for somebody who could not work on it.
        """
        if person is not None:
            # Before the item, as whoever ends a person does: who takes it on is still here when this is done.
            people.lock_roles(self.session)
        item = self._item(item_id)
        sensitivity = Sensitivity(item.sensitivity)
        permitted = permissions.may_work_on(self.actor, sensitivity)
        permitted = permitted and permissions.may_assign(self.actor, item.assignee_id, person)
        self._require(permitted=permitted, deed="decide who works on this item")
        self._require_seen(item, expected)
        if person is not None:
            self._require_fit(person, sensitivity)
        before = item.assignee_id
        if before == person:
            return item
        item.assignee_id = person
        item.version += 1
        self._ledger.record(
            EventType.ASSIGNMENT, item_id=item.id, detail={"from": before, "to": person, "by": self.actor.id}
        )
        return item

    def move(self, item_id: str, wanted: Workflow, *, reason: str, expected: str) -> Item:
        """Put an item into another state of review.

        `expected` is the state the mover saw: the digest of the item's newest event, or the item's version.
        Raises: NotFound, NotAllowed, Leased, Stale, Conflict for a move that the table does not know, InvalidValue for
        a side state without a reason.
        """
        item = self._item(item_id)
        permitted = permissions.may_work_on(self.actor, Sensitivity(item.sensitivity))
        self._require(permitted=permitted, deed="move this item along")
        check_lease(self.session, item.id, self.actor.id)
        self._require_seen(item, expected)
        current = Workflow(item.workflow)
        came_from = desk.came_from(self.session, item.id) if current in workflow.SIDE_STATES else None
        if not workflow.is_allowed(current, came_from, wanted):
            ways = ", ".join(sorted(workflow.moves(current, came_from))) or "nowhere"
            raise Conflict(f"an item in {current} cannot be put into {wanted}; it goes to {ways}", code="no_such_move")
        if workflow.needs_reason(wanted) and not reason:
            raise InvalidValue(f"say why in `reason` when an item is put into {wanted}")
        back = workflow.back_from(current, came_from, wanted)
        item.workflow = wanted.value
        item.version += 1
        self._ledger.record(
            EventType.WORKFLOW,
            item_id=item.id,
            detail={
                "from": current.value,
                "to": wanted.value,
                "back": back.value if back else None,
                "reason": reason or None,
                "by": self.actor.id,
            },
        )
        used_lease(self.session, item.id, self.actor.id)
        return item

    def _require_fit(self, person: str, sensitivity: Sensitivity) -> None:
        user = people.user_locked(self.session, person)
        roles = [Role(role) for role in people.roles(self.session, person)] if user and user.active else []
        if not permissions.may_be_assigned(roles, sensitivity):
            raise InvalidValue("only a person who may review this item can take it on")
