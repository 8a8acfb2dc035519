"""What every deed stands on: one actor, one transaction, one ledger."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from storage.db import events, items
from storage.db.tables import Item
from storage.domain import permissions
from storage.domain.permissions import Actor
from storage.domain.vocab import Sensitivity
from storage.errors import Erased, NotAllowed, NotFound, Stale
from storage.integrity.statement import Agent
from storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Deed:
    """One actor inside one transaction; the caller commits or rolls back. `agent_version` is a program's own."""

    session: Session
    actor: Actor
    agent_version: str | None = None

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.session, Agent(self.actor.kind.value, self.actor.id, self.agent_version, self.actor.key))

    def _require(self, *, permitted: bool, deed: str) -> None:
        if not permitted:
            raise NotAllowed(f"{self.actor.name or 'whoever asks'} may not {deed}")

    def _item(self, item_id: str) -> Item:
        """The item, locked; one the actor may not know of is as absent as one that is not there."""
        item = items.item_locked(self.session, item_id)
        if item is None or not permissions.may_see_item(self.actor, Sensitivity(item.sensitivity)):
            raise NotFound("there is no such item")
        if item.erased_at is not None:
            raise Erased(f"this item was erased on {item.erased_at:%Y-%m-%d}; only its tombstone is left")
        return item

    def _require_seen(self, item: Item, expected: str | None) -> None:
        """`expected` is the digest of the item's newest event or the item's version, None for whatever it is now."""
        if expected is None:
            return
        now = events.standing(self.session, item.id).newest if expected.startswith("sha256:") else str(item.version)
        if now != expected:
            raise Stale("this item has changed since you read it; look at it again")
