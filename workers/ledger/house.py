"""Starts the ledger's two threads beside the keeper's ticks, and keeps what troubles them for those who run it."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.archive import Archive
from storage.blobs.ledger import LedgerFiles
from storage.db import installation
from storage.db.session import transaction
from storage.domain.permissions import SYSTEM
from storage.errors import ArchiveError, LedgerHalted
from storage.integrity.checkpoint import Checkpoint
from storage.settings import Settings
from workers.ledger.places import Places, key_place, places_of
from workers.ledger.sequencer import Sequencer, run
from workers.ledger.stamps import Stamps
from workers.ledger.witnesses import Witnesses

_LOG = structlog.get_logger()
_PAUSE_S = 2.0


class Condition:
    """What is known of the ledger's troubles, written down whenever it changes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._known: dict[str, Any] = {"halted": None, "outside": None, "witnesses": {}, "stamps": {}}

    def tell(self, **news: Any) -> None:
        """Keep news; what a group of names does not mention stays as it was."""
        with self._lock:
            merged = dict(self._known)
            for name, value in news.items():
                merged[name] = {**merged[name], **value} if isinstance(value, Mapping) else value
            if merged == self._known:
                return
            with transaction(self._engine) as session:
                Archive(session, SYSTEM).keep_examination(installation.LEDGER, merged)
            self._known = merged


def start(settings: Settings, engine: Engine, stop: threading.Event) -> Sequence[threading.Thread]:
    """Begin to sequence, and to ask others; two threads, because whoever is asked may be slow."""
    files, condition = LedgerFiles(settings.ledger_folder), Condition(engine)
    try:
        places: Places | None = places_of(settings)
        told = None
    except ArchiveError as error:
        places, told = None, error.sentence
        _LOG.error("nobody outside is asked about the ledger", reason=told)
    halted = threading.Event()
    sequencer = Sequencer(engine, files, key_place(settings))
    threads = [
        threading.Thread(
            target=run,
            args=(sequencer, stop),
            kwargs={
                "known": lambda: _known(engine, files, places, halted),
                "alarm": lambda sentence: _alarm(condition, sentence, outside=told),
                "halted": halted,
            },
            name="sequencer",
            daemon=True,
        )
    ]
    if places is not None and (places.witnesses or places.authorities or places.calendars):
        outward = threading.Thread(
            target=ask_others, args=(engine, files, places, condition, stop, halted), name="outward", daemon=True
        )
        threads.append(outward)
    for thread in threads:
        thread.start()
    return threads


def ask_others(
    engine: Engine,
    files: LedgerFiles,
    places: Places,
    condition: Condition,
    stop: threading.Event,
    halted: threading.Event,
) -> None:
    """Show the newest checkpoint to witnesses and have it stamped, until told to stop."""
    witnesses = Witnesses(engine, files, places.way_out, places.witnesses)
    stamps = Stamps(engine, files, places)
    while not stop.wait(_PAUSE_S):
        try:
            condition.tell(witnesses=witnesses.turn(), stamps=stamps.turn())
        except LedgerHalted as error:
            # The sequencer hears of it too, and begins again only once its own check has passed.
            halted.set()
            _tell(condition, halted=error.sentence)
        except (ArchiveError, SQLAlchemyError, OSError, ValueError) as error:
            _LOG.warning("could not ask others about the ledger", error=f"{type(error).__name__}: {error}"[:300])


def _known(engine: Engine, files: LedgerFiles, places: Places | None, halted: threading.Event) -> Sequence[Checkpoint]:
    """Ask the witnesses before the tree grows; the vault's own checkpoint is looked at by the sequencer itself."""
    if places is not None:
        Witnesses(engine, files, places.way_out, places.witnesses).check()
    halted.clear()
    return ()


def _alarm(condition: Condition, sentence: str | None, *, outside: str | None) -> None:
    _tell(condition, halted=sentence, outside=outside)


def _tell(condition: Condition, **news: Any) -> None:
    try:
        condition.tell(**news)
    except (SQLAlchemyError, OSError) as error:
        _LOG.warning("could not keep what troubles the ledger", error=type(error).__name__)
