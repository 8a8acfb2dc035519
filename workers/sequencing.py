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
# Where nothing has come for a while.
_IDLE_S = 1.0
# After a refusal: somebody has to look.
_REFUSED_S = 30.0


def watch(settings: Settings, engine: Engine, stop: threading.Event, halted: threading.Event) -> threading.Thread:
    """Begin to give events their places, until told to stop; while `halted`, nothing is added."""
    thread = threading.Thread(target=_sequence, args=(settings, engine, stop, halted), name="sequencer", daemon=True)
    thread.start()
    return thread


def _sequence(settings: Settings, engine: Engine, stop: threading.Event, halted: threading.Event) -> None:
    sequencer: Sequencer | None = None
    pause_s = _PAUSE_S
    while not stop.is_set():
        if halted.is_set():
            stop.wait(_PAUSE_S)
            continue
        try:
            if sequencer is None:
                signer = open_signer(engine, settings.ledger_key, settings.ledger_name, settings.ledger_passphrase)
                sequencer = Sequencer(LogShelf(settings.ledger), signer)
            added = sequencer.advance(engine)
            pause_s = 0.0 if added == BATCH else _PAUSE_S if added else min(_IDLE_S, max(_PAUSE_S, pause_s * 1.2))
        except (SQLAlchemyError, OSError) as error:
            _LOG.warning("the ledger waits", error=f"{type(error).__name__}: {error}"[:200])
            pause_s = _PAUSE_S
        except Superseded:
            _LOG.info("the ledger has another key")
            sequencer, pause_s = None, 0.0
        except ArchiveError as refusal:
            _LOG.error("the ledger is not signed any further", error=refusal.sentence)
            pause_s = _REFUSED_S
        stop.wait(pause_s)
