"""Noting the lines of machine text that items are found by: derived from files, so that none of it leaves an event."""

from collections.abc import Sequence

from storage.db import items, text_lines
from storage.deeds.base import Deed
from storage.domain import permissions
from storage.domain.vocab import Sensitivity


class Indexing(Deed):
    """What the keeper does so that words are found. Nothing here is recorded."""

    __slots__ = ()

    def index_text(self, item_id: str, sha256: str, lines: Sequence[tuple[float, bool, str]]) -> bool:
        """Note the lines of a product, each its start in seconds, whether it is sure, and its text; whether it counts.

        It does not where the item was sealed or erased meanwhile, or the lines are noted already. Raises: NotAllowed.
        """
        self._require(permitted=permissions.may_tend_stores(self.actor), deed="index text")
        item = items.item_locked(self.session, item_id)
        if item is None or item.erased_at is not None or item.sensitivity == Sensitivity.SEALED:
            return False
        if text_lines.is_read(self.session, item_id, sha256):
            return False
        text_lines.add(self.session, item_id, sha256, lines)
        return True
