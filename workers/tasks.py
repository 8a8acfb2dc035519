"""What the doorbell does: open the door, and work until nothing waits or the worker is to stop."""

import contextlib
import signal
import threading
import time
from typing import Any

import psutil
import structlog
from celery.signals import worker_process_init, worker_shutting_down

from storage.db.session import transaction
from storage.errors import LeaseLost
from storage.queue import Held
from workers import pipeline, searching
from workers.app import app, bench
from workers.broker import DRAIN
from workers.pipeline import Bench

_LOG = structlog.get_logger()
_LONGEST_SHIFT_S = 30.0
STOP = signal.SIGUSR2
"""From the worker to its children: end what runs in boxes, give back what is held, begin nothing."""


class Shift:
    """The work of one child, one job after another, until it is told to stop."""

    def __init__(self) -> None:
        self._stopping = threading.Event()

    @property
    def is_over(self) -> bool:
        return self._stopping.is_set()

    def listen(self) -> None:
        """Hear the wish to stop from now on. It only sets a flag: what is open closes where it was opened."""
        signal.signal(STOP, lambda *_: self._stopping.set())

    def drain(self, bench: Bench, queue_name: str) -> None:
        """Work until nothing waits, those jobs of the rung queue first; it ends soon, so that every ring is heard.

        A search goes before a job, for somebody sits there and waits, and a job before the next search.
        """
        until = time.monotonic() + _LONGEST_SHIFT_S
        while not self.is_over and time.monotonic() < until:
            has_searched = "media" in bench.queues and searching.answer_next(bench, self._stopping)
            held = None if self.is_over else bench.claim(queue_name)
            if held is not None:
                self.work(bench, held)
            elif not has_searched:
                return

    def work(self, bench: Bench, held: Held) -> None:
        """Work one job to its end, or give it back when told to stop."""
        if not self.is_over:
            pipeline.run(bench, held, self._stopping)
        if self.is_over:
            _LOG.info("the worker ends", job=held.job.id)
            give_back(bench, held)


def give_back(bench: Bench, held: Held) -> None:
    """Let somebody else have a job we hold; nothing happens where it has ended already."""
    with contextlib.suppress(LeaseLost), transaction(bench.engine) as session:
        bench.archive(session).return_lost([held.job])


_shift = Shift()


@app.task(name=DRAIN)  # type: ignore[untyped-decorator]  # celery ships no types
def drain(queue_name: str) -> None:
    """Answer a ring."""
    _shift.drain(bench(), queue_name)


@worker_process_init.connect  # type: ignore[untyped-decorator]  # celery ships no types
def _listen(**_: Any) -> None:
    _shift.listen()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]  # celery ships no types
def _stop_children(**_: Any) -> None:
    """The parent waits for its children; without this it would wait for as long as their jobs take."""
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            child.send_signal(STOP)
