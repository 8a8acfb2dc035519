"""Lets the log grow beside the keeper's ticks, in a thread of its own: leases must not wait for a disk."""

import threading

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.errors import ArchiveError, Superseded
from storage.log.opening import open_signer
from storage.log.sequencer import BATCH, Sequencer
from storage.log.shelf import LogShelf
from storage.settings import Settings

_LOG = structlog.get_logger()
_PAUSE_S = 0.2
# After a refusal: somebody has to look.
_REFUSED_S = 30.0


def watch(settings: Settings, engine: Engine, stop: threading.Event, halted: threading.Event) -> threading.Thread:
    """Begin to give events their places, until told to stop; while `halted`, nothing is added."""
    thread = threading.Thread(target=_sequence, args=(settings, engine, stop, halted), name="sequencer", daemon=True)
    thread.start()
    return thread


def _sequence(settings: Settings, engine: Engine, stop: threading.Event, halted: threading.Event) -> None:
    sequencer: Sequencer | None = None
    while not stop.is_set():
        if halted.is_set():
            stop.wait(_PAUSE_S)
            continue
        pause_s = _PAUSE_S
        try:
            if sequencer is None:
                signer = open_signer(engine, settings.ledger_key, settings.ledger_name, settings.ledger_passphrase)
                sequencer = Sequencer(LogShelf(settings.ledger), signer)
            if sequencer.advance(engine) == BATCH:
                pause_s = 0.0
        except (SQLAlchemyError, OSError) as error:
            _LOG.warning("the ledger waits", error=f"{type(error).__name__}: {error}"[:200])
        except Superseded:
            _LOG.info("the ledger has another key")
            sequencer, pause_s = None, 0.0
        except ArchiveError as refusal:
            _LOG.error("the ledger is not signed any further", error=refusal.sentence)
            pause_s = _REFUSED_S
        stop.wait(pause_s)
