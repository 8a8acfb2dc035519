"""What changes nothing and is written down all the same: reads of restricted material, settings."""

from collections.abc import Mapping, Sequence

from storage.db import installation, readings
from storage.db.tables import Holding, Item
from storage.deeds.base import Deed
from storage.domain import permissions
from storage.domain.vocab import EventType, FileRole, Sensitivity
from storage.integrity import secret
from storage.integrity.canonical import digest_of

_CLOSED = frozenset({Sensitivity.RESTRICTED, Sensitivity.SEALED})
_MOVING = ("video/", "audio/")


class Looking(Deed):
    """Reads and settings."""

    __slots__ = ()

    def record_read(self, item: Item, holding: Holding) -> bool:
        """Write down that the actor reads these bytes; whether it was the first time in this hour.

        Only of restricted material: what was collected, and copies that play. The many small pictures that a page
        shows are not written down one by one. It stands on the ledger's own line: a reader changes nothing about
        the item, and must not make stale what somebody else is editing.
        """
        closed = holding.sealed or Sensitivity(item.sensitivity) in _CLOSED
        small = holding.role == FileRole.PRODUCT and not holding.media_type.startswith(_MOVING)
        if not closed or small or holding.sha256 is None:
            return False
        if not readings.is_first(self.session, self.actor.id, item.id, holding.sha256):
            return False
        self._ledger.record(
            EventType.READ,
            item_id=None,
            detail={"item": item.id, "kind": holding.kind, "role": holding.role, "sealed": holding.sealed},
            objects=[f"sha256:{holding.sha256}"],
        )
        return True

    def record_settings(self, told: Mapping[str, str]) -> Sequence[str]:
        """Compare the settings with those of the last start, and write down which have changed; their names.

        Values are kept as commitments under a salt that stays here: what was set is told to nobody. Raises: NotAllowed.
        """
        self._require(permitted=permissions.may_keep_examinations(self.actor), deed="write settings down")
        kept = installation.examination(self.session, installation.SETTINGS)
        before: Mapping[str, str] = kept.body["marks"] if kept else {}
        salt = kept.body["salt"] if kept else secret.new_salt()
        marks = {name: secret.commitment(salt, value) for name, value in told.items()}
        changed = sorted(name for name in {*marks, *before} if marks.get(name) != before.get(name))
        if changed:
            installation.keep(self.session, installation.SETTINGS, {"salt": salt, "marks": marks})
            self._ledger.record(
                EventType.SETTINGS_CHANGED,
                item_id=None,
                detail={"digest": str(digest_of(marks)), "changed": changed, "first": kept is None},
            )
        return changed
