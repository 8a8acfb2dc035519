"""What leaves the archive: every package of an item is an event of the item before it is written."""

from storage.db.tables import Event
from storage.deeds.base import Deed
from storage.domain import permissions
from storage.domain.vocab import EventType

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
