"""Keeps time: returns what was lost, wakes what was paused, rings the doorbell, tidies up; two may run at once."""

import math
import shutil
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage import queue
from storage.archive import Archive
from storage.blobs.incoming import Incoming
from storage.blobs.local import LocalBlobs
from storage.blobs.places import FolderPlace
from storage.db import answers, desk, jobs, logins, picture_searches, readings, sessions, sites
from storage.db.bell import Bell
from storage.db.session import open_engine, transaction
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import ErrorClass
from storage.settings import Settings
from workers import broker, lookout, outward, rounds, scratch, sequencing

_LOG = structlog.get_logger()
_TICK_S = 1.0
_TIDY_EVERY_S = 3600.0
_LOOK_EVERY_S = 60.0
_WIPE_EVERY_S = 60.0
_STAGED_S = 86_400.0
_DESERTED_S = 3600.0
# How long the keeper, told to stop, waits for a look at the installation that is under way.
_LAST_LOOK_S = 5.0
# Work that was paused for want of room goes on when this much is free again.
ROOM_BYTES = 512 << 20


def tick(engine: Engine, *, has_room: bool, site_budgets: Mapping[str, int]) -> Mapping[str, int]:
    """One look at the queue: give back what was lost, wake what waited for room; how many could start now, by queue."""
    with transaction(engine) as session:
        returned = Archive(session, SYSTEM).return_lost(queue.expired(session))
        if returned:
            _LOG.warning("leases ran out", jobs=returned)
        if has_room and (woken := jobs.resume_held(session, ErrorClass.DISK_FULL.value)):
            _LOG.info("there is room again", jobs=woken)
        waiting = dict(jobs.waiting(session, site_budgets))
        if asked := picture_searches.waiting(session):
            waiting["media"] = waiting.get("media", 0) + asked
        return waiting


def ring(app: Celery, waiting: Mapping[str, int]) -> None:
    """Ring for every queue where jobs wait, unless enough rings wait there already."""
    for name, count in waiting.items():
        missing = min(count, broker.ENOUGH_RINGS) - broker.waiting_rings(app, name)
        for _ in range(missing):
            broker.ring(app, name)


def look_again(engine: Engine) -> int:
    """Owe a look at every source that is due to be looked at again; how many."""
    with transaction(engine) as session:
        return Archive(session, SYSTEM).owe_looks()


def tidy(
    engine: Engine, folders: Sequence[LocalBlobs], scratch_folder: Path, unfinished: Callable[[], int]
) -> Mapping[str, int]:
    """Remove what nobody will ask for again; how many of each. `unfinished` sweeps what has stopped arriving.

    Files that are kept under their digest and that no row names are the rounds' to move aside, with their event.
    """
    with transaction(engine) as session:
        Archive(session, SYSTEM).tell_failed_log_ins()
        rows = {
            "answers": answers.forget_old(session),
            "sessions": sessions.forget_old(session),
            "failures": logins.forget_old(session),
            "drafts": desk.forget_drafts(session),
            "readings": readings.forget_old(session),
            "tries": sites.forget_old(session),
        }
    removed = rows | {
        "staged": sum(folder.sweep_staged(_STAGED_S) for folder in folders),
        "folders": scratch.sweep(scratch_folder, older_than_s=_DESERTED_S),
        "uploads": unfinished(),
    }
    if any(removed.values()):
        _LOG.info("tidied up", **removed)
    return removed


def forget_searches(engine: Engine, wiped: frozenset[str] | None) -> frozenset[str]:
    """Forget old searches by a picture, and wipe from the database's files what those held that are over.

    `wiped`: what this gave the last time, None at first: what was over by then is wiped already.
    """
    with transaction(engine) as session:
        forgotten = picture_searches.forget_old(session)
        over = picture_searches.over(session)
    if forgotten or wiped is None or over - wiped:
        picture_searches.rewrite(engine)
    return over


def run(settings: Settings) -> None:
    """Tick whenever a job becomes ready, and else once a second, until told to stop (SIGTERM or SIGINT).

    A store that is away delays, nothing more.
    """
    engine = open_engine(settings.database_url.get_secret_value(), pool_size=3)
    app = broker.make_app(settings.broker_url.get_secret_value())
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    # What is staged for a bucket is the rounds' to sweep: it takes a network, and ticks must not wait for one.
    places = (settings.stores.first, settings.stores.second)
    folders = [LocalBlobs(place.root) for place in places if isinstance(place, FolderPlace)]
    unfinished = partial(Incoming(settings.incoming).sweep, settings.upload_patience_h * 3600)
    looking = lookout.watch(settings, engine, stop)
    sequencing.watch(settings, engine, stop, outward.watch(settings, engine, stop))
    rounds.watch(settings, engine, stop)
    tidied = looked = wiped_at = -math.inf
    wiped: frozenset[str] | None = None
    bell = Bell(engine)
    while not bell.wait(_TICK_S, stop):
        try:
            has_room = shutil.disk_usage(settings.vault).free > ROOM_BYTES
            ring(app, tick(engine, has_room=has_room, site_budgets=settings.budgets))
            if settings.watch_sources and time.monotonic() - looked > _LOOK_EVERY_S:
                looked = time.monotonic()
                look_again(engine)
            if time.monotonic() - wiped_at > _WIPE_EVERY_S:
                wiped_at = time.monotonic()
                # Where it fails, the next time wipes in any case.
                known, wiped = wiped, None
                wiped = forget_searches(engine, known)
            if time.monotonic() - tidied > _TIDY_EVERY_S:
                # Before, so that what fails is not tried at every tick.
                tidied = time.monotonic()
                tidy(engine, folders, settings.scratch, unfinished)
        except (SQLAlchemyError, OperationalError, RedisError, OSError) as error:
            _LOG.warning("a store is away", error=f"{type(error).__name__}: {error}"[:200])
    looking.join(_LAST_LOOK_S)
    bell.close()
    engine.dispose()
