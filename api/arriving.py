"""A request's body on its way in: read by code in a worker thread, while somebody too slow is given up."""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Callable

import anyio.from_thread
from fastapi import Request
from starlette.requests import ClientDisconnect

from api.pace import Pace
from storage.errors import ArchiveError, TooLarge


class Abandoned(ArchiveError):
    """Whoever sent the body went away before its end, or became too slow."""

    code = "abandoned"
    status = 408


class NotTheFile(ArchiveError):
    """The body is a form around the file, not the file."""

    code = "unsupported_media_type"
    status = 415


class Body(io.RawIOBase):
    """The request's body as a file to read from, for code in a worker thread; the loop goes on meanwhile.

    `lost` is told to whoever goes away before the end, or becomes too slow. `arrived` hears of every byte.
    """

    def __init__(self, request: Request, pace: Pace, lost: str, arrived: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self._pace = pace
        self._lost = lost
        self._arrived = arrived
        self._patience_s = pace.patience_s
        self._chunks: AsyncIterator[bytes] = aiter(request.stream())
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            chunk = anyio.from_thread.run(self._next)
            if chunk is None:
                return 0
            if self._arrived is not None:
                self._arrived(len(chunk))
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    async def _next(self) -> bytes | None:
        began = time.monotonic()
        try:
            chunk = await asyncio.wait_for(anext(self._chunks), self._patience_s)
        except StopAsyncIteration:
            return None
        except (ClientDisconnect, TimeoutError) as gone:
            raise Abandoned(self._lost) from gone
        waited_s = time.monotonic() - began
        self._patience_s = self._pace.after(self._patience_s, waited_s=waited_s, received_bytes=len(chunk))
        if self._patience_s <= 0:
            raise Abandoned(self._lost)
        return chunk


def length_of(request: Request) -> int:
    """How many bytes the request says it brings; 0 where it does not say."""
    length = request.headers.get("content-length", "")
    return int(length[:19]) if length.isascii() and length.isdigit() else 0


def check_length(request: Request, limit_bytes: int) -> None:
    """Turn away early what says itself that it is too much, or what is a form and not the file."""
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise NotTheFile("Send the file itself as the body, not a form that holds it.")
    if length_of(request) > limit_bytes:
        raise TooLarge(f"The file is larger than the {limit_bytes:,} bytes that are taken.")
