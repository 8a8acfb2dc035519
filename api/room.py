"""Room on the disk for what is on its way: many uploads side by side never pass the reserve together."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from storage.errors import DiskFull

STEP_BYTES = 64 << 20


@dataclass(slots=True)
class Room:
    """Promises bytes while they arrive; what has arrived counts twice until its upload ends: rather too careful.

    `owed_bytes` tells what was promised to files that arrive in parts, over restarts.
    """

    free_bytes: Callable[[], int]
    reserve_bytes: int
    owed_bytes: Callable[[], int]
    _promised: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def promised(self, size_bytes: int) -> Iterator[None]:
        """Keep so many bytes free for one upload. Raises: DiskFull."""
        with self._lock:
            self._look(size_bytes)
            self._promised += size_bytes
        try:
            yield
        finally:
            with self._lock:
                self._promised -= size_bytes

    @contextmanager
    def growing(self) -> Iterator[Callable[[int], None]]:
        """Room for an upload that does not say how long it is: always a step more than has arrived.

        What is yielded wants to be told of all bytes that arrive. Raises: DiskFull, at first and at any step.
        """
        left = STEP_BYTES

        def arrived(size_bytes: int) -> None:
            nonlocal left
            left -= size_bytes
            if left <= 0:
                left = STEP_BYTES
                with self._lock:
                    self._look(0)  # what has arrived is on the disk: the step that was promised is ahead of it again

        with self.promised(STEP_BYTES):
            yield arrived

    def _look(self, size_bytes: int) -> None:
        if self.free_bytes() < size_bytes + self._promised + self.owed_bytes() + self.reserve_bytes:
            raise DiskFull("The archive's disk has no room for this file; its operator has to free some.")
