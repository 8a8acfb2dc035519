"""Whether a tool still gets somewhere: a site that answers just often enough must not hold a worker for an hour."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

WINDOW_S = 120.0
"""A tool that says nothing, or downloads next to nothing, for this long is given up."""
LEAST_BYTES_PER_S = 1024.0
"""What a download must bring on average over any such time; the slowest mobile network brings more."""

_LOOKS = 24
_DOWNLOADS = "[download] Destination:"
_NEXT_ENTRY = "[download] Downloading item"


@dataclass(slots=True)
class Pace:
    """Watches one run: what it prints, and how much lies in its folder.

    Until a download begins the tool asks pages, and each answer is a line; from then on only bytes count, because a
    site can make it print lines for ever.
    """

    progress: str
    window_s: float = field(default_factory=lambda: WINDOW_S)
    least_bytes_per_s: float = field(default_factory=lambda: LEAST_BYTES_PER_S)
    clock: Callable[[], float] = monotonic
    _heard_at: float | None = None
    _downloading: bool = False
    _grown: int = 0
    _last: int = 0
    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def hear(self, line: str) -> None:
        """One line of what the tool prints."""
        self._heard_at = self.clock()
        if line.startswith(_NEXT_ENTRY):
            self._downloading = False
        elif not self._downloading and line.startswith((self.progress, _DOWNLOADS)):
            self._downloading = True
            self._seen.clear()

    def is_lost(self, folder_bytes: int) -> bool:
        """Whether to give it up, now that its folder takes `folder_bytes` of disk."""
        now = self.clock()
        self._grown += max(0, folder_bytes - self._last)
        self._last = folder_bytes
        if self._heard_at is None:
            self._heard_at = now
        if not self._downloading:
            return now - self._heard_at > self.window_s
        if not self._seen or now - self._seen[-1][0] >= self.window_s / _LOOKS:
            self._seen.append((now, self._grown))
        while len(self._seen) > 1 and now - self._seen[1][0] >= self.window_s:
            self._seen.popleft()
        since, had = self._seen[0]
        return now - since >= self.window_s and self._grown - had < self.least_bytes_per_s * self.window_s
