"""Shows the ledger to witnesses and has it stamped, in a thread of its own: whoever is asked may be slow."""

import threading
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.archive import Archive
from storage.db import installation
from storage.db.session import transaction
from storage.domain.permissions import SYSTEM
from storage.errors import ArchiveError, LedgerHalted
from storage.log.shelf import LogShelf
from storage.settings import Settings
from workers.ledger.places import Places, places_of
from workers.ledger.stamps import Stamps
from workers.ledger.witnesses import Witnesses

_LOG = structlog.get_logger()
_PAUSE_S = 2.0


class Condition:
    """What is known of the world outside, written down whenever it changes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, Any] = {"halted": None, "settings": None, "witnesses": {}, "stamps": {}}

    def tell(self, **news: Any) -> None:
        """Keep news; what a group of names does not mention stays as it was."""
        merged = dict(self._known)
        for name, value in news.items():
            merged[name] = {**merged[name], **value} if isinstance(value, Mapping) else value
        if merged != self._known:
            with transaction(self._engine) as session:
                Archive(session, SYSTEM).keep_examination(installation.OUTSIDE, merged)
            self._known = merged


def watch(settings: Settings, engine: Engine, stop: threading.Event) -> threading.Event:
    """Begin to ask, until told to stop; what is returned is set while nothing may be added to the log.

    Where there are witnesses it is set until they have been asked: only they remember what a restored database and
    vault have both forgotten.
    """
    halted, condition = threading.Event(), Condition(engine)
    try:
        places = places_of(settings)
    except ArchiveError as error:
        _LOG.error("nobody outside is asked about the ledger", reason=error.sentence)
        _try_tell(condition, settings=error.sentence)
        return halted
    if places.witnesses:
        halted.set()
    if places.witnesses or places.authorities or places.calendars:
        asked = (engine, LogShelf(settings.ledger), places, condition, stop, halted)
        threading.Thread(target=ask_others, args=asked, name="outward", daemon=True).start()
    return halted


def ask_others(
    engine: Engine,
    shelf: LogShelf,
    places: Places,
    condition: Condition,
    stop: threading.Event,
    halted: threading.Event,
) -> None:
    """Show the newest checkpoint to witnesses and have it stamped, until told to stop."""
    witnesses = Witnesses(engine, shelf, places.way_out, places.witnesses)
    stamps = Stamps(engine, shelf, places)
    while not stop.is_set():
        try:
            if halted.is_set():
                witnesses.check()
                condition.tell(halted=None)
                halted.clear()
            condition.tell(witnesses=witnesses.turn(), stamps=stamps.turn())
        except LedgerHalted as error:
            _LOG.error("nothing is added to the ledger", reason=error.sentence)
            halted.set()
            _try_tell(condition, halted=error.sentence)
        except (ArchiveError, SQLAlchemyError, OSError, ValueError) as error:
            _LOG.warning("could not ask others about the ledger", error=f"{type(error).__name__}: {error}"[:300])
        stop.wait(_PAUSE_S)


def _try_tell(condition: Condition, **news: Any) -> None:
    try:
        condition.tell(**news)
    except (SQLAlchemyError, OSError) as error:
        _LOG.warning("could not keep what troubles the ledger", error=type(error).__name__)
