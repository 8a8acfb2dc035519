"""Whom an item is for: closed further by whoever works on it, opened by those who answer for it, never unsealed."""

from storage.db import answers, records, text_lines
from storage.db.tables import Item
from storage.deeds.base import Deed
from storage.domain import permissions
from storage.domain.audience import AudienceOrder
from storage.domain.vocab import EventType, Sensitivity
from storage.errors import Conflict


class Audience(Deed):
    """Changing whom an item is for."""

    __slots__ = ()

    def set_sensitivity(self, item_id: str, order: AudienceOrder, *, expected: str) -> None:
        """Let an item be for others from now on; what it is already changes nothing and is not written down.

        It waits for no lease: who is in danger does not either. `expected` is the state that was seen: the digest of
        the item's newest event, or the item's version. To whoever is not cleared for it a sealed item is gone at once.
        Raises: NotFound, NotAllowed, Erased, Stale, Conflict where the item is sealed (`sealed`).
        """
        item = self._item(item_id)
        current = Sensitivity(item.sensitivity)
        if order.sensitivity is current:
            return
        if current is Sensitivity.SEALED:
            raise Conflict("this item is sealed, and what is sealed stays sealed", code="sealed")
        permitted = permissions.may_change_sensitivity(self.actor, current, order.sensitivity)
        self._require(permitted=permitted, deed=f"let an item that is {current} be {order.sensitivity}")
        self._require_seen(item, expected)
        change_sensitivity(self, item, order.sensitivity, reason=order.reason)


def change_sensitivity(deed: Deed, item: Item, wanted: Sensitivity, *, reason: str | None = None) -> None:
    """Change a locked item, and write it down: a version is published before, and closes with a sealing, or after."""
    before = item.sensitivity
    if wanted is Sensitivity.SEALED:
        published = records.newest_of_item(deed.session, item.id)
        item.sealed_through = published.version if published else 0
        text_lines.forget(deed.session, item.id)
        answers.forget_of(deed.session, item.id)
    item.sensitivity = wanted.value
    item.version += 1
    detail = {"from": before, "to": item.sensitivity, "by": deed.actor.id}
    detail |= {"reason": reason} if reason is not None else {}
    deed._ledger.record(EventType.SENSITIVITY, item_id=item.id, detail=detail)
