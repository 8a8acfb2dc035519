"""Asks whether anybody still waits for a search, while it is worked on, and says how far it is."""

import threading
import time
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.db import picture_searches
from storage.db.picture_searches import Taken
from storage.db.session import transaction
from storage.errors import LeaseLost

_LOG = structlog.get_logger()
_ASKED_EVERY_S = 1.0
_LOOK_S = 0.1
# A question that hangs in the database does not keep an answer waiting.
_JOIN_S = 1.0


class Wanted:
    """`lost` is set once a search was stopped, is somebody else's, or the worker is to end (`stopping`).

    As `workers.lease.Lease` for jobs: one thread asks on a connection of its own, another watches `stopping`, so that a
    database that hangs holds up nobody's end. No clock is needed: a search ends long before its lease does.
    """

    def __init__(self, engine: Engine, taken: Taken, lease_s: float, stopping: threading.Event) -> None:
        self._engine = engine
        self._taken = taken
        self._lease_s = lease_s
        self._stopping = stopping
        self._share = 0.0
        self._over = threading.Event()
        self.lost = threading.Event()
        self._threads = [threading.Thread(target=task, daemon=True) for task in (self._keep, self._watch)]

    def __enter__(self) -> Self:
        if self._stopping.is_set():
            self.lost.set()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def report(self, share: float) -> None:
        """Say how far the search is, 0 to 1; it travels with the next question. Raises: LeaseLost once it is lost."""
        if self.lost.is_set():
            raise LeaseLost("this search was stopped")
        self._share = share

    def _keep(self) -> None:
        told_at = time.monotonic()
        while not self._over.wait(_ASKED_EVERY_S) and not self.lost.is_set():
            now = time.monotonic()
            try:
                with transaction(self._engine) as session:
                    told = (self._share, self._lease_s, now - told_at)
                    if not picture_searches.report(session, self._taken, *told):
                        self.lost.set()
            except SQLAlchemyError as error:
                _LOG.warning("search not asked after", search=self._taken.id, error=type(error).__name__)
            else:
                told_at = now

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            if self._stopping.is_set():
                self.lost.set()
                return
