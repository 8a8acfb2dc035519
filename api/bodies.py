"""How large and slow a body may be: read whole before anything looks at it, but for uploads, which stream."""

import asyncio
import time
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.pace import Pace

# Documents are small: whoever lets one drip only keeps others from connecting.
DOCUMENT_PACE = Pace(patience_s=15.0, bytes_per_s=4 << 10)


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """Refuses a body beyond `limit_bytes`, whether it says its length or not, and answers `late` to one too slow.

    Paths that begin with one of `streamed` count and time for themselves.
    """

    app: ASGIApp
    refusal: ASGIApp
    late: ASGIApp
    limit_bytes: int
    streamed: tuple[str, ...]
    pace: Pace = DOCUMENT_PACE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self.streamed):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        if not length and b"transfer-encoding" not in headers:
            await self.app(scope, receive, send)
            return
        if length.isdigit() and int(length[:20]) > self.limit_bytes:
            await self.refusal(scope, receive, send)
            return
        try:
            body = await self._read(receive)
        except TimeoutError:
            await self.late(scope, receive, send)
            return
        if body is None:
            await self.refusal(scope, receive, send)
            return
        await self.app(scope, _replayed(body, receive), send)

    async def _read(self, receive: Receive) -> list[Message] | None:
        """The messages of one body, or None when they hold too much. Raises: TimeoutError."""
        read: list[Message] = []
        size_bytes = 0
        patience_s = self.pace.patience_s
        while True:
            began = time.monotonic()
            message = await asyncio.wait_for(receive(), patience_s)
            read.append(message)
            received_bytes = len(message.get("body", b""))
            waited_s = time.monotonic() - began
            patience_s = self.pace.after(patience_s, waited_s=waited_s, received_bytes=received_bytes)
            size_bytes += received_bytes
            if size_bytes > self.limit_bytes:
                return None
            if message["type"] != "http.request" or not message.get("more_body", False):
                return read


def _replayed(read: list[Message], receive: Receive) -> Receive:
    """The messages once more, and after them whatever comes."""
    waiting = iter(read)

    async def replay() -> Message:
        return next(waiting, None) or await receive()

    return replay
