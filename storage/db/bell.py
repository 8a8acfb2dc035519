"""Waiting for work without asking again and again: the database tells when a job becomes ready."""

import contextlib
import threading
from typing import cast

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

_CHANNEL = "svidok_job"


class Bell:
    """One listener on a connection of its own. What it misses while that is away, the next look at the queue finds.

    Source: PostgreSQL 18, LISTEN and NOTIFY: a notice is sent when the transaction that gave it commits.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Until a job became ready, or for so long, or until `stop`; whether to stop. A database that is away is
        waited for.
        """
        try:
            for _ in self._listening().notifies(timeout=seconds, stop_after=1):
                break
        except (SQLAlchemyError, psycopg.Error):
            self.close()
            stop.wait(seconds)
        return stop.is_set()

    def close(self) -> None:
        """Hang up; the next wait listens anew."""
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError, psycopg.Error):
                self._connection.detach()
                self._connection.close()
            self._connection = None

    def _listening(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._connection.exec_driver_sql(f"LISTEN {_CHANNEL}")
        return cast("psycopg.Connection", self._connection.connection.driver_connection)
