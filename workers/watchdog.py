"""Ends a worker that is alive but answers no doorbell, so that whoever keeps it starts a fresh one."""

import os
import time
from collections.abc import Mapping, Sequence

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.db import jobs
from storage.db.session import transaction
from workers import broker

_LOG = structlog.get_logger()
_LOOK_EVERY_S = 5.0
PATIENCE_S = 30.0
# sysexits.h: something in the program itself went wrong.
EX_SOFTWARE = 70


def is_deaf(engine: Engine, app: Celery, worker: str, queues: Sequence[str], site_budgets: Mapping[str, int]) -> bool:
    """Whether jobs wait, rings wait, and this worker holds nothing: it cannot be hearing.

    Without waiting rings the silence is the keeper's, and ending the worker would mend nothing.
    Raises: SQLAlchemyError, OperationalError, RedisError, OSError while a store is away.
    """
    with transaction(engine) as session:
        if jobs.running(session, worker) or jobs.oldest_wait_s(session, queues, site_budgets) < PATIENCE_S:
            return False
    return any(broker.waiting_rings(app, name) for name in queues)


def watch(engine: Engine, app: Celery, worker: str, queues: Sequence[str], site_budgets: Mapping[str, int]) -> None:
    """Look for ever; after two looks in a row that find the worker deaf, end its main process at once.

    Whoever keeps it ends the rest of its process group, and starts a fresh one.
    """
    deaf_looks = 0
    while True:
        time.sleep(_LOOK_EVERY_S)
        try:
            deaf_looks = deaf_looks + 1 if is_deaf(engine, app, worker, queues, site_budgets) else 0
        except (SQLAlchemyError, OperationalError, RedisError, OSError) as error:
            _LOG.warning("watchdog cannot look", error=str(error)[:200])
            deaf_looks = 0
        if deaf_looks >= 2:
            _LOG.error("worker hears no doorbell: ending it", worker=worker, queues=list(queues))
            # No signal: the first process of a container gets none from inside.
            os._exit(EX_SOFTWARE)
