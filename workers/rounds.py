"""Goes the rounds of the stores beside the keeper's ticks, in a thread of its own: leases must not wait for a disk."""

import importlib.metadata
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.archive import Archive
from storage.blobs.base import TendedStore
from storage.blobs.fixity import Pace
from storage.blobs.places import FIRST, SECOND, Places
from storage.db import installation
from storage.db.session import transaction
from storage.domain.permissions import SYSTEM
from storage.errors import ArchiveError
from storage.log.shelf import LogShelf
from storage.settings import Settings
from workers.enciphering import Encipherer
from workers.erasing import Eraser
from workers.indexing import Indexer
from workers.stores import every_store, reader
from workers.tending import Tender

_LOG = structlog.get_logger()
_PAUSE_S = 15.0
_TELL_EVERY_S = 60.0
_CANARY_EVERY_S = 7 * 86_400.0
_CANARY_AGAIN_S = 600.0
_UNUSED_EVERY_S = 86_400.0
_STAGED_S = 86_400.0
_ERASED_EVERY_S = 3600.0


class _StoppedError(Exception):
    """Told to stop in the middle of a long reading."""


@dataclass(slots=True)
class Rounds:
    """One tender on its way round, and when each of the rarer things is next."""

    tender: Tender
    places: Places
    eraser: Eraser
    encipherer: Encipherer
    indexer: Indexer
    _told_at: float = field(default=-_TELL_EVERY_S, init=False)
    _canary_at: float = field(default=0.0, init=False)
    _unused_at: float = field(default=0.0, init=False)
    _erased_at: float = field(default=0.0, init=False)

    def go(self) -> bool:
        """One round: whether there was so much to be done that the next one should follow at once."""
        stores, away = self.tender.admit()
        self._tell(away)
        erased = [self._each(name, stores, self.eraser.destroy) for name in stores]
        self._empty_ledger()
        moved = [self._each(name, stores, self.encipherer.decipher) for name in stores]
        moved += [self._each(name, stores, self.encipherer.encipher) for name in stores]
        self.tender.note_new(stores)
        # Before any file is brought: plain bytes of sealed items do not go to another store first.
        moved += [self._each(name, stores, self.encipherer.destroy_plain) for name in stores]
        brought = [self._each(name, stores, self.tender.bring) for name in stores]
        # Before anything is checked: what a kill left destroyed and not written down is no damage.
        moved += [self._each(name, stores, self.encipherer.destroy_plain) for name in stores]
        checked = [self._each(name, stores, self.tender.check) for name in stores]
        moved.append(self.indexer.index())
        now = time.monotonic()
        if now >= self._canary_at and not away:
            # At start and each week; before, so that what fails is not tried at every round.
            self._canary_at = now + _CANARY_AGAIN_S
            self.tender.try_immutability(stores)
            self._canary_at = now + _CANARY_EVERY_S
        if now >= self._unused_at:
            self._unused_at = now + _UNUSED_EVERY_S
            for name, store in stores.items():
                self.tender.set_unused_aside(name)
                store.sweep_staged(_STAGED_S)
        if now >= self._erased_at:
            self._erased_at = now + _ERASED_EVERY_S
            for name in stores:
                self._each(name, stores, self.eraser.destroy_again)
                self._each(name, stores, self.encipherer.look_again)
        return any(brought) or any(checked) or any(erased) or any(moved)

    def _each(
        self, name: str, stores: dict[str, TendedStore], deed: Callable[[str, dict[str, TendedStore]], int]
    ) -> int:
        """One store that is away does not keep the others waiting."""
        try:
            return deed(name, stores)
        except (ArchiveError, OSError) as error:
            _LOG.warning("a store has to wait", store=name, error=f"{type(error).__name__}: {error}"[:200])
            return 0

    def _empty_ledger(self) -> None:
        """A ledger that cannot be written in the vault keeps no file waiting; what was erased stays owed to it."""
        try:
            self.eraser.empty_ledger()
        except (ArchiveError, OSError) as error:
            _LOG.error("erased texts stay in the ledger", error=f"{type(error).__name__}: {error}"[:200])

    def _tell(self, away: dict[str, str]) -> None:
        """Keep for whoever asks where the stores are, and which are away."""
        if time.monotonic() - self._told_at < _TELL_EVERY_S:
            return
        self._told_at = time.monotonic()
        named = {FIRST: self.places.first, SECOND: self.places.second}
        body = {
            "stores": {
                name: {"place": str(place), "away": away.get(name)}
                for name, place in named.items()
                if place is not None
            },
            "fixity_days": self.tender.every / timedelta(days=1),
        }
        with transaction(self.tender.engine) as session:
            Archive(session, SYSTEM).keep_examination(installation.STORES, body)


def watch(settings: Settings, engine: Engine, stop: threading.Event) -> threading.Thread:
    """Begin to go the rounds, until told to stop."""
    thread = threading.Thread(target=_go_round, args=(settings, engine, stop), name="rounds", daemon=True)
    thread.start()
    return thread


def tender_of(settings: Settings, engine: Engine, pace: Pace) -> Tender:
    """Whoever looks after the stores that the settings name."""
    every = timedelta(days=settings.fixity_days)
    return Tender(engine, every_store(settings, engine), pace, every, importlib.metadata.version("svidok"))


def _go_round(settings: Settings, engine: Engine, stop: threading.Event) -> None:
    def sleep(pause_s: float) -> None:
        if stop.wait(pause_s):
            raise _StoppedError

    tender = tender_of(settings, engine, Pace(settings.fixity_bytes_per_s, sleep))
    eraser = Eraser(engine, LogShelf(settings.ledger), settings.item_keys, tender.version)
    encipherer = Encipherer(engine, settings.item_keys, tender.version)
    indexer = Indexer(engine, reader(settings, engine), tender.version)
    rounds = Rounds(tender, settings.stores, eraser, encipherer, indexer)
    while not stop.is_set():
        is_busy = False
        try:
            with rounds.tender.alone() as is_ours:
                is_busy = is_ours and rounds.go()
        except _StoppedError:
            return
        except (SQLAlchemyError, OSError, ArchiveError) as error:
            _LOG.warning("the rounds wait", error=f"{type(error).__name__}: {error}"[:200])
        stop.wait(0.0 if is_busy else _PAUSE_S)
