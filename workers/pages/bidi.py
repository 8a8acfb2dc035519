"""Commands to one browser in WebDriver BiDi, and its answers (W3C, WebDriver BiDi, 3)."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

_MESSAGE_BYTES = 96 << 20


class Unanswered(Exception):
    """The browser refused a command, or is gone."""


class Bidi:
    """One session; answers come in any order, so each waits for its own number."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._last = 0

    async def ask(self, method: str, **params: Any) -> Any:
        """The result of one command. Raises: Unanswered."""
        self._last += 1
        number = self._last
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
            return await answer
        except WebSocketException as error:
            raise Unanswered(f"{method}: the browser is gone") from error
        finally:
            self._waiting.pop(number, None)

    async def listen(self) -> None:
        """Hand every answer to who waits for it, until the browser is gone."""
        with contextlib.suppress(WebSocketException):
            async for message in self._socket:
                said = json.loads(message)
                waiting = self._waiting.get(said.get("id"))
                if waiting is None or waiting.done():
                    continue
                if said.get("type") == "success":
                    waiting.set_result(said["result"])
                else:
                    waiting.set_exception(Unanswered(f"{said.get('error')}: {said.get('message')}"))
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Unanswered("the browser is gone"))


@contextlib.asynccontextmanager
async def session(address: str, **capabilities: Any) -> AsyncIterator[tuple[Bidi, dict[str, Any]]]:
    """A session with the browser that listens at `address`, and what it says of itself."""
    async with connect(f"{address}/session", max_size=_MESSAGE_BYTES, compression=None, proxy=None) as socket:
        bidi = Bidi(socket)
        listening = asyncio.ensure_future(bidi.listen())
        try:
            began = await bidi.ask("session.new", capabilities={"alwaysMatch": capabilities})
            yield bidi, began["capabilities"]
        finally:
            listening.cancel()
