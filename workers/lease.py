"""Keeps a job's lease alive while it is worked on, and stops the work when the lease is lost."""

import threading
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from storage import queue
from storage.db.session import transaction
from storage.errors import LeaseLost
from storage.queue import Held
from workers.vigil import ASKED_EVERY_S, Vigil

# Renew four times in a lease; give up before the lease ends, so that nobody works beside us.
_RENEWALS = 4
_GIVE_UP_AT = 0.8


class Lease(Vigil):
    """Renews the lease; it is lost where that was not possible in time, too.

    `report` keeps the newest progress, which travels with the next tick.
    """

    def __init__(self, engine: Engine, held: Held, lease_s: float, stopping: threading.Event | None = None) -> None:
        super().__init__(f"job {held.job.id}, token {held.token}", stopping)
        self._engine = engine
        self._held = held
        self._lease_s = lease_s
        self._progress: Mapping[str, Any] | None = None
        self._renewed = self._asked = time.monotonic()
        self._good_until = self._renewed + lease_s * _GIVE_UP_AT

    def report(self, progress: Mapping[str, Any]) -> None:
        """Say how far the work is; the newest word wins. Raises: LeaseLost once the job is not ours any more."""
        self.check()
        self._progress = dict(progress)

    def _ask(self) -> None:
        progress, self._progress = self._progress, None
        # The database counts the lease from the start of its transaction; so do we.
        began = time.monotonic()
        renews = progress is not None or began - self._renewed >= self._lease_s / _RENEWALS
        if not renews and began - self._asked < ASKED_EVERY_S:
            return
        self._asked = began
        with transaction(self._engine) as session:
            if renews:
                queue.renew(session, self._held, lease_s=self._lease_s, progress=progress)
            elif not queue.is_held(session, self._held):
                raise LeaseLost("it was cancelled, or somebody else has it")
        if renews:
            self._renewed, self._good_until = began, began + self._lease_s * _GIVE_UP_AT

    def _is_late(self) -> bool:
        return time.monotonic() > self._good_until
