"""Keeps a job's lease alive while it is worked on, and stops the work when the lease is lost."""

import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage import queue
from storage.db.session import transaction
from storage.errors import LeaseLost
from storage.queue import Held

_LOG = structlog.get_logger()
_TICK_S = 0.5
_LOOK_S = 0.1
# A renewal that hangs in the database does not keep a finished job waiting.
_JOIN_S = 1.0
# Renew four times in a lease; give up before the lease ends, so that nobody works beside us.
_RENEWALS = 4
# A job that was cancelled, or has gone to somebody else, is let go of within so many seconds.
_ASKED_EVERY_S = 1.0
_GIVE_UP_AT = 0.8


class Lease:
    """A thread that renews on a connection of its own; `lost` is set once the job is not ours any more.

    A second thread watches the clock alone: a database that hangs instead of failing ends the work in time too, and
    so does `stopping`, the wish of the worker to end.
    `report` keeps the newest progress, which travels with the next tick.
    """

    def __init__(self, engine: Engine, held: Held, lease_s: float, stopping: threading.Event | None = None) -> None:
        self._engine = engine
        self._stopping = stopping or threading.Event()
        self._held = held
        self._lease_s = lease_s
        self._progress: Mapping[str, Any] | None = None
        self._good_until = time.monotonic() + lease_s * _GIVE_UP_AT
        self._over = threading.Event()
        self.lost = threading.Event()
        self._threads = [threading.Thread(target=task, daemon=True) for task in (self._keep, self._watch)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def report(self, progress: Mapping[str, Any]) -> None:
        """Say how far the work is; the newest word wins.

        Raises: LeaseLost once the job is not ours any more, so that work in no box ends too.
        """
        if self.lost.is_set():
            raise LeaseLost(f"job {self._held.job.id} is no longer ours")
        self._progress = dict(progress)

    def _keep(self) -> None:
        renewed = asked = time.monotonic()
        while not self._over.wait(_TICK_S) and not self.lost.is_set():
            progress, self._progress = self._progress, None
            # The database counts the lease from the start of its transaction; so do we.
            began = time.monotonic()
            renews = progress is not None or began - renewed >= self._lease_s / _RENEWALS
            if not renews and began - asked < _ASKED_EVERY_S:
                continue
            asked = began
            try:
                with transaction(self._engine) as session:
                    if renews:
                        queue.renew(session, self._held, lease_s=self._lease_s, progress=progress)
                    elif not queue.is_held(session, self._held):
                        raise LeaseLost("it was cancelled, or somebody else has it")
            except LeaseLost:
                self._lose("it was cancelled, or somebody else has it")
            except SQLAlchemyError as error:
                _LOG.warning("lease not renewed", job=self._held.job.id, error=type(error).__name__)
            else:
                if renews:
                    renewed, self._good_until = began, began + self._lease_s * _GIVE_UP_AT

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            if self._stopping.is_set():
                self._lose("the worker ends")
                return
            if time.monotonic() > self._good_until:
                self._lose("it could not be renewed in time")
                return

    def _lose(self, reason: str) -> None:
        if not self.lost.is_set():
            _LOG.warning("lease lost", job=self._held.job.id, token=self._held.token, reason=reason)
        self.lost.set()
