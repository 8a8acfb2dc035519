"""One page in one engine, as those see it who look at what it shows."""

from pathlib import Path
from typing import Any, Protocol

WIDTH, HEIGHT = 1280, 900
FRAMES_MOST = 20

# Nothing of what a page may open beside itself is looked at, so it is not opened.
QUIET = """
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport", "Worker", "SharedWorker"])
  try { Object.defineProperty(globalThis, name, { value: undefined }) } catch {}
globalThis.open = () => null;
"""


class NotStarted(Exception):
    """The browser is there, but does not run here."""


class Window(Protocol):
    """Nothing here raises for what a page does: what does not answer in time is missing from the answer."""

    async def go(self, url: str, within_s: float) -> bool:
        """Load a page; whether it came to an end in time."""

    async def read(self, expression: str, within_s: float) -> list[Any]:
        """What a JavaScript expression is in each frame, the page's own first.

        Read in a world of its own, where the page's scripts have changed nothing.
        """

    async def draw(self, path: Path, height: int, within_s: float) -> bool:
        """The page down to `height` pixels, `WIDTH` wide, as a PNG; whether one could be made."""
