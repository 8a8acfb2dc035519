"""Looking after copies: what was brought to a store, what reading found there, and how it was mended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.blobs.base import Enforcement, Immutability
from storage.db import copies, installation, items
from storage.deeds.base import Deed
from storage.domain import clock, permissions
from storage.domain.copies import BAD, CopyState
from storage.domain.vocab import EventType
from storage.integrity.digest import Digest

MOST_IN_AN_EVENT = 200
"""As many files as one event names at most, so that an event stays small."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A copy that was bad on `store`, and is whole again from the one on `source`; where the bad bytes lie now."""

    digest: Digest
    store: str
    source: str
    aside: str | None


class Copies(Deed):
    """Looking after what is kept; no method touches the bytes themselves."""

    __slots__ = ()

    def note_copied(self, store: str, digests: Sequence[Digest], size_bytes: int) -> None:
        """Files were brought to a store, and read back there. Raises: NotAllowed."""
        self._require_tender()
        copies.set_state(self.session, store, [one.hex for one in digests], CopyState.WHOLE, clock.now())
        self._ledger.record(
            EventType.REPLICATION,
            item_id=None,
            detail={"store": store, "files": len(digests), "bytes": size_bytes},
            objects=[str(one) for one in digests],
        )

    def note_checked(self, store: str, found: Mapping[Digest, CopyState], size_bytes: int) -> None:
        """Files were read and digested on a store; what is bad is named. Raises: NotAllowed."""
        self._require_tender()
        now = clock.now()
        for state in CopyState:
            digests = [digest.hex for digest, one in found.items() if one is state]
            copies.set_state(self.session, store, digests, state, now)
        bad = {str(digest): state.value for digest, state in found.items() if state in BAD}
        self._ledger.record(
            EventType.FIXITY_CHECK,
            item_id=None,
            detail={"store": store, "files": len(found), "bytes": size_bytes, "bad": bad},
            objects=[str(digest) for digest in found],
            success=not bad,
        )

    def note_mended(self, mended: Mended) -> None:
        """A bad copy was replaced from a good one. Raises: NotAllowed."""
        self._require_tender()
        copies.set_state(self.session, mended.store, [mended.digest.hex], CopyState.WHOLE, clock.now())
        detail = {"store": mended.store, "from": mended.source, "aside": mended.aside}
        self._ledger.record(EventType.REPAIR, item_id=None, detail=detail, objects=[str(mended.digest)])

    def note_damaged(self, digest: Digest) -> None:
        """A file is whole on no store: each item that holds it, perhaps as this ciphertext, has that in its chain.

        Raises: NotAllowed.
        """
        self._require_tender()
        states = {store: state.value for store, state in copies.states_of(self.session, digest.hex).items()}
        for item_id, held in copies.items_holding(self.session, digest.hex).items():
            items.item_locked(self.session, item_id)
            self._ledger.record(
                EventType.FIXITY_CHECK,
                item_id=item_id,
                detail={"damaged": True, "stores": states},
                objects=[str(Digest.parse(held))],
                success=False,
            )

    def renew_store(self, store: str) -> int:
        """A store begins anew, empty: every file is owed to it once more. How many. Raises: NotAllowed."""
        self._require_tender()
        count = copies.owe_all(self.session, store)
        self._ledger.record(EventType.STORE_RENEWED, item_id=None, detail={"store": store, "files": count})
        return count

    def note_unused(self, store: str, aside: Mapping[Digest, str]) -> None:
        """Bytes that no row ever named were moved aside. Raises: NotAllowed."""
        self._require_tender()
        self._ledger.record(
            EventType.UNUSED_SET_ASIDE,
            item_id=None,
            detail={"store": store, "aside": {str(digest): place for digest, place in aside.items()}},
            objects=[str(digest) for digest in aside],
        )

    def note_immutability(self, found: Mapping[str, Immutability]) -> None:
        """What became of the canary on each store; kept for who asks. Raises: NotAllowed."""
        self._require_tender()
        told = {name: {"state": one.state.value, "sentence": one.sentence} for name, one in found.items()}
        self._ledger.record(
            EventType.IMMUTABILITY,
            item_id=None,
            detail={"stores": told},
            success=all(one.state is not Enforcement.NOT_ENFORCING for one in found.values()),
        )
        installation.keep(self.session, installation.IMMUTABILITY, {"stores": told})

    def _require_tender(self) -> None:
        self._require(permitted=permissions.may_tend_stores(self.actor), deed="look after the stores")
