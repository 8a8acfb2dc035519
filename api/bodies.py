"""How large a body may be: read whole and counted before anything looks at it, but for uploads, which stream."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """Refuses a body beyond `limit_bytes`, whether it says its length or not; `streamed` paths count for themselves."""

    app: ASGIApp
    refusal: ASGIApp
    limit_bytes: int
    streamed: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self.streamed:
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
        body = await self._read(receive)
        if body is None:
            await self.refusal(scope, receive, send)
            return
        await self.app(scope, _replayed(body, receive), send)

    async def _read(self, receive: Receive) -> list[Message] | None:
        """The messages of one body, or None when they hold too much."""
        read: list[Message] = []
        size_bytes = 0
        while True:
            message = await receive()
            read.append(message)
            size_bytes += len(message.get("body", b""))
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
