"""Commits in spite of a database that is away for a while."""

import time
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

_SETTLING_S = 120.0


def settle(write: Callable[[], None]) -> None:
    """Do `write`, a whole transaction, again and again while the database is away, for two minutes at most.

    When the answer to a COMMIT was lost, the next try meets its own result: `write` must take that for an end, so that
    nothing is written twice. Raises: OperationalError, and what `write` raises.
    """
    deadline = time.monotonic() + _SETTLING_S
    pause_s = 0.2
    while True:
        try:
            return write()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(pause_s)
            pause_s = min(5.0, pause_s * 2)
