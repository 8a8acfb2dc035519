"""Carries out what two people agreed to erase: destroys bytes on every store, and texts in the vault's ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Engine

from storage.archive import Archive
from storage.blobs.base import TendedStore
from storage.db import erasures, jobs, log
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.permissions import SYSTEM
from storage.integrity.digest import Digest
from storage.integrity.tiles import WIDTH
from storage.item_keys import ItemKeys
from storage.log.shelf import LogShelf

_LOG = structlog.get_logger()
LEDGER, KEYS = "ledger", "keys"
_AT_ONCE = 20
_PAGE = 1000
_FRESH_S = 3600.0


@dataclass(frozen=True, slots=True)
class Eraser:
    """Whoever carries out the erasures of one archive. What is left undone by a kill is done at the next round."""

    engine: Engine
    shelf: LogShelf
    keys: ItemKeys
    version: str | None = None
    patience: timedelta = timedelta(seconds=15)

    def destroy(self, name: str, stores: Mapping[str, TendedStore]) -> int:
        """Destroy on a store the bytes of erasures that are owed there, their items' keys first; how many erasures.

        The rows that named them went in a transaction that has ended. Others may have put the same bytes before it and
        not have committed their rows yet: every job that was taken before is waited for, and `patience` for requests.
        What is put later is spared. Raises: Unavailable where the store is away or still locks one: the erasure stays
        owed.
        """
        until = clock.now() - self.patience
        with transaction(self.engine) as session:
            owed = [one for one in erasures.owed_at(session, name, _AT_ONCE) if one[1] <= until]
            owed = [one for one in owed if not jobs.is_running_since(session, one[1])]
        for erasure, gone_at in owed:
            self._destroy_key(erasure)
            with transaction(self.engine) as session:
                gone = erasures.gone(session, erasure)
            destroyed = sum(stores[name].destroy(Digest.parse(sha256), gone_at) for sha256 in gone)
            with transaction(self.engine) as session:
                Archive(session, SYSTEM, self.version).note_destroyed(erasure, name, destroyed)
        return len(owed)

    def _destroy_key(self, erasure: str) -> None:
        """Destroy the key of the item that was erased. It is told before it is done, and done again after a kill."""
        with transaction(self.engine) as session:
            asked = erasures.one(session, erasure)
            item = asked.erasure.item_id if asked else ""
            is_told = asked is None or any(one.place == KEYS for one in asked.done)
            if item in self.keys.items() and not is_told:
                Archive(session, SYSTEM, self.version).note_destroyed(erasure, KEYS, 1)
        self.keys.destroy(item)

    def empty_ledger(self) -> int:
        """Replace in the vault the texts of erased events by their stubs; how many erasures.

        The log's head is locked meanwhile, so that nobody lays an older form of the same file.
        """
        with transaction(self.engine) as session:
            owed = [erasure for erasure, _ in erasures.owed_at(session, LEDGER, _AT_ONCE)]
        for erasure in owed:
            with transaction(self.engine) as session:
                head = log.head(session)
                bundles = erasures.bundles(session, erasure, WIDTH)
                if head is not None:
                    log.head_locked(session, head.origin)
                for index in bundles:
                    self.shelf.keep_events(index, [body for body, _ in log.bodies(session, index * WIDTH, WIDTH)])
                Archive(session, SYSTEM, self.version).note_destroyed(erasure, LEDGER, len(bundles))
        return len(owed)

    def destroy_again(self, name: str, stores: Mapping[str, TendedStore], older_than_s: float = _FRESH_S) -> int:
        """Destroy erased bytes that lie on a store once more, as when an old disk was put back; how many.

        What was put of late may be somebody's who has not committed its row yet: it is looked at again next time.
        """
        until, after = clock.now() - timedelta(seconds=older_than_s), ""
        found: list[str] = []
        while True:
            with transaction(self.engine) as session:
                page = erasures.gone_after(session, after, _PAGE)
            there = [one for one in page if stores[name].size_bytes(Digest.parse(one)) is not None]
            found += [one for one in there if stores[name].destroy(Digest.parse(one), until)]
            if len(page) < _PAGE:
                break
            after = page[-1]
        if found:
            _LOG.error("erased bytes lay on a store again and were destroyed", store=name, files=len(found))
            with transaction(self.engine) as session:
                Archive(session, SYSTEM, self.version).note_destroyed_again(name, found)
        return len(found)
