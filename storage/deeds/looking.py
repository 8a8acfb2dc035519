"""What changes nothing and is written down all the same: reads of restricted material, exports, settings."""

from collections.abc import Mapping, Sequence
from typing import Any

from storage.db import installation, items, readings, records
from storage.db.tables import Holding, Item
from storage.deeds.base import Deed
from storage.domain import clock, permissions
from storage.domain.vocab import EventType, FileRole, Sensitivity
from storage.errors import NotFound
from storage.integrity import secret
from storage.integrity.canonical import digest_of

_CLOSED = frozenset({Sensitivity.RESTRICTED, Sensitivity.SEALED})
_MOVING = ("video/", "audio/")


class Looking(Deed):
    """Reads, exports and settings."""

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
        if not readings.is_first(self.session, self.actor.id, item.id, holding.sha256, hour=_hour()):
            return False
        self._ledger.record(
            EventType.READ,
            item_id=None,
            detail={"item": item.id, "kind": holding.kind, "role": holding.role, "sealed": holding.sealed},
            objects=[f"sha256:{holding.sha256}"],
        )
        return True

    def record_export(
        self, item_id: str, *, form: str, sha256: str, size_bytes: int, record: str | None = None
    ) -> None:
        """Write down, on the item's line, that a package of it left the archive: its form, and the digest of it all.

        `record` is the published record it was made from, for those who may read that and not the item.
        Raises: NotFound where the actor may know of neither.
        """
        item = items.item_locked(self.session, item_id)
        if item is None or not self._may_take_out(item, record):
            raise NotFound("there is no such item")
        detail: dict[str, Any] = {"form": form, "size_bytes": size_bytes, "record": record}
        self._ledger.record(EventType.EXPORT, item_id=item.id, detail=detail, objects=[f"sha256:{sha256}"])

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

    def _may_take_out(self, item: Item, record: str | None) -> bool:
        if permissions.may_see_item(self.actor, Sensitivity(item.sensitivity)):
            return True
        row = records.one(self.session, record, readable=permissions.readable_records(self.actor)) if record else None
        return row is not None and row.item_id == item.id


def _hour() -> str:
    return clock.rfc3339(clock.now())[:13]
