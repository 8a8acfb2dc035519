"""What leaves the archive: every package of an item is an event of the item before it is written."""

from storage.db import readings
from storage.db.tables import Event, Record
from storage.deeds.base import Deed
from storage.domain import permissions
from storage.domain.permissions import ActorKind
from storage.domain.vocab import EventType, Sensitivity

PACKAGE = "svidok.package/1"


class Dissemination(Deed):
    """Handing out."""

    __slots__ = ()

    def record_export(self, item_id: str) -> Event:
        """Note that the actor takes a package of an item along; the event is in the package itself.

        Raises: NotFound, NotAllowed.
        """
        item = self._item(item_id)
        self._require(permitted=permissions.may_review(self.actor), deed="export items")
        return self._ledger.record(EventType.DISSEMINATION, item_id=item.id, detail={"format": PACKAGE})

    def record_handing_out(self, record: Record) -> bool:
        """Note that the package of a record version is handed to the actor; whether it was written down.

        Each time for somebody known; for the public, whose members nobody can tell apart, once an hour. It stands on
        the ledger's own line: readers change nothing about the item, and must not make stale what somebody edits.
        Raises: NotAllowed.
        """
        audience = Sensitivity(record.sensitivity)
        self._require(permitted=permissions.may_read_record(self.actor, audience), deed="read this record")
        is_public = self.actor.kind is ActorKind.PUBLIC
        if is_public and not readings.is_first(self.session, self.actor.id, record.item_id, record.sha256):
            return False
        self._ledger.record(
            EventType.DISSEMINATION,
            item_id=None,
            detail={"format": PACKAGE, "record": record.pid, "version": record.version},
            objects=[f"sha256:{record.sha256}"],
        )
        return True
