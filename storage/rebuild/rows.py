"""Rows that are being written again, and what is known while they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from storage.db import items
from storage.db.tables import Item
from storage.errors import Altered
from storage.rebuild.history import Told


@dataclass(frozen=True, slots=True)
class Owed:
    """A capture that was asked for: what the hands are told."""

    item_id: str
    request: Mapping[str, Any]
    queue: str
    site: str | None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that are being written again.

    `asked` are all captures ever asked for, `ended` those that have ended, `assigned` who has taken which item on,
    `erased` the event that says so of each item that was erased, `cancelled` which steps of which capture somebody has
    cancelled.
    """

    session: Session
    asked: dict[str, Owed] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    assigned: dict[str, str] = field(default_factory=dict)
    erased: Mapping[str, Told] = field(default_factory=dict)
    cancelled: set[tuple[str, str]] = field(default_factory=set)

    @property
    def owed(self) -> dict[str, Owed]:
        """The captures that were asked for and have not ended."""
        return {capture: owed for capture, owed in self.asked.items() if capture not in self.ended}

    def item(self, event: Told) -> Item:
        """The item an event is about. Raises: Altered."""
        item = items.item(self.session, event.item) if event.item else None
        if item is None:
            raise Altered(f"event {event.id} is about {event.item}, of which no event before it tells")
        return item
