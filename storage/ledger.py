"""Writes one custody event into the transaction of the change it records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from storage.db import events
from storage.db.tables import Event
from storage.domain import clock
from storage.domain.ids import EventId, new_id
from storage.domain.vocab import EventType
from storage.integrity.statement import Agent, Statement, digest_of_text


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger as one actor sees it inside one transaction."""

    session: Session
    agent: Agent

    def record(
        self,
        event_type: EventType,
        *,
        item_id: str | None,
        detail: Mapping[str, Any],
        objects: Sequence[str] = (),
        success: bool = True,
    ) -> Event:
        """Append one event; it stands or falls with the change beside it.

        Raises: ValueError when `detail` holds what canonical JSON cannot carry.
        """
        standing = events.standing(self.session, item_id)
        statement = Statement(
            id=new_id(EventId),
            type=event_type,
            at=clock.now(),
            agent=self.agent,
            item=item_id,
            success=success,
            detail=detail,
            objects=objects,
            previous=standing.newest,
            written_at=standing.began_at,
        )
        text = statement.text()
        event = Event(
            id=statement.id,
            item_id=item_id,
            type=event_type.value,
            at=statement.at,
            body=text,
            sha256=digest_of_text(text),
            previous=standing.newest,
        )
        events.append(self.session, event)
        return event
