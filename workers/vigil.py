"""Watches beside a piece of work whether it is still ours, and stops it once it is not."""

import abc
import threading
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError

from storage.errors import LeaseLost

_LOG = structlog.get_logger()
_TICK_S = 0.5
_LOOK_S = 0.1
# A question that hangs in the database does not keep finished work waiting.
_JOIN_S = 1.0
ASKED_EVERY_S = 1.0
"""What was cancelled, stopped, or has gone to somebody else is let go of within so many seconds."""


class Vigil(abc.ABC):
    """`lost` is set once the work, called `name`, is not ours any more, or the worker is to end (`stopping`).

    One thread asks the database, on a connection of its own. A second one watches the clock and `stopping` alone, so
    that a database that hangs instead of failing holds up nobody's end.
    """

    def __init__(self, name: str, stopping: threading.Event | None = None) -> None:
        self._name = name
        self._stopping = stopping or threading.Event()
        self._over = threading.Event()
        self.lost = threading.Event()
        self._threads = [threading.Thread(target=task, daemon=True) for task in (self._keep, self._watch)]

    def __enter__(self) -> Self:
        if self._stopping.is_set():
            self._lose("the worker ends")
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def check(self) -> None:
        """Raises: LeaseLost once the work is not ours any more, so that work in no box ends too."""
        if self.lost.is_set():
            raise LeaseLost(f"{self._name} is no longer ours")

    @abc.abstractmethod
    def _ask(self) -> None:
        """Ask the database, when that is due, and tell it how far the work is. Raises: LeaseLost, SQLAlchemyError."""

    def _is_late(self) -> bool:
        """Whether nothing was heard of the database for so long that the work may be somebody else's."""
        return False

    def _keep(self) -> None:
        while not self._over.wait(_TICK_S) and not self.lost.is_set():
            try:
                self._ask()
            except LeaseLost:
                self._lose("it was stopped, or somebody else has it")
            except SQLAlchemyError as error:
                _LOG.warning("work not asked after", work=self._name, error=type(error).__name__)

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            if self._stopping.is_set():
                self._lose("the worker ends")
                return
            if self._is_late():
                self._lose("the database was not heard of in time")
                return

    def _lose(self, reason: str) -> None:
        if not self.lost.is_set():
            _LOG.warning("work let go of", work=self._name, reason=reason)
        self.lost.set()
