"""Keeps time: returns what was lost, wakes what was paused, and rings the doorbell; two may run at once."""

import shutil
import signal
import threading
from collections.abc import Mapping

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage import queue
from storage.archive import Archive
from storage.db import jobs
from storage.db.session import open_engine, transaction
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import ErrorClass
from storage.settings import Settings
from workers import broker

_LOG = structlog.get_logger()
_TICK_S = 1.0
# Work that was paused for want of room goes on when this much is free again.
ROOM_BYTES = 512 << 20


def tick(engine: Engine, *, has_room: bool) -> Mapping[str, int]:
    """One look at the queue: give back what was lost, wake what waited for room; how many could start now, by queue."""
    with transaction(engine) as session:
        returned = Archive(session, SYSTEM).return_lost(queue.expired(session))
        if returned:
            _LOG.warning("leases ran out", jobs=returned)
        if has_room and (woken := jobs.resume_held(session, ErrorClass.DISK_FULL.value)):
            _LOG.info("there is room again", jobs=woken)
        return jobs.waiting(session)


def ring(app: Celery, waiting: Mapping[str, int]) -> None:
    """Ring for every queue where jobs wait, unless enough rings wait there already."""
    for name, count in waiting.items():
        missing = min(count, broker.ENOUGH_RINGS) - broker.waiting_rings(app, name)
        for _ in range(missing):
            broker.ring(app, name)


def run(settings: Settings) -> None:
    """Tick until told to stop (SIGTERM or SIGINT); a store that is away delays, nothing more."""
    engine = open_engine(settings.database_url.get_secret_value(), pool_size=1)
    app = broker.make_app(settings.broker_url.get_secret_value())
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(_TICK_S):
        try:
            has_room = shutil.disk_usage(settings.vault).free > ROOM_BYTES
            ring(app, tick(engine, has_room=has_room))
        except (SQLAlchemyError, OperationalError, RedisError, OSError) as error:
            _LOG.warning("a store is away", error=f"{type(error).__name__}: {error}"[:200])
    engine.dispose()
