"""Writing down that files lie as ciphertext, that no plain copy is left, and that plain bytes are needed again."""

from collections.abc import Collection, Mapping

from storage.blobs.base import Blob
from storage.blobs.places import FIRST
from storage.db import copies, enciphered, holdings, items
from storage.deeds.base import Deed
from storage.domain import clock, permissions
from storage.domain.copies import CopyState
from storage.domain.vocab import EventType, Sensitivity
from storage.integrity.digest import Digest


class Enciphering(Deed):
    """What the keeper does with the files of sealed items; no method touches the bytes themselves."""

    __slots__ = ()

    def note_enciphered(self, item_id: str, sealed: Mapping[Digest, Blob]) -> bool:
        """Ciphertexts of these files were put into the first store and read back there; whether they count.

        They do not where the item was erased meanwhile. Raises: NotAllowed.
        """
        self._require_keeper()
        item = items.item_locked(self.session, item_id)
        if item is None or item.erased_at is not None or item.sensitivity != Sensitivity.SEALED:
            return False
        copies.note_kept(self.session, FIRST, [digest.hex for digest in sealed])
        told = []
        for digest, blob in sealed.items():
            size = {"sha512": blob.sha512, "size_bytes": blob.size_bytes}
            holdings.add_file(self.session, sha256=blob.digest.hex, sha512=blob.sha512, size_bytes=blob.size_bytes)
            enciphered.add(self.session, item_id, digest.hex, blob.digest.hex)
            told.append({"sha256": digest.hex, "sealed": {"sha256": blob.digest.hex, **size}})
        copies.set_state(self.session, FIRST, [one.digest.hex for one in sealed.values()], CopyState.WHOLE, clock.now())
        self._ledger.record(
            EventType.ENCRYPTION,
            item_id=item_id,
            detail={"files": told},
            objects=[str(digest) for digest in sealed],
        )
        return True

    def note_plain_destroyed(self, store: str, digests: Collection[Digest]) -> None:
        """The plain copies of these files were destroyed on a store: each item that holds them is told. NotAllowed."""
        self._require_keeper()
        found = [one.hex for one in digests]
        copies.set_state(self.session, store, found, CopyState.ENCIPHERED, clock.now())
        for item_id, files in enciphered.sealed_items(self.session, found).items():
            items.item_locked(self.session, item_id)
            self._ledger.record(
                EventType.PLAIN_DESTROYED,
                item_id=item_id,
                detail={"store": store, "files": len(files)},
                objects=[f"sha256:{one}" for one in files],
            )

    def note_deciphered(self, digest: Digest, others: Collection[str]) -> None:
        """An open item holds a file too, so its plain bytes were put back; the `others` stores are owed them.

        Raises: NotAllowed.
        """
        self._require_keeper()
        copies.set_state(self.session, FIRST, [digest.hex], CopyState.WHOLE, clock.now())
        for store in others:
            copies.set_state(self.session, store, [digest.hex], CopyState.OWED, None)
        self._ledger.record(
            EventType.DECRYPTION, item_id=None, detail={"store": FIRST, "files": 1}, objects=[str(digest)]
        )

    def _require_keeper(self) -> None:
        self._require(permitted=permissions.may_tend_stores(self.actor), deed="look after the stores")
