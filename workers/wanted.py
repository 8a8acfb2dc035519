"""Asks whether anybody still waits for a search, while it is worked on, and says how far it is."""

import threading
import time

from sqlalchemy import Engine

from storage.db import picture_searches
from storage.db.picture_searches import Taken
from storage.db.session import transaction
from storage.errors import LeaseLost
from workers.vigil import ASKED_EVERY_S, Vigil


class Wanted(Vigil):
    """Lost once the search was stopped, or is somebody else's. No clock is needed: it ends long before its lease."""

    def __init__(self, engine: Engine, taken: Taken, lease_s: float, stopping: threading.Event | None = None) -> None:
        super().__init__(f"search {taken.id}", stopping)
        self._engine = engine
        self._taken = taken
        self._lease_s = lease_s
        self._share = 0.0
        self._told_at = time.monotonic()

    def report(self, share: float) -> None:
        """Say how far the search is, 0 to 1; it travels with the next question. Raises: LeaseLost once it is lost."""
        self.check()
        self._share = share

    def _ask(self) -> None:
        now = time.monotonic()
        if now - self._told_at < ASKED_EVERY_S:
            return
        with transaction(self._engine) as session:
            if not picture_searches.report(session, self._taken, self._share, self._lease_s, now - self._told_at):
                raise LeaseLost("it was stopped, or somebody else has it")
        self._told_at = now
