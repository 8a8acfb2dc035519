"""From a name to all its addresses, by the machine's own name service."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence

_NAMES_AT_ONCE = 256

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives every address of a host for a port, in the order to try them; raises socket.gaierror."""


def system_resolver() -> Resolver:
    """Ask the machine's own name service, each name on a thread that holds up neither other names nor our end."""
    free = asyncio.Semaphore(_NAMES_AT_ONCE)

    async def resolve(host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()

        def give(found: list[str] | None, error: OSError | None) -> None:
            free.release()
            if answer.done():  # nobody waits any more
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(found or [])

        def look_up() -> None:
            try:
                records = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
            except OSError as error:
                result: tuple[list[str] | None, OSError | None] = None, error
            else:
                result = [str(address[0]) for *_, address in records], None
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(give, *result)

        await free.acquire()
        threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
        return await answer

    return resolve
